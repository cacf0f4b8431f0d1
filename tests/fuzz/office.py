"""Files between headquarters and branches: packages, bundles, requests, settings, votes, ceremonies."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from crypto import locked
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.locked import KEY_SIZE
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from drivers.media.errors import TamperedStoreError
from election import token
from election.added_lists import read_added, write_added
from election.audit_events import AuditEvent
from election.authorization import Authorization
from election.bundle import BundleError, read_bundle
from election.definition import Role, Text
from election.enrolment import EnrolmentError, make_request, read_request, write_request
from election.errors import ManifestError, PackageError
from election.package import encode_package, open_package
from election.package.wire import Content, decode_content, encode_content
from election.register import RegisterError, open_register
from election.schema import to_json
from election.token import TokenRefusedError
from headquarters import offices
from headquarters.branch_tables import BranchTables, read_branches, write_branches
from headquarters.candidate_files import as_table, read_candidates, read_lists
from headquarters.ceremony.definition import new_ceremony, parse_ceremony
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import JOURNAL_FILE, parse_journal
from headquarters.ceremony.secret import SECRET_FILE, parse_secret_file
from headquarters.device_list import parse_devices, write_devices
from headquarters.election_config import plan_template, read_plan
from headquarters.inventory import GoodsRow, InventoryRow
from headquarters.inventory_tables import parse_goods, parse_inventory
from headquarters.key_folder import LOCK_FILE, KeyUse, create_key_folder, parse_lock
from headquarters.offices import Office, OfficeError
from headquarters.readiness.score import judge_all
from headquarters.readiness.survey import parse_survey, write_survey
from headquarters.result_file import read_votes
from headquarters.seats.votes_file import Missing, read_votes_csv, read_votes_json
from headquarters.workbook import read_rows
from kiosk import configuration
from kiosk.configuration import ConfigurationError
from kiosk.storage.audit import AuditLog, verify
from simulators.demo.station_file import write_station
from tests.election import test_bundle, test_register
from tests.election.samples import (
    BOTH,
    BRANCH,
    COUNCIL,
    EXPERTS,
    NOW,
    STATION,
    UUID,
    Sample,
    sample,
)
from tests.fuzz.target import Make, Target, scratch
from tests.headquarters import small, test_candidates, test_parsers
from tests.headquarters.ceremony.people import make_room
from tests.headquarters.seats import test_votes_file
from tests.headquarters.tables import sheets, test_branch_tables, test_inventory, test_survey
from tests.headquarters.unlocking import unlock
from tests.kiosk import test_configuration


@cache
def made() -> Sample:
    """A sample election with everybody's keys."""
    return sample()


def refusing(
    error: type[Exception],
    read: Callable[[bytes], object],
    *corpus: bytes,
    share: float = 1.0,
    short_share: float | None = None,
) -> Target:
    return Target(read, corpus, (error,), share=share, short_share=short_share or share)


# ---------------------------------------------------------------- signed


def packages() -> Target:
    """Nothing but the package that was signed is taken."""
    sample = made()
    good = encode_package(sample.election, sample.portraits, sample.signer_key, sample.signer)

    def read(data: bytes) -> None:
        open_package(data, sample.expected(), NOW)
        assert data == good

    return refusing(PackageError, read, good, share=0.3)


def package_contents() -> Target:
    """Without the signature in front of it."""
    content = Content(made().election, made().portraits)
    return refusing(CryptoError, decode_content, encode_content(content), share=0.3)


def registers() -> Target:
    """Nothing but the register that was signed is taken."""
    own = test_register.SAMPLE

    def read(data: bytes) -> None:
        open_register(data, own.root, NOW)
        assert data == test_register.DATA

    return refusing(RegisterError, read, test_register.DATA, short_share=0.3)


def bundles() -> Target:
    sample = test_bundle.SAMPLE
    good = {test_bundle.written(test_bundle.TERMINALS), test_bundle.written(test_bundle.STATIONS)}

    def read(data: bytes) -> None:
        read_bundle(data, sample.election, sample.root, NOW)
        assert data in good

    return refusing(BundleError, read, *good, short_share=0.3)


def requests() -> Target:
    """What a device asks of headquarters; a request tells of itself and is signed by itself."""
    key, sealing_key = HybridKey.generate(), SealingKey.generate().public_bytes
    request = make_request(STATION, Role.IDENTITY_STATION, BRANCH, key, sealing_key)
    return refusing(EnrolmentError, read_request, write_request(request))


def office_requests() -> Target:
    """What another office asks of headquarters; signed by itself."""
    key, sealing_key = HybridKey.generate(), SealingKey.generate().public_bytes
    good = {
        to_json(offices.make_request(Office.OFFICER, key, sealing_key, rehearsal=True)),
        to_json(offices.make_request(Office.OBSERVER, key, b"", rehearsal=False)),
    }
    return refusing(OfficeError, offices.read_request, *good)


def key_locks() -> Target:
    """The lock of a folder of keys, still closed; what is read is written the same."""
    with tempfile.TemporaryDirectory() as place:  # each process makes its own
        folder = Path(place)
        create_key_folder(folder, KeyUse.ELECTION, unlock)
        good = (folder / LOCK_FILE).read_bytes()

    def read(data: bytes) -> None:
        assert parse_lock(data).text == data

    return refusing(CryptoError, read, good)


def locked_keys() -> Target:
    """Nothing but the file that was locked under this name opens."""
    key, secret = bytes(KEY_SIZE), b"a private key"
    good = locked.lock(key, secret, b"name")

    def read(data: bytes) -> None:
        assert locked.unlock(key, data, b"name") == secret
        assert data == good

    return refusing(CryptoError, read, good)


def tokens() -> Target:
    sample = made()
    authorization = Authorization(
        UUID,
        BRANCH,
        STATION,
        BOTH,
        (COUNCIL, EXPERTS),
        NOW.astimezone(UTC) + timedelta(minutes=30),
        secrets.token_bytes(16),
    )
    good = token.issue(authorization, sample.device_keys[STATION].classical)

    def read(data: bytes) -> None:
        token.check(data, sample.election, BRANCH, NOW)
        assert data == good

    return refusing(TokenRefusedError, read, good)


def audit_logs() -> Target:
    path = scratch("audit") / "audit.log"
    key = SigningKey.generate()
    log = AuditLog(path, key)
    for number in range(3):
        log.append(AuditEvent.VOTE_RECORDED, datetime(2026, 6, 14, 4, tzinfo=UTC), f"try {number}")
    log.close()
    good = path.read_bytes()

    def read(data: bytes) -> None:
        path.write_bytes(data)
        # Whole lines may be missing at the end; that shows in the bundle, which has the last hash.
        assert good.startswith(data) or not verify(path, key.public)

    return refusing(TamperedStoreError, read, good, share=0.05)


# ---------------------------------------------------------------- written by hand


def settings_files() -> Target:
    path = scratch("station") / "station.toml"
    corpus = []
    for text in (test_configuration.TERMINAL, test_configuration.IDENTITY):
        write_station(text, path)
        corpus.append(path.read_bytes())

    def read(data: bytes) -> None:
        path.write_bytes(data)
        configuration.read(path)

    return refusing(ConfigurationError, read, *corpus, share=0.05)


def added_lists() -> Target:
    """The file of lists that two roles added: whatever is in it, nothing is raised."""
    place = scratch("station") / "added.lists"
    write_added(place, [b"one list", b"another"])
    corpus = (place.read_bytes(),)

    def read(data: bytes) -> None:
        place.write_bytes(data)
        assert all(isinstance(each, bytes) for each in read_added([place]))

    return Target(read, corpus, (), share=0.2, short_share=0.2)


def plans() -> Target:
    text = plan_template("Mf4VPQhYzYqYyL", "نام", date(2027, 1, 1)).encode()
    return refusing(ManifestError, read_plan, text, share=0.2)


def votes_tables() -> Target:
    missing = Missing(2, 2, 3000)

    def read(data: bytes) -> None:
        read_votes_csv(data, test_votes_file.LISTS, missing)

    return refusing(ManifestError, read, test_votes_file.CSV)


def votes_files() -> Target:
    return refusing(ManifestError, read_votes_json, test_votes_file.JSON)


def result_files() -> Target:
    with tempfile.TemporaryDirectory(prefix="amin-fuzz-") as folder:
        good = test_parsers.counted(small.set_up(Path(folder)))
    return refusing(ManifestError, read_votes, good)


def candidate_tables() -> Target:
    return refusing(
        ManifestError,
        lambda data: read_candidates(data, lambda _: b"\xff\xd8\xff"),
        test_candidates.GOOD.encode(),
    )


def list_tables() -> Target:
    return refusing(ManifestError, read_lists, test_votes_file.LISTS)


def branch_tables() -> Target:
    """What is read is written and read the same."""
    good = test_branch_tables.TABLES

    def read(data: bytes) -> None:
        branches = tuple(row.branch for _, row in read_branches(data))
        again = read_branches(write_branches(BranchTables(branches, ())))
        assert tuple(row.branch for _, row in again) == branches

    return refusing(ManifestError, read, good["csv"], good["workbook"], good["tabs"], share=0.3)


def device_tables() -> Target:
    def read(data: bytes) -> None:
        found = parse_devices(data, "d.csv")
        assert parse_devices(write_devices(found), "d.csv") == found

    return refusing(ManifestError, read, test_branch_tables.NAMED.encode(), share=0.3)


def inventory_tables() -> Target:
    """What is read is written and read the same."""

    def read(data: bytes) -> None:
        found = parse_inventory(data, "i.csv")
        assert parse_inventory(as_table(InventoryRow, found), "i.csv") == found

    return refusing(ManifestError, read, test_inventory.DEVICES.encode(), share=0.3)


def goods_tables() -> Target:
    def read(data: bytes) -> None:
        found = parse_goods(data, "g.csv")
        assert parse_goods(as_table(GoodsRow, found), "g.csv") == found

    return refusing(ManifestError, read, test_inventory.GOODS_TABLE.encode(), share=0.3)


def surveys() -> Target:
    """What is read is written and read the same, and judged."""
    branches = test_survey.BRANCHES

    def read(data: bytes) -> None:
        found = {row.branch: row for row in parse_survey(data, "s.csv", branches)}
        again = parse_survey(write_survey(found, branches), "s.csv", branches)
        assert {row.branch: row for row in again} | found == {row.branch: row for row in again}
        assert len(judge_all(branches, found)) == len(branches)

    return refusing(ManifestError, read, test_survey.TABLE.encode(), share=0.3)


def sheets_of_workbooks() -> Target:
    """The sheet itself is damaged; of a damaged archive hardly any gets as far as the sheet."""
    rows = "<row><c><v>1</v></c><c r='C1' t='inlineStr'><is><t>b</t></is></c></row><row r='9'/>"
    sheet = f'<worksheet xmlns="{sheets.MAIN}"><sheetData>{rows}</sheetData></worksheet>'

    def read(data: bytes) -> None:
        last = 0
        for number, cells in read_rows(sheets.packed({"xl/worksheets/sheet1.xml": data}), "t.xlsx"):
            assert number > last
            assert any(each.strip() for each in cells)
            last = number

    return refusing(ManifestError, read, sheet.encode(), share=0.3)


# ---------------------------------------------------------------- ceremonies


def ceremonies() -> Target:
    names = [Text("الف", "A"), Text("ب", "B"), Text("پ", "P")]
    title = Text("مراسم", "Ceremony")
    day = date(2026, 6, 14)
    corpus = [
        new_ceremony(title, day, names, threshold, single=single).text
        for threshold, single in ((2, False), (3, True))
    ]

    def read(data: bytes) -> None:
        assert parse_ceremony(data).text == data

    return refusing(CeremonyError, read, *corpus)


def ceremony_files() -> Target:
    """The journal and the closed secret of a trustee in the middle of a ceremony."""
    with tempfile.TemporaryDirectory(prefix="amin-fuzz-") as folder:
        room = make_room(Path(folder))
        room.rounds(3)
        person = room.people[0]
        journal = (person.folder / JOURNAL_FILE).read_bytes()
        secret = (person.folder / SECRET_FILE).read_bytes()

    def read(data: bytes) -> None:
        try:
            parse_journal(data)
        except CryptoError:
            parse_secret_file(data)

    return refusing(CryptoError, read, journal, secret)


TARGETS: Final[Mapping[str, Make]] = {
    "package": packages,
    "register": registers,
    "package-content": package_contents,
    "bundle": bundles,
    "enrolment": requests,
    "office-request": office_requests,
    "key-lock": key_locks,
    "locked-key": locked_keys,
    "token": tokens,
    "audit-log": audit_logs,
    "settings": settings_files,
    "added-lists": added_lists,
    "plan": plans,
    "votes-table": votes_tables,
    "votes-file": votes_files,
    "result": result_files,
    "candidates": candidate_tables,
    "lists": list_tables,
    "branch-table": branch_tables,
    "device-table": device_tables,
    "inventory-table": inventory_tables,
    "goods-table": goods_tables,
    "survey": surveys,
    "workbook-sheet": sheets_of_workbooks,
    "ceremony": ceremonies,
    "ceremony-file": ceremony_files,
}

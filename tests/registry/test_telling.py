"""Status, export and destruction: what they say, what they never say, and what is refused."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.hybrid import HybridKey
from drivers.media.errors import StorageError
from election.claims import ClaimId, NoteKind
from election.office_lists import OfficeListError
from election.registry_export import ExportedClaim, ExportWriter, read_export
from election.registry_status import RegistryStatus, open_status, write_status
from headquarters.key_folder import KeyUse, create_key_folder
from headquarters.reconciliation import ReconciliationError
from headquarters.reconciling import exported_claims
from registry.book import SqliteBook
from registry.postgres import SCHEMA, SILENT, PostgresBook
from registry.settling import DeviceState
from registry.telling import Signer, export, status
from simulators.registry.centre import B1, B2, FIRST, SECOND, centre
from simulators.registry.cluster import postgres
from simulators.registry.servers import nginx, query
from simulators.registry.stations import Station, voter
from tests.headquarters.unlocking import CHEAP, PASSPHRASE_FILE, unlock

WORLD = centre()
NOW = datetime(2027, 6, 18, 20, 44, 31, tzinfo=UTC)
SIGNER = Signer(WORLD.published, WORLD.keys["registry"], WORLD.certificates["registry"])


def filled(path: Path, voters: int, seed: int = 1) -> SqliteBook:
    """A book in which voters came in a drawn order, some to two stations, some with their card written."""
    book, draw = SqliteBook(path), random.Random(seed)
    stations = (WORLD.station(FIRST, B1), WORLD.station(SECOND, B2))
    for station in stations:
        book.change(station.id, lambda now: replace(now, opened=True))
    for whom in draw.sample(range(voters), voters):
        council, assembly = stations[whom % 2], stations[1 - whom % 2]
        _claimed(book, council, whom, "council", draw.random() < 0.5)
        if whom % 5 == 0:
            _claimed(book, assembly, whom, "assembly", draw.random() < 0.5)
    return book


def _claimed(book: SqliteBook, station: Station, whom: int, contest: str, written: bool) -> None:
    asked = station.asked(voter(whom), frozenset({contest}))  # type: ignore[arg-type]
    book.settle([asked])
    if written:
        note = station.note(voter(whom), ClaimId(asked.signed.id), NoteKind.WRITTEN)
        book.settle([note])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    keys = create_key_folder(tmp_path / "own", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", WORLD.keys["registry"].to_pem())
    (tmp_path / "own" / "signing.der").write_bytes(WORLD.certificates["registry"])
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "register.json").write_bytes(WORLD.register_file)
    (tmp_path / "public" / "root.der").write_bytes(WORLD.root)
    return tmp_path


def registry(office: Path, step: str, *words: object, keys: bool = True) -> Result:
    own = (office / "own",) if keys else ()
    all_words = ["registry", step, *own, office / "public", *words]
    all_words += ["--passphrase-file", PASSPHRASE_FILE] if keys else []
    with patch("commands.trustee_keeper.STANDARD", CHEAP):
        return CliRunner().invoke(main, list(map(str, all_words)), env={"LC_ALL": "C"})


# ---------------------------------------------------------------- status


@pytest.mark.parametrize(("voters", "told"), [(0, "few"), (9, "few"), (10, "10"), (23, "23")])
def test_the_status_tells_no_few(office: Path, voters: int, told: str) -> None:
    """One voter between two looks would be a person at a time."""
    filled(office / "claims.db", voters).close()
    done = registry(office, "status", office / "claims.db", "--out", office / "status.json")
    assert done.exit_code == 0, done.output
    assert f"voters with a claim: {told}" in done.output
    found = open_status((office / "status.json").read_bytes(), WORLD.published)
    assert found.sums.voters == (None if told == "few" else voters)
    assert (found.opened, found.closed, found.export) == (2, 0, None)
    assert (found.hour.minute, found.hour.second, found.hour.microsecond) == (0, 0, 0)


def test_the_status_names_devices_and_never_a_voter(office: Path) -> None:
    book = filled(office / "claims.db", 30)
    book.change(FIRST, lambda now: replace(now, suspended=True, order=1))
    book.change(SECOND, lambda now: replace(now, steps=replace(now.steps, out=True), closed=True))
    book.close()
    done = registry(office, "status", office / "claims.db", "--out", office / "status.json")
    assert f"{FIRST}: suspended" in done.output
    assert f"{SECOND}: out of step" in done.output
    data = (office / "status.json").read_bytes()
    for whom in range(30):
        assert voter(whom) not in data
        assert voter(whom).hex().encode() not in data
    found = open_status(data, WORLD.published)
    assert (found.suspended, found.out_of_step, found.closed) == ((FIRST,), (SECOND,), 1)


def _status() -> RegistryStatus:
    class Empty:
        async def devices(self) -> dict[str, DeviceState]:
            return {}

        async def sums(self) -> object:
            from election.registry_status import ClaimSums

            return ClaimSums(0, 0, 0, 0)

    return asyncio.run(status(SIGNER, NOW, Empty()))  # type: ignore[arg-type]


STATUS = _status()
SIGNED = SIGNER.sign(STATUS)
STRANGER = HybridKey.generate()
FALSE = {
    "another office": write_status(STATUS, *WORLD.signer("office")),
    "the evaluator": write_status(STATUS, *WORLD.signer("evaluator")),
    "a station": write_status(STATUS, *WORLD.signer(FIRST)),
    "another key": write_status(STATUS, STRANGER, WORLD.certificates["registry"]),
    "another election": SIGNER.sign(replace(STATUS, number=bytes(32))),
    "changed": SIGNED.replace(b'"closed\\": 0', b'\\"closed\\": 1'),
    "cut": SIGNED[:-20],
    "empty": b"",
}


@pytest.mark.parametrize("name", FALSE)
def test_a_status_of_somebody_else(name: str) -> None:
    assert open_status(SIGNED, WORLD.published) == STATUS
    assert FALSE[name] != SIGNED
    with pytest.raises(OfficeListError):
        open_status(FALSE[name], WORLD.published)


# ---------------------------------------------------------------- export


def test_an_export_is_whole_and_sorted_and_says_no_order(office: Path) -> None:
    """Two days with the same people in another order are one file, but for what stations draw."""
    book = filled(office / "claims.db", 60)
    wanted = {
        (reference, each.signed.id, each.device, each.contests, each.written)
        for reference, held in book.claims()
        for each in held
    }
    book.close()
    target = office / "claims.export"
    with patch("registry.telling.PAGE", 7):
        done = registry(office, "export", office / "claims.db", target)
    assert done.exit_code == 0, done.output
    vouched = open_status((office / "claims.export.json").read_bytes(), WORLD.published)
    assert vouched.export is not None
    assert target.stat().st_mode & 0o077 == 0
    with target.open("rb") as stream:
        found = list(read_export(stream, vouched.export, WORLD.published))
    assert [one.place for one in found] == sorted(one.place for one in found)
    assert list(exported_claims(target, WORLD.published)) == found
    with pytest.raises(ReconciliationError, match="--register"):
        list(exported_claims(target, None))
    assert {
        (one.reference, one.signed.id, one.device, frozenset(one.contests), one.written)
        for one in found
    } == wanted
    assert (vouched.sums.voters, vouched.sums.claims) == (60, len(wanted)) == (60, 72)


def _exported() -> list[ExportedClaim]:
    made = []
    for whom in range(4):
        station = WORLD.station(FIRST, B1) if whom % 2 else WORLD.station(SECOND, B2)
        signed = station.claim(voter(whom))
        made.append(
            ExportedClaim(voter(whom), station.id, ("assembly", "council"), True, False, signed)  # type: ignore[arg-type]
        )
    return sorted(made, key=lambda one: one.place)


GOOD = _exported()


def _file(claims: list[ExportedClaim]) -> tuple[bytes, bytes]:
    stream = io.BytesIO()
    writer = ExportWriter(stream)
    for claim in claims:
        writer.write(claim)
    digest = writer.end()
    return stream.getvalue(), digest


CHANGES: dict[str, Callable[[list[ExportedClaim]], list[ExportedClaim]]] = {
    "two exchanged": lambda good: [good[1], good[0], *good[2:]],
    "one twice": lambda good: [good[0], *good],
    "of another voter": lambda good: [replace(good[0], reference=bytes(16)), *good[1:]],
    "of another device": lambda good: [
        replace(good[0], device=FIRST if good[0].device == SECOND else SECOND),
        *good[1:],
    ],
    "of nobody registered": lambda good: [replace(good[0], device="b09"), *good[1:]],  # type: ignore[arg-type]
    "more contests": lambda good: [
        replace(good[0], contests=("assembly", "council", "x")),  # type: ignore[arg-type]
        *good[1:],
    ],
    "invented": lambda good: [
        replace(
            good[0],
            signed=Station(good[0].device).claim(good[0].reference),
        ),
        *good[1:],
    ],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_registry_that_invents_claims_is_told(name: str) -> None:
    """It signs the file itself: what is in it must hold all the same."""
    data, digest = _file(CHANGES[name](GOOD))
    with pytest.raises(OfficeListError):
        list(read_export(io.BytesIO(data), digest, WORLD.published))


def test_an_export_that_was_changed_on_the_way() -> None:
    data, digest = _file(GOOD)
    assert len(list(read_export(io.BytesIO(data), digest, WORLD.published))) == len(GOOD)
    for place in range(0, len(data), 13):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(OfficeListError, match="earlier list"):
            list(read_export(io.BytesIO(bytes(changed)), digest, WORLD.published))


@pytest.mark.parametrize("seed", range(3))
def test_a_file_of_another_form_is_refused_whoever_vouches_for_it(seed: int) -> None:
    import hashlib

    good, _ = _file(GOOD)
    draw = random.Random(seed)
    for _ in range(60):
        data = bytearray(good)
        match draw.randrange(4):
            case 0:
                data = data[: draw.randrange(len(data))]
            case 1:
                data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            case 2:
                at = draw.randrange(len(data))
                data[at:at] = draw.randbytes(draw.randrange(1, 9))
            case _:
                data += draw.randbytes(4)
        if bytes(data) == good:
            continue
        digest = hashlib.sha256(bytes(data)).digest()
        try:
            found = list(read_export(io.BytesIO(bytes(data)), digest, WORLD.published))
        except OfficeListError:
            continue
        # What a registry says of a card (written, returned, which contests) is its own word.
        assert [one.signed for one in found] == [one.signed for one in GOOD]


def test_an_export_that_fails_leaves_nothing(office: Path) -> None:
    book = filled(office / "claims.db", 5)

    class Failing:
        async def claims(self, after: bytes = b"", most: int | None = None) -> object:
            if after:
                raise StorageError.of("the registry's database does not answer")
            return book.claims(after, 2)

    target = office / "x.export"
    with pytest.raises(StorageError):
        asyncio.run(export(SIGNER, target, NOW, Failing()))  # type: ignore[arg-type]
    assert not list(office.glob("x.export*"))


# ---------------------------------------------------------------- destruction


def test_a_file_is_overwritten_and_recorded(office: Path) -> None:
    """A second name of the file shows what its place holds afterwards."""
    path = office / "claims.db"
    filled(path, 12).close()
    (office / "link").hardlink_to(path)
    before = path.read_bytes()
    assert voter(1) in before
    record = office / "destroyed.json"
    done = registry(office, "destroy", "--book", path, "--record", record, "--yes", keys=False)
    assert done.exit_code == 0, done.output
    after = (office / "link").read_bytes()
    assert (len(after), path.exists()) == (len(before), False)
    assert not any(voter(whom) in after for whom in range(12))
    made = json.loads(record.read_bytes())
    assert (made["format"], made["claims"]) == ("amin-destruction-1", 15)
    assert made["left"] == ["copies and backups of the file, and exports of it"]


def test_the_evaluators_keys_are_overwritten(office: Path) -> None:
    own = office / "own"
    shutil.copy(own / "signing.key", own / "pseudonyms.key")
    record = office / "destroyed.json"
    done = registry(office, "destroy", "--keys", own, "--record", record, "--yes", keys=False)
    assert done.exit_code == 0, done.output
    assert not list(own.glob("*.key"))
    assert not (own / "lock.json").exists()
    assert len(json.loads(record.read_bytes())["done"]) == 3


def test_nothing_is_destroyed_by_a_slip(office: Path) -> None:
    path = office / "claims.db"
    filled(path, 3).close()
    before = path.read_bytes()
    record = office / "destroyed.json"
    for words in (
        ("--record", record),
        ("--book", path, "--record", record),
        ("--book", office / "clams.db", "--record", office / "other.json", "--yes"),
    ):
        assert registry(office, "destroy", *words, keys=False).exit_code in {1, 2}
    record.write_bytes(b"of another day")
    done = registry(office, "destroy", "--book", path, "--record", record, "--yes", keys=False)
    assert done.exit_code == 2
    assert (path.read_bytes(), record.read_bytes()) == (before, b"of another day")


# ---------------------------------------------------------------- what servers write


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """One that would log every statement."""
    with postgres(
        fsync=False, settings=("log_statement=all", "log_min_duration_statement=0")
    ) as dsn:
        query(dsn, *SCHEMA.split(";"))
        yield dsn


@pytest.mark.slow
def test_the_log_of_a_talkative_database_holds_no_pseudonym(database: str) -> None:
    async def day() -> None:
        book = await PostgresBook.open(database)
        station = WORLD.station(FIRST, B1)
        await book.change(FIRST, lambda now: replace(now, opened=True))
        for whom in range(5):
            await book.settle([station.asked(voter(whom))])
        assert (await book.sums()).voters == 5
        assert len(await book.claims(b"", 3)) == 3
        await book.close()

    asyncio.run(day())
    (folder,) = re.findall(r"host=(\S+)", database)
    log = (Path(folder) / "log").read_bytes()
    assert b"pg_advisory_xact_lock" in log, "it does log statements"
    for whom in range(5):
        assert voter(whom).hex().encode() not in log
    destroyed = asyncio.run(_destroyed(database))
    assert any("the cluster in" in line for line in destroyed)
    assert query(database, "SELECT to_regclass('voter')::text") == [(None,)]


@pytest.mark.slow
def test_the_packages_account_destroys_what_is_its_own(database: str) -> None:
    """The role that the package makes may do nothing but sign in; also it names what is left."""
    script = Path(__file__).parents[2] / "packaging" / "registry" / "database"
    made = re.findall(r"as_postgres -c '((?:CREATE ROLE|GRANT) .*)'", script.read_text())
    assert len(made) == 2
    query(database, *made, 'CREATE DATABASE plain OWNER "amin-registry"')
    plain = database.replace("amin@/postgres", "amin-registry@/plain")
    (folder,) = re.findall(r"host=(\S+)", database)
    left = asyncio.run(_destroyed(plain))
    assert left[0].startswith(f"the cluster in {folder}/data:")
    # Also of other accounts' lines it sees whose they are, as it has to of a standby's.
    seen = "SELECT pg_has_role('pg_read_all_stats', 'MEMBER')"
    assert query(plain, seen) == [(True,)]
    assert query(plain, "SELECT to_regclass('voter')::text") == [(None,)]


async def _destroyed(dsn: str) -> tuple[str, ...]:
    book = await PostgresBook.open(dsn)
    found = await book.destroy()
    await book.close()
    return found.left


@pytest.mark.slow
@pytest.mark.parametrize("name", SILENT)
def test_a_database_whose_log_would_tell_is_refused(database: str, name: str) -> None:
    other = {"log_error_verbosity": "default"}.get(name, "-1")
    query(database, f"ALTER ROLE amin SET {name} = '{other}'")
    try:
        with pytest.raises(StorageError, match=f"ALTER SYSTEM SET {name}"):
            asyncio.run(PostgresBook.open(database))
    finally:
        query(database, f"ALTER ROLE amin RESET {name}")


@pytest.mark.slow
def test_nginx_writes_no_request_whatever_fails(tmp_path: Path) -> None:
    """The service behind it is gone: the hour in which a log would be full of stations and times."""
    from simulators.registry.centre import Line, pem

    certificate, key = WORLD.files("registry", tmp_path)
    root = tmp_path / "root.pem"
    root.write_bytes(pem(WORLD.root))
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / "dead.sock"))
    for path in (tmp_path / "dead.sock", tmp_path / "none.sock"):
        with nginx(tmp_path / path.stem, path, certificate, key, root) as port:
            for name in (FIRST, None):
                line = Line(port, WORLD, name, tmp_path)
                with suppress(OSError):
                    assert line.post("/claim", b"x")[0] in {400, 502}
                line.close()
        assert (tmp_path / path.stem / "nginx.log").read_bytes() == b""
    dead.close()

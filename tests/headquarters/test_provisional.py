"""Provisional ballots through the commands: cast, reconciled, left out, and checked by anybody."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.ballot import Ballot
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.definition import BranchId, ContestId, DeviceId, Role
from election.enrolment import make_request, write_request
from election.lots import rank
from election.marks import Marks
from election.provisional import Proof, ProvisionalEntry, new_handle, seal_entry
from election.records import handle_hash
from election.register import number_of
from election.sealed import sealed_size
from headquarters.archive_index import IndexReason, verify_index
from headquarters.authority import load_sealing_key
from headquarters.decisions import (
    Decision,
    DecisionError,
    DecisionGround,
    DecisionList,
    DecisionVerdict,
    Signed,
    Undecided,
    add_signature,
    check_still_read,
    check_successor,
    read_decisions,
    sign,
    verify,
    write_decisions,
)
from headquarters.exclusion import read_excluded, read_handles, settle
from headquarters.import_report import FindingKind, RecordReason
from headquarters.intake import import_stored
from headquarters.offices import Office, sign_as
from headquarters.reconciliation import (
    ReconciliationError,
    read_persons,
    reconcile,
)
from headquarters.supplement import SupplementReason, check_supplement
from headquarters.trustees import load_trustees
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import with_acts
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.day import Terminal, hand_over_cards, hours_of, operator_cards
from tests.headquarters.small import DeviceKeys, Headquarters, jpeg
from tests.headquarters.unlocking import (
    authority_of,
    give_certificates,
    make_offices,
    own_folder,
    run_election,
    unlock,
)

pytestmark = pytest.mark.slow
"""Whole counts."""

BRANCH, COUNCIL = BranchId("branch-1"), ContestId("council")
NOW = datetime.now(UTC).replace(microsecond=0)
WEATHER, STOCKS = "۲۴٫۵ °C", "TEDPIX 2,413,907.6"
"""The public values of the lots."""
TWICE, ONCE, ONLINE, NEVER_CAST = "0013542419", "0013542427", "0013542435", "0013542443"
PEOPLE = "\n".join(f"r{i},نامزد {i},Candidate {i},,no,{i}.jpg" for i in range(4))


def run(*arguments: str | Path) -> Result:
    return run_election(*arguments)


def fine(*arguments: str | Path) -> Result:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done


@dataclass(frozen=True, slots=True)
class Handles:
    first: bytes
    """Of the person who voted provisionally twice; the lot puts it before `second`."""
    second: bytes
    once: bytes
    online: bytes
    """Of somebody the registry knows as voted."""
    stranger: bytes
    """A handle no station gave."""
    never: bytes
    """Checked in, and no ballot was cast."""


@dataclass(frozen=True, slots=True)
class Day:
    folder: ElectionFolder
    handles: Handles
    ballots: dict[bytes, Ballot]
    media: bytes
    """All bytes of the terminal's media."""
    records: tuple[int, ...]
    """Sizes of the sealed records."""
    devices: dict[str, DeviceKeys]

    @property
    def supplement(self) -> Path:
        return self.folder.result / "supplement"

    @property
    def archive(self) -> Path:
        return self.folder.result / "election.bel"

    @property
    def decisions(self) -> Path:
        return self.folder.path / "out" / "decisions.json"

    def own(self, name: str) -> Path:
        return own_folder(self.folder, name)


def _handles() -> Handles:
    first, second = sorted((new_handle(), new_handle()), key=lambda handle: rank(handle, WEATHER))
    return Handles(first, second, *(new_handle() for _ in range(4)))


def make_devices() -> dict[str, DeviceKeys]:
    roles = {"station-1": Role.IDENTITY_STATION, "terminal-1": Role.BALLOT_TERMINAL}
    return {
        name: DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        for name, role in roles.items()
    }


def begin(folder: ElectionFolder, devices: dict[str, DeviceKeys], offline: bool = True) -> None:
    """Keys, candidates, package, operators' cards."""
    people = folder.path.parent / "people"
    (people / "portraits").mkdir(parents=True)
    (people / "candidates.csv").write_text(
        "key,name_fa,name_en,list,woman,portrait\n" + PEOPLE, encoding="utf-8"
    )
    for i in range(4):
        (people / "portraits" / f"{i}.jpg").write_bytes(jpeg(i))
    day = f"{NOW:%Y-%m-%d}"
    fine("new", folder.path, "--name", "انتخابات", "--day", day, "--rehearsal", "--yes")
    text = folder.plan.read_text(encoding="utf-8")
    text = text.replace("seats = 21", "seats = 2").replace("selections = 21", "selections = 2")
    if offline:
        text = text.replace("offline = false", "offline = true")
    folder.plan.write_text(text, encoding="utf-8")
    candidates = ("--candidates", people / "candidates.csv", "--portraits", people / "portraits")
    fine("add-candidates", folder.path, "council", *candidates)
    for device in devices.values():
        request = make_request(
            device.id, device.role, BRANCH, device.signing, device.sealing.public_bytes
        )
        (folder.requests / f"{device.id}.json").write_bytes(write_request(request))
    make_offices(folder)
    fine("package", folder.path, "--yes")
    give_certificates(folder)
    hand_over_cards(folder.path, authority_of(folder.keys), BRANCH)


def headquarters(folder: ElectionFolder, devices: dict[str, DeviceKeys]) -> Headquarters:
    definition = open_workspace(folder).election
    trustees = load_trustees(folder.trustees / "trustees.json")
    registered = folder.register.read_bytes() if folder.register.exists() else None
    return Headquarters(
        folder.path,
        authority_of(folder.keys),
        trustees,
        definition,
        {},
        devices,
        b"",
        number=None if registered is None else bytes.fromhex(number_of(registered)),
    )


def _number(folder: ElectionFolder) -> bytes | None:
    """What devices compute from the register, if there is one."""
    register = folder.register
    return bytes.fromhex(number_of(register.read_bytes())) if register.exists() else None


def bundle(hq: Headquarters, digest: bytes, name: str, content: BallotBox | CheckIns) -> bytes:
    device = hq.devices[name]
    listed = hq.election.device(device.id)
    assert listed is not None
    uuid = hq.election.uuid
    check_ins = Bundle(
        uuid,
        digest,
        device.id,
        device.role,
        BRANCH,
        (),
        bytes(32),
        box=content if isinstance(content, BallotBox) else None,
        check_ins=content if isinstance(content, CheckIns) else None,
    )
    check_ins = with_acts(
        check_ins,
        operator_cards(hq.authority, BRANCH),
        device.signing,
        hours_of(hq.election),
        _number(ElectionFolder(hq.folder)),
    )
    return write_bundle(check_ins, device.signing, listed.certificate)


def box(terminal: Terminal) -> BallotBox:
    return terminal.box()


def check_ins(hq: Headquarters, issued: int, *given: tuple[bytes, str]) -> CheckIns:
    place = (hq.election.uuid, BRANCH, DeviceId("station-1"))
    key = hq.election.reconciliation_public_key
    entries = sorted(
        seal_entry(ProvisionalEntry(handle, who), *place, key) for handle, who in given
    )
    return CheckIns(
        (GrantedCount((COUNCIL,), issued),),
        0,
        (),
        (),
        tuple(entries),
        issued=tuple(sorted(hq.issued)),
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Two ordinary ballots and five provisional ones, of which two count."""
    folder = ElectionFolder(tmp_path_factory.mktemp("provisional") / "e")
    devices, handles = make_devices(), _handles()
    begin(folder, devices)
    hand_over_cards(folder.path, authority_of(folder.keys), BRANCH)
    fine("register", folder.path, "--yes")
    hq = headquarters(folder, devices)
    digest = open_workspace(folder).package_digest
    terminal = Terminal(hq, "terminal-1", folder.path / "media")
    persons = [candidate.code for candidate in hq.election.contests[0].candidates]
    for _ in range(2):
        terminal.vote(Marks(COUNCIL, persons=(persons[0],)))
    ballots = {
        handle: terminal.vote(Marks(COUNCIL, persons=(persons[person],)), handle=handle)
        for handle, person in (
            (handles.first, 1),
            (handles.second, 2),
            (handles.once, 1),
            (handles.online, 3),
            (handles.stranger, 3),
        )
    }
    challenged, opening = terminal.ballot((Marks(COUNCIL, persons=(persons[3],)),))
    terminal.challenge(challenged, opening)
    given = (
        (handles.first, TWICE),
        (handles.second, TWICE),
        (handles.once, ONCE),
        (handles.online, ONLINE),
        (handles.never, NEVER_CAST),
    )
    out = folder.path / "out"
    out.mkdir()
    # The numbers agree: one who checked in never voted, and one handle was never given.
    (out / "station-1.bundle").write_bytes(
        bundle(hq, digest, "station-1", check_ins(hq, 8, *given))
    )
    (out / "terminal-1.bundle").write_bytes(bundle(hq, digest, "terminal-1", box(terminal)))
    imported = fine("import", folder.path, *out.glob("*.bundle"), "--json")
    report = json.loads(imported.stdout)
    assert (report["ballots"], report["provisional"], report["spoiled"]) == (2, 5, 1)
    assert report["branches"][0]["provisional_claims"] == 5
    refused = run("tally", folder.path)
    assert refused.exit_code == 2
    assert "5 provisional ballots are not decided on" in refused.output
    assert not folder.result.exists()
    (out / "voted.txt").write_text(f"{ONLINE}\n", encoding="utf-8")
    reconciled = (
        "reconcile",
        own_folder(folder, "officer"),
        *("--package", folder.package, "--root", folder.path / "public" / "root.der"),
        *("--handles", folder.handles, "--voted", out / "voted.txt"),
        *("--register", folder.register),
        *("--out", out / "decisions.json", out / "station-1.bundle"),
    )
    waiting = run(*reconciled)
    assert waiting.exit_code == 2
    assert "amin election lot FOLDER decisions VALUE" in waiting.output
    observed = ("--observer", own_folder(folder, "observer"), "--yes")
    fine("lot", folder.path, "decisions", WEATHER, *observed)
    fine(*reconciled, "--lot", folder.path / "lot-decisions.json")
    one = run("exclude", folder.path, out / "decisions.json")
    assert one.exit_code == 2
    assert "two signatures" in one.output
    fine("countersign", own_folder(folder, "observer"), out / "decisions.json")
    settled = json.loads(fine("exclude", folder.path, out / "decisions.json", "--json").stdout)
    assert settled["excluded_by_branch"] == {"branch-1": 3}
    fine("tally", folder.path)
    drawn = json.loads((folder.result / "result.json").read_bytes())["contests"][0]
    assert drawn["allocation"] is None, "two reserves are equal, and no lot is recorded"
    assert "amin election lot" in drawn["why_none"]["text"]
    fine("lot", folder.path, "seats", STOCKS, *observed)
    media = b"".join(path.read_bytes() for path in (folder.path / "media").iterdir())
    sizes = tuple(len(record.sealed) for record in terminal.store.records())
    return Day(folder, handles, ballots, media, sizes, devices)


# ---------------------------------------------------------------- what comes out


def test_only_what_is_decided_to_count_is_counted(day: Day) -> None:
    result = json.loads((day.folder.result / "result.json").read_bytes())
    assert result["ballots"] == 4
    votes = [candidate["total"] for candidate in result["contests"][0]["candidates"]]
    assert votes == [2, 2, 0, 0]
    numbers = json.loads((day.folder.result / "provisional.json").read_bytes())
    assert numbers == {
        "provisional": 5,
        "included": 2,
        "excluded": 3,
        "excluded_by_reason": {
            "already-voted": 1,
            "another-provisional": 1,
            "unknown-handle": 1,
        },
        "excluded_by_branch": {"branch-1": 3},
        "undecided": "refuse",
    }


def test_everything_verifies(day: Day) -> None:
    assert verify_index(day.folder.result / "index.json").failures == []
    fine("verify", day.archive, "--root", day.folder.path / "public" / "root.der")


def test_the_seats_of_equals_wait_for_their_lot(day: Day) -> None:
    drawn = json.loads((day.folder.result / "result.json").read_bytes())["contests"][0]
    assert drawn["allocation"]["parameters"]["seed"] == STOCKS
    for language in ("fa", "en"):
        assert (day.folder.result / "seats" / "council" / f"report.{language}.html").exists()
    observed = ("--observer", day.own("observer"), "--yes")
    for words, sentence in (
        (("lot", day.folder.path, "seats", "another", *observed), "recorded once"),
        (("lot", day.folder.path, "decisions", "another", *observed), "recorded once"),
        (("tally", day.folder.path), "final"),
        (("conclude", day.folder.path, day.folder.result), "final"),
    ):
        done = run(*words)
        assert (done.exit_code, sentence in done.output) == (2, True), done.output
    number = hashlib.sha256(day.folder.register.read_bytes()).hexdigest()
    verified = fine("verify", day.folder.result / "index.json", "--number", number, "--json")
    right = [each["entry"] for each in json.loads(verified.stdout)["right"]]
    assert {"lot-seats.json", "lot-decisions.json"} <= set(right)


@pytest.mark.parametrize("value", ["a|b", " ", "x" * 201, "two\nlines"])
def test_values_that_cannot_be_recorded(day: Day, tmp_path: Path, value: str) -> None:
    target = tmp_path / "result"
    shutil.copytree(day.folder.result, target)
    (target / "lot-seats.json").unlink()
    words = ("lot", day.folder.path, "seats", "--observer", day.own("observer"), "--yes")
    done = run(*words, "--target", target, value)
    assert done.exit_code == 2
    assert "one line" in done.output
    assert not (target / "lot-seats.json").exists()


def test_no_lot_of_an_index_that_is_not_ours_or_not_final(day: Day, tmp_path: Path) -> None:
    words = ("lot", day.folder.path, "seats", "7", "--observer", day.own("observer"), "--yes")
    signer = authority_of(day.folder.keys).signer_key
    for name, old, new, signed in (
        ("altered", b'"ballots": 4', b'"ballots": 5', False),
        ("interim", b'"interim": false', b'"interim": true', True),
        ("other", b'"uuid": "', b'"uuid": "X', True),
    ):
        target = tmp_path / name
        shutil.copytree(day.folder.result, target)
        (target / "lot-seats.json").unlink()
        data = (target / "index.json").read_bytes().replace(old, new)
        (target / "index.json").write_bytes(data)
        if signed:
            (target / "index.sig").write_bytes(signer.sign("amin archive index", data))
        assert run(*words, "--target", target).exit_code == 2
        assert not (target / "lot-seats.json").exists()


def test_no_lot_of_decisions_while_a_device_is_pending(day: Day, tmp_path: Path) -> None:
    place = tmp_path / "e"
    shutil.copytree(day.folder.path, place)
    (place / "lot-decisions.json").unlink()
    stored = sorted((place / "bundles").glob("*.bundle"))
    for path in stored:
        if b"identity-station" in path.read_bytes():
            path.unlink()
    words = ("lot", place, "decisions", "7", "--observer", day.own("observer"), "--yes")
    done = run(*words)
    assert (done.exit_code, "still pending, such as station-1" in done.output) == (2, True)


def test_decisions_by_another_lot_are_not_taken_over(day: Day, tmp_path: Path) -> None:
    place = tmp_path / "e"
    shutil.copytree(day.folder.path, place)
    (place / "lot-decisions.json").unlink()
    (place / "decisions.json").unlink()
    done = run("exclude", place, day.decisions)
    assert (done.exit_code, "without the recorded lot" in done.output) == (2, True), done.output


def test_only_handles_of_excluded_ballots_are_published_beside_a_ballot(day: Day) -> None:
    opened = read_excluded((day.supplement / "excluded.json").read_bytes())
    out = (day.handles.second, day.handles.online, day.handles.stranger)
    assert {record.handle for record in opened} == set(out)
    assert {record.digest for record in opened} == {day.ballots[handle].digest for handle in out}
    archive = day.archive.read_bytes()
    for handle in (*out, day.handles.first, day.handles.once):
        counted = day.ballots[handle].text in archive
        assert counted == (handle not in out)
        assert handle.hex().encode() not in archive


def test_the_office_is_told_of_cast_ballots_only(day: Day) -> None:
    workspace = open_workspace(day.folder)
    told = read_handles(
        day.folder.handles.read_bytes(), workspace.election.uuid, workspace.fingerprint
    )
    assert set(told) == set(day.ballots)
    assert day.handles.never not in told


def test_records_of_all_kinds_have_one_size_and_no_handle_lies_on_a_medium(day: Day) -> None:
    assert set(day.records) == {sealed_size(open_workspace(day.folder).encrypted)}
    for handle in day.ballots:
        assert handle not in day.media
        assert handle.hex().encode() not in day.media


def test_station_bundles_name_nobody(day: Day) -> None:
    data = (day.folder.path / "out" / "station-1.bundle").read_bytes()
    for number in (TWICE, ONCE, ONLINE, NEVER_CAST):
        assert number.encode() not in data
    for handle in day.ballots:
        assert handle not in data


# ---------------------------------------------------------------- what others must notice


def _altered(day: Day, tmp_path: Path, file: str, change: Callable[[bytes], bytes]) -> set[str]:
    folder = tmp_path / "supplement"
    shutil.copytree(day.supplement, folder)
    before = (folder / file).read_bytes()
    after = change(before)
    assert after != before
    (folder / file).write_bytes(after)
    return {finding.reason for finding in check_supplement(folder, day.archive)}


def _replaced(old: bytes, new: bytes, data: bytes) -> bytes:
    return data.replace(old, new)


def _items(change: Callable[[list[dict[str, str]]], object]) -> Callable[[bytes], bytes]:
    def on(data: bytes) -> bytes:
        value = json.loads(data)
        change(value["items"])
        return json.dumps(value).encode()

    return on


def test_a_ballot_that_vanishes_is_missed(day: Day, tmp_path: Path) -> None:
    found = _altered(day, tmp_path, "excluded.json", _items(lambda items: items.pop()))
    assert found == {SupplementReason.MISSING, SupplementReason.DECISION}
    without = tmp_path / "without"
    shutil.copytree(day.supplement, without)
    for name in ("excluded.json", "decisions.json"):
        (without / name).unlink()
    failures = check_supplement(without, day.archive)
    # Three ballots, and the branch's five handles.
    reasons = [failure.reason for failure in failures]
    assert reasons == [SupplementReason.MISSING] * 3 + [SupplementReason.AUTHORIZATIONS]


def test_an_exclusion_holds_for_the_ballot_of_its_handle_only(day: Day, tmp_path: Path) -> None:
    """Headquarters cannot leave out another ballot in the place of the one that was decided on."""

    def swap(items: list[dict[str, str]]) -> None:
        items[0]["digest"], items[1]["digest"] = items[1]["digest"], items[0]["digest"]

    def counted(items: list[dict[str, str]]) -> None:
        items[0]["digest"] = day.ballots[day.handles.first].digest.hex()

    def included(items: list[dict[str, str]]) -> None:
        items[0]["handle"] = day.handles.once.hex()

    for number, change in enumerate((swap, counted, included)):
        found = _altered(day, tmp_path / str(number), "excluded.json", _items(change))
        assert SupplementReason.DECISION in found
        assert SupplementReason.MISSING in found


def test_altered_decisions_are_refused(day: Day, tmp_path: Path) -> None:
    changes = (
        (b'"reason": "already-voted"', b'"reason": "not-eligible"', True),
        (b'"undecided": "refuse"', b'"undecided": "exclude"', True),
        (day.handles.once.hex().encode(), b"0" * 31 + b"1", False),
        (b'"version": 3', b'"version": 4', False),
    )
    for number, (old, new, all_decided) in enumerate(changes):
        data = day.decisions.read_bytes()
        file = tmp_path / f"{number}.json"
        file.write_bytes(data.replace(old, new))
        assert run("exclude", day.folder.path, file).exit_code == 2
        found = _altered(
            day, tmp_path / str(number), "decisions.json", partial(_replaced, old, new)
        )
        waiting = set() if all_decided else {SupplementReason.AUTHORIZATIONS}
        assert found == {SupplementReason.DECISION, SupplementReason.MISSING, *waiting}


def test_an_excluded_ballot_that_is_in_no_batch_is_missed(day: Day, tmp_path: Path) -> None:
    """Counted in spite of the decision: nothing is missing then, but the handle is nowhere."""
    shutil.copytree(day.folder.result, tmp_path / "r")
    excluded = tmp_path / "r" / "supplement" / "excluded.json"
    excluded.write_bytes(_items(lambda items: items.pop())(excluded.read_bytes()))
    report = verify_index(tmp_path / "r" / "index.json")
    assert IndexReason.DECISIONS in {failure.reason for failure in report.failures}


# ---------------------------------------------------------------- decisions


def statement_of(day: Day) -> DecisionList:
    return read_decisions(day.decisions.read_bytes()).statement


def signed_by_both(day: Day, statement: DecisionList) -> Signed:
    signed = Signed(statement, (sign_as(day.own(Office.OFFICER), statement, unlock),))
    return add_signature(signed, sign_as(day.own(Office.OBSERVER), statement, unlock))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(DecisionError) as refused:
        call()
    return refused.value.reason


def test_a_decision_about_an_unknown_handle_is_refused(day: Day, tmp_path: Path) -> None:
    statement = statement_of(day)
    more = Decision(day.handles.never, DecisionVerdict.EXCLUDE, DecisionGround.ALREADY_VOTED)
    ordered = tuple(sorted((*statement.decisions, more), key=lambda decision: decision.handle))
    file = tmp_path / "decisions.json"
    file.write_bytes(write_decisions(signed_by_both(day, replace(statement, decisions=ordered))))
    kept = day.folder.decisions.read_bytes()
    done = run("exclude", day.folder.path, file)
    assert done.exit_code == 2
    assert "is the handle of no ballot" in done.output
    assert day.folder.decisions.read_bytes() == kept


def test_a_handle_is_decided_once(day: Day) -> None:
    statement = statement_of(day)
    twice = replace(statement, decisions=(statement.decisions[0], *statement.decisions))
    assert refusal(lambda: sign_as(day.own(Office.OFFICER), twice, unlock)) == "handle"
    data = write_decisions(Signed(twice, ()))
    assert refusal(lambda: read_decisions(data)) == "handle"


def test_what_is_decided_stays_decided(day: Day, tmp_path: Path) -> None:
    statement = statement_of(day)
    place = next(
        i
        for i, decision in enumerate(statement.decisions)
        if decision.decision is DecisionVerdict.EXCLUDE
    )
    changed = list(statement.decisions)
    changed[place] = replace(
        changed[place], decision=DecisionVerdict.INCLUDE, reason=DecisionGround.ELIGIBLE
    )
    other = replace(statement, decisions=tuple(changed))
    file = tmp_path / "decisions.json"
    file.write_bytes(write_decisions(signed_by_both(day, other)))
    assert run("exclude", day.folder.path, file).exit_code == 2
    assert refusal(lambda: check_successor(statement, other)) == "changed"
    fewer = replace(statement, decisions=statement.decisions[1:])
    assert refusal(lambda: check_successor(statement, fewer)) == "changed"
    check_successor(fewer, statement)
    blind = replace(statement, read=())
    assert refusal(lambda: check_still_read(statement, blind)) == "boxes"
    check_still_read(blind, statement)


def test_the_office_may_have_packages_of_districts(day: Day, tmp_path: Path) -> None:
    """The folder of them in place of the one package: the same decisions; one that is lost is told."""
    folder, out = day.folder, day.folder.path / "out"
    part = tmp_path / "districts" / "001"
    part.mkdir(parents=True)
    shutil.copy(folder.package, part)
    digest = hashlib.sha256(folder.package.read_bytes()).hexdigest()
    (part.parent / "districts.csv").write_text(f"sha256\n{digest}\n", encoding="utf-8")
    asked = (
        *("reconcile", own_folder(folder, "officer"), "--package", part.parent),
        *("--root", folder.path / "public" / "root.der", "--register", folder.register),
        *("--handles", folder.handles, "--voted", out / "voted.txt"),
        *("--lot", folder.path / "lot-decisions.json"),
        *("--out", tmp_path / "decisions.json", out / "station-1.bundle"),
    )
    fine(*asked)
    found = read_decisions((tmp_path / "decisions.json").read_bytes()).statement
    assert found == statement_of(day)
    part.rename(part.with_name("002"))
    refused = run(*asked)
    assert refused.exit_code == 2
    assert "lacks the package of a district" in refused.output


def test_both_roles_sign_with_keys_of_their_own(day: Day) -> None:
    statement = statement_of(day)
    root = authority_of(day.folder.keys).root
    both = signed_by_both(day, statement)
    there = (root, NOW, statement.election, statement.fingerprint)
    assert [signer.role for signer in verify(both, *there)] == [
        Role.RECONCILIATION_OFFICER,
        Role.OBSERVER,
    ]
    officer, observer = both.signatures
    as_observer = replace(officer, role=Role.OBSERVER)
    for signatures in (
        (),
        (officer,),
        (observer, officer),
        (officer, officer),
        (officer, as_observer),
        (officer, replace(observer, signature=officer.signature)),
    ):
        assert refusal(partial(verify, Signed(statement, signatures), *there)) == "signature"
    assert refusal(lambda: verify(both, *there[:2], "another", "φ")) == "election"
    other = HybridKey.generate()
    stolen = (day.own(Office.OFFICER) / "signing.der").read_bytes()
    with pytest.raises(DecisionError):
        sign(statement, other, stolen)


def test_undecided_ballots_wait_or_are_left_out_as_the_signed_file_says(day: Day) -> None:
    imported = import_stored(open_workspace(day.folder), unlock, NOW)
    statement = statement_of(day)
    fewer = replace(statement, decisions=statement.decisions[1:])
    assert refusal(lambda: settle(imported, Signed(fewer, ()))) == "undecided"
    assert refusal(lambda: settle(imported, None)) == "undecided"
    none = DecisionList(statement.election, statement.fingerprint, (), undecided=Undecided.EXCLUDE)
    settled = settle(imported, Signed(none, ()))
    assert [entry.reason for entry in settled.excluded] == ["undecided"] * 5
    assert len(settled.imported.ballots) == 2
    assert settled.imported.provisional == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_files_of_any_content_raise_decision_errors_only(day: Day, data: st.DataObject) -> None:
    readers: dict[Path, Callable[[bytes], object]] = {
        day.decisions: read_decisions,
        day.supplement / "excluded.json": read_excluded,
        day.folder.handles: lambda content: read_handles(content, "uuid", "φ"),
    }
    path = data.draw(st.sampled_from(list(readers)))
    good = path.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.binary(max_size=3)) + good[place + 1 :]
    for content in (changed, good[:place], data.draw(st.binary(max_size=200))):
        try:
            readers[path](content)
        except DecisionError:
            continue


# ---------------------------------------------------------------- reconciliation


HANDLES = st.binary(min_size=16, max_size=16).filter(any)
PERSONS = st.sampled_from([TWICE, ONCE, ONLINE, NEVER_CAST])


@given(
    st.sets(HANDLES, max_size=8),
    st.lists(st.tuples(HANDLES, PERSONS), max_size=8),
    st.sets(PERSONS),
    st.sets(PERSONS),
    st.data(),
)
def test_at_most_one_ballot_of_each_person_counts(
    cast: set[bytes],
    given_: list[tuple[bytes, str]],
    voted: set[str],
    barred: set[str],
    data: st.DataObject,
) -> None:
    entries = [ProvisionalEntry(handle, person) for handle, person in given_]
    cast |= {entry.handle for entry in entries if data.draw(st.booleans())}
    decisions = reconcile(cast, entries, voted, barred, "a value")
    assert [decision.handle for decision in decisions] == sorted(cast)
    counted = [
        entry.national_number
        for decision in decisions
        if decision.decision is DecisionVerdict.INCLUDE
        for entry in entries
        if entry.handle == decision.handle
    ]
    assert len(counted) == len(set(counted))
    assert not set(counted) & (voted | barred)
    assert reconcile(cast, entries[::-1], voted, barred, "a value") == decisions
    for decision in decisions:
        if decision.reason is DecisionGround.ANOTHER_PROVISIONAL:
            (person,) = (e.national_number for e in entries if e.handle == decision.handle)
            (chosen,) = (
                each.handle
                for each in decisions
                if each.decision is DecisionVerdict.INCLUDE
                and ProvisionalEntry(each.handle, person) in entries
            )
            smaller, larger = (
                hashlib.sha256(handle + b"a value").digest() for handle in (chosen, decision.handle)
            )
            assert smaller < larger
    free = {e.national_number for e in entries if e.handle in cast} - voted - barred
    if len({entry.handle for entry in entries}) == len(entries):
        assert set(counted) == free


@given(
    st.lists(
        st.tuples(HANDLES, PERSONS, st.sampled_from(Proof)), max_size=8, unique_by=lambda e: e[0]
    ),
    st.sets(PERSONS),
    st.data(),
)
def test_what_a_chip_has_proven_stands_before_a_checked_document(
    given_: list[tuple[bytes, str, Proof]], voted: set[str], data: st.DataObject
) -> None:
    """Only ballots that were cast count for anything; an ordinary one stands before both."""
    entries = [ProvisionalEntry(*each) for each in given_]
    cast = {entry.handle for entry in entries if data.draw(st.booleans())}
    included = {
        decision.handle
        for decision in reconcile(cast, entries, voted, lot="17")
        if decision.decision is DecisionVerdict.INCLUDE
    }
    for person in {entry.national_number for entry in entries}:
        theirs = [e for e in entries if e.national_number == person and e.handle in cast]
        counted = [entry for entry in theirs if entry.handle in included]
        assert len(counted) == (bool(theirs) and person not in voted)
        assert all(entry.proof == min(each.proof for each in theirs) for entry in counted)


def test_lists_of_persons() -> None:
    digits = TWICE.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert read_persons(f"\ufeff{ONCE}\n\n{digits}\n".encode(), "voted.txt") == {ONCE, TWICE}
    for bad in (b"1234567890\n", b"\xff\xfe", f"{ONCE} {TWICE}".encode()):
        with pytest.raises(ReconciliationError) as refused:
            read_persons(bad, "voted.txt")
        assert ONCE not in str(refused.value)


# ---------------------------------------------------------------- at import


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    """A branch that has to be online."""
    folder = ElectionFolder(tmp_path_factory.mktemp("online") / "e")
    devices = make_devices()
    begin(folder, devices, offline=False)
    return headquarters(folder, devices)


def test_what_does_not_fit_is_found(online: Headquarters, tmp_path: Path) -> None:
    digest = open_workspace(ElectionFolder(online.folder)).package_digest
    terminal = Terminal(online, "terminal-1", tmp_path / "a")
    handle = new_handle()
    for _ in range(2):
        terminal.vote(Marks(COUNCIL, blank=True), handle=handle)
    terminal.vote(Marks(COUNCIL, blank=True))
    files = [
        BundleFile("t", bundle(online, digest, "terminal-1", box(terminal))),
        BundleFile("s", bundle(online, digest, "station-1", check_ins(online, 3))),
    ]
    root, key = online.authority.root, load_sealing_key(online.folder / "keys", unlock)
    imported = import_bundles(online.election, digest, root, key, files, NOW)
    assert [entry.handle for entry in imported.provisional] == [handle]
    assert len(imported.ballots) == 1
    assert [refusal.reason for refusal in imported.report.refused] == [RecordReason.HANDLE_TWICE]
    kinds = {finding.kind for finding in imported.report.findings}
    assert FindingKind.MORE_PROVISIONAL in kinds
    given = ((handle, ONCE), (new_handle(), TWICE), (new_handle(), ONLINE))
    files[1] = BundleFile("s", bundle(online, digest, "station-1", check_ins(online, 3, *given)))
    findings = import_bundles(online.election, digest, root, key, files, NOW).report.findings
    assert {finding.kind for finding in findings} == {
        FindingKind.NOT_OFFLINE,
        FindingKind.HANDLES_MISSING,
    }


@pytest.mark.parametrize("change", ["drops one", "lists another", "uses one twice"])
def test_a_list_of_handles_that_is_not_its_ballots(
    online: Headquarters, tmp_path: Path, change: str
) -> None:
    """Whoever verifies would find the archive wrong: headquarters hears it before the count."""
    digest = open_workspace(ElectionFolder(online.folder)).package_digest
    terminal = Terminal(online, "terminal-1", tmp_path / "a")
    handles = [new_handle(), new_handle()]
    for handle in (*handles, handles[0]) if change == "uses one twice" else handles:
        terminal.vote(Marks(COUNCIL, blank=True), handle=handle)
    honest = box(terminal)
    listed = {
        "drops one": honest.handles[1:],
        "lists another": tuple(sorted((honest.handles[0], handle_hash(new_handle())))),
        "uses one twice": honest.handles,
    }[change]
    root, key = online.authority.root, load_sealing_key(online.folder / "keys", unlock)

    def told(content: BallotBox) -> set[str]:
        files = [BundleFile("t", bundle(online, digest, "terminal-1", content))]
        found = import_bundles(online.election, digest, root, key, files, NOW).report.findings
        return {each.subject for each in found if each.kind is FindingKind.HANDLES_MISSING}

    assert told(replace(honest, handles=listed)) == {"terminal-1"}
    if change != "uses one twice":
        assert told(honest) == set()

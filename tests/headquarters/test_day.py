"""Define → package → votes → bundles → import → tally → archive → verify → seats, without devices."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from crypto.casting import SlotAnswer
from crypto.election import slot_integers
from crypto.result import QuestionCounts, SlotRows, TallyResult
from election.answers import InvalidRow
from election.definition import PERSIAN
from election.marks import Marks
from headquarters.authority import load_sealing_key
from headquarters.counting import count_election
from headquarters.import_report import FindingKind, RecordReason, report_json
from headquarters.importing import Imported
from headquarters.result import (
    ElectionResult,
    default_parameters,
    make_result,
    result_json,
    votes_of,
    write_result_files,
)
from headquarters.result_file import read_votes
from headquarters.supplement import SupplementReason, check_supplement, write_supplement
from headquarters.verification.report import apart
from headquarters.verification.verifier import verify_archive
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.day import Terminal, count_ballots, package_of, station_bundle
from tests.headquarters.small import (
    BRANCH,
    COUNCIL,
    EXPERTS,
    NOON,
    Headquarters,
    council,
    plan,
    set_up,
)
from tests.headquarters.unlocking import unlock
from words.languages import installed

pytestmark = pytest.mark.slow
"""Whole counts."""

PERSONS = [candidate.code for candidate in council().contest.candidates]
LISTS = [slate.code for slate in council().contest.lists]
EXPERT = [candidate.code for candidate in plan().contests[1].candidates]
AFTER = NOON + timedelta(hours=8)
TIMESTAMP = int(AFTER.timestamp())

VOTES = (
    (Marks(COUNCIL, list_code=LISTS[0]), Marks(EXPERTS, persons=(EXPERT[1],))),
    (Marks(COUNCIL, list_code=LISTS[0]), Marks(EXPERTS, blank=True)),
    (Marks(COUNCIL, persons=(PERSONS[0], PERSONS[7])), Marks(EXPERTS, skipped=True)),
    (Marks(COUNCIL, persons=tuple(PERSONS[2:7])),),
    (Marks(COUNCIL, blank=True), Marks(EXPERTS, persons=(EXPERT[1],))),
    (Marks(COUNCIL, skipped=True), Marks(EXPERTS, persons=(EXPERT[0],))),
)


@dataclass(frozen=True, slots=True)
class Day:
    hq: Headquarters
    imported: Imported
    result: ElectionResult
    folder: Path


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def bring(hq: Headquarters, *bundles: bytes, package: bytes | None = None) -> Imported:
    digest = hashlib.sha256(package or package_of(hq)).digest()
    files = [BundleFile(f"{i}.bundle", data) for i, data in enumerate(bundles)]
    return import_bundles(
        hq.election,
        digest,
        hq.authority.root,
        load_sealing_key(hq.folder / "keys", unlock),
        files,
        AFTER,
    )


def digest_of(hq: Headquarters) -> bytes:
    return hashlib.sha256(package_of(hq)).digest()


@pytest.fixture(scope="module")
def day(hq: Headquarters, tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = tmp_path_factory.mktemp("day")
    one, two = (Terminal(hq, name, folder / name) for name in ("terminal-1", "terminal-2"))
    for index, marks in enumerate(VOTES):
        (one if index % 2 else two).vote(*marks)
    challenged, opening = one.ballot((Marks(COUNCIL, list_code=LISTS[1]),))
    one.challenge(challenged, opening)
    package = digest_of(hq)
    imported = bring(hq, station_bundle(hq, 7, package), one.close(package), two.close(package))
    out = folder / "out"
    _, decrypted = count_ballots(out, hq, imported, timestamp=TIMESTAMP)
    counts = count_election(hq.election, decrypted, len(imported.ballots))
    result = make_result(
        hq.election,
        one.encrypted.fingerprint,
        counts,
        default_parameters(hq.election, "seed of the test"),
    )
    write_result_files(out, result, installed().speakers())
    return Day(hq, imported, result, out)


def test_seats_are_allocated_from_what_the_written_result_says(day: Day) -> None:
    written = read_votes(result_json(day.result))
    assert written == tuple(votes_of(contest) for contest in day.result.contests)


def test_import_is_sound(day: Day) -> None:
    report = day.imported.report
    assert report.sound
    assert (report.ballots, report.spoiled) == (6, 1)
    (branch,) = report.branches
    assert (branch.issued, branch.spent, branch.cast, branch.spoiled) == (7, 6, 6, 1)
    assert (branch.unused, branch.claimed_not_issued) == (1, 1)
    assert json.loads(report_json(report))["sound"] is True


def test_archive_verifies(day: Day) -> None:
    report = verify_archive(day.folder / "election.bel")
    assert report.ok, report.failures
    assert report.ballots == 6
    assert report.fingerprint == day.result.fingerprint


def test_count_is_what_was_voted(day: Day) -> None:
    first, second = (contest.count for contest in day.result.contests)
    individual = {candidate.code: candidate.individual for candidate in first.candidates}
    assert [individual[code] for code in PERSONS] == [1, 0, 1, 1, 1, 1, 1, 1]
    assert [slate.ballots for slate in first.lists] == [2, 0]
    totals = {candidate.code: candidate.total for candidate in first.candidates}
    assert [totals[code] for code in PERSONS] == [3, 2, 3, 1, 1, 1, 1, 1]
    assert [slate.total for slate in first.lists] == [8, 3]
    assert (first.independents, first.blanks, first.valid_votes) == (2, 1, 13)
    assert first.unused == 4 + 4 + 3 + 0 + 4 + 5
    assert first.sound
    assert [candidate.total for candidate in second.candidates] == [1, 2, 0]
    assert (second.blanks, second.unused) == (1, 2)


def test_seats(day: Day) -> None:
    """Quotas 8·5/13 = 3.08, 3·5/13 = 1.15, 2·5/13 = 0.77: the one left over goes to 0.77."""
    allocation = day.result.contests[0].allocation
    assert allocation is not None
    assert {group.key: group.seats for group in allocation.groups} == {
        "0001": 3,
        "0002": 1,
        "independents": 1,
    }
    experts = day.result.contests[1].allocation
    assert experts is not None
    assert [member.code for member in experts.groups[0].elected] == [EXPERT[1]]


def test_result_files(day: Day) -> None:
    value = json.loads((day.folder / "result.json").read_bytes())
    assert value["sound"] is True
    assert value["contests"][0]["lists"][0] == {
        "code": "0001",
        "name": {"fa": "فهرست الف", "en": "List A"},
        "ballots": 2,
        "total": 8,
    }
    asked = {reading["parameter"] for reading in value["contests"][0]["readings"]}
    assert asked >= {"denominator", "left_overs", "quota_rounding", "surplus", "independents"}
    assert value["contests"][0]["allocation"]["steps"]
    english = (day.folder / "result.en.txt").read_text(encoding="utf-8")
    persian = (day.folder / "result.fa.txt").read_text(encoding="utf-8")
    assert "Ballots counted: 6" in english
    assert "برگه‌های رأی شمرده‌شده: ۶" in persian
    assert day.result.fingerprint in persian
    assert day.result.name.in_(PERSIAN) in persian


def test_supplement_holds(day: Day) -> None:
    assert check_supplement(day.folder / "supplement", day.folder / "election.bel") == ()


def _altered(day: Day, tmp_path: Path, old: str, new: str, file: str) -> set[StrEnum]:
    folder = tmp_path / "supplement"
    shutil.copytree(day.folder / "supplement", folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    return {finding.reason for finding in check_supplement(folder, day.folder / "election.bel")}


def test_altered_supplements_are_refused(day: Day, tmp_path: Path) -> None:
    box = day.imported.evidence[0]
    digest, signature = box.records[0].digest.hex(), box.records[0].signature.hex()
    cases = (
        (digest, "0" * 64, "boxes.json", {SupplementReason.SUMMARY, SupplementReason.SIGNATURE}),
        (signature, "0" * 128, "boxes.json", {SupplementReason.SIGNATURE}),
        (f'"device": "{box.device}"', '"device": "terminal-2"', "boxes.json", None),
        ('"cast": 3', '"cast": 2', "boxes.json", {SupplementReason.SUMMARY}),
        ('"cast": 3', '"cast": -1', "boxes.json", {SupplementReason.UNREADABLE}),
        ('"seed": "', '"seed": "0', "challenged.json", {SupplementReason.UNREADABLE}),
    )
    for number, (old, new, file, reasons) in enumerate(cases):
        found = _altered(day, tmp_path / str(number), old, new, file)
        assert found
        if reasons is not None:
            assert reasons <= found


def test_a_ballot_nobody_signed_is_noticed(day: Day, tmp_path: Path) -> None:
    folder = tmp_path / "supplement"
    shutil.copytree(day.folder / "supplement", folder)
    boxes = json.loads((folder / "boxes.json").read_bytes())
    boxes["items"].pop()
    (folder / "boxes.json").write_text(json.dumps(boxes))
    failures = check_supplement(folder, day.folder / "election.bel")
    reasons = Counter(failure.reason for failure in failures)
    assert reasons == {SupplementReason.COVER: 3, SupplementReason.AUTHORIZATIONS: 1}


def test_a_lying_challenge_is_noticed(day: Day, tmp_path: Path) -> None:
    folder = tmp_path / "supplement"
    shutil.copytree(day.folder / "supplement", folder)
    value = json.loads((folder / "challenged.json").read_bytes())
    row = next(row for row in value["items"][0]["answers"] if row[-1] == LISTS[1])
    row[-1] = LISTS[0]
    (folder / "challenged.json").write_text(json.dumps(value))
    failures = check_supplement(folder, day.folder / "election.bel")
    assert [failure.reason for failure in failures] == [SupplementReason.CHALLENGE]


def _supplement(day: Day, path: Path, file: str, change: Callable[[Any], object]) -> set[str]:
    """The reasons (and what they are about) after one file was changed."""
    folder = path / "supplement"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(day.folder / "supplement", folder)
    value = json.loads((folder / file).read_bytes())
    change(value["items"])
    (folder / file).write_text(json.dumps(value))
    failures = check_supplement(folder, day.folder / "election.bel")
    return {f"{failure.reason} {failure.entry}" for failure in failures}


def test_ballots_are_compared_with_authorizations(day: Day, tmp_path: Path) -> None:
    """Six ballots; seven authorizations, and one voter claimed whose card was not confirmed."""
    (station,) = json.loads((day.folder / "supplement" / "stations.json").read_bytes())["items"]
    assert (station["issued"], station["claimed"]) == (7, 1)
    branch, listed = f"supplement-issued {BRANCH}", "supplement-issued station-1"
    unvouched = {f"supplement-authorizations terminal-{number}" for number in (1, 2)}
    cases: list[tuple[Callable[[Any], object], set[str]]] = [
        (lambda items: items.clear(), {branch, *unvouched}),
        (lambda items: items[0]["hashes"].pop(), {branch, listed, f"spent-unlisted {BRANCH}"}),
        (lambda items: items[0].update(issued=8), {branch, listed}),
        (lambda items: items[0].update(claimed=0), {branch, listed}),
        (
            lambda items: items[0].update(device="terminal-1"),
            {branch, "supplement-certificate terminal-1", *unvouched},
        ),
        (
            lambda items: items[0].update(device="station-9"),
            {branch, "supplement-certificate station-9", *unvouched},
        ),
        (lambda items: items.append(items[0]), {listed}),
        (lambda items: items[0].update(issued=-1), {"supplement-issued stations.json"}),
    ]
    for change, expected in cases:
        assert _supplement(day, tmp_path, "stations.json", change) == expected


def test_spent_authorizations_are_compared(day: Day, tmp_path: Path) -> None:
    """Each list is the terminal's own, and a station of the branch vouches for every spent one."""
    listed, told = "supplement-authorizations terminal-1", f"spent-unlisted {BRANCH}"
    cases: list[tuple[Callable[[Any], object], set[str]]] = [
        (lambda items: items.pop(0), {listed}),
        (lambda items: items.append(items[0]), {listed}),
        (lambda items: items[0]["spent"].pop(), {listed}),
        (lambda items: items[0]["spent"][0].update(voucher="00" * 64), {listed}),
        (lambda items: items[0]["handles"].append("11" * 32), {listed}),
        (lambda items: items[0].update(signature=items[1]["signature"]), {listed}),
        (lambda items: items[0].update(device="terminal-9"), {listed, listed[:-1] + "9"}),
    ]
    for change, expected in cases:
        assert _supplement(day, tmp_path, "spent.json", change) == expected
    imported = bring(day.hq, station_bundle(day.hq, 7, digest_of(day.hq), unlisted=2))
    write_supplement(
        tmp_path / "put back",
        day.hq.authority.root,
        day.imported.evidence,
        day.imported.spoiled,
        imported.stations,
    )
    failures, notices = apart(check_supplement(tmp_path / "put back", day.folder / "election.bel"))
    assert failures == ()
    assert [f"{notice.reason} {notice.entry}" for notice in notices] == [told]
    assert dict(notices[0].message.values)["number"] == 2


def test_fewer_authorizations_than_ballots(day: Day, tmp_path: Path) -> None:
    """Signed by the station, and still too few: somebody voted without."""
    for issued, reasons in ((5, set()), (4, {SupplementReason.ISSUED})):
        imported = bring(day.hq, station_bundle(day.hq, issued, digest_of(day.hq)))
        folder = tmp_path / str(issued)
        write_supplement(
            folder,
            day.hq.authority.root,
            day.imported.evidence,
            day.imported.spoiled,
            imported.stations,
        )
        failures = check_supplement(folder, day.folder / "election.bel")
        assert {failure.reason for failure in failures} == reasons


def test_challenges_are_those_that_were_signed(day: Day, tmp_path: Path) -> None:
    (opened,) = json.loads((day.folder / "supplement" / "challenged.json").read_bytes())["items"]
    entry = f"supplement-challenge {hashlib.sha256(opened['ballot'].encode()).hexdigest()}"
    hidden = _supplement(day, tmp_path, "challenged.json", lambda items: items.clear())
    assert hidden == {entry}
    elsewhere = _supplement(
        day, tmp_path, "challenged.json", lambda items: items[0].update(device="terminal-2")
    )
    assert elsewhere == {entry}


def test_a_terminal_has_one_summary_and_its_certificate(day: Day, tmp_path: Path) -> None:
    forked = _supplement(day, tmp_path, "boxes.json", lambda items: items.append(items[0]))
    assert "supplement-summary terminal-1" in forked
    folder = tmp_path / "supplement"
    shutil.rmtree(folder)
    shutil.copytree(day.folder / "supplement", folder)
    (folder / "devices" / "terminal-1.der").unlink()
    failures = check_supplement(folder, day.folder / "election.bel")
    assert SupplementReason.CERTIFICATE in {failure.reason for failure in failures}


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("harm", ["a link", "too large"])
@pytest.mark.parametrize("device", ["terminal-1", "station-1"])
def test_files_that_are_none_are_not_read(day: Day, tmp_path: Path, device: str, harm: str) -> None:
    folder = tmp_path / "supplement"
    shutil.copytree(day.folder / "supplement", folder)
    path = folder / "devices" / f"{device}.der"
    if harm == "a link":
        path.unlink()
        path.symlink_to(day.folder / "supplement" / "devices" / f"{device}.der")
    else:
        os.truncate(path, 1 << 40)
    failures = check_supplement(folder, day.folder / "election.bel")
    found = [failure for failure in failures if failure.entry == device]
    assert found
    assert all("its certificate" in str(finding.message) for finding in found)


def test_bundles_are_rejected_with_a_reason(hq: Headquarters, tmp_path: Path) -> None:
    terminal = Terminal(hq, "terminal-1", tmp_path / "a")
    terminal.vote(*VOTES[0])
    package = digest_of(hq)
    good = terminal.close(package)
    terminal.vote(*VOTES[1])
    imported = bring(
        hq,
        good,
        good,
        terminal.close(package),
        terminal.close(bytes(32)),
        good[:-1] + bytes([good[-1] ^ 1]),
        b"nothing",
    )
    assert sorted(rejection.reason for rejection in imported.report.rejected) == [
        "format",
        "not-enrolled",  # the changed byte is in the certificate
        "other-package",
    ]
    assert imported.ballots == ()
    missing = [f for f in imported.report.findings if f.kind is FindingKind.MISSING_BUNDLE]
    assert len(missing) == 3
    twice = [f for f in imported.report.findings if f.kind is FindingKind.CLOSED_TWICE]
    assert [finding.subject for finding in twice] == ["terminal-1"], "told, and for two to decide"
    assert not imported.report.sound


def test_a_copy_of_a_bundle_counts_once(hq: Headquarters, tmp_path: Path) -> None:
    terminal = Terminal(hq, "terminal-1", tmp_path / "a")
    terminal.vote(*VOTES[0])
    bundle = terminal.close(digest_of(hq))
    imported = bring(hq, bundle, bundle)
    assert len(imported.ballots) == 1
    assert not imported.report.rejected
    assert FindingKind.NO_STATION in {finding.kind for finding in imported.report.findings}


def test_an_authorization_spent_at_two_terminals(hq: Headquarters, tmp_path: Path) -> None:
    terminals = [Terminal(hq, name, tmp_path / name) for name in ("terminal-1", "terminal-2")]
    for terminal in terminals:
        ballot, _ = terminal.ballot(VOTES[0])
        terminal.cast(ballot, nonce=b"n" * 16)
    package = digest_of(hq)
    imported = bring(
        hq, station_bundle(hq, 1, package), *(terminal.close(package) for terminal in terminals)
    )
    kinds = {finding.kind: finding.subject for finding in imported.report.findings}
    assert kinds[FindingKind.SPENT_TWICE] == "terminal-1 terminal-2"
    assert FindingKind.MORE_THAN_ISSUED not in kinds, "one authorization, which is told as such"


def test_records_are_refused_with_a_reason(hq: Headquarters, tmp_path: Path) -> None:
    one = Terminal(hq, "terminal-1", tmp_path / "1")
    two = Terminal(hq, "terminal-2", tmp_path / "2")
    shared, _ = one.ballot(VOTES[0])
    one.cast(shared)
    two.cast(shared)
    opened, opening = one.ballot(VOTES[1])
    one.challenge(opened, opening)
    two.cast(opened)
    lied, opening = one.ballot(VOTES[2])
    _, other = one.ballot(VOTES[2])
    one.challenge(lied, other)
    foreign, _ = one.ballot(VOTES[3])
    good, _ = one.ballot(VOTES[3])
    one.cast(foreign, sealed=bytes(one.store.records()[0].sealed))
    two.cast(good)
    package = digest_of(hq)
    report = bring(hq, one.close(package), two.close(package)).report
    assert sorted((refusal.device, refusal.reason) for refusal in report.refused) == [
        ("terminal-1", RecordReason.OPENING),
        ("terminal-1", RecordReason.SEAL),
        ("terminal-2", RecordReason.CHALLENGED),
        ("terminal-2", RecordReason.DUPLICATE),
    ]
    assert (report.ballots, report.spoiled) == (2, 1)


def test_codes_nobody_has_and_overfull_ballots_show_in_the_count(
    hq: Headquarters, tmp_path: Path
) -> None:
    """What a lying terminal can do: the same code in every slot, a code that is not given."""
    from crypto.casting import BallotMaker, HomomorphicAnswer
    from crypto.embedding import EmbeddingTable

    terminal = Terminal(hq, "terminal-1", tmp_path / "1")
    maker = BallotMaker(terminal.encrypted, EmbeddingTable([0, LISTS[0], 40000]))
    for codes in ([LISTS[0]] * 5, [40000, 0, 0, 0, 0]):
        answers = [SlotAnswer(slot_integers(code)) for code in codes]
        terminal.cast(maker.make((*answers, HomomorphicAnswer((0, 0, 0, 0))), bytes(32)))
    imported = bring(hq, terminal.close(digest_of(hq)))
    _, decrypted = count_ballots(tmp_path / "out", hq, imported)
    count, other = count_election(hq.election, decrypted, 2)
    assert [row.rows for row in count.invalid] == [1]
    assert len(count.broken_bounds) == 3
    assert not count.sound
    result = make_result(
        hq.election,
        "f",
        (count, other),
        default_parameters(hq.election, "s"),
    )
    assert not result.sound
    assert result.contests[1].allocation is None


@pytest.mark.parametrize("code", [0, LISTS[0]], ids=["empty", "a list"])
def test_a_slot_that_no_honest_terminal_made_is_an_invalid_vote(
    hq: Headquarters, code: int
) -> None:
    """Its integers look like a code, and the rest of the ballot counts."""
    looks, empty = slot_integers(code), (0,) * 30
    slots = [SlotRows((empty,)) for _ in range(5)]
    crooked = SlotRows((looks,), irregular=(0,))
    votes = TallyResult((crooked, *slots[1:], QuestionCounts((0, 0, 0, 0))))
    council_count, experts_count = count_election(hq.election, votes, 1)
    assert council_count.invalid == (InvalidRow(looks, 1, irregular=True),)
    assert (council_count.unused, [slate.ballots for slate in council_count.lists]) == (4, [0, 0])
    assert council_count.sound
    assert experts_count.sound


def test_a_day_without_voters(hq: Headquarters, tmp_path: Path) -> None:
    terminal = Terminal(hq, "terminal-1", tmp_path / "1")
    imported = bring(hq, terminal.close(digest_of(hq)))
    out = tmp_path / "out"
    archive, decrypted = count_ballots(out, hq, imported, timestamp=TIMESTAMP)
    counts = count_election(hq.election, decrypted, 0)
    result = make_result(hq.election, "f", counts, default_parameters(hq.election, "s"))
    write_result_files(out, result, installed().speakers())
    assert verify_archive(archive).ok
    assert check_supplement(out / "supplement", archive) == ()
    assert "no valid votes" in str(result.contests[0].why_none)
    assert "Nobody elected" in (out / "result.en.txt").read_text(encoding="utf-8")

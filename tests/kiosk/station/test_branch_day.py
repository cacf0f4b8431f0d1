"""A day of a branch: three stations, a terminal and a registry. Nobody twice, and the night finds the rest.

Real stations, cards, service and books; what a person has done is compared with what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.election import parse_election
from election.bundle import Bundle, read_bundle
from election.definition import DeviceId, Role
from election.registry import BranchReferences
from election.sealed import unseal
from headquarters.authority import load_sealing_key
from headquarters.decisions import DecisionGround, DecisionVerdict
from headquarters.evidence_check import evidence_findings
from headquarters.reconciliation import Reconciled, propose
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import VoterRefusal
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.cards.piv import PivCard
from simulators.people import Person
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.asking import RECONCILIATION, Authorities, branch_registry
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import BRANCH, NOON, TERMINAL, Office, people
from tests.kiosk.station.test_identity_station import check_in, finger, override
from tests.kiosk.station.test_provisional import without_answer
from words.message import in_english

pytestmark = pytest.mark.slow
STATIONS = tuple(DeviceId(f"b1-s{number}") for number in (1, 2, 3))
ROLES = dict.fromkeys(STATIONS, (Role.IDENTITY_STATION, BRANCH)) | {
    TERMINAL: (Role.BALLOT_TERMINAL, BRANCH)
}
CAST = 4
"""Ballots of either day."""


def handed_in(bench: Bench, office: Office) -> Bundle:
    """Close, export, and read what headquarters gets."""
    closed = bench.do(ConsoleAct.CLOSE)
    assert closed.ok, in_english(closed.message)
    assert bench.do(ConsoleAct.EXPORT).ok
    data = (bench.config.usb / f"{bench.config.device}{BUNDLE_SUFFIX}").read_bytes()
    return read_bundle(data, office.election, office.authority.root, NOON)


def opened(
    registry: Authorities, devices: Iterable[DeviceId], folder: Path, stack: ExitStack
) -> tuple[IdentityBench, ...]:
    """Identity stations that ask the registry, each in its folder, with open polls."""

    def bench(device: DeviceId) -> IdentityBench:
        (folder / device).mkdir()
        sensor = stack.enter_context(finger_sensor(folder / device))
        connect = registry.connect(device)
        made = IdentityBench(registry.office, folder / device, sensor, connect, device=device)
        stack.callback(made.identity.stop)
        outcome = made.open_polls()
        assert outcome.ok, in_english(outcome.message)
        return made

    return tuple(map(bench, devices))


def refused(bench: IdentityBench, person: Person) -> VoterRefusal:
    bench.cards.insert(bench.office.blank())
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    reason = bench.refused()
    bench.put_away()
    return reason


def reconciled(office: Office, books: Sequence[Bundle], box: Bundle) -> Reconciled:
    """What the night makes of the ballots: of the provisional ones Anna's is out, two count."""
    assert box.box is not None
    assert len(box.box.records) == CAST
    encrypted = parse_election(office.election.belenios_election)
    key = load_sealing_key(office.folder / "keys", unlock)
    opened = [unseal(encrypted, r.kind, r.digest, r.sealed, key) for r in box.box.records]
    handles = [each.origin.handle for each in opened if each.origin and each.origin.handle]
    told = propose(
        handles,
        [*books, box],
        RECONCILIATION,
        election=office.election.uuid,
        fingerprint=encrypted.fingerprint,
        voted=(),
    )
    reasons = sorted(each.reason.value for each in told.statement.decisions)
    eligible = DecisionGround.ELIGIBLE.value
    assert reasons == sorted([DecisionGround.ALREADY_VOTED.value, eligible, eligible])
    return told


def test_nobody_twice_and_nobody_forgotten(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    plain = Office.open(tmp_path / "office", ROLES)
    anna, berta, carla = people(3)
    with ExitStack() as stack:
        registry = stack.enter_context(branch_registry(plain, tmp_path))
        office = registry.office
        first, second, third = stations = opened(registry, STATIONS, tmp_path, stack)
        terminal = TerminalBench(office, tmp_path / "terminal")
        stack.callback(terminal.terminal.stop)
        assert terminal.open_polls().ok

        terminal.vote(check_in(first, anna))
        assert refused(second, anna) is VoterRefusal.ALREADY_VOTED
        unused = check_in(second, berta)
        assert refused(first, berta) is VoterRefusal.ALREADY_VOTED

        registry.lines[STATIONS[2]].up = False
        for person in (anna, berta, carla):
            terminal.vote(without_answer(third, person))
        assert third.logged("registry-line") == ["down"]
        assert unused is not None

        books = [handed_in(bench, office) for bench in stations]
        box = handed_in(terminal, office)

    told = reconciled(office, books, box)
    out = sum(each.decision is DecisionVerdict.EXCLUDE for each in told.statement.decisions)
    assert CAST - out == 3, "Anna by her first card, Berta and Carla by the last"
    assert (told.check_ins, told.ordinary, told.twice, told.unreadable) == (3, 2, 0, 0)
    sums = [{each.event: each.number for each in book.sums} for book in books]
    assert [each.get("without-answer") for each in sums] == [None, None, 3]
    assert not any("override" in each for each in sums), "no fingers but those of their cards"


def protests(bench: IdentityBench, person: Person) -> PivCard:
    """Said to have voted, the person protests, and two roles sign: a card all the same."""
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    assert bench.refused() is VoterRefusal.ALREADY_VOTED
    bench.identity.loop.post(on.Protested())
    override(bench, None)
    written = bench.office.blank()
    bench.cards.insert(written)
    bench.see(at.Done)
    bench.put_away()
    return written


def noted(bench: IdentityBench) -> None:
    """Wait until the registry has heard of the cards that were written: only then it says *already*."""

    def read() -> None:
        waiting.append(len(bench.identity.loaded.pollbook.claims.to_note()))

    waiting: list[int] = []
    while not waiting or waiting[-1]:
        before = len(waiting)
        bench.identity.context.store.submit(read)
        bench.until(lambda: len(waiting) > before, "the notes")  # noqa: B023 - asked at once


def assert_without_a_name_for_the_night_nothing_is_given(
    bench: IdentityBench, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two roles have signed: they hear that nobody answers, and are not asked for another ballot."""
    with monkeypatch.context() as cut:
        cut.setattr(BranchReferences, "ask", lambda *asked: asked[-1](None))
        bench.reader.insert(bench.office.identity_card(person))
        finger(bench, person)
        assert bench.refused() is VoterRefusal.ALREADY_VOTED
        bench.identity.loop.post(on.Protested())
        override(bench, None)
        assert bench.refused() is VoterRefusal.REGISTRY_UNREACHABLE
    bench.put_away()


def test_a_protest_gives_a_ballot_that_counts_if_no_other_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anna has voted and says she has not; Berta's card lies at home; Carla's was taken elsewhere."""
    (tmp_path / "office").mkdir()
    plain = Office.open(tmp_path / "office", ROLES)
    anna, berta, carla = people(3)
    with ExitStack() as stack:
        registry = stack.enter_context(branch_registry(plain, tmp_path))
        office = registry.office
        first, second = stations = opened(registry, STATIONS[:2], tmp_path, stack)
        terminal = TerminalBench(office, tmp_path / "terminal")
        stack.callback(terminal.terminal.stop)
        assert terminal.open_polls().ok

        terminal.vote(check_in(first, anna))
        check_in(first, berta)
        check_in(first, carla)
        noted(first)
        terminal.vote(protests(first, anna))
        terminal.vote(protests(first, berta))
        terminal.vote(protests(second, carla))
        assert refused(second, anna) is VoterRefusal.ALREADY_VOTED, "and so is Anna elsewhere"
        assert not first.logged("protested"), "no line tells of it"
        assert_without_a_name_for_the_night_nothing_is_given(first, anna, monkeypatch)
        books = [handed_in(bench, office) for bench in stations]
        box = handed_in(terminal, office)

    sums = [{each.event: each.number for each in book.sums} for book in books]
    assert [each.get("protested") for each in sums] == [3, 1], "whatever two roles signed for"
    told = reconciled(office, books, box)
    assert (told.check_ins, told.ordinary, told.twice, told.unreadable) == (3, 3, 0, 0)
    assert not list(evidence_findings(books)), "who protests is shown by the finger, as before"
    again = reconciled(office, [with_a_garbled_copy(books[0]), books[1]], box)
    # What was read is another book; what follows from it is the same.
    same = replace(told.statement, read=again.statement.read)
    expected = replace(told, unreadable=1, statement=same)
    assert again == expected, "nobody's ballot is lost, and the fault is told"


def with_a_garbled_copy(book: Bundle) -> Bundle:
    """As a bad memory leaves it: a sealed entry stands beside what it was, on the other memory."""
    assert book.check_ins is not None
    first = book.check_ins.provisional[0]
    bad = first[:-1] + bytes([first[-1] ^ 1])
    return replace(
        book,
        check_ins=replace(book.check_ins, provisional=(*book.check_ins.provisional, bad)),
    )

"""A registry that does not answer: the voter gets a provisional ballot, where the branch may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.election import parse_election
from election import token
from election.bundle import CheckIns
from election.definition import Election
from election.provisional import ORDINARY, open_entry
from election.records import spent_hash
from election.sealed import sealed_size, unseal
from headquarters.authority import load_sealing_key
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import VoterRefusal
from simulators.cards.piv import PivCard
from simulators.fingerprint.sfm import SfmSimulator
from simulators.people import Person
from simulators.registry.in_process import CutLine
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.asking import RECONCILIATION, asking, branch_registry
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import BRANCH, NOON, STATION, Office, people, token_on
from tests.kiosk.station.test_identity_station import check_in, finger, override, overriding
from words.message import in_english

VOTER, OTHER, THIRD = people(3)


def defined(office: Office, offline: bool) -> Office:
    branches = tuple(
        replace(branch, offline=offline and branch.id == BRANCH)
        for branch in office.election.branches
    )
    key = RECONCILIATION.public_bytes
    election: Election = replace(office.election, branches=branches, reconciliation_public_key=key)
    return replace(office, election=election)


class Offline:
    """A station whose line to its registry is cut."""

    def __init__(self, office: Office, folder: Path, sensor: SfmSimulator, offline: bool) -> None:
        (folder / "central").mkdir(parents=True)
        self._stack = ExitStack()
        self.registry = self._stack.enter_context(
            branch_registry(office, folder / "central", offline=offline)
        )
        self.bench = IdentityBench(
            self.registry.office, folder / "station", sensor, self.registry.connect(STATION)
        )
        assert self.bench.open_polls().ok

    @property
    def line(self) -> CutLine:
        return self.registry.lines[STATION]

    def close(self) -> None:
        self.bench.identity.stop()
        self._stack.close()

    def cut(self) -> None:
        self.line.up = False


@pytest.fixture
def offline(office: Office, tmp_path: Path, sensor: SfmSimulator) -> Iterator[Offline]:
    station = Offline(office, tmp_path, sensor, offline=True)
    yield station
    station.close()


def _bundle(bench: IdentityBench) -> CheckIns:
    found: list[CheckIns] = []

    def read() -> None:
        check_ins = bench.identity.loaded.bundle().check_ins
        assert check_ins is not None
        found.append(check_ins)

    bench.identity.context.store.submit(read)
    bench.until(lambda: bool(found), "the bundle's content")
    return found[0]


def without_answer(bench: IdentityBench, person: Person, *, known: bool = False) -> PivCard:
    """A whole visit while the line is cut; two roles go on. The written card."""
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    assert overriding(bench).reason is at.OverrideReason.NO_ANSWER
    override(bench, None)
    bench.see(at.WritingAuthorization)
    card = bench.office.blank()
    bench.cards.insert(card)
    bench.see(at.Done)
    bench.put_away()
    return card


def test_a_provisional_ballot_goes_from_check_in_to_its_record(
    offline: Offline, tmp_path: Path
) -> None:
    bench = offline.bench
    office = bench.office
    offline.cut()
    card = without_answer(bench, VOTER)
    given = token.check(token_on(card) or b"", office.election, BRANCH, NOON)
    assert given.handle is not None
    (sealed,) = _bundle(bench).provisional
    entry = open_entry(sealed, office.election.uuid, BRANCH, STATION, RECONCILIATION)
    assert (entry.handle, entry.national_number) == (given.handle, VOTER.national_number)
    assert entry.spent == spent_hash(given.nonce)
    for path in bench.files.data.iterdir():
        assert given.handle not in path.read_bytes(), path.name
        assert VOTER.national_number.encode() not in path.read_bytes(), path.name

    terminal = TerminalBench(office, tmp_path / "terminal")
    try:
        assert terminal.open_polls().ok
        terminal.vote(card)
        store = terminal.terminal.loaded.votes
        assert store is not None
        (record,) = store.records()
        media = (terminal.files.votes, terminal.files.votes_mirror)
        assert all(given.handle not in path.read_bytes() for path in media)
    finally:
        terminal.terminal.stop()
    encrypted = parse_election(office.election.belenios_election)
    assert len(record.sealed) == sealed_size(encrypted) <= 8192
    opened = unseal(
        encrypted,
        record.kind,
        record.digest,
        record.sealed,
        load_sealing_key(office.folder / "keys", unlock),
    )
    assert opened.origin is not None
    assert opened.origin.handle == given.handle


def test_a_voter_claimed_provisionally_is_known_when_the_line_is_back(offline: Offline) -> None:
    bench = offline.bench
    offline.cut()
    without_answer(bench, VOTER)
    offline.line.up = True
    bench.reader.insert(bench.office.identity_card(VOTER))
    finger(bench, VOTER)
    assert bench.refused() is VoterRefusal.ALREADY_VOTED
    bench.put_away()
    card = check_in(bench, OTHER)
    given = token.check(token_on(card) or b"", bench.office.election, BRANCH, NOON)
    assert given.handle is None
    told = _bundle(bench)
    assert len(told.provisional) == len(told.claims) == 1
    entry = open_entry(told.claims[0], bench.office.election.uuid, BRANCH, STATION, RECONCILIATION)
    assert (entry.handle, entry.national_number) == (ORDINARY, "")
    assert entry.spent == spent_hash(given.nonce)
    assert len(entry.reference) == 16


def test_a_branch_that_has_to_be_online_refuses(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    station = Offline(office, tmp_path, sensor, offline=False)
    bench = station.bench
    try:
        station.cut()
        bench.cards.insert(office.blank())
        bench.reader.insert(office.identity_card(THIRD))
        finger(bench, THIRD)
        bench.see(at.Refused)
        assert bench.refused() is VoterRefusal.REGISTRY_UNREACHABLE
        assert _bundle(bench).provisional == ()
    finally:
        station.close()


def test_a_register_without_the_registry_that_is_asked_is_not_loaded(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    asked, _, _ = asking(office)
    package = asked.package()
    asked.once[package] = asked.register(package)
    bench = IdentityBench(asked, tmp_path / "station", sensor)
    try:
        outcome = bench.load(package)
        assert not outcome.ok
        assert "names no" in in_english(outcome.message) or "not name" in in_english(
            outcome.message
        )
    finally:
        bench.identity.stop()

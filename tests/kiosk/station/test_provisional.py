"""A registry that does not answer: the voter gets a provisional ballot, where the branch may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.election import parse_election
from crypto.sealing import SealingKey
from election import token
from election.authorization_life import AlreadyVoted
from election.bundle import CheckIns
from election.definition import ContestId, Election
from election.provisional import open_entry
from election.registry import ClaimOutcome, Unreachable
from election.sealed import sealed_size, unseal
from headquarters.authority import load_sealing_key
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import VoterRefusal
from kiosk.storage.pollbook import LocalRegistry
from simulators.fingerprint.sfm import SfmSimulator
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import BRANCH, NOON, STATION, Office, people, token_on
from tests.kiosk.station.test_identity_station import check_in, finger

VOTER, OTHER, THIRD = people(3)
RECONCILIATION = SealingKey.generate()


class Line:
    """A registry at the end of a line that can be down; it answers like the pollbook otherwise."""

    def __init__(self, behind: LocalRegistry) -> None:
        self._behind = behind
        self.up = False

    def claim(
        self, voter_ref: bytes, contests: tuple[ContestId, ...], nonce: bytes
    ) -> ClaimOutcome:
        return self._behind.claim(voter_ref, contests, nonce) if self.up else Unreachable()

    def nonce(self, voter_ref: bytes) -> bytes:
        return self._behind.nonce(voter_ref)

    def confirm_issued(self, voter_ref: bytes) -> None:
        self._behind.confirm_issued(voter_ref)

    def reissue(self, voter_ref: bytes) -> ClaimOutcome:
        return self._behind.reissue(voter_ref) if self.up else Unreachable()


class Offline:
    """A station whose registry is elsewhere."""

    def __init__(self, office: Office, folder: Path, sensor: SfmSimulator) -> None:
        self.line: Line | None = None
        (folder / "central").mkdir(parents=True)

        def registry(pollbook: LocalRegistry) -> Line:
            del pollbook
            if self.line is None:
                central = LocalRegistry(folder / "central" / "registry.db", bytes(range(32)))
                self.line = Line(central)
            return self.line

        self.bench = IdentityBench(office, folder / "station", sensor, registry)


def defined(office: Office, offline: bool) -> Office:
    branches = tuple(
        replace(branch, offline=offline and branch.id == BRANCH)
        for branch in office.election.branches
    )
    key = RECONCILIATION.public_bytes
    election: Election = replace(office.election, branches=branches, reconciliation_public_key=key)
    return replace(office, election=election)


@pytest.fixture
def offline(office: Office, tmp_path: Path, sensor: SfmSimulator) -> Iterator[Offline]:
    station = Offline(defined(office, offline=True), tmp_path, sensor)
    assert station.bench.open_polls().ok
    yield station
    station.bench.identity.stop()


def _bundle(bench: IdentityBench) -> CheckIns:
    found: list[CheckIns] = []

    def read() -> None:
        check_ins = bench.identity.loaded.bundle().check_ins
        assert check_ins is not None
        found.append(check_ins)

    bench.identity.context.store.submit(read)
    bench.until(lambda: bool(found), "the bundle's content")
    return found[0]


def test_a_provisional_ballot_goes_from_check_in_to_its_record(
    offline: Offline, tmp_path: Path
) -> None:
    bench = offline.bench
    office = bench.office
    card = check_in(bench, VOTER)
    given = token.check(token_on(card) or b"", office.election, BRANCH, NOON)
    assert given.handle is not None
    (sealed,) = _bundle(bench).provisional
    entry = open_entry(sealed, office.election.uuid, BRANCH, STATION, RECONCILIATION)
    assert (entry.handle, entry.national_number) == (given.handle, VOTER.national_number)
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
    check_in(bench, VOTER)
    bench.put_away()
    assert offline.line is not None
    offline.line.up = True
    bench.cards.insert(bench.office.blank())
    bench.reader.insert(bench.office.identity_card(VOTER))
    finger(bench, VOTER)
    assert bench.refused() is VoterRefusal.ALREADY_VOTED
    bench.put_away()
    card = check_in(bench, OTHER)
    given = token.check(token_on(card) or b"", bench.office.election, BRANCH, NOON)
    assert given.handle is None
    assert len(_bundle(bench).provisional) == 1
    reference = bench.identity.loaded.pollbook.reference(OTHER.national_number)
    assert offline.line.claim(reference, (), bytes(16)) == AlreadyVoted()


def test_a_branch_that_has_to_be_online_refuses(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    station = Offline(defined(office, offline=False), tmp_path, sensor)
    bench = station.bench
    try:
        assert bench.open_polls().ok
        bench.cards.insert(office.blank())
        bench.reader.insert(office.identity_card(THIRD))
        finger(bench, THIRD)
        bench.see(at.Refused)
        assert bench.refused() is VoterRefusal.REGISTRY_UNREACHABLE
        assert _bundle(bench).provisional == ()
    finally:
        bench.identity.stop()

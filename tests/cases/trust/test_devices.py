"""Judge publications by the devices they name.

Whoever holds headquarters' keys after the day can leave out, exchange and add devices; the number that
was published before it says which there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.certificates import issue
from crypto.hybrid import HybridKey
from crypto.packing import KeptBallot, pack
from election.definition import BranchId, DeviceId, Role
from election.issuance import IssuedCount, RecordedHandles
from election.marks import Marks
from election.records import RecordKind, RecordSigner, SpentAuthorization
from election.sealed import seal_cast
from headquarters.importing import DeviceEvidence, Imported
from headquarters.issuance_check import StationEvidence
from tests.cases.day import A_VOTE, B_VOTE, Day, publish, verified
from tests.headquarters.day import station_bundle
from tests.headquarters.small import NOON

Played = tuple[Day, Imported]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Three votes for list A at one terminal, three for list B at the other."""
    day = Day.begin(tmp_path_factory.mktemp("day"))
    for _ in range(3):
        day.one.vote(*A_VOTE)
        day.two.vote(*B_VOTE)
    station = station_bundle(day.hq, 6, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    assert found.report.sound
    return day, found


def first_of(found: Imported) -> tuple[DeviceEvidence, list[KeptBallot]]:
    """Return what terminal-1 handed in."""
    (first,) = (each for each in found.evidence if each.device == "terminal-1")
    own = {record.digest for record in first.records}
    return first, [ballot for ballot in found.ballots if ballot.digest in own]


def certified(day: Day, name: str, role: Role, branch: str, key: HybridKey) -> bytes:
    """Return a certificate that was made after the day; the dates are what one writes."""
    return issue(
        day.hq.authority.root,
        day.hq.authority.root_key,
        name,
        key.public,
        role=role,
        branch=branch,
        not_before=NOON - timedelta(days=30),
        not_after=NOON + timedelta(days=30),
    )


def invented_box(
    day: Day, name: str, branch: str, votes: Sequence[tuple[Marks, ...]]
) -> tuple[list[KeptBallot], DeviceEvidence]:
    """Return the ballots and evidence of a terminal that exists on paper only."""
    key, encrypted = HybridKey.generate(), day.one.encrypted
    signer = RecordSigner(key, encrypted.fingerprint, DeviceId(name))
    ballots = [day.one.ballot(marks)[0] for marks in votes]
    sealed = [seal_cast(encrypted, ballot, day.hq.election.seal_public_key) for ballot in ballots]
    records = sorted(
        (
            signer.sign_record(RecordKind.CAST, ballot.digest, data)
            for ballot, data in zip(ballots, sealed, strict=True)
        ),
        key=lambda record: record.digest,
    )
    spent = [bytes([number]) * 32 for number in range(len(records))]
    root = signer.sign_root([record.digest for record in records], [], spent)
    certificate = certified(day, name, Role.BALLOT_TERMINAL, branch, key)
    uuid = day.hq.election.uuid
    handles = RecordedHandles(uuid, DeviceId(name), BranchId(branch), ()).sign(key)
    listed = tuple(SpentAuthorization(seconds, bytes(64)) for seconds in spent)
    kept = [KeptBallot(encrypted, ballot.digest, pack(ballot)) for ballot in ballots]
    return kept, DeviceEvidence(
        DeviceId(name), certificate, root, tuple(records), listed, (), handles
    )


def with_ballots(
    found: Imported, ballots: Sequence[KeptBallot], evidence: Sequence[DeviceEvidence]
) -> Imported:
    ordered = tuple(sorted(ballots, key=lambda ballot: ballot.digest))
    return replace(found, ballots=ordered, evidence=tuple(evidence))


def test_honest_day(played: Played, tmp_path: Path) -> None:
    day, found = played
    status, told = verified(publish(day, tmp_path / "public", found), day.register)
    assert status == 0, told
    assert "right-devices\tdevices\t3: " in told


def test_terminal_left_out(played: Played, tmp_path: Path) -> None:
    """Half of the votes: nothing is wrong with the rest, but it is not the result."""
    day, found = played
    first, ballots = first_of(found)
    index = publish(day, tmp_path / "public", with_ballots(found, ballots, [first]))
    status, told = verified(index, day.register)
    assert status == 1, told
    assert "told\tregister-pending\tterminal-2\t" in told
    assert "index-final\tindex.json\t1: " in told
    assert "index-early\tb-1\t1: " in told


def test_terminal_exchanged(played: Played, tmp_path: Path) -> None:
    """A second certificate for the same name, and as many ballots as before."""
    day, found = played
    first, ballots = first_of(found)
    more, box = invented_box(day, "terminal-2", "b-1", [A_VOTE] * 3)
    index = publish(day, tmp_path / "public", with_ballots(found, [*ballots, *more], [first, box]))
    status, told = verified(index, day.register)
    assert status == 1, told
    assert "\nregister-device\t./terminal-2\t" in told
    assert told.startswith("supplement-authorizations\t./terminal-2\t")


def test_branch_added(played: Played, tmp_path: Path) -> None:
    """A station and a terminal that were certified after the day."""
    day, found = played
    more, box = invented_box(day, "terminal-9", "b-9", [A_VOTE] * 20)
    key = HybridKey.generate()
    count = IssuedCount(day.hq.election.uuid, DeviceId("station-9"), BranchId("b-9"), 20, 0)
    certificate = certified(day, "station-9", Role.IDENTITY_STATION, "b-9", key)
    station = StationEvidence(count, certificate, count.sign(key))
    forged = with_ballots(found, [*found.ballots, *more], [*found.evidence, box])
    forged = replace(forged, stations=(*found.stations, station))
    index = publish(day, tmp_path / "public", forged, ("b-1", "b-9"))
    status, told = verified(index, day.register)
    assert status == 1, told
    wrong = [line.split("\t")[:2] for line in told.splitlines() if line.startswith("register-")]
    assert wrong == [
        ["register-group", "./b-9"],
        ["register-device", "./station-9"],
        ["register-device", "./terminal-9"],
    ]

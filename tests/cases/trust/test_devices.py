"""INTEGRITY. The public verifier never learns which devices there were: nothing ties boxes.json,
stations.json and devices/*.der to the enrolment list that was signed before the day. Whoever holds
headquarters' keys after the day can leave out, exchange and add devices, and `amin election verify
index.json --root …` says "valid".

The right verifier is given the signed package (or definition) from before the day; see
`kit.verified`.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from crypto.certificates import issue
from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.issued import IssuedCount
from election.records import RecordKind, RecordSigner
from election.sealed import seal_cast
from headquarters.importing import DeviceEvidence, Imported
from headquarters.issued import StationEvidence
from tests.cases.runner import case, collect, expect
from tests.cases.trust.kit import (
    A_VOTE,
    B_VOTE,
    bring,
    headquarters,
    list_votes,
    package_digest,
    publish,
    verified,
)
from tests.headquarters.day import Terminal, station_bundle
from tests.headquarters.small import NOON, Headquarters


@dataclass(frozen=True)
class Day:
    hq: Headquarters
    one: Terminal
    imported: Imported

    @property
    def first(self) -> DeviceEvidence:
        return next(each for each in self.imported.evidence if each.device == "terminal-1")

    @property
    def first_ballots(self) -> list:
        own = {record.digest for record in self.first.records}
        return [ballot for ballot in self.imported.ballots if ballot.digest in own]


@cache
def day() -> Day:
    """Three votes for list A at one terminal, three for list B at the other."""
    hq, one, two = headquarters()
    for _ in range(3):
        one.vote(*A_VOTE)
        two.vote(*B_VOTE)
    package = package_digest(hq)
    imported = bring(hq, station_bundle(hq, 6, package), one.close(package), two.close(package))
    assert imported.report.sound
    return Day(hq, one, imported)


def certified(name: str, role: Role, branch: str, key: HybridKey) -> bytes:
    """Made after the day; the dates are what one writes."""
    authority = day().hq.authority
    start, end = NOON - timedelta(days=30), NOON + timedelta(days=30)
    return issue(
        authority.root,
        authority.root_key,
        name,
        key.public,
        role=role,
        branch=branch,
        not_before=start,
        not_after=end,
    )


def invented_box(name: str, branch: str, votes: list) -> tuple[list, DeviceEvidence]:
    """A terminal that exists on paper only."""
    key, hq, like = HybridKey.generate(), day().hq, day().one
    signer = RecordSigner(key, like.encrypted.fingerprint, DeviceId(name))
    ballots = [like.ballot(marks)[0] for marks in votes]
    sealed = [seal_cast(like.encrypted, each, hq.election.seal_public_key) for each in ballots]
    records = sorted(
        (
            signer.sign_record(RecordKind.CAST, ballot.digest, data)
            for ballot, data in zip(ballots, sealed, strict=True)
        ),
        key=lambda record: record.digest,
    )
    spent = [bytes([number]) * 32 for number in range(len(records))]
    root = signer.sign_root([record.digest for record in records], [], spent)
    certificate = certified(name, Role.BALLOT_TERMINAL, branch, key)
    return ballots, DeviceEvidence(DeviceId(name), certificate, root, tuple(records))


def told_of(ballots, evidence, stations, branches=("b-1",)) -> tuple[int, str, list[int]]:
    index, result = publish(day().hq, ballots, evidence, stations, branches)
    return *verified(index, day().hq), list_votes(result)


@case
def honest_day() -> None:
    found = day().imported
    status, line, _ = told_of(found.ballots, found.evidence, found.stations)
    expect(status == 0, f"an honest publication is refused: {line}")


@case
def terminal_left_out() -> None:
    status, line, votes = told_of(day().first_ballots, [day().first], day().imported.stations)
    expect(status, f"lists {votes} in place of [3, 3]: {line}")


@case
def terminal_exchanged() -> None:
    """A second certificate for the same name, and as many ballots as before."""
    ballots, box = invented_box("terminal-2", "b-1", [A_VOTE] * 3)
    ballots += day().first_ballots
    status, line, votes = told_of(ballots, [day().first, box], day().imported.stations)
    expect(status, f"lists {votes} in place of [3, 3]: {line}")


@case
def branch_added() -> None:
    """A station and a terminal that were certified after the day."""
    found, hq = day().imported, day().hq
    ballots, box = invented_box("terminal-9", "b-9", [A_VOTE] * 20)
    key = HybridKey.generate()
    count = IssuedCount(hq.election.uuid, DeviceId("station-9"), BranchId("b-9"), 20, 0)
    certificate = certified("station-9", Role.IDENTITY_STATION, "b-9", key)
    station = StationEvidence(count, certificate, count.sign(key))
    status, line, votes = told_of(
        [*found.ballots, *ballots],
        [*found.evidence, box],
        [*found.stations, station],
        ("b-1", "b-9"),
    )
    expect(status, f"lists {votes} in place of [3, 3]: {line}")


test_case = collect()

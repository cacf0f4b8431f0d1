"""Group branches into archives, so that no ballot stands among so few that it can be guessed.

A branch with enough ballots has an archive of its own. Smaller ones are put together, in the order of
their identifiers, until they have enough; what is left over joins the last of those, or the smallest
archive if there is none. An election with fewer ballots than the minimum is one batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crypto.ballot import Ballot
from election.definition import BranchId, DeviceId, Election
from election.errors import ElectionError
from headquarters.exclusion import ExcludedBallot
from headquarters.importing import DeviceEvidence, Imported, SpoiledBallot
from headquarters.issuance_check import StationEvidence

MINIMUM_BALLOTS = 500


class BatchError(ElectionError):
    """Ballots that cannot be put into batches."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ballots of some branches, in the order of their hashes, and what vouches for them."""

    name: str
    branches: tuple[BranchId, ...]
    ballots: tuple[Ballot, ...]
    evidence: tuple[DeviceEvidence, ...]
    spoiled: tuple[SpoiledBallot, ...]
    excluded: tuple[ExcludedBallot, ...] = ()
    stations: tuple[StationEvidence, ...] = ()


def plan_batches(
    ballots: Mapping[BranchId, int], minimum: int = MINIMUM_BALLOTS
) -> tuple[tuple[BranchId, ...], ...]:
    """Group the branches that share an archive, by their numbers of ballots; each is in exactly one."""
    alone: list[tuple[BranchId, ...]] = [
        (branch,) for branch in sorted(ballots) if ballots[branch] >= minimum
    ]
    together: list[tuple[BranchId, ...]] = []
    waiting: tuple[BranchId, ...] = ()
    for branch in sorted(ballots):
        if ballots[branch] >= minimum:
            continue
        waiting = (*waiting, branch)
        if sum(ballots[branch] for branch in waiting) >= minimum:
            together.append(waiting)
            waiting = ()
    if waiting:
        if together:
            together[-1] = (*together[-1], *waiting)
        elif alone:
            smallest = min(alone, key=lambda batch: (ballots[batch[0]], batch))
            alone[alone.index(smallest)] = (*smallest, *waiting)
        else:
            together.append(waiting)
    return tuple(sorted(tuple(sorted(batch)) for batch in (*alone, *together)))


def make_batches(
    election: Election,
    imported: Imported,
    minimum: int = MINIMUM_BALLOTS,
    excluded: Sequence[ExcludedBallot] = (),
    branches: Collection[BranchId] | None = None,
    first: int = 1,
) -> tuple[Batch, ...]:
    """Sort the imported ballots into batches, named `batch-001` and so on. Raises `BatchError`.

    A ballot belongs to the branch of the terminal that signed its record. `excluded`: those that are
    not counted. `branches`: only these, whose devices are all in; None for all. `first`: number of the
    first batch. Provisional ballots have to be settled before (`headquarters.exclusion`).
    """
    if imported.provisional:
        raise BatchError.of("provisional ballots are not settled; decide on them first")
    branch_of = {device.id: device.branch for device in election.devices}
    by_digest = {
        record.digest: branch_of[evidence.device]
        for evidence in imported.evidence
        for record in evidence.records
    }
    found: dict[BranchId, list[Ballot]] = defaultdict(list)
    for ballot in imported.ballots:
        if ballot.digest not in by_digest:
            raise BatchError.of("a ballot that no terminal signed; import the bundles again")
        found[by_digest[ballot.digest]].append(ballot)
    numbers = {
        branch.id: len(found[branch.id])
        for branch in election.branches
        if branches is None or branch.id in branches
    }
    return tuple(
        _batch(f"batch-{number:03d}", together, found, imported, excluded, branch_of)
        for number, together in enumerate(plan_batches(numbers, minimum), first)
    )


def _batch(
    name: str,
    branches: tuple[BranchId, ...],
    ballots: Mapping[BranchId, list[Ballot]],
    imported: Imported,
    excluded: Sequence[ExcludedBallot],
    branch_of: Mapping[DeviceId, BranchId],
) -> Batch:
    own = [ballot for branch in branches for ballot in ballots.get(branch, [])]
    return Batch(
        name,
        branches,
        tuple(sorted(own, key=lambda ballot: ballot.digest)),
        tuple(evidence for evidence in imported.evidence if branch_of[evidence.device] in branches),
        tuple(spoiled for spoiled in imported.spoiled if branch_of[spoiled.device] in branches),
        tuple(entry for entry in excluded if branch_of[entry.ballot.device] in branches),
        tuple(station for station in imported.stations if branch_of[station.device] in branches),
    )

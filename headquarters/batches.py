"""Group branches into archives, so that no ballot stands among so few that it can be guessed.

A branch with enough ballots has an archive of its own. Smaller ones are put together, in the order of
their identifiers, until they have enough; what is left over joins the last of those, or the smallest
archive if there is none. An election with fewer ballots than the minimum is one batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crypto.packing import KeptBallot
from election.definition import BranchId, DeviceId, Election
from election.errors import ElectionError
from headquarters.exclusion import ExcludedBallot
from headquarters.importing import DeviceEvidence, Imported, SpoiledBallot
from headquarters.issuance_check import StationEvidence

MINIMUM_BALLOTS = 500

Together: TypeAlias = tuple[BranchId, ...]
"""Branches that share an archive."""


class BatchError(ElectionError):
    """Ballots that cannot be put into batches."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ballots of some branches, in the order of their hashes, and what vouches for them."""

    name: str
    branches: tuple[BranchId, ...]
    ballots: tuple[KeptBallot, ...]
    evidence: tuple[DeviceEvidence, ...]
    spoiled: tuple[SpoiledBallot, ...]
    excluded: tuple[ExcludedBallot, ...] = ()
    stations: tuple[StationEvidence, ...] = ()


def plan_batches(
    ballots: Mapping[BranchId, int],
    minimum: int = MINIMUM_BALLOTS,
    groups: Sequence[Together] = (),
) -> tuple[Together, ...]:
    """Group the branches that share an archive, by their numbers of ballots; each is in exactly one.

    `groups`: registered ones, which stay whole; every branch without a group is one.
    """
    of = {branch: group for group in groups for branch in group if branch in ballots}
    units = {min(of.get(branch, (branch,))): of.get(branch, (branch,)) for branch in ballots}
    sums = {first: sum(ballots[branch] for branch in unit) for first, unit in units.items()}
    return tuple(
        sorted(
            tuple(sorted(branch for first in batch for branch in units[first]))
            for batch in _plan(sums, minimum)
        )
    )


def _plan(ballots: Mapping[BranchId, int], minimum: int) -> tuple[Together, ...]:
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
    return (*alone, *together)


def make_batches(
    election: Election,
    imported: Imported,
    minimum: int = MINIMUM_BALLOTS,
    excluded: Sequence[ExcludedBallot] = (),
    plan: Callable[[Mapping[BranchId, int]], Sequence[Together]] | None = None,
    first: int = 1,
) -> tuple[Batch, ...]:
    """Sort the imported ballots into batches, named `batch-001` and so on. Raises `BatchError`.

    A ballot belongs to the branch of the terminal that signed its record. `excluded`: those that are
    not counted. `plan`: groups the branches by their ballots; None for `plan_batches` of all. `first`: number
    of the first batch. Provisional ballots have to be settled before (`headquarters.exclusion`).
    """
    if imported.provisional:
        raise BatchError.of("provisional ballots are not settled; decide on them first")
    branch_of = {device.id: device.branch for device in election.devices}
    by_digest = {
        record.digest: branch_of[evidence.device]
        for evidence in imported.evidence
        for record in evidence.records
    }
    found: dict[BranchId, list[KeptBallot]] = defaultdict(list)
    for ballot in imported.ballots:
        if ballot.digest not in by_digest:
            raise BatchError.of("a ballot that no terminal signed; import the bundles again")
        found[by_digest[ballot.digest]].append(ballot)
    numbers = {branch.id: len(found[branch.id]) for branch in election.branches}
    planned = plan_batches(numbers, minimum) if plan is None else plan(numbers)
    return tuple(
        _batch(f"batch-{number:03d}", together, found, imported, excluded, branch_of)
        for number, together in enumerate(planned, first)
    )


def _batch(
    name: str,
    branches: tuple[BranchId, ...],
    ballots: Mapping[BranchId, list[KeptBallot]],
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

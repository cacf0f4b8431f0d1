"""Plan the batches of a count: whole groups of branches, once, when all of their devices are in.

With a register, a branch waits while one of its devices is pending: neither in, nor rescued, nor finally
missing. An interim count publishes the batches that are ready except the last of them, the *carrier*: so
what comes later never stands in a batch below the minimum. What was published is not touched any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from election.definition import BranchId
from headquarters.batch_list import LIST_FILE, BatchList, read_batch_list
from headquarters.batches import Batch, Together, make_batches, plan_batches
from headquarters.exclusion import FinalBallots
from headquarters.importing import Imported
from headquarters.index_document import ListedBatch, interim_index
from headquarters.workspace import FolderError, Workspace


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What is counted now, after what was published before."""

    published: tuple[ListedBatch, ...]
    batches: tuple[Batch, ...]
    listed: BatchList
    """All of them together."""


def plan_count(
    workspace: Workspace, target: Path, ballots: FinalBallots, minimum: int
) -> BatchPlan:
    """Plan the batches of a target. Raises `FolderError` if none can be published yet."""
    election, imported = workspace.election, ballots.imported
    published = published_batches(target)
    waiting = _waiting(workspace, imported)
    plan = partial(
        plan_next,
        minimum=minimum,
        groups=() if workspace.published is None else workspace.published.register.groups,
        waiting=waiting,
        done={BranchId(branch) for batch in published for branch in batch.branches},
    )
    first = len(published) + 1
    batches = make_batches(election, imported, minimum, ballots.excluded, plan, first)
    if not batches and (waiting or not published):
        raise FolderError.of(
            "devices are pending, and nothing can be published without telling too much about a "
            "branch; import what is missing, or have two offices declare it missing"
        )
    listed = BatchList.of(batches, minimum, published, interim=bool(waiting))
    return BatchPlan(published, batches, listed)


def plan_next(
    ballots: Mapping[BranchId, int],
    minimum: int,
    groups: Sequence[Together],
    waiting: Collection[BranchId],
    done: Collection[BranchId],
) -> tuple[Together, ...]:
    """Plan the batches that are published next: groups that are in as a whole, and not the carrier.

    `ballots`: of all branches, those that wait included; `waiting`: branches of which a device is pending;
    `done`: branches that were published. Numbers alone decide, so that anybody can repeat it.
    """
    held = {branch for group in groups if set(waiting) & set(group) for branch in group}
    ready = {
        branch: count
        for branch, count in ballots.items()
        if branch not in done and branch not in waiting and branch not in held
    }
    planned = plan_batches(ready, minimum, groups)
    return planned[:-1] if waiting else planned


def published_batches(target: Path) -> tuple[ListedBatch, ...]:
    """Return the batches of the interim index in a target, which is gone on with; else none.

    Raises `FolderError` while a later count has begun and is not concluded.
    """
    index = interim_index(target)
    if index is None:
        return ()
    published = tuple(ListedBatch(batch.name, batch.branches) for batch in index.batches)
    if (target / LIST_FILE).exists() and read_batch_list(target).batches != published:
        raise FolderError.of(
            "{target} holds batches already; go on with: amin election mix", target=target
        )
    return published


def _waiting(workspace: Workspace, imported: Imported) -> frozenset[BranchId]:
    """Return the branches of which a device is pending; none without a register."""
    if workspace.published is None:
        return frozenset()
    pending = imported.report.pending
    return frozenset(device.branch for device in workspace.election.devices if device.id in pending)

"""Settle provisional ballots after reconciliation: count them, or take them out before the mix.

    handles.json      to the reconciliation office: the handles of the ballots that were cast
    decisions.json    from it (`headquarters.decisions`)
    excluded.json     to everybody: which records are not counted, with what opens their handles

`excluded.json` names the digest of each excluded ballot's record, its handle and salt: everybody
can check that a terminal signed the record, that the commitment beside it is to this handle, and
that the handle was decided on (`headquarters.supplement`). The encrypted ballot itself is not
published and never decrypted. Of ballots that are included no handle is published.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from annotated_types import Len

from crypto.errors import DecodeError
from election.because import because
from election.definition import BranchId, Election
from election.fields import Hash
from election.files import PUBLIC, replace_file
from election.provisional import SALT_SIZE
from election.reasons import DecisionReason
from election.schema import from_json, to_json
from headquarters.decisions import (
    DecisionError,
    DecisionGround,
    DecisionVerdict,
    Handle,
    Signed,
    Undecided,
    check_coverage,
    write_decisions,
)
from headquarters.importing import Imported, ProvisionalBallot
from words.message import m

EXCLUDED_FILE: Final = "excluded.json"
DECISIONS_FILE: Final = "decisions.json"
NUMBERS_FILE: Final = "provisional.json"
UNDECIDED: Final = "undecided"
"""Stands for the reason where the decisions only say that what is undecided is excluded."""
HANDLE_TWICE: Final = "handle-twice"
"""The reason of a ballot whose handle has another ballot, at another terminal: one of them counts at most."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExcludedBallot:
    """A ballot that is not counted."""

    ballot: ProvisionalBallot
    reason: str
    """A `decisions.DecisionGround`, `UNDECIDED` or `HANDLE_TWICE`."""


@dataclass(frozen=True, slots=True)
class FinalBallots:
    """The ballots that are counted and those that are not, after all is decided."""

    imported: Imported
    """Its ballots are those to be counted; nothing in it is provisional any more."""
    included: int
    """Provisional ballots that are among them."""
    excluded: tuple[ExcludedBallot, ...]
    """First those with a handle twice; then by handle."""
    decisions: Signed | None
    """None if no ballot was provisional and nobody decided anything."""


def settle(imported: Imported, decisions: Signed | None) -> FinalBallots:
    """Apply decisions that were verified. Raises `DecisionError`.

    Refused: a handle that no ballot has, and provisional ballots without a decision, unless the
    signed decisions say that these are excluded.
    """
    statement = None if decisions is None else decisions.statement
    check_coverage(statement, (entry.handle for entry in imported.provisional))
    decided = {} if statement is None else statement.by_handle
    included: list[ProvisionalBallot] = []
    excluded = [ExcludedBallot(entry, HANDLE_TWICE) for entry in imported.again]
    for entry in imported.provisional:
        decision = decided.get(entry.handle)
        if decision is None:
            excluded.append(ExcludedBallot(entry, UNDECIDED))
        elif decision.decision is DecisionVerdict.INCLUDE:
            included.append(entry)
        else:
            excluded.append(ExcludedBallot(entry, decision.reason))
    ballots = (*imported.ballots, *(entry.ballot for entry in included))
    counted = replace(
        imported,
        ballots=tuple(sorted(ballots, key=lambda ballot: ballot.digest)),
        provisional=(),
        again=(),
    )
    return FinalBallots(counted, len(included), tuple(excluded), decisions)


# ---------------------------------------------------------------- handles.json


@dataclass(frozen=True, slots=True)
class Handles:
    """The content of handles.json: the handles that the reconciliation office decides on."""

    format: Literal["amin-provisional-handles"] = field(
        default="amin-provisional-handles", kw_only=True
    )
    version: Literal[1] = field(default=1, kw_only=True)
    election: str
    """uuid"""
    fingerprint: str
    """φ"""
    handles: tuple[Handle, ...]
    """In order, each once."""


def write_handles(election: str, fingerprint: str, handles: Iterable[bytes]) -> bytes:
    """Write handles.json for the reconciliation office, in the order of the handles."""
    return to_json(Handles(election, fingerprint, tuple(sorted(handles))))


def read_handles(data: bytes, election: str, fingerprint: str) -> tuple[bytes, ...]:
    """Read the handles of this election, each once. Raises `DecisionError`."""
    read = _parsed(Handles, data)
    if (read.election, read.fingerprint) != (election, fingerprint):
        raise DecisionError(DecisionReason.ELECTION, m("the handles are of another election"))
    if list(read.handles) != sorted(set(read.handles)):
        raise DecisionError(
            DecisionReason.HANDLE, m("the handles are not in their order, or one occurs twice")
        )
    return read.handles


# ---------------------------------------------------------------- excluded.json


@dataclass(frozen=True, slots=True)
class HandleOpening:
    """A record that is not counted, as published."""

    digest: Hash
    handle: Handle
    salt: Annotated[bytes, Len(SALT_SIZE, SALT_SIZE)]


@dataclass(frozen=True, slots=True)
class Excluded:
    """The content of excluded.json."""

    items: tuple[HandleOpening, ...]
    """By digest."""


def write_excluded(
    folder: Path, excluded: Sequence[ExcludedBallot], decisions: Signed | None
) -> None:
    """Write `excluded.json` and the decisions beside it, if there were any. Raises `OSError`."""
    if decisions is None:
        return
    opened = [
        HandleOpening(entry.ballot.ballot.digest, entry.ballot.handle, entry.ballot.salt)
        for entry in excluded
    ]
    file = Excluded(tuple(sorted(opened, key=lambda opening: opening.digest)))
    replace_file(folder / EXCLUDED_FILE, to_json(file), PUBLIC)
    replace_file(folder / DECISIONS_FILE, write_decisions(decisions), PUBLIC)


def read_excluded(data: bytes) -> tuple[HandleOpening, ...]:
    """Read excluded.json. Raises `DecisionError` for another file, or one that names a record twice.

    A handle is there twice if a card was used at two terminals.
    """
    items = _parsed(Excluded, data).items
    if any(times > 1 for times in Counter(item.digest for item in items).values()):
        raise DecisionError(DecisionReason.HANDLE, m("a record is excluded twice"))
    return items


# ---------------------------------------------------------------- numbers


def numbers_json(election: Election, settled: FinalBallots) -> bytes:
    """Write the numbers of provisional ballots, in all and by branch: no handles, no ballots."""
    branch_of = {device.id: device.branch for device in election.devices}
    by_branch: Counter[BranchId] = Counter(
        branch_of[entry.ballot.device] for entry in settled.excluded
    )
    reasons = Counter(str(entry.reason) for entry in settled.excluded)
    statement = None if settled.decisions is None else settled.decisions.statement
    value = {
        "provisional": settled.included + len(settled.excluded),
        "included": settled.included,
        "excluded": len(settled.excluded),
        "excluded_by_reason": {
            name: reasons[name]
            for name in (*map(str, DecisionGround), UNDECIDED, HANDLE_TWICE)
            if reasons[name]
        },
        "excluded_by_branch": dict(sorted(by_branch.items())),
        "undecided": (Undecided.REFUSE if statement is None else statement.undecided).value,
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _parsed(document: type[T], data: bytes) -> T:
    try:
        return from_json(document, data)
    except DecodeError as error:
        raise DecisionError(DecisionReason.FORMAT, because(error)) from error

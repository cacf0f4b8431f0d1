"""Provisional ballots after reconciliation: counted, or taken out before anything is mixed.

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from election.definition import BranchId, Election
from election.files import PUBLIC, replace_file
from election.reasons import DecisionReason
from headquarters.decisions import (
    DecisionError,
    Reason,
    Signed,
    Undecided,
    Verdict,
    check_coverage,
    write_decisions,
)
from headquarters.importing import Imported, ProvisionalBallot
from words.message import Latin, m

HANDLES_FORMAT: Final = "amin-provisional-handles"
EXCLUDED_FILE: Final = "excluded.json"
DECISIONS_FILE: Final = "decisions.json"
NUMBERS_FILE: Final = "provisional.json"
UNDECIDED: Final = "undecided"
"""Stands for the reason where the decisions only say that what is undecided is excluded."""
MAX_SIZE: Final = 64 * 1024 * 1024
M = TypeVar("M", bound=BaseModel)
_HEX16 = r"^[0-9a-f]{32}$"
_HEX32 = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class ExcludedBallot:
    """A ballot that is not counted."""

    ballot: ProvisionalBallot
    reason: str
    """A `decisions.Reason`, or `UNDECIDED`."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is counted and what is not, after all is decided."""

    imported: Imported
    """Its ballots are those to be counted; nothing in it is provisional any more."""
    included: int
    """Provisional ballots that are among them."""
    excluded: tuple[ExcludedBallot, ...]
    """By handle."""
    decisions: Signed | None
    """None if no ballot was provisional and nobody decided anything."""


def settle(imported: Imported, decisions: Signed | None) -> Settled:
    """Apply decisions that were verified. Raises `DecisionError`.

    Refused: a handle that no ballot has, and provisional ballots without a decision, unless the
    signed decisions say that these are excluded.
    """
    statement = None if decisions is None else decisions.statement
    check_coverage(statement, (each.handle for each in imported.provisional))
    decided = {} if statement is None else statement.by_handle
    included: list[ProvisionalBallot] = []
    excluded: list[ExcludedBallot] = []
    for each in imported.provisional:
        decision = decided.get(each.handle)
        if decision is None:
            excluded.append(ExcludedBallot(each, UNDECIDED))
        elif decision.verdict is Verdict.INCLUDE:
            included.append(each)
        else:
            excluded.append(ExcludedBallot(each, decision.reason))
    ballots = (*imported.ballots, *(each.ballot for each in included))
    counted = replace(
        imported,
        ballots=tuple(sorted(ballots, key=lambda ballot: ballot.digest)),
        provisional=(),
    )
    return Settled(counted, len(included), tuple(excluded), decisions)


# ---------------------------------------------------------------- handles.json


def write_handles(election: str, fingerprint: str, handles: Iterable[bytes]) -> bytes:
    """What the reconciliation office decides on, in the order of the handles."""
    value = {
        "format": HANDLES_FORMAT,
        "version": 1,
        "election": election,
        "fingerprint": fingerprint,
        "handles": sorted(handle.hex() for handle in handles),
    }
    return json.dumps(value, indent=1).encode() + b"\n"


def read_handles(data: bytes, election: str, fingerprint: str) -> tuple[bytes, ...]:
    """The handles, each once. Raises `DecisionError`."""
    model = _parsed(_Handles, data)
    if (model.election, model.fingerprint) != (election, fingerprint):
        raise DecisionError(DecisionReason.ELECTION, m("the handles are of another election"))
    if model.handles != sorted(set(model.handles)):
        raise DecisionError(
            DecisionReason.HANDLE, m("the handles are not in their order, or one occurs twice")
        )
    return tuple(bytes.fromhex(handle) for handle in model.handles)


# ---------------------------------------------------------------- excluded.json


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that is not counted, as published."""

    digest: bytes
    handle: bytes
    salt: bytes


def write_excluded(
    folder: Path, excluded: Sequence[ExcludedBallot], decisions: Signed | None
) -> None:
    """`excluded.json` and the decisions beside it; nothing if there were none. Raises `OSError`."""
    if decisions is None:
        return
    items = sorted(
        (each.ballot.ballot.digest.hex(), each.ballot.handle.hex(), each.ballot.salt.hex())
        for each in excluded
    )
    value = {
        "items": [
            {"digest": digest, "handle": handle, "salt": salt} for digest, handle, salt in items
        ]
    }
    data = json.dumps(value, indent=1).encode() + b"\n"
    replace_file(folder / EXCLUDED_FILE, data, PUBLIC)
    replace_file(folder / DECISIONS_FILE, write_decisions(decisions), PUBLIC)


def read_excluded(data: bytes) -> tuple[Opened, ...]:
    """Raises `DecisionError` for what is no such file, or names a record or handle twice."""
    items = _parsed(_Excluded, data).items
    for what in ([each.digest for each in items], [each.handle for each in items]):
        if any(times > 1 for times in Counter(what).values()):
            raise DecisionError(DecisionReason.HANDLE, m("a record or a handle is excluded twice"))
    return tuple(
        Opened(bytes.fromhex(each.digest), bytes.fromhex(each.handle), bytes.fromhex(each.salt))
        for each in items
    )


# ---------------------------------------------------------------- numbers


def numbers_json(election: Election, settled: Settled) -> bytes:
    """Sums for the result's readers, and by branch: no handles, no ballots."""
    branch_of = {device.id: device.branch for device in election.devices}
    by_branch: Counter[BranchId] = Counter(
        branch_of[each.ballot.device] for each in settled.excluded
    )
    reasons = Counter(str(each.reason) for each in settled.excluded)
    statement = None if settled.decisions is None else settled.decisions.statement
    value = {
        "provisional": settled.included + len(settled.excluded),
        "included": settled.included,
        "excluded": len(settled.excluded),
        "excluded_by_reason": {
            name: reasons[name] for name in (*map(str, Reason), UNDECIDED) if reasons[name]
        },
        "excluded_by_branch": dict(sorted(by_branch.items())),
        "undecided": (Undecided.REFUSE if statement is None else statement.undecided).value,
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


# ---------------------------------------------------------------- models


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _Handles(_Model):
    format: Literal["amin-provisional-handles"]
    version: Literal[1]
    election: str
    fingerprint: str
    handles: list[Annotated[str, Field(pattern=_HEX16)]]


class _Item(_Model):
    digest: str = Field(pattern=_HEX32)
    handle: str = Field(pattern=_HEX16)
    salt: str = Field(pattern=_HEX16)


class _Excluded(_Model):
    items: list[_Item]


def _parsed(model: type[M], data: bytes) -> M:
    if len(data) > MAX_SIZE:
        raise DecisionError(DecisionReason.FORMAT, m("the file is too large"))
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DecisionError(
            DecisionReason.FORMAT,
            m("malformed at {place}: {detail}", place=Latin(place), detail=Latin(first["msg"])),
        ) from error

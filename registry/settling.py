"""Settle a batch of requests against what a book holds: answers, and what changes in the book.

Pure, and the same for every store: a store reads what the batch touches, calls `settle`, and writes what
changed, all in one transaction. Two stations that claim one person in one batch are settled one after the
other, as they stand in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from election.claims import (
    AnswerKind,
    ClaimId,
    NoteKind,
    SignedClaim,
    Why,
)
from election.definition import BranchId, ContestId, DeviceId
from election.device_order import CLAIMS_A_DAY
from election.reasons import ClaimReason
from registry.rules import Decision, Held, Steps, decide


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What the book knows of a device; one that it never met is a default one."""

    branch: BranchId | None = None
    """Where a take-over put a spare; None: where the register says."""
    opened: bool = False
    """The registry holds its opening, with two cards."""
    closed: bool = False
    suspended: bool = False
    steps: Steps = Steps()
    claims: int = 0
    """That were granted or refused to it."""
    allowed: int = CLAIMS_A_DAY
    order: int = 0
    """The number of the last order of two offices about it (`election.device_order`)."""

    @property
    def distrusted(self) -> bool:
        """Its claims refuse nobody."""
        return self.suspended or self.steps.out


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """A request whose claim is signed by the device it names."""

    device: DeviceId
    reference: bytes
    contests: frozenset[ContestId]
    signed: SignedClaim
    number: int


@dataclass(frozen=True, slots=True)
class AskedNote:
    """A note that is signed by the device it names."""

    device: DeviceId
    reference: bytes
    claim: ClaimId
    kind: NoteKind


Asked: TypeAlias = AskedClaim | AskedNote


@dataclass(frozen=True, slots=True)
class Answered:
    """What a claim is answered, with the number that the registry had of the device before."""

    decision: Decision
    before: int


@dataclass(frozen=True, slots=True)
class Noted:
    """The note is in the book."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is not answered; the station goes on without an answer."""

    reason: ClaimReason


Outcome: TypeAlias = Answered | Noted | Refused


@dataclass(frozen=True, slots=True)
class Known:
    """The part of a book that a batch touches."""

    voters: Mapping[bytes, tuple[Held, ...]]
    """By reference; who is not there has no claim."""
    devices: Mapping[DeviceId, DeviceState]
    """Those that ask, and those that hold a claim."""
    restored: bool = False
    """The book comes from a backup, and nothing is granted."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Outcomes in the order of the batch, and the parts of the book that are different now."""

    outcomes: tuple[Outcome, ...]
    voters: Mapping[bytes, tuple[Held, ...]]
    devices: Mapping[DeviceId, DeviceState]


@dataclass(slots=True)
class _Work:
    known: Known
    voters: dict[bytes, tuple[Held, ...]] = field(default_factory=dict)
    devices: dict[DeviceId, DeviceState] = field(default_factory=dict)

    def held(self, reference: bytes) -> tuple[Held, ...]:
        return self.voters.get(reference, self.known.voters.get(reference, ()))

    def device(self, device: DeviceId) -> DeviceState:
        known = self.known.devices.get(device) or DeviceState()
        return self.devices.get(device, known)

    def distrusted(self, held: Sequence[Held]) -> set[DeviceId]:
        return {each.device for each in held if self.device(each.device).distrusted}


def settle(batch: Sequence[Asked], known: Known) -> Settled:
    """Answer a batch."""
    work = _Work(known)
    outcomes = tuple(
        _claim(work, asked) if isinstance(asked, AskedClaim) else _note(work, asked)
        for asked in batch
    )
    return Settled(outcomes, work.voters, work.devices)


def _claim(work: _Work, asked: AskedClaim) -> Outcome:
    state = work.device(asked.device)
    if reason := _closed_door(state):
        return Refused(reason)
    held, before = work.held(asked.reference), state.steps.last
    known = any(each.signed.id == asked.signed.id for each in held)
    if state.claims >= state.allowed and not known:
        return Refused(ClaimReason.TOO_MANY)
    state = replace(state, steps=state.steps.after(asked.number))
    if state.steps.out:
        decision = Decision(AnswerKind.PROVISIONAL, why=Why.OUT_OF_STEP)
    elif work.known.restored and not known:
        decision = Decision(AnswerKind.PROVISIONAL, why=Why.RESTORED)
    else:
        decision = decide(asked.signed.id, asked.contests, held, work.distrusted(held))
        if not known:
            state = replace(state, claims=state.claims + 1)
            if decision.kind is AnswerKind.GRANTED:
                new = Held(asked.signed, asked.device, decision.contests)
                work.voters[asked.reference] = (*held, new)
    work.devices[asked.device] = state
    return Answered(decision, before)


def _note(work: _Work, asked: AskedNote) -> Outcome:
    """Keep a note, also of a device that has closed: cards come back until the evening."""
    if work.device(asked.device).suspended:
        return Refused(ClaimReason.DEVICE_SUSPENDED)
    held = work.held(asked.reference)
    if not any(_is_about(each, asked) for each in held):
        return Refused(ClaimReason.CLAIM_UNKNOWN)
    work.voters[asked.reference] = tuple(
        each.noted(asked.kind) if _is_about(each, asked) else each for each in held
    )
    return Noted()


def _is_about(held: Held, asked: AskedNote) -> bool:
    return held.signed.id == asked.claim and held.device == asked.device


def _closed_door(state: DeviceState) -> ClaimReason | None:
    if state.suspended:
        return ClaimReason.DEVICE_SUSPENDED
    if not state.opened:
        return ClaimReason.BEFORE_OPEN
    if state.closed:
        return ClaimReason.AFTER_CLOSE
    return None

"""Step a ballot authorization through its life, from the claim to the receipt that comes back.

    station     CLAIM ─▶ FIX ─▶ WRITE ─▶ CONFIRM ─▶ GIVEN          the voter takes the card
    terminal    INTENT ─▶ SPEND ─▶ RECEIPT ─▶ WIPE ─▶ RECORDED      the card goes back to a station

Pure functions over plain values: they say what comes next, the devices do it. A step is done in a
store or on a card, whole or not at all, and the power may fail after any of them. The order is what
keeps the promises:

- an authorization is in the station's list of issued ones before a card is touched, so that every
  one that is spent was issued;
- the terminal's intent is on the card before the vote is recorded, so that no other terminal takes
  the card meanwhile;
- the receipt is written only for what is recorded, and the authorization wiped only after that; a
  card pulled in between shows both, and no terminal takes it.

An authorization is named by the hash of its nonce (`election.records.spent_hash`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import TypeAlias, assert_never

from election.definition import DeviceId
from election.errors import PollsStateError
from words.message import m

# ---------------------------------------------------------------- the voter in the registry


class VoterState(StrEnum):
    """The state of a voter the registry knows; the value is stored."""

    CLAIMED = "claimed"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class VoterEntry:
    """A voter in the registry."""

    state: VoterState
    nonce: bytes | None
    """Of the authorization, from claim to confirmation."""
    handle: bytes | None = None
    """Of a voter claimed provisionally, from claim to confirmation."""
    cut: bool = False
    """Checked in on paper, and the power failed before the papers were handed out."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Claimed now: issue one authorization, then confirm it."""


@dataclass(frozen=True, slots=True)
class AlreadyVoted:
    """An authorization was issued before."""


@dataclass(frozen=True, slots=True)
class ClaimedNotIssued:
    """Claimed before, but never confirmed as issued: a supervisor decides on a re-issue."""


@dataclass(frozen=True, slots=True)
class PapersCut:
    """Checked in on paper, and cut before the papers were handed out: two roles may finish it."""


Claim: TypeAlias = Granted | AlreadyVoted | ClaimedNotIssued | PapersCut


def claim(
    entry: VoterEntry | None, nonce: bytes, handle: bytes | None = None
) -> tuple[VoterEntry, Claim]:
    """Claim a voter (None: not met yet) with a new nonce; the entry from now on, and the answer."""
    if entry is None:
        return VoterEntry(VoterState.CLAIMED, nonce, handle), Granted()
    return entry, known(entry)


def known(entry: VoterEntry) -> AlreadyVoted | ClaimedNotIssued | PapersCut:
    """Return the answer to another claim of a voter."""
    match entry.state:
        case VoterState.CLAIMED:
            return ClaimedNotIssued()
        case VoterState.ISSUED:
            return PapersCut() if entry.cut else AlreadyVoted()
        case _:
            assert_never(entry.state)


def reissue(entry: VoterEntry | None) -> Claim:
    """Grant once more, with the same nonce or papers, whoever was cut. Raises `PollsStateError` of others."""
    if entry is None:
        raise PollsStateError(m("nobody claimed this voter; check the voter in again"))
    return AlreadyVoted() if known(entry) == AlreadyVoted() else Granted()


def confirm(entry: VoterEntry | None) -> VoterEntry:
    """Confirm that the card is written, and drop the nonce; again is fine.

    Raises `PollsStateError` without a claim.
    """
    if entry is None:
        raise PollsStateError(m("nobody claimed this voter; check the voter in again"))
    return VoterEntry(VoterState.ISSUED, None)


# ---------------------------------------------------------------- the station's turn


class IssuingStep(Enum):
    """The step of a station that comes next."""

    CLAIM = auto()
    """In the registry."""
    FIX = auto()
    """Enter the authorization among the issued ones, on the station's medium."""
    WRITE = auto()
    """On the card, and read it back."""
    CONFIRM = auto()
    """In the registry."""
    GIVEN = auto()
    REFUSED = auto()


def next_issuing(step: IssuingStep, *, done: bool) -> IssuingStep:
    """Return the step after this one; what was not done is done again with the same authorization."""
    match step:
        case IssuingStep.CLAIM:
            return IssuingStep.FIX if done else IssuingStep.REFUSED
        case IssuingStep.FIX:
            return IssuingStep.WRITE if done else IssuingStep.REFUSED
        case IssuingStep.WRITE:
            return IssuingStep.CONFIRM if done else IssuingStep.WRITE
        case IssuingStep.CONFIRM:
            # Not confirmed: the card is not given away, but written again.
            return IssuingStep.GIVEN if done else IssuingStep.WRITE
        case IssuingStep.GIVEN | IssuingStep.REFUSED:
            return step
        case _:
            assert_never(step)


@dataclass(frozen=True, slots=True)
class Shown:
    """The authorization on a card that came in, signed by a station of this branch."""

    spent: bytes
    """Hash of the nonce: 32 bytes."""
    expired: bool
    intent: DeviceId | None = None
    """The terminal that began to record a vote with this token."""
    receipt: DeviceId | None = None
    """The terminal that recorded a vote with this authorization, by its receipt."""
    told: int = 0
    """Receipts of the terminal that asks, which the station held when it wrote the token."""


def is_returned(shown: Shown, writing: bytes | None) -> bool:
    """Tell whether a card came back to a station with an authorization on it, as if it were not used.

    `writing`: hash of the authorization that is being written, which is not coming back; None if none
    is: then one that may be renewed is not given back yet.
    """
    if shown.receipt is not None or shown.spent == writing:
        return False
    return writing is not None or not is_renewable(shown)


def is_renewable(shown: Shown) -> bool:
    """Tell whether two roles may have the same authorization written anew, with a later end."""
    return shown.receipt is None and (shown.expired or shown.intent is not None)


def offered(shown: Shown | None, rescued: Callable[[], Collection[bytes]]) -> Shown | None:
    """Return what two roles could do something about, on a card that came in; None for any other.

    `rescued`: hashes of the authorizations whose votes were rescued here; of such a one no terminal is asked
    any more, so that whoever renews it hears that the vote is there.
    """
    if shown is None or not is_renewable(shown):
        return None
    is_here = shown.intent is not None and shown.spent in rescued()
    return replace(shown, intent=None) if is_here else shown


def next_renewing(step: IssuingStep, *, done: bool) -> IssuingStep:
    """Return the step after this one of a renewal, which begins with FIX and asks no registry."""
    following = next_issuing(step, done=done)
    return IssuingStep.GIVEN if following is IssuingStep.CONFIRM else following


# ---------------------------------------------------------------- the terminal's turn


class Acceptance(StrEnum):
    """What a terminal makes of a card."""

    ACCEPTED = "accepted"
    SPENT = "spent"
    """Spent here: the receipt is written once more, and the card wiped."""
    RECORDED = "recorded"
    """A receipt on the card says that the vote is recorded: the card was pulled before it was wiped."""
    BEHIND = "behind"
    """The station holds more receipts than this terminal has spent authorizations: an old copy."""
    ELSEWHERE = "elsewhere"
    """Another terminal began to record with it, and has to answer."""
    EXPIRED = "expired"


def votes_behind(shown: Shown, spent: Collection[bytes], known: int = 0) -> int:
    """Count the votes that a card tells this terminal once had, beyond those `known` to be missing."""
    return max(0, shown.told - len(spent) - known)


def accept(
    shown: Shown, terminal: DeviceId, spent: Collection[bytes], known: int = 0
) -> Acceptance:
    """Judge the authorization on a card by what this terminal has spent.

    `known`: votes that are missing, with which two roles let the terminal go on.
    """
    if votes_behind(shown, spent, known):
        return Acceptance.BEHIND
    if shown.spent in spent:
        return Acceptance.SPENT
    if shown.receipt is not None:
        return Acceptance.RECORDED
    if shown.intent is not None and shown.intent != terminal:
        return Acceptance.ELSEWHERE
    if shown.expired:
        return Acceptance.EXPIRED
    return Acceptance.ACCEPTED


class CastingStep(Enum):
    """The step of a terminal that comes next."""

    INTENT = auto()
    """Write the intent on the card, and read it back."""
    SPEND = auto()
    """Record the vote and spend the authorization, on both media."""
    RECEIPT = auto()
    """Write the receipt over the intent, and read it back."""
    WIPE = auto()
    """Wipe the token."""
    CLEAR = auto()
    """Nothing was recorded: take the intent back, so that another terminal may help."""
    RECORDED = auto()
    NOT_RECORDED = auto()
    IN_DOUBT = auto()


def next_casting(step: CastingStep, *, done: bool | None) -> CastingStep:
    """Return the step after this one; `done` None: nobody can tell before the media are read again."""
    match step:
        case CastingStep.INTENT:
            return CastingStep.SPEND if done else CastingStep.NOT_RECORDED
        case CastingStep.SPEND:
            if done is None:
                return CastingStep.IN_DOUBT
            return CastingStep.RECEIPT if done else CastingStep.CLEAR
        case CastingStep.RECEIPT:
            return CastingStep.WIPE if done else CastingStep.RECORDED
        case CastingStep.WIPE:
            return CastingStep.RECORDED
        case CastingStep.CLEAR:
            return CastingStep.NOT_RECORDED
        case CastingStep.RECORDED | CastingStep.NOT_RECORDED | CastingStep.IN_DOUBT:
            return step
        case _:
            assert_never(step)

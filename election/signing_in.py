"""Sign in with an operator card: card, PIN, proof; a part of the operator's and the override flow.

    NeedCard → EnterPin → CheckingPin → SignedIn
       ▲          ▲            └ wrong PIN: back to EnterPin with the tries left
       └ Rejected ┴─────────── ┘ blocked, other branch, wrong role, expired …

A card that blocked itself is unblocked here, with the PUK of its sealed letter (SP 800-73-5 part 2, 3.2.3):

    Rejected(PIN_BLOCKED) → Unblocking: PUK → new PIN → again → CheckingPin → EnterPin
                                ▲  wrong PUK, with the tries left ┘     (the card signs in with the new one)

Who the operator is comes from the certificate on the card, checked up to headquarters by the
runtime; that the card is the operator's comes from its PIN and a signature over a fresh challenge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from election import operators
from election.definition import Role
from election.polls import Operator

Rejection = operators.Rejection
PIN: Final = re.compile(r"[0-9]{6,8}")
"""Another form is not shown to a card: it would cost no try, but answer like a fault."""
PUK: Final = re.compile(r"[0-9]{8}")

# ---------------------------------------------------------------- states


@dataclass(frozen=True, slots=True)
class NeedCard:
    """An operator card is wanted."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """The card is in; its PIN is wanted."""

    tries_left: int | None = None
    """None: no wrong try yet."""


@dataclass(frozen=True, slots=True)
class CheckingPin:
    """Certificate, PIN and signature are checked, or the card is unblocked."""


class Wanted(Enum):
    """What is typed next to unblock a card."""

    PUK = auto()
    PIN = auto()
    AGAIN = auto()


class Mistyped(Enum):
    """Why digits are wanted once more; the card was shown nothing."""

    PUK = auto()
    """It has eight digits."""
    PIN = auto()
    """It has six to eight digits."""
    DIFFERED = auto()
    """The new PIN was typed in two ways."""


@dataclass(frozen=True, slots=True)
class Unblocking:
    """The letter with the PUK is open; digits are wanted."""

    wanted: Wanted = Wanted.PUK
    tries_left: int | None = None
    """Of the PUK; None: no wrong try yet."""
    mistyped: Mistyped | None = None
    puk: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Until the card is taken out."""

    reason: Rejection


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The operator is proven."""

    operator: Operator


SignIn = NeedCard | EnterPin | CheckingPin | Unblocking | Rejected | SignedIn

# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class OperatorCardSeen:
    """A card with a PIV authentication certificate was put in."""


@dataclass(frozen=True, slots=True)
class OtherCardSeen:
    """A card that is no operator card was put in where one was asked for."""

    reason: Rejection = Rejection.UNKNOWN_CARD


@dataclass(frozen=True, slots=True)
class OperatorCardRemoved:
    """The operator's card was taken out."""


@dataclass(frozen=True, slots=True)
class PinEntered:
    """The operator typed digits: a PIN, or what unblocks the card."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnblockChosen:
    """The operator has the card's sealed letter."""


@dataclass(frozen=True, slots=True)
class PinWrong:
    """Outcome of `ProveOperator`: another PIN is wanted."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class PukWrong:
    """Outcome of `UnblockPin`: another PUK is wanted."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class PinUnblocked:
    """Outcome of `UnblockPin`: the card takes the new PIN."""

    card: str = ""
    """What the audit log names (`Operator.logged_as`)."""


@dataclass(frozen=True, slots=True)
class OperatorRejected:
    """Outcome of `ProveOperator` or `UnblockPin`: the card proves no operator of this device."""

    reason: Rejection


@dataclass(frozen=True, slots=True)
class OperatorProven:
    """Outcome of `ProveOperator`: who the operator is."""

    operator: Operator


SignInEvent = (
    OperatorCardSeen
    | OtherCardSeen
    | OperatorCardRemoved
    | PinEntered
    | UnblockChosen
    | PinWrong
    | PukWrong
    | PinUnblocked
    | OperatorRejected
    | OperatorProven
)

# ---------------------------------------------------------------- the effects and the flow


@dataclass(frozen=True, slots=True)
class ProveOperator:
    """Check certificate, PIN and signature → OperatorProven | PinWrong | OperatorRejected."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnblockPin:
    """Give the card a new PIN by its PUK → PinUnblocked | PukWrong | OperatorRejected."""

    puk: str = field(repr=False)
    pin: str = field(repr=False)


SignInEffect = ProveOperator | UnblockPin


def step(
    state: SignIn, event: SignInEvent, not_role: Role | None = None
) -> tuple[SignIn, tuple[SignInEffect, ...]]:
    """Return the next state. `not_role`: a role that has already signed and can't sign again."""
    match state, event:
        case _, OperatorCardRemoved():
            return NeedCard(), ()
        case NeedCard(), OperatorCardSeen():
            return EnterPin(), ()
        case NeedCard(), OtherCardSeen(reason):
            return Rejected(reason), ()
        case EnterPin(), PinEntered(pin):
            return CheckingPin(), (ProveOperator(pin),)
        case CheckingPin(), PinWrong(tries_left):
            return EnterPin(tries_left), ()
        case CheckingPin(), PukWrong(tries_left):
            return Unblocking(tries_left=tries_left), ()
        case CheckingPin(), PinUnblocked():
            return EnterPin(), ()
        case CheckingPin(), OperatorRejected(reason):
            return Rejected(reason), ()
        case CheckingPin(), OperatorProven(operator):
            if operator.role is not_role:
                return Rejected(Rejection.SAME_ROLE), ()
            return SignedIn(operator), ()
        case Rejected(Rejection.PIN_BLOCKED), UnblockChosen():
            return Unblocking(), ()
        case Unblocking(), PinEntered(digits):
            return _unblocking(state, digits)
        case _:
            return state, ()


def _unblocking(state: Unblocking, digits: str) -> tuple[SignIn, tuple[SignInEffect, ...]]:
    match state.wanted:
        case Wanted.PUK if not PUK.fullmatch(digits):
            return replace(state, mistyped=Mistyped.PUK), ()
        case Wanted.PUK:
            return Unblocking(Wanted.PIN, puk=digits), ()
        case Wanted.PIN if not PIN.fullmatch(digits):
            return replace(state, mistyped=Mistyped.PIN), ()
        case Wanted.PIN:
            return Unblocking(Wanted.AGAIN, puk=state.puk, pin=digits), ()
        case Wanted.AGAIN if digits == state.pin:
            return CheckingPin(), (UnblockPin(state.puk, digits),)
        case Wanted.AGAIN:
            return Unblocking(Wanted.PIN, mistyped=Mistyped.DIFFERED, puk=state.puk), ()

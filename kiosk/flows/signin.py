"""Sign in with an operator card: card, PIN, proof; a part of the operator's and the override flow.

    NeedCard → EnterPin → CheckingPin → SignedIn
       ▲          ▲            └ wrong PIN: back to EnterPin with the tries left
       └ Rejected ┴─────────── ┘ blocked, other branch, wrong role, expired …

Who the operator is comes from the certificate on the card, checked up to headquarters by the
runtime; that the card is the operator's comes from its PIN and a signature over a fresh challenge.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from election import operators
from election.definition import Role
from election.polls import Operator

Rejection = operators.Rejection

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
    """Certificate, PIN and signature are checked."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Until the card is taken out."""

    reason: Rejection


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The operator is proven."""

    operator: Operator


SignIn = NeedCard | EnterPin | CheckingPin | Rejected | SignedIn

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
    """The operator typed a PIN."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinWrong:
    """Outcome of `ProveOperator`: another PIN is wanted."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class OperatorRejected:
    """Outcome of `ProveOperator`: the card proves no operator of this device."""

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
    | PinWrong
    | OperatorRejected
    | OperatorProven
)

# ---------------------------------------------------------------- the effect and the flow


@dataclass(frozen=True, slots=True)
class ProveOperator:
    """Check certificate, PIN and signature → OperatorProven | PinWrong | OperatorRejected."""

    pin: str = field(repr=False)


def step(
    state: SignIn, event: SignInEvent, not_role: Role | None = None
) -> tuple[SignIn, tuple[ProveOperator, ...]]:
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
        case CheckingPin(), OperatorRejected(reason):
            return Rejected(reason), ()
        case CheckingPin(), OperatorProven(operator):
            if operator.role is not_role:
                return Rejected(Rejection.SAME_ROLE), ()
            return SignedIn(operator), ()
        case _:
            return state, ()

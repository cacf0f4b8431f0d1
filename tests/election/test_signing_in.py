"""Signing in with an operator card."""

from __future__ import annotations

import pytest

from election.definition import Role
from election.signing_in import (
    CheckingPin,
    EnterPin,
    Mistyped,
    NeedCard,
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    OperatorRejected,
    OtherCardSeen,
    PinEntered,
    PinUnblocked,
    PinWrong,
    ProveOperator,
    PukWrong,
    Rejected,
    Rejection,
    SignedIn,
    SignIn,
    SignInEffect,
    SignInEvent,
    UnblockChosen,
    Unblocking,
    UnblockPin,
    Wanted,
    step,
)
from tests.kiosk.flows.samples import OFFICER, PIN, SUPERVISOR

PUK, NEW = "12345678", "135790"
STATES: tuple[SignIn, ...] = (
    NeedCard(),
    EnterPin(),
    EnterPin(2),
    CheckingPin(),
    Rejected(Rejection.EXPIRED),
    Rejected(Rejection.PIN_BLOCKED),
    Unblocking(),
    Unblocking(Wanted.PIN, puk=PUK),
    Unblocking(Wanted.AGAIN, puk=PUK, pin=NEW),
    SignedIn(OFFICER),
)
EVENTS: tuple[SignInEvent, ...] = (
    OperatorCardSeen(),
    OtherCardSeen(),
    OperatorCardRemoved(),
    PinEntered(PIN),
    PinEntered(PUK),
    PinEntered(NEW),
    UnblockChosen(),
    PukWrong(2),
    PinUnblocked("0123456789abcdef"),
    PinWrong(1),
    OperatorRejected(Rejection.PIN_BLOCKED),
    OperatorProven(OFFICER),
)
MOVES: dict[tuple[SignIn, SignInEvent], tuple[SignIn, tuple[SignInEffect, ...]]] = {
    (NeedCard(), OperatorCardSeen()): (EnterPin(), ()),
    (NeedCard(), OtherCardSeen()): (Rejected(Rejection.UNKNOWN_CARD), ()),
    (EnterPin(), PinEntered(PIN)): (CheckingPin(), (ProveOperator(PIN),)),
    (EnterPin(2), PinEntered(PIN)): (CheckingPin(), (ProveOperator(PIN),)),
    (EnterPin(), PinEntered(PUK)): (CheckingPin(), (ProveOperator(PUK),)),
    (EnterPin(2), PinEntered(PUK)): (CheckingPin(), (ProveOperator(PUK),)),
    (EnterPin(), PinEntered(NEW)): (CheckingPin(), (ProveOperator(NEW),)),
    (EnterPin(2), PinEntered(NEW)): (CheckingPin(), (ProveOperator(NEW),)),
    (CheckingPin(), PukWrong(2)): (Unblocking(tries_left=2), ()),
    (CheckingPin(), PinUnblocked("0123456789abcdef")): (EnterPin(), ()),
    (Rejected(Rejection.PIN_BLOCKED), UnblockChosen()): (Unblocking(), ()),
    (Unblocking(), PinEntered(PIN)): (Unblocking(mistyped=Mistyped.PUK), ()),
    (Unblocking(), PinEntered(NEW)): (Unblocking(mistyped=Mistyped.PUK), ()),
    (Unblocking(), PinEntered(PUK)): (Unblocking(Wanted.PIN, puk=PUK), ()),
    **{
        (Unblocking(Wanted.PIN, puk=PUK), PinEntered(new)): (
            Unblocking(Wanted.AGAIN, puk=PUK, pin=new),
            (),
        )
        for new in (PIN, PUK, NEW)
    },
    **{
        (Unblocking(Wanted.AGAIN, puk=PUK, pin=NEW), PinEntered(other)): (
            Unblocking(Wanted.PIN, mistyped=Mistyped.DIFFERED, puk=PUK),
            (),
        )
        for other in (PIN, PUK)
    },
    (Unblocking(Wanted.AGAIN, puk=PUK, pin=NEW), PinEntered(NEW)): (
        CheckingPin(),
        (UnblockPin(PUK, NEW),),
    ),
    (CheckingPin(), PinWrong(1)): (EnterPin(1), ()),
    (CheckingPin(), OperatorRejected(Rejection.PIN_BLOCKED)): (
        Rejected(Rejection.PIN_BLOCKED),
        (),
    ),
    (CheckingPin(), OperatorProven(OFFICER)): (SignedIn(OFFICER), ()),
}


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("state", STATES, ids=str)
def test_every_pair(state: SignIn, event: SignInEvent) -> None:
    """The moves of the table, the card out from everywhere, and nothing else."""
    still: tuple[SignIn, tuple[SignInEffect, ...]] = (state, ())
    if isinstance(event, OperatorCardRemoved):
        still = (NeedCard(), ())
    assert step(state, event) == MOVES.get((state, event), still)


def test_the_same_role_does_not_sign_twice() -> None:
    proven = OperatorProven(OFFICER)
    assert step(CheckingPin(), proven, not_role=Role.OFFICER)[0] == Rejected(Rejection.SAME_ROLE)
    other = OperatorProven(SUPERVISOR)
    assert step(CheckingPin(), other, not_role=Role.OFFICER)[0] == SignedIn(SUPERVISOR)


@pytest.mark.parametrize(
    "secret",
    [
        PinEntered(PIN),
        ProveOperator(PIN),
        UnblockPin(PUK, PIN),
        Unblocking(Wanted.AGAIN, puk=PUK, pin=PIN),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_pin_is_never_shown(secret: object) -> None:
    assert PIN not in repr(secret)
    assert PUK not in repr(secret)


@pytest.mark.parametrize("new", ["1", "12345", "123456789", "12345a", "۱۲۳۴۵۶"])
def test_a_pin_of_another_form_is_not_shown_to_the_card(new: str) -> None:
    asked = Unblocking(Wanted.PIN, puk=PUK)
    again = Unblocking(Wanted.PIN, puk=PUK, mistyped=Mistyped.PIN)
    assert step(asked, PinEntered(new)) == (again, ())

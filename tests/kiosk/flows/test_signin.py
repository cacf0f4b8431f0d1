"""Signing in with an operator card."""

from __future__ import annotations

import pytest

from election.definition import Role
from kiosk.flows import signin
from kiosk.flows.signin import (
    CheckingPin,
    EnterPin,
    NeedCard,
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    OperatorRejected,
    OtherCardSeen,
    PinEntered,
    PinWrong,
    ProveOperator,
    Rejected,
    Rejection,
    SignedIn,
    SignIn,
    SignInEvent,
    step,
)
from tests.kiosk.flows.samples import OFFICER, PIN, SUPERVISOR

STATES: tuple[SignIn, ...] = (
    NeedCard(),
    EnterPin(),
    EnterPin(2),
    CheckingPin(),
    Rejected(Rejection.EXPIRED),
    SignedIn(OFFICER),
)
EVENTS: tuple[SignInEvent, ...] = (
    OperatorCardSeen(),
    OtherCardSeen(),
    OperatorCardRemoved(),
    PinEntered(PIN),
    PinWrong(1),
    OperatorRejected(Rejection.PIN_BLOCKED),
    OperatorProven(OFFICER),
)
MOVES: dict[tuple[SignIn, SignInEvent], tuple[SignIn, tuple[ProveOperator, ...]]] = {
    (NeedCard(), OperatorCardSeen()): (EnterPin(), ()),
    (NeedCard(), OtherCardSeen()): (Rejected(Rejection.UNKNOWN_CARD), ()),
    (EnterPin(), PinEntered(PIN)): (CheckingPin(), (ProveOperator(PIN),)),
    (EnterPin(2), PinEntered(PIN)): (CheckingPin(), (ProveOperator(PIN),)),
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
    still: tuple[SignIn, tuple[ProveOperator, ...]] = (state, ())
    if isinstance(event, OperatorCardRemoved):
        still = (NeedCard(), ())
    assert step(state, event) == MOVES.get((state, event), still)


def test_the_same_role_does_not_sign_twice() -> None:
    proven = OperatorProven(OFFICER)
    assert step(CheckingPin(), proven, not_role=Role.OFFICER)[0] == Rejected(Rejection.SAME_ROLE)
    other = OperatorProven(SUPERVISOR)
    assert step(CheckingPin(), other, not_role=Role.OFFICER)[0] == SignedIn(SUPERVISOR)


@pytest.mark.parametrize("secret", [PinEntered(PIN), ProveOperator(PIN)])
def test_a_pin_is_never_shown(secret: signin.PinEntered | signin.ProveOperator) -> None:
    assert PIN not in repr(secret)

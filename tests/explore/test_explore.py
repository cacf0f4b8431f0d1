"""Explore what the devices do with authorizations, and see that the explorer finds faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from election import authorization_life as life
from election.authorization_life import CastingStep, IssuingStep
from tests.explore import devices as made
from tests.explore.explorer import explore, wander
from tests.explore.promises import broken
from tests.explore.world import (
    ROLLED_TERMINAL,
    RULES,
    Card,
    Rules,
    Station,
    Terminal,
    new_world,
    successors,
)


@pytest.mark.slow
def test_every_way_of_one_card_with_one_trouble() -> None:
    found = explore(new_world(voters=1, cards=1, troubles=1))
    assert (found.fault, found.complete) == ("", True)
    assert found.states > 50_000


def test_the_nearest_states_of_three_cards() -> None:
    found = explore(new_world(voters=2, cards=3, troubles=2), limit=40_000)
    assert (found.fault, found.states) == ("", 40_000)


def test_far_states_by_random_ways() -> None:
    found = wander(new_world(voters=3, cards=3, troubles=8), random.Random(1), 100, 120)
    assert found.fault == ""
    assert found.states > 5_000


def test_a_terminal_that_is_behind_waits_and_goes_on() -> None:
    """Far from the morning: an older copy came back, and a token tells of one vote more."""
    token = made.make_token(0, bytes(16), (1, 0), 0)
    issuer = Station(issued=frozenset({made.hash_of(bytes(16))}))
    start = new_world(voters=1, cards=1, troubles=0)._replace(
        cards=(Card(token),), stations=(issuer, Station())
    )
    (behind,) = (w for w in successors(start) if w.terminals[0].behind)
    assert behind.terminals[0].behind == 1
    assert broken(behind) == "a terminal is called behind that lost nothing"
    behind = behind._replace(rolled=1 << ROLLED_TERMINAL)
    (gone_on,) = (w for w in successors(behind) if w.terminals[0].missing)
    assert gone_on.terminals[0] == Terminal(missing=1)
    assert any(w.terminals[0].turn is not None for w in successors(gone_on)), "the card is taken"


# ---------------------------------------------------------------- faults that are put in


def casting_in(*order: CastingStep) -> Rules:
    """Return rules under which a terminal does the steps in another order."""
    after = dict(zip(order, (*order[1:], CastingStep.RECORDED), strict=True))

    def casting(step: CastingStep, done: bool | None) -> CastingStep:
        right = life.next_casting(step, done=done)
        if right in {CastingStep.CLEAR, CastingStep.NOT_RECORDED, CastingStep.IN_DOUBT}:
            return right
        return after.get(step, right)

    return replace(RULES, casting=casting, first_casting=order[0])


def issuing_in(*order: IssuingStep) -> Rules:
    """Return rules under which a station does the steps in another order."""
    after = dict(zip(order, (*order[1:], IssuingStep.GIVEN), strict=True))

    def issuing(step: IssuingStep, done: bool) -> IssuingStep:
        return after[step] if done else life.next_issuing(step, done=False)

    return replace(RULES, issuing=issuing, first_issuing=order[0])


INTENT, SPEND, RECEIPT, WIPE = (
    CastingStep.INTENT,
    CastingStep.SPEND,
    CastingStep.RECEIPT,
    CastingStep.WIPE,
)
CLAIM, FIX, WRITE, CONFIRM = (
    IssuingStep.CLAIM,
    IssuingStep.FIX,
    IssuingStep.WRITE,
    IssuingStep.CONFIRM,
)

FAULTS: dict[str, tuple[Callable[[], Rules], str]] = {
    "token wiped before the commit": (
        lambda: casting_in(INTENT, WIPE, SPEND, RECEIPT),
        "a voter was given an authorization that is nowhere",
    ),
    "receipt before the commit": (
        lambda: casting_in(INTENT, RECEIPT, SPEND, WIPE),
        "a receipt for what was never recorded",
    ),
    "no intent": (
        lambda: casting_in(SPEND, RECEIPT, WIPE),
        "an authorization is spent twice",
    ),
    "claim after writing": (
        lambda: issuing_in(WRITE, CLAIM, FIX, CONFIRM),
        "an authorization on a card that its station has not issued",
    ),
    "confirmed before writing": (
        lambda: issuing_in(CLAIM, FIX, CONFIRM, WRITE),
        "a voter was given an authorization that is nowhere",
    ),
    "issued, but not fixed": (
        lambda: issuing_in(CLAIM, WRITE, FIX, CONFIRM),
        "an authorization on a card that its station has not issued",
    ),
    "renewals forgotten": (
        lambda: replace(RULES, first_renewing=WRITE),
        "an authorization on a card that its station has not issued",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    rules, promise = FAULTS[fault]
    found = explore(new_world(voters=1, cards=1, troubles=1), rules(), limit=60_000)
    assert found.fault == promise

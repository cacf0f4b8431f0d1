"""Faults that are put into the steps of stations and terminals, and the promise that each of them breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from election import authorization_life as life
from election.authorization_life import CastingStep, IssuingStep
from tests.explore.explorer import Explored, explore
from tests.explore.world import RULES, Rules, new_world


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

FAULTS: Final[dict[str, tuple[Callable[[], Rules], str]]] = {
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


def look_for(fault: str) -> Explored:
    """Explore a small branch with this fault in it; the shortest way to the broken promise."""
    rules, _ = FAULTS[fault]
    return explore(new_world(voters=1, cards=1, troubles=1), rules(), limit=60_000)

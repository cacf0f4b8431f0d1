"""Decide what a station is answered, from what is known about the voter and about the devices.

Nothing is ever taken back: contests that were granted stay granted to that claim, and the same claim has
the same grant for ever. Whoever is not granted is either *taken* (the other station's claim is shown, and
its card is known to be written) or *provisional*, whose ballot is decided in the night.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from election.claims import AnswerKind, ClaimId, NoteKind, SignedClaim, Why
from election.definition import ContestId, DeviceId

WINDOW: Final = 62
"""Numbers of requests that may come out of their order, and be told from repeated ones."""
_ALL: Final = (1 << WINDOW) - 1


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that was granted."""

    signed: SignedClaim
    device: DeviceId
    contests: frozenset[ContestId]
    """Granted ones."""
    written: bool = False
    """The station noted that the card was written."""
    returned: bool = False
    """It noted that the card came back unused."""

    def noted(self, kind: NoteKind) -> Held:
        """Return the claim after a note about its card; again is fine."""
        if kind is NoteKind.WRITTEN:
            return replace(self, written=True)
        return replace(self, returned=True)


@dataclass(frozen=True, slots=True)
class Steps:
    """Which numbers a device's requests had: a copied key, or an older disk, uses one again."""

    last: int = 0
    seen: int = 0
    """Bit n: the number `last` − n was there."""
    out: bool = False
    """A number came twice, or from before the window: the device is out of step."""

    def after(self, number: int) -> Steps:
        """Return the steps after a request with this number (as RFC 4303, section 3.4.3)."""
        behind = self.last - number
        if behind < 0:
            seen = ((self.seen << -behind) | 1) & _ALL if -behind < WINDOW else 1
            return replace(self, last=number, seen=seen)
        if behind >= WINDOW or self.seen >> behind & 1:
            return replace(self, out=True)
        return replace(self, seen=self.seen | 1 << behind)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is answered. The parts are those of `election.claims.Answer`."""

    kind: AnswerKind
    contests: frozenset[ContestId] = frozenset()
    why: Why | None = None
    other: SignedClaim | None = None


def decide(
    claim: ClaimId,
    contests: Collection[ContestId],
    held: Sequence[Held],
    distrusted: Collection[DeviceId],
) -> Decision:
    """Answer a claim of a station that is in step.

    `held`: the voter's granted claims, in their order; `distrusted`: devices that are suspended or out of
    step, whose claims refuse nobody. Who gets *granted* has to be entered with exactly those contests,
    unless the claim is among those held.
    """
    mine = [each for each in held if each.signed.id == claim]
    if mine:
        return Decision(AnswerKind.GRANTED, mine[0].contests)
    asked = frozenset(contests)
    free = asked.difference(*(each.contests for each in held))
    if free:
        return Decision(AnswerKind.GRANTED, free)
    others = [each for each in held if each.contests & asked]
    firm = [
        each
        for each in others
        if each.written and not each.returned and each.device not in distrusted
    ]
    if firm:
        return Decision(AnswerKind.TAKEN, other=firm[0].signed)
    return Decision(AnswerKind.PROVISIONAL, why=_why(others[0], distrusted))


def _why(other: Held, distrusted: Collection[DeviceId]) -> Why:
    if other.device in distrusted:
        return Why.SUSPENDED
    return Why.RETURNED if other.returned else Why.CLAIMED

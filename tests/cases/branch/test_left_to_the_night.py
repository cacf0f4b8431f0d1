"""A cut while a vote is recorded, a device that dies, and the card that comes back: one ballot counts.

Every place of the cut, every device of the branch dead or none, its memories found in the night or never,
and all that a voter can come back with; real rules of cards, station and night. Where a registry is asked
the night knows. Where none is asked two roles renew what they see, and a vote that turns up later is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import product
from typing import Final

import pytest

from election.authorization_life import (
    Acceptance,
    CastingStep,
    Shown,
    accept,
    next_casting,
    offered,
)
from election.definition import DeviceId
from election.provisional import ORDINARY, ProvisionalEntry
from headquarters.decisions import DecisionVerdict
from headquarters.reconciliation import reconcile
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import IdentityFlow
from tests.kiosk.flows.test_identity import CLAIMING, FLOW, HEARD

FIRST, SECOND, STATION = map(DeviceId, ("b1-t1", "b1-t2", "b1-s1"))
PERSON, PSEUDONYM = "0012345679", b"a name for night"
OLD, NEW, HANDLE = b"1" * 32, b"2" * 32, b"a random handle."
CUTS: Final = (None, CastingStep.INTENT, CastingStep.SPEND, CastingStep.RECEIPT, CastingStep.WIPE)
"""The last step that was done at the first terminal."""


class Brought(Enum):
    """What the voter comes back with."""

    CARD = auto()
    """As the cut left it."""
    EXPIRED = auto()
    """As the cut left it, an hour later."""
    NO_CARD = auto()
    """It stayed in the dead terminal."""
    COPY = auto()
    """Made before the cut: with the token, without a note."""


@dataclass
class Branch:
    """What lies where: hashes of spent authorizations and handles, by terminal; the station's book."""

    spent: dict[DeviceId, set[bytes]]
    handles: dict[DeviceId, set[bytes]]
    book: list[ProvisionalEntry]


def cut_after(branch: Branch, last: CastingStep | None) -> Shown | None:
    """Cast at the first terminal until the cut; what the card shows then, None if it is wiped."""
    step, shown = CastingStep.INTENT, Shown(OLD, expired=False)
    for reached in CUTS[1:]:
        if last is None or CUTS.index(reached) > CUTS.index(last):
            break
        assert step is reached, "in this order"
        match step:
            case CastingStep.INTENT:
                shown = replace(shown, intent=FIRST)
            case CastingStep.SPEND:
                branch.spent[FIRST].add(OLD)
            case CastingStep.RECEIPT:
                shown = replace(shown, intent=None, receipt=FIRST)
            case CastingStep.WIPE:
                return None
        step = next_casting(step, done=True)
    return shown


def comes_back(
    branch: Branch, shown: Shown | None, flow: IdentityFlow, rescued: frozenset[bytes] = frozenset()
) -> None:
    """The voter tries the other terminal, then the station; whatever comes of it is cast there."""
    if shown is not None:
        judged = accept(shown, SECOND, branch.spent[SECOND])
        if judged is Acceptance.ACCEPTED:
            branch.spent[SECOND].add(OLD)
            return
    state = flow.step(CLAIMING, on.ClaimRefused(at.VoterRefusal.ALREADY_VOTED)).state
    if (seen := offered(shown, lambda: rescued)) is not None:
        state = flow.step(state, on.RenewableCardSeen(seen.intent)).state
    else:
        state = flow.step(state, on.Protested()).state
    match state:
        case at.Overriding(reason=at.OverrideReason.PROTEST):
            branch.book.append(ProvisionalEntry(HANDLE, PERSON, spent=NEW, reference=PSEUDONYM))
            branch.spent[SECOND].add(NEW)
            branch.handles[SECOND].add(HANDLE)
        case at.Overriding(reason=at.OverrideReason.RENEWAL) if OLD in rescued:
            pass  # the station says that the vote is recorded
        case at.Overriding(reason=at.OverrideReason.RENEWAL):
            branch.spent[SECOND].add(OLD)
        case _:
            assert isinstance(state, at.Refused), state


def counted(branch: Branch, here: set[DeviceId]) -> tuple[int, bool]:
    """Ballots of the person that count, and whether one authorization in two boxes is told."""
    boxes = [branch.spent[each] for each in (FIRST, SECOND) if each in here]
    handles = frozenset(h for each in (FIRST, SECOND) if each in here for h in branch.handles[each])
    book = branch.book if STATION in here else []
    # Without the station's book the registry's claim stands for it.
    claimed = () if STATION in here else (PSEUDONYM,)
    decided = reconcile(handles, book, (), spent=frozenset().union(*boxes), claimed=claimed)
    included = sum(each.decision is DecisionVerdict.INCLUDE for each in decided)
    ordinary = sum(OLD in box for box in boxes)
    return ordinary + included, ordinary > 1


@pytest.mark.parametrize("flow", [HEARD, FLOW], ids=["registry", "no registry"])
@pytest.mark.parametrize("brought", Brought)
@pytest.mark.parametrize("cut", CUTS, ids=lambda step: step.name if step else "BEFORE")
def test_one_ballot_counts(cut: CastingStep | None, brought: Brought, flow: IdentityFlow) -> None:
    deaths = product((None, FIRST, SECOND, STATION), ("found", "lost", "rescued at noon"))
    for dead, memory in deaths:
        branch = Branch(
            {FIRST: set(), SECOND: set()},
            {FIRST: set(), SECOND: set()},
            [ProvisionalEntry(ORDINARY, "", spent=OLD, reference=PSEUDONYM)],
        )
        shown = cut_after(branch, cut)
        match brought:
            case Brought.EXPIRED if shown is not None:
                shown = replace(shown, expired=True)
            case Brought.NO_CARD:
                shown = None
            case Brought.COPY:
                shown = Shown(OLD, expired=False)
        at_noon = dead is FIRST and memory == "rescued at noon"
        rescued = frozenset(branch.spent[FIRST]) if at_noon else frozenset()
        comes_back(branch, shown, flow, rescued)
        here = {FIRST, SECOND, STATION} - (
            {dead} if dead is not None and memory == "lost" else set()
        )
        number, twice = counted(branch, here)
        case = f"{cut} {brought} {dead} {memory}: {branch}"
        assert number <= 1 or twice, f"nobody counts twice in silence: {case}"
        if brought is not Brought.COPY and (flow is HEARD or at_noon):
            assert number <= 1, case
        if STATION in here and any(branch.spent[each] for each in here - {STATION}):
            assert number >= 1, f"what lies in a box that is here counts: {case}"


def test_a_renewal_in_a_branch_that_asks_would_count_twice() -> None:
    """What the rule is for: the same card, renewed, and the dead terminal's memory found."""
    branch = Branch({FIRST: set(), SECOND: set()}, {FIRST: set(), SECOND: set()}, [])
    shown = cut_after(branch, CastingStep.SPEND)
    assert shown is not None
    assert shown.intent == FIRST
    comes_back(branch, shown, FLOW)
    assert counted(branch, {FIRST, SECOND, STATION}) == (2, True)

"""Apportion seats to contenders by their votes, exactly, under every reading of the law.

    quota     votes ÷ price of a seat, rounded; too few: left-over seats one by one; too many: taken back
    averages  every seat to the largest votes ÷ divisor

Nobody gets more seats than there is room for, or any without votes. Equals are separated by lot, and
only where it matters: if all who are equal get a seat there is no lot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import ceil, floor
from typing import TypeAlias, assert_never

from headquarters.seats.lot import draw
from headquarters.seats.model import SeatParameters
from headquarters.seats.phrases import Name
from headquarters.seats.readings import (
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Surplus,
)
from headquarters.seats.steps import (
    AgainStep,
    AllocationStep,
    FullStep,
    LotStep,
    Measure,
    QuotaStep,
    SeatStep,
    SumStep,
    TakenBackStep,
    VacantStep,
)
from words.message import Message, m

_HALF = Fraction(1, 2)
_FIRST_MODIFIED = Fraction(7, 5)


@dataclass(frozen=True, slots=True)
class Contender:
    """A group that takes part."""

    key: str
    name: Name
    votes: int
    room: int
    """How many seats it can take: its candidates."""


Seats: TypeAlias = dict[str, int]
Rank: TypeAlias = tuple[Fraction, ...]
"""Compared from the left; the largest goes first. The last part is what a step reports."""


def apportion(
    contenders: Sequence[Contender],
    denominator: int,
    parameters: SeatParameters,
    steps: list[AllocationStep],
) -> Seats:
    """Return the seats by key and append the steps. `denominator` > 0. Seats without room stay vacant."""
    taking = [each for each in contenders if each.votes > 0]
    seats = {each.key: 0 for each in contenders}
    match parameters.method:
        case Method.QUOTA:
            seats |= _by_quota(taking, denominator, parameters, steps)
        case Method.DHONDT | Method.SAINTE_LAGUE | Method.MODIFIED_SAINTE_LAGUE:
            _give(taking, seats, _averages(parameters.method), parameters, steps)
        case _:
            assert_never(parameters.method)
    vacant = parameters.seats - sum(seats.values())
    if vacant:
        steps.append(VacantStep(vacant))
    return seats


# ---------------------------------------------------------------- quota


def electoral_quota(rule: QuotaRule, denominator: int, seats: int) -> Fraction:
    """Return the number of votes that one seat costs."""
    match rule:
        case QuotaRule.HARE:
            return Fraction(denominator, seats)
        case QuotaRule.DROOP:
            return Fraction(denominator // (seats + 1) + 1)
        case QuotaRule.HAGENBACH_BISCHOFF:
            return Fraction(denominator, seats + 1)
        case QuotaRule.IMPERIALI:
            return Fraction(denominator, seats + 2)
        case _:
            assert_never(rule)


def round_quota(quota: Fraction, rounding: QuotaRounding) -> int:
    """Round a quota to whole seats."""
    match rounding:
        case QuotaRounding.DOWN:
            return floor(quota)
        case QuotaRounding.HALF_UP:
            return floor(quota + _HALF)
        case QuotaRounding.HALF_DOWN:
            return ceil(quota - _HALF)
        case _:
            assert_never(rounding)


def _by_quota(
    contenders: Sequence[Contender],
    denominator: int,
    parameters: SeatParameters,
    steps: list[AllocationStep],
) -> Seats:
    seats: Seats = {}
    quotas: dict[str, Fraction] = {}
    aside = parameters.surplus is Surplus.SHARE_AGAIN
    sharing, votes, left = list(contenders), denominator, parameters.seats
    while sharing and left > 0:
        due = _round(sharing, votes, left, parameters, quotas, steps)
        full = [each for each in sharing if due[each.key] > each.room]
        steps += [FullStep(each.name, due[each.key], each.room, aside) for each in full]
        seats |= due | {each.key: each.room for each in full}
        if not (aside and full):
            break
        # Shares of the others among themselves: what the full ones had leaves the denominator.
        sharing = [each for each in sharing if each not in full]
        seats |= {each.key: 0 for each in sharing}
        left -= sum(each.room for each in full)
        votes -= sum(each.votes for each in full)
        if sharing and left > 0:
            steps.append(AgainStep(left, votes))
    steps.append(SumStep(sum(seats.values()), parameters.seats))
    _take_back(contenders, denominator, quotas, seats, parameters, steps)
    rule = _left_overs(parameters.remainder_seats, denominator, quotas, seats)
    _give(contenders, seats, rule, parameters, steps)
    return seats


def _round(
    sharing: Sequence[Contender],
    denominator: int,
    seats: int,
    parameters: SeatParameters,
    quotas: dict[str, Fraction],
    steps: list[AllocationStep],
) -> Seats:
    """Return the rounded quotas; the exact ones are put into `quotas`."""
    rule = parameters.quota_rule
    price = electoral_quota(rule, denominator, seats)
    due: Seats = {}
    for each in sharing:
        quota = quotas[each.key] = each.votes / price
        given = due[each.key] = round_quota(quota, parameters.quota_rounding)
        exact = rule is QuotaRule.HARE
        steps.append(
            QuotaStep(each.name, each.votes, denominator, seats, price, exact, quota, given)
        )
    return due


# ---------------------------------------------------------------- one by one


@dataclass(frozen=True, slots=True)
class _Rule:
    """The comparison of contenders for one seat, given the seats they hold."""

    measure: Measure
    rank: Callable[[Contender, int], Rank]
    divisor: Callable[[int], Fraction] | None = None


def divisor_of(method: Method, held: int) -> Fraction:
    """Return the divisor of votes when `held` seats are held; the quota method's is D'Hondt's."""
    match method:
        case Method.DHONDT | Method.QUOTA:
            return Fraction(held + 1)
        case Method.SAINTE_LAGUE:
            return Fraction(2 * held + 1)
        case Method.MODIFIED_SAINTE_LAGUE:
            return Fraction(2 * held + 1) if held else _FIRST_MODIFIED
        case _:
            assert_never(method)


def _averages(method: Method) -> _Rule:
    return _Rule(
        Measure.AVERAGE,
        lambda each, held: (each.votes / divisor_of(method, held),),
        lambda held: divisor_of(method, held),
    )


def _left_overs(
    reading: RemainderSeats, denominator: int, quotas: dict[str, Fraction], before: Seats
) -> _Rule:
    match reading:
        case RemainderSeats.LARGEST_REMAINDER:
            return _Rule(Measure.REMAINDER, lambda each, held: (quotas[each.key] - held,))
        case RemainderSeats.LARGEST_SHARE:
            start = dict(before)
            # Who had fewer of the left-over seats comes first: round after round.
            return _Rule(
                Measure.SHARE,
                lambda each, held: (
                    Fraction(start[each.key] - held),
                    Fraction(each.votes, denominator),
                ),
            )
        case RemainderSeats.HIGHEST_AVERAGE:
            return _averages(Method.QUOTA)
        case _:
            assert_never(reading)


def _give(
    contenders: Sequence[Contender],
    seats: Seats,
    rule: _Rule,
    parameters: SeatParameters,
    steps: list[AllocationStep],
) -> None:
    left = parameters.seats - sum(seats.values())
    # A rank depends on the seats held only, so it changes only for who gets a seat. There may be
    # thousands of independents: the heap finds the next without looking at all of them.
    heap = [
        (_Largest(rule.rank(each, seats[each.key])), place)
        for place, each in enumerate(contenders)
        if seats[each.key] < each.room
    ]
    heapify(heap)
    while left > 0 and heap:
        best = heap[0][0].rank
        equal: list[int] = []
        while heap and heap[0][0].rank == best:
            equal.append(heappop(heap)[1])
        number = parameters.seats - left + 1
        about = m("Seat {number}", number=number)
        tied = [contenders[place] for place in equal]
        for each in _separate(tied, left, f"seat {number}", about, parameters.seed, steps):
            held = seats[each.key]
            divisor = rule.divisor(held) if rule.divisor else None
            seats[each.key] = held + 1
            steps.append(SeatStep(number, each.name, rule.measure, best[-1], held + 1, divisor))
            number += 1
            left -= 1
        for place in equal:
            each = contenders[place]
            if seats[each.key] < each.room:
                heappush(heap, (_Largest(rule.rank(each, seats[each.key])), place))


@dataclass(frozen=True, slots=True)
class _Largest:
    """Turns the order of ranks around: a heap has its smallest in front."""

    rank: Rank

    def __lt__(self, other: _Largest) -> bool:
        return self.rank > other.rank


def _take_back(
    contenders: Sequence[Contender],
    denominator: int,
    quotas: dict[str, Fraction],
    seats: Seats,
    parameters: SeatParameters,
    steps: list[AllocationStep],
) -> None:
    before = dict(seats)

    def weakness(each: Contender) -> Rank:
        held = seats[each.key]
        match parameters.overallocation:
            case Overallocation.SMALLEST_REMAINDER:
                return (held - 1 - quotas[each.key],)
            case Overallocation.SMALLEST_SHARE:
                return (Fraction(held - before[each.key]), Fraction(-each.votes, denominator))
            case _:
                assert_never(parameters.overallocation)

    number = 1
    while (excess := sum(seats.values()) - parameters.seats) > 0:
        able = [each for each in contenders if seats[each.key] > 0]
        ranks = {each.key: weakness(each) for each in able}
        worst = max(ranks.values())
        equal = [each for each in able if ranks[each.key] == worst]
        about = m("Taking back {number}", number=number)
        for each in _separate(equal, excess, f"taken back {number}", about, parameters.seed, steps):
            seats[each.key] -= 1
            share = parameters.overallocation is Overallocation.SMALLEST_SHARE
            measure = Measure.SHARE if share else Measure.REMAINDER
            steps.append(TakenBackStep(number, each.name, measure, -worst[-1], seats[each.key]))
            number += 1


def _separate(
    equal: Sequence[Contender],
    most: int,
    context: str,
    about: Message,
    seed: str,
    steps: list[AllocationStep],
) -> Sequence[Contender]:
    """Choose at most so many of contenders that are equal; by lot if there are more."""
    if len(equal) <= most:
        return sorted(equal, key=lambda each: each.key)
    tickets = draw(seed, context, ((each.key, each.name) for each in equal))
    steps.append(LotStep(about, context, seed, tickets, most))
    by_key = {each.key: each for each in equal}
    return [by_key[ticket.participant] for ticket in tickets[:most]]

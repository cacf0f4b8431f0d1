"""Apportion seats to contenders by their votes, exactly, under every reading of the law.

    quota     votes ÷ price of a seat, rounded; too few: left-over seats one by one; too many: taken back
    averages  every seat to the largest votes ÷ divisor

Nobody gets more seats than there is room for, or any without votes. Equals are separated by lot, and
only where it matters: if all who are equal get a seat there is no lot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import ceil, floor
from typing import TypeAlias, assert_never

from headquarters.seats.lot import settle
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
    taking = [contender for contender in contenders if contender.votes > 0]
    seats = {contender.key: 0 for contender in contenders}
    run = _Apportionment(taking, denominator, parameters, seats, steps)
    match parameters.method:
        case Method.QUOTA:
            run.give_by_quota()
        case Method.DHONDT | Method.SAINTE_LAGUE | Method.MODIFIED_SAINTE_LAGUE:
            run.give(_averages(parameters.method))
        case _:
            assert_never(parameters.method)
    if run.left:
        steps.append(VacantStep(run.left))
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
        lambda contender, held: (contender.votes / divisor_of(method, held),),
        lambda held: divisor_of(method, held),
    )


@dataclass(frozen=True, slots=True)
class _Largest:
    """Turns the order of ranks around: a heap has its smallest in front."""

    rank: Rank

    def __lt__(self, other: _Largest) -> bool:
        return self.rank > other.rank


# ---------------------------------------------------------------- the whole


@dataclass(slots=True)
class _Apportionment:
    """Changes while seats are given, in `apportion` only."""

    contenders: Sequence[Contender]
    """Those with votes."""
    denominator: int
    parameters: SeatParameters
    seats: Seats
    steps: list[AllocationStep]
    quotas: dict[str, Fraction] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Seats nobody has yet; less than 0 if too many were given."""
        return self.parameters.seats - sum(self.seats.values())

    def give_by_quota(self) -> None:
        """Give rounded quotas, take back what is too many, then give what is left over."""
        aside = self.parameters.surplus is Surplus.SHARE_AGAIN
        sharing, votes, left = list(self.contenders), self.denominator, self.parameters.seats
        while sharing and left > 0:
            due = self._rounded(sharing, votes, left)
            full = [contender for contender in sharing if due[contender.key] > contender.room]
            self.steps += [
                FullStep(contender.name, due[contender.key], contender.room, aside)
                for contender in full
            ]
            self.seats |= due | {contender.key: contender.room for contender in full}
            if not (aside and full):
                break
            # Shares of the others among themselves: what the full ones had leaves the denominator.
            sharing = [contender for contender in sharing if contender not in full]
            self.seats |= {contender.key: 0 for contender in sharing}
            left -= sum(contender.room for contender in full)
            votes -= sum(contender.votes for contender in full)
            if sharing and left > 0:
                self.steps.append(AgainStep(left, votes))
        self.steps.append(SumStep(sum(self.seats.values()), self.parameters.seats))
        self._take_back()
        self.give(self._left_overs())

    def _rounded(self, sharing: Sequence[Contender], denominator: int, seats: int) -> Seats:
        """Return the rounded quotas; the exact ones are put into `quotas`."""
        rule = self.parameters.quota_rule
        price, exact = electoral_quota(rule, denominator, seats), rule is QuotaRule.HARE
        due: Seats = {}
        for contender in sharing:
            quota = self.quotas[contender.key] = contender.votes / price
            given = due[contender.key] = round_quota(quota, self.parameters.quota_rounding)
            self.steps.append(
                QuotaStep(
                    contender.name, contender.votes, denominator, seats, price, exact, quota, given
                )
            )
        return due

    def _left_overs(self) -> _Rule:
        match self.parameters.remainder_seats:
            case RemainderSeats.LARGEST_REMAINDER:
                return _Rule(
                    Measure.REMAINDER, lambda contender, held: (self.quotas[contender.key] - held,)
                )
            case RemainderSeats.LARGEST_SHARE:
                start = dict(self.seats)
                # Who had fewer of the left-over seats comes first: round after round.
                return _Rule(
                    Measure.SHARE,
                    lambda contender, held: (
                        Fraction(start[contender.key] - held),
                        Fraction(contender.votes, self.denominator),
                    ),
                )
            case RemainderSeats.HIGHEST_AVERAGE:
                return _averages(Method.QUOTA)
            case _:
                assert_never(self.parameters.remainder_seats)

    def give(self, rule: _Rule) -> None:
        """Give the seats that are left one by one, while there is room."""
        seats = self.seats
        # A rank depends on the seats held only, so it changes only for who gets a seat. There may be
        # thousands of independents: the heap finds the next without looking at all of them.
        heap = [
            (_Largest(rule.rank(contender, seats[contender.key])), place)
            for place, contender in enumerate(self.contenders)
            if seats[contender.key] < contender.room
        ]
        heapify(heap)
        left = self.left
        while left > 0 and heap:
            best = heap[0][0].rank
            equal: list[int] = []
            while heap and heap[0][0].rank == best:
                equal.append(heappop(heap)[1])
            number = self.parameters.seats - left + 1
            tied = [self.contenders[place] for place in equal]
            about = m("Seat {number}", number=number)
            for chosen in self._separate(tied, left, f"seat {number}", about):
                held = seats[chosen.key]
                divisor = rule.divisor(held) if rule.divisor else None
                seats[chosen.key] = held + 1
                self.steps.append(
                    SeatStep(number, chosen.name, rule.measure, best[-1], held + 1, divisor)
                )
                number += 1
                left -= 1
            for place in equal:
                chosen = self.contenders[place]
                if seats[chosen.key] < chosen.room:
                    heappush(heap, (_Largest(rule.rank(chosen, seats[chosen.key])), place))

    def _take_back(self) -> None:
        before = dict(self.seats)
        share = self.parameters.overallocation is Overallocation.SMALLEST_SHARE
        measure = Measure.SHARE if share else Measure.REMAINDER

        def weakness(contender: Contender) -> Rank:
            held = self.seats[contender.key]
            match self.parameters.overallocation:
                case Overallocation.SMALLEST_REMAINDER:
                    return (held - 1 - self.quotas[contender.key],)
                case Overallocation.SMALLEST_SHARE:
                    lost = Fraction(held - before[contender.key])
                    return (lost, Fraction(-contender.votes, self.denominator))
                case _:
                    assert_never(self.parameters.overallocation)

        number = 1
        while (excess := -self.left) > 0:
            ranks = {
                contender.key: weakness(contender)
                for contender in self.contenders
                if self.seats[contender.key]
            }
            worst = max(ranks.values())
            equal = [
                contender for contender in self.contenders if ranks.get(contender.key) == worst
            ]
            about = m("Taking back {number}", number=number)
            for chosen in self._separate(equal, excess, f"taken back {number}", about):
                held = self.seats[chosen.key] = self.seats[chosen.key] - 1
                self.steps.append(TakenBackStep(number, chosen.name, measure, -worst[-1], held))
                number += 1

    def _separate(
        self, equal: Sequence[Contender], most: int, context: str, about: Message
    ) -> Sequence[Contender]:
        """Choose at most so many of contenders that are equal; by lot if there are more."""
        if len(equal) <= most:
            return sorted(equal, key=lambda rival: rival.key)
        by_key = {contender.key: contender for contender in equal}
        names = {contender.key: contender.name for contender in equal}
        drawn = settle(self.steps, about, context, self.parameters.seed, names, most)
        return [by_key[key] for key in drawn[:most]]

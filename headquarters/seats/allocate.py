"""Votes of groups → seats of groups → elected persons and reserves.

1. quota = votes ÷ denominator × seats, exact; each group gets the whole part, but not more seats
   than it has members;
2. left-over seats go one by one, round after round, by the method of the parameters, to groups
   that have votes and members left; ties by lot;
3. within a group the seats go to the members with most votes; the next ones are its reserves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Generic, TypeVar, assert_never

from headquarters.seats.leftovers import METHODS, Standing
from headquarters.seats.lot import lot
from headquarters.seats.model import (
    Allocation,
    Denominator,
    Group,
    GroupSeats,
    LeftOvers,
    Member,
    Parameters,
    Rounding,
    Votes,
)
from headquarters.seats.steps import (
    ElectedStep,
    FullStep,
    LeftOverStep,
    LotStep,
    QuotaStep,
    Step,
)
from kiosk.definition import Text
from kiosk.errors import AllocationError

T = TypeVar("T")

_LEFT_OVER = Text("کرسی‌های مانده", "left-over seats")


def allocate(votes: Votes, parameters: Parameters) -> Allocation:
    """The seats under one reading. The result does not depend on the order of groups or members.

    Raises `AllocationError` if there is nothing to allocate from: no votes, too few candidates
    with votes behind their group, or votes that cannot be (more than the ballots allow).
    """
    _check(votes, parameters)
    groups = sorted(votes.groups, key=lambda group: (-group.votes, group.key))
    steps: list[Step] = []
    denominator = _denominator(votes, parameters.denominator)
    standings = _standings(groups, denominator, parameters.seats)
    seats = _whole_seats(standings, denominator, parameters.seats, steps)
    _give_left_overs(standings, seats, parameters, steps)
    filled = tuple(
        _fill(standing, seats[standing.group.key], parameters, steps) for standing in standings
    )
    return Allocation(parameters, filled, tuple(steps))


def readings(votes: Votes, parameters: Parameters) -> tuple[Allocation, ...]:
    """The allocation under every reading of denominator and left-overs, the given one first."""
    given = (parameters.denominator, parameters.left_overs)
    others = [pair for pair in product(Denominator, LeftOvers) if pair != given]
    return tuple(
        allocate(votes, replace(parameters, denominator=denominator, left_overs=left_overs))
        for denominator, left_overs in (given, *others)
    )


# ---------------------------------------------------------------- groups


def _check(votes: Votes, parameters: Parameters) -> None:
    keys = [group.key for group in votes.groups]
    codes = [member.code for group in votes.groups for member in group.members]
    if len(set(keys)) != len(keys) or len(set(codes)) != len(codes):
        raise AllocationError("a group or a candidate occurs twice; check the count")
    if any(member.votes < 0 for group in votes.groups for member in group.members):
        raise AllocationError("a candidate has fewer than no votes; check the count")
    if parameters.seats < 1:
        raise AllocationError("there are no seats to allocate; check the contest's definition")
    total = sum(group.votes for group in votes.groups)
    if total == 0:
        raise AllocationError("there are no valid votes, so nobody is elected")
    if parameters.denominator is Denominator.BALLOTS and total > votes.ballots * votes.selections:
        raise AllocationError("there are more votes than the ballots allow; check the count")
    room = sum(len(group.members) for group in votes.groups if group.votes > 0)
    if room < parameters.seats:
        raise AllocationError(
            f"{parameters.seats} seats, but the groups that have votes have {room} candidates"
        )


def _denominator(votes: Votes, denominator: Denominator) -> int:
    match denominator:
        case Denominator.CANDIDATE_VOTES:
            return sum(group.votes for group in votes.groups)
        case Denominator.BALLOTS:
            return votes.ballots * votes.selections
        case _:
            assert_never(denominator)


def _standings(groups: Sequence[Group], denominator: int, seats: int) -> list[Standing]:
    shares = [Fraction(group.votes, denominator) for group in groups]
    return [
        Standing(group, share * seats, share) for group, share in zip(groups, shares, strict=True)
    ]


def _whole_seats(
    standings: Sequence[Standing], denominator: int, seats: int, steps: list[Step]
) -> dict[str, int]:
    given: dict[str, int] = {}
    for standing in standings:
        group, whole = standing.group, int(standing.quota)
        steps.append(QuotaStep(group.name, group.votes, denominator, seats, standing.quota, whole))
        if whole > len(group.members):
            steps.append(FullStep(group.name, whole, len(group.members)))
        given[group.key] = min(whole, len(group.members))
    return given


def _give_left_overs(
    standings: Sequence[Standing], seats: dict[str, int], parameters: Parameters, steps: list[Step]
) -> None:
    measure = METHODS[parameters.left_overs]
    draw: _Draw[Standing] = _Draw(
        _LEFT_OVER, measure, lambda each: each.group.key, lambda each: each.group.name
    )
    left = parameters.seats - sum(seats.values())
    number = 0
    while left:
        able = [
            standing
            for standing in standings
            if standing.group.votes and seats[standing.group.key] < len(standing.group.members)
        ]
        chosen = _best(draw, able, left, parameters.seed, steps)
        for standing in chosen:
            number += 1
            seats[standing.group.key] += 1
            by_share = parameters.left_overs is LeftOvers.LARGEST_SHARE
            steps.append(LeftOverStep(number, standing.group.name, measure(standing), by_share))
        left -= len(chosen)


# ---------------------------------------------------------------- persons


def _fill(standing: Standing, seats: int, parameters: Parameters, steps: list[Step]) -> GroupSeats:
    group = standing.group
    reserve_count = min(_reserves(seats, parameters), len(group.members) - seats)

    def draw(about: Text) -> _Draw[Member]:
        return _Draw(about, lambda m: Fraction(m.votes), lambda m: str(m.code), lambda m: m.name)

    name = group.name
    about = Text(f"منتخبان {name.fa}", f"elected of {name.en or name.fa}")
    elected = _best(draw(about), group.members, seats, parameters.seed, steps)
    taken = {member.code for member in elected}
    rest = [member for member in group.members if member.code not in taken]
    about = Text(f"علی‌البدل‌های {name.fa}", f"reserves of {name.en or name.fa}")
    reserves = _best(draw(about), rest, reserve_count, parameters.seed, steps)
    if elected:
        steps.append(ElectedStep(name, tuple(each.name for each in elected), len(reserves)))
    return GroupSeats(
        group.key, name, group.votes, standing.quota, seats, tuple(elected), tuple(reserves)
    )


def _reserves(seats: int, parameters: Parameters) -> int:
    exact = seats * parameters.reserve_share
    match parameters.reserve_rounding:
        case Rounding.HALF_UP:
            return floor(exact + Fraction(1, 2))
        case Rounding.UP:
            return ceil(exact)
        case Rounding.DOWN:
            return floor(exact)
        case _:
            assert_never(parameters.reserve_rounding)


# ---------------------------------------------------------------- order and lot


@dataclass(frozen=True, slots=True)
class _Draw(Generic[T]):
    """What is compared, and how the compared are called in a lot."""

    about: Text
    measure: Callable[[T], Fraction]
    key: Callable[[T], str]
    name: Callable[[T], Text]


def _best(
    draw: _Draw[T], candidates: Sequence[T], count: int, seed: str, steps: list[Step]
) -> list[T]:
    """The `count` largest, in order; a tie across the border is a step of its own.

    The order among equals is always the lot's, so it never depends on the input's order.
    """
    about, measure = draw.about, draw.measure
    ordered = sorted(
        candidates, key=lambda each: (-measure(each), lot(seed, about.fa, draw.key(each)))
    )
    chosen, others = ordered[:count], ordered[count:]
    if chosen and others and measure(chosen[-1]) == measure(others[0]):
        border = measure(chosen[-1])
        winners = tuple(draw.name(each) for each in chosen if measure(each) == border)
        losers = tuple(draw.name(each) for each in others if measure(each) == border)
        steps.append(LotStep(about, winners, losers, seed))
    return chosen

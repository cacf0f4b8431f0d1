"""Allocate a contest: votes of groups → seats of groups → elected persons and reserves.

1. the groups that take part: lists, and independents together or each alone; none below a threshold;
2. their seats (`apportion.py`), in the reading of the parameters;
3. within a group the seats go to the members with most votes; the next ones are its reserves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import ceil, floor
from typing import assert_never

from headquarters.errors import AllocationError
from headquarters.seats.apportion import Contender, apportion
from headquarters.seats.lot import settle
from headquarters.seats.model import (
    INDEPENDENTS,
    Allocation,
    Group,
    GroupSeats,
    Member,
    SeatParameters,
    Votes,
)
from headquarters.seats.readings import Denominator, Independents, Rounding
from headquarters.seats.steps import AllocationStep, ElectedStep, ThresholdStep
from words.message import m


def allocate(votes: Votes, parameters: SeatParameters) -> Allocation:
    """Allocate the seats under one reading; the order of groups or members has no effect.

    Where groups with votes have too few candidates, seats stay vacant, and a step says so. Raises
    `AllocationError` if there is nothing to allocate from: no votes, votes that cannot be (more
    than the ballots allow), a number that makes no sense; and while a tie waits for its lot.
    """
    field = _taking_part(votes, parameters)
    steps = list(field.steps)
    seats = apportion(field.contenders, field.denominator, parameters, steps)
    total = _denominator(votes, parameters.denominator)
    filled = tuple(
        _fill(group, Fraction(group.votes * parameters.seats, total), seats, parameters, steps)
        for group in _in_order(votes, parameters)
    )
    return Allocation(parameters, filled, tuple(steps))


def seats_of_groups(votes: Votes, rules: Sequence[SeatParameters]) -> list[dict[str, int] | None]:
    """Compute how many seats each group gets, by key, for many rules at once: for comparisons."""
    prepared: dict[tuple[Independents, Denominator, Fraction], _Field | None] = {}
    found: list[dict[str, int] | None] = []
    for parameters in rules:
        key = (parameters.independents, parameters.denominator, parameters.threshold)
        if key not in prepared:
            try:
                prepared[key] = _taking_part(votes, parameters)
            except AllocationError:
                prepared[key] = None
        field = prepared[key]
        found.append(None if field is None else _apportioned(field, parameters))
    return found


def _apportioned(field: _Field, parameters: SeatParameters) -> dict[str, int] | None:
    """Return the seats; None where a tie waits for its lot."""
    try:
        return apportion(field.contenders, field.denominator, parameters, [])
    except AllocationError:
        return None


# ---------------------------------------------------------------- groups


@dataclass(frozen=True, slots=True)
class _Field:
    """The contenders that take part."""

    contenders: Sequence[Contender]
    denominator: int
    """What their votes are a share of."""
    steps: Sequence[AllocationStep]
    """Why others do not."""


def _taking_part(votes: Votes, parameters: SeatParameters) -> _Field:
    _check(votes, parameters)
    contenders = [
        Contender(group.key, group.name, group.votes, len(group.members))
        for group in _in_order(votes, parameters)
    ]
    total = sum(contender.votes for contender in contenders)
    least = parameters.threshold * total
    out = [contender for contender in contenders if 0 < contender.votes < least]
    taking = [contender for contender in contenders if contender.votes and contender.votes >= least]
    if not taking:
        raise AllocationError(m("no group reaches the threshold, so nobody is elected"))
    left_out = sum(group.votes for group in out)
    return _Field(
        taking,
        _denominator(votes, parameters.denominator) - left_out,
        [ThresholdStep(group.name, group.votes, total, parameters.threshold) for group in out],
    )


def _check(votes: Votes, parameters: SeatParameters) -> None:
    keys = [group.key for group in votes.groups]
    codes = [member.code for group in votes.groups for member in group.members]
    if len(set(keys)) != len(keys) or len(set(codes)) != len(codes):
        raise AllocationError(m("a group or a candidate occurs twice; check the count"))
    if any(member.votes < 0 for group in votes.groups for member in group.members):
        raise AllocationError(m("a candidate has fewer than no votes; check the count"))
    if parameters.seats < 1:
        raise AllocationError(m("there are no seats to allocate; check the contest's definition"))
    if not 0 <= parameters.threshold <= 1:
        raise AllocationError(m("the threshold is a share from 0 to 1 of the votes"))
    if parameters.reserve_share < 0:
        raise AllocationError(m("the share of the reserves cannot be less than 0"))
    total = sum(group.votes for group in votes.groups)
    if total == 0:
        raise AllocationError(m("there are no valid votes, so nobody is elected"))
    if votes.ballots is not None and total > votes.ballots * votes.selections:
        raise AllocationError(m("there are more votes than the ballots allow; check the count"))
    if votes.ballots is None and parameters.denominator is Denominator.BALLOTS:
        raise AllocationError(
            m("shares of the ballots need the number of valid ballots, which is not given")
        )


def _denominator(votes: Votes, denominator: Denominator) -> int:
    match denominator:
        case Denominator.CANDIDATE_VOTES:
            return sum(group.votes for group in votes.groups)
        case Denominator.BALLOTS:
            return (votes.ballots or 0) * votes.selections
        case _:
            assert_never(denominator)


def _in_order(votes: Votes, parameters: SeatParameters) -> Sequence[Group]:
    groups: list[Group] = []
    for group in votes.groups:
        if group.key == INDEPENDENTS and parameters.independents is Independents.EACH:
            groups += [
                Group(f"{INDEPENDENTS}-{member.code}", member.name, (member,))
                for member in group.members
            ]
        else:
            groups.append(group)
    return sorted(groups, key=lambda group: (-group.votes, group.key))


# ---------------------------------------------------------------- persons


def reserves_due(seats: int, parameters: SeatParameters) -> int:
    """Return how many reserves belong to this number of seats of one group."""
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


def _fill(
    group: Group,
    quota: Fraction,
    seats: dict[str, int],
    parameters: SeatParameters,
    steps: list[AllocationStep],
) -> GroupSeats:
    count = seats.get(group.key, 0)
    if not count:
        return GroupSeats(group.key, group.name, group.votes, quota, 0, (), ())
    due = reserves_due(count, parameters)
    ordered = _by_votes(group, count, count + due, parameters.seed, steps)
    elected, reserves = tuple(ordered[:count]), tuple(ordered[count : count + due])
    steps.append(
        ElectedStep(
            group.name,
            tuple(member.name for member in elected),
            count * parameters.reserve_share,
            due,
            tuple(reserve.name for reserve in reserves),
        )
    )
    return GroupSeats(group.key, group.name, group.votes, quota, count, elected, reserves)


def _by_votes(
    group: Group, seats: int, named: int, seed: str, steps: list[AllocationStep]
) -> Sequence[Member]:
    """Order members by their votes, most first, equals by lot."""
    context = f"order {group.key}"
    ordered: list[Member] = []
    by_votes = sorted(group.members, key=lambda member: (-member.votes, member.code))
    for _, equals in groupby(by_votes, key=lambda member: member.votes):
        equal = list(equals)
        start, end = len(ordered), len(ordered) + len(equal)
        if len(equal) == 1 or end <= seats or start >= named:
            ordered += equal
            continue
        about = m("Order of candidates of {group} with equally many votes", group=group.name)
        by_code = {str(member.code): member for member in equal}
        names = {code: member.name for code, member in by_code.items()}
        drawn = settle(steps, about, context, seed, names, max(0, seats - start))
        ordered += [by_code[code] for code in drawn]
    return ordered

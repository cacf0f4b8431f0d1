"""Compare the seats with those of other readings: who would gain or lose.

`alternatives`  one parameter changed at a time: what does this word of the law decide?
`outcomes`      every combination of the readings of the law, put together by their result
`others`        methods the law does not name, for comparison only

A reading that cannot be computed (shares of ballots, where ballots are not known) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from headquarters.errors import AllocationError
from headquarters.seats.allocate import allocate, seats_of_groups
from headquarters.seats.model import INDEPENDENTS, Allocation, Member, SeatParameters, Votes
from headquarters.seats.phrases import Name
from headquarters.seats.readings import (
    OF_THE_LAW,
    LawReading,
    Method,
    QuotaRounding,
    QuotaRule,
    Rounding,
)
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Change:
    """A group's seats under another reading."""

    name: Name
    before: int
    after: int

    @property
    def sentence(self) -> Message:
        """Say the seats before and after."""
        return m(
            "{group}: {before}\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}{after}",
            group=self.name,
            before=self.before,
            after=self.after,
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """The allocation when one parameter is read otherwise."""

    reading: LawReading
    allocation: Allocation
    changes: tuple[Change, ...]
    """Groups that would gain or lose seats, most votes first."""
    gained: tuple[Member, ...]
    """Persons who would be elected and are not, by code."""
    lost: tuple[Member, ...]
    reserves_changed: bool
    """Other persons would be reserves."""

    @property
    def differs(self) -> bool:
        """Whether other persons would be elected."""
        return bool(self.gained or self.lost)


@dataclass(frozen=True, slots=True)
class SeatOutcome:
    """One distribution of the seats, and every combination of readings that leads to it."""

    seats: MappingProxyType[str, int]
    """By the key of the group; independents are one, groups without a seat are left out."""
    readings: tuple[SeatParameters, ...]
    given: bool
    """It is the result of the given parameters."""


@dataclass(frozen=True, slots=True)
class SeatComparison:
    """An allocation beside those of all other readings."""

    given: Allocation
    alternatives: tuple[Alternative, ...]
    """Readings of the law."""
    others: tuple[Alternative, ...]
    """Methods the law does not name."""
    outcomes: tuple[SeatOutcome, ...]
    """Most combinations first."""
    left_out: tuple[LawReading, ...]
    """Readings that cannot be computed from these votes."""

    @property
    def settled(self) -> bool:
        """Whether every combination of readings distributes the seats alike."""
        return len(self.outcomes) == 1


def compare(votes: Votes, parameters: SeatParameters) -> SeatComparison:
    """Compare all readings with the given one. Raises `AllocationError` like `allocate`."""
    given = allocate(votes, parameters)
    left_out: list[LawReading] = []
    alternatives = _computed(votes, given, _one_changed(parameters), left_out)
    others = _computed(votes, given, _not_of_the_law(parameters), left_out)
    return SeatComparison(given, alternatives, others, _outcomes(votes, given), tuple(left_out))


def seats_by_key(allocation: Allocation) -> MappingProxyType[str, int]:
    """Return the seats of groups that have some; independents as one, however they were counted."""
    return MappingProxyType(_together({group.key: group.seats for group in allocation.groups}))


# ---------------------------------------------------------------- parts


def _one_changed(parameters: SeatParameters) -> Iterator[tuple[LawReading, SeatParameters]]:
    for question in (*OF_THE_LAW, Rounding):
        for reading in question:
            changed = parameters.with_answers(reading)
            if changed.settled() != parameters.settled():
                yield reading, changed


def _not_of_the_law(parameters: SeatParameters) -> Iterator[tuple[LawReading, SeatParameters]]:
    plain = parameters.with_answers(Method.QUOTA, QuotaRounding.DOWN)
    for rule in QuotaRule:
        if (changed := plain.with_answers(rule)).settled() != parameters.settled():
            yield rule, changed
    for method in Method:
        if method is not Method.QUOTA and method is not parameters.method:
            yield method, parameters.with_answers(method)


def _computed(
    votes: Votes,
    given: Allocation,
    readings: Iterator[tuple[LawReading, SeatParameters]],
    left_out: list[LawReading],
) -> tuple[Alternative, ...]:
    found: list[Alternative] = []
    for reading, changed in readings:
        try:
            found.append(_alternative(votes, reading, given, allocate(votes, changed)))
        except AllocationError:
            left_out.append(reading)
    return tuple(found)


def _alternative(
    votes: Votes, reading: LawReading, given: Allocation, other: Allocation
) -> Alternative:
    before, after = seats_by_key(given), seats_by_key(other)
    changes = tuple(
        Change(group.name, before.get(group.key, 0), after.get(group.key, 0))
        for group in sorted(votes.groups, key=lambda group: (-group.votes, group.key))
        if before.get(group.key, 0) != after.get(group.key, 0)
    )
    elected, would_be = _elected(given), _elected(other)
    return Alternative(
        reading,
        other,
        changes,
        tuple(would_be[code] for code in sorted(would_be.keys() - elected.keys())),
        tuple(elected[code] for code in sorted(elected.keys() - would_be.keys())),
        _reserves(given) != _reserves(other),
    )


def _outcomes(votes: Votes, given: Allocation) -> tuple[SeatOutcome, ...]:
    plain = given.parameters.with_answers(Method.QUOTA, QuotaRule.HARE)
    rules = [plain.with_answers(*answers).settled() for answers in product(*OF_THE_LAW)]
    by_seats: dict[frozenset[tuple[str, int]], list[SeatParameters]] = {}
    distinct = list(dict.fromkeys(rules))
    for rule, seats in zip(distinct, seats_of_groups(votes, distinct), strict=True):
        if seats is not None:
            by_seats.setdefault(frozenset(_together(seats).items()), []).append(rule)
    present = frozenset(seats_by_key(given).items())
    found = [
        SeatOutcome(MappingProxyType(dict(sorted(seats))), tuple(same), seats == present)
        for seats, same in by_seats.items()
    ]
    return tuple(
        sorted(found, key=lambda outcome: (-len(outcome.readings), sorted(outcome.seats.items())))
    )


def _together(seats: Mapping[str, int]) -> dict[str, int]:
    """Return only the groups that have seats; independents as one."""
    found: dict[str, int] = {}
    for key, count in seats.items():
        if count:
            found[_pool(key)] = found.get(_pool(key), 0) + count
    return found


def _pool(key: str) -> str:
    return INDEPENDENTS if key.startswith(f"{INDEPENDENTS}-") else key


def _elected(allocation: Allocation) -> dict[int, Member]:
    return {int(person.code): person for group in allocation.groups for person in group.elected}


def _reserves(allocation: Allocation) -> frozenset[int]:
    return frozenset(int(reserve.code) for group in allocation.groups for reserve in group.reserves)

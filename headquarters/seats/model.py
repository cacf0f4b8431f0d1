"""Define the input and the result of an allocation.

The law's wording leaves readings open (domain: "Vote and count"); each is a parameter here with a
name and a default (`readings.py`). All arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

from election.definition import SelectionCode, Text
from headquarters.seats.phrases import Name
from headquarters.seats.readings import (
    OF_EVERY_METHOD,
    QUESTIONS,
    Denominator,
    Independents,
    LawReading,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Rounding,
    Surplus,
)
from headquarters.seats.steps import AllocationStep
from words.message import m

INDEPENDENTS: Final = "independents"
"""Key of the pool of independents, treated as one group."""
INDEPENDENTS_NAME: Final = m("Independents")

R = TypeVar("R", bound=LawReading)


# ---------------------------------------------------------------- votes


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate of a group."""

    code: SelectionCode
    name: Text
    votes: int
    """Individual votes and votes of the member's list."""


@dataclass(frozen=True, slots=True)
class Group:
    """A list, or the pool of independents. Its votes are the sum over its members."""

    key: str
    name: Name
    members: tuple[Member, ...]

    @property
    def votes(self) -> int:
        """The sum of the members' votes."""
        return sum(member.votes for member in self.members)


def groups_of(
    lists: Iterable[tuple[str, Name]], members: Sequence[tuple[str | None, Member]]
) -> tuple[Group, ...]:
    """Return a group for each list (key, name), and one for the independents if there are some.

    `members`: the key of the list, None for an independent.
    """

    def of(key: str | None) -> tuple[Member, ...]:
        return tuple(member for list_key, member in members if list_key == key)

    groups = [Group(key, name, of(key)) for key, name in lists]
    if pool := of(None):
        groups.append(Group(INDEPENDENTS, INDEPENDENTS_NAME, pool))
    return tuple(groups)


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of one contest, for allocation."""

    groups: tuple[Group, ...]
    ballots: int | None
    """Valid ballots; None if not known, then `Denominator.BALLOTS` cannot be computed."""
    selections: int
    """How many candidates a ballot may name."""


# ---------------------------------------------------------------- parameters


@dataclass(frozen=True, slots=True)
class SeatParameters:
    """The seats to give, and the reading of the law by which they are given."""

    seats: int
    seed: str
    """The recorded value of the lot; empty while there is none, and then nothing is drawn."""
    denominator: Denominator = Denominator.CANDIDATE_VOTES
    remainder_seats: RemainderSeats = RemainderSeats.LARGEST_REMAINDER
    reserve_share: Fraction = Fraction(52, 100)
    """Of the seats of each group."""
    reserve_rounding: Rounding = Rounding.HALF_UP
    method: Method = Method.QUOTA
    quota_rule: QuotaRule = QuotaRule.HARE
    quota_rounding: QuotaRounding = QuotaRounding.DOWN
    overallocation: Overallocation = Overallocation.SMALLEST_REMAINDER
    surplus: Surplus = Surplus.LEFT_OVERS
    independents: Independents = Independents.POOL
    threshold: Fraction = Fraction(0)
    """Share of all candidate votes below which a group is left out; 0: nobody is."""

    def answer(self, question: type[R]) -> R:
        """Return the reading that answers a question."""
        return cast(R, getattr(self, QUESTIONS[question].field))

    def with_answers(self, *readings: LawReading) -> SeatParameters:
        """Return the parameters with these questions answered by these readings."""
        changed: dict[str, Any] = {reading.question.field: reading for reading in readings}
        return replace(self, **changed)

    @property
    def readings(self) -> Sequence[LawReading]:
        """The answers to all questions that matter for the method."""
        return [
            self.answer(question)
            for question in QUESTIONS
            if self.method is Method.QUOTA or question in OF_EVERY_METHOD
        ]

    def settled(self) -> SeatParameters:
        """Return the parameters with everything that has no effect at its default.

        So equal rules compare equal: highest averages know no quota, and whole parts of exact shares
        never exceed the seats.
        """
        if self.method is not Method.QUOTA:
            default = SeatParameters(self.seats, self.seed)
            return self.with_answers(
                *(
                    default.answer(question)
                    for question in QUESTIONS
                    if question not in OF_EVERY_METHOD
                )
            )
        bounded = self.quota_rule in {QuotaRule.HARE, QuotaRule.DROOP}
        if bounded and self.quota_rounding is QuotaRounding.DOWN:
            return replace(self, overallocation=Overallocation.SMALLEST_REMAINDER)
        return self


@dataclass(frozen=True, slots=True)
class ContestVotesRead:
    """The votes of one contest as a file gives them, with what their allocation needs."""

    id: str
    title: Name
    seats: int
    votes: Votes
    code_width: int = 1
    """Digits of a code as voters know it."""
    parameters: SeatParameters | None = None
    """What the file says it was allocated with; None if it says nothing."""

    def format_code(self, code: SelectionCode) -> str:
        """Write a code in Latin digits with its leading zeros."""
        return f"{code:0{self.code_width}d}"


# ---------------------------------------------------------------- result


@dataclass(frozen=True, slots=True)
class GroupSeats:
    """The seats of one group, and who takes them."""

    key: str
    name: Name
    votes: int
    quota: Fraction
    """Share × seats, whatever the method."""
    seats: int
    elected: tuple[Member, ...]
    """Most votes first."""
    reserves: tuple[Member, ...]
    """In the order in which they fill a vacancy of this group."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The result of an allocation, with every step that led to it."""

    parameters: SeatParameters
    groups: tuple[GroupSeats, ...]
    """Most votes first."""
    steps: tuple[AllocationStep, ...]
    """How it came about, in order."""

    @property
    def vacant(self) -> int:
        """The number of seats nobody can take, because groups with votes have too few candidates."""
        return self.parameters.seats - sum(group.seats for group in self.groups)

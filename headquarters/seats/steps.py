"""Define the steps of an allocation, as values; `sentences.py` says them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from election.definition import Text
from words.message import Message

Name: TypeAlias = Text | Message
"""A name given in the election, or one that the program gives: the group of the independents."""


class Measure(StrEnum):
    """The number that was compared to decide about one seat."""

    REMAINDER = "remainder"
    """What a group's quota still lacks, or has left over its last seat; in seats."""
    SHARE = "share"
    """Of the votes, 0…1."""
    AVERAGE = "average"
    """Votes divided by the divisor of the next seat."""


@dataclass(frozen=True, slots=True)
class ThresholdStep:
    """A group below the threshold takes no part."""

    group: Name
    votes: int
    total: int
    threshold: Fraction


@dataclass(frozen=True, slots=True)
class QuotaStep:
    """A group's votes as a number of seats, and what rounding makes of it."""

    group: Name
    votes: int
    denominator: int
    seats: int
    price: Fraction
    """Votes for one seat."""
    exact: bool
    """The price is denominator ÷ seats, so that quota = share × seats."""
    quota: Fraction
    given: int


@dataclass(frozen=True, slots=True)
class RestStep:
    """Many small groups whose quotas give them no seat, told together."""

    groups: int
    votes: int
    largest: Fraction
    """Of their quotas."""


@dataclass(frozen=True, slots=True)
class FullStep:
    """A group is due more seats than it has candidates."""

    group: Name
    due: int
    members: int
    set_aside: bool
    """The others share again; otherwise the seats become left-over seats."""


@dataclass(frozen=True, slots=True)
class AgainStep:
    """The groups that are not set aside share what remains."""

    seats: int
    votes: int


@dataclass(frozen=True, slots=True)
class SumStep:
    """The sum of the rounded quotas, and the seats there are."""

    given: int
    seats: int


@dataclass(frozen=True, slots=True)
class SeatStep:
    """One seat that is given by comparing the groups: a left-over seat, or one by averages."""

    number: int
    """Of all seats, from 1."""
    group: Name
    measure: Measure
    value: Fraction
    holds: int
    """Seats of the group with this one."""
    divisor: Fraction | None = None
    """Of a highest average: votes ÷ divisor = value."""


@dataclass(frozen=True, slots=True)
class TakenBackStep:
    """One seat given back, because rounding gave out too many."""

    number: int
    """From 1."""
    group: Name
    measure: Measure
    value: Fraction
    holds: int


@dataclass(frozen=True, slots=True)
class VacantStep:
    """No candidate is left in groups that have votes."""

    seats: int


@dataclass(frozen=True, slots=True)
class LotTicket:
    """A participant of a lot."""

    participant: str
    """As it enters the hash: a group's key, or a candidate's code without leading zeros."""
    name: Name
    digest: str
    """SHA-256, hexadecimal; the smallest comes first."""


@dataclass(frozen=True, slots=True)
class LotStep:
    """A tie that mattered, settled by lot."""

    about: Message
    context: str
    """As it enters the hash."""
    seed: str
    tickets: tuple[LotTicket, ...]
    """In the order drawn."""
    chosen: int
    """So many from the front got what the lot was about; 0 if only the order mattered."""

    @property
    def winners(self) -> tuple[Name, ...]:
        """The names of those chosen by lot."""
        return tuple(ticket.name for ticket in self.tickets[: self.chosen])

    @property
    def others(self) -> tuple[Name, ...]:
        """The names of those not chosen."""
        return tuple(ticket.name for ticket in self.tickets[self.chosen :])


@dataclass(frozen=True, slots=True)
class ElectedStep:
    """The members who take a group's seats, and how many reserves there are."""

    group: Name
    elected: tuple[Name, ...]
    reserve_quota: Fraction
    """Share of the reserves × seats, before rounding."""
    due: int
    """After rounding."""
    reserves: tuple[Name, ...]
    """Fewer than `due` where the group has no more candidates."""


@dataclass(frozen=True, slots=True)
class FilledStep:
    """A vacancy is filled, or stays."""

    group: Name
    left: Name
    follows: Name | None
    of_group: Name | None
    """The group of who follows."""


AllocationStep = (
    ThresholdStep
    | QuotaStep
    | RestStep
    | FullStep
    | AgainStep
    | SumStep
    | SeatStep
    | TakenBackStep
    | VacantStep
    | LotStep
    | ElectedStep
    | FilledStep
)

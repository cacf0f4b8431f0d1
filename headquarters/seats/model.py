"""What goes into an allocation and what comes out.

The law's wording leaves readings open (domain: "Vote and count"); each is a parameter with a
name, a default and a line that says what it means. All arithmetic is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from headquarters.seats.steps import Step
from kiosk.definition import SelectionCode, Text

INDEPENDENTS = "independents"
"""Key of the pool of independents, treated as one group."""


@dataclass(frozen=True, slots=True)
class Member:
    code: SelectionCode
    name: Text
    votes: int
    """Individual votes and votes of the member's list."""


@dataclass(frozen=True, slots=True)
class Group:
    """A list, or the pool of independents. Its votes are the sum over its members."""

    key: str
    name: Text
    members: tuple[Member, ...]

    @property
    def votes(self) -> int:
        return sum(member.votes for member in self.members)


class Denominator(StrEnum):
    """What a group's votes are a share of."""

    CANDIDATE_VOTES = "candidate-votes"
    """All votes for candidates (default): the quotas add up to the seats."""
    BALLOTS = "ballots"
    """Ballots times selections: what everybody could have given. Quotas add up to fewer seats."""


class LeftOvers(StrEnum):
    """Who gets the seats that remain after the whole parts of the quotas."""

    LARGEST_REMAINDER = "largest-remainder"
    """One each by the size of the fraction that was cut off (default)."""
    LARGEST_SHARE = "largest-share"
    """One by one by highest share of the votes, round after round."""


class Rounding(StrEnum):
    """Of the reserves."""

    HALF_UP = "half-up"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Parameters:
    seats: int
    seed: str
    """Published before the count; ties are drawn from it."""
    denominator: Denominator = Denominator.CANDIDATE_VOTES
    left_overs: LeftOvers = LeftOvers.LARGEST_REMAINDER
    reserve_share: Fraction = Fraction(52, 100)
    reserve_rounding: Rounding = Rounding.HALF_UP


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of one contest, for allocation."""

    groups: tuple[Group, ...]
    ballots: int
    """Valid ballots; used with `Denominator.BALLOTS` only."""
    selections: int
    """How many candidates a ballot may name."""


@dataclass(frozen=True, slots=True)
class GroupSeats:
    key: str
    name: Text
    votes: int
    quota: Fraction
    seats: int
    elected: tuple[Member, ...]
    """Most votes first."""
    reserves: tuple[Member, ...]
    """In the order in which they fill a vacancy of this group."""


@dataclass(frozen=True, slots=True)
class Allocation:
    parameters: Parameters
    groups: tuple[GroupSeats, ...]
    """Most votes first."""
    steps: tuple[Step, ...]
    """How it came about, in order."""

    def seats_of(self, key: str) -> int:
        return next(group.seats for group in self.groups if group.key == key)

"""Define the input and the result of an allocation.

The law's wording leaves readings open (domain: "Vote and count"); each is a parameter here with a
name and a default, and `wording.py` says each in Persian and English. All arithmetic is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from election.definition import SelectionCode, Text
from headquarters.seats.steps import AllocationStep

INDEPENDENTS = "independents"
"""Key of the pool of independents, treated as one group."""
INDEPENDENTS_NAME = Text("نامزدهای مستقل", "Independents")


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
    name: Text
    members: tuple[Member, ...]

    @property
    def votes(self) -> int:
        """The sum of the members' votes."""
        return sum(member.votes for member in self.members)


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of one contest, for allocation."""

    groups: tuple[Group, ...]
    ballots: int | None
    """Valid ballots; None if not known, then `Denominator.BALLOTS` cannot be computed."""
    selections: int
    """How many candidates a ballot may name."""


# ---------------------------------------------------------------- readings


class Method(StrEnum):
    """The method by which votes become seats of groups."""

    QUOTA = "quota"
    """Share × seats, rounded, then the left-over seats: what the law says (default)."""
    DHONDT = "dhondt"
    """Highest averages with divisors 1, 2, 3 …; for comparison, like the two below."""
    SAINTE_LAGUE = "sainte-lague"
    """Highest averages with divisors 1, 3, 5 …"""
    MODIFIED_SAINTE_LAGUE = "modified-sainte-lague"
    """Highest averages with divisors 1.4, 3, 5 …"""


class Denominator(StrEnum):
    """The total of which a group's votes are a share."""

    CANDIDATE_VOTES = "candidate-votes"
    """All votes for candidates (default): the quotas add up to the seats."""
    BALLOTS = "ballots"
    """Ballots times selections: what everybody could have given. Quotas add up to fewer seats."""


class QuotaRule(StrEnum):
    """The number of votes that one seat costs; D the denominator, s the seats."""

    HARE = "hare"
    """D ÷ s, exact: share × seats, as the law says (default)."""
    DROOP = "droop"
    """⌊D ÷ (s+1)⌋ + 1; for comparison, like the two below."""
    HAGENBACH_BISCHOFF = "hagenbach-bischoff"
    """D ÷ (s+1), exact."""
    IMPERIALI = "imperiali"
    """D ÷ (s+2), exact. Can give out more seats than there are."""


class QuotaRounding(StrEnum):
    """The meaning of "rounded" for share × seats."""

    DOWN = "down"
    """The whole part (default); all the rest are left-over seats."""
    HALF_UP = "half-up"
    """To the nearest; an exact half gets the seat."""
    HALF_DOWN = "half-down"
    """To the nearest; an exact half does not get the seat."""


class RemainderSeats(StrEnum):
    """The rule for the seats that remain after rounding (under-sum)."""

    LARGEST_REMAINDER = "largest-remainder"
    """By what is still missing to the quota, the most first (default)."""
    LARGEST_SHARE = "largest-share"
    """One each by highest share of the votes, round after round."""
    HIGHEST_AVERAGE = "highest-average"
    """One by one to the most votes for each seat held after it."""


class Overallocation(StrEnum):
    """The rule for who gives a seat back when rounding gave out too many."""

    SMALLEST_REMAINDER = "smallest-remainder"
    """Whose last seat is covered by the smallest part of a quota (default)."""
    SMALLEST_SHARE = "smallest-share"
    """One each by smallest share of the votes, round after round."""


class Surplus(StrEnum):
    """The rule for seats of a list that has fewer candidates."""

    LEFT_OVERS = "left-overs"
    """They join the left-over seats (default)."""
    SHARE_AGAIN = "share-again"
    """The list is set aside with its candidates, the other groups share again what remains."""


class Independents(StrEnum):
    """The standing of independents in the allocation."""

    POOL = "pool"
    """All together one group (default)."""
    EACH = "each"
    """Everyone a group of one."""


class Rounding(StrEnum):
    """The rounding of the number of reserves."""

    HALF_UP = "half-up"
    UP = "up"
    DOWN = "down"


class Vacancy(StrEnum):
    """The rule for who follows when the reserves of the same group are used up."""

    MOST_VOTES = "most-votes"
    """The reserve with most votes of any group (default)."""
    STAYS_VACANT = "stays-vacant"


LawReading = (
    Method
    | Denominator
    | QuotaRule
    | QuotaRounding
    | RemainderSeats
    | Overallocation
    | Surplus
    | Independents
    | Rounding
    | Vacancy
)
"""One answer to one unsettled question."""


@dataclass(frozen=True, slots=True)
class SeatParameters:
    """The seats to give, and the reading of the law by which they are given."""

    seats: int
    seed: str
    """Published before the count; ties are drawn from it."""
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

    def settled(self) -> SeatParameters:
        """Return the parameters with everything that has no effect at its default.

        So equal rules compare equal: highest averages know no quota, and whole parts of exact shares
        never exceed the seats.
        """
        if self.method is not Method.QUOTA:
            return replace(
                self,
                denominator=Denominator.CANDIDATE_VOTES,
                quota_rule=QuotaRule.HARE,
                quota_rounding=QuotaRounding.DOWN,
                remainder_seats=RemainderSeats.LARGEST_REMAINDER,
                overallocation=Overallocation.SMALLEST_REMAINDER,
                surplus=Surplus.LEFT_OVERS,
            )
        bounded = self.quota_rule in {QuotaRule.HARE, QuotaRule.DROOP}
        if bounded and self.quota_rounding is QuotaRounding.DOWN:
            return replace(self, overallocation=Overallocation.SMALLEST_REMAINDER)
        return self


@dataclass(frozen=True, slots=True)
class ContestVotesRead:
    """The votes of one contest as a file gives them, with what their allocation needs."""

    id: str
    title: Text
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
    name: Text
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

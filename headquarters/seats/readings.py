"""List the questions that the law's wording leaves open, and the readings that answer each.

A question is an enumeration, its first member the default. Values are keys in files and on the command
line, so none is renamed; a reading carries its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from words.message import Message, m

_NONE: Final = Message("")
"""Only for calls with a key alone, which find a member."""


class LawReading(StrEnum):
    """One answer to one unsettled question."""

    label: Message
    """A few words, for tables."""
    sentence: Message

    def __new__(cls, key: str, label: Message = _NONE, sentence: Message = _NONE) -> Self:
        """Make a member of its key and its words."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label, member.sentence = label, sentence
        return member

    @property
    def question(self) -> Question:
        """The question that the reading answers."""
        return QUESTIONS[type(self)]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the law's wording leaves open."""

    field: str
    """Of `SeatParameters`."""
    parameter: str
    """Its name in files, for programs."""
    option: str
    """Of `amin election seats`, without dashes."""
    text: Message


class Method(LawReading):
    """The method by which votes become seats of groups; the law says the first."""

    QUOTA = (
        "quota",
        m("quota and left-over seats"),
        m(
            "Each group's share of the votes times the seats is rounded; then the left-over seats are "
            "given."
        ),
    )
    DHONDT = (
        "dhondt",
        m("D’Hondt"),
        m(
            "Each seat goes to the group whose votes, divided by 1, 2, 3 … (one more than the seats it "
            "has), are most."
        ),
    )
    SAINTE_LAGUE = (
        "sainte-lague",
        m("Sainte-Laguë"),
        m("Each seat goes to the group whose votes, divided by 1, 3, 5 …, are most."),
    )
    MODIFIED_SAINTE_LAGUE = (
        "modified-sainte-lague",
        m("modified Sainte-Laguë"),
        m("Each seat goes to the group whose votes, divided by 1.4, 3, 5 …, are most."),
    )


class Independents(LawReading):
    """The standing of independents in the allocation."""

    POOL = "pool", m("one group"), m("All independents together are one group.")
    EACH = "each", m("each alone"), m("Each independent is a group with one candidate.")


class Denominator(LawReading):
    """The total of which a group's votes are a share."""

    CANDIDATE_VOTES = (
        "candidate-votes",
        m("all votes for candidates"),
        m("A group's share is of all votes that candidates received."),
    )
    """The quotas add up to the seats."""
    BALLOTS = (
        "ballots",
        m("ballots × selections"),
        m("A group's share is of all selections the valid ballots could have made, used or not."),
    )
    """The quotas add up to fewer seats."""


class QuotaRule(LawReading):
    """The number of votes that one seat costs; the law says the first, share × seats."""

    HARE = "hare", m("Hare"), m("A seat costs all votes divided by the seats.")
    DROOP = (
        "droop",
        m("Droop"),
        m(
            "A seat costs the smallest whole number above all votes divided by one more than the seats."
        ),
    )
    HAGENBACH_BISCHOFF = (
        "hagenbach-bischoff",
        m("Hagenbach-Bischoff"),
        m("A seat costs all votes divided by one more than the seats."),
    )
    IMPERIALI = (
        "imperiali",
        m("Imperiali"),
        m("A seat costs all votes divided by two more than the seats."),
    )
    """Can give out more seats than there are."""


class QuotaRounding(LawReading):
    """The meaning of "rounded" for share × seats."""

    DOWN = "down", m("down"), m("Only the whole seats of a quota are given.")
    HALF_UP = (
        "half-up",
        m("to the nearest, half up"),
        m("A quota is rounded to the nearest whole number; an exact half gets the seat."),
    )
    HALF_DOWN = (
        "half-down",
        m("to the nearest, half down"),
        m("A quota is rounded to the nearest whole number; an exact half does not get the seat."),
    )


class RemainderSeats(LawReading):
    """The rule for the seats that remain after rounding (under-sum)."""

    LARGEST_REMAINDER = (
        "largest-remainder",
        m("largest remainder"),
        m("Left-over seats go one by one to the group that lacks most of its quota."),
    )
    LARGEST_SHARE = (
        "largest-share",
        m("largest share"),
        m("Left-over seats go by share of the votes, one to a group in each round."),
    )
    HIGHEST_AVERAGE = (
        "highest-average",
        m("highest average"),
        m(
            "Left-over seats go one by one to the group that, with that seat, has most votes a seat."
        ),
    )


class Overallocation(LawReading):
    """The rule for who gives a seat back when rounding gave out too many."""

    SMALLEST_REMAINDER = (
        "smallest-remainder",
        m("smallest remainder"),
        m(
            "The group gives a seat back whose last seat is covered by the smallest part of a quota."
        ),
    )
    SMALLEST_SHARE = (
        "smallest-share",
        m("smallest share"),
        m("The group with the smallest share of the votes gives a seat back."),
    )


class Surplus(LawReading):
    """The rule for seats of a list that has fewer candidates."""

    LEFT_OVERS = (
        "left-overs",
        m("to the left-over seats"),
        m("If a group wins more seats than it has candidates, the rest join the left-over seats."),
    )
    SHARE_AGAIN = (
        "share-again",
        m("shared again by the others"),
        m(
            "A group that wins more seats than it has candidates is set aside; the others share again "
            "what remains."
        ),
    )


class Rounding(LawReading):
    """The rounding of the number of reserves."""

    HALF_UP = (
        "half-up",
        m("to the nearest"),
        m("The number of reserves is rounded to the nearest whole number, a half up."),
    )
    UP = "up", m("up"), m("The number of reserves is rounded up.")
    DOWN = "down", m("down"), m("The number of reserves is rounded down.")


class Vacancy(StrEnum):
    """The rule for who follows when the reserves of the same group are used up; changes no allocation."""

    MOST_VOTES = "most-votes"
    """The reserve with most votes of any group (default)."""
    STAYS_VACANT = "stays-vacant"


QUESTIONS: Final[Mapping[type[LawReading], Question]] = MappingProxyType(
    {
        Method: Question("method", "method", "method", m("Method")),
        Independents: Question("independents", "independents", "independents", m("Independents")),
        Denominator: Question("denominator", "denominator", "denominator", m("Basis of the share")),
        QuotaRule: Question("quota_rule", "quota_rule", "quota", m("Price of a seat")),
        QuotaRounding: Question(
            "quota_rounding", "quota_rounding", "rounding", m("Rounding of the quota")
        ),
        RemainderSeats: Question(
            "remainder_seats", "left_overs", "left-overs", m("Left-over seats")
        ),
        Overallocation: Question(
            "overallocation", "over_sum", "over-sum", m("Seats given too many")
        ),
        Surplus: Question("surplus", "surplus", "surplus", m("More seats than candidates")),
        Rounding: Question(
            "reserve_rounding", "reserve_rounding", "reserve-rounding", m("Rounding of reserves")
        ),
    }
)
OF_THE_LAW: Final = (
    Denominator,
    QuotaRounding,
    RemainderSeats,
    Overallocation,
    Surplus,
    Independents,
)
"""The questions whose answers change seats and that the law's wording leaves open."""
OF_EVERY_METHOD: Final = frozenset({Method, Independents, Rounding})
"""The questions that matter also where there is no quota."""

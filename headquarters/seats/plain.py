"""Write allocations and comparisons as plain values for JSON; fractions as "numerator/denominator"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from election.definition import SelectionCode
from headquarters.seats.compare import Alternative, SeatComparison, seats_by_key
from headquarters.seats.model import Allocation, Member
from words.plain import plain, plain_message

FormatCode: TypeAlias = Callable[[SelectionCode], str]
"""Writes a code with the leading zeros of its contest."""


def allocation_plain(allocation: Allocation, code: FormatCode) -> dict[str, object]:
    """Return vacant seats, groups with their persons, and every step as a message."""
    return {
        "vacant": allocation.vacant,
        "groups": [
            {
                "key": group.key,
                "name": plain(group.name),
                "votes": group.votes,
                "quota": str(group.quota),
                "seats": group.seats,
                "elected": members_plain(group.elected, code),
                "reserves": members_plain(group.reserves, code),
            }
            for group in allocation.groups
        ],
        "steps": [plain_message(step.sentence) for step in allocation.steps],
    }


def members_plain(members: Sequence[Member], code: FormatCode) -> list[dict[str, object]]:
    """Return candidates with code, name and votes."""
    return [
        {"code": code(member.code), "name": plain(member.name), "votes": member.votes}
        for member in members
    ]


def reading_plain(alternative: Alternative) -> dict[str, object]:
    """Return another reading, and the seats it gives."""
    return {
        "parameter": alternative.reading.question.parameter,
        "value": alternative.reading,
        "seats": dict(seats_by_key(alternative.allocation)),
    }


def outcomes_plain(comparison: SeatComparison) -> list[dict[str, object]]:
    """Return every distribution of seats with how many combinations of readings lead to it."""
    return [
        {"seats": dict(outcome.seats), "readings": len(outcome.readings), "given": outcome.given}
        for outcome in comparison.outcomes
    ]

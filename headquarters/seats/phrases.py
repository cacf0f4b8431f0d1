"""Make the values that sentences, tables and charts of seats share."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from election.definition import Text
from words.message import Items, Message, Percent, Value, m, plural

Name: TypeAlias = Text | Message
"""A name given in the election, or one that the program gives: the group of the independents."""
MOST_NAMES = 12
"""Names in a row; beyond these only how many more there are."""


def votes(count: int) -> Message:
    """Say a number of votes."""
    return plural("{count} vote", "{count} votes", count)


def seats(count: int) -> Message:
    """Say a number of seats."""
    return plural("{count} seat", "{count} seats", count)


def with_share(count: Message, share: Fraction) -> Message:
    """Say a number with its share of all."""
    return m("{count} ({share})", count=count, share=percent(share))


def percent(share: Fraction) -> Percent:
    """Write a share rounded to a tenth of a per cent, and a whole one without the tenth."""
    return Percent(share, 1 if round(share * 1000) % 10 else 0)


def names(values: Sequence[Value]) -> Items:
    """Write names in a row; a long row ends in how many more there are."""
    more = len(values) - MOST_NAMES
    if more <= 0:
        return Items(tuple(values))
    return Items((*values[:MOST_NAMES], m("{more} more", more=more)))

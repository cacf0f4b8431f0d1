"""The readings of "left-over seats one by one".

Every method is a function from the standing of the groups to their order in each round, best
first; a round gives at most one seat to a group. A further reading is a further function, named
in `LeftOvers` and in `METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias

from headquarters.seats.model import Group, LeftOvers


@dataclass(frozen=True, slots=True)
class Standing:
    """A group after the whole parts were given."""

    group: Group
    quota: Fraction
    share: Fraction
    """Of all votes, 0…1."""


Measure: TypeAlias = Callable[[Standing], Fraction]
"""What is compared; the largest goes first."""


def remainder(standing: Standing) -> Fraction:
    """The fraction that was cut off the quota."""
    return standing.quota - int(standing.quota)


def share(standing: Standing) -> Fraction:
    """The group's share of the votes."""
    return standing.share


METHODS: Mapping[LeftOvers, Measure] = MappingProxyType(
    {LeftOvers.LARGEST_REMAINDER: remainder, LeftOvers.LARGEST_SHARE: share}
)

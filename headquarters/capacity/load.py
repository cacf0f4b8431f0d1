"""Describe the load of a day: how many voters are expected when, and how long they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from headquarters.capacity.numbers import Bound, CapacityError
from words.message import Latin, m

VOTERS: Final = Bound("--voters", 1, 20_000, whole=True)
CHECK_IN: Final = Bound("--check-in", 1, 3600)
CHECK_IN_SPREAD: Final = Bound("--check-in-spread", 0, 3600)
VOTING: Final = Bound("--voting", 1, 3600)
VOTING_SPREAD: Final = Bound("--voting-spread", 0, 3600)
WEIGHT: Final = Bound("--profile", 0, 1_000_000)
MOST_PARTS: Final = 96
"""Parts of a day; a quarter of an hour each is 96."""
WIDEST_SPREAD: Final = 3
"""Times the mean: beyond it the mean says nothing any more."""

USUAL_PROFILE: Final = (1.2, 1.4, 1.2, 1.0, 0.7, 0.6, 0.7, 1.0, 1.2, 1.0)
"""Weights of ten equal parts of a day with a peak in the morning and one in the evening: an assumption."""


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """How long a device is in use for one voter, in seconds."""

    mean: float
    spread: float
    """Standard deviation; 0 for always the same, the mean for an exponential distribution."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many voters are expected in each part of the day; all parts are equally long."""

    opens_s: float
    """Seconds after midnight."""
    part_s: float
    expected: tuple[float, ...]

    @property
    def open_s(self) -> float:
        """How long the polls are open, in seconds."""
        return self.part_s * len(self.expected)

    @property
    def closes_s(self) -> float:
        """Seconds after midnight at which nobody is let in any more."""
        return self.opens_s + self.open_s

    @property
    def voters(self) -> float:
        """How many voters are expected."""
        return sum(self.expected)


@dataclass(frozen=True, slots=True)
class Load:
    """All that is known of a day before the number of devices."""

    arrivals: Arrivals
    check_in: ServiceTime
    voting: ServiceTime


def arrivals_by_weight(
    opens_s: float, closes_s: float, voters: float, weights: tuple[float, ...]
) -> Arrivals:
    """Spread the voters over equal parts of the day in proportion to the weights.

    Raises `CapacityError` for hours that are no day and for weights that are all zero or too many.
    """
    if closes_s <= opens_s:
        raise CapacityError(
            m("{closes} has to be after {opens}", closes=Latin("--closes"), opens=Latin("--opens"))
        )
    if not 1 <= len(weights) <= MOST_PARTS or sum(weights) <= 0:
        raise CapacityError(
            m(
                "{name}: 1 to {most} weights are expected, and not all of them zero",
                name=Latin("--profile"),
                most=MOST_PARTS,
            )
        )
    each = voters / sum(weights)
    return Arrivals(
        opens_s, (closes_s - opens_s) / len(weights), tuple(each * weight for weight in weights)
    )


def service_time(mean: float, spread: float, mean_bound: Bound, spread_bound: Bound) -> ServiceTime:
    """Check and join a mean and its spread, in seconds. Raises `CapacityError`."""
    mean_bound.checked(mean)
    spread_bound.checked(spread)
    if spread > WIDEST_SPREAD * mean:
        raise CapacityError(
            m(
                "{spread} may be {times} times {mean} at most",
                spread=Latin(spread_bound.name),
                times=WIDEST_SPREAD,
                mean=Latin(mean_bound.name),
            )
        )
    return ServiceTime(mean, spread)

"""Draw the voters of a day.

Each replication has streams of its own for arrivals, check-in and voting, and a voter's times do not
depend on how many devices there are: different numbers of devices are compared on the same days (common
random numbers; Law, Simulation Modeling and Analysis, 11.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from headquarters.capacity.load import Arrivals, Load, ServiceTime


@dataclass(frozen=True, slots=True)
class Voter:
    """One voter of a drawn day; seconds."""

    arrives: float
    """After the polls open."""
    check_in: float
    voting: float


def draw_day(load: Load, seed: int, replication: int) -> tuple[Voter, ...]:
    """Draw the voters of a day in the order in which they come; there may be none."""
    check_in = Random(f"{seed}/{replication}/check-in")
    voting = Random(f"{seed}/{replication}/voting")
    return tuple(
        Voter(arrives, draw_service(load.check_in, check_in), draw_service(load.voting, voting))
        for arrives in draw_arrivals(load.arrivals, Random(f"{seed}/{replication}/arrivals"))
    )


def draw_arrivals(arrivals: Arrivals, random: Random) -> Iterator[float]:
    """Draw a Poisson process whose rate is constant in each part of the day, in seconds after opening.

    By inversion: a process of rate one, on the scale of the expected number (Çinlar, Introduction to
    Stochastic Processes, 4.7).
    """
    next_one, before = random.expovariate(1), 0.0
    for number, expected in enumerate(arrivals.expected):
        while next_one < before + expected:
            yield (number + (next_one - before) / expected) * arrivals.part_s
            next_one += random.expovariate(1)
        before += expected


def draw_service(time: ServiceTime, random: Random) -> float:
    """Draw a gamma distributed time with this mean and spread; exponential if they are equal."""
    if not time.spread:
        return time.mean
    return random.gammavariate((time.mean / time.spread) ** 2, time.spread**2 / time.mean)

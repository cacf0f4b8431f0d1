"""Loads for tests, formulas of queues, and a second way to play a day."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from math import exp, factorial

from headquarters.capacity.draw import Voter
from headquarters.capacity.load import Arrivals, Load, ServiceTime, arrivals_by_weight
from headquarters.capacity.outcome import Target
from headquarters.capacity.planning import Question

HOUR = 3600


def small(
    voters: float = 120, stations: int | None = None, terminals: int | None = None
) -> Question:
    """A short day that is planned quickly."""
    load = Load(
        arrivals_by_weight(8 * HOUR, 12 * HOUR, voters, (2, 3, 1, 2)),
        ServiceTime(45, 20),
        ServiceTime(180, 90),
    )
    return Question(load, Target(600, 0.9, 0.95), 1, 10, stations, terminals)


def steady(rate: float, voters: int, check_in: ServiceTime, voting: ServiceTime) -> Load:
    """As many voters as that come at a constant rate (voters a second)."""
    return Load(Arrivals(0, voters / rate, (voters,)), check_in, voting)


def exponential(mean: float) -> ServiceTime:
    return ServiceTime(mean, mean)


def erlang_c(servers: int, load: float) -> float:
    """Probability that somebody has to wait in M/M/c; `load` is λ/μ."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def mean_wait(servers: int, rate: float, mean_s: float) -> float:
    """Mean wait in M/M/c in the long run, in seconds."""
    return erlang_c(servers, rate * mean_s) / (servers / mean_s - rate)


def share_below(limit_s: float, servers: int, rate: float, mean_s: float) -> float:
    """Share of customers of M/M/c who wait less than that."""
    return 1 - erlang_c(servers, rate * mean_s) * exp(-(servers / mean_s - rate) * limit_s)


def recursion(voters: Sequence[Voter], stations: int, terminals: int) -> list[tuple[float, float]]:
    """Both waits of every voter, by the recursion of Kiefer and Wolfowitz in place of events."""
    first = _waits(
        [voter.arrives for voter in voters], [voter.check_in for voter in voters], stations
    )
    at_terminal = [
        voter.arrives + wait + voter.check_in for voter, wait in zip(voters, first, strict=True)
    ]
    second = _waits(at_terminal, [voter.voting for voter in voters], terminals)
    return list(zip(first, second, strict=True))


def _waits(arrivals: Sequence[float], services: Sequence[float], servers: int) -> list[float]:
    free = [0.0] * servers
    waits = [0.0] * len(arrivals)
    for number in sorted(range(len(arrivals)), key=lambda each: arrivals[each]):
        begins = max(arrivals[number], heapq.heappop(free))
        waits[number] = begins - arrivals[number]
        heapq.heappush(free, begins + services[number])
    return waits

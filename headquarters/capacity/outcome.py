"""Sum up many played days: waiting times, queues and use of devices, with confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from headquarters.capacity.draw import Voter
from headquarters.capacity.estimate import Estimate, estimate, share_quantile
from headquarters.capacity.load import Arrivals
from headquarters.capacity.simulation import PlayedDay, Use, play
from headquarters.progress import ProgressCallback, no_progress


@dataclass(frozen=True, slots=True)
class Target:
    """How long how many voters may wait."""

    wait_s: float
    """Both waits of a voter together."""
    share: float
    """Of the voters, who wait less than that."""
    confidence: float
    """Of every interval; the share is kept if its interval lies above it."""


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """Over all days, for one kind of device."""

    count: int
    wait_s: Estimate
    """Mean wait of a voter for such a device."""
    use: Estimate
    """Share of the opening hours in which a device is in use."""
    longest: int
    """The longest queue of all days."""


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """Over all days, for the voters who come in one part of the day."""

    start_s: float
    """Seconds after midnight."""
    voters: float
    """Mean number."""
    wait_s: float
    """Mean of both waits together; 0 if nobody came."""
    slow_s: float
    """The target's share of these voters waits no longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """So many stations and terminals, over all days."""

    stations: DeviceOutcome
    terminals: DeviceOutcome
    within: Estimate
    """Share of the voters who wait less than the target's time."""
    wait_s: Estimate
    """Mean of both waits together."""
    slow_s: Estimate
    """The target's share of the voters waits no longer."""
    after_close_s: Estimate
    """From closing until the last voter has left."""
    parts: tuple[PartOutcome, ...]
    kept: bool
    """Whether the target is kept with confidence."""


def outcome(
    arrivals: Arrivals,
    days: Sequence[Sequence[Voter]],
    stations: int,
    terminals: int,
    target: Target,
    progress: ProgressCallback = no_progress,
    step: str = "days",
) -> Outcome:
    """Play all days with these devices; there are at least `LEAST_SAMPLES` days.

    `step`: what `progress` is told.
    """
    played: list[PlayedDay] = []
    for number, voters in enumerate(days, 1):
        played.append(play(voters, stations, terminals))
        progress(step, number, len(days))

    def mean(values: list[float], most: float | None = None) -> Estimate:
        return estimate(values, target.confidence, most)

    def device(count: int, uses: list[Use], waits: list[float]) -> DeviceOutcome:
        shares = [use.busy_s / count / arrivals.open_s for use in uses]
        return DeviceOutcome(count, mean(waits), mean(shares), max(use.longest for use in uses))

    waits = [[visit.waited for visit in day.visits] for day in played]
    within = mean([_share_below(wait, target.wait_s) for wait in waits], 1)
    last = [max((visit.left for visit in day.visits), default=0.0) for day in played]
    return Outcome(
        device(
            stations,
            [day.stations for day in played],
            [_mean([visit.for_station for visit in day.visits]) for day in played],
        ),
        device(
            terminals,
            [day.terminals for day in played],
            [_mean([visit.for_terminal for visit in day.visits]) for day in played],
        ),
        within,
        mean([_mean(wait) for wait in waits]),
        mean([share_quantile(wait, target.share) for wait in waits]),
        mean([max(0.0, each - arrivals.open_s) for each in last]),
        _parts(arrivals, played, target),
        within.low >= target.share,
    )


def _parts(
    arrivals: Arrivals, played: Sequence[PlayedDay], target: Target
) -> tuple[PartOutcome, ...]:
    waits: list[list[float]] = [[] for _ in arrivals.expected]
    for day in played:
        for visit in day.visits:
            part = min(int(visit.arrived / arrivals.part_s), len(waits) - 1)
            waits[part].append(visit.waited)
    return tuple(
        PartOutcome(
            arrivals.opens_s + number * arrivals.part_s,
            len(wait) / len(played),
            _mean(wait),
            share_quantile(wait, target.share),
        )
        for number, wait in enumerate(waits)
    )


def _share_below(waits: Sequence[float], limit: float) -> float:
    return sum(wait < limit for wait in waits) / len(waits) if waits else 1.0


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0

"""Find the fewest devices that keep a target.

First the fewest stations if terminals were never waited for, and the fewest terminals if stations were
not; together they are the least that can do. From there on one device more at a time: of all ways to
divide that many devices the one with the largest share of voters within the limit, if it keeps the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from headquarters.capacity.draw import draw_day
from headquarters.capacity.load import Load
from headquarters.capacity.numbers import Bound, CapacityError
from headquarters.capacity.outcome import Outcome, Target, outcome
from headquarters.progress import ProgressCallback, no_progress
from words.message import m

STATIONS: Final = Bound("--stations", 1, 60, whole=True)
TERMINALS: Final = Bound("--terminals", 1, 60, whole=True)
REPLICATIONS: Final = Bound("--replications", 10, 1000, whole=True)
SEED: Final = Bound("--seed", 0, 999_999_999, whole=True)
WAIT: Final = Bound("--wait", 0.5, 600)
NEIGHBOURS: Final = 1
"""Devices fewer and more of each kind that are shown beside the answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for."""

    load: Load
    target: Target
    seed: int
    replications: int
    stations: int | None = None
    """None to look for the fewest."""
    terminals: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer."""

    question: Question
    chosen: Outcome
    tried: tuple[Outcome, ...]
    """The chosen one and its neighbours, by stations and terminals."""


def plan(question: Question, progress: ProgressCallback = no_progress) -> Plan:
    """Find the fewest devices, where they are not given. Raises `CapacityError` if none suffice."""
    load, target = question.load, question.target
    days = [draw_day(load, question.seed, number) for number in range(question.replications)]
    most = max(1, *(len(day) for day in days))
    known: dict[tuple[int, int], Outcome] = {}

    def look(stations: int, terminals: int, step: str = "") -> Outcome:
        key = stations, terminals
        if key not in known:
            step = step or f"{stations} + {terminals}"
            known[key] = outcome(load.arrivals, days, *key, target, progress, step)
        return known[key]

    def of_stations(stations: int) -> Outcome:
        return look(stations, question.terminals or most, f"stations {stations}")

    def of_terminals(terminals: int) -> Outcome:
        return look(question.stations or most, terminals, f"terminals {terminals}")

    if not question.terminals and question.stations and not of_terminals(most).kept:
        raise CapacityError(
            m("so few stations do not keep the target, whatever the number of terminals")
        )
    if not question.stations and question.terminals and not of_stations(most).kept:
        raise CapacityError(
            m("so few terminals do not keep the target, whatever the number of stations")
        )
    stations = question.stations or _fewest(of_stations, load.check_in.mean, load, STATIONS)
    terminals = question.terminals or _fewest(of_terminals, load.voting.mean, load, TERMINALS)
    if question.stations or question.terminals:
        chosen = look(stations, terminals)
    else:
        chosen = _first_kept(look, stations, terminals)
    near = _neighbours(chosen, question)
    return Plan(question, chosen, tuple(look(*each) for each in near))


def _fewest(of: Callable[[int], Outcome], mean_s: float, load: Load, bound: Bound) -> int:
    """Return the fewest devices of one kind; begin where they could just do the work of the day."""
    begin = max(1, int(load.arrivals.voters * mean_s / load.arrivals.open_s))
    for devices in range(begin, int(bound.most) + 1):
        if of(devices).kept:
            return devices
    raise CapacityError(
        m(
            "even {most} devices of a kind do not keep the target; expect fewer voters, shorter "
            "times or longer waits",
            most=int(bound.most),
        )
    )


def _first_kept(look: Callable[[int, int], Outcome], stations: int, terminals: int) -> Outcome:
    for more in count():
        row = [look(stations + i, terminals + more - i) for i in range(more + 1)]
        best = max(row, key=lambda each: each.within.low)
        if best.kept:
            return best
        if stations + terminals + more >= STATIONS.most + TERMINALS.most:
            break
    raise CapacityError(m("no number of devices keeps the target"))


def _neighbours(chosen: Outcome, question: Question) -> Sequence[tuple[int, int]]:
    """List the numbers of devices around the chosen ones; a number that was given stays."""

    def around(devices: int, given: int | None) -> Sequence[int]:
        if given is not None:
            return (given,)
        return range(max(1, devices - NEIGHBOURS), devices + NEIGHBOURS + 1)

    return [
        (stations, terminals)
        for stations in around(chosen.stations.count, question.stations)
        for terminals in around(chosen.terminals.count, question.terminals)
    ]

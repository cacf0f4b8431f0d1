"""Play one drawn day with so many stations and terminals, as processes of SimPy."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simpy import Environment, Event, Resource

from headquarters.capacity.draw import Voter

_Process: TypeAlias = Generator[Event, object, None]


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened to one voter; seconds."""

    arrived: float
    """After the polls open."""
    for_station: float
    """How long the voter waited for it."""
    for_terminal: float
    left: float
    """After the polls open."""

    @property
    def waited(self) -> float:
        """Both waits together."""
        return self.for_station + self.for_terminal


@dataclass(frozen=True, slots=True)
class Use:
    """What one kind of device had to do on a day."""

    queue_s: float
    """Length of the queue, summed over time: voters × seconds."""
    longest: int
    """The most voters who waited at once."""
    busy_s: float
    """Seconds in use, of all devices together."""


@dataclass(frozen=True, slots=True)
class PlayedDay:
    """A day that was played until the last voter had left."""

    visits: tuple[Visit, ...]
    """In the order in which the voters came."""
    stations: Use
    terminals: Use


def play(voters: Sequence[Voter], stations: int, terminals: int) -> PlayedDay:
    """Play a day with at least one station and one terminal, until the last voter has left."""
    world = Environment()
    at_stations, at_terminals = _Devices(world, stations), _Devices(world, terminals)
    visits: list[Visit | None] = [None] * len(voters)

    def visit(number: int, voter: Voter) -> _Process:
        yield from at_stations.serve(voter.check_in)
        checked_in = world.now
        yield from at_terminals.serve(voter.voting)
        visits[number] = Visit(
            voter.arrives,
            # A difference of clock readings is a little less than zero where nobody waited.
            max(0.0, checked_in - voter.arrives - voter.check_in),
            max(0.0, world.now - checked_in - voter.voting),
            world.now,
        )

    def arrive() -> _Process:
        for number, voter in enumerate(voters):
            yield world.timeout(max(0.0, voter.arrives - world.now))
            world.process(visit(number, voter))

    world.process(arrive())
    world.run()
    done = tuple(visit for visit in visits if visit is not None)
    return PlayedDay(done, at_stations.use(), at_terminals.use())


class _Devices:
    """Devices of one kind behind one queue, with what they had to do."""

    def __init__(self, world: Environment, count: int) -> None:
        self._world = world
        self._places = Resource(world, count)
        self._waiting = 0
        self._since = 0.0
        self._queue_s = 0.0
        self._longest = 0
        self._busy_s = 0.0

    def serve(self, seconds: float) -> _Process:
        with self._places.request() as place:
            if not place.triggered:
                self._change(1)
                yield place
                self._change(-1)
            yield self._world.timeout(seconds)
        self._busy_s += seconds

    def use(self) -> Use:
        return Use(self._queue_s, self._longest, self._busy_s)

    def _change(self, by: int) -> None:
        self._queue_s += self._waiting * (self._world.now - self._since)
        self._since = self._world.now
        self._waiting += by
        self._longest = max(self._longest, self._waiting)

"""Time from the card service's report of a card to the event in a station's loop.

pcscd looks at its slots every 0.4 s. That is not ours, so a second, plain watcher of the same reader says
when the service told; what the desk and the loop need after that is the figure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import click

from drivers.errors import DriverError
from drivers.smartcard.pcsc import PcscReader
from drivers.smartcard.recognise import CardKind
from drivers.smartcard.winscard import Context
from kiosk.flows.common import Step
from kiosk.runtime.loop import Loop
from kiosk.station.cards import CardReaderService
from simulators.benchmarks.far_side import FarSide
from simulators.benchmarks.measure import Figure, StatusCallback, sampled

EVENT_MS: Final = 20
SEEN_S: Final = 15.0
BETWEEN_S: Final = 0.6
"""Longer than pcscd's look: a card that comes back sooner may be missed."""


class Happened(Enum):
    """Change that a card service reports."""

    CAME = auto()
    WENT = auto()


@dataclass(frozen=True, slots=True)
class EventCount:
    """State of the smallest flow there is: how many events it has seen, and the last."""

    events: int = 0
    last: Happened | None = None


class Timeline:
    """Changes and their times, noted on one thread and awaited on another."""

    def __init__(self, complaint: str) -> None:
        """`complaint` is raised if a change does not come."""
        self._complaint = complaint
        self._changed = threading.Condition()
        self._at: list[tuple[Happened, float]] = []

    def note(self, what: Happened) -> None:
        """Note a change that happens now."""
        at = time.perf_counter()
        with self._changed:
            self._at.append((what, at))
            self._changed.notify_all()

    def await_event(self, number: int) -> tuple[Happened, float]:
        """Return the `number`-th change and its time. Raises `click.ClickException` if late."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._at) > number, SEEN_S):
                raise click.ClickException(self._complaint)
            return self._at[number]


class BenchmarkStation:
    """Card desk, its loop, and a thread in place of the screen's."""

    def __init__(self, reader: str) -> None:
        self._work = threading.Event()
        self._stop = threading.Event()
        self.events = Timeline("the station was not told of the card; is pcscd alive?")
        self._loop: Loop[EventCount, Happened, None] = Loop(
            EventCount(), _step, _nothing, self._show, self._work.set
        )
        self._thread = threading.Thread(target=self._run, name="bench loop", daemon=True)
        self.crashes: list[BaseException] = []
        self._card_service = CardReaderService("bench", PcscReader(reader), self, self._crashed)

    def start(self) -> None:
        """Start the loop's thread and the desk."""
        self._thread.start()
        self._card_service.start()

    def stop(self) -> None:
        """Stop the desk and the loop and wait for the thread."""
        self._card_service.stop()
        self._stop.set()
        self._work.set()
        self._thread.join()

    def card_in(self, desk: CardReaderService, kind: CardKind | None) -> None:
        """Post that a card came."""
        del desk, kind
        self._loop.post(Happened.CAME)

    def card_out(self, desk: CardReaderService) -> None:
        """Post that the card went."""
        del desk
        self._loop.post(Happened.WENT)

    def reader_gone(self, desk: CardReaderService) -> None:
        """Ignore it: no reader is pulled here."""

    def reader_back(self, desk: CardReaderService) -> None:
        """Ignore it: no reader is pulled here."""

    def _show(self, state: EventCount) -> None:
        assert state.last is not None
        self.events.note(state.last)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.wait()
            self._work.clear()
            self._loop.drain()

    def _crashed(self, name: str, trouble: BaseException) -> None:
        del name
        self.crashes.append(trouble)


class Watcher:
    """Waits for the card service alone and notes when it reports a change."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self.events = Timeline("the card service told nothing; is pcscd alive?")
        self._stop = threading.Event()
        self._context = Context()
        self._context.establish()
        self._thread = threading.Thread(target=self._run, name="bench watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the wait, join the thread and release the service's context."""
        self._stop.set()
        self._context.cancel()
        self._thread.join()
        self._context.release()

    def _run(self) -> None:
        known, present = 0, False
        readers = len(self._context.readers())
        while not self._stop.is_set():
            try:
                state = self._context.wait(self._reader, known, readers, SEEN_S)
            except DriverError:
                return
            if state is None:
                continue
            known = state.raw
            if state.present != present:
                present = state.present
                self.events.note(Happened.CAME if present else Happened.WENT)


def event_figures(reader: str, far: FarSide, count: int, tell: StatusCallback) -> Iterator[Figure]:
    """Remove and insert the card `count` times; it is in at the beginning and at the end."""
    watcher, station = Watcher(reader), BenchmarkStation(reader)
    station.start()
    excess: dict[Happened, list[float]] = {Happened.CAME: [], Happened.WENT: []}
    try:
        number = 0
        for run in range(count):
            tell(f"taking the card out and in, {run} of {count}")
            for move in (None, far.remove, far.insert) if run == 0 else (far.remove, far.insert):
                if move is not None:
                    time.sleep(BETWEEN_S)
                    move()
                what, told = watcher.events.await_event(number)
                same, arrived = station.events.await_event(number)
                if what is not same:
                    raise click.ClickException("station and card service tell different stories")
                if move is not None:
                    excess[what].append(1000 * (arrived - told))
                number += 1
    finally:
        station.stop()
        watcher.stop()
    if station.crashes:
        raise click.ClickException(f"the card desk crashed: {type(station.crashes[0]).__name__}")
    yield sampled("event: card out, service to flow", excess[Happened.WENT], "ms", target=EVENT_MS)
    yield sampled(
        "event: card in, service to flow",
        excess[Happened.CAME],
        "ms",
        target=EVENT_MS,
        note="opened and recognised before the flow is told",
    )


def _step(state: EventCount, event: Happened) -> Step[EventCount, None]:
    return Step(EventCount(state.events + 1, event))


def _nothing(_: None) -> None:
    """Do nothing: this flow has no effects."""

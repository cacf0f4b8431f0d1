"""Simulate the devices of all stations and terminals of a branch, and the cards that move between them.

A *lane* is what stands side by side: an identity station, a ballot terminal, or both, with the readers,
the finger module, printers, scanner and UPS of the two. Each device has a transport of its own, so that
its readers can be unplugged alone; a card is in one reader at most, wherever that is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Self

from election.definition import DeviceId, Role
from simulators.demo.hardware import CardPlace, Hardware, choose_transport
from simulators.local_reader import VirtualCard


@dataclass(frozen=True, slots=True)
class Lane:
    """Devices that stand side by side; one of them at least."""

    station: DeviceId | None
    terminal: DeviceId | None

    def device(self, place: CardPlace) -> DeviceId | None:
        """Return the device whose reader this is, None if the lane has none."""
        return self.terminal if place is CardPlace.TERMINAL else self.station


def lanes_of(devices: Iterable[tuple[DeviceId, Role]]) -> tuple[Lane, ...]:
    """Put the devices of a branch side by side, in the order of their names' kinds."""
    listed = tuple(devices)
    stations = [device for device, role in listed if role is Role.IDENTITY_STATION]
    terminals = [device for device, role in listed if role is Role.BALLOT_TERMINAL]
    return tuple(Lane(station, terminal) for station, terminal in zip_longest(stations, terminals))


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader of the desk."""

    device: DeviceId
    place: CardPlace

    def __str__(self) -> str:
        """Return how it is written: a station has two."""
        return self.device if self.place is CardPlace.TERMINAL else f"{self.device}.{self.place}"


@dataclass(frozen=True, slots=True)
class Post:
    """Where a device stands: the number of its lane, from 0, and the reader that voters know it by."""

    lane: int
    place: CardPlace


@dataclass(slots=True)
class Desk:
    """Lanes with their devices; a context manager. To be used from any thread."""

    lanes: tuple[Lane, ...]
    hardware: tuple[Hardware, ...]
    """By lane."""
    transport: str
    """Name of how cards reach the stations."""
    notice: str = ""
    """Why it is not the transport wished for."""
    operators: threading.RLock = field(default_factory=threading.RLock)
    """Held by whoever has the operators' cards: the branch has one pair."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _open: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def make(
        cls,
        lanes: tuple[Lane, ...],
        wanted: str | None,
        wires: Path,
        seed: int,
        *,
        hurried: bool,
        paper: bool = False,
    ) -> Self:
        """Make the devices of each lane; arguments as `Hardware.make` has them.

        `wanted`: pcscd, in-process or None. Raises `PcscdError`.
        """
        made: list[Hardware] = []
        name = notice = ""
        with ExitStack() as failing:
            for number, lane in enumerate(lanes):
                # Paths of sockets are short; the first lane's wires are those of a desk with one.
                own = wires / str(number + 1) if number else wires
                own.mkdir(exist_ok=True)
                places = [place for place in CardPlace if lane.device(place) is not None]
                transport, notice = choose_transport(wanted, own, places)
                failing.callback(transport.stop)
                name = transport.name
                hardware = Hardware.make(
                    transport,
                    own,
                    seed + number,
                    hurried=hurried,
                    paper=paper,
                    places=places,
                )
                made.append(hardware)
            failing.pop_all()
        return cls(lanes, tuple(made), name, notice)

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for hardware in self.hardware:
                opening.enter_context(hardware)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def readers(self) -> Iterator[Reader]:
        """Yield the readers of all devices."""
        for lane in self.lanes:
            for place in CardPlace:
                if (device := lane.device(place)) is not None:
                    yield Reader(device, place)

    def posts(self, place: CardPlace) -> tuple[Post, ...]:
        """Return where the devices of a kind stand."""
        lanes = enumerate(self.lanes)
        return tuple(Post(n, place) for n, lane in lanes if lane.device(place) is not None)

    def device_at(self, post: Post) -> DeviceId:
        """Return the device of a post. Raises KeyError."""
        device = self.lanes[post.lane].device(post.place)
        if device is None:
            raise KeyError(post)
        return device

    def lane_of(self, device: DeviceId) -> Hardware:
        """Return the devices beside a station or terminal. Raises KeyError."""
        for lane, hardware in zip(self.lanes, self.hardware, strict=True):
            if device in {lane.station, lane.terminal}:
                return hardware
        raise KeyError(device)

    def card_in(self, reader: Reader) -> VirtualCard | None:
        """Return the card in a reader, None if it is empty."""
        return self.lane_of(reader.device).slots[reader.place].card

    def reader_of(self, card: VirtualCard) -> Reader | None:
        """Return the reader that a card is in, None if it lies on the desk."""
        return next((x for x in self.readers() if self.card_in(x) is card), None)

    def put(self, card: VirtualCard, reader: Reader) -> None:
        """Put a card into a reader: it leaves the one it is in, and what is there comes out."""
        with self._lock:
            self.take(card)
            self.lane_of(reader.device).slots[reader.place].insert(card)

    def take(self, card: VirtualCard) -> None:
        """Take a card out, wherever it is."""
        with self._lock:
            for reader in self.readers():
                if self.card_in(reader) is card:
                    self.lane_of(reader.device).slots[reader.place].remove()

    def clear(self, reader: Reader) -> None:
        """Take out what is in a reader."""
        with self._lock:
            self.lane_of(reader.device).slots[reader.place].remove()

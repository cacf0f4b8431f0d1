"""A simulated fingerprint module and the fingers laid on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from kiosk.cli.simulator.host import Value
from kiosk.cli.simulator.named import default_placement, named_finger
from kiosk.cli.simulator.serial import Plugged, SerialDevice, link
from simulators.control import Command, Device, Lift, PlaceFinger
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.sfm import SfmSimulator


class Module(Plugged, Protocol):
    """What the simulated modules have in common."""

    def place(self, finger: Finger, how: Placement = ...) -> None: ...

    def lift(self) -> None: ...


class FingerprintDevice(SerialDevice):
    device = Device.FINGERPRINT

    def __init__(self, module: Module, population: str) -> None:
        super().__init__(module)
        self._module = module
        self._population = population
        self._finger: str | None = None
        self._how: Placement | None = None

    def obey(self, command: Command) -> None:
        match command:
            case PlaceFinger(name, how):
                self._how = how or default_placement(self._population)
                self._module.place(named_finger(name, self._population), self._how)
                self._finger = name
            case Lift():
                self._module.lift()
                self._finger = self._how = None
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, Value]:
        how = None if self._how is None else self._how.value
        return {**super().state(), "finger": self._finger, "placement": how}


@contextlib.contextmanager
def open_fingerprint(
    protocol: str,
    given_link: Path | None,
    baud: int,
    *,
    paced: bool,
    seed: int,
    population: str,
    stored: tuple[str, ...] = (),
) -> Iterator[FingerprintDevice]:
    """A module that listens. Raises `LinkError`."""
    del protocol, stored
    with (
        link(given_link, "fingerprint") as path,
        SfmSimulator(path, baud=baud, seed=seed, paced=paced) as module,
    ):
        yield FingerprintDevice(module, population)

"""Simulated devices on a serial line: one base for plugs, paths and faults of the line."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from simulators.serial_line import Direction, LineFault, SimulatedLine


class Running(ABC):
    """Something that runs: a context manager, or `start` and `stop`."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Begin to run."""

    @abstractmethod
    def stop(self) -> None:
        """End, and give everything back."""


class LineDevice(Running):
    """Device at the far end of a serial line, unplugged until `start`. Equal seeds give equal damage."""

    def __init__(self, link: Path, baud: int, seed: int, *, paced: bool) -> None:
        self._line = SimulatedLine(link, baud, random.Random(f"line {seed}"), paced=paced)

    @property
    def path(self) -> str:
        """Device node to open; it stays the same when the device is unplugged and replugged."""
        return str(self._line.path)

    @property
    def baud(self) -> int:
        """Speed of its end of the line."""
        return self._line.baud

    @property
    def plugged(self) -> bool:
        """True while the line exists."""
        return self._line.plugged

    def start(self) -> None:
        """Plug the device in."""
        self._line.plug()

    def stop(self) -> None:
        """Remove the device's line."""
        self._line.unplug()

    def unplug(self) -> None:
        """Pull the plug."""
        self._line.unplug()

    def replug(self) -> None:
        """Put the plug in again, under the same name."""
        self._line.plug()

    def fault(
        self,
        kind: LineFault,
        direction: Direction = Direction.TO_HOST,
        *,
        at: int = 1,
        after: int | None = None,
    ) -> None:
        """Damage the next answer (or some bytes of a command), or the `at`-th from now."""
        self._line.fault(kind, direction, at=at, after=after)

    def faults_at_rate(
        self, kind: LineFault, rate: float, direction: Direction = Direction.TO_HOST
    ) -> None:
        """Damage each answer with the probability `rate`; 0 ends it."""
        self._line.faults_at_rate(kind, rate, direction)

    def clear_faults(self) -> None:
        """Forget all faults that have not struck yet, and all rates."""
        self._line.clear_faults()

"""A serial line without a device and without waiting: the device's answers are an input's messages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

from drivers.errors import DeviceLostError
from tests.fuzz import frames

TICK_S: Final = 1e-6
"""Each look at the clock takes so long, so that no loop that only looks at it goes on for ever."""
CLOCKS: Final = (
    "drivers.fingerprint.sfm.time",
    "drivers.fingerprint.serial_link.time",
    "drivers.fingerprint.sfm_link.time",
    "drivers.fingerprint.zfm.time",
    "drivers.fingerprint.zfm_link.time",
    "drivers.printer.escpos.time",
    "drivers.printer.strip.time",
    "drivers.power.nut.time",
    "drivers.io_board.modbus.time",
)


class Clock:
    """Stands in for the module `time` of the drivers: waits pass at once."""

    def __init__(self) -> None:
        self._now = 1000.0

    def monotonic(self) -> float:
        self._now += TICK_S
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@contextlib.contextmanager
def timeless() -> Iterator[Clock]:
    """The drivers' sessions run on a clock of their own."""
    clock = Clock()
    with contextlib.ExitStack() as patches:
        for name in CLOCKS:
            patches.enter_context(patch(name, clock))
        yield clock


class AnsweringLine:
    """Every write is answered with the next message, an empty one being silence; then the device is gone."""

    def __init__(self, data: bytes, clock: Clock) -> None:
        self._left = frames.unpack(data)[::-1]
        self._arrived = b""
        self._clock = clock

    def read(self, timeout_s: float) -> bytes:
        arrived, self._arrived = self._arrived, b""
        if not arrived:
            if not self._left:
                raise DeviceLostError("the end of the input")
            self._clock.sleep(timeout_s)
        return arrived

    def write(self, data: bytes) -> None:
        del data
        if self._left:
            self._arrived += self._left.pop()

    def discard_input(self) -> None:
        self._arrived = b""

    def close(self) -> None:
        """Nothing to release."""

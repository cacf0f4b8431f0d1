"""Tell the time, which is passed in: the system's for a device, a fixed one for tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Source of time."""

    def now(self) -> datetime:
        """Wall-clock time, aware."""

    def monotonic(self) -> float:
        """Seconds that never go back; for time-outs."""


class SystemClock:
    """Clock of the operating system."""

    def now(self) -> datetime:
        """Return the wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back, those of a suspended machine counted (clock_gettime(2))."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class OwnClock:
    """The device's own time: the system's until one is trusted, and counted on from that moment.

    So it needs no privilege to be set, and whatever becomes of the system's clock afterwards moves nothing.
    """

    def __init__(self, system: Clock) -> None:
        self.system = system
        self._kept: tuple[datetime, float] | None = None
        """Time, and the monotonic clock at that moment; replaced whole, from the store worker."""

    @property
    def is_kept(self) -> bool:
        """Whether a time was trusted."""
        return self._kept is not None

    def keep(self, now: datetime) -> None:
        """Take this for the time from now on."""
        self._kept = now, self.system.monotonic()

    def now(self) -> datetime:
        """Return the time, aware."""
        if (kept := self._kept) is None:
            return self.system.now()
        return kept[0] + timedelta(seconds=self.system.monotonic() - kept[1])

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.system.monotonic()

"""All readers of the PC/SC service: which there are, and which come and go.

For the doctor, for choosing a reader, and for a bench with many. A single reader's cards are the
business of `pcsc.PcscReader`, which watches for itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drivers.errors import DeviceLost, DeviceNotFound, DeviceTimeout
from drivers.smartcard.winscard import WatchContext

WAIT_STEP_S: Final = 10.0
RETRY_S: Final = 1.0
_CANCEL_PAUSE_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class ReaderAppeared:
    """A reader was plugged in, or was there at the first look."""

    name: str


@dataclass(frozen=True, slots=True)
class ReaderVanished:
    """A reader was unplugged, or the service stopped."""

    name: str


ReaderChange = ReaderAppeared | ReaderVanished


def changes_between(before: Sequence[str], now: Sequence[str]) -> tuple[ReaderChange, ...]:
    """What happened from one list of names to the next: what vanished, then what appeared."""
    gone = [ReaderVanished(name) for name in before if name not in now]
    came = [ReaderAppeared(name) for name in now if name not in before]
    return (*gone, *came)


class ReaderWatch:
    """Waits for readers to come and go, also over restarts of the service; used by one thread."""

    def __init__(self) -> None:
        self._watch = WatchContext()
        self._names: list[str] = []
        self._service = True
        self._waiting = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def names(self) -> tuple[str, ...]:
        """The readers as the last `wait` saw them."""
        return tuple(self._names)

    @property
    def service_up(self) -> bool:
        """Whether the service answered at the last look."""
        return self._service

    def wait(self, timeout_s: float | None = None) -> tuple[ReaderChange, ...]:
        """The next changes; empty after `timeout_s` or `cancel`. The first ones tell what is there."""
        limit = None if timeout_s is None else time.monotonic() + timeout_s
        with self._waiting:
            while not self._cancelled.is_set():
                left = WAIT_STEP_S if limit is None else limit - time.monotonic()
                now = self._look(max(0.0, min(WAIT_STEP_S, left)))
                changes = changes_between(self._names, now)
                self._names = now
                if changes or (limit is not None and time.monotonic() >= limit):
                    return changes
            self._cancelled.clear()
            return ()

    def cancel(self) -> None:
        """End a running `wait`, or the next one, from any thread."""
        self._cancelled.set()
        while self._cancelled.is_set() and self._waiting.locked():
            self._watch.wake()
            time.sleep(_CANCEL_PAUSE_S)

    def close(self) -> None:
        """Release the connection to the service; a running wait ends."""
        self.cancel()
        with self._waiting:
            self._watch.drop()

    def _look(self, step_s: float) -> list[str]:
        """The readers now, if they are others than known; else those after at most `step_s`."""
        try:
            context = self._watch.get()
            names = context.readers()
            self._service = True
            if names == self._names:
                context.wait(None, 0, len(names), step_s)
                names = context.readers()
        except (DeviceNotFound, DeviceLost, DeviceTimeout):
            self._watch.drop()
            if not self._service:
                self._cancelled.wait(min(RETRY_S, step_s))
            self._service = False
            return []
        return names

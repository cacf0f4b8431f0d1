"""Watch one thing on a thread of its own: a reader, a supply, a scanner, the time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.threads.worker import STOP_S, OnCrash


def _nothing() -> None:
    pass


class Watcher:
    """Calls `look` again and again until it is stopped.

    Expected trouble is handled inside `look`; what escapes it is a defect: it is reported to
    `on_crash` and ends the watch, because a device that nobody watches is a dead one.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], None],
        on_crash: OnCrash,
        *,
        every_s: float = 0.0,
        interrupt: Callable[[], None] = _nothing,
    ) -> None:
        """Look every `every_s` seconds; `interrupt` ends a look that waits for its device."""
        self.every_s = every_s
        self._name = name
        self._look = look
        self._on_crash = on_crash
        self._interrupt = interrupt
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Nothing is told any more."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin to look, at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch and wait for a look that is under way. Also without a start."""
        self._stopping.set()
        self._interrupt()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def pause(self, seconds: float) -> bool:
        """Wait inside a look; True if the watch was stopped meanwhile."""
        return self._stopping.wait(seconds)

    def _run(self) -> None:
        while not self.stopping:
            try:
                self._look()
            except BaseException as defect:  # noqa: BLE001 - reported, never swallowed
                self._on_crash(self._name, defect)
                return
            self.pause(self.every_s)

"""Time as an event: a thread that posts `Tick`."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.flows.common import Tick

PERIOD_S = 0.25


class Ticker:
    def __init__(self, clock: Clock, post: Callable[[Tick], None]) -> None:
        self._clock = clock
        self._post = post
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(2 * PERIOD_S)

    def _run(self) -> None:
        while not self._stopping.wait(PERIOD_S):
            self._post(Tick(self._clock.monotonic()))

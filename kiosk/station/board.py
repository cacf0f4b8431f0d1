"""Serve the I/O board of a booth on a thread: its switches and the headphones' socket, lamp and buzzer.

A board that is missing stops nobody: the lamp of the screen shows it, and it is looked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers.errors import DriverError
from drivers.io_board.seam import Inputs, IoBoard, Signal
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from kiosk.station.equipment import Watched
from kiosk.status import DeviceKind, DeviceNow, Doing
from words.message import m

LOOK_S: Final = 0.02
"""A press of 40 ms is seen: shorter ones are bounces."""
RETRY_S: Final = 1.0
BUZZ_S: Final = 1.0
"""The buzzer sounds so long when the officer is called, and again every `BUZZ_EVERY_S`; the lamp stays on."""
BUZZ_EVERY_S: Final = 15.0


class BoardDesk(Watched):
    """The board with its thread; `changed` is told what was and what is, there."""

    def __init__(
        self,
        board: IoBoard,
        changed: Callable[[Inputs, Inputs], None],
        on_crash: OnCrash,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("io-board", m("Switch box"), m("Check the cable of the switch box."))
        self._board = board
        self._changed = changed
        self._now = Inputs()
        self._clock = clock
        self._called: float | None = None
        """Since when the officer is called."""
        self._told: dict[Signal, bool] = {}
        """What the board was told; nothing after it was gone."""
        self._watcher = Watcher("io board", self._look, on_crash, every_s=LOOK_S)

    def start(self) -> None:
        """Begin to look."""
        self._watcher.start()

    def stop(self) -> None:
        """End the thread, with everything off."""
        self._watcher.stop()
        try:
            for signal in Signal:
                self._board.switch(signal, False)
        except DriverError:
            pass
        self._board.close()

    def call_officer(self, wanted: bool) -> None:
        """Light the lamp and let the buzzer sound, or end both. From any thread."""
        self._called = self._clock() if wanted else None

    def _doing(self) -> Doing:
        now = self._now
        if now.first or now.second:
            return Doing(DeviceKind.BOARD, m("A switch is pressed."), DeviceNow.BUSY)
        words = m("Headphones are in.") if now.headphones else m("Nothing is pressed.")
        return Doing(DeviceKind.BOARD, words)

    def _wanted(self) -> dict[Signal, bool]:
        called = self._called
        if called is None:
            return dict.fromkeys(Signal, False)
        buzzes = (self._clock() - called) % BUZZ_EVERY_S < BUZZ_S
        return {Signal.LAMP: True, Signal.BUZZER: buzzes}

    def _look(self) -> None:
        try:
            for signal, on in self._wanted().items():
                if self._told.get(signal) is not on:
                    self._board.switch(signal, on)
                    self._told[signal] = on
            now = self._board.read()
        except DriverError:
            self._told = {}
            self.present = False
            self._board.close()
            self._watcher.pause(RETRY_S)
            return
        self.present = True
        before, self._now = self._now, now
        if before != now:
            self._changed(before, now)

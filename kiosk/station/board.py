"""Serve the I/O board of a booth on a thread: its switches and the headphones' socket, lamp and buzzer.

A board that is missing stops nobody: the lamp of the screen shows it, and it is looked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from drivers.errors import DriverError
from drivers.io_board.seam import Inputs, IoBoard, Signal
from kiosk.runtime.watcher import Watcher
from kiosk.runtime.worker import OnCrash
from kiosk.station.equipment import Watched
from kiosk.status import DeviceKind, DeviceNow, Doing
from words.message import m

LOOK_S: Final = 0.02
"""A press of 40 ms is seen: shorter ones are bounces."""
RETRY_S: Final = 1.0


class BoardDesk(Watched):
    """The board with its thread; `changed` is told what was and what is, there."""

    def __init__(
        self, board: IoBoard, changed: Callable[[Inputs, Inputs], None], on_crash: OnCrash
    ) -> None:
        super().__init__("io-board", m("Switch box"), m("Check the cable of the switch box."))
        self._board = board
        self._changed = changed
        self._now = Inputs()
        self._lock = Lock()
        self._wanted: dict[Signal, bool] = {}
        """What lamp and buzzer are to be, and were not told yet."""
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
        """Switch lamp and buzzer. From any thread."""
        with self._lock:
            self._wanted |= dict.fromkeys(Signal, wanted)

    def _doing(self) -> Doing:
        now = self._now
        if now.first or now.second:
            return Doing(DeviceKind.BOARD, m("A switch is pressed."), DeviceNow.BUSY)
        words = m("Headphones are in.") if now.headphones else m("Nothing is pressed.")
        return Doing(DeviceKind.BOARD, words)

    def _look(self) -> None:
        with self._lock:
            wanted, self._wanted = self._wanted, {}
        try:
            for signal, on in wanted.items():
                self._board.switch(signal, on)
            now = self._board.read()
        except DriverError:
            with self._lock:
                self._wanted = wanted | self._wanted
            self.present = False
            self._board.close()
            self._watcher.pause(RETRY_S)
            return
        self.present = True
        before, self._now = self._now, now
        if before != now:
            self._changed(before, now)

"""The code scanner at work, on a thread of its own. What it reads is anybody's text until it is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.errors import DriverError
from drivers.scanner.seam import Scanned, Scanner
from kiosk.reports import CheckLine
from kiosk.runtime.watcher import Watcher
from kiosk.runtime.worker import OnCrash
from kiosk.status import Lamp
from words.message import m

LOOK_S: Final = 1.0
"""Longest wait for one scan, so that stopping is prompt."""
RETRY_S: Final = 1.0
"""Between two looks for a scanner that is not there."""
_LOOSE = m("Check the cable of the scanner.")


class ScanDesk:
    """`heard` is told every text, and None for a scan that could not be used, on this desk's thread."""

    def __init__(
        self, scanner: Scanner, heard: Callable[[str | None], None], on_crash: OnCrash
    ) -> None:
        self.present = True
        self._scanner = scanner
        self._heard = heard
        self._watcher = Watcher("scanner", self._look, on_crash, interrupt=scanner.cancel)

    def start(self) -> None:
        self._watcher.start()

    def stop(self) -> None:
        self._watcher.stop()
        self._scanner.close()

    def lamp(self) -> Lamp:
        name = m("Scanner")
        return Lamp("scanner", name, self.present, None if self.present else _LOOSE)

    def check(self) -> CheckLine:
        """Self-test line."""
        return CheckLine(m("Scanner"), self.present, None if self.present else _LOOSE)

    def _look(self) -> None:
        try:
            event = self._scanner.next(LOOK_S)
            self.present = True
        except DriverError:
            self.present = False
            self._watcher.pause(RETRY_S)
            return
        if event is not None and not self._watcher.stopping:
            self._heard(event.text if isinstance(event, Scanned) else None)

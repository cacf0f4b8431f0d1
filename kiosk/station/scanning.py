"""Serve the code scanner on a thread; what it reads is anybody's text until it is judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers.errors import DriverError
from drivers.scanner.seam import Scanned, Scanner
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from kiosk.station.equipment import Watched
from kiosk.status import DeviceKind, DeviceNow, Doing
from words.message import m

LOOK_S: Final = 1.0
"""Longest wait for one scan, so that stopping is prompt."""
RETRY_S: Final = 1.0
"""Between two looks for a scanner that is not there."""
SHOWN_S: Final = 3.0
"""How long a read code is shown by the self-test's picture."""


class ScanDesk(Watched):
    """The scanner with its thread; `heard` is told there every text, and None for a scan that is unusable."""

    def __init__(
        self, scanner: Scanner, heard: Callable[[str | None], None], on_crash: OnCrash
    ) -> None:
        super().__init__("scanner", m("Scanner"), m("Check the cable of the scanner."))
        self._scanned_s: float | None = None
        self._scanner = scanner
        self._heard = heard
        self._watcher = Watcher("scanner", self._look, on_crash, interrupt=scanner.cancel)

    def start(self) -> None:
        """Begin to scan."""
        self._watcher.start()

    def stop(self) -> None:
        """End the thread and close the scanner."""
        self._watcher.stop()
        self._scanner.close()

    def _doing(self) -> Doing:
        read = self._scanned_s is not None and time.monotonic() - self._scanned_s < SHOWN_S
        words = m("A code was read.") if read else m("Waits for a code.")
        return Doing(DeviceKind.SCANNER, words, DeviceNow.BUSY if read else DeviceNow.REST)

    def _look(self) -> None:
        try:
            event = self._scanner.next(LOOK_S)
            self.present = True
        except DriverError:
            self.present = False
            self._watcher.pause(RETRY_S)
            return
        if event is not None:
            self._scanned_s = time.monotonic()
        if event is not None and not self._watcher.stopping:
            self._heard(event.text if isinstance(event, Scanned) else None)

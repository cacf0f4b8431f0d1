"""The code scanner at work, on a thread of its own. What it reads is anybody's text until it is judged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from drivers.errors import DriverError
from drivers.scanner.seam import ScanEvent, Scanned, Scanner
from kiosk.reports import CheckLine
from kiosk.runtime.worker import OnCrash
from kiosk.status import Lamp
from words.message import m

LOOK_S: Final = 1.0
"""Longest wait for one scan, so that stopping is prompt."""
RETRY_S: Final = 1.0
"""Between two looks for a scanner that is not there."""
STOP_S: Final = 3.0
_LOOSE = m("Check the cable of the scanner.")


class ScanDesk:
    """`heard` is told every text, and None for a scan that could not be used, on this desk's thread."""

    def __init__(
        self, scanner: Scanner, heard: Callable[[str | None], None], on_crash: OnCrash
    ) -> None:
        self.present = True
        self._scanner = scanner
        self._heard = heard
        self._on_crash = on_crash
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._scanner.cancel()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        self._scanner.close()

    def lamp(self) -> Lamp:
        name = m("Scanner")
        return Lamp("scanner", name, self.present, None if self.present else _LOOSE)

    def check(self) -> CheckLine:
        """Self-test line."""
        return CheckLine(m("Scanner"), self.present, None if self.present else _LOOSE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                event = self._scanner.next(LOOK_S)
                self.present = True
            except DriverError:
                self.present = False
                self._stopping.wait(RETRY_S)
                continue
            except Exception as trouble:  # noqa: BLE001 - reported: a dead thread scans nothing
                self._on_crash("scanner", trouble)
                return
            if event is not None and not self._stopping.is_set():
                self._tell(event)

    def _tell(self, event: ScanEvent) -> None:
        self._heard(event.text if isinstance(event, Scanned) else None)

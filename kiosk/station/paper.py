"""Print reports and tickets: drawn by a function of the screens, printed on a thread."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from drivers.errors import DriverError
from drivers.printer.paper_words import PAPER
from drivers.printer.seam import PaperState, Printer, PrinterStatus, Raster
from drivers.threads.worker import OnCrash, Worker
from election.because import reason_of
from election.papers import Printed
from kiosk.status import CheckLine, DeviceKind, DeviceNow, Doing, Lamp
from words.message import Message, m

LOOK_S: Final = 10.0
"""Between two looks at the paper."""
_NAME = m("Printer")


class ReportPrinter:
    """The receipt printer with its thread."""

    def __init__(
        self, printer: Printer, draw: Callable[[Printed], Raster], on_crash: OnCrash
    ) -> None:
        self._printer = printer
        self._draw = draw
        self._worker = Worker("printer", on_crash)
        self._line = Lock()
        """Of the printer: a report that is printed is finished before it is asked how it is."""
        self._status: PrinterStatus | None = None
        self._gone: Message | None = None
        self._asked_s: float | None = None

    def print(self, report: Printed, done: Callable[[bool], None]) -> None:
        """Print; `done` is told, on the printer's thread, whether the receipt is known to be out."""

        def job() -> None:
            printed = False
            try:
                raster = self._draw(report)
                with self._line:
                    printed = self._printer.print_raster(raster).printed
            except DriverError:
                pass  # told as not printed
            finally:
                # Also when drawing fails: the console waits for this answer.
                done(printed)

        self._worker.submit(job)

    def look(self, now_s: float) -> None:
        """Ask the printer how it is, now and then, for its lamp. `now_s`: on the monotonic clock."""
        if self._asked_s is None or now_s - self._asked_s >= LOOK_S:
            self._asked_s = now_s

            def job() -> None:
                self._ask()

            self._worker.submit(job)

    def lamp(self) -> Lamp:
        """For the rail of the screen: as it was heard last."""
        status = self._status
        if self._gone is not None or status is None:
            doing = Doing(DeviceKind.PRINTER, self._gone or m("Not asked yet."), DeviceNow.EMPTY)
            return Lamp("printer", _NAME, self._gone is None, self._gone, doing)
        now = {PaperState.NEAR_END: DeviceNow.LOW, PaperState.END: DeviceNow.EMPTY}
        words = PAPER[status.paper]
        doing = Doing(DeviceKind.PRINTER, words, now.get(status.paper, DeviceNow.REST))
        fine = status.can_print
        return Lamp("printer", _NAME, fine, None if fine else words, doing)

    def check(self) -> CheckLine:
        """Self-test line; asks the printer, which may take as long as its time-out."""
        status = self._ask()
        if status is None:
            return CheckLine(_NAME, False, self._gone)
        return CheckLine(_NAME, status.can_print, PAPER[status.paper])

    def _ask(self) -> PrinterStatus | None:
        try:
            with self._line:
                self._status = self._printer.status()
        except DriverError as trouble:
            self._status, self._gone = None, reason_of(trouble)
            return None
        self._gone = None
        return self._status

    def stop(self) -> None:
        """End the thread and close the printer."""
        self._worker.stop()
        self._printer.close()

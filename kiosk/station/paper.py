"""Print reports and tickets: drawn by a function of the screens, printed on a thread."""

from __future__ import annotations

from collections.abc import Callable

from drivers.errors import DriverError
from drivers.printer.seam import Printer, Raster
from election.because import reason_of
from kiosk.reports import CheckLine, Printed
from kiosk.runtime.worker import OnCrash, Worker
from kiosk.words import PAPER
from words.message import m


class ReportPrinter:
    """The receipt printer with its thread."""

    def __init__(
        self, printer: Printer, draw: Callable[[Printed], Raster], on_crash: OnCrash
    ) -> None:
        self._printer = printer
        self._draw = draw
        self._worker = Worker("printer", on_crash)

    def print(self, report: Printed, done: Callable[[bool], None]) -> None:
        """Print; `done` is told, on the printer's thread, whether the receipt is known to be out."""

        def job() -> None:
            printed = False
            try:
                printed = self._printer.print_raster(self._draw(report)).printed
            except DriverError:
                pass  # told as not printed
            finally:
                # Also when drawing fails: the console waits for this answer.
                done(printed)

        self._worker.submit(job)

    def check(self) -> CheckLine:
        """Self-test line; asks the printer, which may take as long as its time-out."""
        name = m("Printer")
        try:
            status = self._printer.status()
        except DriverError as trouble:
            return CheckLine(name, False, reason_of(trouble))
        return CheckLine(name, status.can_print, PAPER[status.paper])

    def stop(self) -> None:
        """End the thread and close the printer."""
        self._worker.stop()
        self._printer.close()

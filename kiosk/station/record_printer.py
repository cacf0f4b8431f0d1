"""Serve the printer of paper records: one piece of paper for a voter, begun, looked at, and ended by a word.

The printer stands over a sealed box and behind a window: what it cuts off falls into the box. What an earlier
run or a fault left hanging out is cut off before anybody is served, and has no word at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final, TypeAlias

from drivers.errors import DriverError
from drivers.printer.seam import PaperState, Piece, Printer, PrintOutcome, Raster
from drivers.threads.worker import OnCrash, Worker
from election.papers import PaperMark, PaperRecord
from kiosk.status import CheckLine, Lamp
from kiosk.words import PAPER
from words.message import m

WORKER: Final = "record printer"
CHECK_S: Final = 15.0
"""Longest wait of a self-test for a printer that is still at work, or silent."""
_NAME: Final = m("Printer of paper records")
_CANNOT: Final = m("It cannot print: paper, cover and cable.")

DrawRecord: TypeAlias = Callable[[PaperRecord | PaperMark], Raster]


class RecordPrinter:
    """The printer with its thread; what is asked is done in order."""

    def __init__(self, printer: Printer, draw: DrawRecord, on_crash: OnCrash) -> None:
        self.ready = False
        """It could print when it was last looked at, or last printed."""
        self.on_change: Callable[[], None] = lambda: None
        """Told, on the printer's thread, when `ready` has changed."""
        self._printer = printer
        self._draw = draw
        self._worker = Worker(WORKER, on_crash)
        self._paper = PaperState.OK
        self._clear = False
        """Nothing hangs out that this run does not know."""
        self._hanging = False

    def start(self) -> None:
        """Look at the printer, and cut off what an earlier run left."""
        self.look()

    def stop(self) -> None:
        """End the thread and close the printer."""
        self._printer.cancel()
        self._worker.stop()
        self._printer.close()

    def look(self, looked: Callable[[], None] = lambda: None) -> None:
        """See whether it can print, and cut off what hangs out unknown; then call `looked`."""

        def job() -> None:
            if not self._hanging:
                self._look()
            looked()

        self._worker.submit(job)

    def begin(self, record: PaperRecord, done: Callable[[PrintOutcome], None]) -> None:
        """Print a record and let it hang out; `done` is told, on the printer's thread, how it went."""

        def job() -> None:
            outcome = PrintOutcome.UNKNOWN
            try:
                outcome = self._print(self._draw(record), Piece.BEGIN)
                self._hanging = outcome is PrintOutcome.PRINTED
            finally:
                done(outcome)

        self._worker.submit(job)

    def end(self, word: PaperMark | None, done: Callable[[bool], None]) -> None:
        """End the paper with a word, or without; `done` hears whether the word is out.

        Nothing is done if no paper hangs out.
        """

        def job() -> None:
            if not self._hanging:
                return
            self._hanging = False
            ended = False
            try:
                if word is not None:
                    ended = self._print(self._draw(word), Piece.END) is PrintOutcome.PRINTED
            finally:
                done(ended)
                if not ended:
                    self._clear = False
                    self._look()

        self._worker.submit(job)

    def check(self) -> CheckLine:
        """Self-test line; waits for the printer."""
        looked = Event()
        self.look(looked.set)
        looked.wait(CHECK_S)
        return CheckLine(_NAME, self.ready, PAPER[self._paper] if self.ready else _CANNOT)

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return Lamp("record-printer", _NAME, self.ready, None if self.ready else _CANNOT)

    # ------------------------------------------------------------ printer's thread

    def _print(self, bitmap: Raster, piece: Piece) -> PrintOutcome:
        try:
            result = self._printer.print_raster(bitmap, piece=piece)
        except DriverError:
            self._is_ready(False)
            return PrintOutcome.NOT_STARTED
        self._paper = result.paper
        if not result.printed:
            # Half a paper hangs out, or a whole one that nobody can be sure of.
            self._clear = self._clear and result.outcome is PrintOutcome.NOT_STARTED
            self._is_ready(False)
        return result.outcome

    def _look(self) -> None:
        try:
            if not self._clear:
                self._clear = self._printer.part()
            status = self._printer.status()
        except DriverError:
            self._is_ready(False)
            return
        self._paper = status.paper
        self._is_ready(self._clear and status.can_print)

    def _is_ready(self, ready: bool) -> None:
        if ready is not self.ready:
            self.ready = ready
            self.on_change()

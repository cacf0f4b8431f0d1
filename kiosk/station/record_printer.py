"""Serve the printer of paper records on a thread: a record for a voter, and the word that ends it.

The printer stands over a sealed box and behind a window: what it cuts off falls into the box. What an earlier
run or a fault left hanging out (`drivers.printer.pieces`) is cut off before anybody is served, and has no
word at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final, TypeAlias

from drivers.printer.paper_words import PAPER
from drivers.printer.pieces import Pieces
from drivers.printer.seam import Printer, PrintOutcome, Raster
from drivers.threads.worker import OnCrash, Worker
from election.papers import PaperMark, PaperRecord
from kiosk.status import CheckLine, Lamp
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
        self.on_change: Callable[[], None] = lambda: None
        """Told, on the printer's thread, when `ready` has changed."""
        self._printer = printer
        self._draw = draw
        self._worker = Worker(WORKER, on_crash)
        self._pieces = Pieces(printer, self._changed)

    @property
    def ready(self) -> bool:
        """It could print when it was last looked at, or last printed."""
        return self._pieces.ready

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
            self._pieces.look()
            looked()

        self._worker.submit(job)

    def begin(self, record: PaperRecord, done: Callable[[PrintOutcome], None]) -> None:
        """Print a record and let it hang out; `done` is told, on the printer's thread, how it went."""

        def job() -> None:
            outcome = PrintOutcome.UNKNOWN
            try:
                outcome = self._pieces.begin(self._draw(record))
            finally:
                done(outcome)

        self._worker.submit(job)

    def end(self, word: PaperMark | None, done: Callable[[bool], None]) -> None:
        """End the paper with a word, or without; `done` hears whether the word is out.

        Nothing is done if no paper hangs out.
        """

        def job() -> None:
            if not self._pieces.hanging:
                return
            ended = False
            try:
                if word is not None:
                    ended = self._pieces.end(self._draw(word))
            finally:
                done(ended)
                if not ended:
                    self._pieces.drop()

        self._worker.submit(job)

    def check(self) -> CheckLine:
        """Self-test line; waits for the printer."""
        looked = Event()
        self.look(looked.set)
        looked.wait(CHECK_S)
        return CheckLine(_NAME, self.ready, PAPER[self._pieces.paper] if self.ready else _CANNOT)

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return Lamp("record-printer", _NAME, self.ready, None if self.ready else _CANNOT)

    def _changed(self) -> None:
        self.on_change()

"""Print one piece of paper at a time over a box: begun, looked at while it hangs out, ended.

What an earlier run or a fault left hanging out is cut off before another piece can be begun.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.errors import DriverError
from drivers.printer.seam import PaperState, Piece, Printer, PrintOutcome, Raster


class Pieces:
    """The pieces of one printer, on the printer's thread. Nothing raises but a defect."""

    def __init__(self, printer: Printer, on_change: Callable[[], None]) -> None:
        """`on_change` is told when `ready` has changed."""
        self.ready = False
        """It could print when it was last looked at, or last printed."""
        self.paper = PaperState.OK
        """As the printer said last."""
        self.hanging = False
        """A piece was begun, is out, and hangs."""
        self._printer = printer
        self._on_change = on_change
        self._clear = False
        """Nothing hangs out that this run does not know."""

    def look(self) -> None:
        """See whether it can print, and cut off what hangs out unknown; a piece that hangs is left alone."""
        if self.hanging:
            return
        try:
            if not self._clear:
                self._clear = self._printer.part()
            status = self._printer.status()
        except DriverError:
            self._is_ready(False)
            return
        self.paper = status.paper
        self._is_ready(self._clear and status.can_print)

    def begin(self, bitmap: Raster) -> PrintOutcome:
        """Print the beginning, and let it hang out if all of it is known to be printed."""
        outcome = self._print(bitmap, Piece.BEGIN)
        self.hanging = outcome is PrintOutcome.PRINTED
        return outcome

    def end(self, bitmap: Raster) -> bool:
        """Print the end and cut the piece off; False if that is not known: then `drop` what hangs."""
        self.hanging = False
        return self._print(bitmap, Piece.END) is PrintOutcome.PRINTED

    def drop(self) -> None:
        """Cut off what hangs out, as it is."""
        self.hanging = self._clear = False
        self.look()

    def _print(self, bitmap: Raster, piece: Piece) -> PrintOutcome:
        try:
            result = self._printer.print_raster(bitmap, piece=piece)
        except DriverError:
            self._is_ready(False)
            return PrintOutcome.NOT_STARTED
        self.paper = result.paper
        if not result.printed:
            # Half a paper hangs out, or a whole one that nobody can be sure of.
            self._clear = self._clear and result.outcome is PrintOutcome.NOT_STARTED
            self._is_ready(False)
        return result.outcome

    def _is_ready(self, ready: bool) -> None:
        if ready is not self.ready:
            self.ready = ready
            self._on_change()

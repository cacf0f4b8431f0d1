"""A line that breaks at every byte of a strip, or falls silent there: never told as printed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from drivers.errors import DeviceLostError, DriverError
from drivers.printer import escpos_wire as wire
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import Piece, PrintOutcome, Raster
from drivers.printer.strip import PrinterLimits

WIDTH, ROWS = 64, 30
LIMITS = PrinterLimits(
    status_s=0.02, status_tries=1, confirm_s=0.02, watch_s=0.01, settle_s=0.0005, band_rows=8
)
BITMAP = Raster(WIDTH, random.Random(1).randbytes(WIDTH // 8 * ROWS))


@dataclass
class CutLine:
    """Answers as a printer does, up to byte `most`; then the line is gone, or nothing answers any more."""

    most: int
    gone: bool
    taken: int = 0
    _held: bytes = b""
    _answers: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        for start in range(len(data)):
            if self.taken >= self.most:
                if self.gone:
                    raise DeviceLostError("the line was cut")
                return
            self.taken += 1
            self._held = (self._held + data[start : start + 1])[-3:]
            if self._held == wire.REPORT_PAPER:
                self._answers.append(0)
            elif self._held[:2] == wire.STATUS_REQUEST:
                self._answers.append(wire.STATUS_CLEAR)

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        found = bytes(self._answers)
        self._answers.clear()
        return found

    def discard_input(self) -> None:
        self._answers.clear()

    def close(self) -> None:
        pass


def printed(line: CutLine) -> PrintOutcome | None:
    """How the beginning of a paper ends on this line; None: nothing was sent."""
    printer = EscposPrinter(lambda: line, 115_200, WIDTH, limits=LIMITS)
    try:
        return printer.print_raster(BITMAP, piece=Piece.BEGIN).outcome
    except DriverError:
        return None


def whole() -> int:
    line = CutLine(10**9, gone=True)
    assert printed(line) is PrintOutcome.PRINTED
    return line.taken


def test_a_line_cut_at_any_byte_is_never_a_printed_paper() -> None:
    told = {printed(CutLine(most, gone=True)) for most in range(whole())}
    assert told == {None, PrintOutcome.UNKNOWN}


@pytest.mark.parametrize("share", range(4))
def test_a_printer_silent_from_any_byte_on_is_never_a_printed_paper(share: int) -> None:
    """Every sixteenth byte, and the last ones, where a report could be taken for the end."""
    total = whole()
    places = {*range(share, total, 16 * 4), *range(total - 12 + share, total, 4)}
    told = {printed(CutLine(most, gone=False)) for most in places}
    assert told <= {None, PrintOutcome.UNKNOWN}
    assert PrintOutcome.UNKNOWN in told

"""Seam of a receipt printer: it prints bitmaps and reports how much of them is out.

Persian text cannot be left to a printer's own fonts, so documents arrive as finished bitmaps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

WIDTH_80_MM = 576
WIDTH_58_MM = 384
"""Printable dots at 203 dpi, by paper width."""

MAX_HEIGHT = 20_000
"""2.5 m of paper; a taller bitmap is a mistake of the caller."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A black and white bitmap: rows from top to bottom, 8 dots a byte, leftmost dot in bit 7, 1 = black.

    `width_px` is a multiple of 8 and `rows` holds `width_px / 8` bytes for each row. Raises ValueError
    for any other, and for more than `MAX_HEIGHT` rows.
    """

    width_px: int
    rows: bytes

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.width_px % 8:
            raise ValueError("the width of a raster is a positive multiple of 8")
        if not self.rows or len(self.rows) % self.row_bytes:
            raise ValueError("a raster consists of whole rows, at least one")
        if self.height_px > MAX_HEIGHT:
            raise ValueError(f"a raster is at most {MAX_HEIGHT} rows high")

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.width_px // 8

    @property
    def height_px(self) -> int:
        """Number of rows."""
        return len(self.rows) // self.row_bytes


class Piece(Enum):
    """How a strip is parted from what is before and after it."""

    WHOLE = "whole"
    """A piece of its own: what hangs out is cut off first, and it is cut off itself."""
    BEGIN = "begin"
    """The beginning of a piece, which hangs out to be looked at."""
    END = "end"
    """What ends the piece that BEGIN began; cut off."""


class PaperState(Enum):
    """States of the paper roll."""

    OK = "ok"
    NEAR_END = "near end"
    END = "end"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """Status that the printer reports; `head_hot` mends itself, the other faults need a person."""

    online: bool
    paper: PaperState
    cover_open: bool = False
    cutter_fault: bool = False
    mechanical_fault: bool = False
    head_hot: bool = False

    @property
    def can_print(self) -> bool:
        """True if a strip can be begun now."""
        return self.online and not self.needs_person and not self.head_hot

    @property
    def needs_person(self) -> bool:
        """True for a fault that does not mend itself."""
        return (
            self.paper is PaperState.END
            or self.cover_open
            or self.cutter_fault
            or self.mechanical_fault
        )


class PrintOutcome(Enum):
    """Outcomes of `print_raster`.

    PRINTED      the printer confirmed, after the cut, that everything before it was worked off
    NOT_STARTED  the printer could not print and nothing was sent: no paper is marked
    UNKNOWN      it began and was not confirmed: void that strip, never repeat it silently
    """

    PRINTED = "printed"
    NOT_STARTED = "not started"
    UNKNOWN = "unknown"


class StopCause(Enum):
    """Reasons why a strip was not started or not confirmed, as far as the printer reported."""

    PAPER_END = "paper end"
    COVER_OPEN = "cover open"
    CUTTER = "cutter jam"
    MECHANICAL = "mechanical fault"
    HEAD_HOT = "head hot"
    OFF_LINE = "off line"  # it answers, and does not go on
    SILENT = "silent"  # it answers nothing any more: power cut, or a cable without unplug event
    HELD = "held"  # it takes no more data
    LOST = "lost"  # line gone: unplugged
    CANCELLED = "cancelled"
    NONSENSE = "nonsense"  # more confirmations than were asked for: none of them can be trusted


@dataclass(frozen=True, slots=True)
class PrintResult:
    """Result of one strip, in rows of its bitmap.

    On the paper are at least `rows_confirmed` and at most `rows_sent` of `rows` rows. `paper` is the last
    reported state of the roll; NEAR_END stops nothing. `cause` is None if the strip is PRINTED.
    """

    outcome: PrintOutcome
    rows: int
    rows_confirmed: int = 0
    rows_sent: int = 0
    cause: StopCause | None = None
    paper: PaperState = PaperState.OK

    @property
    def printed(self) -> bool:
        """True if the whole strip is out."""
        return self.outcome is PrintOutcome.PRINTED


class Printer(Protocol):
    """One printer, used by one worker thread; only `cancel` may come from another thread."""

    def status(self) -> PrinterStatus:
        """Ask the printer for its status.

        Raises DeviceNotFoundError, DeviceLostError, DeviceTimeoutError, ProtocolError.
        """

    def print_raster(
        self,
        bitmap: Raster,
        progress: Callable[[int], None] | None = None,
        *,
        piece: Piece = Piece.WHOLE,
    ) -> PrintResult:
        """Print one strip, cut it off unless it is the beginning of a piece, and wait until it is out.

        `progress` is called with the number of confirmed rows whenever it has grown. Raises the errors of
        `status` only while nothing has been sent, and ValueError if the bitmap is wider than the paper,
        or an END has no BEGIN.
        """

    def part(self) -> bool:
        """Cut off whatever hangs out, also of an earlier run; False if the printer cannot now.

        Raises the errors of `status`.
        """

    def cancel(self) -> None:
        """End a running `print_raster` with CANCELLED; nothing happens if none runs."""

    def close(self) -> None:
        """Release the printer. Never raises."""

"""What the rest of the program knows of a receipt printer: it prints bitmaps and says what it knows.

Persian text cannot be left to a printer's own fonts, so documents arrive as finished bitmaps.
"""

from __future__ import annotations

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

    `width_px` is a multiple of 8 and `rows` holds `width_px / 8` bytes for each row. Raises ValueError.
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
        return self.width_px // 8

    @property
    def height_px(self) -> int:
        return len(self.rows) // self.row_bytes


class Paper(Enum):
    OK = "ok"
    NEAR_END = "near end"
    END = "end"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer reports; `head_hot` mends itself, the other faults need a person."""

    online: bool
    paper: Paper
    cover_open: bool = False
    cutter_fault: bool = False
    mechanical_fault: bool = False
    head_hot: bool = False

    @property
    def can_print(self) -> bool:
        return self.online and not self.needs_person and not self.head_hot

    @property
    def needs_person(self) -> bool:
        return (
            self.paper is Paper.END or self.cover_open or self.cutter_fault or self.mechanical_fault
        )


class PrintOutcome(Enum):
    """What is known of a receipt after `print_raster`.

    PRINTED      the printer confirmed, after the cut, that everything before it was worked off
    NOT_STARTED  the printer could not print and nothing was sent: no paper is marked
    UNKNOWN      it began and was not confirmed: void that receipt, never repeat it silently
    """

    PRINTED = "printed"
    NOT_STARTED = "not started"
    UNKNOWN = "unknown"


class Printer(Protocol):
    """One printer, used by one worker thread."""

    def status(self) -> PrinterStatus:
        """Ask the printer. Raises DeviceNotFound, DeviceLost, DeviceTimeout, ProtocolError."""

    def print_raster(self, bitmap: Raster) -> PrintOutcome:
        """Print and cut one receipt, and wait until it is out.

        Raises the errors of `status` only while nothing has been sent. ValueError if the bitmap
        is wider than the paper.
        """

    def close(self) -> None:
        """Release the printer. Never raises."""

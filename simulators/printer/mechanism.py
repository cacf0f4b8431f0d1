"""Moving parts of a receipt printer: roll, head, cover, cutter. No bytes, no time, no threads.

Rows are printed one at a time, so that whatever goes wrong goes wrong at a row.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PIL import Image, ImageChops

from drivers.printer import escpos_wire as wire

ROWS_PER_MM: Final = 8
ROLL_MM: Final = 80_000.0
NEAR_END_MM: Final = 3_000.0


class Trouble(Enum):
    """Trouble of a printer; the value is its name in commands and on the bench."""

    PAPER_NEAR_END = "paper near end"
    PAPER_END = "paper end"
    COVER_OPEN = "cover open"
    CUTTER_JAM = "cutter jam"  # shows at the next cut
    HEAD_HOT = "head hot"
    MECHANICAL = "mechanical fault"
    OFFLINE = "off line"  # by its button
    POWER_CUT = "power cut"  # mute and forgetful; its cable stays in


@dataclass(frozen=True, slots=True)
class Receipt:
    """Piece of paper that was cut off: `width_px` dots wide, `rows` as in `Raster`."""

    number: int
    width_px: int
    rows: bytes

    @property
    def height_px(self) -> int:
        """Number of rows."""
        return len(self.rows) * 8 // self.width_px

    def png(self) -> bytes:
        """Return the receipt as a PNG, dots black on white."""
        page = Image.frombytes("1", (self.width_px, self.height_px), self.rows)
        out = io.BytesIO()
        ImageChops.invert(page).save(out, "PNG")
        return out.getvalue()


class Mechanism:
    """Paper path of a printer, `width_px` dots wide, with a new roll of `roll_mm`."""

    def __init__(self, width_px: int, roll_mm: float, near_end_mm: float) -> None:
        self.width_bytes = width_px // 8
        self.troubles: set[Trouble] = set()
        self.jammed = False
        """The cutter has stuck; a `CUTTER_JAM` alone is not noticed before a cut."""
        self.rows_left = round(roll_mm * ROWS_PER_MM)
        self.receipts: list[Receipt] = []
        self.strip = bytearray()
        """Rows printed since the last cut, which hang out."""
        self._roll_rows = self.rows_left
        self._near_end_rows = round(near_end_mm * ROWS_PER_MM)
        self._later: list[tuple[int, Trouble]] = []

    @property
    def stopped(self) -> bool:
        """True if a trouble or the end of the paper keeps it from printing."""
        noticed = self.troubles - (set() if self.jammed else {Trouble.CUTTER_JAM})
        return bool(noticed) or self.rows_left <= 0

    @property
    def near_end(self) -> bool:
        """True if the paper sensor reports that little paper is left."""
        return self.rows_left <= self._near_end_rows

    @property
    def hanging(self) -> int:
        """Number of rows printed since the last cut."""
        return len(self.strip) // self.width_bytes

    def cause(self, trouble: Trouble, after_rows: int) -> None:
        """Cause a trouble, now or as soon as `after_rows` further rows are printed."""
        if after_rows > 0:
            self._later.append((after_rows, trouble))
            return
        match trouble:
            case Trouble.PAPER_END:
                self.rows_left = 0
            case Trouble.PAPER_NEAR_END:
                self.rows_left = min(self.rows_left, self._near_end_rows)
            case _:
                self.troubles.add(trouble)

    def mend(self, trouble: Trouble) -> None:
        """End a trouble, also one still to come; for paper, put in a new roll."""
        self.troubles.discard(trouble)
        self._later = [later for later in self._later if later[1] is not trouble]
        if trouble is Trouble.CUTTER_JAM:
            self.jammed = False
        if trouble in (Trouble.PAPER_END, Trouble.PAPER_NEAR_END):
            self.rows_left = self._roll_rows

    def print_row(self, row: bytes) -> None:
        """Print one row of dots, which may cause a trouble that is due."""
        self.strip += row[: self.width_bytes].ljust(self.width_bytes, b"\0")
        self.rows_left -= 1
        due = [trouble for rows, trouble in self._later if rows <= 1]
        self._later = [(rows - 1, trouble) for rows, trouble in self._later if rows > 1]
        for trouble in due:
            self.cause(trouble, 0)

    def cut(self) -> Receipt | None:
        """Return the piece cut off, None if the cutter jams; the cut is tried again when it is mended."""
        if Trouble.CUTTER_JAM in self.troubles:
            self.jammed = True
            return None
        receipt = Receipt(len(self.receipts) + 1, self.width_bytes * 8, bytes(self.strip))
        self.strip.clear()
        self.receipts.append(receipt)
        return receipt

    def paper_byte(self) -> wire.PaperByte:
        """Return the paper status."""
        return wire.PaperByte(self.near_end, self.rows_left <= 0)

    def error_byte(self) -> wire.ErrorFlag:
        """Return the error status."""
        happened = {
            wire.ErrorFlag.MECHANICAL: Trouble.MECHANICAL in self.troubles,
            wire.ErrorFlag.CUTTER: self.jammed,
            wire.ErrorFlag.AUTO_RECOVERABLE: Trouble.HEAD_HOT in self.troubles,
        }
        return wire.ErrorFlag(sum(flag for flag, now in happened.items() if now))

    def status(self, number: int) -> int | None:
        """Return the answer to `10 04 number`, None for a number that is not answered."""
        match number:
            case 1:
                return wire.encode(wire.PrinterFlag(wire.PrinterFlag.OFFLINE * self.stopped))
            case 2:
                cause = (
                    wire.OfflineFlag.COVER_OPEN * (Trouble.COVER_OPEN in self.troubles)
                    | wire.OfflineFlag.STOPPED_PAPER_END * (self.rows_left <= 0)
                    | wire.OfflineFlag.ERROR * bool(self.error_byte())
                )
                return wire.encode(wire.OfflineFlag(cause))
            case 3:
                return wire.encode(self.error_byte())
            case 4:
                return wire.encode_paper(self.paper_byte())
        return None

    def automatic_status(self) -> bytes:
        """Return four bytes (ESC/POS, GS a): the first has bit 4 set and bit 1 clear, the others neither."""
        cover = Trouble.COVER_OPEN in self.troubles
        first = 0b1_0000 | self.stopped << 3 | cover << 5
        return bytes((first, self.error_byte(), wire.encode_paper_report(self.paper_byte()), 0))

"""A receipt printer that speaks ESC/POS on a serial line (or a USB class device with the same bytes).

    print   10 04 1..4 -> can it print? | receipt bytes ... cut, 1D 72 01 -> paper report = it is out

The report comes in order, after everything before it; a printer that went off line does not send it.
So a receipt whose report is missing is unknown: perhaps not begun, perhaps complete.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Self

from drivers.errors import DeviceLost, DeviceTimeout, DriverError
from drivers.printer import escpos_wire as wire
from drivers.printer.seam import WIDTH_80_MM, Paper, PrinterStatus, PrintOutcome, Raster
from drivers.serial_line import POLL_S, Line, SerialLine

BAUD_DEFAULT = 115200
BITS_PER_BYTE = 10
STATUS_S = 1.0
STATUS_TRIES = 3
CONFIRM_S = 10.0
"""Limit from the last byte to the report, beyond the time that the bytes themselves take."""

WATCH_S = 0.5
"""How often the printer is asked, while it prints, whether it has stopped."""

SETTLE_S = 0.3
CHUNK_BYTES = 1024
"""Written at a time, so that the line's write limit bounds a stand-still and not a whole receipt."""


class EscposPrinter:
    """A `Printer`. Opens its line at the first use, and again after it was lost."""

    def __init__(
        self, open_line: Callable[[], Line], baud: int, paper_width_px: int = WIDTH_80_MM
    ) -> None:
        self._open_line = open_line
        self._baud = baud
        self._paper_width_px = paper_width_px
        self._line: Line | None = None
        self._doubtful = False

    @classmethod
    def open(cls, path: str, baud: int = BAUD_DEFAULT, paper_width_px: int = WIDTH_80_MM) -> Self:
        """Open the printer at `path` and ask its status. Raises as `status`."""
        printer = cls(lambda: SerialLine.open(path, baud), baud, paper_width_px)
        try:
            printer.status()
        except DriverError:
            printer.close()
            raise
        return printer

    def status(self) -> PrinterStatus:
        try:
            self._connect()
            return self._ask_status()
        except DeviceLost:
            self.close()
            raise

    def print_raster(self, bitmap: Raster) -> PrintOutcome:
        if bitmap.width_px > self._paper_width_px:
            raise ValueError(f"the paper takes {self._paper_width_px} dots in a row")
        if not self.status().can_print:
            return PrintOutcome.NOT_STARTED
        try:
            if self._doubtful:
                self._forget()
            return self._print(wire.receipt(bitmap))
        except DeviceLost:
            self.close()
            raise

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _print(self, data: bytes) -> PrintOutcome:
        self._doubtful = True
        try:
            for start in range(0, len(data), CHUNK_BYTES):
                self._opened().write(data[start : start + CHUNK_BYTES])
            if self._confirmed(CONFIRM_S + len(data) * BITS_PER_BYTE / self._baud):
                self._doubtful = False
                return PrintOutcome.PRINTED
        except DeviceLost:
            self.close()
            return PrintOutcome.UNKNOWN
        except DeviceTimeout:
            pass
        # The rest of a receipt that is void must not come out when somebody mends the printer.
        with contextlib.suppress(DriverError):
            self._opened().write(wire.CLEAR_BUFFER)
        return PrintOutcome.UNKNOWN

    def _confirmed(self, limit_s: float) -> bool:
        """Wait for the paper report; False at the limit or when the printer has stopped for good."""
        deadline = time.monotonic() + limit_s
        asked_at = time.monotonic()
        number = 2
        while (now := time.monotonic()) < deadline:
            if now - asked_at >= WATCH_S:
                asked_at = now
                self._opened().write(wire.status_request(number))
            for byte in self._opened().read(POLL_S):
                if wire.is_paper_report(byte):
                    return True
                if not wire.is_status(byte):
                    continue
                if number == 2:
                    cause = wire.decode_offline(byte)
                    if cause.cover_open or cause.stopped_paper_end:
                        return False
                    # An error may be one that mends itself: status 3 tells.
                    number = 3 if cause.error else 2
                else:
                    error = wire.decode_error(byte)
                    if error.cutter or error.mechanical or error.unrecoverable:
                        return False
                    number = 2
        return False

    def _forget(self) -> None:
        """Part the next receipt from an unfinished one, and use up late reports."""
        self._opened().write(wire.abandoned())
        if not self._confirmed(CONFIRM_S):
            raise DeviceTimeout(
                "the printer does not finish its last receipt: switch it off and on"
            )
        while self._opened().read(SETTLE_S):
            pass
        self._doubtful = False

    def _ask_status(self) -> PrinterStatus:
        printer = wire.decode_printer(self._ask(1))
        cause = wire.decode_offline(self._ask(2))
        error = wire.decode_error(self._ask(3))
        paper = wire.decode_paper(self._ask(4))
        return PrinterStatus(
            online=not printer.offline,
            paper=_paper(paper, cause),
            cover_open=cause.cover_open,
            cutter_fault=error.cutter,
            mechanical_fault=error.mechanical or error.unrecoverable,
            head_hot=error.auto_recoverable,
        )

    def _ask(self, number: int) -> int:
        for _ in range(STATUS_TRIES):
            self._opened().discard_input()
            self._opened().write(wire.status_request(number))
            deadline = time.monotonic() + STATUS_S
            while (left := deadline - time.monotonic()) > 0:
                for byte in self._opened().read(left):
                    if wire.is_status(byte):
                        return byte
        raise DeviceTimeout("the printer does not answer: check its cable, power and baud rate")

    def _connect(self) -> None:
        if self._line is not None:
            try:
                self._line.discard_input()
            except DeviceLost:
                # Unplugged while nobody used it; it may be back under the same name.
                self.close()
        if self._line is None:
            self._line = self._open_line()

    def _opened(self) -> Line:
        if self._line is None:
            raise DeviceLost("the printer is not connected: check its cable")
        return self._line


def _paper(paper: wire.PaperByte, cause: wire.OfflineByte) -> Paper:
    if paper.end or cause.stopped_paper_end:
        return Paper.END
    return Paper.NEAR_END if paper.near_end else Paper.OK

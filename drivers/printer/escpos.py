"""Receipt printer that speaks ESC/POS on a serial line, a USB class device or a network port.

    print   10 04 1..4 -> can it print? | bands, each with 1D 72 01 -> a paper report each | cut, 1D 72 01

The reports come in order, after everything before them; a printer that went off line does not send them.
So after a stop it is known how many rows are out at least and at most, and the strip as a whole is UNKNOWN.
After a power cut the next print opens the line again, cuts off what hangs out, and begins a new strip.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from drivers.errors import DeviceLostError, DeviceTimeoutError, DriverError
from drivers.frame_log import FrameLog
from drivers.printer import escpos_wire as wire
from drivers.printer.lines import open_line
from drivers.printer.seam import (
    WIDTH_80_MM,
    PaperState,
    Piece,
    PrinterStatus,
    PrintOutcome,
    PrintResult,
    Raster,
    StopCause,
)
from drivers.printer.strip import PrinterLimits, StripJob, find_stop_cause
from drivers.serial_line import POLL_S, ByteLine

BAUD_DEFAULT = 115200

_frames = FrameLog(__name__)


class EscposPrinter:
    """A `Printer`. It opens its line at the first use, and again after a loss."""

    def __init__(
        self,
        open_line: Callable[[], ByteLine],
        baud: int,
        paper_width_px: int = WIDTH_80_MM,
        *,
        limits: PrinterLimits | None = None,
    ) -> None:
        self._open_line = open_line
        self._baud = baud
        self._paper_width_px = paper_width_px
        self._limits = limits or PrinterLimits()
        self._cancelled = threading.Event()
        self._line: ByteLine | None = None
        self._doubtful = False
        self._hanging = False
        """A piece was begun, and nothing has ended it yet."""

    @classmethod
    def open(
        cls,
        path: str,
        baud: int = BAUD_DEFAULT,
        paper_width_px: int = WIDTH_80_MM,
        *,
        limits: PrinterLimits | None = None,
    ) -> Self:
        """Open the printer at `path` (see `lines.open_line`) and ask its status. Raises as `status`."""
        printer = cls(lambda: open_line(path, baud), baud, paper_width_px, limits=limits)
        try:
            printer.status()
        except DriverError:
            printer.close()
            raise
        return printer

    def status(self) -> PrinterStatus:
        """Ask all four real-time statuses. Raises as `Printer.status`."""
        try:
            self._connect()
            return self._ask_status()
        except DeviceLostError:
            self.close()
            raise

    def print_raster(
        self,
        bitmap: Raster,
        progress: Callable[[int], None] | None = None,
        *,
        piece: Piece = Piece.WHOLE,
    ) -> PrintResult:
        """Print one strip as `Printer.print_raster`."""
        if bitmap.width_px > self._paper_width_px:
            raise ValueError(f"the paper takes {self._paper_width_px} dots in a row")
        if piece is Piece.END and not self._hanging:
            raise ValueError("no piece was begun that could be ended")
        self._cancelled.clear()
        status = self.status()
        if not status.can_print:
            return PrintResult(
                PrintOutcome.NOT_STARTED,
                bitmap.height_px,
                cause=find_stop_cause(status),
                paper=status.paper,
            )
        try:
            if self._doubtful or (self._hanging and piece is not Piece.END):
                self._forget()
        except DeviceLostError:
            self.close()
            raise
        return self._print(bitmap, progress, piece)

    def part(self) -> bool:
        """Cut off what hangs out as `Printer.part`."""
        self._doubtful, self._hanging = True, False
        if not self.status().can_print:
            return False
        try:
            self._forget()
        except DeviceLostError:
            self.close()
            raise
        return True

    def cancel(self) -> None:
        """End a running `print_raster` with CANCELLED, from any thread."""
        self._cancelled.set()

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _print(
        self, bitmap: Raster, progress: Callable[[int], None] | None, piece: Piece
    ) -> PrintResult:
        self._doubtful, self._hanging = True, False
        cut = piece is not Piece.BEGIN
        parts = wire.encode_strip(bitmap, self._limits.band_rows, cut=cut)
        result = StripJob(
            self._opened(), parts, self._baud, self._limits, self._cancelled, progress
        ).run()
        self._doubtful = not result.printed
        self._hanging = result.printed and not cut
        if result.cause is StopCause.LOST:
            self.close()
        return result

    def _forget(self) -> None:
        """Part the next strip from an unfinished one, and use up late reports."""
        self._opened().write(wire.encode_abandonment())
        deadline = time.monotonic() + self._limits.confirm_s
        while not any(map(wire.is_paper_report, self._opened().read(POLL_S))):
            if time.monotonic() >= deadline:
                raise DeviceTimeoutError(
                    "the printer does not finish its last strip: switch it off and on"
                )
        while self._opened().read(self._limits.settle_s):
            if time.monotonic() >= deadline + self._limits.confirm_s:
                raise DeviceTimeoutError("the printer does not stop talking: switch it off and on")
        self._doubtful = self._hanging = False

    def _ask_status(self) -> PrinterStatus:
        printer = wire.decode(self._ask(1), wire.PrinterFlag)
        cause = wire.decode(self._ask(2), wire.OfflineFlag)
        error = wire.decode(self._ask(3), wire.ErrorFlag)
        paper = wire.decode_paper(self._ask(4))
        return PrinterStatus(
            online=wire.PrinterFlag.OFFLINE not in printer,
            paper=_paper(paper, cause),
            cover_open=wire.OfflineFlag.COVER_OPEN in cause,
            cutter_fault=wire.ErrorFlag.CUTTER in error,
            mechanical_fault=bool(error & wire.BROKEN),
            head_hot=wire.ErrorFlag.AUTO_RECOVERABLE in error,
        )

    def _ask(self, number: int) -> int:
        heard = 0
        for _ in range(self._limits.status_tries):
            self._opened().discard_input()
            _frames.sent(f"status {number}")
            self._opened().write(wire.status_request(number))
            deadline = time.monotonic() + self._limits.status_s
            while (left := deadline - time.monotonic()) > 0:
                data = self._opened().read(left)
                heard += len(data)
                for byte in data:
                    if wire.is_status(byte):
                        _frames.received(f"status {number} {byte:02X}")
                        return byte
        if heard:
            raise DeviceTimeoutError(
                f"{heard} bytes came from the printer's line, and no status in them: check its model and "
                "baud rate"
            )
        raise DeviceTimeoutError(
            "the printer does not answer: check its cable, power and baud rate"
        )

    def _connect(self) -> None:
        if self._line is not None:
            try:
                self._line.discard_input()
            except DeviceLostError:
                # Unplugged between two strips; it may be back under the same name.
                self.close()
        if self._line is None:
            self._line = self._open_line()

    def _opened(self) -> ByteLine:
        if self._line is None:
            raise DeviceLostError("the printer is not connected: check its cable")
        return self._line


def _paper(paper: wire.PaperByte, cause: wire.OfflineFlag) -> PaperState:
    if paper.end or wire.OfflineFlag.STOPPED_PAPER_END in cause:
        return PaperState.END
    return PaperState.NEAR_END if paper.near_end else PaperState.OK

"""ESC/POS receipt printer on a pseudo-terminal: buffer, commands, statuses, and its strips as PNG.

Real-time status is answered at once, also while the printer is off line; everything else waits in the
receive buffer for its turn. While it prints with a full buffer the line is not read, so that the host
has to wait. A printer that `holds_line` does so too while it is off line with a full buffer, and is deaf
to status requests then; both kinds exist. A power cut takes buffer, half a command and all settings along.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.printer import escpos_wire as wire
from simulators.line_device import LineDevice
from simulators.printer.mechanism import (
    NEAR_END_MM,
    ROLL_MM,
    ROWS_PER_MM,
    Mechanism,
    Receipt,
    Trouble,
)
from simulators.printer.page import COLUMN_DOTS, DEFAULT_SPACING, PrintedPage
from simulators.printer.parser import (
    CLEAR_REQUEST,
    TEXT,
    Parser,
    PrinterCommand,
    RealTime,
    RealTimeFilter,
)
from simulators.printer.view import FAULTS, PrinterState, StripView
from simulators.serial_line import DeviceThread

__all__ = ["BOOT_S", "FAULTS", "EscposSimulator", "PrinterState", "Receipt", "StripView", "Trouble"]

_log = logging.getLogger(__name__)

LINE_ROWS: Final = DEFAULT_SPACING
PRINT_ROWS_PER_S: Final = 1_200.0
"""150 mm/s, a usual speed of 80 mm printers."""

BUFFER_BYTES: Final = 16 * 1024
TICK_S: Final = 0.01
BOOT_S: Final = 1.0
"""A printer whose power comes back is deaf for so long at least."""

VIEW_ROWS: Final = 800


@dataclass(slots=True)
class _Image:
    """Raster command whose rows are still to come."""

    row_bytes: int
    rows_left: int


class EscposSimulator(LineDevice):
    """Receipt printer; to be used as a context manager, or with `start` and `stop`."""

    def __init__(
        self,
        link: Path,
        *,
        baud: int = 115200,
        width_px: int = 576,
        seed: int = 0,
        paced: bool = True,
        holds_line: bool = False,
        roll_mm: float = ROLL_MM,
        near_end_mm: float = NEAR_END_MM,
        buffer_bytes: int = BUFFER_BYTES,
        boot_s: float = BOOT_S,
        on_receipt: Callable[[Receipt], None] | None = None,
    ) -> None:
        super().__init__(link, baud, seed, paced=paced)
        self._mechanism = Mechanism(width_px, roll_mm, near_end_mm)
        self._paced = paced
        self._holds_line = holds_line
        self._buffer_bytes = buffer_bytes
        self._boot_s = boot_s
        self._deaf_until = 0.0
        self._on_receipt = on_receipt
        self._thread = DeviceThread(self._line, self._on_bytes, self._on_tick, tick_s=TICK_S)
        self._lock = threading.RLock()
        self._power_on()

    def start(self) -> None:
        """Plug the printer in and run it."""
        super().start()
        self._thread.start()

    def stop(self) -> None:
        """Stop the printer and remove its line."""
        self._thread.stop()
        super().stop()

    def receipts(self) -> tuple[Receipt, ...]:
        """Return everything cut off so far, oldest first."""
        with self._lock:
            return tuple(self._mechanism.receipts)

    def hanging(self) -> int:
        """Return the number of rows printed since the last cut, which hang out of the printer."""
        with self._lock:
            return self._mechanism.hanging

    def paper_left_mm(self) -> float:
        """Return the length of paper on the roll in mm."""
        with self._lock:
            return self._mechanism.rows_left / ROWS_PER_MM

    def view(self, last_rows: int = VIEW_ROWS) -> StripView:
        """Return the state with at most `last_rows` rows of the strip; cheap enough for every frame."""
        with self._lock:
            mechanism = self._mechanism
            first = max(0, mechanism.hanging - last_rows)
            return StripView(
                state=self._state(),
                troubles=tuple(sorted(mechanism.troubles, key=lambda trouble: trouble.value)),
                width_px=mechanism.width_bytes * 8,
                rows=bytes(mechanism.strip[first * mechanism.width_bytes :]),
                first_row=first,
                printed_mm=mechanism.hanging / ROWS_PER_MM,
                paper_left_mm=mechanism.rows_left / ROWS_PER_MM,
                waiting_bytes=len(self._parser),
                strips=len(mechanism.receipts),
            )

    def cause(self, trouble: Trouble, *, after_rows: int = 0) -> None:
        """Cause a trouble, now or when `after_rows` further rows have been printed."""
        with self._lock:
            self._mechanism.cause(trouble, after_rows)
            self._without_power()

    def mend(self, trouble: Trouble) -> None:
        """End a trouble; for paper, put in a new roll. Printing goes on where it stopped."""
        with self._lock:
            if trouble is Trouble.POWER_CUT and not self._powered:
                self._deaf_until = time.monotonic() + self._boot_s
            self._mechanism.mend(trouble)

    def strike(self, fault: str, *, after_rows: int = 0) -> None:
        """Begin or end a trouble by its name in `FAULTS`. Raises ValueError naming all of them."""
        if fault not in FAULTS:
            raise ValueError(f"name a fault of a printer, one of: {', '.join(FAULTS)}")
        trouble, begins = FAULTS[fault]
        if begins:
            self.cause(trouble, after_rows=after_rows)
        else:
            self.mend(trouble)

    def unplug(self) -> None:
        """Pull the plug: line and power go, with everything in the receive buffer."""
        super().unplug()
        with self._lock:
            self._power_on()

    def _power_on(self) -> None:
        self._parser = Parser()
        self._filter = RealTimeFilter()
        self._page = PrintedPage(self._mechanism.width_bytes)
        self._rows: deque[bytes] = deque()
        self._image: _Image | None = None
        self._waiting: PrinterCommand | None = None
        self._printed_until = 0.0
        self._automatic = 0
        self._told = b""

    @property
    def _powered(self) -> bool:
        return Trouble.POWER_CUT not in self._mechanism.troubles

    def _without_power(self) -> None:
        if not self._powered:
            self._power_on()

    def _state(self) -> PrinterState:
        if not self._line.plugged:
            return PrinterState.UNPLUGGED
        if not self._powered:
            return PrinterState.OFF
        if self._mechanism.stopped:
            return PrinterState.STOPPED
        busy = self._rows or self._image or self._waiting or len(self._parser)
        return PrinterState.PRINTING if busy else PrinterState.READY

    def _on_bytes(self, data: bytes) -> None:
        with self._lock:
            if not self._powered or time.monotonic() < self._deaf_until:
                return
            for part in self._filter.feed(data):
                match part:
                    case RealTime():
                        self._real_time(part)
                    case bytes():
                        self._parser.feed(part)
        while self._busy():
            self._on_tick(time.monotonic())
            if self._busy():
                time.sleep(TICK_S)

    def _busy(self) -> bool:
        with self._lock:
            full = len(self._parser) >= max(self._buffer_bytes, self._parser.needed)
            held = self._holds_line or not self._mechanism.stopped
        return full and held and self._line.plugged and not self._thread.stopping

    def _on_tick(self, now: float) -> None:
        with self._lock:
            # Time in which nothing was printed is not made up for.
            self._printed_until = max(self._printed_until, now - TICK_S)
            while not self._mechanism.stopped and (not self._paced or self._printed_until < now):
                if not self._work():
                    break
            self._tell_automatically()

    def _work(self) -> bool:
        """Do one command or print one row; False if nothing can be done yet."""
        if self._rows:
            self._print_row(self._rows.popleft())
            return True
        if self._image is not None:
            row = self._parser.take(self._image.row_bytes)
            if row is None:
                return False
            self._image.rows_left -= 1
            if not self._image.rows_left:
                self._image = None
            self._print_row(row)
            return True
        command = self._waiting or self._parser.next_command()
        self._waiting = None
        if command is None:
            return False
        self._execute(command)
        return True

    def _execute(self, command: PrinterCommand) -> None:
        match command.prefix, command.parameters:
            case (prefix, character) if prefix == TEXT:
                self._rows += self._page.put_text(character[0])
            case b"\n", _:
                self._rows += self._page.end_line()
            case b"\x1b@", _:
                self._page = PrintedPage(self._mechanism.width_bytes)
                self._automatic = 0
            case b"\x1b2", _:
                self._page.spacing = DEFAULT_SPACING
            case b"\x1b3", spacing:
                self._page.spacing = spacing[0]
            case b"\x1bd", lines:
                self._rows += self._page.pending() + [b""] * (lines[0] * LINE_ROWS)
            case b"\x1bJ", rows:
                self._rows += self._page.pending() + [b""] * rows[0]
            case b"\x1b*", columns if columns[0] in COLUMN_DOTS:
                self._page.put_columns(columns[0], columns[3:])
            case b"\x1dv", header:
                row_bytes = int.from_bytes(header[2:4], "little")
                height = int.from_bytes(header[4:6], "little")
                if row_bytes and height:
                    self._image = _Image(row_bytes, height)
            case b"\x1d(", graphics if graphics[:1] == b"L":
                self._graphics(graphics[3:])
            case b"\x1dr", which:
                self._report(which[0])
            case b"\x1da", which:
                self._automatic, self._told = which[0], b""
            case b"\x1dV", cut:
                self._cut(cut)
            case prefix, _:
                _log.debug("printer command %s is known and not drawn", prefix.hex())

    def _graphics(self, data: bytes) -> None:
        """Handle `1D 28 4C`: function 112 stores a raster picture, function 50 prints what is stored."""
        match data[:2]:
            case b"0p" if len(data) >= 10:
                self._page.store(int.from_bytes(data[6:8], "little"), data[10:])
            case b"02" | b"0\x02":
                self._rows += self._page.stored()

    def _print_row(self, row: bytes) -> None:
        self._mechanism.print_row(row)
        self._printed_until += 1 / PRINT_ROWS_PER_S
        self._without_power()

    def _cut(self, parameters: bytes) -> None:
        feed = parameters[1] if len(parameters) == 2 else 0
        rows = self._page.pending() + [b""] * feed
        if rows:
            self._rows += rows
            self._waiting = PrinterCommand(wire.CUT, b"\x01")
            return
        receipt = self._mechanism.cut()
        if receipt is None:
            self._waiting = PrinterCommand(wire.CUT, parameters[:1])
        elif self._on_receipt is not None:
            self._on_receipt(receipt)

    def _report(self, which: int) -> None:
        if which in (1, 49):
            report = wire.encode_paper_report(self._mechanism.paper_byte())
            self._line.write(bytes((report,)))
        elif which in (2, 50):
            self._line.write(b"\0")

    def _tell_automatically(self) -> None:
        if not self._automatic or not self._powered:
            return
        status = self._mechanism.automatic_status()
        if status != self._told:
            self._told = status
            self._line.write(status)

    def _real_time(self, request: RealTime) -> None:
        if request.code == wire.CLEAR_BUFFER[1]:
            if request.number == CLEAR_REQUEST:
                self._parser.clear()
                self._rows.clear()
                self._page = PrintedPage(self._mechanism.width_bytes)
                self._image = self._waiting = None
            return
        answer = self._mechanism.status(request.number)
        if answer is not None:
            self._line.write(bytes((answer,)))

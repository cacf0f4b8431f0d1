"""An ESC/POS receipt printer on a pseudo-terminal: paper, cover, cutter, head, and its receipts as PNG.

Real-time status is answered at once, also while the printer is off line; everything else waits in the
receive buffer for its turn. While it prints with a full buffer the line is not read, so that the host
has to wait. A printer that `holds_line` does so too while it is off line with a full buffer, and is deaf
to status requests then; both kinds exist.
"""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from PIL import Image, ImageChops

from drivers.printer import escpos_wire as wire
from simulators.printer.parser import CLEAR_REQUEST, Command, Parser, RealTime, RealTimeFilter
from simulators.serial_line import DeviceThread, Direction, LineFault, SimulatedLine

ROWS_PER_MM = 8
LINE_ROWS = 30
ROLL_MM = 80_000
NEAR_END_MM = 3_000
PRINT_ROWS_PER_S = 1_200.0
"""150 mm/s, a usual speed of 80 mm printers."""

BUFFER_BYTES = 16 * 1024
TICK_S = 0.01


class Trouble(Enum):
    PAPER_NEAR_END = "paper near end"
    PAPER_END = "paper end"
    COVER_OPEN = "cover open"
    CUTTER_JAM = "cutter jam"  # shows at the next cut
    HEAD_HOT = "head hot"
    MECHANICAL = "mechanical fault"
    OFFLINE = "off line"  # by its button


@dataclass(frozen=True, slots=True)
class Receipt:
    """A piece of paper that was cut off: `width_px` dots wide, `rows` as in `Raster`."""

    number: int
    width_px: int
    rows: bytes

    @property
    def height_px(self) -> int:
        return len(self.rows) * 8 // self.width_px

    def png(self) -> bytes:
        page = Image.frombytes("1", (self.width_px, self.height_px), self.rows)
        out = io.BytesIO()
        ImageChops.invert(page).save(out, "PNG")
        return out.getvalue()


@dataclass(slots=True)
class _Image:
    """A raster command whose rows are still to come."""

    row_bytes: int
    rows_left: int


class EscposSimulator:
    """Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        link: Path,
        *,
        baud: int = 115200,
        width_px: int = 576,
        seed: int = 0,
        paced: bool = True,
        holds_line: bool = False,
        on_receipt: Callable[[Receipt], None] | None = None,
    ) -> None:
        self._line = SimulatedLine(link, baud, random.Random(f"line {seed}"), paced=paced)
        self._width_bytes = width_px // 8
        self._paced = paced
        self._holds_line = holds_line
        self._on_receipt = on_receipt
        self._thread = DeviceThread(self._line, self._on_bytes, self._on_tick, tick_s=TICK_S)
        self._lock = threading.RLock()
        self._receipts: list[Receipt] = []
        self._rows = bytearray()
        self._troubles: set[Trouble] = set()
        self._jammed = False
        self._later: tuple[int, Trouble] | None = None
        self._rows_left = ROLL_MM * ROWS_PER_MM
        self._power_on()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def path(self) -> str:
        """The device node to open; it stays the same when the printer is unplugged and replugged."""
        return str(self._line.path)

    def start(self) -> None:
        self._line.plug()
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()
        self._line.unplug()

    def receipts(self) -> tuple[Receipt, ...]:
        """Everything cut off so far, oldest first."""
        with self._lock:
            return tuple(self._receipts)

    def hanging(self) -> int:
        """Rows printed since the last cut: paper that hangs out of the printer."""
        with self._lock:
            return len(self._rows) // self._width_bytes

    def paper_left_mm(self) -> float:
        with self._lock:
            return self._rows_left / ROWS_PER_MM

    def cause(self, trouble: Trouble, *, after_rows: int = 0) -> None:
        """Let something go wrong, now or when `after_rows` further rows have been printed."""
        with self._lock:
            if after_rows:
                self._later = (after_rows, trouble)
            else:
                self._begin_trouble(trouble)

    def mend(self, trouble: Trouble) -> None:
        """Set it right again; for paper, put in a new roll. Printing goes on where it stopped."""
        with self._lock:
            self._troubles.discard(trouble)
            if trouble is Trouble.CUTTER_JAM:
                self._jammed = False
            if trouble in (Trouble.PAPER_END, Trouble.PAPER_NEAR_END):
                self._rows_left = ROLL_MM * ROWS_PER_MM

    def fault(self, kind: LineFault, direction: Direction = Direction.TO_HOST) -> None:
        """Damage the next bytes on the line."""
        self._line.fault(kind, direction)

    def unplug(self) -> None:
        """Pull the plug: line and power go, with everything in the receive buffer."""
        self._line.unplug()
        with self._lock:
            self._power_on()

    def replug(self) -> None:
        self._line.plug()

    def _power_on(self) -> None:
        self._parser = Parser()
        self._filter = RealTimeFilter()
        self._image: _Image | None = None
        self._waiting: Command | None = None
        self._printed_until = 0.0

    def _begin_trouble(self, trouble: Trouble) -> None:
        match trouble:
            case Trouble.PAPER_END:
                self._rows_left = 0
            case Trouble.PAPER_NEAR_END:
                self._rows_left = min(self._rows_left, NEAR_END_MM * ROWS_PER_MM)
            case _:
                self._troubles.add(trouble)

    @property
    def _stopped(self) -> bool:
        harmless = {Trouble.CUTTER_JAM} if not self._jammed else set()
        return bool(self._troubles - harmless) or self._rows_left <= 0

    def _on_bytes(self, data: bytes) -> None:
        with self._lock:
            for part in self._filter.feed(data):
                match part:
                    case RealTime():
                        self._real_time(part)
                    case bytes():
                        self._parser.feed(part)
        while self._busy():
            self._on_tick(time.monotonic())
            time.sleep(TICK_S)

    def _busy(self) -> bool:
        with self._lock:
            full = len(self._parser) >= BUFFER_BYTES
            held = self._holds_line or not self._stopped
        return full and held and self._line.plugged and not self._thread.stopping

    def _on_tick(self, now: float) -> None:
        with self._lock:
            # Time in which nothing was printed is not made up for.
            self._printed_until = max(self._printed_until, now - TICK_S)
            while not self._stopped and (not self._paced or self._printed_until < now):
                if not self._work():
                    return

    def _work(self) -> bool:
        """Do one command or print one row; False if nothing can be done yet."""
        if self._image is not None:
            row = self._parser.take(self._image.row_bytes)
            if row is None:
                return False
            self._print_row(row)
            self._image.rows_left -= 1
            if not self._image.rows_left:
                self._image = None
            return True
        command = self._waiting or self._parser.next_command()
        self._waiting = None
        if command is None:
            return False
        self._execute(command)
        return True

    def _execute(self, command: Command) -> None:
        parameters = command.parameters
        match command.prefix:
            case b"\n":
                self._feed(LINE_ROWS)
            case b"\x1bd":
                self._feed(parameters[0] * LINE_ROWS)
            case b"\x1bJ":
                self._feed(parameters[0])
            case b"\x1dv":
                row_bytes = int.from_bytes(parameters[2:4], "little")
                rows = int.from_bytes(parameters[4:6], "little")
                if row_bytes and rows:
                    self._image = _Image(row_bytes, rows)
            case b"\x1dr":
                near_end, end = self._paper()
                report = wire.encode_paper_report(wire.PaperByte(near_end, end))
                self._line.write(bytes((report,)))
            case b"\x1dV":
                self._cut(command)

    def _feed(self, rows: int) -> None:
        for _ in range(rows):
            self._print_row(b"")

    def _print_row(self, row: bytes) -> None:
        self._rows += row[: self._width_bytes].ljust(self._width_bytes, b"\0")
        self._rows_left -= 1
        self._printed_until += 1 / PRINT_ROWS_PER_S
        if self._later is not None:
            left, trouble = self._later
            self._later = (left - 1, trouble) if left > 1 else None
            if self._later is None:
                self._begin_trouble(trouble)

    def _cut(self, command: Command) -> None:
        if Trouble.CUTTER_JAM in self._troubles:
            self._jammed = True
            self._waiting = command
            return
        if len(command.parameters) == 2:
            self._feed(command.parameters[1])
        receipt = Receipt(len(self._receipts) + 1, self._width_bytes * 8, bytes(self._rows))
        self._rows.clear()
        self._receipts.append(receipt)
        if self._on_receipt is not None:
            self._on_receipt(receipt)

    def _paper(self) -> tuple[bool, bool]:
        return self._rows_left <= NEAR_END_MM * ROWS_PER_MM, self._rows_left <= 0

    def _real_time(self, request: RealTime) -> None:
        if request.code == wire.CLEAR_BUFFER[1]:
            if request.number == CLEAR_REQUEST:
                self._parser.clear()
                self._image = self._waiting = None
            return
        near_end, end = self._paper()
        troubles = self._troubles
        match request.number:
            case 1:
                answer = wire.encode_printer(wire.PrinterByte(self._stopped, False, False, False))
            case 2:
                error = self._jammed or bool(troubles & {Trouble.HEAD_HOT, Trouble.MECHANICAL})
                cover_open = Trouble.COVER_OPEN in troubles
                answer = wire.encode_offline(wire.OfflineByte(cover_open, False, end, error))
            case 3:
                mechanical, hot = Trouble.MECHANICAL in troubles, Trouble.HEAD_HOT in troubles
                answer = wire.encode_error(wire.ErrorByte(mechanical, self._jammed, False, hot))
            case 4:
                answer = wire.encode_paper(wire.PaperByte(near_end, end))
            case _:
                return
        self._line.write(bytes((answer,)))

"""One strip on its way to the printer: sent in bands, each confirmed in order.

    band, GS r  >    band, GS r  >    < report    band, GS r  >    < report ... silence, cut, GS r  >

Never more than `bands_in_flight` bands are unconfirmed. That bounds how much can be on paper unknown to us,
and makes the printer's pace ours, whatever its buffer and its flow control. All the while the printer is
asked in real time whether it has stopped. A printer that stops does not answer a report (ESC/POS, GS r: not
executed off line), so an unconfirmed band is out, partly out, or not begun. One that leaves a real-time
question unanswered may have lost its power for a moment, and half a band with it: its later reports prove
nothing. Before the cut there is a short silence, in which a report too many would show; stray bytes can look
like it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Final

from drivers.errors import DeviceLostError, DeviceTimeoutError, DriverError
from drivers.frame_log import FrameLog
from drivers.printer import escpos_wire as wire
from drivers.printer.seam import PaperState, PrinterStatus, PrintOutcome, PrintResult, StopCause
from drivers.serial_line import POLL_S, ByteLine

_frames: Final = FrameLog(__name__)

BITS_PER_BYTE: Final = 10
CHUNK_BYTES: Final = 1024
"""Written at a time, so that the line's write limit bounds a stand-still and not a whole band."""


@dataclass(frozen=True, slots=True)
class PrinterLimits:
    """Limits of a session with a printer; times in seconds. Raises ValueError."""

    status_s: float = 1.0
    """One answer to a status request; before printing it is asked for `status_tries` times."""
    status_tries: int = 3
    confirm_s: float = 10.0
    """From one report to the next, beyond the time that the bytes take on the line."""
    cool_s: float = 60.0
    """Given to a hot print head in all, on top of `confirm_s`."""
    watch_s: float = 0.5
    """How often the printer is asked, while it prints, whether it has stopped."""
    settle_s: float = 0.2
    """Silence after which no late report is expected any more; longer than a band takes to print."""
    band_rows: int = wire.BAND_ROWS
    bands_in_flight: int = 2

    def __post_init__(self) -> None:
        times = (self.status_s, self.confirm_s, self.watch_s, self.settle_s)
        if min(times) <= 0 or self.cool_s < 0 or self.status_tries < 1 or self.bands_in_flight < 1:
            raise ValueError("limits are positive")
        if not 1 <= self.band_rows <= wire.MAX_BAND_ROWS:
            raise ValueError(f"a band has 1 to {wire.MAX_BAND_ROWS} rows")


class _StripStoppedError(Exception):
    """The strip has to end; raised and caught in this module only."""

    def __init__(self, cause: StopCause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class StripJob:
    """Send the parts of one strip over an open line; `run` is called once."""

    def __init__(
        self,
        line: ByteLine,
        parts: Sequence[wire.Part],
        baud: int,
        limits: PrinterLimits,
        cancelled: Event,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._line = line
        self._parts = parts
        self._baud = baud
        self._limits = limits
        self._cancelled = cancelled
        self._progress = progress
        self._sent = 0
        self._confirmed = 0
        self._paper = PaperState.OK
        self._asking = 2
        self._asked_at = self._moved_at = time.monotonic()
        self._cooled_s = 0.0
        self._unanswered = False
        self._hot = False

    def run(self) -> PrintResult:
        """Send all parts and wait for each confirmation. Raises no error of the device."""
        try:
            while self._confirmed < len(self._parts):
                if self._cancelled.is_set():
                    raise _StripStoppedError(StopCause.CANCELLED)
                if self._may_send():
                    if self._sent == len(self._parts) - 1:
                        self._settle()
                    self._send(self._parts[self._sent])
                else:
                    self._listen()
        except _StripStoppedError as stop:
            return self._stopped(stop.cause)
        except DeviceLostError:
            return self._result(PrintOutcome.UNKNOWN, StopCause.LOST)
        except DeviceTimeoutError:
            return self._stopped(StopCause.HELD)
        return self._result(PrintOutcome.PRINTED, None)

    def _may_send(self) -> bool:
        in_flight = self._sent - self._confirmed
        if self._sent == len(self._parts) - 1:
            return in_flight == 0
        return self._sent < len(self._parts) and in_flight < self._limits.bands_in_flight

    def _settle(self) -> None:
        deadline = time.monotonic() + self._limits.confirm_s
        while heard := self._line.read(self._limits.settle_s):
            for byte in heard:
                if wire.is_paper_report(byte) or time.monotonic() >= deadline:
                    raise _StripStoppedError(StopCause.NONSENSE)
                if wire.is_status(byte):
                    self._unanswered = False
                    self._check_status(byte)

    def _send(self, part: wire.Part) -> None:
        if self._sent == self._confirmed:
            self._moved_at = time.monotonic()
        # Counted before it is written: a write that fails may have got through.
        self._sent += 1
        for start in range(0, len(part.data), CHUNK_BYTES):
            self._line.write(part.data[start : start + CHUNK_BYTES])

    def _listen(self) -> None:
        for byte in self._line.read(POLL_S):
            if wire.is_paper_report(byte):
                self._confirm(wire.decode_paper_report(byte))
            elif wire.is_status(byte):
                self._unanswered = False
                self._check_status(byte)
        now = time.monotonic()
        if self._unanswered:
            # The question waits in the line behind what was written before it.
            if now >= self._asked_at + self._limits.status_s + self._on_the_line_s():
                raise _StripStoppedError(StopCause.SILENT)
        elif now - self._asked_at >= self._limits.watch_s:
            if self._hot:
                self._cooled_s += now - self._asked_at
            self._asked_at, self._unanswered = now, True
            self._line.write(wire.status_request(self._asking))
        if now >= self._deadline():
            raise _StripStoppedError(StopCause.HEAD_HOT if self._hot else StopCause.OFF_LINE)

    def _deadline(self) -> float:
        cooled_s = min(self._cooled_s, self._limits.cool_s)
        return self._moved_at + self._limits.confirm_s + self._on_the_line_s() + cooled_s

    def _on_the_line_s(self) -> float:
        bytes_in_flight = sum(len(p.data) for p in self._parts[self._confirmed : self._sent])
        return bytes_in_flight * BITS_PER_BYTE / self._baud

    def _confirm(self, paper: wire.PaperByte) -> None:
        if self._confirmed == self._sent:
            raise _StripStoppedError(StopCause.NONSENSE)
        self._confirmed += 1
        self._moved_at = time.monotonic()
        self._hot = False
        if paper.near_end or paper.end:
            self._paper = PaperState.END if paper.end else PaperState.NEAR_END
        if self._progress is not None and self._confirmed < len(self._parts):
            self._progress(self._rows(self._confirmed))

    def _check_status(self, byte: int) -> None:
        """Stop for a fault in status 2; of an error, ask status 3 whether it mends itself."""
        # Bands and the reports of a good printer would tell how long the strip is.
        if byte != wire.STATUS_CLEAR:
            _frames.received(f"status {self._asking} {byte:02X}")
        if self._asking == 2:
            cause = wire.decode(byte, wire.OfflineFlag)
            if wire.OfflineFlag.COVER_OPEN in cause:
                raise _StripStoppedError(StopCause.COVER_OPEN)
            if wire.OfflineFlag.STOPPED_PAPER_END in cause:
                self._paper = PaperState.END
                raise _StripStoppedError(StopCause.PAPER_END)
            failed = wire.OfflineFlag.ERROR in cause
            self._hot = self._hot and failed
            self._asking = 3 if failed else 2
            return
        self._asking = 2
        error = wire.decode(byte, wire.ErrorFlag)
        if wire.ErrorFlag.CUTTER in error:
            raise _StripStoppedError(StopCause.CUTTER)
        if error & wire.BROKEN:
            raise _StripStoppedError(StopCause.MECHANICAL)
        self._hot = wire.ErrorFlag.AUTO_RECOVERABLE in error

    def _stopped(self, cause: StopCause) -> PrintResult:
        # The rest of a strip that is void must not come out after the printer is mended.
        with contextlib.suppress(DriverError):
            self._line.write(wire.CLEAR_BUFFER)
        return self._result(PrintOutcome.UNKNOWN, cause)

    def _result(self, outcome: PrintOutcome, cause: StopCause | None) -> PrintResult:
        trusted = 0 if cause is StopCause.NONSENSE else self._confirmed
        return PrintResult(
            outcome,
            rows=self._rows(len(self._parts)),
            rows_confirmed=self._rows(trusted),
            rows_sent=self._rows(self._sent),
            cause=cause,
            paper=self._paper,
        )

    def _rows(self, parts: int) -> int:
        return sum(part.rows for part in self._parts[:parts])


def find_stop_cause(status: PrinterStatus) -> StopCause:
    """Return why a printer with this status cannot print: first the causes that a person can mend."""
    if status.cover_open:
        return StopCause.COVER_OPEN
    if status.paper is PaperState.END:
        return StopCause.PAPER_END
    if status.cutter_fault:
        return StopCause.CUTTER
    if status.mechanical_fault:
        return StopCause.MECHANICAL
    return StopCause.HEAD_HOT if status.head_hot else StopCause.OFF_LINE

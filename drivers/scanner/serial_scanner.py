"""Code scanner on a serial line (RS-232, or a USB scanner set to appear as a serial port).

The line is opened at the first use and again after a loss; codes scanned while nobody listened are
forgotten then. The same text again within a short time is the same code lying in front of the scanner.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from drivers.errors import DeviceLostError
from drivers.frame_log import FrameLog
from drivers.scanner.seam import RejectedScan, ScanEvent, Scanned
from drivers.scanner.wire import Assembler, Framing
from drivers.serial_line import ByteLine, SerialLine

BAUD_DEFAULT: Final = 9600

_frames: Final = FrameLog(__name__)


@dataclass(frozen=True, slots=True)
class ScannerLimits:
    """Limits of a scanner in seconds. Raises ValueError."""

    inter_byte_s: float = 0.1
    """Longest pause inside one message."""
    repeat_s: float = 2.0
    """The same text is given once, until it has not come for so long; 0 gives every one."""

    def __post_init__(self) -> None:
        if self.inter_byte_s <= 0 or self.repeat_s < 0:
            raise ValueError("the limits of a scanner are positive")


class SerialScanner:
    """A `Scanner`. It opens its line at the first use, and again after a loss."""

    def __init__(
        self,
        open_line: Callable[[], ByteLine],
        framing: Framing | None = None,
        *,
        limits: ScannerLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_line = open_line
        self._framing = framing or Framing()
        self._limits = limits or ScannerLimits()
        self._clock = clock
        self._cancelled = threading.Event()
        self._line: ByteLine | None = None
        self._assembler = Assembler(self._framing)
        self._waiting: deque[ScanEvent] = deque()
        self._last: Scanned | None = None
        self._last_at = 0.0

    @classmethod
    def open(
        cls,
        path: str,
        baud: int = BAUD_DEFAULT,
        framing: Framing | None = None,
        *,
        limits: ScannerLimits | None = None,
    ) -> Self:
        """Open the scanner at `path`, a device node or a pyserial URL.

        Raises DeviceNotFoundError, DeviceLostError.
        """
        scanner = cls(lambda: SerialLine.open(path, baud), framing, limits=limits)
        scanner._connect()
        return scanner

    def next(self, timeout_s: float) -> ScanEvent | None:
        """Wait for the next scan as `Scanner.next`."""
        self._cancelled.clear()
        deadline = self._clock() + timeout_s
        try:
            line = self._connect()
            while True:
                if self._waiting:
                    return self._waiting.popleft()
                if self._cancelled.is_set() or self._clock() >= deadline:
                    return None
                self._read(line, deadline)
        except DeviceLostError:
            self.close()
            raise

    def cancel(self) -> None:
        """End a running `next` with None, from any thread."""
        self._cancelled.set()

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connect(self) -> ByteLine:
        if self._line is None:
            line = self._open_line()
            self._line = line
            self._assembler = Assembler(self._framing)
            self._waiting.clear()
            line.discard_input()
        return self._line

    def _read(self, line: ByteLine, deadline: float) -> None:
        # A pause is measured by a read that brings nothing: bytes that waited for this thread are no pause.
        # Such a read lasts its whole limit even if `deadline` is earlier.
        wait_s = min(self._limits.inter_byte_s, max(0.0, deadline - self._clock()))
        unfinished = self._assembler.unfinished
        data = line.read(self._limits.inter_byte_s if unfinished else wait_s)
        if data:
            for event in self._assembler.feed(data):
                self._offer(event)
        elif unfinished:
            broken_off = self._assembler.silence()
            if broken_off is not None:
                self._offer(broken_off)

    def _offer(self, event: ScanEvent) -> None:
        # A code may belong to a person, and its length tells which kind of code it is.
        _frames.received(
            f"rejected {event.reason.name}" if isinstance(event, RejectedScan) else "code"
        )
        if isinstance(event, Scanned):
            now = self._clock()
            again = event == self._last and now - self._last_at < self._limits.repeat_s
            self._last, self._last_at = event, now
            if again:
                return
        self._waiting.append(event)

"""The device's end of a serial line: a pseudo-terminal with a baud rate, a stable name and faults.

A pseudo-terminal has no timing, so bytes are paced here, in both directions. The name is a symbolic
link that survives unplugging, as udev's names by serial number do.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import threading
import time
import tty
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Self

BITS_PER_BYTE = 10
"""8 data bits, no parity, one stop bit, and the start bit."""

PIECE_S = 0.002
"""Bytes are delivered in pieces of about this duration, as a UART's interrupts would."""

LATE_S = 1.5
"""How long a `LATE` answer is held back: longer than the drivers wait for plain answers."""

SPLIT_S = 0.005
IDLE_S = 0.02
UNPACED_BYTES = 1024


class LineFault(Enum):
    """Damage to the next chunk that goes over the line."""

    CORRUPT = "corrupt"  # one bit of one byte is turned over
    DROP = "drop"  # one byte is lost
    LATE = "late"  # it arrives after the other side stopped waiting
    SPLIT = "split"  # it arrives byte by byte, with pauses
    GARBAGE = "garbage"  # stray bytes come first
    DUPLICATE = "duplicate"  # it arrives twice
    SILENCE = "silence"  # all of it is lost


class Direction(Enum):
    TO_HOST = "to host"
    TO_DEVICE = "to device"


class SimulatedLine:
    """A pluggable serial line. The device's thread reads and writes; any thread may do the rest.

    `paced=False` moves bytes as fast as the machine can, for simulated days with many voters.
    """

    def __init__(self, link: Path, baud: int, rng: random.Random, *, paced: bool = True) -> None:
        self.path = link
        self._baud = baud
        self._rng = rng
        self._paced = paced
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self._faults: dict[Direction, list[LineFault]] = {d: [] for d in Direction}
        self._read_ready_at = 0.0

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def plugged(self) -> bool:
        return self._ends is not None

    def plug(self) -> None:
        """Make the line appear under its name."""
        with self._lock:
            if self._ends is not None:
                return
            master, slave = os.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            fresh = self.path.with_name(f".{self.path.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(slave))
            fresh.replace(self.path)
            self._ends = (master, slave)

    def unplug(self) -> None:
        """Make the line vanish; whoever has it open gets an error."""
        with self._lock:
            if self._ends is None:
                return
            for end in self._ends:
                os.close(end)
            self._ends = None
            self.path.unlink(missing_ok=True)

    def fault(self, kind: LineFault, direction: Direction = Direction.TO_HOST) -> None:
        """Damage the next chunk in `direction`; several calls damage several chunks."""
        with self._lock:
            self._faults[direction].append(kind)

    def read(self, timeout_s: float) -> bytes:
        """Bytes from the host, at most as many as the baud rate allows; `b""` if none came."""
        deadline = time.monotonic() + timeout_s
        while True:
            ends = self._ends
            left = deadline - time.monotonic()
            if ends is None:
                time.sleep(max(0.0, min(left, IDLE_S)))
            else:
                # Closing a descriptor does not wake a `select` on it, hence the short slices.
                with contextlib.suppress(OSError, ValueError):
                    select.select([ends[0]], [], [], max(0.0, min(left, IDLE_S)))
                data = self._read_now(ends)
                if data:
                    return self._damage(data, Direction.TO_DEVICE)
            if time.monotonic() >= deadline:
                return b""

    def write(self, data: bytes) -> None:
        """Deliver one answer to the host. Bytes for a line that is not there are lost."""
        if not data:
            return
        data = self._damage(data, Direction.TO_HOST)
        size = max(1, int(self._baud * PIECE_S / BITS_PER_BYTE)) if self._paced else UNPACED_BYTES
        at = time.monotonic()
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            if self._paced:
                at += len(piece) * BITS_PER_BYTE / self._baud
                time.sleep(max(0.0, at - time.monotonic()))
            self._write_now(piece)

    def _read_now(self, ends: tuple[int, int]) -> bytes:
        size = max(1, int(self._baud * PIECE_S / BITS_PER_BYTE)) if self._paced else UNPACED_BYTES
        with self._lock:
            if self._ends is not ends:
                return b""
            try:
                data = os.read(ends[0], size)
            except (BlockingIOError, OSError):
                return b""
        if self._paced:
            now = time.monotonic()
            self._read_ready_at = max(self._read_ready_at, now - PIECE_S)
            self._read_ready_at += len(data) * BITS_PER_BYTE / self._baud
            time.sleep(max(0.0, self._read_ready_at - now))
        return data

    def _write_now(self, piece: bytes) -> None:
        with self._lock:
            if self._ends is None:
                return
            try:
                os.write(self._ends[0], piece)
            except OSError:
                # Nobody fetches the bytes; a UART has nowhere to keep them, either.
                return

    def _damage(self, data: bytes, direction: Direction) -> bytes:
        with self._lock:
            if not self._faults[direction]:
                return data
            fault = self._faults[direction].pop(0)
        at = self._rng.randrange(len(data))
        match fault:
            case LineFault.CORRUPT:
                return data[:at] + bytes((data[at] ^ 1 << self._rng.randrange(8),)) + data[at + 1 :]
            case LineFault.DROP:
                return data[:at] + data[at + 1 :]
            case LineFault.SILENCE:
                return b""
            case LineFault.GARBAGE:
                return self._rng.randbytes(self._rng.randrange(1, 24)) + data
            case LineFault.DUPLICATE:
                return data + data
            case LineFault.LATE:
                time.sleep(LATE_S)
                return data
            case LineFault.SPLIT:
                if direction is Direction.TO_DEVICE:
                    return data
                for byte in data[:-1]:
                    self._write_now(bytes((byte,)))
                    time.sleep(SPLIT_S)
                return data[-1:]


class DeviceThread:
    """Runs a simulated device: bytes from its line in, and a tick whenever the line was quiet."""

    def __init__(
        self,
        line: SimulatedLine,
        on_bytes: Callable[[bytes], None],
        on_tick: Callable[[float], None],
        *,
        tick_s: float = IDLE_S,
    ) -> None:
        self._line = line
        self._on_bytes = on_bytes
        self._on_tick = on_tick
        self._tick_s = tick_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"simulated {line.path.name}")
        self._thread.daemon = True

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._line.read(self._tick_s)
            if data:
                self._on_bytes(data)
            self._on_tick(time.monotonic())

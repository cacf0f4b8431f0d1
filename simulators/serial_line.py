"""Device's end of a serial line: a pseudo-terminal with a baud rate, a stable name and faults.

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self, assert_never

BITS_PER_BYTE = 10
"""8 data bits, no parity, one stop bit, and the start bit."""

PIECE_S = 0.002
"""Bytes are delivered in pieces of about this duration, as a UART's interrupts would."""

LATE_S = 1.5
"""Time a `LATE` answer is held back: longer than the drivers wait for plain answers."""

SPLIT_S = 0.005
CUT_S = 0.02
"""Time in which the bytes before a `CUT` may be fetched; what is unread when the line vanishes is lost."""

IDLE_S = 0.02
UNPACED_BYTES = 1024
ROOM_S = 1.0
"""Time an unpaced line waits for the host to fetch bytes; a paced one drops what does not fit."""
ROOM_POLL_S = 0.001


class LineFault(Enum):
    """Damage to one chunk that goes over the line: an answer, or some bytes of a command."""

    CORRUPT = "corrupt"  # one bit of one byte is turned over, so its check sum is wrong
    DROP = "drop"  # one byte is lost
    LATE = "late"  # it arrives after the other side stopped waiting
    SPLIT = "split"  # it arrives byte by byte, with pauses
    GARBAGE = "garbage"  # stray bytes come first
    DUPLICATE = "duplicate"  # it arrives twice
    SILENCE = "silence"  # all of it is lost
    SHORT = "short"  # its end is lost
    CUT = "cut"  # the plug is pulled in the middle of it


class Direction(Enum):
    """Direction of a chunk on the line."""

    TO_HOST = "to host"
    TO_DEVICE = "to device"


@dataclass(slots=True)
class _Due:
    """Fault that strikes the `left`-th chunk from now; `after` bytes of it stay whole."""

    kind: LineFault
    left: int
    after: int | None


class SimulatedLine:
    """Pluggable serial line. The device's thread reads and writes; any thread may do the rest.

    `paced=False` moves bytes as fast as the machine can, for simulated days with many voters.
    """

    def __init__(self, link: Path, baud: int, rng: random.Random, *, paced: bool = True) -> None:
        self.path = link
        self._baud = baud
        self._rng = rng
        self._paced = paced
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self._faults: dict[Direction, list[_Due]] = {d: [] for d in Direction}
        self._rates: dict[Direction, dict[LineFault, float]] = {d: {} for d in Direction}
        self._read_ready_at = 0.0
        self.on_cut: Callable[[], None] | None = None
        """Called after a `CUT` has pulled the plug, in the thread that moved the bytes."""
        self.sum_bytes: Callable[[bytes], Sequence[int]] | None = None
        """Where an answer has its check sum, for a `CORRUPT` that shows there and nowhere else; a device
        without one (None) is damaged anywhere."""

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def plugged(self) -> bool:
        """True while the line exists."""
        return self._ends is not None

    @property
    def baud(self) -> int:
        """Speed in bit/s."""
        return self._baud

    @baud.setter
    def baud(self, baud: int) -> None:
        self._baud = baud

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

    def fault(
        self,
        kind: LineFault,
        direction: Direction = Direction.TO_HOST,
        *,
        at: int = 1,
        after: int | None = None,
    ) -> None:
        """Damage one chunk in `direction`: the next, or the `at`-th from now.

        Of calls for the same chunk the later ones strike the chunks behind it. `after`: for CUT and
        SHORT, so many bytes still arrive (None: at random).
        """
        if at < 1:
            raise ValueError("chunks are counted from 1, the next")
        with self._lock:
            self._faults[direction].append(_Due(kind, at, after))

    def faults_at_rate(
        self, kind: LineFault, rate: float, direction: Direction = Direction.TO_HOST
    ) -> None:
        """Damage each chunk in `direction` with the probability `rate`, from 0 (never again) to 1."""
        if not 0 <= rate <= 1:
            raise ValueError("a rate is a number from 0 to 1")
        with self._lock:
            self._rates[direction].pop(kind, None)
            if rate:
                self._rates[direction][kind] = rate

    def clear_faults(self) -> None:
        """Forget all faults that have not struck yet, and all rates."""
        with self._lock:
            for direction in Direction:
                self._faults[direction].clear()
                self._rates[direction].clear()

    def read(self, timeout_s: float) -> bytes:
        """Return bytes from the host, as many as the baud rate allows; `b""` if none came."""
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
        deadline = time.monotonic() + (0.0 if self._paced else ROOM_S)
        while piece:
            with self._lock:
                if self._ends is None:
                    return
                try:
                    piece = piece[os.write(self._ends[0], piece) :]
                    continue
                except BlockingIOError:
                    pass
                except OSError:
                    return
            if time.monotonic() >= deadline:
                # Nobody fetches the bytes; a UART has nowhere to keep them, either.
                return
            time.sleep(ROOM_POLL_S)

    def _damage(self, data: bytes, direction: Direction) -> bytes:
        due = self._strikes(direction)
        if due is None:
            return data
        at = self._rng.randrange(len(data))
        whole = at if due.after is None else min(due.after, len(data))
        match due.kind:
            case LineFault.CORRUPT:
                if direction is Direction.TO_HOST and self.sum_bytes is not None:
                    at = self._rng.choice(self.sum_bytes(data))
                return data[:at] + bytes((data[at] ^ 1 << self._rng.randrange(8),)) + data[at + 1 :]
            case LineFault.DROP:
                return data[:at] + data[at + 1 :]
            case LineFault.SILENCE:
                return b""
            case LineFault.SHORT:
                return data[:whole]
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
            case LineFault.CUT:
                if direction is Direction.TO_HOST:
                    self._write_now(data[:whole])
                    time.sleep(CUT_S)
                self.unplug()
                if self.on_cut is not None:
                    self.on_cut()
                return b""
            case never:
                assert_never(never)

    def _strikes(self, direction: Direction) -> _Due | None:
        """Return the fault for this chunk, if any; others come one chunk nearer."""
        with self._lock:
            waiting = self._faults[direction]
            now = next((due for due in waiting if due.left == 1), None)
            if now is not None:
                waiting.remove(now)
            for due in waiting:
                due.left = max(1, due.left - 1)
            if now is not None:
                return now
            for kind, rate in self._rates[direction].items():
                if self._rng.random() < rate:
                    return _Due(kind, 1, None)
            return None


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
        """True once the device is to stop."""
        return self._stop.is_set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to stop and wait for it."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._line.read(self._tick_s)
            if data:
                self._on_bytes(data)
            self._on_tick(time.monotonic())

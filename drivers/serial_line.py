"""Serial lines: bounded reads and writes, and one translation of pyserial's errors.

pyserial reports an unplugged adapter in three ways (`SerialException`, `OSError` and `termios.error`,
which is not an `OSError`), depending on the call. They become `DeviceLostError` here.
A line that has failed is finished: the session closes it and opens a new one.
"""

from __future__ import annotations

import contextlib
import termios
import time
from collections.abc import Iterator
from typing import Protocol, Self

import serial

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError

POLL_S = 0.05
"""How long one blocking read may last, and so how late a cancellation is noticed."""

WRITE_TIMEOUT_S = 10.0
"""The longest silence of a device that holds back data by flow control before a write is given up."""


class ByteLine(Protocol):
    """A byte channel to one device."""

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, waiting up to `timeout_s` for the first byte; `b""` if none came.

        Raises DeviceLostError.
        """

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises DeviceLostError, DeviceTimeoutError."""

    def discard_input(self) -> None:
        """Forget the bytes that have arrived and were not read. Raises DeviceLostError."""

    def close(self) -> None:
        """Release the line. Never raises; may be called again."""


class SerialLine:
    """A `ByteLine` over pyserial, opened exclusively: 8 data bits, no parity, one stop bit."""

    def __init__(self, port: serial.SerialBase, path: str) -> None:
        self._port = port
        self._path = path

    @classmethod
    def open(cls, path: str, baud: int, *, write_timeout_s: float = WRITE_TIMEOUT_S) -> Self:
        """Open the device node or pyserial URL `path` at `baud` bits per second.

        Raises DeviceNotFoundError.
        """
        try:
            port = serial.serial_for_url(path, do_not_open=True)
            port.baudrate = baud
            port.timeout = POLL_S
            port.write_timeout = write_timeout_s
            if "://" not in path:
                port.exclusive = True
            port.open()
        except (serial.SerialException, OSError, termios.error, ValueError) as error:
            raise DeviceNotFoundError(
                f"no device answers at {path}: check its cable and the configured path"
            ) from error
        return cls(port, path)

    def read(self, timeout_s: float) -> bytes:
        """Read as `ByteLine.read`. Raises DeviceLostError."""
        deadline = time.monotonic() + timeout_s
        with self._translated():
            while True:
                first_byte: bytes = self._port.read(1)
                if first_byte:
                    rest: bytes = self._port.read(self._port.in_waiting)
                    return first_byte + rest
                if time.monotonic() >= deadline:
                    return b""

    def write(self, data: bytes) -> None:
        """Send all of `data`, within the write limit. Raises DeviceLostError, DeviceTimeoutError."""
        with self._translated():
            self._port.write(data)

    def discard_input(self) -> None:
        """Forget the unread bytes. Raises DeviceLostError."""
        with self._translated():
            self._port.reset_input_buffer()

    def close(self) -> None:
        """Release the port. Never raises."""
        with contextlib.suppress(serial.SerialException, OSError, termios.error):
            self._port.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except serial.SerialTimeoutException as error:
            raise DeviceTimeoutError(
                f"the device at {self._path} takes no more data: see whether it is off line"
            ) from error
        except (serial.SerialException, OSError, termios.error, TypeError) as error:
            # pyserial itself raises TypeError when another thread closes the port during a read.
            raise DeviceLostError(
                f"the device at {self._path} is gone: check its cable and power"
            ) from error

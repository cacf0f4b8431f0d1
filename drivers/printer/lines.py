"""Lines to printers, by configured path: a serial port, a pyserial URL, or a USB class device.

/dev/serial/by-id/...  or /dev/ttyS0     a terminal device, by `SerialLine`
socket://host:9100                       a network printer, by `SerialLine`
/dev/usb/lp0                             no terminal device: has no baud rate, hence `NodeLine`
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import Final, Self

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError
from drivers.serial_line import WRITE_TIMEOUT_S, ByteLine, SerialLine

READ_BYTES: Final = 4096
EMPTY_READ_S: Final = 0.01
"""Pause after a node said that it can be read and had nothing; some drivers do so."""


def open_line(path: str, baud: int, *, write_timeout_s: float = WRITE_TIMEOUT_S) -> ByteLine:
    """Open the printer at `path`; `baud` matters to serial ports only. Raises DeviceNotFoundError."""
    if "://" in path or _is_terminal(path):
        return SerialLine.open(path, baud, write_timeout_s=write_timeout_s)
    return NodeLine.open(path, write_timeout_s=write_timeout_s)


class NodeLine:
    """A `ByteLine` over a character device that takes and gives plain bytes, as `/dev/usb/lp0` does.

    The kernel lets only one program open such a printer, so no lock is needed.
    """

    def __init__(self, node: int, path: str, write_timeout_s: float) -> None:
        self._node: int | None = node
        self._path = path
        self._write_timeout_s = write_timeout_s

    @classmethod
    def open(cls, path: str, *, write_timeout_s: float = WRITE_TIMEOUT_S) -> Self:
        """Open the device node `path`. Raises DeviceNotFoundError."""
        return cls(_open(path), path, write_timeout_s)

    def read(self, timeout_s: float) -> bytes:
        """Read as `ByteLine.read`. Raises DeviceLostError."""
        deadline = time.monotonic() + timeout_s
        while True:
            if self._ready(select.POLLIN, deadline):
                data = self._transfer_in()
                if data:
                    return data
                time.sleep(EMPTY_READ_S)
            if time.monotonic() >= deadline:
                return b""

    def write(self, data: bytes) -> None:
        """Send all of `data`, within the write limit for each part.

        Raises DeviceLostError, DeviceTimeoutError.
        """
        while data:
            if not self._ready(select.POLLOUT, time.monotonic() + self._write_timeout_s):
                raise DeviceTimeoutError(
                    f"the device at {self._path} takes no more data: see whether it is off line"
                )
            try:
                data = data[os.write(self._opened(), data) :]
            except BlockingIOError:
                time.sleep(EMPTY_READ_S)
            except OSError as error:
                raise self._lost() from error

    def discard_input(self) -> None:
        """Forget the unread bytes. Raises DeviceLostError."""
        while self._ready(select.POLLIN, time.monotonic()) and self._transfer_in():
            pass

    def close(self) -> None:
        """Release the node. Never raises."""
        if self._node is not None:
            with contextlib.suppress(OSError):
                os.close(self._node)
            self._node = None

    def _transfer_in(self) -> bytes:
        try:
            return os.read(self._opened(), READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost() from error

    def _ready(self, event: int, deadline: float) -> bool:
        poll = select.poll()
        poll.register(self._opened(), event)
        for _, seen in poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            if seen & event:
                return True
            raise self._lost()
        return False

    def _opened(self) -> int:
        if self._node is None:
            raise self._lost()
        return self._node

    def _lost(self) -> DeviceLostError:
        return DeviceLostError(f"the device at {self._path} is gone: check its cable and power")


def _is_terminal(path: str) -> bool:
    node = _open(path)
    try:
        return os.isatty(node)
    finally:
        os.close(node)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise DeviceNotFoundError(
            f"no device answers at {path}: check its cable and the configured path"
        ) from error

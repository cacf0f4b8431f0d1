"""Connection to a module: opened at its first use, again after a loss, settled after an error."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from drivers.errors import (
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
    ProtocolError,
)
from drivers.fingerprint.seam import ReaderState, ReaderStatus
from drivers.fingerprint.serial_link import SerialLink
from drivers.fingerprint.stream import StreamDecoder

L = TypeVar("L", bound=SerialLink[StreamDecoder])


class Connection(Generic[L]):
    """One exchange with a module at a time, each on an open line with an idle module."""

    def __init__(self, open_link: Callable[[], L], settle: Callable[[L], None]) -> None:
        """Keep the two functions; nothing is opened yet.

        `settle` makes the module idle and the line empty, after opening and after any error.
        """
        self._open_link = open_link
        self._settle = settle
        self._link: L | None = None
        self._settled = False
        self._busy = threading.Lock()

    @contextlib.contextmanager
    def exchange(self) -> Iterator[L]:
        """Lend the link for one exchange; it is closed if the line is lost.

        Raises DeviceNotFoundError, DeviceLostError, DeviceTimeoutError, ProtocolError.
        """
        with self._busy:
            try:
                link = self._connected()
                if not self._settled:
                    self._settle(link)
                self._settled = False
                yield link
                self._settled = True
            except DeviceLostError:
                self.close()
                raise

    def shake_hands(self, handshake: Callable[[L], object]) -> None:
        """Run a first exchange; if it fails, close the line again. Raises as `exchange`."""
        try:
            with self.exchange() as link:
                handshake(link)
        except DriverError:
            self.close()
            raise

    def read_status(self, describe: Callable[[L], ReaderStatus]) -> ReaderStatus:
        """Return what `describe` learns; ABSENT without a line, SILENT without a usable answer."""
        try:
            with self.exchange() as link:
                return describe(link)
        except (DeviceNotFoundError, DeviceLostError):
            return ReaderStatus(ReaderState.ABSENT)
        except (DeviceTimeoutError, ProtocolError):
            return ReaderStatus(ReaderState.SILENT)

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connected(self) -> L:
        if self._link is not None:
            try:
                self._link.forget()
            except DeviceLostError:
                # Unplugged while nobody used it; it may be back under the same name.
                self.close()
        if self._link is None:
            self._link = self._open_link()
            self._settled = False
        return self._link

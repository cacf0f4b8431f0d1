"""Modules on a serial line: opened at the first use, again after a loss, settled after an error."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Generic, Self, TypeVar

from drivers.errors import (
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
    ProtocolError,
)
from drivers.fingerprint.limits import DEFAULT, FingerprintLimits
from drivers.fingerprint.seam import ReaderState, ReaderStatus, TemplateFormat
from drivers.fingerprint.serial_link import SerialLink
from drivers.fingerprint.stream import StreamDecoder
from drivers.serial_line import ByteLine, SerialLine

L = TypeVar("L", bound=SerialLink[StreamDecoder])
S = TypeVar("S")


class SerialModule(ABC, Generic[L, S]):
    """The part of a `FingerprintReader` that does not depend on the module's protocol.

    `L` is the link that speaks the protocol, `S` the settings that the module gets.
    """

    FORMATS: frozenset[TemplateFormat]
    BAUD: int
    STANDARD: S

    def __init__(
        self,
        open_line: Callable[[], ByteLine],
        *,
        limits: FingerprintLimits = DEFAULT,
        settings: S | None = None,
    ) -> None:
        """Keep how to open the line; nothing is opened yet."""
        self._open_line = open_line
        self._limits = limits
        self._settings = self.STANDARD if settings is None else settings
        self._cancel_asked = threading.Event()
        self._link: L | None = None
        self._settled = False
        self._busy = threading.Lock()

    @classmethod
    def open(
        cls,
        path: str,
        baud: int | None = None,
        *,
        limits: FingerprintLimits = DEFAULT,
        settings: S | None = None,
    ) -> Self:
        """Open the module at `path` and shake hands; if that fails, close the line again.

        Raises DeviceNotFoundError, DeviceLostError, DeviceTimeoutError, ProtocolError.
        """
        speed = cls.BAUD if baud is None else baud
        module = cls(lambda: SerialLine.open(path, speed), limits=limits, settings=settings)
        try:
            with module._exchange() as link:
                module._greet(link)
        except DriverError:
            module.close()
            raise
        return module

    @property
    def formats(self) -> frozenset[TemplateFormat]:
        """Formats of templates that the module takes and gives."""
        return self.FORMATS

    def cancel(self) -> None:
        """End a running use of the sensor with CANCELLED, from any thread."""
        self._cancel_asked.set()

    def status(self) -> ReaderStatus:
        """Ask the module what it is; ABSENT without a line, SILENT and UNUSABLE with the trouble."""
        try:
            with self._exchange() as link:
                return self._describe(link)
        except (DeviceNotFoundError, DeviceLostError):
            return ReaderStatus(ReaderState.ABSENT)
        except DeviceTimeoutError as error:
            return ReaderStatus(ReaderState.SILENT, trouble=str(error))
        except ProtocolError as error:
            return ReaderStatus(ReaderState.UNUSABLE, trouble=str(error))

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._link is not None:
            self._link.close()
            self._link = None

    @abstractmethod
    def _new_link(self, line: ByteLine) -> L:
        """Speak the protocol on a line that was just opened."""

    @abstractmethod
    def _settle(self, link: L) -> None:
        """Make the module idle and the line empty, after opening and after any error."""

    @abstractmethod
    def _greet(self, link: L) -> None:
        """Run the first exchange with the module."""

    @abstractmethod
    def _describe(self, link: L) -> ReaderStatus:
        """Ask a module that answers for its state."""

    @contextlib.contextmanager
    def _exchange(self) -> Iterator[L]:
        """Lend the link for one exchange at a time; it is closed if the line is lost.

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

    def _connected(self) -> L:
        if self._link is not None:
            try:
                self._link.forget()
            except DeviceLostError:
                # Unplugged while nobody used it; it may be back under the same name.
                self.close()
        if self._link is None:
            self._link = self._new_link(self._open_line())
            self._settled = False
        return self._link

"""The life of a module's line: opened at its first use, again after it was lost, settled after trouble."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from drivers.errors import DeviceLost


class Link(Protocol):
    """What the families' links have in common."""

    def forget(self) -> None:
        """Drop what arrived unasked. Raises DeviceLost."""

    def close(self) -> None:
        """Release the line. Never raises."""


L = TypeVar("L", bound=Link)


class Connection(Generic[L]):
    """One exchange with a module at a time, each on an open line with an idle module."""

    def __init__(self, open_link: Callable[[], L], settle: Callable[[L], None]) -> None:
        """settle: makes the module idle and the line empty, after opening and after any error."""
        self._open_link = open_link
        self._settle = settle
        self._link: L | None = None
        self._settled = False
        self._busy = threading.Lock()

    @contextlib.contextmanager
    def exchange(self) -> Iterator[L]:
        """The link, for one exchange; closed if the line is lost. Raises DeviceNotFound, DeviceLost,
        DeviceTimeout."""
        with self._busy:
            try:
                link = self._connected()
                if not self._settled:
                    self._settle(link)
                self._settled = False
                yield link
                self._settled = True
            except DeviceLost:
                self.close()
                raise

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connected(self) -> L:
        if self._link is not None:
            try:
                self._link.forget()
            except DeviceLost:
                # Unplugged while nobody used it; it may be back under the same name.
                self.close()
        if self._link is None:
            self._link = self._open_link()
            self._settled = False
        return self._link

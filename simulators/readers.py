"""Card reader over a Unix socket: virtual cards of another process, without a smart card service.

The reader listens, the card's process joins with the protocol of vpcd (`simulators.vpcd.SocketSlot`).
Events and errors are those of PC/SC. Either process may die and come back: the card is then seen as
removed, and as inserted again.
"""

from __future__ import annotations

import contextlib
import errno
import queue
import socket
import threading
from pathlib import Path
from typing import Final

from drivers.errors import (
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceNotFoundError,
    DeviceTimeoutError,
)
from drivers.smartcard.channel import (
    ANSWER_TIMEOUT_S,
    GONE,
    NO_ANSWER,
    Channel,
    GuardedChannel,
)
from simulators.local_reader import IN_USE, EventReader
from simulators.vpcd import Control, FramedSocket

ATR_TIMEOUT_S: Final = 2.0
"""A card that joins and does not tell its ATR within this is treated as mute."""


class SocketReader(EventReader):
    """Reader that listens on a path. Raises `DeviceNotFoundError` if another process serves the same path."""

    def __init__(
        self, name: str, path: Path, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        super().__init__(name)
        self._path = path
        self._answer_timeout_s = answer_timeout_s
        self._link: _CardLink | None = None
        self._handle: _SocketChannel | None = None
        self._listener = _listen(path)
        self._thread = threading.Thread(target=self._accept, name=f"reader {name}", daemon=True)
        self._thread.start()

    def open(self) -> Channel:
        """Open the card exclusively.

        Raises `DeviceNotFoundError`, `CardRemovedError`, `CardMuteError` or `CardInUseError`.
        """
        with self._events.condition:
            link = self._usable(self._link)
            if link.busy:
                raise CardMuteError(NO_ANSWER)
            if self._handle is not None and self._handle.holds(link):
                raise CardInUseError(IN_USE)
            self._handle = _SocketChannel(link, self._answer_timeout_s)
            return self._handle

    def close(self) -> None:
        """Stop listening and drop the card; the path is removed."""
        with self._events.condition:
            if self._events.gone:
                return
            self._events.vanish()
            link = self._link
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        if link is not None:
            link.shutdown()
        self._thread.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        """Accept one card at a time: the next one when the last is gone."""
        while not self._events.gone:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            link = _CardLink(sock)
            with contextlib.suppress(OSError, EOFError):
                link.power_up()
                self._show(link)
                link.pump()
            link.shutdown()
            self._show(None)
            link.close()

    def _show(self, link: _CardLink | None) -> None:
        with self._events.condition:
            if self._events.gone:
                if link is not None:
                    link.shutdown()
                return
            if link is not None or self._link is not None:
                self._link = link
                self._events.show(None if link is None else link.atr)


class _CardLink:
    """Connection of one card; `pump` runs in the reader's thread, the rest in the caller's."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._frames = FramedSocket(sock)
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.busy = False
        """The card owes the answer to a command nobody waits for any more."""
        self.atr = b""

    def power_up(self) -> None:
        """Power the card on and ask for the ATR; a card without an answer stays mute."""
        self._frames.send(bytes((Control.POWER_ON,)))
        self._frames.send(bytes((Control.GET_ATR,)))
        self._socket.settimeout(ATR_TIMEOUT_S)
        with contextlib.suppress(TimeoutError):
            self.atr = self._frames.receive()
        self._socket.settimeout(None)

    def pump(self) -> None:
        """Hand every frame of the card to the waiting command, until the card is gone."""
        try:
            while True:
                frame = self._frames.receive()
                with self._lock:
                    late, self.busy = self.busy, False
                    if not late:
                        self._answers.put(frame)
        finally:
            self._answers.put(None)

    def exchange(self, apdu: bytes, limit_s: float) -> bytes:
        """Exchange one command. Raises `CardRemovedError` or `DeviceTimeoutError`."""
        try:
            self._frames.send(apdu)
            answer = self._await(limit_s)
        except OSError as error:
            raise CardRemovedError(GONE) from error
        if answer is None:
            # Every later command must find the end too.
            self._answers.put(None)
            raise CardRemovedError(GONE)
        return answer

    def _await(self, limit_s: float) -> bytes | None:
        try:
            return self._answers.get(timeout=limit_s)
        except queue.Empty:
            with self._lock:
                if not self._answers.empty():
                    return self._answers.get()
                self.busy = True
            raise DeviceTimeoutError(NO_ANSWER) from None

    def reset(self) -> None:
        with contextlib.suppress(OSError):
            self._frames.send(bytes((Control.RESET,)))

    def shutdown(self) -> None:
        self._frames.shutdown()

    def close(self) -> None:
        self._frames.close()


class _SocketChannel(GuardedChannel):
    def __init__(self, link: _CardLink, answer_timeout_s: float) -> None:
        super().__init__(link.atr)
        self._link = link
        self._answer_timeout_s = answer_timeout_s

    def holds(self, link: _CardLink) -> bool:
        """Return whether this handle keeps the card behind `link` from others."""
        return self._open and self._link is link

    def _exchange(self, apdu: bytes) -> bytes:
        return self._link.exchange(apdu, self._answer_timeout_s)

    def _restart(self) -> None:
        self._link.reset()

    def _release(self, *, reset: bool, lost: bool) -> None:
        if reset or lost:
            self._link.reset()


def _listen(path: Path) -> socket.socket:
    """Return a listening socket; a path left behind by a killed process is taken over."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        if _is_served(path):
            raise DeviceNotFoundError(f"another program serves the reader {path.name}; stop it")
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        listener.listen(1)
    except OSError as error:
        listener.close()
        raise DeviceNotFoundError(
            f"the reader {path.name} cannot be opened: {error.strerror}"
        ) from error
    except DeviceNotFoundError:
        listener.close()
        raise
    return listener


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0)
        return probe.connect_ex(str(path)) not in (errno.ENOENT, errno.ECONNREFUSED)

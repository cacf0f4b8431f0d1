"""Connection of a virtual card to a reader over the protocol of vsmartcard's vpcd.

The card is the client. Frames are a 16-bit big-endian length and that many bytes, both ways; a frame of
one byte from the reader is control (see `Control`), anything longer an APDU. Only the question for the
ATR and APDUs are answered. Closing the connection is pulling the card.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import IntEnum
from pathlib import Path
from typing import Final

from simulators.local_reader import VirtualCard

RETRY_S: Final = 0.05
"""Pause before joining again when the reader is not there."""
CONNECT_TIMEOUT_S: Final = 5.0
END_TIMEOUT_S: Final = 1.0
"""Time a pulled card may take to finish what it computes; its reader sees it gone at once."""


class Control(IntEnum):
    """One-byte frame from the reader."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class FramedSocket:
    """Whole frames over a stream socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
        if self._tcp:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, frame: bytes) -> None:
        """Write length and body at once: two writes would cost 44 ms each time on TCP."""
        self._socket.sendall(len(frame).to_bytes(2, "big") + frame)

    def receive(self) -> bytes:
        """Return the next frame. Raises OSError or EOFError when the other side is gone."""
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def shutdown(self) -> None:
        """End both directions, also under a thread that waits in `receive`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise EOFError
            if self._tcp:
                # The kernel falls back to delayed acknowledgements by itself.
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            data += part
        return bytes(data)


class _Stay:
    """Stay of one card in the slot: a thread that joins, serves and joins again."""

    def __init__(self, address: tuple[str, int] | Path, card: VirtualCard) -> None:
        self.card = card
        self.pull_in: int | None = None
        self._address = address
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._link: FramedSocket | None = None
        self._thread = threading.Thread(target=self._run, name="virtual card", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return self._over.is_set()

    def end(self) -> None:
        """Pull the card and wait for the thread, unless the card computes without end."""
        with self._lock:
            self._over.set()
            if self._link is not None:
                self._link.shutdown()
        if threading.current_thread() is not self._thread:
            self._thread.join(END_TIMEOUT_S)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                sock = self._connect()
            except OSError:
                self._over.wait(RETRY_S)
                continue
            link = FramedSocket(sock)
            with self._lock:
                self._link = link
                if self._over.is_set():
                    link.shutdown()
            self.card.reset()
            with contextlib.suppress(OSError, EOFError):
                self._serve(link)
            with self._lock:
                self._link = None
            link.close()
            self.card.reset()
            # A reader that accepts and drops at once must not be hammered.
            self._over.wait(RETRY_S)

    def _connect(self) -> socket.socket:
        if isinstance(self._address, tuple):
            sock = socket.create_connection(self._address, timeout=CONNECT_TIMEOUT_S)
        else:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(CONNECT_TIMEOUT_S)
            try:
                sock.connect(str(self._address))
            except OSError:
                sock.close()
                raise
        sock.settimeout(None)
        return sock

    def _serve(self, link: FramedSocket) -> None:
        while not self._over.is_set():
            frame = link.receive()
            if len(frame) > 1:
                if self._pulled():
                    self._over.set()
                    return
                answer = self.card.process(frame)
                if self._over.is_set():
                    return
                link.send(answer)
            elif frame == bytes((Control.GET_ATR,)):
                link.send(self.card.atr)
            elif frame in (bytes((Control.POWER_OFF,)), bytes((Control.RESET,))):
                self.card.reset()

    def _pulled(self) -> bool:
        if self.pull_in is not None:
            self.pull_in -= 1
        return self.pull_in is not None and self.pull_in <= 0


class _Slot:
    """Slot of the card side; see `simulators.cards.slot.CardSlot`."""

    def __init__(self, address: tuple[str, int] | Path) -> None:
        self._address = address
        self._stay: _Stay | None = None

    @property
    def card(self) -> VirtualCard | None:
        """Card that is in, None if the slot is empty."""
        return None if self._stay is None or self._stay.over else self._stay.card

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; one that is in already is exchanged at once.

        It joins as soon as the reader listens, and again after the reader's program was
        restarted.
        """
        self.remove()
        self._stay = _Stay(self._address, card)

    def remove(self) -> None:
        """Pull the card, also in the middle of a command; nothing if none is in."""
        if self._stay is not None:
            self._stay.end()
            self._stay = None

    def pull_after(self, apdus: int) -> None:
        """Inject a fault: the `apdus`-th command from now (1 = the next) finds the card pulled."""
        if self._stay is not None:
            self._stay.pull_in = apdus


class VpcdSlot(_Slot):
    """Slot of vpcd, by host and TCP port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port))


class SocketSlot(_Slot):
    """Slot of a `simulators.readers.SocketReader`, by the path of its Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)

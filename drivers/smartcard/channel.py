"""Seam of smart cards: one channel to a card, one reader with its events.

Everything above (eMRTD, PIV) takes a `Channel`; PC/SC, an in-process slot and a socket implement it.

A channel lives from `CardReader.open` to the first transport error or `close`, never longer: a handle
that outlives a quick exchange of cards would answer from the new card without any event. So the first
exception is final; a new session starts with a new event and all authentication again.

The events of a reader::

    Inserted ──▶ Removed          an ordinary session
    Inserted ──▶ Swapped          another card is in (or was in between); treat as Removed + Inserted
    any      ──▶ ReaderGone       reader unplugged: the card is gone with it, no Removed comes
    any      ──▶ ServiceDown      the service behind the reader stopped: the same
    ReaderGone, ServiceDown ──▶ ReaderBack ──▶ Inserted if a card is in
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.errors import CardRemovedError, ProtocolError
from drivers.frame_log import FrameLog

MAX_APDU: Final = 65_535
"""Longest command or answer in bytes that every transport passes (vpcd has a two-byte length)."""

ANSWER_TIMEOUT_S: Final = 30.0
"""How long a card may compute before it counts as silent; making an RSA key takes long."""

NO_ANSWER: Final = "the card does not answer; take it out and insert it again"
GONE: Final = "the card was removed or exchanged; insert it again"

_frames: Final = FrameLog(__name__)


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card is in. An empty `atr` is a card that does not answer (put in the wrong way)."""

    atr: bytes


@dataclass(frozen=True, slots=True)
class Removed:
    """The card is out."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """A card was out and in between two looks: perhaps another one, certainly a new session."""

    atr: bytes


@dataclass(frozen=True, slots=True)
class ReaderGone:
    """The reader is unplugged, and the card with it."""


@dataclass(frozen=True, slots=True)
class ServiceDown:
    """The smart card service does not answer."""


@dataclass(frozen=True, slots=True)
class ReaderBack:
    """Reader and service are there again."""


ReaderEvent = Inserted | Removed | Swapped | ReaderGone | ServiceDown | ReaderBack


class Channel(Protocol):
    """One exclusive session with one card."""

    @property
    def atr(self) -> bytes:
        """Answer to reset of the card."""

    def transmit(self, apdu: bytes) -> bytes:
        """Send one command APDU; return the raw answer, data and two status bytes.

        Raises `CardRemovedError`, `DeviceLostError`, `DeviceTimeoutError` or `ProtocolError`; after
        any of them
        the channel is dead and every further call raises `CardRemovedError`.
        """

    def restart(self) -> None:
        """Cut the card's power for a moment: it forgets keys, selection and whatever was begun.

        The session goes on with the same card. Raises as `transmit`, and is as final.
        """

    def close(self, reset: bool = True) -> None:
        """End the session; with `reset` the card forgets a verified PIN. May be called twice."""


class CardReader(Protocol):
    """One slot. `wait_event` and the channel may be used from two threads, each from one."""

    @property
    def name(self) -> str:
        """Name by which the reader is configured."""

    def open(self) -> Channel:
        """Open the card exclusively.

        Raises `CardRemovedError` (no card), `CardInUseError`, `CardMuteError` (no answer to power-
        up, or still busy
        with a command that took too long), `DeviceNotFoundError` (no such reader, or a pattern that fits
        several) or `DeviceLostError` (service down).
        """

    def wait_event(self, timeout_s: float | None = None) -> ReaderEvent | None:
        """Wait for the next event; None after `timeout_s` or `cancel`.

        A card that is already in when the first wait starts is reported as `Inserted`. Raises nothing.
        """

    def cancel(self) -> None:
        """End a running `wait_event`, or the next one if none runs, from any thread."""

    def close(self) -> None:
        """Release the reader; a running wait ends."""


class GuardedChannel(ABC):
    """A channel that dies at its first exception. Transports implement the abstract methods."""

    def __init__(self, atr: bytes) -> None:
        self._atr = atr
        self._open = True
        self._lock = threading.Lock()

    @property
    def atr(self) -> bytes:
        """Answer to reset of the card."""
        return self._atr

    def transmit(self, apdu: bytes) -> bytes:
        """Exchange one APDU as `Channel.transmit`; ValueError for one of no possible length."""
        if not 4 <= len(apdu) <= MAX_APDU:
            raise ValueError(f"a command APDU has 4 to {MAX_APDU} bytes, not {len(apdu)}")
        # The header tells the instruction; data behind it may be a PIN or a template.
        with self._while_open(f"command {apdu[:4].hex(' ').upper()}", len(apdu)):
            answer = self._exchange(apdu)
            if len(answer) < 2:
                raise ProtocolError("the card answered without a status word")
            _frames.received(f"answer {answer[-2:].hex().upper()}", len(answer))
            return answer

    def restart(self) -> None:
        """Cut the card's power for a moment as `Channel.restart`."""
        with self._while_open("restart"):
            self._restart()

    @contextmanager
    def _while_open(self, doing: str, length: int | None = None) -> Iterator[None]:
        """Do one thing with the card; an exception in it ends the channel."""
        with self._lock:
            if not self._open:
                raise CardRemovedError(GONE)
            _frames.sent(doing, length)
            try:
                yield
            except BaseException as error:
                _frames.received(type(error).__name__)
                self._open = False
                self._release(reset=True, lost=True)
                raise

    def close(self, reset: bool = True) -> None:
        """End the session as `Channel.close`."""
        with self._lock:
            if self._open:
                self._open = False
                self._release(reset=reset, lost=False)

    @abstractmethod
    def _exchange(self, apdu: bytes) -> bytes:
        """Exchange one command and answer; raise a `DriverError` of `Channel.transmit`."""

    @abstractmethod
    def _restart(self) -> None:
        """Power the card down and up again; raise a `DriverError` of `Channel.transmit`."""

    @abstractmethod
    def _release(self, *, reset: bool, lost: bool) -> None:
        """Give the card back, once; `lost` after an exception. Must not raise."""

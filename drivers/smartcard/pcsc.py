"""The PC/SC transport: the only module that knows pyscard.

Waits with SCardGetStatusChange, not with pyscard's CardMonitor, whose thread dies when pcscd restarts.
Opens exclusively. pyscard and the PC/SC library are loaded at first use, so that the package imports
where neither is installed.
"""

from __future__ import annotations

import importlib
import threading
import time
from types import ModuleType
from typing import Final

from drivers.errors import (
    CardError,
    CardInUse,
    CardMute,
    CardRemoved,
    DeviceLost,
    DeviceNotFound,
    DriverError,
)
from drivers.smartcard.channel import GONE, Channel, GuardedChannel, Inserted, ReaderEvent
from drivers.smartcard.tracking import NO_READER, NO_SERVICE, UNSEEN, Look, events_between

PNP_READER: Final = r"\\?PnP?\Notification"
"""Pseudo reader: its state changes when readers come or go."""
WAIT_STEP_MS: Final = 10_000
RETRY_S: Final = 1.0
"""Pause before asking again for a service that is down."""
SETTLE_S: Final = 1.2
"""After a channel died: how long pcscd (it looks every 0.4 s) may take to notice a pulled card.
If it still shows a card without any event then, the card was exchanged unnoticed."""

_CANCEL_PAUSE_S: Final = 0.005
_NO_SERVICE: Final = "the smart card service does not answer; start pcscd"

# Return codes of PC/SC (pcsclite.h), as unsigned 32-bit values.
_CANCELLED: Final = 0x80100002
_UNKNOWN_READER: Final = 0x80100009
_TIMEOUT: Final = 0x8010000A
_SHARING_VIOLATION: Final = 0x8010000B
_NO_READERS: Final = 0x8010002E
_NO_CARD: Final = frozenset({0x8010000C, 0x80100069})  # no card, removed card
_MUTE: Final = frozenset({0x80100066, 0x80100067, 0x8010000F})  # silent, unpowered, no protocol
_ABSENT: Final = frozenset({_UNKNOWN_READER, 0x80100017, _NO_READERS})
# No service, service stopped, communication error, handle from before a restart.
_SERVICE: Final = frozenset({0x8010001D, 0x8010001E, 0x80100013, 0x80100003})


def _scard() -> ModuleType:
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise DeviceNotFound(
            "smart card support is missing; install pyscard and libpcsclite1"
        ) from error


def list_readers() -> list[str]:
    """Names of the readers there are now. Raises `DeviceNotFound` without library or service."""
    scard = _scard()
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        raise DeviceNotFound(_NO_SERVICE)
    try:
        code, names = scard.SCardListReaders(context, [])
        if code & 0xFFFFFFFF == _NO_READERS:
            return []
        if code != scard.SCARD_S_SUCCESS:
            raise DeviceNotFound(_NO_SERVICE)
        return list(names)
    finally:
        scard.SCardReleaseContext(context)


class PcscReader:
    """One reader of the PC/SC service, by its exact name (see `list_readers`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: Look = UNSEEN
        self._queue: list[ReaderEvent] = []
        self._context: int | None = None
        self._channel: _PcscChannel | None = None
        self._waiting = threading.Lock()
        self._guard = threading.Lock()
        self._cancelled = threading.Event()
        self._closed = False
        self._lost_at: float | None = None
        self._state = 0
        self._unnoticed = 0

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> Channel:
        if self._lost_at is not None:
            raise CardRemoved(GONE)
        self._channel = self._connect()
        return self._channel

    def _connect(self) -> _PcscChannel:
        scard = _scard()
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if code != scard.SCARD_S_SUCCESS:
            raise DeviceLost(_NO_SERVICE)
        code, card, protocol = scard.SCardConnect(
            context,
            self._name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if code != scard.SCARD_S_SUCCESS:
            scard.SCardReleaseContext(context)
            raise _open_error(code & 0xFFFFFFFF, self._name)
        code, _, _, _, atr = scard.SCardStatus(card)
        channel = _PcscChannel(self, context, card, protocol, bytes(atr))
        if code != scard.SCARD_S_SUCCESS:
            channel.close(reset=False)
            raise _transmit_error(code & 0xFFFFFFFF)
        return channel

    def wait_event(self, timeout_s: float | None = None) -> ReaderEvent | None:
        limit = None if timeout_s is None else time.monotonic() + timeout_s
        with self._waiting:
            left = timeout_s
            while not self._queue:
                if self._cancelled.is_set() or self._closed:
                    self._cancelled.clear()
                    return None
                look = self._look(left)
                if look is not None:
                    self._note(look)
                left = None if limit is None else max(0.0, limit - time.monotonic())
                if left == 0 and not self._queue:
                    return None
            return self._queue.pop(0)

    def _note(self, look: Look) -> None:
        events = events_between(self._seen, look)
        self._seen = look
        self._queue.extend(events)
        if events and not isinstance(events[0], Inserted):
            self._end_channel()

    def _end_channel(self) -> None:
        """A handle whose card is gone would keep the next card from being opened."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close(reset=False)

    def cancel(self) -> None:
        self._cancelled.set()
        # A cancel that comes just before the wait starts is lost, so repeat it until it is heard.
        while self._cancelled.is_set() and self._waiting.locked():
            self._wake()
            time.sleep(_CANCEL_PAUSE_S)

    def close(self) -> None:
        self._closed = True
        self.cancel()
        self._end_channel()
        with self._waiting:
            self._release_context()

    def channel_lost(self) -> None:
        """A channel of this reader died: an exchange of cards may have gone unnoticed."""
        self._lost_at = time.monotonic()
        self._wake()

    def _look(self, left_s: float | None) -> Look | None:
        """Wait for a change and look; None if nothing is known yet. At most `left_s` seconds."""
        try:
            scard = _scard()
        except DeviceNotFound:
            return self._service_down(left_s)
        context = self._wait_context(scard)
        if context is None:
            return self._service_down(left_s)
        code, names = scard.SCardListReaders(context, [])
        if code & 0xFFFFFFFF == _NO_READERS:
            code, names = scard.SCARD_S_SUCCESS, []
        if code != scard.SCARD_S_SUCCESS:
            self._release_context()
            return self._service_down(left_s)
        if self._name not in names:
            self._state = 0
            if self._seen != NO_READER:
                return NO_READER
        step_ms = self._step_ms(left_s)
        watched = [(PNP_READER, len(names) << 16)]
        if self._name in names:
            watched.append((self._name, self._state))
        code, states = scard.SCardGetStatusChange(context, step_ms, watched)
        code &= 0xFFFFFFFF
        if code in (_CANCELLED, _UNKNOWN_READER):
            return None
        if code not in (scard.SCARD_S_SUCCESS, _TIMEOUT):
            self._release_context()
            return self._service_down(left_s)
        if self._name not in names:
            return None
        _, state, atr = states[1]
        return self._judge(scard, state, bytes(atr))

    def _judge(self, scard: ModuleType, state: int, atr: bytes) -> Look:
        self._state = state & ~int(scard.SCARD_STATE_CHANGED)
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            return NO_READER
        counter = state >> 16 & 0xFFFF | self._unnoticed << 16
        if not state & scard.SCARD_STATE_PRESENT:
            self._lost_at = None
            return Look(counter=counter)
        if self._seen.atr is None or counter != self._seen.counter:
            self._lost_at = None
        elif self._lost_at is not None and time.monotonic() >= self._lost_at + SETTLE_S:
            self._lost_at = None
            self._unnoticed += 1
            counter += 1 << 16
            atr = self._power_cycle()
        return Look(atr=b"" if state & scard.SCARD_STATE_MUTE else atr, counter=counter)

    def _power_cycle(self) -> bytes:
        """Let pcscd meet a card that it took for the one before; its ATR, empty if that fails."""
        try:
            self._connect().close(reset=True)
            channel = self._connect()
        except DriverError:
            return b""
        channel.close(reset=True)
        return channel.atr

    def _step_ms(self, left_s: float | None) -> int:
        step = WAIT_STEP_MS if left_s is None else min(WAIT_STEP_MS, int(left_s * 1000) + 1)
        if self._lost_at is not None:
            settled_s = self._lost_at + SETTLE_S - time.monotonic()
            step = min(step, max(1, int(settled_s * 1000) + 1))
        return step

    def _wake(self) -> None:
        """Let a running wait look again."""
        with self._guard:
            if self._context is not None:
                _scard().SCardCancel(self._context)

    def _wait_context(self, scard: ModuleType) -> int | None:
        with self._guard:
            if self._context is None:
                code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
                if code != scard.SCARD_S_SUCCESS:
                    return None
                self._context = context
            return self._context

    def _release_context(self) -> None:
        with self._guard:
            if self._context is not None:
                _scard().SCardReleaseContext(self._context)
                self._context = None

    def _service_down(self, left_s: float | None) -> Look:
        self._lost_at = None
        self._state = 0
        if self._seen == NO_SERVICE:
            self._cancelled.wait(RETRY_S if left_s is None else min(RETRY_S, left_s))
        return NO_SERVICE


class _PcscChannel(GuardedChannel):
    def __init__(
        self, reader: PcscReader, context: int, card: int, protocol: int, atr: bytes
    ) -> None:
        super().__init__(atr)
        self._reader = reader
        self._context = context
        self._card = card
        scard = _scard()
        t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._pci = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1

    def _exchange(self, apdu: bytes) -> bytes:
        code, answer = _scard().SCardTransmit(self._card, self._pci, list(apdu))
        if code:
            raise _transmit_error(code & 0xFFFFFFFF)
        # pcscd reports an empty answer, not an error, for a card pulled during the command.
        if len(answer) < 2:
            raise CardRemoved(GONE)
        return bytes(answer)

    def _release(self, *, reset: bool, lost: bool) -> None:
        scard = _scard()
        # No reset after a loss: with the card out, pcscd would note the slot as empty without its
        # watching thread, and miss a card that comes within the same 0.4 s.
        how = scard.SCARD_RESET_CARD if reset and not lost else scard.SCARD_LEAVE_CARD
        scard.SCardDisconnect(self._card, how)
        scard.SCardReleaseContext(self._context)
        if lost:
            self._reader.channel_lost()


def _open_error(code: int, name: str) -> DriverError:
    if code in _NO_CARD:
        return CardRemoved("no card in the reader; insert one")
    if code == _SHARING_VIOLATION:
        return CardInUse("another program uses the card; close it and try again")
    if code in _MUTE:
        return CardMute("the card does not answer; insert it the other way round")
    if code in _ABSENT:
        return DeviceNotFound(f"card reader {name} is not there; plug it in")
    if code in _SERVICE:
        return DeviceLost(_NO_SERVICE)
    return CardError(f"the card could not be opened (PC/SC code {code:08X}); insert it again")


def _transmit_error(code: int) -> DriverError:
    if code in _SERVICE:
        return DeviceLost(_NO_SERVICE)
    if code in _ABSENT:
        return DeviceLost("the card reader was unplugged; plug it in")
    return CardRemoved(GONE)

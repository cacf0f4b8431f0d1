"""PC/SC library as this program uses it: the only module that knows pyscard.

pyscard and libpcsclite are loaded at first use, so that the package imports where neither is installed.
Return codes become errors of `drivers.errors` here. Every call has a limit; a context one of whose
calls did not come back in time is left to that call, which releases it when it ends.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from types import ModuleType
from typing import Final, TypeVar

from drivers.errors import (
    CardError,
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
)
from drivers.smartcard.bounded import call_with_limit
from drivers.smartcard.channel import GONE, NO_ANSWER

PNP_READER: Final = r"\\?PnP?\Notification"
"""Pseudo reader: its state changes when readers come or go."""
CALL_LIMIT_S: Final = 5.0
"""Limit of a call that involves the service only; it answers in microseconds."""
OPEN_LIMIT_S: Final = 10.0
"""Limit of powering a card up and opening it."""
SERVICE_IS_DOWN: Final = "the smart card service does not answer; start pcscd"

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

_WRONG_LENGTH: Final = b"\x67\x00"

_T = TypeVar("_T")


class After(Enum):
    """Actions on the card when its handle is given back."""

    LEAVE = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class SlotState:
    """State of one reader by the service; the event counter is in `raw`, bits 16 to 31."""

    raw: int
    atr: bytes
    there: bool
    present: bool
    mute: bool

    @property
    def counter(self) -> int:
        """Insertions and removals the service counted, modulo 65536."""
        return self.raw >> 16 & 0xFFFF


class Context:
    """One connection to the service, used by one thread at a time; `cancel` by any."""

    def __init__(self) -> None:
        """Load the library; nothing is connected yet. Raises `DeviceNotFoundError` without it."""
        self._scard = _scard()
        self._handle: int | None = None
        self._late = False
        self._back = threading.Event()

    def establish(self) -> None:
        """Connect to the service. Raises `DeviceLostError` without it, `DeviceTimeoutError`."""
        self.bounded(self._establish, CALL_LIMIT_S)

    @property
    def stuck(self) -> bool:
        """True while a call has not come back: do not use the context, and do not wait for it."""
        return self._late and not self._back.is_set()

    def readers(self) -> list[str]:
        """List the names of the readers. Raises `DeviceLostError`, `DeviceTimeoutError`."""
        code, names = self.bounded(
            lambda: self._scard.SCardListReaders(self._handle, []), CALL_LIMIT_S
        )
        if _unsigned(code) == _NO_READERS:
            return []
        if code:
            raise DeviceLostError(SERVICE_IS_DOWN)
        return [str(name) for name in names]

    def wait(
        self, reader: str | None, known: int, count: int, timeout_s: float
    ) -> SlotState | None:
        """Wait until the reader's state differs from `known`, or there are not `count` readers.

        None if it was cancelled, if readers came or went, or without `reader`. Raises
        `DeviceLostError`, `DeviceTimeoutError`.
        """
        watched = [(PNP_READER, count << 16)]
        if reader is not None:
            watched.append((reader, known))
        step_ms = max(0, int(timeout_s * 1000) + 1)
        code, states = self.bounded(
            lambda: self._scard.SCardGetStatusChange(self._handle, step_ms, watched),
            timeout_s + CALL_LIMIT_S,
        )
        if _unsigned(code) in (_CANCELLED, _UNKNOWN_READER):
            return None
        if code and _unsigned(code) != _TIMEOUT:
            raise DeviceLostError(SERVICE_IS_DOWN)
        if reader is None:
            return None
        _, raw, atr = states[1]
        return slot_state(self._scard, raw, bytes(atr))

    def cancel(self) -> None:
        """End a running `wait`."""
        handle = self._handle
        if handle is not None and not self._late:
            call_with_limit(
                lambda: self._scard.SCardCancel(handle), CALL_LIMIT_S, _nothing, SERVICE_IS_DOWN
            )

    def connect(self, reader: str) -> CardHandle:
        """Open the card exclusively. Raises the errors of `CardReader.open`, and `DeviceTimeoutError`.

        T=1 where the card has it, for T=0 has no extended lengths; else what the card offers.
        """
        scard = self._scard
        either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1

        def work() -> tuple[int, int, int, bytes]:
            for protocols in (scard.SCARD_PROTOCOL_T1, either):
                code, card, protocol = scard.SCardConnect(
                    self._handle, reader, scard.SCARD_SHARE_EXCLUSIVE, protocols
                )
                if _unsigned(code) not in _MUTE:
                    break
            if code:
                raise _open_error(_unsigned(code), reader)
            code, _, _, _, atr = scard.SCardStatus(card)
            return code, card, protocol, bytes(atr)

        code, card, protocol, atr = self.bounded(work, OPEN_LIMIT_S)
        opened = CardHandle(self, scard, card, protocol, atr)
        if code:
            opened.disconnect(After.LEAVE)
            raise _transmit_error(_unsigned(code))
        return opened

    def release(self) -> None:
        """Give the context and its handles back. Does not raise; may be called twice."""
        if self._handle is None or self._late:
            return
        try:
            self.bounded(self._give_back, CALL_LIMIT_S)
        except DeviceTimeoutError:
            return

    def bounded(self, work: Callable[[], _T], limit_s: float, late: str = SERVICE_IS_DOWN) -> _T:
        """Run one call on this context, also for its `CardHandle`. Raises `DeviceTimeoutError(late)`."""
        if self._late:
            raise DeviceTimeoutError(late)
        try:
            return call_with_limit(work, limit_s, self._ended, late)
        except DeviceTimeoutError:
            self._late = True
            raise

    def _ended(self) -> None:
        self._give_back()
        self._back.set()

    def _establish(self) -> None:
        code, handle = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_SYSTEM)
        if code:
            raise DeviceLostError(SERVICE_IS_DOWN)
        self._handle = handle

    def _give_back(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._scard.SCardReleaseContext(handle)


class CardHandle:
    """An open card; `atr` is its answer to reset."""

    def __init__(
        self, context: Context, scard: ModuleType, handle: int, protocol: int, atr: bytes
    ) -> None:
        self.atr = atr
        self._context = context
        self._scard = scard
        self._handle = handle
        self._t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._pci = scard.SCARD_PCI_T0 if self._t0 else scard.SCARD_PCI_T1

    def transmit(self, apdu: bytes, limit_s: float) -> bytes:
        """Exchange one command and its answer.

        Raises `CardRemovedError`, `DeviceLostError`, `DeviceTimeoutError`.
        """
        if self._t0 and is_extended(apdu):
            # The answer of a card without extended lengths; a reader would drop the connection.
            return _WRONG_LENGTH
        sent = list(t0_form(apdu) if self._t0 else apdu)
        code, answer = self._context.bounded(
            lambda: self._scard.SCardTransmit(self._handle, self._pci, sent), limit_s, NO_ANSWER
        )
        if code:
            raise _transmit_error(_unsigned(code))
        # pcscd reports an empty answer, not an error, for a card pulled during the command.
        if len(answer) < 2:
            raise CardRemovedError(GONE)
        return bytes(answer)

    def restart(self) -> None:
        """Power the card down and up again. Raises as `transmit`, also if another card is there."""
        scard = self._scard
        same = scard.SCARD_PROTOCOL_T0 if self._t0 else scard.SCARD_PROTOCOL_T1

        def work() -> tuple[int, bytes]:
            code, _ = scard.SCardReconnect(
                self._handle, scard.SCARD_SHARE_EXCLUSIVE, same, scard.SCARD_UNPOWER_CARD
            )
            if code:
                return code, b""
            code, _, _, _, atr = scard.SCardStatus(self._handle)
            return code, bytes(atr)

        code, atr = self._context.bounded(work, OPEN_LIMIT_S, NO_ANSWER)
        if code:
            raise _transmit_error(_unsigned(code))
        if atr != self.atr:
            raise CardRemovedError(GONE)

    def disconnect(self, after: After) -> None:
        """Give the card back; do nothing where a command has not come back."""
        if self._context.stuck:
            return
        reset = after is After.RESET
        how = self._scard.SCARD_RESET_CARD if reset else self._scard.SCARD_LEAVE_CARD
        try:
            self._context.bounded(
                lambda: self._scard.SCardDisconnect(self._handle, how), OPEN_LIMIT_S, NO_ANSWER
            )
        except DeviceTimeoutError:
            return


class WatchContext:
    """Context for a wait that lasts for years: made when needed, dropped at the first trouble.

    One thread waits, any wakes it. While a call of a dropped context is stuck in a service that does
    not answer, no further one is tried, so that at most one thread hangs there.
    """

    def __init__(self) -> None:
        self._context: Context | None = None
        self._stuck: Context | None = None
        self._lock = threading.Lock()

    def get(self) -> Context:
        """Return the context, connected.

        Raises `DeviceNotFoundError`, `DeviceLostError`, `DeviceTimeoutError`.
        """
        with self._lock:
            if self._context is None:
                if self._stuck is not None and self._stuck.stuck:
                    raise DeviceTimeoutError(SERVICE_IS_DOWN)
                context = Context()
                try:
                    context.establish()
                finally:
                    self._stuck = context if context.stuck else None
                self._context = context
            return self._context

    def drop(self) -> None:
        """Release the context, if there is one."""
        with self._lock:
            context, self._context = self._context, None
            if context is not None:
                context.release()
                self._stuck = context if context.stuck else None

    def wake(self) -> None:
        """End a running wait, if there is one."""
        with self._lock:
            if self._context is not None:
                try:
                    self._context.cancel()
                except DeviceTimeoutError:
                    return


def list_readers() -> list[str]:
    """List the names of the readers. Raises `DeviceNotFoundError` without library or service."""
    try:
        context = Context()
        try:
            context.establish()
            return context.readers()
        finally:
            context.release()
    except (DeviceLostError, DeviceTimeoutError) as error:
        raise DeviceNotFoundError(SERVICE_IS_DOWN) from error


def is_extended(apdu: bytes) -> bool:
    """Tell whether a command's length fields are the extended ones (ISO/IEC 7816-3 12.1.3)."""
    return len(apdu) > 5 and apdu[4] == 0


def t0_form(apdu: bytes) -> bytes:
    """Return a command as T=0 carries it (ISO/IEC 7816-3 12.2): a fifth byte always, no Le after data.

    The card then announces its answer with 61xx. Readers that pass commands on as they are refuse
    the longer form; others accept both. T=0 has no form for extended commands.
    """
    if len(apdu) == 4:
        return apdu + b"\x00"
    data_and_le = len(apdu) > 6 and apdu[4] and len(apdu) == 5 + apdu[4] + 1
    return apdu[:-1] if data_and_le else apdu


def slot_state(scard: ModuleType, raw: int, atr: bytes) -> SlotState:
    """Take the state word of PC/SC apart."""
    return SlotState(
        raw=raw & ~int(scard.SCARD_STATE_CHANGED),
        atr=atr,
        there=not raw & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE),
        present=bool(raw & scard.SCARD_STATE_PRESENT),
        mute=bool(raw & scard.SCARD_STATE_MUTE),
    )


def _scard() -> ModuleType:
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise DeviceNotFoundError(
            "smart card support is missing; install pyscard and libpcsclite1"
        ) from error


def _unsigned(code: int) -> int:
    return code & 0xFFFFFFFF


def _open_error(code: int, name: str) -> DriverError:
    if code in _NO_CARD:
        return CardRemovedError("no card in the reader; insert one")
    if code == _SHARING_VIOLATION:
        return CardInUseError("another program uses the card; close it and try again")
    if code in _MUTE:
        return CardMuteError("the card does not answer; insert it the other way round")
    if code in _ABSENT:
        return DeviceNotFoundError(f"card reader {name} is not there; plug it in")
    if code in _SERVICE:
        return DeviceLostError(SERVICE_IS_DOWN)
    return CardError(f"the card could not be opened (PC/SC code {code:08X}); insert it again")


def _transmit_error(code: int) -> DriverError:
    if code in _SERVICE:
        return DeviceLostError(SERVICE_IS_DOWN)
    if code in _ABSENT:
        return DeviceLostError("the card reader was unplugged; plug it in")
    return CardRemovedError(GONE)


def _nothing() -> None:
    """Do nothing: there is nothing to clean up."""

"""Readers of the PC/SC service: their events, and the exclusive channel to a card.

Waits with SCardGetStatusChange, not with pyscard's CardMonitor, whose thread dies when pcscd restarts.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Final

from drivers.errors import (
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
)
from drivers.smartcard.channel import (
    ANSWER_TIMEOUT_S,
    GONE,
    NO_ANSWER,
    Channel,
    GuardedChannel,
    Inserted,
    ReaderEvent,
)
from drivers.smartcard.names import choose_reader, explain_missing_reader
from drivers.smartcard.tracking import NO_READER, NO_SERVICE, UNSEEN, SlotSnapshot, events_between
from drivers.smartcard.winscard import (
    SERVICE_IS_DOWN,
    After,
    CardHandle,
    Context,
    SlotState,
    WatchContext,
    list_readers,
)

__all__ = ["PcscReader", "list_readers"]

WAIT_STEP_S: Final = 10.0
RETRY_S: Final = 1.0
"""Pause before asking again for a service that is down."""
SETTLE_S: Final = 1.2
"""After a channel died: how long pcscd (it looks every 0.4 s) may take to notice a pulled card.
If it still shows a card without any event then, the card was exchanged unnoticed."""

_SELECT_MASTER: Final = bytes.fromhex("00A4000C023F00")
_CANCEL_PAUSE_S: Final = 0.005


def look_of(state: SlotState, unnoticed: int = 0) -> SlotSnapshot:
    """Turn a state of PC/SC into a look.

    `unnoticed` counts the exchanges of cards that the service missed; it changes the look's counter.
    """
    if not state.there:
        return NO_READER
    counter = state.counter | unnoticed << 16
    if not state.present:
        return SlotSnapshot(counter=counter)
    return SlotSnapshot(atr=b"" if state.mute else state.atr, counter=counter)


class PcscReader:
    """One reader of the PC/SC service, by its exact name or by a pattern (see `names`).

    A pattern must fit one reader only; once found it stays that one until it is unplugged. A command
    that the card does not answer within `answer_timeout_s` raises `DeviceTimeoutError`; the reader can be
    used again when the card was taken out, or answers after all.
    """

    def __init__(self, name: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._name = name
        self._answer_timeout_s = answer_timeout_s
        self._bound: str | None = None
        self._seen: SlotSnapshot = UNSEEN
        self._queue: list[ReaderEvent] = []
        self._watch = WatchContext()
        self._channel: _PcscChannel | None = None
        self._waiting = threading.Lock()
        self._cancelled = threading.Event()
        self._closed = False
        self._lost_at: float | None = None
        self._stuck: Context | None = None
        self._state = 0
        self._unnoticed = 0

    @property
    def name(self) -> str:
        """Name or pattern by which the reader is configured."""
        return self._name

    @property
    def bound_name(self) -> str | None:
        """Name that PC/SC gives the reader in use; None while it is not there."""
        return self._bound

    def open(self) -> Channel:
        """Open the card exclusively. Raises as `CardReader.open`."""
        if self._stuck is not None and self._stuck.stuck:
            raise CardMuteError(NO_ANSWER)
        if self._seen == NO_SERVICE:
            # Asking a service that hangs would leave a thread there each time.
            raise DeviceLostError(SERVICE_IS_DOWN)
        if self._lost_at is not None:
            raise CardRemovedError(GONE)
        self._channel = self._connect()
        return self._channel

    def _connect(self) -> _PcscChannel:
        context = Context()
        try:
            context.establish()
        except DeviceTimeoutError as error:
            raise DeviceLostError(str(error)) from error
        try:
            card = context.connect(self._bound or self._find(context))
        except DeviceTimeoutError as error:
            self._stuck = context
            raise CardMuteError(NO_ANSWER) from error
        except DriverError:
            context.release()
            raise
        return _PcscChannel(self, context, card, self._answer_timeout_s)

    def _find(self, context: Context) -> str:
        names = context.readers()
        name = choose_reader(self._name, names, None)
        if name is None:
            raise DeviceNotFoundError(explain_missing_reader(self._name, names))
        return name

    def wait_event(self, timeout_s: float | None = None) -> ReaderEvent | None:
        """Wait for the next event as `CardReader.wait_event`."""
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

    def _note(self, look: SlotSnapshot) -> None:
        events = events_between(self._seen, look)
        self._seen = look
        self._queue.extend(events)
        if events and not isinstance(events[0], Inserted):
            self._end_channel()

    def _end_channel(self) -> None:
        """Close a handle whose card is gone: it would keep the next card from being opened."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close(reset=False)

    def cancel(self) -> None:
        """End a running `wait_event`, or the next one, from any thread."""
        self._cancelled.set()
        # A cancel that comes just before the wait starts is lost, so repeat it until it is heard.
        while self._cancelled.is_set() and self._waiting.locked():
            self._watch.wake()
            time.sleep(_CANCEL_PAUSE_S)

    def close(self) -> None:
        """Release reader and channel; a running wait ends."""
        self._closed = True
        self.cancel()
        self._end_channel()
        with self._waiting:
            self._watch.drop()

    def channel_lost(self, context: Context) -> None:
        """Note that a channel of this reader died: an exchange of cards may have gone unnoticed."""
        self._stuck = context if context.stuck else None
        self._lost_at = time.monotonic()
        self._watch.wake()

    def _look(self, left_s: float | None) -> SlotSnapshot | None:
        """Wait for a change and look; None if nothing is known yet.

        Takes at most `left_s` seconds, and the limits of calls where the service does not answer.
        """
        try:
            context = self._watch.get()
            names = context.readers()
            bound = choose_reader(self._name, names, self._bound)
            if bound is None or self._bound not in (None, bound):
                self._bound = None
                self._state = 0
                if self._seen != NO_READER:
                    return NO_READER
            self._bound = bound
            state = context.wait(bound, self._state, len(names), self._step_s(left_s))
        except (DeviceNotFoundError, DeviceLostError, DeviceTimeoutError):
            self._watch.drop()
            return self._service_down(left_s)
        return None if state is None else self._interpret(state)

    def _interpret(self, state: SlotState) -> SlotSnapshot:
        self._state = state.raw
        look = look_of(state, self._unnoticed)
        if look.atr is None:
            if look.listed:
                self._lost_at = None
            return look
        if self._seen.atr is None or look.counter != self._seen.counter:
            self._lost_at = None
        elif self._lost_at is not None and time.monotonic() >= self._lost_at + SETTLE_S:
            if self._stuck is not None and self._stuck.stuck:
                # The card is in and still busy with a command whose limit has passed.
                return self._seen
            self._lost_at = None
            self._unnoticed += 1
            atr = self._power_cycle()
            return replace(look_of(state, self._unnoticed), atr=b"" if state.mute else atr)
        return look

    def _power_cycle(self) -> bytes:
        """Let pcscd meet a card that it took for the one before; return its ATR, empty on failure."""
        try:
            self._connect().close(reset=True)
            channel = self._connect()
        except DriverError:
            return b""
        channel.close(reset=True)
        return channel.atr

    def _step_s(self, left_s: float | None) -> float:
        step_s = WAIT_STEP_S if left_s is None else min(WAIT_STEP_S, left_s)
        if self._lost_at is not None:
            settled_s = self._lost_at + SETTLE_S - time.monotonic()
            stuck = self._stuck is not None and self._stuck.stuck
            step_s = min(step_s, max(SETTLE_S if stuck else 0.0, settled_s))
        return step_s

    def _service_down(self, left_s: float | None) -> SlotSnapshot:
        self._lost_at = None
        self._state = 0
        self._bound = None
        if self._seen == NO_SERVICE:
            self._cancelled.wait(RETRY_S if left_s is None else min(RETRY_S, left_s))
        return NO_SERVICE


class _PcscChannel(GuardedChannel):
    def __init__(
        self, reader: PcscReader, context: Context, card: CardHandle, answer_timeout_s: float
    ) -> None:
        super().__init__(card.atr)
        self._reader = reader
        self._context = context
        self._card = card
        self._answer_timeout_s = answer_timeout_s

    def _exchange(self, apdu: bytes) -> bytes:
        return self._card.transmit(apdu, self._answer_timeout_s)

    def _restart(self) -> None:
        # pcscd would power up a card that was exchanged unseen as if it were the same one, and in such a
        # card the first command fails.
        self._card.transmit(_SELECT_MASTER, self._answer_timeout_s)
        self._card.restart()

    def _release(self, *, reset: bool, lost: bool) -> None:
        # No reset after a loss: with the card out, pcscd would note the slot as empty without its
        # watching thread, and miss a card that comes within the same 0.4 s.
        self._card.disconnect(After.RESET if reset and not lost else After.LEAVE)
        self._context.release()
        if lost:
            self._reader.channel_lost(self._context)

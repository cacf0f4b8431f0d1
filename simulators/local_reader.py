"""Card slot inside this process, for machines without a smart card service and for tests.

Its events and errors are those of PC/SC: exclusive handles, a card pulled during a command, a
dead handle after an exchange. The card is any object that answers APDUs.
"""

from __future__ import annotations

import threading
import time
from typing import Final, Protocol, TypeVar

from drivers.errors import CardInUseError, CardMuteError, CardRemovedError, DeviceNotFoundError
from drivers.smartcard.bounded import call_with_limit
from drivers.smartcard.channel import (
    ANSWER_TIMEOUT_S,
    GONE,
    NO_ANSWER,
    Channel,
    GuardedChannel,
    ReaderEvent,
)
from drivers.smartcard.tracking import NO_READER, UNSEEN, SlotSnapshot, events_between

IN_USE: Final = "another program uses the card; close it and try again"


class HasAtr(Protocol):
    """Something that a reader powered up."""

    @property
    def atr(self) -> bytes:
        """Answer to reset; empty for a card that is mute."""


HasAtrT = TypeVar("HasAtrT", bound=HasAtr)


class VirtualCard(HasAtr, Protocol):
    """Card as the reader sees it, without any transport."""

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU with data and two status bytes. Never raises."""

    def reset(self) -> None:
        """Lose power: forget everything volatile."""


class EventSource:
    """Turn the looks of a slot that knows its own state into reader events. Thread-safe."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self._seen = UNSEEN
        self._now = UNSEEN
        self._queue: list[ReaderEvent] = []
        self._cancelled = False

    def show(self, atr: bytes | None) -> None:
        """Note that a card came (its ATR) or went (None)."""
        with self.condition:
            self._now = SlotSnapshot(atr=atr, counter=self._now.counter + 1)
            self.condition.notify_all()

    def vanish(self) -> None:
        """Note that the slot itself is gone for good."""
        with self.condition:
            self._now = NO_READER
            self.condition.notify_all()

    @property
    def gone(self) -> bool:
        """True after `vanish`."""
        return not self._now.listed

    def cancel(self) -> None:
        """End a running `wait`, or the next one, from any thread."""
        with self.condition:
            self._cancelled = True
            self.condition.notify_all()

    def wait(self, timeout_s: float | None) -> ReaderEvent | None:
        """Wait for the next event; None after `timeout_s` or `cancel`."""
        limit = None if timeout_s is None else time.monotonic() + timeout_s
        with self.condition:
            while True:
                self._queue.extend(events_between(self._seen, self._now))
                self._seen = self._now
                if self._queue:
                    return self._queue.pop(0)
                left = None if limit is None else limit - time.monotonic()
                if self._cancelled or (left is not None and left <= 0):
                    self._cancelled = False
                    return None
                self.condition.wait(left)


class EventReader:
    """Reader whose card comes and goes in this process: events, and the refusals of `open`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._events = EventSource()

    @property
    def name(self) -> str:
        """Configured name."""
        return self._name

    def wait_event(self, timeout_s: float | None = None) -> ReaderEvent | None:
        """Wait for the next event as `CardReader.wait_event`."""
        return self._events.wait(timeout_s)

    def cancel(self) -> None:
        """Make a running `wait_event` return None."""
        self._events.cancel()

    def _usable(self, card: HasAtrT | None) -> HasAtrT:
        """Return a card that can be opened, and raise as `CardReader.open` for any other."""
        if self._events.gone:
            raise DeviceNotFoundError(f"card reader {self._name} is not there; plug it in")
        if card is None:
            raise CardRemovedError("no card in the reader; insert one")
        if not card.atr:
            raise CardMuteError("the card does not answer; insert it the other way round")
        return card


class LocalReader(EventReader):
    """Reader whose slot the same program fills: `insert` and `remove` from any thread."""

    def __init__(self, name: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        super().__init__(name)
        self._answer_timeout_s = answer_timeout_s
        self._card: VirtualCard | None = None
        self._busy: VirtualCard | None = None
        self._stay = 0
        self._handle: _LocalChannel | None = None
        self._pull_in: int | None = None

    @property
    def card(self) -> VirtualCard | None:
        """Card that is in, None if the slot is empty."""
        return self._card

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; one that is in already is exchanged at once."""
        with self._events.condition:
            if self._card is not None:
                self.remove()
            card.reset()
            self._card = card
            self._stay += 1
            self._events.show(card.atr)

    def remove(self) -> None:
        """Pull the card, also in the middle of a command; nothing if none is in."""
        with self._events.condition:
            self._pull_in = None
            card, self._card = self._card, None
            if card is not None:
                self._events.show(None)
        if card is not None:
            card.reset()

    def pull_after(self, apdus: int) -> None:
        """Inject a fault: the `apdus`-th command from now (1 = the next) finds the card pulled."""
        with self._events.condition:
            self._pull_in = None if self._card is None else apdus

    def open(self) -> Channel:
        """Open the card exclusively. Raises as `CardReader.open`."""
        with self._events.condition:
            card = self._usable(self._card)
            if self._handle is not None and self._handle.holds(self._stay):
                raise CardInUseError(IN_USE)
            if self._busy is card:
                raise CardMuteError(NO_ANSWER)
            self._handle = _LocalChannel(self, card, self._stay)
            return self._handle

    def close(self) -> None:
        """Unplug the reader: the card is gone with it."""
        self.remove()
        self._events.vanish()

    def run(self, stay: int, apdu: bytes) -> bytes:
        """Run one command for the channel opened during `stay`.

        Raises `CardRemovedError`, `DeviceTimeoutError`.
        """
        with self._events.condition:
            card = self._card
            if card is None or stay != self._stay:
                raise CardRemovedError(GONE)
            if self._pull_in is not None:
                self._pull_in -= 1
                if self._pull_in <= 0:
                    self.remove()
                    raise CardRemovedError(GONE)
            self._busy = card
        answer = call_with_limit(
            lambda: card.process(apdu), self._answer_timeout_s, lambda: self._late(card), NO_ANSWER
        )
        with self._events.condition:
            self._busy = None
            if stay != self._stay or self._card is None:
                raise CardRemovedError(GONE)
        return answer

    def _late(self, card: VirtualCard) -> None:
        """Reset a card that answered after its limit."""
        with self._events.condition:
            if self._busy is card:
                self._busy = None
            card.reset()

    def restart(self, stay: int) -> None:
        """Cut the power of the card of `stay`. Raises `CardRemovedError`."""
        with self._events.condition:
            if self._card is None or stay != self._stay:
                raise CardRemovedError(GONE)
            self._card.reset()

    def reset_card(self, stay: int) -> None:
        """Reset the card if it is still the one of `stay` and not busy."""
        with self._events.condition:
            if self._card is not None and self._card is not self._busy and stay == self._stay:
                self._card.reset()


class _LocalChannel(GuardedChannel):
    def __init__(self, reader: LocalReader, card: VirtualCard, stay: int) -> None:
        super().__init__(card.atr)
        self._reader = reader
        self._stay = stay

    def holds(self, stay: int) -> bool:
        """Tell whether this handle keeps the card of `stay` from others."""
        return self._open and self._stay == stay

    def _exchange(self, apdu: bytes) -> bytes:
        return self._reader.run(self._stay, apdu)

    def _restart(self) -> None:
        self._reader.restart(self._stay)

    def _release(self, *, reset: bool, lost: bool) -> None:
        if reset or lost:
            self._reader.reset_card(self._stay)

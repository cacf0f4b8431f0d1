"""A reader and the hand that puts cards into it: simulated on every transport, or a person's."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import CardError, CardRemovedError, DeviceNotFoundError, DriverError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader, Inserted, ReaderEvent, Removed, Swapped
from drivers.smartcard.pcsc import list_readers
from simulators.cards.slot import CardSlot
from simulators.local_reader import VirtualCard
from simulators.pcscd import SOCKET_VARIABLE

WAIT_S = 20.0
PERSON_S = 60.0
READERS = ["Amin 1", "Amin 2"]
ANSWER_S = 2.0
"""The readers of the benches wait this long for a card's answer."""


@dataclass
class Bench:
    reader: CardReader
    slot: CardSlot
    wait_s: float = WAIT_S

    def next_event(self) -> ReaderEvent | None:
        return self.reader.wait_event(self.wait_s)

    def insert(self, card: VirtualCard) -> ApduChannel:
        self.put(card)
        return ApduChannel(self.reader.open())

    def put(self, card: VirtualCard) -> None:
        """Put the card in (a person puts in what there is) and wait until it is seen."""
        self.slot.insert(card)
        event = self.next_event()
        assert isinstance(event, Inserted)
        assert event.atr
        if not isinstance(self.slot, HandSlot):
            assert event == Inserted(card.atr)

    def take(self) -> None:
        self.slot.remove()
        assert self.next_event() == Removed()

    def settle(self) -> None:
        """Wait until the exchange of cards was reported, in either of its two forms."""
        event = self.next_event()
        if isinstance(event, Removed):
            event = self.next_event()
            assert isinstance(event, Inserted)
        else:
            assert isinstance(event, Swapped)

    def drain(self) -> None:
        """A daemon that stays for the next test has to see the empty slot first."""
        limit = time.monotonic() + self.wait_s
        while self.reader.wait_event(0.5) is not None:
            assert time.monotonic() < limit


class HandSlot:
    """A person at a real reader, told on the terminal what to do."""

    def __init__(self, reader: str, say: Callable[[str], None]) -> None:
        self._reader = reader
        self._say = say
        self._card: VirtualCard | None = None

    @property
    def card(self) -> VirtualCard | None:
        return self._card

    def insert(self, card: VirtualCard) -> None:
        self._say(f"{self._reader}: put a card in (any; nothing is written to it)")
        self._card = card

    def remove(self) -> None:
        if self._card is not None:
            self._say(f"{self._reader}: take the card out")
        self._card = None

    def take_out(self, reader: CardReader) -> None:
        """Have the card taken out that may be in, and wait for it."""
        try:
            reader.open().close()
        except (CardRemovedError, DeviceNotFoundError):
            self._card = None
            return
        except CardError:
            pass  # in, but mute or in use
        self._say(f"{self._reader}: take the card out")
        self._card = None
        limit = time.monotonic() + PERSON_S
        while not isinstance(reader.wait_event(PERSON_S), Removed):
            assert time.monotonic() < limit, "the card was not taken out"

    def pull_after(self, apdus: int) -> None:
        raise NotImplementedError("no person pulls a card between two commands")


def claim_library() -> tempfile.TemporaryDirectory[str]:
    """The directory of the private daemon of the tests.

    The PC/SC library keeps the socket it finds at its first use, for good; so use it before any test
    does, and leave the environment as it was.
    """
    home = tempfile.TemporaryDirectory(prefix="amin-pcscd-")
    before = os.environ.get(SOCKET_VARIABLE)
    os.environ[SOCKET_VARIABLE] = str(Path(home.name) / "pcscd.comm")
    try:
        list_readers()
    except DriverError:
        pass  # nothing listens there yet
    finally:
        os.environ.pop(SOCKET_VARIABLE)
        if before is not None:
            os.environ[SOCKET_VARIABLE] = before
    return home

"""Simulated card in a reader of vpcd, of a running daemon or of a private one."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from drivers.smartcard.channel import Inserted, ReaderEvent, Swapped
from drivers.smartcard.pcsc import PcscReader
from simulators.commands.faulty import FaultPlan, HeldCard
from simulators.commands.host import ControlValue
from simulators.control import (
    ControlCommand,
    ControlError,
    Deed,
    Fault,
    SimulatedDevice,
)
from simulators.local_reader import VirtualCard
from simulators.pcscd import SOCKET_VARIABLE, PcscdError, PrivatePcscd
from simulators.vpcd import VpcdSlot

SEEN_TIMEOUT_S: Final = 10.0
"""Until a reader has powered a card that was put in; pcscd looks every 0.4 s."""
RETRY_S: Final = 2.5
"""After this a card that is not seen is taken out and put in again: one that comes at the moment when a
client lets go of the slot, pcscd may miss."""
PATIENCE_S: Final = 1.5
"""After this a vpcd that takes no card is suspected of not being there."""
RESTART_S: Final = 1.0
"""Time the service is away with the fault `pcscd restart`."""
POLL_S: Final = 0.6
"""pcscd looks at a slot every 0.4 s. A card that comes back sooner, after a client found it pulled, it misses
until the next removal; no hand is that quick, either."""
READER_NAME: Final = "Amin card"


class SlotReader(Protocol):
    """Reader's side of the slot."""

    where: str
    environment: Mapping[str, str]

    def slot(self) -> VpcdSlot:
        """Return the card's side of the reader."""

    def wait_until(self, card: HeldCard | None, limit_s: float) -> bool:
        """Wait until clients can see `card` in the reader (None: an empty reader); False if they cannot."""

    def go(self) -> None:
        """Unplug the reader. Raises `ControlError` where that cannot be done."""

    def come_back(self) -> None:
        """Plug the reader in again. Raises `ControlError` where that cannot be done."""


class ForeignReader:
    """Reader of a vpcd that another program runs; its requests to the card show what clients see."""

    environment: Mapping[str, str] = {}

    def __init__(self, host: str, port: int) -> None:
        self.where = f"{host}:{port}"
        self._address = (host, port)

    def slot(self) -> VpcdSlot:
        """Return a slot that joins the vpcd's address."""
        return VpcdSlot(*self._address)

    def wait_until(self, card: HeldCard | None, limit_s: float) -> bool:
        """Wait until the card is powered up; False after `limit_s` or if no vpcd listens."""
        if card is None or card.powered.wait(min(limit_s, PATIENCE_S)):
            return True
        return self._listens() and card.powered.wait(max(0.0, limit_s - PATIENCE_S))

    def _listens(self) -> bool:
        """Return whether there is a vpcd; the connection looks like one more card to it for a moment."""
        try:
            with socket.create_connection(self._address, timeout=PATIENCE_S):
                return True
        except OSError:
            return False

    def go(self) -> None:
        """Raise `ControlError`: the reader is not ours."""
        raise ControlError("the reader belongs to the vpcd that was joined; use --own-pcscd")

    come_back = go


class OwnReader:
    """Only reader of a private pcscd, watched as its clients would watch it."""

    def __init__(self, name: str, folder: Path) -> None:
        """Start the daemon. Raises `PcscdError`."""
        self._daemon = PrivatePcscd([name], folder)
        self._name = name
        self._daemon.start()
        self.where = self._daemon.reader_name(name)
        self.environment: Mapping[str, str] = self._daemon.env()
        # Read when the PC/SC library is loaded, which has not happened yet in this program.
        os.environ[SOCKET_VARIABLE] = self.environment[SOCKET_VARIABLE]
        self._watch = PcscReader(self.where)
        self._present = False

    def slot(self) -> VpcdSlot:
        """Return the card's side of the reader."""
        return self._daemon.slot(self._name)

    def wait_until(self, card: HeldCard | None, limit_s: float) -> bool:
        """Wait until PC/SC reports the card in (None: out); False after `limit_s`."""
        limit = time.monotonic() + limit_s
        if card is not None and not card.powered.wait(limit_s):
            return False
        while (left := limit - time.monotonic()) > 0:
            # All that has happened since the last look comes first.
            event = self._watch.wait_event(0.0)
            while event is not None:
                self._note(event)
                event = self._watch.wait_event(0.0)
            if self._present == (card is not None):
                return True
            event = self._watch.wait_event(left)
            if event is not None:
                self._note(event)
        return False

    def _note(self, event: ReaderEvent) -> None:
        self._present = isinstance(event, Inserted | Swapped)

    def go(self) -> None:
        """Stop the daemon, and the reader with it."""
        self._daemon.stop()

    def come_back(self) -> None:
        """Start the daemon again. Raises `ControlError`."""
        try:
            self._daemon.start()
        except PcscdError as trouble:
            raise ControlError(str(trouble)) from trouble
        self._watch.close()
        self._watch = PcscReader(self.where)
        self._present = False

    def close(self) -> None:
        """End the watch and stop the daemon."""
        self._watch.close()
        self._daemon.stop()


class CardSimulator:
    """Slot, the card that belongs into it, and another one for exchanges."""

    device = SimulatedDevice.CARD

    def __init__(
        self, reader: SlotReader, cards: Sequence[VirtualCard], rng: random.Random
    ) -> None:
        self._reader = reader
        self._slot = reader.slot()
        self._plan = FaultPlan(rng)
        pull, swap = (partial(self._in_slot_thread, do) for do in (self._pull, self._exchange))
        self._cards = tuple(HeldCard(card, self._plan, pull, swap) for card in cards)
        self._current = 0
        self._gone = False
        self._empty_since = 0.0
        # The slot's thread takes it only if nobody holds it: whoever does ends that thread's stay.
        self._hand = threading.Lock()

    @property
    def where(self) -> str:
        """Name of the reader, or the vpcd's address."""
        return self._reader.where

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that a client needs to see the reader."""
        return self._reader.environment

    def obey(self, command: ControlCommand) -> None:
        """Carry out a command and return when clients can see it. Raises `ControlError`."""
        match command:
            case Deed.INSERT:
                self.insert()
            case Deed.REMOVE:
                self._remove()
            case Deed.SWAP:
                self._swap()
            case Deed.CLEAR_FAULTS:
                self._plan.clear()
                if self._gone:
                    self._bring_back()
            case Fault("reader gone" | "pcscd restart" as kind):
                self._needs_reader()
                self._reader.go()
                self._gone = True
                if kind == "pcscd restart":
                    time.sleep(RESTART_S)
                    self._bring_back()
            case Fault(kind, _, at, rate):
                self._plan.add(kind, at, rate)
            case _:
                raise ControlError("a card does not do that; write `help`")

    def state(self) -> Mapping[str, ControlValue]:
        """Return what can be seen of slot and card."""
        card = self._slot.card
        return {
            "inserted": card is not None,
            "card": self._current + 1,
            "mute": self._held.mute,
            "reader": not self._gone,
            "commands": self._held.commands,
        }

    def insert(self) -> None:
        """Put the card in and wait until it is seen. Raises `ControlError`."""
        self._needs_reader()
        if self._slot.card is not None:
            raise ControlError("a card is in already; write `remove` first, or `swap`")
        self._put_in()
        self._see(self._held)

    def close(self) -> None:
        """Take the card out."""
        with self._hand:
            self._pull()

    @property
    def _held(self) -> HeldCard:
        return self._cards[self._current]

    def _remove(self) -> None:
        if self._slot.card is None:
            raise ControlError("no card is in; write `insert` first")
        with self._hand:
            self._pull()
        if not self._gone:
            self._see(None)

    def _swap(self) -> None:
        self._needs_reader()
        with self._hand:
            self._exchange()
        self._see(self._held)

    def _bring_back(self) -> None:
        self._held.powered.clear()
        self._reader.come_back()
        self._gone = False
        if self._slot.card is not None:
            self._see(self._held)

    def _put_in(self) -> None:
        time.sleep(max(0.0, self._empty_since + POLL_S - time.monotonic()))
        self._held.put_in()
        with self._hand:
            self._slot.insert(self._held)

    def _pull(self) -> None:
        self._held.take_out()
        self._slot.remove()
        self._empty_since = time.monotonic()

    def _exchange(self) -> None:
        self._held.take_out()
        self._current = (self._current + 1) % len(self._cards)
        self._held.put_in()
        self._slot.insert(self._held)

    def _see(self, card: HeldCard | None) -> None:
        if self._reader.wait_until(card, RETRY_S):
            return
        if card is not None and self._slot.card is card:
            # What a person does then, and what mends it.
            with self._hand:
                self._pull()
            self._put_in()
        if not self._reader.wait_until(card, SEEN_TIMEOUT_S):
            raise ControlError("the reader does not notice; see whether its pcscd still runs")

    def _needs_reader(self) -> None:
        if self._gone:
            raise ControlError("the reader is unplugged; write `fault none` first")

    def _in_slot_thread(self, do: Callable[[], None]) -> None:
        if self._hand.acquire(blocking=False):
            try:
                do()
            finally:
                self._hand.release()


@contextlib.contextmanager
def open_card(
    vpcd: tuple[str, int] | None,
    cards: Sequence[VirtualCard],
    *,
    reader_name: str = READER_NAME,
    empty: bool = False,
    seed: int = 0,
) -> Iterator[CardSimulator]:
    """Put a card in (unless `empty`), at the vpcd of that address or in a reader of its own.

    Raises `PcscdError` if there is none, or if it does not take the card.
    """
    with contextlib.ExitStack() as after:
        reader: SlotReader
        if vpcd is not None:
            reader = ForeignReader(*vpcd)
        else:
            folder = Path(tempfile.mkdtemp(prefix="amin-pcscd-"))
            after.callback(shutil.rmtree, folder, ignore_errors=True)
            reader = OwnReader(reader_name, folder)
            after.callback(reader.close)
        simulator = CardSimulator(reader, cards, random.Random(f"card faults {seed}"))
        after.callback(simulator.close)
        if not empty:
            try:
                simulator.insert()
            except ControlError as trouble:
                raise PcscdError(
                    f"no reader takes the card at {reader.where}: start pcscd with vsmartcard-vpcd"
                    " there, or use --own-pcscd"
                ) from trouble
        yield simulator

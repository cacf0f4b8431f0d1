"""Serve one card reader: what is in it, and jobs on the card that is in it.

    watcher thread   waits for reader events, tells the station at once
    worker thread    opens the card, recognises it, does the jobs

A card is open from "in" to "out", exclusively. Every job belongs to one insertion: what it says about
a card that has left meanwhile is dropped, under the lock that also orders "out" and "in", so that
nothing learned from one card is ever taken for another's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from drivers.errors import CardMuteError, CardRemovedError, DriverError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import (
    CardReader,
    Inserted,
    ReaderBack,
    ReaderEvent,
    ReaderGone,
    Removed,
    ServiceDown,
    Swapped,
)
from drivers.smartcard.emrtd import EMRTD_AID
from drivers.smartcard.recognise import CardKind, recognise
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash, Worker
from election.incidents import Incident
from kiosk.station.equipment import Watched
from kiosk.status import DeviceKind, DeviceNow, Doing
from words.message import Message, m

_LOOK_S = 2.0
"""Longest wait for one event, so that stopping is prompt."""


class CardListener(Protocol):
    """Is told by a card reader service, from its threads; answers quickly (posts an event)."""

    def card_in(self, card_service: CardReaderService, kind: CardKind | None) -> None:
        """Learn that a card is in and recognised; None: it does not answer."""

    def card_out(self, card_service: CardReaderService) -> None:
        """Learn that the card is out, or the reader with it."""

    def reader_gone(self, card_service: CardReaderService) -> None:
        """Learn that the reader, or the service behind it, is gone."""

    def reader_back(self, card_service: CardReaderService) -> None:
        """Learn that the reader is there again."""


_CARD_READER = m("Card reader")

OutcomeT = TypeVar("OutcomeT")
"""What a job says of its card: an event of the flow that asked."""


class CardReaderService(Watched):
    """One card reader with its two threads."""

    def __init__(
        self,
        name: str,
        reader: CardReader,
        listener: CardListener,
        on_crash: OnCrash,
        incident: Incident = Incident.CARD_READER,
        title: Message = _CARD_READER,
    ) -> None:
        """`name` in logs; `title` and the lamp's key `<name>-reader` are for the screen."""
        super().__init__(f"{name}-reader", title, m("Check the cable of the reader."))
        self.incident = incident
        """What stops the device while the reader is missing."""
        self.kind: CardKind | None = None
        """Of the card that is in."""
        self.is_mute = False
        """The card that is in did not answer to power; nothing else counts as that."""
        self.identity_aid = EMRTD_AID
        """What an identity card is recognised by; set before the start."""
        self._reader = reader
        self._listener = listener
        self.worker_name = f"{name} worker"
        self._worker = Worker(self.worker_name, on_crash)
        self._channel: ApduChannel | None = None
        self._lock = threading.RLock()
        self._insertion = 0
        self._inside = False
        self._told = False
        """The listener knows of the card that is in."""
        # By the reader's name: whoever serves on a card waits for the worker's answers, not for these.
        self._watcher = Watcher(name, self._watch, on_crash, interrupt=reader.cancel)

    def start(self) -> None:
        """Begin to watch the reader."""
        self._watcher.start()

    def stop(self) -> None:
        """End both threads; a card that is in is reset."""
        self._watcher.stop()
        self._worker.stop(lambda: self._close(reset=True))
        self._reader.close()

    def _doing(self) -> Doing:
        inside = self._inside
        words = m("A card is in.") if inside else m("No card is in.")
        return Doing(DeviceKind.READER, words, DeviceNow.BUSY if inside else DeviceNow.REST)

    @property
    def insertion(self) -> int:
        """Changes whenever a card comes or goes."""
        return self._insertion

    def if_still(self, insertion: int, say: Callable[[], object]) -> bool:
        """Call `say` (quick: it posts an event) unless the card has left since."""
        with self._lock:
            if insertion != self._insertion:
                return False
            say()
            return True

    def run(
        self,
        job: Callable[[ApduChannel], OutcomeT],
        failed: Callable[[DriverError], OutcomeT],
        say: Callable[[OutcomeT], object],
        *,
        insertion: int | None = None,
        gone: Callable[[], OutcomeT] | None = None,
    ) -> None:
        """Do the job on the card of that insertion (None: the one that is in now), and `say` its outcome.

        `failed` makes the outcome if there is no card or it can't; `gone` makes it (None: nothing is
        said) if the card was taken out meanwhile. `say` is quick: it posts an event.
        """
        wanted = self._insertion if insertion is None else insertion

        def work() -> None:
            if wanted == self._insertion:
                try:
                    card = self._card()
                    card.begin_job()
                    outcome = job(card)
                except DriverError as trouble:
                    outcome = failed(trouble)
                if self.if_still(wanted, lambda: say(outcome)):
                    return
            if gone is not None:
                say(gone())

        self._worker.submit(work)

    def _card(self) -> ApduChannel:
        if self._channel is not None:
            return self._channel
        if self._inside:
            raise CardMuteError("the card does not answer; insert it the other way round")
        raise CardRemovedError("no card is in the reader; insert one")

    # ------------------------------------------------------------ watcher thread

    def _watch(self) -> None:
        event = self._reader.wait_event(_LOOK_S)
        if event is not None:
            self._happened(event)

    def _happened(self, event: ReaderEvent) -> None:
        match event:
            case Inserted():
                self._came()
            case Removed():
                self._went()
            case Swapped():
                self._went()
                self._came()
            case ReaderGone() | ServiceDown():
                self._went()
                self.present = False
                self._listener.reader_gone(self)
            case ReaderBack():
                self.present = True
                self._listener.reader_back(self)

    def _came(self) -> None:
        with self._lock:
            self._insertion += 1
            self._inside = True
            self._told = False
            insertion = self._insertion
        self._worker.submit(lambda: self._open(insertion))

    def _went(self) -> None:
        with self._lock:
            if not self._inside:
                return
            self._insertion += 1
            self._inside = False
            self.kind = None
            self._listener.card_out(self)
        self._worker.submit(lambda: self._close(reset=False))

    # ------------------------------------------------------------ worker thread

    def _open(self, insertion: int) -> None:
        self._close(reset=False)
        kind: CardKind | None = None
        self.is_mute = False
        try:
            self._channel = ApduChannel(self._reader.open())
            self._channel.begin_job()
            kind = recognise(self._channel, self.identity_aid)
        except DriverError as trouble:
            self.is_mute = isinstance(trouble, CardMuteError)
            # Said to the person as "does not answer"; a card that has left was already told.
            self._close(reset=True)

        def say() -> None:
            self.kind = kind
            self._told = True
            self._listener.card_in(self, kind)

        self.if_still(insertion, say)

    def announce(self) -> None:
        """Tell once more about a card that is in: it came while nobody could attend to it."""
        with self._lock:
            if self._inside and self._told:
                self._listener.card_in(self, self.kind)

    def _close(self, *, reset: bool) -> None:
        """No reset of a card that is out: pcscd would power the next one unseen."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close(reset=reset)

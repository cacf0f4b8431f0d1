"""Cards that bring the receipt of a vote back to a station, which reads and keeps it and leaves it there."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from drivers.errors import ProtocolError
from drivers.smartcard.authorization import NOTE_OBJECT, decode_token
from election.voucher import Receipt, decode_note
from simulators.cards.piv import PivCard
from simulators.cards.slot import CardSlot
from simulators.local_reader import VirtualCard


def brings_receipt(card: PivCard) -> bool:
    """Return whether a terminal wrote the receipt of a vote on the card, taken or not."""
    with suppress(ProtocolError):
        return isinstance(decode_note(decode_token(card.piv.objects.get(NOTE_OBJECT))), Receipt)
    return False


def has_receipt(card: PivCard) -> bool:
    """Return whether the card brings the receipt of a vote that no station has read yet."""
    return brings_receipt(card) and card.taken != card.piv.objects.get(NOTE_OBJECT)


class ReturnSlot:
    """A station's slot for authorization cards: what a card brings is taken once it was read here."""

    def __init__(self, slot: CardSlot) -> None:
        """`slot`: the one of the reader."""
        self._slot = slot

    @property
    def card(self) -> VirtualCard | None:
        """Card that is in, None if the slot is empty."""
        return self._slot.card

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; one that is in already is exchanged at once."""
        self._let_go()
        if isinstance(card, PivCard):
            card.piv.told_of_read = partial(_read, card)
        self._slot.insert(card)

    def remove(self) -> None:
        """Pull the card, also in the middle of a command; nothing if none is in."""
        self._let_go()
        self._slot.remove()

    def pull_after(self, apdus: int) -> None:
        """Inject a fault: the `apdus`-th command from now (1 = the next) finds the card pulled."""
        self._slot.pull_after(apdus)

    def _let_go(self) -> None:
        if isinstance(inside := self._slot.card, PivCard):
            inside.piv.told_of_read = None


def _read(card: PivCard, tag: int) -> None:
    if tag == NOTE_OBJECT:
        card.taken = card.piv.objects.get(NOTE_OBJECT)

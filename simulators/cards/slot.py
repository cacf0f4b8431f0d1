"""Slot to put simulated cards in, whatever the transport."""

from __future__ import annotations

from typing import Protocol

from simulators.local_reader import VirtualCard


class CardSlot(Protocol):
    """Slot for one card: `LocalReader`, `VpcdSlot` and `SocketSlot`; to be used from one thread."""

    @property
    def card(self) -> VirtualCard | None:
        """Card that is in, None if the slot is empty."""

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; one that is in already is exchanged at once."""

    def remove(self) -> None:
        """Pull the card, also in the middle of a command; nothing if none is in."""

    def pull_after(self, apdus: int) -> None:
        """Inject a fault: the `apdus`-th command from now (1 = the next) finds the card pulled."""

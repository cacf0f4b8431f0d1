"""What the device bench holds in its hand: a slot to put cards in, whatever the transport."""

from __future__ import annotations

from typing import Protocol

from simulators.local_reader import VirtualCard


class CardSlot(Protocol):
    """`LocalReader`, `VpcdSlot` and `SocketSlot`; to be used from one thread."""

    @property
    def card(self) -> VirtualCard | None:
        """The card that is in, if any."""

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; one that is in already is exchanged for it at once."""

    def remove(self) -> None:
        """Pull the card, also in the middle of a command; nothing if none is in."""

    def pull_after(self, apdus: int) -> None:
        """Fault: the `apdus`-th command from now (1 = the next) finds the card pulled."""

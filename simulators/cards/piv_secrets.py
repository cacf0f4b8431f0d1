"""PIN and PUK of a PIV card: values of eight bytes, and their tries.

Source: SP 800-73-5 part 2, 3.2.1 to 3.2.3.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from drivers.smartcard.apdu import SW
from simulators.cards.base import CommandRefusedError

TRIES: Final = 3
MAX_TRIES: Final = 15
"""A status word has room for no more."""


@dataclass(slots=True)
class PivSecret:
    """PIN or PUK as the card keeps it."""

    value: bytes = field(repr=False)
    most: int = TRIES
    tries: int = -1

    def __post_init__(self) -> None:
        if self.tries < 0:
            self.tries = self.most

    def show(self, offered: bytes) -> None:
        """Compare a value and count a wrong one. Raises `CommandRefusedError` (63Cx or 6983)."""
        if not self.tries:
            raise CommandRefusedError(SW.BLOCKED)
        if hmac.compare_digest(self.value, offered):
            self.tries = self.most
            return
        self.tries -= 1
        self.tell()

    def tell(self) -> None:
        """Raise `CommandRefusedError` with the tries left."""
        raise CommandRefusedError(SW.TRIES_LEFT | self.tries if self.tries else SW.BLOCKED)

    def change(self, value: bytes) -> None:
        """Replace the value and restore all tries."""
        self.value = value
        self.tries = self.most


def pin_bytes(pin: str) -> bytes:
    """Return a PIN of six to eight digits as the card keeps it. Raises ValueError."""
    padded = pin.encode().ljust(8, b"\xff")
    if not is_pin(padded):
        raise ValueError("a PIN has six to eight digits")
    return padded


def puk_bytes(puk: str) -> bytes:
    """Return a PUK of eight characters as the card keeps it. Raises ValueError."""
    if len(puk.encode()) != 8:
        raise ValueError("a PUK has eight characters")
    return puk.encode()


def is_pin(value: bytes) -> bool:
    """Return whether these are six to eight ASCII digits, padded with FF to eight bytes."""
    digits = value.rstrip(b"\xff")
    return len(value) == 8 and len(digits) >= 6 and digits.isdigit()

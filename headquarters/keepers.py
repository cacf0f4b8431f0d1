"""Say who opens and closes secrets: somebody with a passphrase here, a smart card in `card_keeper`.

A secret is put into a box of the keeper's (`crypto.passphrase`, `crypto.card_box`). The box is stored
with the keeper's name, so that the right one is asked later, and with a context that is bound to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from crypto.compact_json import ParsedJson
from crypto.errors import UnsealError
from crypto.passphrase import (
    STANDARD,
    Cost,
    check_new_passphrase,
    decrypt_with_passphrase,
    encrypt_with_passphrase,
)

PASSPHRASE: Final = "passphrase"
CARD: Final = "card"
TRIES: Final = 3


class SecretKeeper(Protocol):
    """Closes and opens boxes around secrets."""

    @property
    def name(self) -> str:
        """The keeper's name, stored in the file, so that the right one is asked later."""

    def wrap(self, secret: bytearray, context: bytes) -> ParsedJson:
        """Put a secret into a box, to which `context` is bound. Raises CryptoError or ElectionError."""

    def unwrap(self, box: ParsedJson, context: bytes) -> bytearray:
        """Return the secret of a box; the caller wipes it. Raises CryptoError or ElectionError."""


class Asked(Enum):
    """The purpose for which a passphrase is asked."""

    NEW = "a new one, typed twice"
    OPEN = "the one that closed the box"
    AGAIN = "the same, after a wrong one"


@dataclass(frozen=True, slots=True)
class PassphraseKeeper:
    """A passphrase that a person types."""

    ask: Callable[[Asked], str]
    cost: Cost = STANDARD
    tries: int = TRIES

    @property
    def name(self) -> str:
        """The keeper's name, stored in the file."""
        return PASSPHRASE

    def wrap(self, secret: bytearray, context: bytes) -> ParsedJson:
        """Encrypt a secret with a new passphrase. Raises WeakPassphraseError for one too easy to guess."""
        passphrase = self.ask(Asked.NEW)
        check_new_passphrase(passphrase)
        return encrypt_with_passphrase(passphrase, secret, context, self.cost)

    def unwrap(self, box: ParsedJson, context: bytes) -> bytearray:
        """Decrypt a box, asking up to `tries` times. Raises UnsealError after the last wrong passphrase."""
        asked = Asked.OPEN
        for _ in range(self.tries - 1):
            try:
                return decrypt_with_passphrase(self.ask(asked), box, context)
            except UnsealError:
                asked = Asked.AGAIN
        return decrypt_with_passphrase(self.ask(asked), box, context)


Unlock: TypeAlias = Callable[[Path], SecretKeeper]
"""Chooses who opens the keys in a folder, or closes new ones there."""

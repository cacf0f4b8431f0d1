"""Open an office's keys: ask for its passphrase, or for card and PIN, once in a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from commands.trustee_keeper import (
    ask_passphrase,
    ask_pin,
    card_keeper,
    cost,
    passphrase_in,
)
from drivers.private_process import keep_memory_off_the_disk

if TYPE_CHECKING:
    from headquarters.keepers import Asked, SecretKeeper, Unlock


def office_unlock(
    passphrase_file: Path | None, reader: str | None, *, card: bool = False
) -> Unlock:
    """Choose the keeper that a folder's lock names; for a new lock a card or a passphrase."""
    asker = _Once(passphrase_file)

    def unlock(folder: Path) -> SecretKeeper:
        from headquarters.keepers import CARD, TRIES, PassphraseKeeper
        from headquarters.key_folder import LOCK_FILE, read_lock

        keep_memory_off_the_disk()
        closed = (folder / LOCK_FILE).exists()
        if (read_lock(folder).keeper == CARD) if closed else card:
            return card_keeper(reader, asker.pin)
        return PassphraseKeeper(asker.passphrase, cost(), TRIES if passphrase_file is None else 1)

    return unlock


@dataclass(slots=True)
class _Once:
    """Remembers what was typed for the locks of one command. A wrong PIN ends it: no try is wasted."""

    file: Path | None
    _passphrase: str | None = field(default=None, repr=False)
    _pin: str | None = field(default=None, repr=False)

    def passphrase(self, asked: Asked) -> str:
        from headquarters.keepers import Asked

        if self.file is not None:
            return passphrase_in(self.file)
        if self._passphrase is None or asked is Asked.AGAIN:
            self._passphrase = ask_passphrase(asked)
        return self._passphrase

    def pin(self, tries_left: int | None) -> str:
        if self._pin is None:
            self._pin = ask_pin(tries_left)
        return self._pin

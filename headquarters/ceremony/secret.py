"""Keep a trustee's secret in a file that one kind of keeper can open.

    secret.json = {"version":1,"ceremony":hex,"trustee":i,"keeper":name,"box":…}

The box is the keeper's: a passphrase here, a smart card in the composition root. Everything in
front of it is bound to the box, so a secret can't be shown for another trustee or ceremony. Inside
is {"seed":…} and, for single keys, "private_key".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from crypto.compact_json import ParsedJson, as_fields, as_number, as_text, dump, load_compact
from crypto.errors import DecodeError, UnsealError
from crypto.group import Scalar, ScalarSource, scalar_from_text
from crypto.passphrase import (
    STANDARD,
    Cost,
    check_new_passphrase,
    decrypt_with_passphrase,
    encrypt_with_passphrase,
)
from crypto.strict_json import read_json
from crypto.threshold.messages import TrusteeSecret
from crypto.wiping import wipe
from headquarters.ceremony.ceremony_files import read_own, write_own
from headquarters.ceremony.definition import Ceremony, TrusteeMode
from headquarters.ceremony.errors import CeremonyError
from words.message import Latin, m

SECRET_FILE = "secret.json"
PASSPHRASE = "passphrase"
TRIES = 3
_VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_KEEPER = re.compile(r"[a-z][a-z-]{0,30}")


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


@dataclass(frozen=True, slots=True)
class OwnSecret:
    """The secret a trustee must keep. Never print or log this."""

    seed: TrusteeSecret
    private_key: Scalar | None
    """Of a single trustee; a threshold trustee's decryption key is in its share."""

    def __repr__(self) -> str:
        return "OwnSecret(…)"

    @classmethod
    def generate(cls, mode: TrusteeMode, draw: ScalarSource) -> OwnSecret:
        """Draw a fresh secret: the seed, and for single keys a private key."""
        return cls(TrusteeSecret.generate(), draw() if mode is TrusteeMode.SINGLE else None)


@dataclass(frozen=True, slots=True)
class SecretFile:
    """secret.json, still closed."""

    ceremony: str
    trustee: int
    keeper: str
    box: ParsedJson

    @property
    def text(self) -> bytes:
        """The bytes of secret.json."""
        return dump({**self._head(), "box": self.box})

    def open(self, keeper: SecretKeeper) -> OwnSecret:
        """Open the secret. Raises CeremonyError (`secret`), UnsealError, or what the keeper raises."""
        if keeper.name != self.keeper:
            raise CeremonyError(
                "secret",
                m(
                    "is closed by {keeper}, not by {name}",
                    keeper=Latin(self.keeper),
                    name=Latin(keeper.name),
                ),
                SECRET_FILE,
            )
        plain = keeper.unwrap(self.box, self.context)
        try:
            return _read_secret(bytes(plain))
        finally:
            wipe(plain)

    @property
    def context(self) -> bytes:
        """The bytes that are bound to the box."""
        return dump(self._head())

    def _head(self) -> dict[str, ParsedJson]:
        return {
            "version": _VERSION,
            "ceremony": self.ceremony,
            "trustee": self.trustee,
            "keeper": self.keeper,
        }


def create_secret(
    folder: Path, ceremony: Ceremony, trustee: int, secret: OwnSecret, keeper: SecretKeeper
) -> SecretFile:
    """Write the secret file, readable by its owner only; one that is there is never replaced.

    Raises CeremonyError (`secret`) or what the keeper raises.
    """
    if (folder / SECRET_FILE).exists():
        raise CeremonyError("secret", m("is there already"), SECRET_FILE)
    return _write_secret(folder, ceremony.digest, trustee, secret, keeper)


def change_keeper(folder: Path, old: SecretKeeper, new: SecretKeeper) -> SecretFile:
    """Close the secret in `folder` anew: another passphrase, or from one kind of keeper to another.

    The old file stays until the new one is on the medium. Copies elsewhere still open the old way.
    Raises CeremonyError (`secret`), UnsealError, or what the keepers raise.
    """
    file = demand_secret(folder)
    return _write_secret(folder, file.ceremony, file.trustee, file.open(old), new)


def read_secret(folder: Path) -> SecretFile | None:
    """Read the secret file; None if the trustee has not begun. Raises CeremonyError (`secret`)."""
    return read_own(folder / SECRET_FILE, parse_secret_file)


def demand_secret(folder: Path) -> SecretFile:
    """Read the secret file, which has to be there. Raises CeremonyError (`secret`)."""
    if (file := read_secret(folder)) is None:
        raise CeremonyError("secret", m("{folder} holds no trustee's secret", folder=folder))
    return file


def parse_secret_file(content: bytes) -> SecretFile:
    """Parse secret.json without opening it. Raises DecodeError."""
    version, ceremony, trustee, keeper, box = as_fields(
        load_compact(content), "version", "ceremony", "trustee", "keeper", "box"
    )
    found = SecretFile(as_text(ceremony), as_number(trustee), as_text(keeper), box)
    if (
        version != _VERSION
        or not _HASH.fullmatch(found.ceremony)
        or not _KEEPER.fullmatch(found.keeper)
        or found.text != content
    ):
        raise DecodeError("not a secret file of this version")
    return found


def _write_secret(
    folder: Path, ceremony: str, trustee: int, secret: OwnSecret, keeper: SecretKeeper
) -> SecretFile:
    value = {"seed": secret.seed.seed}
    if secret.private_key is not None:
        value["private_key"] = str(secret.private_key)
    empty = SecretFile(ceremony, trustee, keeper.name, None)
    plain = bytearray(dump(value))
    try:
        box = keeper.wrap(plain, empty.context)
    finally:
        wipe(plain)
    made = SecretFile(ceremony, trustee, keeper.name, box)
    write_own(folder / SECRET_FILE, made.text)
    return made


def _read_secret(plain: bytes) -> OwnSecret:
    value = read_json(plain)
    if isinstance(value, dict) and "private_key" in value:
        seed, key = as_fields(value, "seed", "private_key")
        return OwnSecret(TrusteeSecret(as_text(seed)), scalar_from_text(as_text(key)))
    (seed,) = as_fields(value, "seed")
    return OwnSecret(TrusteeSecret(as_text(seed)), None)

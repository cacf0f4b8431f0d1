"""Keep a trustee's secret in a file that one kind of keeper can open.

    secret.json = {"version":1,"ceremony":hex,"trustee":i,"keeper":name,"box":…}

The box is the keeper's: a passphrase here, a smart card in the composition root. Everything in
front of it is bound to the box, so a secret can't be shown for another trustee or ceremony. Inside
is {"seed":…} and, for single keys, "private_key".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from crypto.compact_json import ParsedJson, as_fields, as_number, as_text, dump, load_compact
from crypto.errors import DecodeError
from crypto.group import Scalar, ScalarSource, scalar_from_text
from crypto.strict_json import read_json
from crypto.threshold.messages import TrusteeSecret
from crypto.wiping import wipe
from headquarters.ceremony.ceremony_files import read_own, write_own
from headquarters.ceremony.definition import Ceremony, TrusteeMode
from headquarters.ceremony.errors import CeremonyError
from headquarters.keepers import SecretKeeper
from words.message import Latin, m

SECRET_FILE = "secret.json"
_VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_KEEPER = re.compile(r"[a-z][a-z-]{0,30}")


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

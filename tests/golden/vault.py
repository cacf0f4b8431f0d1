"""Fixed keys, and a store of bytes that cannot be computed a second time.

ML-DSA signing and sealing draw fresh randomness. The vault keeps what they gave once, under what
they were given. A signature over another message is not in it, so a changed format is noticed
where it is signed (`NotInVault`); a signature that is in it must verify where it is read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from crypto import sealing
from crypto.hybrid import HybridKey
from crypto.sealing import PRIVATE_KEY_SIZE, SealingKey
from crypto.signing import SigningKey

FOLDER = Path(__file__).parents[1] / "vectors" / "golden"
VAULT_FILE = FOLDER / "vault.json"


class NotInVault(AssertionError):
    """Something was signed or sealed that is not what the golden files hold."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What was signed or sealed while a document was written."""

    key: str
    """Whose signature; `sealed` for what was sealed."""
    context: str
    """Of the signature; in hex the `info` of what was sealed."""
    message: bytes


class Vault:
    """Stored bytes by what they were made of. `making`: what is missing is made and kept."""

    def __init__(self, stored: Mapping[str, bytes], *, making: bool = False) -> None:
        self._stored = dict(stored)
        self._making = making
        self.used: dict[str, bytes] = {}
        self.noted: list[Noted] = []

    def take(self, kind: str, parts: tuple[bytes, ...], make: Callable[[], bytes]) -> bytes:
        """The bytes of this kind for these parts. Raises `NotInVault`."""
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        name = f"{kind} {digest.hexdigest()}"
        if name not in self._stored:
            if not self._making:
                raise NotInVault(f"{kind}: another message than the golden one")
            self._stored[name] = make()
        self.used[name] = self._stored[name]
        return self._stored[name]


def load_vault(*, making: bool = False) -> Vault:
    """The stored vault; an empty one if there is none and it is to be made."""
    if making and not VAULT_FILE.exists():
        return Vault({}, making=True)
    stored: dict[str, str] = json.loads(VAULT_FILE.read_bytes())
    return Vault({name: base64.b64decode(text) for name, text in stored.items()}, making=making)


def vault_json(vault: Vault) -> bytes:
    """What was used, in a fixed order."""
    value = {name: base64.b64encode(data).decode() for name, data in sorted(vault.used.items())}
    return json.dumps(value, indent=1).encode() + b"\n"


# ---------------------------------------------------------------- keys


def seed(name: str, size: int = 32) -> bytes:
    """Bytes that belong to a name."""
    return hashlib.shake_256(b"golden " + name.encode()).digest(size)


class FixedSigningKey(SigningKey):
    """An Ed25519 key of a name; what it signs is noted in the vault."""

    __slots__ = ("_name", "_vault")

    def __init__(self, name: str, vault: Vault) -> None:
        super().__init__(Ed25519PrivateKey.from_private_bytes(seed(f"ed25519 {name}")))
        self._name, self._vault = name, vault

    def sign(self, context: str, message: bytes) -> bytes:
        self._vault.noted.append(Noted(f"{self._name} (Ed25519)", context, message))
        return super().sign(context, message)


class FixedKey(HybridKey):
    """A pair of keys of a name; its long signatures come out of the vault."""

    __slots__ = ("_mldsa", "_name", "_vault")

    def __init__(self, name: str, vault: Vault) -> None:
        self._mldsa = MLDSA65PrivateKey.from_seed_bytes(seed(f"ml-dsa-65 {name}"))
        super().__init__(FixedSigningKey(name, vault), self._mldsa)
        self._name, self._vault = name, vault

    def sign(self, context: str, message: bytes) -> bytes:
        self._vault.noted.append(Noted(self._name, context, message))
        parts = (self._name.encode(), context.encode(), message)
        make = super().sign
        return self._vault.take("signature", parts, lambda: make(context, message))

    @property
    def anew(self) -> HybridKey:
        """The same pair, without the vault."""
        return HybridKey(self.classical, self._mldsa)

    def sign_alternative(self, message: bytes) -> bytes:
        self._vault.noted.append(Noted(self._name, "", message))
        make = super().sign_alternative
        return self._vault.take(
            "certificate", (self._name.encode(), message), lambda: make(message)
        )


def sealing_key(name: str) -> SealingKey:
    return SealingKey(seed(f"sealing {name}", PRIVATE_KEY_SIZE))


def card_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key as it lies on an operator's card."""
    return ec.derive_private_key(int.from_bytes(seed(f"card {name}")[1:], "big"), ec.SECP256R1())


def rsa_key(vault: Vault) -> rsa.RSAPrivateKey:
    """An RSA-2048 key of an operator's card. It was drawn once."""

    def make() -> bytes:
        key = rsa.generate_private_key(65537, 2048)
        return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    key = load_der_private_key(vault.take("rsa", (), make), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


# ---------------------------------------------------------------- randomness


@contextmanager
def replaying(vault: Vault, purpose: str) -> Iterator[None]:
    """Meanwhile sealing, serial numbers and random bytes give the same every time."""
    seal, serials, draws = sealing.seal, count(1), count()

    def sealed(public_key: bytes, plaintext: bytes, info: bytes) -> bytes:
        vault.noted.append(Noted("sealed", info.hex(), plaintext))
        parts = (public_key, plaintext, info)
        return vault.take("sealed", parts, lambda: seal(*parts))

    def token_bytes(size: int) -> bytes:
        return seed(f"random {purpose} {next(draws)}", size)

    with (
        patch.object(ec, "generate_private_key", lambda _: card_key(f"ephemeral {purpose}")),
        patch.object(sealing, "seal", sealed),
        patch.object(secrets, "token_bytes", token_bytes),
        patch.object(x509, "random_serial_number", lambda: next(serials)),
    ):
        yield

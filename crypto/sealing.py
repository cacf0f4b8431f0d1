"""Seal messages to a public key: HPKE (RFC 9180), base mode, one message per seal.

KEM MLKEM768-X25519 (hybrid, draft-ietf-hpke-pq), KDF HKDF-SHA256, AEAD AES-256-GCM. A sealed
record stays closed to whoever can break one of the two key agreements. `info` names the purpose
and the context; it is not stored in the sealed bytes, and must be given again to open them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from crypto.errors import DecodeError, UnsealError

_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_SEED_SIZE = 64
_X25519_SIZE = 32
_MLKEM_CIPHERTEXT_SIZE = 1088
_TAG_SIZE = 16

PUBLIC_KEY_SIZE = _MLKEM_PUBLIC_SIZE + _X25519_SIZE
PRIVATE_KEY_SIZE = _MLKEM_SEED_SIZE + _X25519_SIZE
OVERHEAD = _MLKEM_CIPHERTEXT_SIZE + _X25519_SIZE + _TAG_SIZE
"""A sealed message is this many bytes longer than its plain text."""

_PEM_BEGIN = b"-----BEGIN AMIN SEALING KEY-----\n"
_PEM_END = b"\n-----END AMIN SEALING KEY-----\n"


def seal(public_key: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Seal a message to a key of `SealingKey.public_bytes` (1,216 bytes).

    The result is `OVERHEAD` bytes longer. Raises `DecodeError` if the key has a wrong form.
    """
    return _suite().encrypt(plaintext, _public_key(public_key), info)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The private key: ML-KEM-768 seed (64 bytes, FIPS 203) and X25519 scalar (32 bytes)."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PRIVATE_KEY_SIZE:
            raise DecodeError(f"a sealing key has {PRIVATE_KEY_SIZE} bytes")

    def __repr__(self) -> str:
        return "SealingKey(…)"

    @classmethod
    def generate(cls) -> SealingKey:
        """Generate a key pair from the operating system's randomness."""
        return cls(
            MLKEM768PrivateKey.generate().private_bytes_raw()
            + X25519PrivateKey.generate().private_bytes_raw()
        )

    @classmethod
    def from_pem(cls, data: bytes) -> SealingKey:
        """Parse what `to_pem` writes. Raises `DecodeError`."""
        if not (data.startswith(_PEM_BEGIN) and data.endswith(_PEM_END)):
            raise DecodeError("not a sealing key of this program")
        try:
            raw = base64.b64decode(data[len(_PEM_BEGIN) : -len(_PEM_END)], validate=True)
        except binascii.Error as error:
            raise DecodeError("not a sealing key of this program") from error
        return cls(raw)

    @classmethod
    def load(cls, path: Path) -> SealingKey:
        """Read a file with what `to_pem` gives. Raises `OSError` or `DecodeError`."""
        return cls.from_pem(path.read_bytes())

    @property
    def public_bytes(self) -> bytes:
        """The public key: ML-KEM-768 (1,184 bytes, FIPS 203), then X25519 (32 bytes)."""
        mlkem, x25519 = self._parts()
        return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open a sealed message. Raises `UnsealError` if it was sealed to another key or altered."""
        try:
            return _suite().decrypt(sealed, MLKEM768X25519PrivateKey(*self._parts()), info)
        except (InvalidTag, ValueError) as error:
            raise UnsealError("sealed to another key or for another purpose, or altered") from error

    def derive(self, purpose: str) -> bytes:
        """Derive 32 secret bytes for a purpose of the key's holder alone (keyed BLAKE2b, RFC 7693)."""
        key = hashlib.blake2b(self.raw, digest_size=64).digest()
        return hashlib.blake2b(purpose.encode(), key=key, digest_size=32).digest()

    def to_pem(self) -> bytes:
        """Encode the private key, unencrypted, between PEM-like lines of this program."""
        return _PEM_BEGIN + base64.b64encode(self.raw) + _PEM_END

    def _parts(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        return (
            MLKEM768PrivateKey.from_seed_bytes(self.raw[:_MLKEM_SEED_SIZE]),
            X25519PrivateKey.from_private_bytes(self.raw[_MLKEM_SEED_SIZE:]),
        )


def check_public_key(public_key: bytes) -> None:
    """Check that the bytes are a sealing public key. Raises `DecodeError`."""
    _public_key(public_key)


def _public_key(raw: bytes) -> MLKEM768X25519PublicKey:
    if len(raw) != PUBLIC_KEY_SIZE:
        raise DecodeError(f"a sealing public key has {PUBLIC_KEY_SIZE} bytes")
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_SIZE:]),
        )
    except ValueError as error:
        raise DecodeError("not a sealing public key") from error


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

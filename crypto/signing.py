"""Sign and verify with Ed25519 (RFC 8032), separated by purpose.

A signature never covers the bare message but a prefix, the *context* (what the signature is
for) and the message, so that a signature made for one purpose can't be shown for another.
X.509 certificates are the one exception: their format signs the DER itself, which begins with
0x30 and so never equals a message with the prefix.

For short or short-lived things: ballot records, authorizations on cards, lines of the audit log.
Everything that must be believed for years is signed with two keys (`crypto.hybrid`), and covers
these.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from crypto.errors import DecodeError, SignatureError

SIGNATURE_SIZE = 64
PUBLIC_KEY_SIZE = 32
_PREFIX = b"amin-signature-v1\x00"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key: 32 bytes, as in RFC 8032."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_KEY_SIZE:
            raise DecodeError("an Ed25519 public key has 32 bytes")

    def verify(self, context: str, message: bytes, signature: bytes) -> None:
        """Verify a signature (64 bytes) made for this context. Raises `SignatureError`."""
        self.verify_framed(frame(_PREFIX, context, message), signature)

    def verify_framed(self, framed: bytes, signature: bytes) -> None:
        """Verify a signature over bytes of `frame`, whatever their prefix; for `crypto.hybrid`.

        Raises `SignatureError`.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, framed)
        except (InvalidSignature, ValueError) as error:
            raise SignatureError("the Ed25519 signature does not fit key and content") from error


class SigningKey:
    """An Ed25519 private key."""

    __slots__ = ("_private",)

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> SigningKey:
        """Generate a key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, data: bytes) -> SigningKey:
        """Read unencrypted PKCS#8 PEM. Raises `DecodeError` if it is anything else."""
        try:
            key = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise DecodeError("not a private key in PKCS#8 PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise DecodeError("the private key is not an Ed25519 key")
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """Read a file with what `to_pem` gives. Raises `OSError` or `DecodeError`."""
        return cls.from_pem(path.read_bytes())

    @property
    def private(self) -> Ed25519PrivateKey:
        """The library's key, for certificates (`crypto.certificates`) and pairs; all else uses `sign`."""
        return self._private

    @property
    def public(self) -> PublicKey:
        """The public key."""
        return PublicKey(self._private.public_key().public_bytes_raw())

    @property
    def public_bytes(self) -> bytes:
        """The public key's 32 bytes."""
        return self.public.raw

    def sign(self, context: str, message: bytes) -> bytes:
        """Sign for a context of 1 to 255 bytes: 64 bytes, deterministic (RFC 8032)."""
        return self._private.sign(frame(_PREFIX, context, message))

    def to_pem(self) -> bytes:
        """Encode the private key as unencrypted PKCS#8 PEM (RFC 8410)."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def frame(prefix: bytes, context: str, message: bytes) -> bytes:
    """Return prefix ‖ length of the context (1 byte) ‖ context ‖ message, which signatures cover.

    Raises `ValueError` unless the context has 1 to 255 bytes of UTF-8.
    """
    name = context.encode()
    if not 0 < len(name) < 256:
        raise ValueError("a context has 1 to 255 bytes")
    return prefix + bytes([len(name)]) + name + message

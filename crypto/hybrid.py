"""Sign and verify with two keys at once: Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204).

For everything that must be believed for years: roots, bundles, packages, certificates. A signature
holds only if both halves hold, so it stays good as long as one of the two is unbroken. It is

    Ed25519 (64 bytes) ‖ ML-DSA-65 (3,309 bytes)                                3,373 bytes

and both halves sign the same bytes:

    "amin-hybrid-signature-v1" 00 ‖ length of the context (1 byte) ‖ context
      ‖ SHA-256(public key of the pair) ‖ message

The hash of both public keys ties each half to the other: a half made by a key of one pair is no
half of a signature by another pair that shares this key. The prefix differs from that of
`crypto.signing`, so no half can be shown as an Ed25519 signature alone; ML-DSA's own context
string is not empty, so none can be shown as the second signature of a certificate
(`crypto.alt_signature`). ML-DSA signing is hedged, FIPS 204's default: fresh randomness goes into
every signature, and two signatures of the same message differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from crypto import signing
from crypto.errors import DecodeError, SignatureError, UnsupportedVersionError
from crypto.signing import PublicKey, SigningKey, frame

MLDSA_PUBLIC_KEY_SIZE: Final = 1952
MLDSA_SIGNATURE_SIZE: Final = 3309
MLDSA_SEED_SIZE: Final = 32
"""FIPS 204, table 2; the private key is kept as its seed ξ."""

PUBLIC_KEY_SIZE: Final = signing.PUBLIC_KEY_SIZE + MLDSA_PUBLIC_KEY_SIZE
SIGNATURE_SIZE: Final = signing.SIGNATURE_SIZE + MLDSA_SIGNATURE_SIZE

_PREFIX: Final = b"amin-hybrid-signature-v1\x00"
_MLDSA_CONTEXT: Final = b"amin-hybrid-signature-v1"
_PEM_END: Final = b"-----END PRIVATE KEY-----\n"
_MAX_FILE: Final = 1024
_KNOWN_SEED: Final = bytes(range(MLDSA_SEED_SIZE))
_KNOWN_PUBLIC_HASH: Final = "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9"
"""SHA-256 of the ML-DSA-65 public key of `_KNOWN_SEED`; `dilithium-py` agrees."""


@dataclass(frozen=True, slots=True)
class HybridPublicKey:
    """The public halves of a `HybridKey`."""

    classical: PublicKey
    """Ed25519."""
    post_quantum: bytes
    """ML-DSA-65: 1,952 bytes, `pkEncode` of FIPS 204."""

    def __post_init__(self) -> None:
        if len(self.post_quantum) != MLDSA_PUBLIC_KEY_SIZE:
            raise DecodeError(f"an ML-DSA-65 public key has {MLDSA_PUBLIC_KEY_SIZE} bytes")

    @classmethod
    def from_bytes(cls, raw: bytes) -> HybridPublicKey:
        """Parse the bytes of `raw`. Raises `DecodeError` for another length."""
        if len(raw) != PUBLIC_KEY_SIZE:
            raise DecodeError(f"a hybrid public key has {PUBLIC_KEY_SIZE} bytes")
        at = signing.PUBLIC_KEY_SIZE
        return cls(PublicKey(raw[:at]), raw[at:])

    @property
    def raw(self) -> bytes:
        """Ed25519 (32 bytes) ‖ ML-DSA-65 (1,952 bytes)."""
        return self.classical.raw + self.post_quantum

    def verify(self, context: str, message: bytes, signature: bytes) -> None:
        """Verify both halves of a signature made for this context.

        Raises `SignatureError`, or `UnsupportedVersionError` if the installed library has no ML-DSA.
        """
        if len(signature) != SIGNATURE_SIZE:
            raise SignatureError(f"a hybrid signature has {SIGNATURE_SIZE} bytes")
        framed = _framed(self, context, message)
        at = signing.SIGNATURE_SIZE
        self.classical.verify_framed(framed, signature[:at])
        verify_mldsa(self.post_quantum, framed, signature[at:], _MLDSA_CONTEXT)


class HybridKey:
    """A pair of private keys. Never log this."""

    __slots__ = ("_post_quantum", "_public", "classical")

    def __init__(self, classical: SigningKey, post_quantum: MLDSA65PrivateKey) -> None:
        self.classical = classical
        """For what is signed with Ed25519 alone: records, authorizations, the audit log."""
        self._post_quantum = post_quantum
        public = post_quantum.public_key().public_bytes_raw()
        self._public = HybridPublicKey(classical.public, public)

    def __repr__(self) -> str:
        return "HybridKey(…)"

    @classmethod
    def generate(cls) -> HybridKey:
        """Generate both keys; `UnsupportedVersionError` if the installed library has no ML-DSA."""
        try:
            return cls(SigningKey.generate(), MLDSA65PrivateKey.generate())
        except UnsupportedAlgorithm as error:
            raise _unsupported() from error

    @classmethod
    def from_pem(cls, data: bytes) -> HybridKey:
        """Read exactly what `to_pem` writes. Raises `DecodeError`, `UnsupportedVersionError`."""
        first, end, second = data.partition(_PEM_END)
        if len(data) > _MAX_FILE or not end:
            raise DecodeError("not a pair of private keys in PKCS#8 PEM")
        classical = SigningKey.from_pem(first + end)
        if not second:
            raise DecodeError(
                "the file holds an Ed25519 key alone, as earlier versions made it; make new keys"
            )
        try:
            post_quantum = load_pem_private_key(second, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            _known_key()  # of a library without ML-DSA, that is what to say
            raise DecodeError("the second private key cannot be read") from error
        if not isinstance(post_quantum, MLDSA65PrivateKey):
            raise DecodeError("the second private key is not an ML-DSA-65 key")
        key = cls(classical, post_quantum)
        if key.to_pem() != data:
            raise DecodeError("the same keys have another, canonical spelling")
        return key

    @classmethod
    def load(cls, path: Path) -> HybridKey:
        """Read a file with what `to_pem` gives.

        Raises `OSError`, `DecodeError`, `UnsupportedVersionError`.
        """
        return cls.from_pem(path.read_bytes())

    @property
    def public(self) -> HybridPublicKey:
        """The public halves."""
        return self._public

    @property
    def public_bytes(self) -> bytes:
        """The public halves as 1,984 bytes: Ed25519, then ML-DSA-65."""
        return self._public.raw

    def sign(self, context: str, message: bytes) -> bytes:
        """Sign for a context: 3,373 bytes, different every time (hedged, FIPS 204)."""
        framed = _framed(self._public, context, message)
        return self.classical.private.sign(framed) + self._post_quantum.sign(framed, _MLDSA_CONTEXT)

    def sign_alternative(self, message: bytes) -> bytes:
        """Sign with ML-DSA-65 alone and an empty context: 3,309 bytes.

        Only for the second signature of a certificate (`crypto.alt_signature`).
        """
        return self._post_quantum.sign(message)

    def to_pem(self) -> bytes:
        """Encode two blocks of PKCS#8 (RFC 8410, RFC 9881): Ed25519, then ML-DSA-65 as its seed."""
        return self.classical.to_pem() + self._post_quantum.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )


def verify_mldsa(public: bytes, message: bytes, signature: bytes, context: bytes = b"") -> None:
    """Verify an ML-DSA-65 signature (FIPS 204, algorithm 3).

    public: 1,952 bytes; signature: 3,309 bytes; context: up to 255 bytes. Raises `SignatureError`,
    `DecodeError` for bytes that are no key, `UnsupportedVersionError` if the library has no ML-DSA.
    """
    try:
        key = MLDSA65PublicKey.from_public_bytes(public)
    except ValueError as error:
        raise DecodeError("not an ML-DSA-65 public key") from error
    except UnsupportedAlgorithm as error:
        raise _unsupported() from error
    try:
        key.verify(signature, message, context)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("the ML-DSA signature does not fit key and content") from error


def self_test() -> None:
    """Refuse to work with a library whose ML-DSA-65 is missing or wrong.

    Call once at the start of every program that signs or verifies. Raises `UnsupportedVersionError`.
    """
    key = _known_key()
    public = key.public_key().public_bytes_raw()
    signature = key.sign(b"self-test", _MLDSA_CONTEXT)
    changed = bytes([signature[0] ^ 1]) + signature[1:]
    sound = (
        hashlib.sha256(public).hexdigest() == _KNOWN_PUBLIC_HASH
        and len(signature) == MLDSA_SIGNATURE_SIZE
        and _holds(public, b"self-test", signature)
        and not _holds(public, b"self-tesT", signature)
        and not _holds(public, b"self-test", changed)
    )
    if not sound:
        raise UnsupportedVersionError(
            "the installed cryptography computes ML-DSA-65 wrongly; install version 50 or newer"
        )


# ---------------------------------------------------------------- parts


def _framed(key: HybridPublicKey, context: str, message: bytes) -> bytes:
    return frame(_PREFIX, context, hashlib.sha256(key.raw).digest() + message)


def _known_key() -> MLDSA65PrivateKey:
    """Make the ML-DSA key of `_KNOWN_SEED`. Raises `UnsupportedVersionError`."""
    try:
        return MLDSA65PrivateKey.from_seed_bytes(_KNOWN_SEED)
    except UnsupportedAlgorithm as error:
        raise _unsupported() from error


def _holds(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify_mldsa(public, message, signature, _MLDSA_CONTEXT)
    except SignatureError:
        return False
    return True


def _unsupported() -> UnsupportedVersionError:
    return UnsupportedVersionError(
        "the installed cryptography has no ML-DSA-65; install cryptography 50 or newer "
        "with the OpenSSL it comes with"
    )

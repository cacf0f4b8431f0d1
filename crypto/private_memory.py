"""Keep on a medium what only the holder of a secret may read, write or recognise.

seal, open    ChaCha20-Poly1305 (RFC 8439) with a random nonce; the place is authenticated, so that
              nothing that was sealed for one place is taken for another's content
mark          keyed BLAKE2b of 16 bytes (RFC 7693): whether two things are the same, and nothing else
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_NONCE: Final = 12


class PrivateMemory:
    """Seals, opens and marks under one secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._aead = ChaCha20Poly1305(hashlib.blake2b(b"seal", key=secret, digest_size=32).digest())
        self._marking = hashlib.blake2b(b"mark", key=secret, digest_size=32).digest()

    def seal(self, place: bytes, content: bytes) -> bytes:
        """Return the content closed for a place, 28 bytes longer."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._aead.encrypt(nonce, content, place)

    def open(self, place: bytes, sealed: bytes) -> bytes | None:
        """Return what was sealed for this place; None if it was not, or was altered."""
        if len(sealed) < _NONCE:
            return None
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
        except InvalidTag:
            return None

    def mark(self, kind: bytes, value: bytes) -> bytes:
        """Return 16 bytes by which the same value of a kind is recognised; `kind` has at most 16."""
        return hashlib.blake2b(value, key=self._marking, person=kind, digest_size=16).digest()

"""Lock small files with a key of 32 bytes: AES-256-GCM (NIST SP 800-38D).

    "amin-locked-1\\n" ‖ nonce (12 bytes) ‖ ciphertext and tag (16 bytes more than the secret)

The first line, and a context of the caller's such as the file's name, are authenticated with the secret.
A nonce is drawn for each file: with the few files that one key locks, no two are ever the same.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import DecodeError, UnsealError

KEY_SIZE: Final = 32
MOST: Final = 65536
"""Bytes of a secret."""
_FORMAT: Final = b"amin-locked-1\n"
_NONCE: Final = 12
_TAG: Final = 16
LARGEST: Final = len(_FORMAT) + _NONCE + MOST + _TAG
"""Bytes of a locked file."""


def lock(key: bytes | bytearray, secret: bytes | bytearray, context: bytes) -> bytes:
    """Lock up to 65,536 bytes with a key of 32; `context` has to be given again."""
    if len(secret) > MOST:
        raise ValueError(f"a locked secret has at most {MOST} bytes")
    nonce = secrets.token_bytes(_NONCE)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, secret, _FORMAT + context)


def unlock(key: bytes | bytearray, locked: bytes, context: bytes) -> bytearray:
    """Unlock what `lock` gave; `wipe` it after use.

    Raises `DecodeError` for what is no locked file, `UnsealError` for another key, another context or an
    altered file.
    """
    start = len(_FORMAT) + _NONCE
    if not (locked.startswith(_FORMAT) and start + _TAG <= len(locked) <= LARGEST):
        raise DecodeError("not a locked file of this version")
    secret = bytearray(len(locked) - start - _TAG)
    try:
        AESGCM(key).decrypt_into(
            locked[len(_FORMAT) : start], locked[start:], _FORMAT + context, secret
        )
    except InvalidTag as error:
        raise UnsealError("locked with another key or under another name, or altered") from error
    return secret

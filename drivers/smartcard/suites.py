"""Cipher suites of card sessions: key derivation, encryption, checksums (ICAO Doc 9303 part 11, 9.7-9.8).

=========  =====  =====  ================  ====================================================
suite      key    block  keys made with    checksum
=========  =====  =====  ================  ====================================================
TDES       16     8      SHA-1             ISO/IEC 9797-1 algorithm 3 (retail MAC), eight bytes
AES_128    16     16     SHA-1             CMAC, its first eight bytes
AES_192    24     16     SHA-256           the same
AES_256    32     16     SHA-256           the same
=========  =====  =====  ================  ====================================================
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from drivers.errors import SecureMessagingError

FOR_ENCRYPTION: Final = 1
FOR_CHECKSUM: Final = 2
FOR_PASSWORD: Final = 3
"""The counters of key derivation."""

CHECKSUM: Final = 8
"""Length of a checksum in bytes."""

_DES_KEY: Final = 8
_DES_BLOCK: Final = 8
_AES_BLOCK: Final = 16


class Suite(Enum):
    """A cipher with a key length in bytes."""

    TDES = ("3DES", 16)
    AES_128 = ("AES", 16)
    AES_192 = ("AES", 24)
    AES_256 = ("AES", 32)

    @property
    def key_size(self) -> int:
        """Bytes of a key."""
        return self.value[1]

    @property
    def block(self) -> int:
        """Bytes of a block, and of the send sequence counter."""
        return _DES_BLOCK if self is Suite.TDES else _AES_BLOCK

    def derive(self, secret: bytes, counter: int) -> bytes:
        """Derive the key of a shared secret for one of the counters (9.7.1)."""
        material = secret + counter.to_bytes(4, "big")
        if self.key_size > 16:
            return hashlib.sha256(material).digest()[: self.key_size]
        key = hashlib.sha1(material, usedforsecurity=False).digest()[: self.key_size]
        return _odd_parity(key) if self is Suite.TDES else key

    def encrypt(self, key: bytes, data: bytes, iv: bytes = b"") -> bytes:
        """Encrypt in CBC mode without padding; an empty `iv` is all zero."""
        return self._cbc(key, iv).encryptor().update(data)

    def decrypt(self, key: bytes, data: bytes, iv: bytes = b"") -> bytes:
        """Decrypt in CBC mode without padding; an empty `iv` is all zero."""
        return self._cbc(key, iv).decryptor().update(data)

    def checksum(self, key: bytes, data: bytes) -> bytes:
        """Compute the checksum, eight bytes. For TDES `data` has whole blocks: the caller pads."""
        if self is Suite.TDES:
            return _retail_mac(key, data)
        cmac = CMAC(AES(key))
        cmac.update(data)
        return cmac.finalize()[:CHECKSUM]

    def pad(self, data: bytes) -> bytes:
        """Append 80, then 00 up to whole blocks (ISO/IEC 9797-1 padding method 2)."""
        return data + b"\x80" + bytes(-(len(data) + 1) % self.block)

    def unpad(self, data: bytes) -> bytes:
        """Take the padding off. Raises `SecureMessagingError` if it is broken."""
        text = data.rstrip(b"\x00")
        if not text.endswith(b"\x80") or len(data) - len(text) >= self.block:
            raise SecureMessagingError("a protected message with broken padding")
        return text[:-1]

    def _cbc(self, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
        start = modes.CBC(iv or bytes(self.block))
        if self is Suite.TDES:
            return Cipher(TripleDES(_three_keys(key)), start)
        return Cipher(AES(key), start)


def _three_keys(key: bytes) -> bytes:
    return key + key[:_DES_KEY]


def _retail_mac(key: bytes, data: bytes) -> bytes:
    """Compute DES-CBC with the first key, the last block with both keys."""
    first = key[:_DES_KEY]
    chained = bytes(_DES_BLOCK)
    if len(data) > _DES_BLOCK:
        single = Cipher(TripleDES(first * 3), modes.CBC(chained)).encryptor()
        chained = single.update(data[:-_DES_BLOCK])[-_DES_BLOCK:]
    both = Cipher(TripleDES(_three_keys(key)), modes.CBC(chained)).encryptor()
    return both.update(data[-_DES_BLOCK:])


def _odd_parity(key: bytes) -> bytes:
    """Give each byte an odd number of ones, by its lowest bit (ICAO Doc 9303 part 11, 9.7.1)."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() & 1 ^ 1 for byte in key)

"""Keys of a PIV card as its reader sees them: algorithms, signatures, and key 9B (SP 800-78-5)."""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.errors import ProtocolError

PivPublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


_SHA256_INFO: Final = bytes.fromhex("3031300D060960864801650304020105000420")
"""DigestInfo before a SHA-256 value (RFC 8017 9.2)."""


class Algorithm(IntEnum):
    """Asymmetric keys this program uses (SP 800-78-5 table 6)."""

    RSA_2048 = 0x07
    RSA_3072 = 0x05
    P256 = 0x11
    P384 = 0x14


class AdminAlgorithm(IntEnum):
    """Ciphers of key 9B. 3DES only where it is asked for: tokens before 2023 have nothing else."""

    TDES = 0x03
    AES_128 = 0x08
    AES_192 = 0x0A
    AES_256 = 0x0C

    @classmethod
    def aes(cls, key: bytes) -> Self:
        """Choose AES by the key's length. Raises ValueError."""
        for algorithm in cls:
            if algorithm != cls.TDES and algorithm.key_size == len(key):
                return algorithm
        raise ValueError("the administrator key has 16, 24 or 32 bytes")

    @property
    def key_size(self) -> int:
        """Bytes of the key."""
        return {0x03: 24, 0x08: 16, 0x0A: 24, 0x0C: 32}[self]

    @property
    def block(self) -> int:
        """Bytes of a challenge."""
        return 8 if self is AdminAlgorithm.TDES else 16

    def cipher(self, key: bytes) -> Cipher[modes.ECB]:
        """Make the cipher for one block at a time, as the card uses it.

        Raises ValueError for another length of key.
        """
        if len(key) != self.key_size:
            raise ValueError(f"a key for {self.name} has {self.key_size} bytes")
        known = TripleDES(key) if self is AdminAlgorithm.TDES else algorithms.AES(key)
        return Cipher(known, modes.ECB())


def public_key_of(certificate: x509.Certificate) -> PivPublicKey:
    """Return the key of a card's certificate.

    Raises `ProtocolError` for a key PIV does not have.
    """
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ProtocolError("the card's certificate has an unusable key") from error
    return as_piv_key(key)


def as_piv_key(key: object) -> PivPublicKey:
    """Return a key that PIV has. Raises `ProtocolError` for another."""
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        algorithm_of(key)
        return key
    raise ProtocolError("the card's key is neither RSA nor on a curve of PIV")


def algorithm_of(key: PivPublicKey) -> Algorithm:
    """Return the algorithm of a key.

    Raises `ProtocolError` for a size or curve PIV does not have.
    """
    match key:
        case rsa.RSAPublicKey():
            sizes = {2048: Algorithm.RSA_2048, 3072: Algorithm.RSA_3072}
            algorithm = sizes.get(key.key_size)
        case ec.EllipticCurvePublicKey():
            curves = {"secp256r1": Algorithm.P256, "secp384r1": Algorithm.P384}
            algorithm = curves.get(key.curve.name)
    if algorithm is None:
        raise ProtocolError("the card's key is none of RSA-2048, RSA-3072, P-256 and P-384")
    return algorithm


def signing_input(key: PivPublicKey, message: bytes) -> bytes:
    """Prepare `message` for GENERAL AUTHENTICATE.

    RSA: the PKCS #1 v1.5 block around SHA-256, as long as the modulus. P-256: SHA-256 (32 bytes).
    P-384: SHA-384 (48 bytes).
    """
    match key:
        case rsa.RSAPublicKey():
            info = _SHA256_INFO + hashlib.sha256(message).digest()
            fill = key.key_size // 8 - 3 - len(info)
            return b"\x00\x01" + b"\xff" * fill + b"\x00" + info
        case ec.EllipticCurvePublicKey():
            return hashlib.new(_curve_hash(key).name, message).digest()


def _curve_hash(key: ec.EllipticCurvePublicKey) -> hashes.SHA256 | hashes.SHA384:
    return hashes.SHA384() if key.curve.key_size > 256 else hashes.SHA256()

"""Signatures of Active Authentication (ICAO Doc 9303 part 11, 6.1).

ECDSA: plain r and s, each as long as the order of the curve (BSI TR-03111 5.2.1). RSA: ISO/IEC 9796-2
digital signature scheme 1 with partial recovery::

    6A  M1  H(M1 || challenge)  trailer      trailer BC for SHA-1, else hash number and CC
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

RECOVERY_HEADER: Final = 0x6A
SHA1_TRAILER: Final = 0xBC
TRAILER: Final = 0xCC
TRAILER_HASHES: Final = {
    0x33: "sha1",
    0x34: "sha256",
    0x35: "sha512",
    0x36: "sha384",
    0x38: "sha224",
}
"""The byte before CC (ISO/IEC 10118-3)."""
ECDSA_HASHES: Final[dict[int, hashes.HashAlgorithm]] = {
    2: hashes.SHA224(),
    3: hashes.SHA256(),
    4: hashes.SHA384(),
    5: hashes.SHA512(),
}
"""Last byte of the plain ECDSA identifiers; 1, SHA-1, is not allowed."""


def verify_ecdsa(
    key: ec.EllipticCurvePublicKey, hash_number: int, challenge: bytes, signature: bytes
) -> bool:
    """Tell whether `signature`, r and s, is of the challenge.

    `hash_number` is the last byte of the plain ECDSA identifier (BSI TR-03111 5.2.1). Never raises.
    """
    digest = ECDSA_HASHES.get(hash_number)
    half = (key.curve.key_size + 7) // 8
    if digest is None or len(signature) != 2 * half:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(encode_dss_signature(r, s), challenge, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def verify_rsa(key: rsa.RSAPublicKey, challenge: bytes, signature: bytes) -> bool:
    """Tell whether `signature`, as long as the modulus, is of the challenge. Never raises."""
    numbers = key.public_numbers()
    size = (key.key_size + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or not 1 < value < numbers.n - 1:
        return False
    block = pow(value, numbers.e, numbers.n).to_bytes(size, "big")
    if block[0] != RECOVERY_HEADER:
        return False
    if block[-1] == SHA1_TRAILER:
        name, body = "sha1", block[1:-1]
    elif block[-1] == TRAILER and block[-2] in TRAILER_HASHES:
        name, body = TRAILER_HASHES[block[-2]], block[1:-2]
    else:
        return False
    length = hashlib.new(name, usedforsecurity=False).digest_size
    recovered, digest = body[:-length], body[-length:]
    right = hashlib.new(name, recovered + challenge, usedforsecurity=False).digest()
    return hmac.compare_digest(right, digest)

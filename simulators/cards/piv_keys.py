"""Keys of a PIV card: generation, import and use (SP 800-78-5 tables 2 and 6).

RSA takes a padded block as long as its modulus, ECDSA a hash as long as its field; the padding and the
hash are the reader's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW
from drivers.smartcard.piv_keys import algorithm_of
from simulators.cards.base import CommandRefusedError

PivPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

RSA_2048: Final = 0x07
RSA_3072: Final = 0x05
P256: Final = 0x11
P384: Final = 0x14
ALGORITHMS: Final = (RSA_2048, RSA_3072, P256, P384)
_RSA_BITS: Final = {RSA_2048: 2048, RSA_3072: 3072}
_CURVES: Final = {P256: ec.SECP256R1(), P384: ec.SECP384R1()}
_HASHES: Final[Mapping[int, hashes.HashAlgorithm]] = {P256: hashes.SHA256(), P384: hashes.SHA384()}
_EXPONENT: Final = 65537


class PinPolicy(IntEnum):
    """Rule when a key wants the PIN; the numbers are those of YubiKey clients."""

    NEVER = 1
    ONCE = 2
    ALWAYS = 3


@dataclass(frozen=True, slots=True)
class StoredKey:
    """Private key in the card."""

    private: PivPrivateKey
    policy: PinPolicy


def generate(algorithm: int) -> PivPrivateKey:
    """Return a new key. Raises `CommandRefusedError` for an unknown algorithm."""
    if algorithm in _RSA_BITS:
        return rsa.generate_private_key(_EXPONENT, _RSA_BITS[algorithm])
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    raise CommandRefusedError(SW.WRONG_DATA)


def public_template(key: PivPrivateKey) -> bytes:
    """Return ``7F49 { 81 modulus 82 exponent | 86 point }`` (part 2, 3.3.2)."""
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.public_key().public_numbers()
            return tlv.encode(
                0x7F49,
                tlv.encode(0x81, numbers.n.to_bytes(key.key_size // 8, "big")),
                tlv.encode(0x82, numbers.e.to_bytes(3, "big")),
            )
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
            return tlv.encode(0x7F49, tlv.encode(0x86, point))


def import_key(algorithm: int, parts: Mapping[int, bytes]) -> PivPrivateKey:
    """Return a key from its parts as YubiKey clients send them: primes 01 and 02, or the scalar 06.

    Raises `CommandRefusedError` for parts that are no key of the algorithm.
    """
    try:
        if algorithm in _RSA_BITS:
            p, q = (int.from_bytes(parts[tag], "big") for tag in (0x01, 0x02))
            key = _from_primes(p, q)
            if key.key_size == _RSA_BITS[algorithm]:
                return key
        elif algorithm in _CURVES:
            scalar = int.from_bytes(parts[0x06], "big")
            return ec.derive_private_key(scalar, _CURVES[algorithm])
    except (ValueError, KeyError):
        pass
    raise CommandRefusedError(SW.WRONG_DATA)


def use(key: PivPrivateKey, algorithm: int, block: bytes) -> bytes:
    """Apply the bare operation to a block: RSA private key, or ECDSA. Raises `CommandRefusedError`."""
    if algorithm != algorithm_of(key.public_key()):
        raise CommandRefusedError(SW.WRONG_P1P2)
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.private_numbers()
            modulus = numbers.public_numbers.n
            size = key.key_size // 8
            value = int.from_bytes(block, "big")
            if len(block) != size or value >= modulus:
                raise CommandRefusedError(SW.WRONG_DATA)
            return pow(value, numbers.d, modulus).to_bytes(size, "big")
        case ec.EllipticCurvePrivateKey():
            hashed = _HASHES[algorithm]
            if len(block) != hashed.digest_size:
                raise CommandRefusedError(SW.WRONG_DATA)
            return key.sign(block, ec.ECDSA(Prehashed(hashed)))


def agree(key: PivPrivateKey, algorithm: int, point: bytes) -> bytes:
    """Return the shared x coordinate of ECDH with another's point (part 2, A.6).

    Raises `CommandRefusedError`.
    """
    if algorithm != algorithm_of(key.public_key()) or not isinstance(
        key, ec.EllipticCurvePrivateKey
    ):
        raise CommandRefusedError(SW.WRONG_P1P2)
    try:
        other = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
        return key.exchange(ec.ECDH(), other)
    except ValueError:
        raise CommandRefusedError(SW.WRONG_DATA) from None


def _from_primes(p: int, q: int) -> rsa.RSAPrivateKey:
    # The library's checks of a private key are slow, but refuse every nonsense.
    private = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private,
        dmp1=rsa.rsa_crt_dmp1(private, p),
        dmq1=rsa.rsa_crt_dmq1(private, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()

"""Seal a secret to a smart card's key, so that one private-key operation in the card opens it.

    {"algorithm":"ecdh-p256","key":hex,"exchange":hex,"data":hex}
    {"algorithm":"rsa-kem-2048","key":hex,"exchange":hex,"data":hex}

`key` is the SHA-256 of the card's SubjectPublicKeyInfo, so that another card is recognised before
its PIN is asked for. P-256: `exchange` is an ephemeral public point (65 bytes), the shared secret
the x coordinate of ECDH (SP 800-56A 5.7.1.2). RSA-2048: `exchange` is r^e mod n of a random
r < n, the shared secret r (RSA-KEM, RFC 9690); it needs no padding, so a card that does the bare
operation will do. HKDF-SHA256 (RFC 5869) derives a key from the shared secret, the header and a
context of the caller's; AES-256-GCM encrypts the secret. Each key encrypts once, so the nonce is
zero.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Protocol, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto.compact_json import ParsedJson, as_bytes, as_fields, as_text, dump
from crypto.errors import DecodeError, UnsealError, UnsupportedVersionError, UntrustedKeyError

CardPublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

ECDH = "ecdh-p256"
RSA_KEM = "rsa-kem-2048"
LARGEST_SECRET = 65536

_RSA_BITS = 2048
_RSA_BYTES = _RSA_BITS // 8
_POINT_BYTES = 65
_NONCE = bytes(12)
_TAG_BYTES = 16
_INFO = b"amin-card-box-1|"


class CardOperation(Protocol):
    """Private-key operation inside the card. Errors of the card pass through."""

    def agree(self, point: bytes) -> bytes:
        """Return the x coordinate (32 bytes) of the P-256 private key times a point.

        point: uncompressed, 65 bytes.
        """

    def decipher(self, block: bytes) -> bytes:
        """Return block^d mod n of the RSA key; both have 256 bytes."""


def key_id(key: CardPublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo as 64 hex digits."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def seal_to_card(
    key: object,
    secret: bytes | bytearray,
    context: bytes,
    below: Callable[[int], int] = secrets.randbelow,
) -> ParsedJson:
    """Seal a secret to a card's public key, bound to the caller's context.

    secret: up to 65,536 bytes; below(n): a uniform number in 0…n−1. Raises UnsupportedVersionError unless
    the key is P-256 or RSA-2048.
    """
    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            fresh = ec.generate_private_key(key.curve)
            shared = fresh.exchange(ec.ECDH(), key)
            point = fresh.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            head = _head(ECDH, key_id(key), point)
        case rsa.RSAPublicKey() if key.key_size == _RSA_BITS:
            numbers = key.public_numbers()
            chosen = below(numbers.n)
            shared = chosen.to_bytes(_RSA_BYTES, "big")
            block = pow(chosen, numbers.e, numbers.n).to_bytes(_RSA_BYTES, "big")
            head = _head(RSA_KEM, key_id(key), block)
        case _:
            raise UnsupportedVersionError("the card's key has to be P-256 or RSA-2048")
    sealed = _cipher(shared, head, context).encrypt(_NONCE, secret, None)
    return {**head, "data": sealed.hex()}


def needed_key(box: ParsedJson) -> str:
    """Return the `key_id` of the card that opens the box. Raises DecodeError."""
    _, key, _, _ = _parse(box)
    return key


def open_with_card(
    key: CardPublicKey, card: CardOperation, box: ParsedJson, context: bytes
) -> bytearray:
    """Open a sealed secret with the card; the caller wipes it after use.

    Raises UntrustedKeyError if it was sealed to another card, UnsealError if it was altered, DecodeError
    if it is malformed, and what the card raises.
    """
    algorithm, needed, exchange, data = _parse(box)
    if needed != key_id(key):
        raise UntrustedKeyError("this is not the card that closed the secret; put in the other one")
    match algorithm, key:
        case "ecdh-p256", ec.EllipticCurvePublicKey():
            _check_point(exchange)
            shared = card.agree(exchange)
        case "rsa-kem-2048", rsa.RSAPublicKey():
            if len(exchange) != _RSA_BYTES:
                raise DecodeError("an RSA block has 256 bytes")
            shared = card.decipher(exchange)
        case _:
            raise UnsupportedVersionError(
                "the secret is closed in a way this program does not know"
            )
    secret = bytearray(len(data) - _TAG_BYTES)
    try:
        cipher = _cipher(shared, _head(algorithm, needed, exchange), context)
        cipher.decrypt_into(_NONCE, data, None, secret)
    except InvalidTag as error:
        raise UnsealError("the card does not open this file; it was altered") from error
    return secret


def _parse(box: ParsedJson) -> tuple[str, str, bytes, bytes]:
    algorithm, key, exchange, data = as_fields(box, "algorithm", "key", "exchange", "data")
    needed, block, sealed = as_bytes(key).hex(), as_bytes(exchange), as_bytes(data)
    if not _TAG_BYTES <= len(sealed) <= LARGEST_SECRET + _TAG_BYTES:
        raise DecodeError("the box has an impossible size")
    return as_text(algorithm), needed, block, sealed


def _check_point(point: bytes) -> None:
    try:
        if len(point) != _POINT_BYTES:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise DecodeError("not a point of P-256") from error


def _head(algorithm: str, key: str, exchange: bytes) -> dict[str, ParsedJson]:
    return {"algorithm": algorithm, "key": key, "exchange": exchange.hex()}


def _cipher(shared: bytes, head: dict[str, ParsedJson], context: bytes) -> AESGCM:
    info = _INFO + dump(head) + context
    return AESGCM(HKDF(hashes.SHA256(), 32, None, info).derive(shared))

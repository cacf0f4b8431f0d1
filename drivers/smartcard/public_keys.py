"""Public keys of chips (SubjectPublicKeyInfo), also with the curve spelt out instead of named.

Doc 9303 part 12 asks issuers to spell the parameters of a curve out (RFC 3279 `specifiedCurve`). They
are compared with the known curves; a curve that is not known is refused, never used as given.
"""

from __future__ import annotations

from typing import Final

from asn1crypto import keys
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import ProtocolError
from drivers.smartcard.asn1 import ASN1_ERRORS, load_unambiguous
from drivers.smartcard.curves import CURVES, Curve, CurvePoint, curve_of

MIN_RSA_BITS: Final = 2048

ChipPublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def load(der: bytes) -> ChipPublicKey:
    """Load an RSA key from 2048 bits or a key on a known curve. Raises `ProtocolError`."""
    spelt_out = _spelt_out(der)
    if spelt_out is not None:
        return spelt_out
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ProtocolError(
            "a public key of the chip is malformed or of an unknown kind"
        ) from error
    match key:
        case rsa.RSAPublicKey() if key.key_size >= MIN_RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey() if curve_of(key.curve) is not None:
            return key
    raise ProtocolError("a public key of the chip is too weak")


def _spelt_out(der: bytes) -> ec.EllipticCurvePublicKey | None:
    """Load a key whose curve is spelt out; None for any other key."""
    try:
        info = load_unambiguous(keys.PublicKeyInfo, der)
        if info.algorithm != "ec" or info["algorithm"]["parameters"].name != "specified":
            return None
        specified = info["algorithm"]["parameters"].chosen
        p = int(specified["field_id"]["parameters"].native)
        a, b = (int.from_bytes(bytes(specified["curve"][name]), "big") for name in ("a", "b"))
        order = int(specified["order"])
        base = bytes(specified["base"])
        cofactor = specified["cofactor"].native
        point = bytes(info["public_key"])
    except ASN1_ERRORS as error:
        raise ProtocolError("a public key of the chip is malformed") from error
    for curve in CURVES:
        if (curve.p, curve.a, curve.b, curve.n) == (p, a, b, order) and cofactor in (None, 1):
            return _on(curve, base, point)
    raise ProtocolError("a public key of the chip is on an unknown curve")


def _on(curve: Curve, base: bytes, point: bytes) -> ec.EllipticCurvePublicKey:
    if CurvePoint.decode(curve, base) != curve.generator:
        raise ProtocolError("a public key of the chip with a generator of its own")
    return CurvePoint.decode(curve, point).key

"""A public key whose curve is not named but written out (RFC 3279 2.3.5)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from drivers.smartcard import tlv
from drivers.smartcard.curves import Curve, CurvePoint, base_multiple

_EC_PUBLIC_KEY = bytes.fromhex("2A8648CE3D0201")
_PRIME_FIELD = bytes.fromhex("2A8648CE3D0101")


def spelt_out(
    curve: Curve,
    key: ec.EllipticCurvePublicKey,
    *,
    generator: int = 1,
    b: int | None = None,
    cofactor: int = 1,
) -> bytes:
    """SubjectPublicKeyInfo; other values than the defaults make a curve of its own."""
    numbers = key.public_numbers()
    field = tlv.encode(0x30, tlv.encode(0x06, _PRIME_FIELD), _integer(curve.p))
    factors = (
        tlv.encode(0x04, number.to_bytes(curve.size, "big"))
        for number in (curve.a, curve.b if b is None else b)
    )
    parameters = tlv.encode(
        0x30,
        _integer(1),
        field,
        tlv.encode(0x30, *factors),
        tlv.encode(0x04, base_multiple(curve, generator).encode()),
        _integer(curve.n),
        _integer(cofactor),
    )
    algorithm = tlv.encode(0x30, tlv.encode(0x06, _EC_PUBLIC_KEY), parameters)
    point = CurvePoint(curve, numbers.x, numbers.y).encode()
    return tlv.encode(0x30, algorithm, tlv.encode(0x03, b"\x00", point))


def _integer(value: int) -> bytes:
    return tlv.encode(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))

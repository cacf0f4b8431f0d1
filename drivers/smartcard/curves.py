"""Elliptic curves of identity cards: points, key agreement, and the map to a new generator.

Every multiplication with a secret number is OpenSSL's. What its interface leaves out is done here with
plain numbers, once: PACE needs whole points (not only x) as products of a point that is not the standard
generator, and a sum of two points. The y of such a product is recovered from the x of ``d·P`` and of
``(d+1)·P`` (Brier and Joye, PKC 2002)::

    y = (2b + (a + x1·x)(x1 + x) - x'(x - x1)²) / 2·y1     P = (x1, y1), x of d·P, x' of (d+1)·P

The curves all have cofactor 1, so a point on the curve that is not infinity has the full order.
Constants: FIPS 186-4 D.1.2, RFC 5639 3.4, 3.6, 3.7; numbers: ICAO Doc 9303 part 11, table 4.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from drivers.errors import ProtocolError

UNCOMPRESSED: Final = b"\x04"
_SMALLEST_SCALAR: Final = 2


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b modulo p, with a standard generator of prime order n."""

    parameter_id: int
    """Standardized domain parameters of PACE."""
    kind: ec.EllipticCurve
    p: int
    a: int
    b: int

    @property
    def n(self) -> int:
        """Order of the generator."""
        return self.kind.group_order

    @property
    def name(self) -> str:
        """Name of the curve in the cryptography package."""
        return self.kind.name

    @property
    def size(self) -> int:
        """Bytes of a coordinate, and of each half of a plain signature."""
        return (self.p.bit_length() + 7) // 8

    @property
    def generator(self) -> CurvePoint:
        """The standard generator G."""
        return base_multiple(self, 1)

    def holds(self, x: int, y: int) -> bool:
        """Tell whether (x, y) satisfies the equation."""
        p = self.p
        return x < p and y < p and (y * y - (x * x * x + self.a * x + self.b)) % p == 0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of a curve, never infinity."""

    curve: Curve
    x: int = field(repr=False)
    y: int = field(repr=False)

    def encode(self) -> bytes:
        """Encode as ``04 x y``."""
        size = self.curve.size
        return UNCOMPRESSED + self.x.to_bytes(size, "big") + self.y.to_bytes(size, "big")

    @classmethod
    def decode(cls, curve: Curve, data: bytes) -> CurvePoint:
        """Decode ``04 x y``.

        Raises `ProtocolError` unless it is a point of this curve (infinity is not).
        """
        size = curve.size
        if len(data) != 1 + 2 * size or data[:1] != UNCOMPRESSED:
            raise ProtocolError("the card sent something else than a point of the curve")
        x, y = int.from_bytes(data[1 : 1 + size], "big"), int.from_bytes(data[1 + size :], "big")
        if not curve.holds(x, y):
            raise ProtocolError("the card sent a point that is not on the curve")
        return cls(curve, x, y)

    @property
    def numbers(self) -> ec.EllipticCurvePublicNumbers:
        """The point as the cryptography package's numbers."""
        return ec.EllipticCurvePublicNumbers(self.x, self.y, self.curve.kind)

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The point as a public key."""
        return self.numbers.public_key()


CurveScalarSource = Callable[[Curve], int]
"""Gives a fresh secret number of `scalars(curve)`; another one than `random_scalar` is for tests."""


def random_scalar(curve: Curve) -> int:
    """Draw a secret number from 2 to n - 2."""
    return _SMALLEST_SCALAR + secrets.randbelow(curve.n - 3)


def base_multiple(curve: Curve, scalar: int) -> CurvePoint:
    """Compute scalar · G. Raises ValueError unless the scalar is from 1 to n - 1."""
    numbers = ec.derive_private_key(scalar, curve.kind).public_key().public_numbers()
    return CurvePoint(curve, numbers.x, numbers.y)


def shared_x(scalar: int, point: CurvePoint) -> bytes:
    """Compute the x of scalar · point, the secret of elliptic-curve Diffie-Hellman; bytes of a coordinate."""
    return ec.derive_private_key(scalar, point.curve.kind).exchange(ec.ECDH(), point.key)


def multiple(scalar: int, point: CurvePoint) -> CurvePoint:
    """Compute scalar · point. Raises ValueError unless the scalar is from 2 to n - 2."""
    curve = point.curve
    p = curve.p
    if not _SMALLEST_SCALAR <= scalar <= curve.n - 2:
        raise ValueError("the secret number is out of range")
    key = ec.derive_private_key(scalar, curve.kind)
    numbers = key.public_key().public_numbers()
    next_base = add(CurvePoint(curve, numbers.x, numbers.y), curve.generator)
    # Faster than deriving it, which multiplies once more; the library checks that the two belong
    # together.
    next_key = ec.EllipticCurvePrivateNumbers(scalar + 1, next_base.numbers).private_key()
    x, after = (
        int.from_bytes(factor.exchange(ec.ECDH(), point.key), "big") for factor in (key, next_key)
    )
    over = 2 * curve.b + (curve.a + point.x * x) * (point.x + x) - after * (x - point.x) ** 2
    y = over * pow(2 * point.y, -1, p) % p
    if not curve.holds(x, y):
        raise ProtocolError("a point of the card cannot be used")
    return CurvePoint(curve, x, y)


def add(one: CurvePoint, other: CurvePoint) -> CurvePoint:
    """Add two points. Raises `ProtocolError` if the sum is infinity."""
    p = one.curve.p
    if one.x == other.x:
        if (one.y + other.y) % p == 0:
            raise ProtocolError("the sum of two points is infinity")
        slope = (3 * one.x * one.x + one.curve.a) * pow(2 * one.y, -1, p) % p
    else:
        slope = (other.y - one.y) * pow(other.x - one.x, -1, p) % p
    x = (slope * slope - one.x - other.x) % p
    return CurvePoint(one.curve, x, (slope * (one.x - x) - one.y) % p)


def map_generator(curve: Curve, nonce: bytes, shared: CurvePoint) -> CurvePoint:
    """Compute the generator of a session: s · G + H (generic mapping, part 11, 4.4.3.3.1)."""
    scalar = int.from_bytes(nonce, "big") % curve.n
    return add(base_multiple(curve, scalar), shared) if scalar else shared


# On the curves of NIST, a is p - 3.
P256: Final = Curve(
    12,
    ec.SECP256R1(),
    p=2**256 - 2**224 + 2**192 + 2**96 - 1,
    a=2**256 - 2**224 + 2**192 + 2**96 - 4,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
)
BRAINPOOL_P256: Final = Curve(
    13,
    ec.BrainpoolP256R1(),
    p=0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
    a=0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
    b=0x26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6,
)
P384: Final = Curve(
    15,
    ec.SECP384R1(),
    p=2**384 - 2**128 - 2**96 + 2**32 - 1,
    a=2**384 - 2**128 - 2**96 + 2**32 - 4,
    b=0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
)
BRAINPOOL_P384: Final = Curve(
    16,
    ec.BrainpoolP384R1(),
    p=0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53,
    a=0x7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826,
    b=0x04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11,
)
BRAINPOOL_P512: Final = Curve(
    17,
    ec.BrainpoolP512R1(),
    p=int(
        "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330871"
        "7D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
        16,
    ),
    a=int(
        "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC"
        "2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
        16,
    ),
    b=int(
        "3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A7"
        "2BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723",
        16,
    ),
)
P521: Final = Curve(
    18,
    ec.SECP521R1(),
    p=2**521 - 1,
    a=2**521 - 4,
    b=int(
        "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109"
        "E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
        16,
    ),
)
CURVES: Final = (P256, BRAINPOOL_P256, P384, BRAINPOOL_P384, P521, BRAINPOOL_P512)
"""All that are allowed, the preferred one first."""


def curve_of(kind: ec.EllipticCurve) -> Curve | None:
    """Return the allowed curve that a key of the library is on; None for any other."""
    return next((curve for curve in CURVES if curve.name == kind.name), None)

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
    n: int
    x: int
    y: int
    """The generator."""

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
        return CurvePoint(self, self.x, self.y)

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


def _curve(
    parameter_id: int,
    kind: ec.EllipticCurve,
    p: str,
    a: str | int,
    b: str,
    n: str,
    x: str,
    y: str,
) -> Curve:
    prime = int(p, 16)
    a_modulo_p = prime + a if isinstance(a, int) else int(a, 16)
    rest = (int(number, 16) for number in (b, n, x, y))
    return Curve(parameter_id, kind, prime, a_modulo_p, *rest)


P256: Final = _curve(
    12,
    ec.SECP256R1(),
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
    -3,
    "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
    "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296",
    "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
)
BRAINPOOL_P256: Final = _curve(
    13,
    ec.BrainpoolP256R1(),
    "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377",
    "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
    "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6",
    "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7",
    "8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262",
    "547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997",
)
P384: Final = _curve(
    15,
    ec.SECP384R1(),
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
    "FFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
    -3,
    "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE814112"
    "0314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
    "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    "AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B98"
    "59F741E082542A385502F25DBF55296C3A545E3872760AB7",
    "3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147C"
    "E9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F",
)
BRAINPOOL_P384: Final = _curve(
    16,
    ec.BrainpoolP384R1(),
    "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B4"
    "12B1DA197FB71123ACD3A729901D1A71874700133107EC53",
    "7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787"
    "139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
    "04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A6"
    "2E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11",
    "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B3"
    "1F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565",
    "1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3"
    "DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E",
    "8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864"
    "E19C054FF99129280E4646217791811142820341263C5315",
)
BRAINPOOL_P512: Final = _curve(
    17,
    ec.BrainpoolP512R1(),
    "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330871"
    "7D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
    "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC"
    "2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
    "3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A7"
    "2BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723",
    "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870"
    "553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069",
    "81AEE4BDD82ED9645A21322E9C4C6A9385ED9F70B5D916C1B43B62EEF4D0098E"
    "FF3B1F78E2D0D48D50D1687B93B97D5F7C6D5047406A5E688B352209BCB9F822",
    "7DDE385D566332ECC0EABFA9CF7822FDF209F70024A57B1AA000C55B881F8111"
    "B2DCDE494A5F485E5BCA4BD88A2763AED1CA2B2FA8F0540678CD1E0F3AD80892",
)
P521: Final = _curve(
    18,
    ec.SECP521R1(),
    "01" + "FF" * 65,
    -3,
    "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E1"
    "56193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
    "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
    "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
    "00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3D"
    "BAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66",
    "011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E66"
    "2C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650",
)

CURVES: Final = (P256, BRAINPOOL_P256, P384, BRAINPOOL_P384, P521, BRAINPOOL_P512)
"""All that are allowed, the preferred one first."""


def curve_of(kind: ec.EllipticCurve) -> Curve | None:
    """Return the allowed curve that a key of the library is on; None for any other."""
    return next((curve for curve in CURVES if curve.name == kind.name), None)

"""Compute in the Ed25519 group as Belenios writes it: points, scalars, and hashes of their texts.

Points are 32-byte Ed25519 encodings (little-endian), scalars are ints in 0…q−1. Outside this
program a point is those bytes reversed, as 64 lower-case hex digits, and a scalar is a decimal
string; each value has exactly one encoding (Belenios specification 3.3, group Ed25519).

libsodium refuses to multiply by 0 or to multiply the identity, and adds anything that lies on
the curve. Both are handled here, so that callers can think in plain group operations.
Arithmetic on scalars uses Python ints and does not run in constant time.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from typing import NewType, TypeAlias

from nacl import bindings
from nacl import exceptions as nacl_exceptions

from crypto import compiled
from crypto.errors import DecodeError, UnsupportedVersionError

Point = NewType("Point", bytes)
Scalar: TypeAlias = int
ScalarSource: TypeAlias = Callable[[], Scalar]
"""Where randomness comes from: every call gives a fresh uniform scalar in 1…q−1."""

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
BASE = Point(bytes.fromhex("58" + 31 * "66"))
IDENTITY = Point(bytes.fromhex("01" + 31 * "00"))

POINT_BYTES = 32
SCALAR_BYTES = 32

_POINT_TEXT = re.compile(r"[0-9a-f]{64}")
_SCALAR_TEXT = re.compile(r"0|[1-9][0-9]{0,76}")

_MUST_BE_REFUSED = (
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",  # order 2
    "0000000000000000000000000000000000000000000000000000000000000000",  # order 4
    "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",  # order 8
    "20b7da4d670151901fd391eb766db999ced7d13576bcf4a2ef2de07c29893700",  # order 2q
    "0ae386a915b27956c7f96c3d19813faaf3bc653f19db380b7d939d28654b4841",  # order 4q
    "35da6aed7f143a87243768f286f27c198ac61153d262f6f9edfb6518d0041613",  # order 8q
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",  # y not reduced
    "0000000000000000000000000000000000000000000000000000000000000002",  # not on the curve
)


def add(left: Point, right: Point) -> Point:
    """Add two points of the curve. Raises DecodeError for bytes that are no point."""
    try:
        return Point(bindings.crypto_core_ed25519_add(left, right))
    except (nacl_exceptions.RuntimeError, nacl_exceptions.TypeError) as error:
        raise DecodeError("not a point of the curve") from error


def sub(left: Point, right: Point) -> Point:
    """Subtract two points of the curve. Raises DecodeError for bytes that are no point."""
    try:
        return Point(bindings.crypto_core_ed25519_sub(left, right))
    except (nacl_exceptions.RuntimeError, nacl_exceptions.TypeError) as error:
        raise DecodeError("not a point of the curve") from error


def mul(scalar: Scalar, point: Point) -> Point:
    """Compute scalar·point for any int. Raises DecodeError for a point outside the group of order q."""
    reduced = scalar % ORDER
    if reduced == 0 or point == IDENTITY:
        return IDENTITY
    try:
        return Point(
            bindings.crypto_scalarmult_ed25519_noclamp(
                reduced.to_bytes(SCALAR_BYTES, "little"), point
            )
        )
    except (nacl_exceptions.RuntimeError, nacl_exceptions.TypeError) as error:
        raise DecodeError("not a point of the group of order q") from error


def mul_base(scalar: Scalar) -> Point:
    """Compute scalar·G for any int."""
    reduced = scalar % ORDER
    if reduced == 0:
        return IDENTITY
    return Point(
        bindings.crypto_scalarmult_ed25519_base_noclamp(reduced.to_bytes(SCALAR_BYTES, "little"))
    )


def total(points: Iterable[Point]) -> Point:
    """Add up the points; the identity for none. Raises DecodeError for bytes that are no point."""
    rest = iter(points)
    result = next(rest, IDENTITY)
    for point in rest:
        result = add(result, point)
    return result


def is_member(point: bytes) -> bool:
    """Return whether 32 bytes are a canonical encoding in the group of order q, identity excluded."""
    return len(point) == POINT_BYTES and bindings.crypto_core_ed25519_is_valid_point(point)


def is_public_member(point: bytes, *, keep: bool = False) -> bool:
    """Return what `is_member` does, of a public value: in variable time, by the core if it is compiled.

    keep: the point is published and will be summed up, so the core may remember it.
    """
    if not compiled.IS_COMPILED:
        return is_member(point)
    return len(point) == POINT_BYTES and compiled.is_member(point, keep=keep)


def is_on_curve(point: bytes) -> bool:
    """Return whether 32 bytes encode a point of the curve, of whatever order."""
    try:
        bindings.crypto_core_ed25519_add(point, IDENTITY)
    except (nacl_exceptions.RuntimeError, nacl_exceptions.TypeError):
        return False
    return True


def times_cofactor(point: Point) -> Point:
    """Compute 8·point for any point of the curve, also outside the group of order q."""
    for _ in range(3):
        point = add(point, point)
    return point


def point_from_bytes(data: bytes, *, identity: bool = False) -> Point:
    """Decode a point of the group of order q from its 32 bytes (RFC 8032, 5.1.3).

    identity: whether the identity is allowed. Raises DecodeError.
    """
    if is_public_member(data) or (identity and data == IDENTITY):
        return Point(bytes(data))
    raise DecodeError("not a point of the group of order q")


def point_from_text(text: str, *, identity: bool = False) -> Point:
    """Decode a point of the group of order q from its text S(P), 64 lower-case hex digits.

    identity: whether the identity is allowed. Raises DecodeError.
    """
    if not _POINT_TEXT.fullmatch(text):
        raise DecodeError("a point is written as 64 lower-case hex digits")
    return point_from_bytes(bytes.fromhex(text)[::-1], identity=identity)


def point_text(point: Point) -> str:
    """Return S(P): 64 lower-case hex digits, big-endian."""
    return point[::-1].hex()


def scalar_from_text(text: str) -> Scalar:
    """Decode a scalar from its decimal text without leading zeros. Raises DecodeError."""
    if not _SCALAR_TEXT.fullmatch(text) or (value := int(text)) >= ORDER:
        raise DecodeError("a scalar is a decimal number below the group order")
    return value


def scalar_from_bytes(data: bytes) -> Scalar:
    """Decode a scalar below q from 32 little-endian bytes. Raises DecodeError."""
    value = int.from_bytes(data, "little")
    if len(data) != SCALAR_BYTES or value >= ORDER:
        raise DecodeError("a scalar is 32 bytes below the group order")
    return value


def scalar_bytes(scalar: Scalar) -> bytes:
    """Encode a scalar 0…q−1 as 32 little-endian bytes."""
    return scalar.to_bytes(SCALAR_BYTES, "little")


def hash_to_scalar(text: str) -> Scalar:
    """Compute H(s): SHA-256 of the UTF-8 text as a big-endian number, mod q."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % ORDER


def hash_hex(data: bytes) -> str:
    """Compute hex(s): SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def hash_base64(data: bytes) -> str:
    """Compute b64(s): SHA-256 in standard Base64 without padding, 43 characters."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii").rstrip("=")


def inverse(scalar: Scalar) -> Scalar:
    """Compute 1/scalar mod q. The scalar must not be 0 mod q (`ValueError`)."""
    return pow(scalar, -1, ORDER)


def system_scalar() -> Scalar:
    """Draw a secret scalar in 1…q−1 from the operating system."""
    return 1 + secrets.randbelow(ORDER - 1)


class SeededScalars:
    """Scalars expanded from a 32-byte seed, the same ones for the same seed and context.

    The i-th scalar (from 0) is 1 + (n mod (q−1)), where n is the big-endian number of the first
    64 bytes of SHAKE-256(`amin-scalars-1` ‖ seed ‖ len(context) as 8 bytes ‖ context ‖ i as
    8 bytes). 512 bits against 252 leave no measurable bias, and 0 cannot occur.
    """

    def __init__(self, seed: bytes | bytearray, context: bytes) -> None:
        """Take the seed in; no copy of it is made or kept, only the state of the hash."""
        if len(seed) != 32:
            raise DecodeError("a seed is 32 bytes")
        self._prefix = hashlib.shake_256(b"amin-scalars-1")
        self._prefix.update(seed)
        self._prefix.update(len(context).to_bytes(8, "big") + context)
        self._next = 0

    def __call__(self) -> Scalar:
        """Return the next scalar, 1…q−1."""
        block = self._prefix.copy()
        block.update(self._next.to_bytes(8, "big"))
        self._next += 1
        return 1 + int.from_bytes(block.digest(64), "big") % (ORDER - 1)


def self_test() -> None:
    """Refuse to work with a libsodium whose group checks are wrong (CVE-2025-69277).

    Call once at the start of every program that counts or casts. Raises UnsupportedVersionError.
    """
    accepted = [
        text
        for text in _MUST_BE_REFUSED
        if is_member(bytes.fromhex(text)[::-1]) or is_public_member(bytes.fromhex(text)[::-1])
    ]
    sound = (
        is_member(BASE)
        and is_public_member(BASE)
        and not is_member(IDENTITY)
        and not is_public_member(IDENTITY)
        and mul_base(1) == BASE
        and add(mul_base(ORDER - 1), BASE) == IDENTITY
        and mul(5, mul_base(7)) == mul_base(35)
        and point_text(sub(IDENTITY, BASE)) == "e6" + 30 * "66" + "58"
        and sub(BASE, IDENTITY) == BASE
        # Each takes other branches of the core's test, which is built on the machine where it runs.
        and all(is_public_member(mul_base(n)) for n in range(1, 41))
    )
    if accepted or not sound:
        raise UnsupportedVersionError(
            "the installed libsodium checks points wrongly; install PyNaCl 1.6.2 or newer"
        )

"""Multiply few points often, and add up many multiples: what libsodium has no function for.

Twisted Edwards curve −x² + y² = 1 + d·x²y² in extended coordinates (X : Y : Z : T), x = X/Z,
y = Y/Z, T = XY/Z (Hisil, Wong, Carter, Dawson 2008, sections 3.1 and 3.2, a = −1). The formulas
are complete on this curve: no case is special. Field arithmetic is GMP's, through gmpy2.

`FixedBase` makes a comb table of one point; every multiple then takes the same number of
additions, whatever the scalar. `multi_scalar_mult` is Pippenger's bucket method with signed digits, by
`crypto.core` where it was compiled, in variable time: for checking public values, and for nonces that
are used once. Both take points that were checked to be in the group of order q; for a point of the
curve outside it the sum is right, too, but nothing reports it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from gmpy2 import invert, mpz, powmod

from crypto import core
from crypto.errors import DecodeError
from crypto.group import FIELD, ORDER, POINT_BYTES, Point, Scalar, add, mul, sub, total

_P = mpz(FIELD)
_D = -121665 * invert(mpz(121666), _P) % _P
_2D = 2 * _D % _P
_ROOT_OF_MINUS_1 = powmod(mpz(2), (_P - 1) // 4, _P)
_ROOT_EXPONENT = (_P - 5) // 8
_SIGN = 1 << 255
_BITS = ORDER.bit_length()

_Extended: TypeAlias = tuple[mpz, mpz, mpz, mpz]
_Affine: TypeAlias = tuple[mpz, mpz, mpz]
"""y − x, y + x, 2dxy: what an addition needs of a point that is known beforehand."""

_ZERO: _Extended = (mpz(0), mpz(1), mpz(1), mpz(0))

DEFAULT_WINDOW = 8
FEW = 150
"""Below this many points single multiplications are as fast."""
MOST = 4096
"""Points taken together: more would not fit the processor's caches."""


class FixedBase:
    """A comb table for multiples of one point.

    window: bits a table row covers. 8 takes 32 rows of 256 points and 32 additions for a multiple;
    each bit more doubles the table and saves fewer additions.
    """

    def __init__(self, point: Point, window: int = DEFAULT_WINDOW) -> None:
        """Build the table. Raises DecodeError for bytes that are no point."""
        self._window = window
        self._mask = (1 << window) - 1
        self._rows: list[list[_Affine]] = []
        base = _decoded(point)
        for _ in range(-(-_BITS // window)):
            multiples = [_ZERO]
            for _ in range(self._mask):
                multiples.append(_added(multiples[-1], base))
            self._rows.append(_affine(multiples))
            base = _added(multiples[-1], base)

    def mul(self, scalar: Scalar) -> Point:
        """Compute scalar·point for any int."""
        return _encoded(self._sum(scalar))

    def mul_add(self, scalar: Scalar, other: Point) -> Point:
        """Compute scalar·point + other for any int. Raises DecodeError if `other` is no point."""
        return _encoded(_plus(self._sum(scalar), _known(_decoded(other))))

    def _sum(self, scalar: Scalar) -> _Extended:
        rest, mask, window = scalar % ORDER, self._mask, self._window
        x, y, z, t = _ZERO
        for row in self._rows:
            minus, plus, product = row[rest & mask]
            rest >>= window
            # `_plus`, written out: half the time of making a ballot is spent here.
            a, b, c, d = (y - x) * minus, (y + x) * plus, t * product, z + z
            e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
            x, y, z, t = e * f % _P, g * h % _P, f * g % _P, e * h % _P
        return x, y, z, t


Multiplied: TypeAlias = Point | FixedBase
"""A point, or the table of one that is multiplied often."""


def multiple(scalar: Scalar, of: Multiplied) -> Point:
    """Compute scalar·of for any int.

    Raises DecodeError for a bare point outside the group of order q.
    """
    return of.mul(scalar) if isinstance(of, FixedBase) else mul(scalar, of)


@lru_cache(maxsize=64)
def fixed_base(point: Point) -> FixedBase:
    """Make the table of a point, once per process. Raises DecodeError for bytes that are no point."""
    return FixedBase(point)


def multi_scalar_mult(scalars: Sequence[Scalar], points: Sequence[Point]) -> Point:
    """Compute Σ scalar·point for any ints, in variable time; the identity for none.

    There are as many scalars as points. Raises DecodeError for bytes that are no point.
    """
    reduced = [scalar % ORDER for scalar in scalars]
    if core.IS_COMPILED:
        return core.multi_scalar_mult(reduced, points)
    return multi_scalar_mult_by_gmp(reduced, points)


def sum_of_two(s: Scalar, left: Point, c: Scalar, right: Point) -> Point:
    """Compute s·left + c·right for any ints and public values, in variable time.

    Both points must be in the group of order q. Raises DecodeError for bytes that are no point.
    """
    if core.IS_COMPILED:
        return core.sum_of_two(s, left, c, right)
    return add(mul(s, left), mul(c, right))


def sums_of_two(
    s: Sequence[Scalar],
    left: Point | Sequence[Point],
    c: Sequence[Scalar],
    right: Point | Sequence[Point],
) -> list[Point]:
    """Compute s·left + c·right for every pair of scalars below q, as `sum_of_two` does for one.

    left, right: a list as long as the scalars', or one point for all of them. Raises DecodeError for lists
    of other lengths and for bytes that are no point.
    """
    if core.IS_COMPILED:
        return core.sums_of_two(s, left, c, right)
    lefts, rights = ([x] * len(s) if isinstance(x, bytes) else x for x in (left, right))
    _require_as_many(s, lefts, c, rights)
    return [add(mul(a, p), mul(b, q)) for a, p, b, q in zip(s, lefts, c, rights, strict=True)]


def sums(left: Sequence[Point], right: Sequence[Point]) -> list[Point]:
    """Compute left + right, pair by pair, of public points.

    Raises DecodeError for lists of two lengths and for bytes that are no point.
    """
    if core.IS_COMPILED:
        return core.add_many(left, right)
    _require_as_many(left, right)
    return [add(a, b) for a, b in zip(left, right, strict=True)]


def differences(left: Sequence[Point], right: Sequence[Point]) -> list[Point]:
    """Compute left − right, pair by pair, of public points.

    Raises DecodeError for lists of two lengths and for bytes that are no point.
    """
    if core.IS_COMPILED:
        return core.add_many(left, right, negative=True)
    _require_as_many(left, right)
    return [sub(a, b) for a, b in zip(left, right, strict=True)]


def _require_as_many(*lists: Sequence[object]) -> None:
    if len(set(map(len, lists))) > 1:
        raise DecodeError("not as many of one as of the other")


def multi_scalar_mult_by_gmp(reduced: Sequence[Scalar], points: Sequence[Point]) -> Point:
    """Compute the same sum of scalars below q without the compiled core, and as its oracle."""
    if len(reduced) < FEW:
        return total(mul(scalar, point) for scalar, point in zip(reduced, points, strict=True))
    result = _ZERO
    for start in range(0, len(reduced), MOST):
        part = slice(start, start + MOST)
        decoded = [_decoded(point) for point in points[part]]
        result = _added(result, _bucket_sum(reduced[part], decoded))
    return _encoded(result)


def _bucket_sum(scalars: Sequence[Scalar], points: list[_Extended]) -> _Extended:
    """Add up by Pippenger's method, digits from the highest down, one bucket per digit."""
    width = min(range(2, 13), key=lambda w: -(-_BITS // w) * (len(points) + (1 << w)))
    half, mask = 1 << (width - 1), (1 << width) - 1
    windows = range(0, _BITS + 1, width)
    # With half added at every place, a digit d stands as d + half: it is signed, and nothing carries.
    lifted = sum(half << place for place in windows)
    numbers = [scalar + lifted for scalar in scalars]
    known = [_known(point) for point in points]
    negative = [(-x, y, z, -t) for x, y, z, t in points]
    result = _ZERO
    for place in reversed(windows):
        for _ in range(width):
            result = _doubled(result)
        buckets: list[_Extended | None] = [None] * (half + 1)
        for i, number in enumerate(numbers):
            digit = (number >> place & mask) - half
            if digit > 0:
                minus, plus, product = known[i]
                alone = points
            elif digit < 0:
                digit = -digit
                plus, minus, product = known[i]
                product = -product
                alone = negative
            else:
                continue
            bucket = buckets[digit]
            if bucket is None:
                buckets[digit] = alone[i]
                continue
            # `_plus`, written out: nearly all the time of a verification is spent here.
            x, y, z, t = bucket
            a, b, c, d = (y - x) * minus, (y + x) * plus, t * product, z + z
            e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
            buckets[digit] = (e * f % _P, g * h % _P, f * g % _P, e * h % _P)
        running = inner = _ZERO
        for bucket in reversed(buckets[1:]):
            if bucket is not None:
                running = _added(running, bucket)
            inner = _added(inner, running)
        result = _added(result, inner)
    return result


def _known(point: _Extended) -> _Affine:
    """Precompute what an addition needs of a point with Z = 1."""
    x, y, _, t = point
    return (y - x) % _P, (y + x) % _P, _2D * t % _P


def _decoded(point: Point) -> _Extended:
    """Decode a point (RFC 8032, 5.1.3)."""
    number = int.from_bytes(point, "little")
    y = mpz(number & (_SIGN - 1))
    if len(point) != POINT_BYTES or y >= _P:
        raise DecodeError("not a point of the curve")
    squared = y * y % _P
    u, v = squared - 1, (_D * squared + 1) % _P
    v3 = v * v % _P * v % _P
    x = u * v3 % _P * powmod(u * v3 % _P * v3 % _P * v % _P, _ROOT_EXPONENT, _P) % _P
    vx = v * x % _P * x % _P
    if vx != u % _P:
        if vx != -u % _P:
            raise DecodeError("not a point of the curve")
        x = x * _ROOT_OF_MINUS_1 % _P
    odd = bool(number & _SIGN)
    if odd and not x:
        raise DecodeError("not a point of the curve")
    if x.is_odd() != odd:
        x = _P - x
    return x, y, mpz(1), x * y % _P


def _encoded(point: _Extended) -> Point:
    x, y, z, _ = point
    inverse = invert(z, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return Point((int(y) | (_SIGN if x.is_odd() else 0)).to_bytes(POINT_BYTES, "little"))


def _added(left: _Extended, right: _Extended) -> _Extended:
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = t1 * t2 % _P * _2D, 2 * z1 * z2
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _plus(left: _Extended, right: _Affine) -> _Extended:
    x1, y1, z1, t1 = left
    minus, plus, product = right
    a, b = (y1 - x1) * minus, (y1 + x1) * plus
    c, d = t1 * product, z1 + z1
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(point: _Extended) -> _Extended:
    x, y, z, _ = point
    a, b, c = x * x % _P, y * y % _P, 2 * z * z
    h = a + b
    e = (h - (x + y) * (x + y)) % _P
    g = a - b
    f = (c + g) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _affine(points: Iterable[_Extended]) -> list[_Affine]:
    """Normalise points with one inversion for all (Montgomery's trick)."""
    items = list(points)
    products = [mpz(1)]
    for _, _, z, _ in items:
        products.append(products[-1] * z % _P)
    inverse = invert(products[-1], _P)
    found: list[_Affine] = []
    for i in range(len(items) - 1, -1, -1):
        x, y, z, _ = items[i]
        inverse_z = inverse * products[i] % _P
        inverse = inverse * z % _P
        x, y = x * inverse_z % _P, y * inverse_z % _P
        found.append(((y - x) % _P, (y + x) % _P, _2D * x % _P * y % _P))
    return found[::-1]

"""Offer the compiled core where it was built, and nothing where it was not.

The core works in variable time, on public values only; what is secret stays with libsodium. Without it
`crypto.scalar_mult` computes the same with GMP, some ten times more slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crypto.compiled import CORE, IS_COMPILED
from crypto.errors import DecodeError
from crypto.group import BASE, ORDER, POINT_BYTES, Point, Scalar, scalar_bytes

__all__ = ("IS_COMPILED", "add_many", "multi_scalar_mult", "sum_of_two", "sums_of_two")

_SUMS: Final = 1 << 12
"""Most sums of one call: the core counts its work in 32 bits, and an archive may ask for millions."""
_TERMS: Final = 1 << 20
"""Most terms of one call."""
_WIDTHS: Final = ((24, 3), (64, 4), (180, 5), (500, 6), (1400, 8), (5000, 10))


def sum_of_two(s: Scalar, left: Point, c: Scalar, right: Point) -> Point:
    """Compute s·left + c·right for any ints. Raises DecodeError for bytes that are no point."""
    ffi, lib = CORE.ffi, CORE.lib
    if len(left) != POINT_BYTES or len(right) != POINT_BYTES:
        raise DecodeError("not a point of the curve")
    out = ffi.new("unsigned char[32]")
    first = ffi.NULL if left == BASE else ffi.from_buffer(left)
    if not lib.sum_of_two(
        scalar_bytes(s % ORDER), first, scalar_bytes(c % ORDER), ffi.from_buffer(right), out
    ):
        raise DecodeError("not a point of the curve")
    return Point(bytes(ffi.buffer(out)))


def sums_of_two(
    s: Sequence[Scalar],
    left: Point | Sequence[Point],
    c: Sequence[Scalar],
    right: Point | Sequence[Point],
) -> list[Point]:
    """Compute s·left + c·right for every pair of ints below q; left and right: one point for all, or a list.

    Raises DecodeError for bytes that are no point.
    """
    ffi, lib = CORE.ffi, CORE.lib
    count = len(s)
    if len(c) != count:
        raise DecodeError("not as many scalars as others")
    if not count:
        return []
    if count > _SUMS:
        parts = [
            sums_of_two(s[at:end], _part(left, at, end), c[at:end], _part(right, at, end))
            for at, end in _pieces(count, _SUMS)
        ]
        return [total for part in parts for total in part]
    (lefts, left_each), (rights, right_each) = _joined(left, count), _joined(right, count)
    first = ffi.NULL if not left_each and lefts == BASE else ffi.from_buffer(lefts)
    out = ffi.new("unsigned char[]", POINT_BYTES * count)
    work = ffi.new("unsigned char[]", lib.sums_work(count))
    scalars = [b"".join(map(scalar_bytes, each)) for each in (s, c)]
    done = lib.sums_of_two(
        count, scalars[0], first, left_each, scalars[1], rights, right_each, out, work
    )
    if not done:
        raise DecodeError("not a point of the curve")
    return _points(bytes(ffi.buffer(out)))


def add_many(
    left: Sequence[Point], right: Sequence[Point], *, negative: bool = False
) -> list[Point]:
    """Compute left + right, or left − right, pair by pair. Raises DecodeError for bytes that are no point."""
    ffi, lib = CORE.ffi, CORE.lib
    count = len(left)
    if len(right) != count:
        raise DecodeError("not as many points as others")
    if not count:
        return []
    if count > _SUMS:
        parts = [
            add_many(left[at:end], right[at:end], negative=negative)
            for at, end in _pieces(count, _SUMS)
        ]
        return [total for part in parts for total in part]
    (lefts, _), (rights, _) = _joined(left, count), _joined(right, count)
    out = ffi.new("unsigned char[]", POINT_BYTES * count)
    work = ffi.new("unsigned char[]", lib.sums_work(count))
    if not lib.add_many(count, lefts, rights, negative, out, work):
        raise DecodeError("not a point of the curve")
    return _points(bytes(ffi.buffer(out)))


def multi_scalar_mult(scalars: Sequence[Scalar], points: Sequence[Point]) -> Point:
    """Compute Σ scalar·point for ints below q. Raises DecodeError for bytes that are no point."""
    ffi, lib = CORE.ffi, CORE.lib
    count = len(points)
    if len(scalars) != count:
        raise DecodeError("not as many scalars as points")
    if count > _TERMS:
        pieces = _pieces(count, _TERMS)
        parts = [multi_scalar_mult(scalars[at:end], points[at:end]) for at, end in pieces]
        return multi_scalar_mult([1] * len(parts), parts)
    size = lib.point_bytes()
    if any(len(point) != POINT_BYTES for point in points):
        raise DecodeError("not a point of the curve")
    decoded = ffi.new("unsigned char[]", size * (count + 1))
    good = ffi.new("unsigned char[]", count + 1)
    if lib.decode_kept(count, b"".join(points), decoded, good) != count:
        raise DecodeError("not a point of the curve")
    width = next((w for most, w in _WIDTHS if count < most), 11)
    work = ffi.new("unsigned char[]", lib.msm_work(count, width))
    total = decoded + size * count
    lib.msm(count, b"".join(map(scalar_bytes, scalars)), decoded, width, work, total)
    out = ffi.new("unsigned char[32]")
    room = ffi.new("unsigned char[64]")
    lib.encode_many(1, total, out, room)
    return Point(bytes(ffi.buffer(out)))


def _pieces(count: int, most: int) -> list[tuple[int, int]]:
    return [(at, at + most) for at in range(0, count, most)]


def _part(points: Point | Sequence[Point], at: int, end: int) -> Point | Sequence[Point]:
    return points if isinstance(points, bytes) else points[at:end]


def _joined(points: Point | Sequence[Point], count: int) -> tuple[bytes, bool]:
    """Return the bytes of one point or of `count` points, and whether it is a list. Raises DecodeError."""
    several = [points] if isinstance(points, bytes) else points
    alone = several is not points
    if len(several) != (1 if alone else count) or any(len(each) != POINT_BYTES for each in several):
        raise DecodeError("not a point of the curve")
    return b"".join(several), not alone


def _points(data: bytes) -> list[Point]:
    return [Point(data[at : at + POINT_BYTES]) for at in range(0, len(data), POINT_BYTES)]

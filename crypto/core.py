"""Offer the compiled core where it was built, and nothing where it was not.

The core works in variable time, on public values only; what is secret stays with libsodium. Without it
`crypto.scalar_mult` computes the same with GMP, some ten times more slowly.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

from crypto.errors import DecodeError
from crypto.group import BASE, ORDER, POINT_BYTES, Point, Scalar, scalar_bytes


def _load() -> Any:
    if os.environ.get("AMIN_CORE") == "off":
        return None
    try:
        from crypto._core import _amin_core  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    return _amin_core


_CORE: Final = _load()
IS_COMPILED: Final = _CORE is not None
"""Whether the core is there. AMIN_CORE=off in the environment leaves it out, to compare."""

_WIDTHS: Final = ((24, 3), (64, 4), (180, 5), (500, 6), (1400, 8), (5000, 10))


def sum_of_two(s: Scalar, left: Point, c: Scalar, right: Point) -> Point:
    """Compute s·left + c·right for any ints. Raises DecodeError for bytes that are no point."""
    ffi, lib = _CORE.ffi, _CORE.lib
    if len(left) != POINT_BYTES or len(right) != POINT_BYTES:
        raise DecodeError("not a point of the curve")
    out = ffi.new("unsigned char[32]")
    first = ffi.NULL if left == BASE else ffi.from_buffer(left)
    if not lib.sum_of_two(
        scalar_bytes(s % ORDER), first, scalar_bytes(c % ORDER), ffi.from_buffer(right), out
    ):
        raise DecodeError("not a point of the curve")
    return Point(bytes(ffi.buffer(out)))


def multi_scalar_mult(scalars: Sequence[Scalar], points: Sequence[Point]) -> Point:
    """Compute Σ scalar·point for ints below q. Raises DecodeError for bytes that are no point."""
    ffi, lib = _CORE.ffi, _CORE.lib
    count = len(points)
    size = lib.point_bytes()
    if any(len(point) != POINT_BYTES for point in points):
        raise DecodeError("not a point of the curve")
    decoded = ffi.new("unsigned char[]", size * (count + 1))
    good = ffi.new("unsigned char[]", count + 1)
    if lib.decode(count, b"".join(points), decoded, good) != count:
        raise DecodeError("not a point of the curve")
    width = next((w for most, w in _WIDTHS if count < most), 11)
    work = ffi.new("unsigned char[]", lib.msm_work(count, width))
    total = decoded + size * count
    lib.msm(count, b"".join(map(scalar_bytes, scalars)), decoded, width, work, total)
    out = ffi.new("unsigned char[32]")
    room = ffi.new("unsigned char[64]")
    lib.encode_many(1, total, out, room)
    return Point(bytes(ffi.buffer(out)))

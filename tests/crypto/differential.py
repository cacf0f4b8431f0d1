"""Compare the compiled core with libsodium and GMP on as many drawn cases as there is time for.

`python -m tests.crypto.differential --cases 1000000 --seed S` (`make differential`). A case is one result
of the core: a sum of two points, a test of membership, s·A + c·B, or a long sum. Points come from all eight
cosets of the group, scalars from the edges too, and bytes are often no point. The first difference ends it
with status 1.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Final, TypeAlias

from nacl import bindings

from crypto import compiled, core
from crypto.errors import DecodeError
from crypto.group import FIELD, IDENTITY, ORDER, POINT_BYTES, Point, add, mul, mul_base, sub, total
from crypto.scalar_mult import multi_scalar_mult_by_gmp

Round: TypeAlias = Callable[[random.Random, list[Point]], int]
"""Compares some cases and returns how many; `AssertionError` says which differs."""
ORDER_8: Final = Point(
    bytes.fromhex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826")[::-1]
)
EDGES: Final = (0, 1, 2, 15, 16, 17, 2**128, 2**251 - 1, 2**252, ORDER - 2, ORDER - 1)
_POOL: Final = 256
_MANY: Final = 400


def additions(draw: random.Random, pool: list[Point]) -> int:
    """Sums and differences of two; what comes out takes places in the pool."""
    left, right = (draw.choices(pool, k=_MANY) for _ in range(2))
    negative = draw.random() < 0.5
    found = core.add_many(left, right, negative=negative)
    expected = [(sub if negative else add)(a, b) for a, b in zip(left, right, strict=True)]
    assert found == expected, ("addition", negative)
    for place in draw.sample(range(_POOL), _POOL // 2):
        pool[place] = draw.choice(found)
    return _MANY


def memberships(draw: random.Random, pool: list[Point]) -> int:
    """Points of all cosets, bytes, and encodings near the edges."""
    bare = _members(draw, pool) or [mul_base(3)]
    for _ in range(_MANY):
        kind = draw.randrange(4)
        if kind == 0:
            data: bytes = draw.randbytes(POINT_BYTES)
        elif kind == 1:
            y = (draw.choice([0, FIELD, 2**255 - 1]) + draw.randrange(-3, 20)) % 2**255
            data = (y | draw.getrandbits(1) << 255).to_bytes(POINT_BYTES, "little")
        else:
            data = draw.choice(pool if kind == 2 else bare)
        expected = bindings.crypto_core_ed25519_is_valid_point(data)
        keep = draw.random() < 0.5
        assert compiled.is_member(data, keep=keep) == expected, ("membership", data.hex())
    return _MANY


def two_sums(draw: random.Random, pool: list[Point]) -> int:
    """s·A + c·B, with lists and with one point for all; libsodium multiplies points of the group only."""
    bare = _members(draw, pool) + [IDENTITY]
    count = draw.choice([1, 5, 23, 24, 60])
    s, c = (_scalars(draw, count) for _ in range(2))
    left, right = (draw.choices(bare, k=count) for _ in range(2))
    one_left, one_right = (draw.random() < 0.5 for _ in range(2))
    left, right = left[:1] * count if one_left else left, right[:1] * count if one_right else right
    expected = [add(mul(a, p), mul(b, q)) for a, p, b, q in zip(s, left, c, right, strict=True)]
    found = core.sums_of_two(s, left[0] if one_left else left, c, right[0] if one_right else right)
    assert found == expected, ("two sums", count)
    return count


def long_sums(draw: random.Random, pool: list[Point]) -> int:
    """Σ s·P against GMP, which takes points of every coset."""
    count = draw.choice([150, 300, 600])
    points = draw.choices(pool, k=count)
    scalars = _scalars(draw, count)
    assert core.multi_scalar_mult(scalars, points) == multi_scalar_mult_by_gmp(scalars, points)
    return 1


def no_points(draw: random.Random, pool: list[Point]) -> int:
    """Bytes that are no point are refused among good ones by every function."""
    bad = Point(draw.randbytes(POINT_BYTES))
    good = draw.choice(pool)
    try:
        expected = [add(bad, good)]
    except DecodeError:
        for refused in (
            lambda: core.add_many([good, bad], [good, good]),
            lambda: core.sums_of_two([1, 1], good, [1, 1], [good, bad]),
            lambda: core.sums_of_two([1], bad, [1], good),
            lambda: core.multi_scalar_mult([1, 1], [bad, good]),
        ):
            try:
                refused()
            except DecodeError:
                continue
            raise AssertionError(("taken", bad.hex())) from None
        return 4
    assert core.add_many([bad], [good]) == expected
    return 1


ROUNDS: Final[Sequence[tuple[Round, int]]] = (
    (additions, 6),
    (memberships, 6),
    (two_sums, 24),
    (no_points, 20),
    (long_sums, 1),
)


def run(cases: int, seed: int) -> Iterator[tuple[str, int]]:
    """Compare at least so many cases; yield name and number of every round."""
    draw = random.Random(seed)
    low = [total([ORDER_8] * times) for times in range(8)]
    pool = [add(mul_base(draw.randrange(ORDER)), low[n % 8]) for n in range(_POOL)]
    done = 0
    for compare in cycle([each for each, times in ROUNDS for _ in range(times)]):
        done += (number := compare(draw, pool))
        yield compare.__name__, number
        if done >= cases:
            return


def _members(draw: random.Random, pool: list[Point]) -> list[Point]:
    """Those in the group; half of the points that the core tests are kept for the sums that follow."""
    return [point for point in pool if compiled.is_member(point, keep=draw.random() < 0.5)]


def _scalars(draw: random.Random, count: int) -> list[int]:
    return [
        draw.choice(EDGES) if draw.random() < 0.2 else draw.randrange(ORDER) for _ in range(count)
    ]


def main() -> int:
    """Run as told, and say what was compared in which time."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=secrets.randbits(32))
    given = asked.parse_args()
    if not compiled.IS_COMPILED:
        sys.stderr.write("the core is not compiled: python -m crypto._core.build\n")
        return 2
    begun, work = time.perf_counter(), time.process_time()
    numbers: dict[str, int] = {}
    try:
        for name, number in run(given.cases, given.seed):
            numbers[name] = numbers.get(name, 0) + number
    except AssertionError as differs:
        sys.stderr.write(f"seed {given.seed}: {differs}\n")
        return 1
    took = time.perf_counter() - begun
    told = ", ".join(f"{name} {number}" for name, number in numbers.items())
    sys.stdout.write(
        f"{sum(numbers.values())} cases, no difference ({told}); seed {given.seed}; "
        f"{took:.0f} s, {time.process_time() - work:.0f} s of a core\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

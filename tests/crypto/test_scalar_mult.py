"""Tables and long sums give what libsodium gives, one multiplication at a time."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import DecodeError
from crypto.group import BASE, IDENTITY, ORDER, Point, add, mul, mul_base, sub, total
from crypto.scalar_mult import (
    FEW,
    MOST,
    FixedBase,
    fixed_base,
    multi_scalar_mult_by_gmp,
    multiple,
)

SCALARS = st.integers(-(2**256), 2**256) | st.sampled_from([0, 1, -1, ORDER, ORDER - 1, ORDER // 2])
POINT = mul_base(20260605)


def multi_scalar_mult(scalars: list[int], points: list[Point]) -> Point:
    """Add up without the compiled core, which `test_core` compares with this."""
    return multi_scalar_mult_by_gmp([scalar % ORDER for scalar in scalars], points)


TABLE = FixedBase(POINT)
NARROW = FixedBase(POINT, window=5)


@given(SCALARS)
def test_a_table_multiplies_like_the_library(scalar: int) -> None:
    assert TABLE.mul(scalar) == NARROW.mul(scalar) == mul(scalar, POINT)
    assert TABLE.mul_add(scalar, BASE) == add(mul(scalar, POINT), BASE)
    assert multiple(scalar, TABLE) == multiple(scalar, POINT)


def test_tables_of_the_identity_and_of_what_is_no_point() -> None:
    assert FixedBase(IDENTITY, 4).mul(5) == IDENTITY
    assert fixed_base(POINT) is fixed_base(Point(bytes(POINT)))
    for wrong in (b"", bytes(31), b"\xff" * 32, (2).to_bytes(32, "little")):
        with pytest.raises(DecodeError):
            FixedBase(Point(wrong), 4)


def test_every_point_comes_back_from_its_coordinates() -> None:
    points = [mul_base(i) for i in range(1, 300)]
    ones = [1] * len(points)
    for count in (FEW, FEW + 1, len(points)):
        assert multi_scalar_mult(ones[:count], points[:count]) == total(points[:count])


@settings(max_examples=12, deadline=None)
@given(st.integers(FEW, FEW + 60), st.randoms(use_true_random=False))
def test_a_long_sum_is_the_sum_of_its_terms(count: int, rng: random.Random) -> None:
    kinds = (
        lambda: rng.randrange(ORDER),
        lambda: rng.getrandbits(128),
        lambda: -rng.getrandbits(20),
        lambda: 0,
        lambda: ORDER - 1,
    )
    scalars = [rng.choice(kinds)() for _ in range(count)]
    points = [rng.choice([IDENTITY, BASE, mul_base(rng.randrange(ORDER))]) for _ in range(count)]
    expected = total(mul(s, p) for s, p in zip(scalars, points, strict=True))
    assert multi_scalar_mult(scalars, points) == expected


def test_sums_longer_than_one_part() -> None:
    rng = random.Random(7)
    count = MOST + FEW
    logarithms = [rng.randrange(ORDER) for _ in range(count)]
    scalars = [rng.randrange(ORDER) for _ in range(count)]
    points = [mul_base(logarithm) for logarithm in logarithms]
    dot = sum(a * b for a, b in zip(logarithms, scalars, strict=True))
    assert multi_scalar_mult(scalars, points) == mul_base(dot)
    # What adds up to nothing, and what is off by one.
    assert multi_scalar_mult([*scalars, -dot], [*points, BASE]) == IDENTITY
    assert multi_scalar_mult([*scalars, -dot - 1], [*points, BASE]) == sub(IDENTITY, BASE)


def test_short_and_empty_sums() -> None:
    assert multi_scalar_mult([], []) == IDENTITY
    assert multi_scalar_mult([3, 4], [BASE, POINT]) == add(mul_base(3), mul(4, POINT))


def test_bytes_that_are_no_points() -> None:
    wrong = Point((2).to_bytes(32, "little"))
    for count in (1, FEW + 1):
        with pytest.raises(DecodeError):
            multi_scalar_mult([1] * count, [wrong] * count)
    with pytest.raises(ValueError, match="zip"):
        multi_scalar_mult([1, 2], [BASE])

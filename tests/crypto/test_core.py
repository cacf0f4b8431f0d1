"""The compiled core computes what GMP and libsodium compute, and refuses what they refuse."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import core
from crypto.errors import DecodeError
from crypto.group import (
    BASE,
    FIELD,
    IDENTITY,
    ORDER,
    Point,
    add,
    is_member,
    is_on_curve,
    mul,
    mul_base,
    scalar_bytes,
)
from crypto.scalar_mult import multi_scalar_mult_by_gmp
from tests.needs import missing

if not core.IS_COMPILED:
    missing("the compiled core (`python -m crypto._core.build`)", whole_module=True)

SCALARS = st.one_of(
    st.sampled_from([0, 1, 2, 15, 16, 17, ORDER - 1, ORDER - 2, 2**252, 2**251 - 1, 2**128]),
    st.integers(0, ORDER - 1),
)
POINTS = st.one_of(st.just(IDENTITY), st.just(BASE), SCALARS.map(mul_base))


@given(SCALARS, POINTS, SCALARS, POINTS)
def test_two_multiples(s: int, left: Point, c: int, right: Point) -> None:
    """s·A + c·B is what libsodium computes."""
    assert core.sum_of_two(s, left, c, right) == add(mul(s, left), mul(c, right))


@given(st.lists(st.tuples(SCALARS, POINTS), max_size=40), st.integers(1, 6))
def test_sums(terms: list[tuple[int, Point]], times: int) -> None:
    """Σ scalar·point is what GMP computes, for few and many terms, equal ones too."""
    many = terms * times
    scalars, points = [s for s, _ in many], [p for _, p in many]
    assert core.multi_scalar_mult(scalars, points) == multi_scalar_mult_by_gmp(scalars, points)


@pytest.mark.parametrize("count", [150, 499, 1400, 5001])
def test_every_window(count: int) -> None:
    """A long sum with a known result, in each width of windows."""
    points = [mul_base(n + 1) for n in range(50)]
    scalars = [(n * 0x9E3779B97F4A7C15F39CC0605CEDC834) % ORDER for n in range(count)]
    expected = sum(s * (n % 50 + 1) for n, s in enumerate(scalars)) % ORDER
    found = core.multi_scalar_mult(scalars, [points[n % 50] for n in range(count)])
    assert found == mul_base(expected)


ODD_POINTS = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.builds(
        lambda y, sign: (y | sign << 255).to_bytes(32, "little"),
        st.sampled_from([0, 1, 2, 18, 19, FIELD - 2, FIELD - 1, FIELD, FIELD + 1, 2**255 - 1]),
        st.integers(0, 1),
    ),
)


@given(ODD_POINTS)
def test_what_is_no_point(data: bytes) -> None:
    """The core takes exactly what GMP's decoding takes; a curve point of another order, too."""
    point = Point(data)
    try:
        expected = multi_scalar_mult_by_gmp([1] * 150, [point] * 150)
    except DecodeError:
        with pytest.raises(DecodeError):
            core.sum_of_two(1, BASE, 1, point)
        with pytest.raises(DecodeError):
            core.multi_scalar_mult([1], [point])
        assert not is_member(data)
    else:
        assert core.multi_scalar_mult([1] * 150, [point] * 150) == expected
        assert is_on_curve(data)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_other_lengths(length: int) -> None:
    """A point of another length is refused before anything is read."""
    with pytest.raises(DecodeError):
        core.sum_of_two(1, BASE, 1, Point(bytes(length)))
    with pytest.raises(DecodeError):
        core.multi_scalar_mult([1], [Point(bytes(length))])


SANITIZED = """
import random
from crypto import core
from crypto.group import ORDER, mul_base
draw = random.Random(1)
points = [mul_base(draw.randrange(1, ORDER)) for _ in range(40)]
for count in (0, 1, 2, 30, 200, 1500):
    chosen = [draw.choice(points) for _ in range(count)]
    core.multi_scalar_mult([draw.choice([0, 1, ORDER - 1, draw.randrange(ORDER)]) for _ in chosen], chosen)
for _ in range(300):
    try:
        core.sum_of_two(draw.randrange(ORDER), draw.choice(points), draw.randrange(ORDER), draw.randbytes(32))
    except core.DecodeError:
        pass
print("clean")
"""


@pytest.mark.slow
def test_under_sanitizers(tmp_path: Path) -> None:
    """No address and no undefined behaviour is out of order (ASan, UBSan)."""
    script = """
import sys, pathlib
from crypto._core import build
build.HERE, source = pathlib.Path(sys.argv[1]), build.HERE
(build.HERE / "core.c").write_text((source / "core.c").read_text())
build.build(("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"))
"""
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, cwd=Path.cwd())
    library = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    load = f"import crypto._core as c; c.__path__.insert(0, {str(tmp_path)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", load + SANITIZED],
        capture_output=True,
        text=True,
        check=False,
        env={"LD_PRELOAD": library, "ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.strip() == "clean", done.stderr[-2000:]


def test_scalars_are_32_bytes() -> None:
    """What the core is given as scalars has the length it reads."""
    assert len(scalar_bytes(ORDER - 1)) == 32


@pytest.mark.parametrize("order", [2, 4, 8])
def test_buckets_find_a_point_outside_the_group(order: int) -> None:
    """Sixteen rounds of 256 buckets let all good points pass, and one bad among them never."""
    from crypto._core import _amin_core  # type: ignore[attr-defined, unused-ignore]

    ffi, lib = _amin_core.ffi, _amin_core.lib
    torsion = {2: FIELD - 1, 4: 0}.get(order)
    low = bytes.fromhex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826")[::-1]
    bad = Point(low if torsion is None else torsion.to_bytes(32, "little"))
    good = [mul_base(n + 1) for n in range(600)]
    draw = random.Random(order)

    def passes(points: list[Point]) -> bool:
        size = lib.point_bytes()
        decoded = ffi.new("unsigned char[]", size * len(points))
        ok = ffi.new("unsigned char[]", len(points))
        assert lib.decode(len(points), b"".join(points), decoded, ok) == len(points)
        buckets = ffi.new("unsigned char[]", size * 256)
        rounds = (draw.randbytes(len(points)) for _ in range(16))
        return all(
            lib.buckets_in_group(len(points), decoded, where, buckets) == 1 for where in rounds
        )

    assert passes([*good, IDENTITY])
    assert not passes([*good[:300], add(bad, BASE), *good[300:]])
    assert not passes([*good, bad])

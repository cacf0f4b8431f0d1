"""The compiled core computes what GMP and libsodium compute, and refuses what they refuse."""

from __future__ import annotations

import random
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import compiled, core, scalar_mult
from crypto.embedding import embed, is_canonical
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
    is_public_member,
    mul,
    mul_base,
    point_text,
    scalar_bytes,
    sub,
    total,
)
from crypto.scalar_mult import multi_scalar_mult_by_gmp
from headquarters.verification.values import point as read_point
from tests.crypto import differential
from tests.needs import missing
from tests.shares import few

if not core.IS_COMPILED:
    missing("the compiled core (`python -m crypto._core.build`)", whole_module=True)

SCALARS = st.one_of(
    st.sampled_from([0, 1, 2, 15, 16, 17, ORDER - 1, ORDER - 2, 2**252, 2**251 - 1, 2**128]),
    st.integers(0, ORDER - 1),
)
KEPT = 16384
"""Places that the core has for points that were tested (steps.c)."""
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


ORDER_8 = Point(
    bytes.fromhex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826")[::-1]
)
"""Its multiples are the points of small order."""
SMALL = tuple(total([ORDER_8] * times) for times in range(8))


@given(SCALARS)
@pytest.mark.parametrize("times", range(8))
def test_members_are_what_is_in_the_group(times: int, s: int) -> None:
    """A point plus one of small order is in the group only if that is the identity: in all eight cosets."""
    point = add(mul_base(s), SMALL[times])
    assert compiled.is_member(point) == is_member(point) == (not times and bool(s % ORDER))


@given(ODD_POINTS)
def test_members_are_what_libsodium_says(data: bytes) -> None:
    """Also of bytes that are no point, and of spellings that are not the only one."""
    assert compiled.is_member(data) == is_member(data) == is_public_member(data)


def test_small_orders_and_other_lengths_are_no_members() -> None:
    """Where the pairing has a zero or a pole nothing is let through."""
    assert len(set(SMALL)) == 8
    assert not any(compiled.is_member(point) for point in SMALL)
    assert not any(is_public_member(bytes(length)) for length in (0, 31, 33))
    assert not is_public_member(BASE + b"\0")


def _sums_of(points: list[Point]) -> list[Point]:
    numbers = [*range(2, 2 + len(points))]
    return [
        core.multi_scalar_mult(numbers, points),
        *core.add_many(points, points[::-1]),
        *core.sums_of_two(numbers, points, numbers, points[::-1]),
    ]


def test_points_that_share_a_place_are_kept_apart() -> None:
    """A point that is kept where another was, of another sign or y, is not taken for it."""
    by_place: dict[int, list[Point]] = {}
    point, points = BASE, list[Point]()
    while len(points) < 3:
        point = add(point, BASE)
        points = by_place.setdefault(int.from_bytes(point[:8], "little") % KEPT, [])
        points.append(point)
    points += [sub(IDENTITY, point) for point in points]
    with ThreadPoolExecutor(1) as fresh:  # where nothing is kept
        expected = fresh.submit(_sums_of, points).result()
    for kept in permutations(points, 2):
        assert all(compiled.is_member(point, keep=True) for point in kept)
        assert _sums_of(points) == expected


def test_nothing_is_kept_where_nothing_was_tested() -> None:
    """An empty place is no point with zeros, of order 4; and what is no member is not kept."""

    def alone() -> list[Point]:
        assert not any(compiled.is_member(point, keep=True) for point in SMALL)
        return core.add_many([Point(bytes(32)), *SMALL], [BASE] * 9)

    with ThreadPoolExecutor(1) as fresh:
        found = fresh.submit(alone).result()
    assert found == [add(point, BASE) for point in (Point(bytes(32)), *SMALL)]


def test_a_choice_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core remembers what an archive publishes, and no point that stands for somebody's choice."""
    right, asked = compiled.is_member, list[tuple[bytes, bool]]()

    def seen(point: bytes, *, keep: bool = False) -> bool:
        asked.append((point, keep))
        return right(point, keep=keep)

    monkeypatch.setattr(compiled, "is_member", seen)
    integers = (*range(100, 120), secrets.randbelow(250))
    chosen = embed(integers)
    assert is_canonical(chosen, len(integers))
    assert (chosen, False) in asked
    assert not any(keep for _, keep in asked)
    asked.clear()
    assert read_point(point_text(chosen)) == chosen
    assert asked == [(chosen, True)]


@given(st.data(), st.integers(0, 30), st.booleans(), st.booleans())
def test_many_sums(data: st.DataObject, count: int, one_left: bool, one_right: bool) -> None:
    """Lists and single points, few and many: what libsodium computes one by one."""

    def drawn(one: bool) -> Point | list[Point]:
        listed = data.draw(st.lists(POINTS, min_size=count, max_size=count))
        return data.draw(POINTS) if one else listed

    scalars = st.lists(SCALARS, min_size=count, max_size=count)
    s, c, left, right = data.draw(scalars), data.draw(scalars), drawn(one_left), drawn(one_right)
    lefts = [left] * count if isinstance(left, bytes) else left
    rights = [right] * count if isinstance(right, bytes) else right
    expected = [add(mul(s[i], lefts[i]), mul(c[i], rights[i])) for i in range(count)]
    assert core.sums_of_two(s, left, c, right) == expected


@given(st.lists(st.tuples(POINTS, POINTS), max_size=9))
def test_many_additions(pairs: list[tuple[Point, Point]]) -> None:
    """Sums and differences of pairs."""
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    assert core.add_many(left, right) == [add(a, b) for a, b in pairs]
    assert core.add_many(left, right, negative=True) == [sub(a, b) for a, b in pairs]


def test_more_than_one_call_takes_are_computed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core counts its work in 32 bits; a hostile archive may ask for twenty-five million sums at once."""
    lib, count = compiled.CORE.lib, 50
    points = [mul_base(n + 1) for n in range(count)]
    scalars = [(ORDER - 1) // (n + 1) for n in range(count)]
    wanted = (
        core.sums_of_two(scalars, points, scalars[::-1], BASE),
        core.sums_of_two(scalars, BASE, scalars[::-1], points),
        core.add_many(points, points[::-1]),
        core.multi_scalar_mult(scalars, points),
    )
    for most, work in ((core._SUMS, lib.sums_work), (core._TERMS, lambda n: lib.msm_work(n, 11))):
        assert work(most) == most * (work(1) - work(0)) + work(0), "it is counted without a wrap"
    monkeypatch.setattr(core, "_SUMS", 7)
    monkeypatch.setattr(core, "_TERMS", 7)
    assert wanted == (
        core.sums_of_two(scalars, points, scalars[::-1], BASE),
        core.sums_of_two(scalars, BASE, scalars[::-1], points),
        core.add_many(points, points[::-1]),
        core.multi_scalar_mult(scalars, points),
    )
    for left in (points[:-1], [*points, BASE]):
        with pytest.raises(DecodeError):
            core.sums_of_two(scalars, left, scalars, BASE)


def test_as_many_scalars_as_points() -> None:
    """What is shorter than the others would be read beyond its end."""
    for wrong in (
        lambda: core.sums_of_two([1, 2], BASE, [1], BASE),
        lambda: core.multi_scalar_mult([1], [BASE, BASE]),
        lambda: core.add_many([BASE, BASE], [BASE]),
    ):
        with pytest.raises(DecodeError):
            wrong()


@pytest.mark.parametrize("compiled_core", [True, False])
def test_one_way_and_the_other_give_and_refuse_the_same(
    compiled_core: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without the core neither leaves out the end of a longer list nor ends in another error."""
    monkeypatch.setattr(core, "IS_COMPILED", compiled_core)
    many = [mul_base(n + 1) for n in range(3)]
    s, c = [2, 0, ORDER - 1], [5, 7, 1]
    for left, lefts in ((BASE, [BASE] * 3), (many, many)):
        for right, rights in ((many[2], many[2:] * 3), (many[::-1], many[::-1])):
            expected = [add(mul(s[n], lefts[n]), mul(c[n], rights[n])) for n in range(3)]
            assert scalar_mult.sums_of_two(s, left, c, right) == expected
    assert scalar_mult.differences(many, many[::-1]) == [
        sub(many[n], many[2 - n]) for n in range(3)
    ]
    for wrong in ([], many[:2], [*many, BASE]):
        for refused in (
            partial(scalar_mult.sums_of_two, s, wrong, c, BASE),
            partial(scalar_mult.sums_of_two, s, BASE, c, wrong),
            partial(scalar_mult.sums_of_two, s, BASE, [1] * len(wrong), BASE),
            partial(scalar_mult.differences, many, wrong),
            partial(scalar_mult.differences, wrong, many),
        ):
            with pytest.raises(DecodeError):
                refused()


def test_lists_of_other_lengths_and_no_points_are_refused() -> None:
    """Nothing is read beyond a list, and one bad point among many refuses all."""
    bad = Point(b"\2" + bytes(31))
    wrong: list[tuple[Point | list[Point], Point | list[Point]]] = [
        ([BASE], [BASE, BASE]),
        ([BASE, BASE, BASE], BASE),
        ([BASE, Point(bytes(31))], BASE),
        (Point(bytes(31)), BASE),
        ([BASE, bad], BASE),
        (BASE, bad),
        (bad, [BASE, BASE]),
    ]
    for left, right in wrong:
        with pytest.raises(DecodeError):
            core.sums_of_two([1, 2], left, [3, 4], right)
    with pytest.raises(DecodeError):
        core.add_many([BASE, BASE], [BASE])
    with pytest.raises(DecodeError):
        core.add_many([BASE], [bad])


SANITIZED = """
import random
from crypto import compiled, core, scalar_mult
from crypto.group import BASE, ORDER, mul_base
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
    compiled.is_member(draw.randbytes(32))
    compiled.is_member(draw.choice(points), keep=draw.random() < 0.5)
for count in (0, 1, 23, 24, 60):
    kinds = ([0, 1, ORDER - 1], range(99), points)
    s, c, many = ([draw.choice(kind) for _ in range(count)] for kind in kinds)
    for left in (BASE, points[3], many):
        for right in (points[5], many):
            core.sums_of_two(s, left, c, right)
    core.add_many(many, many, negative=True)
print("clean")
"""


@pytest.mark.slow
def test_under_sanitizers(tmp_path: Path) -> None:
    """No address and no undefined behaviour is out of order (ASan, UBSan)."""
    script = """
import sys, pathlib
from crypto._core import build
build.HERE, source = pathlib.Path(sys.argv[1]), build.HERE
for name in ("core.c", "steps.c"):
    (build.HERE / name).write_text((source / name).read_text())
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


def test_a_share_of_the_drawn_cases() -> None:
    """`make differential` takes a million."""
    assert (
        sum(number for _, number in differential.run(few(2500, 50_000), secrets.randbits(32))) > 0
    )


@pytest.mark.parametrize("broken", ["add_many", "sums_of_two", "multi_scalar_mult", "is_member"])
def test_drawn_cases_find_a_wrong_core(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong result of each function ends the comparison."""
    place = compiled if broken == "is_member" else core
    right = getattr(place, broken)

    def wrong(*asked: Any, **how: Any) -> Any:
        found = right(*asked, **how)
        if isinstance(found, bool):
            return not found
        return [*found[:-1], add(found[-1], BASE)] if isinstance(found, list) else add(found, BASE)

    draw, pool = random.Random(1), [mul_base(n + 1) for n in range(256)]
    compare = {
        "add_many": differential.additions,
        "sums_of_two": differential.two_sums,
        "multi_scalar_mult": differential.long_sums,
        "is_member": differential.memberships,
    }[broken]
    compare(draw, pool)
    monkeypatch.setattr(place, broken, wrong)
    with pytest.raises(AssertionError):
        compare(draw, pool)


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

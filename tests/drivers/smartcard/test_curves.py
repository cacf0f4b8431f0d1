"""Points and the generic mapping: published examples, the group's laws, points that must be refused."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.smartcard.curves import (
    BRAINPOOL_P256,
    CURVES,
    P256,
    P521,
    Curve,
    CurvePoint,
    add,
    base_multiple,
    curve_of,
    map_generator,
    multiple,
    random_scalar,
    shared_x,
)


def example(vectors: dict[str, Any], which: str) -> dict[str, Any]:
    pace: dict[str, Any] = vectors["icao9303_pace"]
    return pace if which == "G.1" else pace["second_example"]


@pytest.mark.parametrize("which", ["G.1", "BSI"])
def test_the_published_mappings(vectors: dict[str, Any], which: str) -> None:
    values = example(vectors, which)

    def point(name: str) -> CurvePoint:
        return CurvePoint.decode(BRAINPOOL_P256, bytes.fromhex(values[name]))

    def number(name: str) -> int:
        return int(values[name], 16)

    for side, other in (("terminal", "chip"), ("chip", "terminal")):
        private_key = number(f"map_{side}_private")
        assert base_multiple(BRAINPOOL_P256, private_key) == point(f"map_{side}_public")
        shared = multiple(private_key, point(f"map_{other}_public"))
        assert shared == point("map_shared_point_h")
        generator = map_generator(BRAINPOOL_P256, bytes.fromhex(values["nonce_s"]), shared)
        assert generator == point("mapped_generator")
        private_key = number(f"{side}_private")
        assert multiple(private_key, generator) == point(f"{side}_public")
        agreed = shared_x(private_key, point(f"{other}_public"))
        assert agreed.hex().upper() == values["shared_secret_x"]


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.name)
def test_the_laws_of_the_group(curve: Curve) -> None:
    start = base_multiple(curve, random_scalar(curve))
    one, other = random_scalar(curve), random_scalar(curve)
    assert add(multiple(one, start), multiple(other, start)) == multiple(
        (one + other) % curve.n, start
    )
    assert add(start, start) == multiple(2, start)
    assert base_multiple(curve, one) == multiple(one, base_multiple(curve, 1))
    opposite = CurvePoint(curve, start.x, curve.p - start.y)
    with pytest.raises(ProtocolError):
        add(start, opposite)
    # n - 1 times a point is its opposite: order and equation belong together.
    generator = base_multiple(curve, 1)
    assert generator == curve.generator
    assert base_multiple(curve, curve.n - 1) == CurvePoint(
        curve, generator.x, curve.p - generator.y
    )
    assert curve_of(curve.kind) is curve
    assert CurvePoint.decode(curve, start.encode()) == start
    assert len(start.encode()) == 1 + 2 * curve.size


def test_scalars_out_of_range_are_refused() -> None:
    start = base_multiple(P256, 5)
    for scalar in (0, 1, P256.n - 1, P256.n, -3):
        with pytest.raises(ValueError, match="out of range"):
            multiple(scalar, start)


def test_a_nonce_of_zero_maps_to_the_shared_point() -> None:
    shared = base_multiple(P521, 7)
    assert map_generator(P521, bytes(16), shared) == shared


def test_points_that_are_none() -> None:
    good = base_multiple(P256, 3).encode()
    other = base_multiple(BRAINPOOL_P256, 3).encode()
    for bad in (b"", b"\x00", bytes(65), good[:-1], good + b"\x00", b"\x03" + good[1:], other):
        with pytest.raises(ProtocolError):
            CurvePoint.decode(P256, bad)
    x_too_large = b"\x04" + (P256.p + 1).to_bytes(32, "big") + good[33:]
    with pytest.raises(ProtocolError):
        CurvePoint.decode(P256, x_too_large)


@settings(max_examples=60)
@given(at=st.integers(1, 64), bit=st.integers(0, 7))
def test_a_changed_point_is_off_the_curve(at: int, bit: int) -> None:
    data = bytearray(base_multiple(P256, 3).encode())
    data[at] ^= 1 << bit
    with pytest.raises(ProtocolError):
        CurvePoint.decode(P256, bytes(data))


@settings(max_examples=60)
@given(st.binary(max_size=140))
def test_random_bytes_are_no_point(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        CurvePoint.decode(P256, data)


def test_another_curve_is_not_allowed() -> None:
    assert curve_of(ec.SECP224R1()) is None

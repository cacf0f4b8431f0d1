"""Compact card minutiae: the arithmetic, what is kept, in which order, and noise."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import CaptureError, ProtocolError
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
    encode_record,
    parse_record,
)
from drivers.smartcard.bit import FingerInformation, MinutiaeOrder
from drivers.smartcard.compact import card_minutiae

RIGHT_INDEX = FingerInformation(0x01, 0x09, 0x0005)


def record(*minutiae: Minutia, size: int = 16_000, per_cm: int = 197) -> bytes:
    view = FingerView(FingerPosition.RIGHT_INDEX, 80, minutiae)
    return encode_record(FingerRecord(size, size, (view,), per_cm, per_cm))


def point(x: int, y: int, quality: int = 50, angle: int = 0) -> Minutia:
    return Minutia(MinutiaType.ENDING, x, y, angle, quality)


def rows(data: bytearray) -> list[tuple[int, int, int]]:
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def test_the_sample_record(vectors: dict[str, Any]) -> None:
    sample = vectors["iso19794_2_2005_sample"]
    whole = parse_record(bytes.fromhex(sample["record"]))
    for view, expected in zip(whole.views, sample["derived_compact_card"]["views"], strict=True):
        one = encode_record(replace(whole, views=(view,)))
        assert card_minutiae(one, RIGHT_INDEX).hex().upper() == expected


minutiae = st.builds(
    Minutia,
    st.sampled_from(MinutiaType),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 255),
    st.integers(0, 100),
)


@given(found=st.lists(minutiae, min_size=1, max_size=40), per_cm=st.integers(99, 500))
def test_every_minutia_follows_the_rule(found: list[Minutia], per_cm: int) -> None:
    expected = []
    for minutia in found:
        x, y = (floor(Fraction(1, 2) + Fraction(100 * v, per_cm)) for v in (minutia.x, minutia.y))
        if x <= 255 and y <= 255:
            expected.append((x, y, minutia.type * 64 + minutia.angle // 4))
    if expected:
        assert rows(card_minutiae(record(*found, per_cm=per_cm), RIGHT_INDEX)) == expected
    else:
        with pytest.raises(CaptureError):
            card_minutiae(record(*found, per_cm=per_cm), RIGHT_INDEX)


def test_what_lies_beyond_the_form_is_dropped() -> None:
    # 255.5 tenths of a millimetre at 197 per cm are 503.3 pixels.
    kept = card_minutiae(record(point(503, 1), point(504, 1), point(1, 504)), RIGHT_INDEX)
    assert rows(kept) == [(255, 1, 64)]


def test_the_best_are_kept_in_the_records_order() -> None:
    some = record(point(10, 0, 5), point(20, 0, 90), point(30, 0, 70), point(40, 0, 70))
    kept = card_minutiae(some, replace(RIGHT_INDEX, most=2))
    assert [x for x, _, _ in rows(kept)] == [10, 15]


def test_too_few_are_refused_before_anything_is_sent() -> None:
    some = record(point(1, 1), point(2, 2))
    assert len(card_minutiae(some, replace(RIGHT_INDEX, least=2))) == 6
    with pytest.raises(CaptureError):
        card_minutiae(some, replace(RIGHT_INDEX, least=3))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (MinutiaeOrder.NONE, [(2, 3), (1, 3), (2, 1), (3, 2)]),
        (MinutiaeOrder.XY_ASCENDING, [(1, 3), (2, 1), (2, 3), (3, 2)]),
        (MinutiaeOrder.XY_DESCENDING, [(3, 2), (2, 3), (2, 1), (1, 3)]),
        (MinutiaeOrder.YX_ASCENDING, [(2, 1), (3, 2), (1, 3), (2, 3)]),
        (MinutiaeOrder.YX_DESCENDING, [(2, 3), (1, 3), (3, 2), (2, 1)]),
    ],
)
def test_the_card_says_the_order(order: MinutiaeOrder, expected: list[tuple[int, int]]) -> None:
    points = [point(2, 3), point(1, 3), point(2, 1), point(3, 2)]
    kept = card_minutiae(record(*points, per_cm=100), replace(RIGHT_INDEX, order=order))
    assert [(x, y) for x, y, _ in rows(kept)] == expected


def test_a_form_that_cannot_be_made_is_a_mistake_of_the_caller() -> None:
    for other in (replace(RIGHT_INDEX, order=None), replace(RIGHT_INDEX, format_type=1)):
        assert not other.usable
        with pytest.raises(ValueError, match="format or order"):
            card_minutiae(record(point(1, 1)), other)


def test_two_fingers_at_once(finger_record: bytes) -> None:
    with pytest.raises(CaptureError):
        card_minutiae(finger_record, RIGHT_INDEX)


@pytest.mark.fuzz
@given(at=st.integers(0, 200), noise=st.binary(max_size=4), cut=st.integers(0, 4))
def test_damage_raises_only_the_rooms_errors(at: int, noise: bytes, cut: int) -> None:
    good = record(*(point(n * 7, n * 5, n) for n in range(20)))
    at %= len(good)
    for damaged in (good[:at] + noise + good[at + cut :], noise, good[:at]):
        with contextlib.suppress(ProtocolError, CaptureError):
            assert len(card_minutiae(damaged, replace(RIGHT_INDEX, most=10))) in range(3, 31, 3)

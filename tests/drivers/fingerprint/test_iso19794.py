"""Finger minutiae records, against a published sample and against damage."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
    encode_record,
    parse_record,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
SAMPLE = json.loads((VECTORS / "iso19794_2_2005_sample.json").read_text())
RECORD = bytes.fromhex(SAMPLE["record"])


def y_offsets(record: bytes) -> tuple[int, ...]:
    """Where the y coordinates stand in a valid record (ISO/IEC 19794-2:2005)."""
    offsets: list[int] = []
    at = 24
    for _ in range(record[22]):
        count, at = record[at + 3], at + 4
        offsets += (at + 6 * index + 2 for index in range(count))
        at += 6 * count
        at += 2 + int.from_bytes(record[at : at + 2], "big")
    return tuple(offsets)


minutiae = st.builds(
    Minutia,
    st.sampled_from(MinutiaType),
    st.integers(0, 299),
    st.integers(0, 399),
    st.integers(0, 255),
    st.integers(0, 100),
)
views = st.builds(
    FingerView,
    st.sampled_from(FingerPosition),
    st.integers(0, 100),
    st.lists(minutiae, min_size=1, max_size=20).map(tuple),
    st.integers(0, 15),
    st.integers(0, 15),
    st.binary(max_size=20),
)
records = st.builds(
    FingerRecord, st.just(300), st.just(400), st.lists(views, min_size=1, max_size=3).map(tuple)
)


def test_the_published_sample_is_read_to_the_last_minutia() -> None:
    record = parse_record(RECORD)
    header = SAMPLE["header"]
    assert (record.width, record.height) == (header["width"], header["height"])
    assert (record.x_per_cm, record.device) == (header["x_pixels_per_cm"], header["device"])
    assert len(record.views) == header["views"]
    for view, expected in zip(record.views, SAMPLE["views"], strict=True):
        assert view.position == expected["position"]
        assert view.quality == expected["quality"]
        assert view.extension.hex().upper() == expected["extension"]
        read = [[m.type, m.x, m.y, m.angle, m.quality] for m in view.minutiae]
        assert read == expected["minutiae_type_x_y_angle_quality"]


def test_the_sample_is_encoded_to_the_same_bytes() -> None:
    assert encode_record(parse_record(RECORD)) == RECORD


@given(records)
def test_every_record_survives_the_way_there_and_back(record: FingerRecord) -> None:
    assert parse_record(encode_record(record)) == record


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_record(data)


@pytest.mark.fuzz
@given(st.integers(0, len(RECORD) - 1), st.integers(0, 255))
@example(y_offsets(RECORD)[1], 0x40)
def test_a_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    damaged = RECORD[:at] + bytes((value,)) + RECORD[at + 1 :]
    try:
        record = parse_record(damaged)
    except ProtocolError:
        return
    # The two reserved bits of each y coordinate are read over; nothing else is lost unseen.
    known = bytearray(damaged)
    for high_byte_of_y in y_offsets(damaged):
        known[high_byte_of_y] &= 0x3F
    assert encode_record(record) == known


@given(st.integers(0, len(RECORD) - 1))
def test_a_cut_record_is_refused(length: int) -> None:
    with pytest.raises(ProtocolError):
        parse_record(RECORD[:length])


def test_bytes_left_over_are_refused() -> None:
    with pytest.raises(ProtocolError):
        parse_record(RECORD + b"\0")


def test_a_finger_without_minutiae_is_refused() -> None:
    empty = FingerRecord(300, 400, (FingerView(FingerPosition.RIGHT_INDEX, 50, ()),))
    with pytest.raises(ProtocolError):
        encode_record(empty)


def test_a_minutia_outside_the_image_is_refused() -> None:
    outside = Minutia(MinutiaType.ENDING, 300, 10, 0)
    view = FingerView(FingerPosition.RIGHT_INDEX, 50, (outside,))
    with pytest.raises(ProtocolError):
        encode_record(FingerRecord(300, 400, (view,)))

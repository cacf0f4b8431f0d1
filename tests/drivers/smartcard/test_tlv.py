"""The TLV parser against lengths, limits and noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.smartcard import tlv


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7F"),
        (128, "8180"),
        (255, "81FF"),
        (256, "820100"),
        (65_535, "82FFFF"),
    ],
)
def test_lengths(size: int, length: str) -> None:
    encoded = tlv.encode(0x53, bytes(size))
    assert encoded[1 : 1 + len(length) // 2].hex().upper() == length
    assert tlv.parse_one(encoded, 0x53).value == bytes(size)


def test_a_value_over_the_limit_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="fit"):
        tlv.encode(0x53, bytes(65_536))


@pytest.mark.parametrize(
    "damaged",
    ["53", "5301", "5380", "5381", "53820001", "5385000000000100", "5F", "5FFFFF", "5FFF8001",
     "0000", "5383010000" + "00" * 65_536, "53020001FF"],
)  # fmt: skip
def test_damaged_elements_are_refused(damaged: str) -> None:
    with pytest.raises(ProtocolError):
        tlv.parse(bytes.fromhex(damaged))


def test_nesting_has_a_limit() -> None:
    data = b""
    for _ in range(12):
        data = tlv.encode(0x7F61, data)
    element = tlv.parse_one(data, 0x7F61)
    for _ in range(tlv.MAX_DEPTH):
        element = element.child(0x7F61)
    with pytest.raises(ProtocolError):
        element.child(0x7F61)


def test_tags_and_construction() -> None:
    (element,) = tlv.parse(bytes.fromhex("7F6103020101"))
    assert element.tag == 0x7F61
    assert element.child(0x02).value == b"\x01"
    with pytest.raises(ProtocolError):
        element.child(0x7F60)


@given(
    st.lists(st.tuples(st.sampled_from([0x53, 0x5F2E, 0x7F61, 0x5FC105]), st.binary(max_size=300)))
)
def test_elements_survive_a_round_trip(elements: list[tuple[int, bytes]]) -> None:
    data = b"".join(tlv.encode(tag, value) for tag, value in elements)
    assert [(e.tag, e.value) for e in tlv.parse(data)] == elements


@given(st.binary(max_size=80))
def test_noise_raises_only_protocol_errors(data: bytes) -> None:
    try:
        elements = tlv.parse(data)
        for element in elements:
            element.children()
    except ProtocolError:
        pass

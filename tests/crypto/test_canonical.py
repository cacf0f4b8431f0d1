"""Deterministic CBOR."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.errors import DecodeError

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=40)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=30), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [  # RFC 8949 appendix A
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-18446744073709551616, "3bffffffffffffffff"),
        (False, "f4"),
        (None, "f6"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ("ü", "62c3bc"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    ],
)
def test_rfc_examples(value: canonical.CanonicalValue, encoded: str) -> None:
    assert canonical.encode(value).hex() == encoded
    assert canonical.decode(bytes.fromhex(encoded)) == value


@given(values)
def test_round_trip(value: canonical.CanonicalValue) -> None:
    assert canonical.decode(canonical.encode(value)) == value


def test_map_keys_are_sorted_bytewise() -> None:
    keys = ["b", "a", "aa", "x" * 30, "z", "y" * 24]
    data = canonical.encode(dict.fromkeys(keys, 0))
    encoded = [canonical.encode(key) for key in keys]
    assert data == bytes([0xA0 | len(keys)]) + b"".join(key + b"\x00" for key in sorted(encoded))


@pytest.mark.parametrize(
    "hex_",
    [
        "",
        "1800",  # 0 in two bytes
        "190017",  # 23 in three
        "0000",  # something after the end
        "a2616201616100",  # keys out of order
        "a2616100616100",  # a key twice
        "9f01ff",  # indefinite length
        "7f6161ff",
        "f93c00",  # 1.0
        "c100",  # a tag
        "c24101",  # a big number
        "a10102",  # a key that is not text
        "61ff",  # not UTF-8
        "f7",  # undefined
        "81" * 40 + "00",  # too deep
        "9bffffffffffffffff",  # a length nobody has
    ],
)
def test_other_spellings_are_refused(hex_: str) -> None:
    with pytest.raises(DecodeError):
        canonical.decode(bytes.fromhex(hex_))


@pytest.mark.parametrize("value", [1.5, {1: 2}, {"a": {2}}, 2**64, object()])
def test_what_has_no_place_is_not_encoded(value: object) -> None:
    with pytest.raises(ValueError, match=r"canonical|text|64 bits"):
        canonical.encode(value)  # type: ignore[arg-type]


def test_size_is_bounded() -> None:
    with pytest.raises(DecodeError):
        canonical.decode(canonical.encode(b"x" * 100), max_size=50)


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except DecodeError:
        return
    assert canonical.encode(value) == data


@pytest.mark.fuzz
@given(values, st.data())
def test_mutated_encodings(value: canonical.CanonicalValue, data: st.DataObject) -> None:
    encoded = bytearray(canonical.encode(value))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = canonical.decode(bytes(encoded))
    except DecodeError:
        return
    assert canonical.encode(other) == encoded


@given(values)
def test_items_are_counted_before_anything_is_built(value: canonical.CanonicalValue) -> None:
    data, items = canonical.encode(value), count(value)
    assert canonical.decode(data, max_items=items) == value
    with pytest.raises(DecodeError, match="items allowed"):
        canonical.decode(data, max_items=items - 1)


def count(value: object) -> int:
    match value:
        case list():
            return 1 + sum(map(count, value))
        case dict():
            return 1 + len(value) + sum(map(count, value.values()))
        case _:
            return 1

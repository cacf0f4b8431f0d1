"""One spelling per value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.compact_json import (
    ParsedJson,
    as_fields,
    as_list,
    as_number,
    as_text,
    dump,
    dump_list,
    dump_lists,
    load_compact,
)
from crypto.errors import DecodeError
from crypto.strict_json import is_compact

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_values_come_back(value: ParsedJson) -> None:
    assert load_compact(dump(value)) == value


@given(st.dictionaries(st.text(max_size=3), st.lists(VALUES, max_size=3), max_size=3))
def test_lists_are_written_item_by_item(lists: dict[str, list[ParsedJson]]) -> None:
    """The spelling is that of the whole, also of no lists and of empty ones."""
    assert dump_lists({name: iter(items) for name, items in lists.items()}) == dump(lists)
    assert [dump_list(iter(items)) for items in lists.values()] == [*map(dump, lists.values())]


@given(VALUES, VALUES)
def test_a_value_is_compared_piece_by_piece(value: ParsedJson, other: ParsedJson) -> None:
    """A text cut anywhere, longer by something, with a letter changed, or of another value differs."""
    text = dump(value)
    assert is_compact(value, text)
    assert is_compact(value, dump(other)) == (text == dump(other))
    assert not is_compact(value, text + b" ")
    for at in range(len(text)):
        assert not is_compact(value, text[:at])
        assert not is_compact(value, text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])
        assert not is_compact(value, text[:at] + b" " + text[at:])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}x",
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b'"\xff"',
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900 + b" ",
        b"9" * 5000,
        b"\xef\xbb\xbf1",
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        load_compact(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_decode_error(data: bytes) -> None:
    try:
        value = load_compact(data)
    except DecodeError:
        return
    assert dump(value) == data


def test_helpers_refuse_other_shapes() -> None:
    assert as_fields({"a": 1, "b": 2}, "a", "b") == [1, 2]
    for attempt in (
        lambda: as_fields({"b": 2, "a": 1}, "a", "b"),
        lambda: as_fields([1, 2], "a", "b"),
        lambda: as_list({"a": 1}),
        lambda: as_list([1], 2),
        lambda: as_text(1),
        lambda: as_number(True),
        lambda: as_number(-1),
        lambda: as_number("1"),
    ):
        with pytest.raises(DecodeError):
            attempt()

"""JSON from outside: one reader, strict and bounded."""

import re
from pathlib import Path

import pytest

from crypto.errors import DecodeError
from crypto.strict_json import MAX_DEPTH, read_json

ROOT = Path(__file__).parents[2]
ROOMS = (
    "words",
    "crypto",
    "drivers",
    "election",
    "kiosk",
    "headquarters",
    "registry",
    "ui",
    "commands",
)
OTHER_READERS = re.compile(r"json\.loads?\(|JSONDecoder|validate_json\(")


def test_spacing_is_free() -> None:
    assert read_json(b' { "a" : [ 1, true, null, "\\u0041" ] } ') == {"a": [1, True, None, "A"]}


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "not JSON"),
        (b"{}x", "not JSON: line 1, column 3"),
        (b'{"a":1,"a":1}', "given twice"),
        (b'[{"b":{"a":1,"a":2}}]', "given twice"),
        (b"1.0", "not whole"),
        (b"1e3", "not whole"),
        (b"NaN", "not whole"),
        (b"[-Infinity]", "not whole"),
        (b'"\xff"', "not UTF-8"),
        (b"\xef\xbb\xbf1", "not JSON"),
        (b"9" * 5000, "64 bits"),
        (b"[18446744073709551616]", "64 bits"),
        (b'{"a":[-18446744073709551617]}', "64 bits"),
        (b"[" * 100_000, "lists"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "lists"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "lists"),
    ],
)
def test_what_is_refused(data: bytes, because: str) -> None:
    with pytest.raises(DecodeError, match=because):
        read_json(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[18446744073709551615,-18446744073709551616]",
        b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH,
    ],
)
def test_the_bounds_themselves_are_allowed(data: bytes) -> None:
    read_json(data)


def test_size_is_bounded_before_anything_is_parsed() -> None:
    assert read_json(b"[1]", 3) == [1]
    with pytest.raises(DecodeError, match="more than the 3"):
        read_json(b"[12]", 3)


def test_there_is_no_other_reader() -> None:
    """Simulators keep control files of their own."""
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if OTHER_READERS.search(path.read_text("utf-8"))
    }
    # The journal's messages are of our own writing, and sealed.
    assert found == {"crypto/strict_json.py", "headquarters/stored_message.py"}


def test_texts_are_counted_before_anything_is_built() -> None:
    """But not the answers of slots, of which a country's election has very many."""
    assert len(str(read_json(b"[" + b'"0",' * 100_000 + b'"0"]'))) > 100_000
    for part in (b'"ab",', b'{"a":0},', b"[],"):
        with pytest.raises(DecodeError, match="allowed here"):
            read_json(b"[" + part * 100_000 + b"0]")

"""What is weighed before it is built is never less than what it takes.

Dense content of many shapes lies in a file beside one long text that weighs little, so much of it that
the reader just takes it: whoever sends a file cannot do better.
"""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from crypto import canonical, memory
from crypto.errors import DecodeError
from crypto.strict_json import MAX_DEPTH, read_json

pytestmark = pytest.mark.slow

SIZE = 8_000
"""Bytes of dense content."""
SLACK = 8_000
"""Bytes: of the reader, whatever it reads."""
Shape = Callable[[int], Any]

SHAPES: dict[str, Shape] = {
    "empty lists": lambda number: [[] for _ in range(number)],
    "empty maps": lambda number: [{} for _ in range(number)],
    "lists of one": lambda number: [[0] for _ in range(number)],
    "maps of one": lambda number: [{"a": 0} for _ in range(number)],
    "maps of six": lambda number: [dict.fromkeys("abcdef", 0) for _ in range(number // 6)],
    "maps of eleven": lambda number: [dict.fromkeys("abcdefghijk", 0) for _ in range(number // 11)],
    "strange names": lambda number: [{f"{at:04}": 0} for at in range(number)],
    "strange long names": lambda number: [{f"{at:065}": 0} for at in range(number)],
    "maps of 22": lambda number: [
        {f"{at}{name}": 0 for name in range(22)} for at in range(number // 22)
    ],
    "maps of 65": lambda number: [
        {f"k{name}": 0 for name in range(65)} for _ in range(number // 65)
    ],
    "one map": lambda number: {f"{at:04}": 0 for at in range(number)},
    "one map of long names": lambda number: {f"{at:030}": 0 for at in range(number)},
    "small numbers": lambda number: [0] * number,
    "numbers": lambda number: [300 + at for at in range(number)],
    "numbers below those that are there": lambda number: [-6 - at % 4 for at in range(number)],
    "large numbers": lambda number: [(1 << 63) + at for at in range(number)],
    "short texts": lambda number: [f"{at:03}" for at in range(number)],
    "names as texts": lambda number: [{"abcdefgh": "abcdefgh"} for _ in range(number)],
    "Persian texts": lambda number: [f"نام{at}" for at in range(number)],
    "wide texts": lambda number: [f"ab😀{at}" for at in range(number)],
    "long wide texts": lambda number: [f"{'a' * 200}😀{at}" for at in range(number // 20)],
    "deep": lambda number: [[[[[[{"a": [at]}]]]]] for at in range(number)],
}


def in_cbor(value: Any, padding: int) -> bytes:
    return cbor2.dumps(["x" * padding, value], canonical=True)


def in_json(value: Any, padding: int) -> bytes:
    return json.dumps(["x" * padding, value], ensure_ascii=False, separators=(",", ":")).encode()


def in_escaped_json(value: Any, padding: int) -> bytes:
    return json.dumps(["x" * padding, value], separators=(",", ":")).encode()


def cbor_fits(data: bytes) -> bool:
    try:
        memory.weigh_cbor(data, len(data), canonical.MAX_DEPTH)
    except DecodeError:
        return False
    return True


def json_fits(data: bytes) -> bool:
    try:
        memory.weigh_json(data, data.decode(), MAX_DEPTH)
    except DecodeError:
        return False
    return True


def read_weighed(data: bytes) -> object:
    return read_json(data, weighed=True)


def decode_all(data: bytes) -> object:
    return canonical.decode(data, max_items=len(data))


def taken(read: Callable[[bytes], object], data: bytes) -> int:
    """Return the most bytes that the reader takes."""
    tracemalloc.start()
    try:
        read(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("encode", "fits", "read"),
    [
        (in_cbor, cbor_fits, decode_all),
        (in_json, json_fits, read_weighed),
        (in_escaped_json, json_fits, read_weighed),
    ],
    ids=["cbor", "json", "escaped"],
)
def test_what_is_taken_is_within_the_bound(
    monkeypatch: pytest.MonkeyPatch,
    shape: str,
    encode: Callable[[Any, int], bytes],
    fits: Callable[[bytes], bool],
    read: Callable[[bytes], object],
) -> None:
    """Nothing is free here, so that small files tell."""
    monkeypatch.setattr(memory, "_FREE", 0)
    make = SHAPES[shape]
    one = max(1, len(encode(make(220), 0)) // 220)
    content = make(SIZE // one)
    padding = bisect_left(range(20 * SIZE), True, key=lambda size: fits(encode(content, size)))
    data = encode(content, padding)
    read(data)  # what is loaded once
    assert taken(read, data) <= memory.allowed(len(data)) + SLACK


@pytest.mark.parametrize("head", [b"\xc1\x00", b"\xf9\x00\x00", b"\x9f\xff", b"\xbf\xff", b"\xf7"])
def test_what_has_no_place_is_refused_before_it_is_built(head: bytes) -> None:
    """A tag may be a pattern or a message that somebody else's code reads."""
    with pytest.raises(DecodeError, match="not told"):
        memory.weigh_cbor(b"\x81" + head, 100, canonical.MAX_DEPTH)


@pytest.mark.parametrize("text", ['"' + r"\"" * 200_000, '"' + " " * 200_000, '"a' * 200_001])
def test_a_text_without_end_is_walked_once(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(DecodeError):
        memory.weigh_json(text.encode(), text, MAX_DEPTH)
    assert time.process_time() - began < 1.0

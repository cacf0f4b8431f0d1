"""Readers of what strangers send take no more memory than some times its size, and no time to speak of.

Each is given dense files: very many small values, as a whole and in the place of every part of a
valid file. Nothing of them is signed.
"""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any, Final

import cbor2
import pytest

from tests.fuzz.registry import TARGETS
from tests.fuzz.run import attempt
from tests.fuzz.target import Target
from tests.shares import share

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("ignore")]

SIZE: Final = 1 << 18
MOST: Final = 16
"""Bytes of memory for a byte that nobody has signed."""
ALLOWED: Final = 2_500_000
"""Bytes whatever the file's size: validators, and the containers of a small file (10,000 of 232 bytes)."""
LIMIT_S: Final = 20.0
"""Of processor time, with memory being traced, which makes it several times slower."""
CBOR: Final = {
    "empty-lists": b"\x80",
    "empty-maps": b"\xa0",
    "numbers": b"\x00",
    "empty-texts": b"\x60",
}
JSON: Final = {
    "lists": b"[],",
    "objects": b"{},",
    "lists-of-one": b"[0],",
    "objects-of-one": b'{"a":0},',
    "texts": b'"ab",',
    "numbers": b"1234,",
    "wide": '"😀",'.encode(),
    "escaped": b'"\\ud83d\\ude00",',
}
_NAMES: Final = """
decisions handles register enrolment office-request key-lock takeover spare handover rescue missing
rulings lot
device-order registry-status registry-export
cards-back cards-back-content index supplement day-acts lost bundle package act note ticket
report-code token votes-file result ceremony json ballot trustees decryption shuffle
threshold-step decryption-proofs archive-entries archive-file evidence added-lists audit-log
"""
NAMES: Final = tuple(_NAMES.split())
"""Files and texts from outside. Sessions with cards and devices are bounded by their commands, tables and
plans that the office itself writes by their size."""
HOLE: Final = "@hole@"


def dense() -> Iterator[bytes]:
    """Yield files of nothing but small values."""
    for head in CBOR.values():
        yield b"\x9a" + SIZE.to_bytes(4, "big") + head * SIZE
    yield b"\x81" * SIZE + b"\x80"
    for part in JSON.values():
        yield b"[" + filled(part) + b"]"
    yield b"[" * SIZE
    yield b"a,b\n" * (SIZE // 4)
    yield b"a=1\n" * (SIZE // 4)
    yield b"\n" * SIZE
    yield b"\r" * SIZE
    yield bytes(SIZE)


def filled(part: bytes) -> bytes:
    """Repeat a value with its comma."""
    return part * (SIZE // len(part)) + b"0"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every member of objects, and of the first of every list."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*path, name)
            yield from places(member, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def swollen(good: bytes) -> Iterator[bytes]:
    """Yield a valid JSON file with many small values in the place of each of its members."""
    try:
        value = json.loads(good)
    except ValueError:
        return
    for path in places(value):
        changed = json.loads(good)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = [HOLE]
        text = json.dumps(changed, ensure_ascii=False).encode()
        for part in JSON.values():
            yield text.replace(json.dumps(HOLE).encode(), filled(part))


def measured(target: Target, data: bytes) -> tuple[int, float]:
    """Return the most memory (bytes) and the processor time (s) of a reader."""
    began = time.process_time()
    tracemalloc.start()
    try:
        attempt(target, data)
        return tracemalloc.get_traced_memory()[1], time.process_time() - began
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_memory_before_a_signature(name: str) -> None:
    target = TARGETS[name]()
    for good in target.corpus[:1]:
        attempt(target, good)  # validators are built when a form is first read
    files = [*dense(), *swollen(target.corpus[0])]
    random.Random(name).shuffle(files)
    for data in share(files, max(8, len(files) // 6)):
        memory, seconds = measured(target, data)
        assert memory <= MOST * len(data) + ALLOWED, data[:300]
        assert seconds < LIMIT_S, data[:300]


def test_what_is_read_without_a_bound_is_noticed() -> None:
    """A reader that builds whatever comes takes seventy bytes for one."""
    careless = Target(cbor2.loads, (b"\x80",), (Exception,))
    assert max(measured(careless, data)[0] for data in dense()) > MOST * SIZE + ALLOWED

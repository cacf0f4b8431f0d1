"""The archive container."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.archive import ArchiveWriter, read_entries, tar_header
from crypto.errors import DecodeError
from tests.crypto.elections import FINISHED, VECTORS

WIDE = (VECTORS / "single-wide" / "archive.bel").read_bytes()


@pytest.mark.parametrize("folder", FINISHED)
def test_published_archives_are_rebuilt_byte_for_byte(folder: str) -> None:
    original = (VECTORS / folder / "archive.bel").read_bytes()
    entries = list(read_entries(io.BytesIO(original)))
    copy = io.BytesIO()
    writer = ArchiveWriter(copy, int(json.loads(entries[0].content)["timestamp"]))
    for entry in entries[1:]:
        if entry.name.endswith(".data.json"):
            assert f"{writer.data(entry.content)}.data.json" == entry.name
        else:
            event = json.loads(entry.content)
            assert f"{writer.event(event['type'], event.get('payload'))}.event.json" == entry.name
    assert copy.getvalue() == original


def test_entries_are_bounded() -> None:
    with pytest.raises(DecodeError):
        list(read_entries(io.BytesIO(WIDE), largest=1000))


@pytest.mark.parametrize("size", [b"-0000000001", b"00000000 10", b"+0000000010", b"99999999999"])
def test_odd_sizes_are_refused(size: bytes) -> None:
    header = bytearray(tar_header("a", 8, 0))
    header[124:135] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(DecodeError):
        list(read_entries(io.BytesIO(bytes(header) + bytes(512))))


def test_values_that_do_not_fit_are_refused() -> None:
    for timestamp in (-1, 8**11):
        with pytest.raises(DecodeError):
            ArchiveWriter(io.BytesIO(), timestamp)
    with pytest.raises(DecodeError):
        tar_header("n" * 101, 0, 0)


@pytest.mark.fuzz
@settings(max_examples=200)
@given(st.integers(0, len(WIDE) - 1), st.binary(min_size=0, max_size=3))
def test_mutated_archives_raise_decode_errors_only(at: int, replacement: bytes) -> None:
    try:
        list(read_entries(io.BytesIO(WIDE[:at] + replacement + WIDE[at + 1 :])))
    except DecodeError:
        return


@pytest.mark.fuzz
@given(st.binary(max_size=1500))
def test_any_bytes_raise_decode_errors_only(data: bytes) -> None:
    try:
        entries = list(read_entries(io.BytesIO(data)))
    except DecodeError:
        return
    assert entries == []

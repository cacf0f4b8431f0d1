"""Read and write the election archive `uuid.bel`: an append-only tar of objects and events.

Belenios specification 3.3, "Election archive". The reference tool rebuilds the file from its
events and compares every byte, so header fields, order and the single timestamp are exact, there
are no end-of-archive blocks, and an object used by two events is stored twice.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crypto.compact_json import ParsedJson, as_text, dump, load_compact
from crypto.errors import DecodeError

BLOCK = 512
HEADER_NAME = "BELENIOS"
EVENT = ".event.json"
DATA = ".data.json"
LARGEST_ENTRY = 1 << 30
"""Bytes; a shuffle of 5,000 ballots with 21 slots has about 54 MB."""

_LARGEST_OCTAL = 8**11 - 1


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file in the archive; `time` in seconds since 1970, equal for all entries."""

    name: str
    content: bytes
    time: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """The point behind the last event, where an archive can be continued."""

    timestamp: int
    parent: str | None
    """Hash of the last event; None if there is none."""
    height: int
    """Of the next event."""
    last: str | None
    """Kind of the last event."""
    end: int
    """Offset in the file."""


class ArchiveWriter:
    """Append objects and events to a stream; only the last event's hash is kept."""

    def __init__(self, stream: BinaryIO, timestamp: int) -> None:
        """Write the archive's first entry.

        timestamp: seconds since 1970, the time of every entry. Raises DecodeError if it has more
        than 11 octal digits.
        """
        if not 0 <= timestamp <= _LARGEST_OCTAL:
            raise DecodeError("a timestamp that does not fit the archive's format")
        self._stream = stream
        self._timestamp = timestamp
        self._height = 0
        self._parent: str | None = None
        self._write(HEADER_NAME, dump({"version": 1, "timestamp": str(timestamp)}))

    @classmethod
    def after(cls, stream: BinaryIO, position: Position) -> "ArchiveWriter":
        """Continue behind the last event of a stream that is positioned there."""
        writer = cls.__new__(cls)
        writer._stream, writer._timestamp = stream, position.timestamp
        writer._height, writer._parent = position.height, position.parent
        return writer

    def data(self, content: bytes) -> str:
        """Append an object and return its SHA-256 as 64 hex digits."""
        digest = hashlib.sha256(content).hexdigest()
        self._write(f"{digest}{DATA}", content)
        return digest

    def event(self, kind: str, payload: str | None = None) -> str:
        """Append the next event of the chain and return its hash.

        payload: hash of the object written before it.
        """
        value: dict[str, ParsedJson] = {} if self._parent is None else {"parent": self._parent}
        value |= {"height": self._height, "type": kind}
        if payload is not None:
            value["payload"] = payload
        content = dump(value)
        self._parent = hashlib.sha256(content).hexdigest()
        self._height += 1
        self._write(f"{self._parent}{EVENT}", content)
        return self._parent

    def _write(self, name: str, content: bytes) -> None:
        self._stream.write(tar_header(name, len(content), self._timestamp))
        self._stream.write(content)
        self._stream.write(bytes(-len(content) % BLOCK))


def read_entries(stream: BinaryIO, largest: int = LARGEST_ENTRY) -> Iterator[ArchiveEntry]:
    """Yield the entries of an archive in order, checking headers and padding exactly.

    largest: bytes an entry may have. Hashes and events are not checked. Raises DecodeError.
    """
    timestamp: int | None = None
    while header := stream.read(BLOCK):
        name, size, time = _parse_header(header)
        if timestamp is None:
            timestamp = time
        if time != timestamp or tar_header(name, size, time) != header:
            raise DecodeError("an archive header is not as the format has it")
        if size > largest:
            raise DecodeError("an archive entry is larger than allowed")
        content = stream.read(size)
        padding = stream.read(-size % BLOCK)
        if len(content) != size or padding != bytes(-size % BLOCK):
            raise DecodeError("the archive is cut off or its padding is not zero")
        yield ArchiveEntry(name, content, time)


def read_position(path: Path) -> Position:
    """Find where an archive can be continued; whatever follows its last event is ignored.

    Raises DecodeError for a file that does not begin as an archive, OSError if it cannot be read.
    """
    position: Position | None = None
    with path.open("rb") as stream:
        try:
            for entry in read_entries(stream):
                if position is None:
                    position = Position(entry.time, None, 0, None, stream.tell())
                elif entry.name.endswith(EVENT):
                    parent = hashlib.sha256(entry.content).hexdigest()
                    position = Position(
                        position.timestamp,
                        parent,
                        position.height + 1,
                        event_kind(entry.content),
                        stream.tell(),
                    )
        except DecodeError:
            if position is None:
                raise
    if position is None:
        raise DecodeError("the archive is empty")
    return position


def event_kind(content: bytes) -> str:
    """Read the type of an event. Raises DecodeError."""
    value = load_compact(content)
    if not isinstance(value, dict) or "type" not in value:
        raise DecodeError("an event without a type")
    return as_text(value["type"])


def tar_header(name: str, size: int, timestamp: int) -> bytes:
    """Build the 512-byte tar header of an entry, exactly as the reference tool writes it.

    size: bytes; timestamp: seconds since 1970. Raises DecodeError for values that do not fit.
    """
    encoded = name.encode()
    if len(encoded) > 100 or not all(0 <= n <= _LARGEST_OCTAL for n in (size, timestamp)):
        raise DecodeError("an entry that does not fit the archive's format")
    header = bytearray(BLOCK)
    header[0 : len(encoded)] = encoded
    header[100:107] = b"0000644"
    header[108:115] = header[116:123] = b"0000000"
    header[124:135] = b"%011o" % size
    header[136:147] = b"%011o" % timestamp
    header[156:157] = b"0"
    header[148:156] = b"%06o\0 " % (sum(header) + 8 * ord(" "))
    return bytes(header)


def _parse_header(header: bytes) -> tuple[str, int, int]:
    try:
        name = header[:100].rstrip(b"\0").decode("ascii")
        return name, int(header[124:135], 8), int(header[136:147], 8)
    except ValueError as error:
        raise DecodeError("an archive header is not as the format has it") from error

"""Read and write compact JSON with one encoding per value, as Belenios hashes it.

No white space, keys in a fixed order, non-ASCII characters as UTF-8, and what
`crypto.strict_json` allows. Reading gives plain Python values; the small `as_…` helpers turn a
value of unknown shape into a known one or raise DecodeError.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from crypto.errors import DecodeError
from crypto.strict_json import ParsedJson, is_compact, read_json

__all__ = [
    "ParsedJson",
    "as_bytes",
    "as_fields",
    "as_list",
    "as_number",
    "as_text",
    "dump",
    "dump_list",
    "dump_lists",
    "load_compact",
]

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def dump(value: ParsedJson) -> bytes:
    """Encode a value as UTF-8 without white space, keys in the order given."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def dump_lists(lists: Mapping[str, Iterable[ParsedJson]]) -> bytes:
    """Encode an object of lists as `dump` does; each item is asked for, written, and forgotten."""
    pieces, between = [b"{"], b""
    for name, items in lists.items():
        pieces += (between, dump(name), b":", *_list_pieces(items))
        between = b","
    return b"".join((*pieces, b"}"))


def dump_list(items: Iterable[ParsedJson]) -> bytes:
    """Encode a list as `dump` does; each item is asked for, written, and forgotten."""
    return b"".join(_list_pieces(items))


def _list_pieces(items: Iterable[ParsedJson]) -> Iterator[bytes]:
    yield b"["
    for place, item in enumerate(items):
        yield b"," * bool(place) + dump(item)
    yield b"]"


def load_compact(data: bytes) -> ParsedJson:
    """Parse JSON that must already be in its compact spelling. Raises DecodeError."""
    value = read_json(data)
    if not is_compact(value, data):
        raise DecodeError("JSON is not in its compact form")
    return value


def as_fields(value: ParsedJson, *names: str) -> list[ParsedJson]:
    """Return the values of an object with exactly these fields, in this order, or raise DecodeError."""
    if not isinstance(value, dict) or tuple(value) != names:
        raise DecodeError(f"expected an object with the fields {', '.join(names)}")
    return list(value.values())


def as_list(value: ParsedJson, length: int | None = None) -> list[ParsedJson]:
    """Return the value as a list, of the given length if one is given, or raise DecodeError."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise DecodeError("expected a list" if length is None else f"expected {length} items")
    return value


def as_text(value: ParsedJson) -> str:
    """Return the value as a string, or raise DecodeError."""
    if not isinstance(value, str):
        raise DecodeError("expected a string")
    return value


def as_bytes(value: ParsedJson, length: int | None = None) -> bytes:
    """Return bytes written as lower-case hex digits, `length` of them if that is given.

    Raises DecodeError.
    """
    text = as_text(value)
    if not _HEX.fullmatch(text) or (length is not None and len(text) != 2 * length):
        raise DecodeError("bytes are written as lower-case hex digits")
    return bytes.fromhex(text)


def as_number(value: ParsedJson) -> int:
    """Return the value as an int from 0 up, or raise DecodeError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DecodeError("expected a number from 0 up")
    return value

"""Read JSON (RFC 8259) strictly: the one reader of everything that comes from outside.

A member given twice, fractions, exponents, NaN and infinities, numbers beyond 64 bits, and deep
nesting are refused. Spacing and the spelling of characters are free; `crypto.compact_json` is for
values with one spelling.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn, TypeAlias

from crypto.errors import DecodeError
from crypto.memory import weigh_json

ParsedJson: TypeAlias = (
    bool | int | str | Sequence["ParsedJson"] | Mapping[str, "ParsedJson"] | None
)

MAX_SIZE = 1 << 30
"""Bytes; the largest entry of an archive."""
MAX_DEPTH = 16
"""Lists and objects within each other."""
_FEW = 10_000
_BYTES_OF = {(b"{", "objects"): 24, (b"[", "lists"): 5, (b'"', "quotation marks"): 5}
"""Bytes of a file for each of them, beyond some: `{"a":0},` takes 250 in memory, `"ab",` 130 until it is
compared with its one spelling. What archives and lists hold has more; a row of a result has two numbers."""
_MEMBER = (b'":', b'" :', b'"\t:', b'"\n:', b'"\r:')
_BYTES_OF_MEMBER = 14
"""A member of one large object takes 200 in memory."""
_BYTES_OF_EITHER = 24
"""A list or an object of a document that is weighed: what has more is refused at a glance."""
_FREE = b'"0"'
"""A question of slots has it 28 times; Python has every text of one letter once."""
_INT_LIMIT = 1 << 64
_LEVELS = 2
"""How deep a value is written piece by piece: to the questions of a shuffle, the answers of a ballot."""
_TOO_DEEP = f"JSON with more than {MAX_DEPTH} lists and objects within each other"
_TOO_LARGE = "JSON with a number of more than 64 bits"


class _NotAllowedError(ValueError):
    """JSON, but not as it is allowed here."""


def read_json(data: bytes, max_size: int = MAX_SIZE, *, weighed: bool = False) -> ParsedJson:
    """Parse UTF-8 JSON into plain values. Raises DecodeError.

    Objects, their members, lists and texts are counted before anything is built, also inside of texts:
    a stranger's file takes no more than sixteen times its size. weighed: or eight times, mark by mark.
    """
    if len(data) > max_size:
        raise DecodeError(f"{len(data)} bytes are more than the {max_size} allowed here")
    free = 2 * data.count(_FREE)
    for (mark, named), size in _BYTES_OF.items():
        if data.count(mark) - (free if mark == b'"' else 0) > (most := _FEW + len(data) // size):
            raise DecodeError(f"more than the {most} {named} allowed here")
    if sum(map(data.count, _MEMBER)) > (most := _FEW + len(data) // _BYTES_OF_MEMBER):
        raise DecodeError(f"more than the {most} members allowed here")
    if weighed and data.count(b"[") + data.count(b"{") > (
        most := _FEW + len(data) // _BYTES_OF_EITHER
    ):
        raise DecodeError(f"more than the {most} lists and objects allowed here")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("not UTF-8") from error
    if weighed:
        weigh_json(data, text, MAX_DEPTH)
    try:
        value: ParsedJson = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except _NotAllowedError as error:
        raise DecodeError(f"JSON with {error}") from error
    except json.JSONDecodeError as error:
        raise DecodeError(f"not JSON: line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise DecodeError(_TOO_DEEP) from error
    except ValueError as error:  # more digits than Python reads
        raise DecodeError(_TOO_LARGE) from error
    del text
    _check_bounds(value)
    return value


def is_compact(value: ParsedJson, content: bytes) -> bool:
    """Return whether the content is the one compact spelling of the value, byte for byte.

    Compared piece by piece: the spelling of a whole shuffle would take its size twice more.
    """
    at = 0
    for piece in _spelt(value, _LEVELS):
        if not content.startswith(piece, at):
            return False
        at += len(piece)
    return at == len(content)


def _spelt(value: ParsedJson, levels: int) -> Iterator[bytes]:
    if levels and type(value) is dict:
        between = b"{"
        for name, member in value.items():
            yield between + _written(name) + b":"
            yield from _spelt(member, levels - 1)
            between = b","
        yield b"}" if value else b"{}"
    elif levels and type(value) is list:
        between = b"["
        for item in value:
            yield between
            yield from _spelt(item, levels - 1)
            between = b","
        yield b"]" if value else b"[]"
    else:
        yield _written(value)


def _written(value: ParsedJson) -> bytes:
    # Half of a character is written as no UTF-8 has it, and so equals nothing that was read.
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass")


def _check_bounds(value: ParsedJson) -> None:
    """Look level by level, and only at what is of interest: a result has millions of numbers."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, level))
        if int in kinds:
            numbers = [value for value in level if type(value) is int]
            if not (min(numbers) >= -_INT_LIMIT and max(numbers) < _INT_LIMIT):
                raise DecodeError(_TOO_LARGE)
        if kinds.isdisjoint((list, dict)):
            return
        inner: list[ParsedJson] = []
        for member in level:
            if type(member) is list:
                inner.extend(member)
            elif type(member) is dict:
                inner.extend(member.values())
        level = inner
    raise DecodeError(_TOO_DEEP)


def _object(pairs: list[tuple[str, ParsedJson]]) -> dict[str, ParsedJson]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _NotAllowedError("a member that is given twice")
    return result


def _refuse(_: str) -> NoReturn:
    raise _NotAllowedError("a number that is not whole")

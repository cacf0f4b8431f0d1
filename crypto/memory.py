"""Weigh what a document takes in memory, before anything of it is built.

A small file can ask for much: an empty map has one byte in CBOR and takes eighty in Python. So the
heads of CBOR and the marks of JSON are walked first, and what would be built is summed up as CPython
builds it, in bytes: containers, texts, numbers, and what reading needs on the way. What weighs more
than `TIMES` the file and a megabyte is refused by `canonical` and `strict_json`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Final

from crypto.errors import DecodeError

TIMES: Final = 8
"""Bytes of memory for a byte of a document, at most, while it is read and afterwards."""
_FREE: Final = 1 << 20
"""Bytes whatever the size."""

_LIST: Final = 72
_ENTRY: Final = 24
"""In a list, in its copy, and in the tuple that is made of it."""
_TABLES: Final = ((0, 80), (5, 200), (10, 288), (21, 480))
"""Of maps: most members, and the bytes of such a map."""
_MEMBER: Final = 40
"""Of larger maps, for a member."""
_MEMBER_OF_MANY: Final = 120
"""Beyond: maps of more than `FEW_MEMBERS` are copied in parts."""
FEW_MEMBERS: Final = 64
_NUMBER: Final = 32
_SHORTEST_NUMBER: Final = 3
"""Digits of one that takes memory."""
_BYTES: Final = 33
_WIDEST: Final = 76
_PAIR: Final = 80
"""Of a member, until its JSON object is whole."""
_LOOKED_AT: Final = 16
"""Of a member, while numbers and depth are judged; of an entry it is in `_ENTRY`."""
_MOST_NAMES: Final = 1024
"""Names of members that are kept once, however often they occur."""
_LONGEST_NAME: Final = 64
_NAME_ONCE: Final = 200
"""In the table of names."""

_NEGATIVE: Final = 1
_CBOR_NUMBERS, _CBOR_BYTES, _CBOR_TEXT, _CBOR_LIST, _CBOR_MAP = (0, 1), 2, 3, 4, 5
_CBOR_SIMPLE, _SIMPLE = 7, (20, 21, 22)
"""RFC 8949, section 3.3: false, true and null."""

_MARKS: Final = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"?+(?P<name>[ \t\n\r]*+:)?|(?:-?+[0-9]++[ \t\n\r]*+,?+[ \t\n\r]*+)++|[][{},]',
    re.DOTALL,
)
"""A text to its end, even if there is none; numbers and their commas; a container, or another comma."""


def map_weight(members: int) -> int:
    """Return the bytes of a map, without what is in it."""
    for most, size in _TABLES:
        if members <= most:
            return size
    return members * (_MEMBER if members <= FEW_MEMBERS else _MEMBER + _MEMBER_OF_MANY)


def allowed(size: int) -> int:
    """Return the bytes that reading a document of this size may take."""
    return _FREE + TIMES * size


# ---------------------------------------------------------------- CBOR


def weigh_cbor(data: bytes, max_items: int, depth: int) -> Mapping[str, str]:
    """Walk from head to head (RFC 8949, section 3); return the names of members, to be kept once.

    Raises `DecodeError` for too many items, too much depth or weight, and for what has no place in
    canonical CBOR: tags, floating-point numbers, indefinite lengths.
    """
    most = allowed(len(data)) - len(data)  # it is written again, to be compared
    names: set[bytes] = set()
    lefts, maps = [0], [0]
    """Of the containers around: items that follow, and members of a map (0 for a list)."""
    at = items = weight = 0
    while at < len(data):
        items += 1
        if items > max_items:
            raise DecodeError(f"more than the {max_items} items allowed here")
        kind, short = data[at] >> 5, data[at] & 31
        at += 1
        size = 1 << (short - 24) if 24 <= short < 28 else 0
        argument = int.from_bytes(data[at : at + size], "big") if size else short
        at += size
        while len(lefts) > 1 and not lefts[-1]:
            lefts.pop()
            maps.pop()
        lefts[-1] -= 1
        if kind in _CBOR_NUMBERS:
            # Python has -5 to 256 once; -1 - argument is what a negative one stands for.
            weight += _NUMBER if size or (kind == _NEGATIVE and argument > 4) else 0
        elif kind == _CBOR_BYTES:
            weight += _BYTES + argument
            at += argument
        elif kind == _CBOR_TEXT:
            spelling = data[at : at + argument]
            at += argument
            if 0 < maps[-1] <= FEW_MEMBERS and lefts[-1] % 2 and argument <= _LONGEST_NAME:
                if spelling in names:
                    continue
                if len(names) < _MOST_NAMES:
                    names.add(spelling)
                    weight += _NAME_ONCE
            weight += _text_weight(spelling.decode(errors="replace"))
        elif kind == _CBOR_LIST and short != 31:
            weight += _LIST + _ENTRY * argument
            lefts.append(argument)
            maps.append(0)
        elif kind == _CBOR_MAP and short != 31:
            weight += map_weight(argument)
            lefts.append(2 * argument)
            maps.append(argument)
        elif kind != _CBOR_SIMPLE or short not in _SIMPLE:
            raise DecodeError("a tag, a fraction, or a length that is not told")
        if weight > most:
            raise DecodeError(f"more memory than {TIMES} times its size")
        if len(lefts) > depth + 2:
            raise DecodeError("nested too deeply")
    return {name: name for spelling in names if (name := spelling.decode(errors="replace"))}


# ---------------------------------------------------------------- JSON


def weigh_json(data: bytes, text: str, depth: int) -> None:
    """Walk from mark to mark of a document; `text`: what it was decoded to. Raises `DecodeError`."""
    most = allowed(len(data)) - sys.getsizeof(text)
    names: set[bytes] = set()
    members: list[int | None] = []
    """Of the objects around; None for a list."""
    waiting = weight = 0
    for found in _MARKS.finditer(data):
        mark = found[0]
        match mark[:1]:
            case b'"' if found["name"]:
                if members and (number := members[-1]) is not None:
                    members[-1] = number + 1
                waiting += 1
                if mark not in names:
                    names.add(mark)
                    weight += _NAME_ONCE + _spelt_weight(mark)
            case b'"':
                weight += _spelt_weight(mark)
            case b",":
                weight += _ENTRY if members and members[-1] is None else 0
            case b"[":
                members.append(None)
                weight += _LIST + _ENTRY
            case b"{":
                members.append(0)
            case b"]" | b"}":
                number = members.pop() if members else None
                if number is not None:
                    waiting -= number
                    weight += map_weight(number) + _LOOKED_AT * number
            case _:  # Python has numbers from -5 to 256 once
                commas = mark.count(b",")
                weight += _NUMBER * max(
                    min(commas + 1, len(mark) // _SHORTEST_NUMBER), mark.count(b"-")
                )
                weight += _ENTRY * commas if members and members[-1] is None else 0
        if weight + _PAIR * waiting > most:
            raise DecodeError(f"more memory than {TIMES} times its size")
        if len(members) > depth + 1:
            raise DecodeError(f"JSON with more than {depth} lists and objects within each other")


def _spelt_weight(spelling: bytes) -> int:
    if b"\\u" in spelling:
        return _WIDEST + 4 * len(spelling)
    return _text_weight(spelling[1:-1].decode(errors="replace"))


def _text_weight(text: str) -> int:
    """Python has the texts of one letter (ISO 8859-1), and the empty one, once."""
    return 0 if len(text) < 2 and text < "\u0100" else sys.getsizeof(text)

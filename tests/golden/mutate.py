"""Structural changes of a decoded document, and the exact bounds of its parts.

A document is a tree of maps, lists and leaves. A change happens at one place and has a name; the
same tree gives the same changes in the same order. `Members` is a map whose members are written as
they stand: in any order, or twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

import cbor2

from crypto import canonical


@dataclass(frozen=True, slots=True)
class Members:
    """A map, member by member."""

    pairs: tuple[tuple[str, Tree], ...]


Tree: TypeAlias = "bool | int | float | str | bytes | list[Tree] | dict[str, Tree] | Members | None"
Place: TypeAlias = tuple[str | int, ...]

MOST_NUMBER = 1 << 63
MOST_LENGTH = 100_000
MOST_ITEMS = 300
"""Where the search for a bound ends."""

_MANY = 6

_WRAPPED: tuple[tuple[str, Callable[[Tree], Tree]], ...] = (
    ("in-list", lambda value: [value]),
    ("in-map", lambda value: {"value": value}),
)
_OTHERS: tuple[tuple[str, Tree], ...] = (
    ("None", None),
    ("True", True),
    ("False", False),
    ("0", 0),
    ("1", 1),
    ("-1", -1),
    ("2^31", 1 << 31),
    ("2^63", 1 << 63),
    ("1.5", 1.5),
    ("no-text", ""),
    ("text", "x"),
    ("no-bytes", b""),
    ("no-list", []),
    ("no-map", {}),
)


@dataclass(frozen=True, slots=True)
class Change:
    place: Place
    name: str
    tree: Tree
    """The whole document after the change."""


def spelt(place: Place) -> str:
    return ".".join(map(str, place))


def changes(tree: Tree, place: Place = (), *, has_bytes: bool) -> Iterator[Change]:
    """Every change at `place` and below. JSON has no bytes."""

    def here(at: Place, value: Tree) -> Iterator[Change]:
        for name, other in _replacements(value):
            if (has_bytes or not isinstance(other, bytes)) and repr(other) != repr(value):
                yield Change(at, name, _with(tree, at, other))
        for number, (key, item) in enumerate(_members(value)):
            if number not in _looked_at(value):
                continue
            yield Change((*at, key), "missing", _with(tree, at, _without(value, number)))
            yield from here((*at, key), item)

    yield from here(place, _get(tree, place))


def _looked_at(value: Tree) -> range | set[int]:
    """The members that are changed: all, but of many leaves of one type the first two and the last."""
    if (
        isinstance(value, list)
        and len(value) > _MANY
        and {type(item) for item in value} in ({int}, {str}, {bytes})
    ):
        return {0, 1, len(value) - 1}
    return range(len(_members(value)))


def _replacements(value: Tree) -> Iterator[tuple[str, Tree]]:
    yield from _OTHERS
    yield from ((name, wrap(value)) for name, wrap in _WRAPPED)
    match value:
        case bool():
            yield "turned", not value
            yield "as-number", int(value)
        case int():
            yield "as-text", str(value)
            yield "as-float", float(value)
            yield "negative", -value
            yield "one-more", value + 1
            yield "one-less", value - 1
        case str():
            yield from _texts(value)
        case bytes():
            yield "as-text", value.decode("latin-1")
            yield "as-hex", value.hex()
            yield "as-list", list(value[:8])
            yield "longer", value + b"\x00"
            yield "shorter", value[:-1]
            yield "turned", bytes(byte ^ 1 for byte in value[:1]) + value[1:]
        case list():
            yield from _lists(value)
        case dict():
            yield from _maps(value)


def _texts(value: str) -> Iterator[tuple[str, Tree]]:
    yield "as-bytes", value.encode()
    yield "longer", value + "x"
    yield "shorter", value[:-1]
    yield "space", value + " "
    yield "new-line", value + "\n"
    yield "nul", value + "\x00"
    yield "marked", "\u200f" + value
    yield "capitals", value.swapcase()
    yield "first-twice", value[:1] + value
    yield "persian-digits", value.translate({ord("0") + i: 0x6F0 + i for i in range(10)})
    if value.isdecimal():
        yield "as-number", int(value)
    if value.isascii() and len(value) % 2 == 0 and all(c in "0123456789abcdef" for c in value):
        yield "as-bytes-of-hex", bytes.fromhex(value)


def _lists(value: list[Tree]) -> Iterator[tuple[str, Tree]]:
    yield "with-none", [*value, None]
    yield "as-map", {str(number): item for number, item in enumerate(value)}
    if value:
        yield "first-twice", [value[0], *value]
        yield "last-twice", [*value, value[-1]]
        yield "turned-round", value[::-1]
        yield "as-text", json.dumps(plain(value))


def _maps(value: dict[str, Tree]) -> Iterator[tuple[str, Tree]]:
    pairs = tuple(value.items())
    yield "one-more", {**value, "zzz": 1}
    yield "no-name", {**value, "": None}
    yield "as-list", [[key, item] for key, item in pairs]
    if pairs:
        (key, first), *rest = pairs
        if rest:
            yield "turned-round", Members(pairs[::-1])
        yield "first-member-twice", Members((*pairs, pairs[0]))
        yield "last-member-twice-otherwise", Members((*pairs, (pairs[-1][0], None)))
        yield "capital-name", {key.swapcase(): first, **dict(rest)}
        yield "spaced-name", {key + " ": first, **dict(rest)}


# ---------------------------------------------------------------- bounds


def bounds(tree: Tree, accepts: Callable[[Tree], bool]) -> Iterator[tuple[Place, str]]:
    """For each number, text, byte string and list: which values or lengths are accepted.

    The rest of the document stays; what is accepted is taken to be one range around what is there.
    """
    for place, value in _places((), tree):
        match value:
            case bool() | None:
                continue
            case int():
                most, length, kind = MOST_NUMBER, value, ""
            case str() | bytes():
                most, length, kind = MOST_LENGTH, len(value), "length "
            case list() if value:
                most, length, kind = MOST_ITEMS, len(value), "items "
            case _:
                continue

        def fits(number: int, place: Place = place, value: Tree = value) -> bool:
            return accepts(_with(tree, place, _sized(value, number)))

        lowest = -_furthest(-length, most if kind == "" else 0, lambda number: fits(-number))
        highest = _furthest(length, most, fits)
        yield place, f"{kind}{_shown(lowest, most)}..{_shown(highest, most)}"


def fillings(tree: Tree, size: int, *, in_cbor: bool) -> list[Callable[[], Tree]]:
    """Fill one place with `size` bytes of small values: strange ones, and more of what is there.

    What is returned makes the whole documents, one at a time.
    """
    return [
        partial(_filled, tree, place, with_what, size, in_cbor)
        for place, value in _places((), tree)
        for with_what in ("lists", "numbers", "members", *(["more"] if value else []))
    ]


def _filled(tree: Tree, place: Place, with_what: str, size: int, in_cbor: bool) -> Tree:
    value = _get(tree, place)
    strangers: dict[str, Tree] = {f"k{number}": 0 for number in range(size // 8)}
    match with_what, value:
        case "lists", _:
            return _with(tree, place, [[]] * (size // (1 if in_cbor else 3)))
        case "numbers", _:
            return _with(tree, place, [0] * (size // (1 if in_cbor else 2)))
        case "more", list():
            one = len(cbor2.dumps(plain(value[-1])))
            return _with(tree, place, value + value[-1:] * (size // one))
        case "more", str() | bytes():
            return _with(tree, place, value * (size // len(value)))
        case "more", dict():
            return _with(tree, place, value | strangers)
        case _:
            return _with(tree, place, strangers)


def _sized(value: Tree, size: int) -> Tree:
    match value:
        case int():
            return size
        case str():
            return value[:size] + (value[-1:] or "x") * (size - len(value))
        case bytes():
            return value[:size] + (value[-1:] or b"x") * (size - len(value))
        case list():
            return value[:size] + value[-1:] * (size - len(value))
        case _:
            raise TypeError(value)


def _furthest(start: int, most: int, fits: Callable[[int], bool]) -> int:
    """The largest number from `start` to `most` up to which `fits` holds, by bisection."""
    good, step = start, 1
    while good + step <= most and fits(good + step):
        good, step = good + step, step * 2
    bad = min(good + step, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        if fits(middle):
            good = middle
        else:
            bad = middle
    return good


def _shown(number: int, most: int) -> str:
    return "" if abs(number) >= most else str(number)


# ---------------------------------------------------------------- trees


def _members(value: Tree) -> Sequence[tuple[str | int, Tree]]:
    match value:
        case dict():
            return list(value.items())
        case list():
            return list(enumerate(value))
        case _:
            return []


def _places(at: Place, value: Tree) -> Iterator[tuple[Place, Tree]]:
    yield at, value
    for number, (key, item) in enumerate(_members(value)):
        if number in _looked_at(value):
            yield from _places((*at, key), item)


def _get(tree: Tree, place: Place) -> Tree:
    for key in place:
        tree = dict(_members(tree))[key]
    return tree


def _with(tree: Tree, place: Place, value: Tree) -> Tree:
    if not place:
        return value
    first, *rest = place
    match tree:
        case dict():
            return {
                key: _with(item, tuple(rest), value) if key == first else item
                for key, item in tree.items()
            }
        case list():
            return [
                _with(item, tuple(rest), value) if number == first else item
                for number, item in enumerate(tree)
            ]
        case _:
            raise KeyError(place)


def _without(value: Tree, number: int) -> Tree:
    match value:
        case dict():
            pairs = list(value.items())
            return dict(pairs[:number] + pairs[number + 1 :])
        case list():
            return value[:number] + value[number + 1 :]
        case _:
            raise TypeError(value)


# ---------------------------------------------------------------- spellings


def cbor_tree(data: bytes) -> Tree:
    return cast(Tree, canonical.decode(data))


def json_tree(data: bytes) -> Tree:
    return cast(Tree, json.loads(data))


def plain(value: Tree) -> object:
    """For `json.dumps`: bytes as hex."""
    match value:
        case bytes():
            return value.hex()
        case list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case Members(pairs):
            return {key: plain(item) for key, item in pairs}
        case _:
            return value


def as_json(value: Tree) -> bytes:
    """Compact, members as they stand."""
    return _json(value).encode("utf-8", "surrogatepass")


def _json(value: Tree) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except TypeError:  # of `Members`, and what holds them
        return _json_by_parts(value)


def _json_by_parts(value: Tree) -> str:
    match value:
        case list():
            return f"[{','.join(map(_json, value))}]"
        case dict():
            return _json_by_parts(Members(tuple(value.items())))
        case Members(pairs):
            return "{" + ",".join(f"{_json(key)}:{_json(item)}" for key, item in pairs) + "}"
        case _:
            return json.dumps(plain(value), ensure_ascii=False)


def as_cbor(value: Tree) -> bytes:
    """Deterministic, but for the members of `Members`."""
    try:
        return cbor2.dumps(value, canonical=True)
    except cbor2.CBOREncodeError:  # of `Members`, and what holds them
        return _cbor(value)


def _cbor(value: Tree) -> bytes:
    match value:
        case list():
            return _head(0x80, len(value)) + b"".join(map(as_cbor, value))
        case dict():
            ordered = sorted(value.items(), key=lambda pair: as_cbor(pair[0]))
            return _cbor(Members(tuple(ordered)))
        case Members(pairs):
            items = b"".join(as_cbor(key) + as_cbor(item) for key, item in pairs)
            return _head(0xA0, len(pairs)) + items
        case _:
            return cbor2.dumps(value)


def _head(kind: int, count: int) -> bytes:
    """Of a list or map (RFC 8949, section 3): its length, as a number is written."""
    first, *rest = cbor2.dumps(count)
    return bytes([kind | first, *rest])

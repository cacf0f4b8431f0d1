"""BER-TLV as cards use it (ISO/IEC 8825-1; ISO 7816-4 5.2): definite lengths only, all bounded.

Lengths: 0-127 in one byte, 128-255 as ``81 xx``, 256-65535 as ``82 xx xx``. A bare ``80``
(indefinite), a length past the end, an element over 64 KiB and nesting over 8 are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import ProtocolError

MAX_VALUE: Final = 65_535
"""Longest value in bytes."""
MAX_DEPTH: Final = 8
MAX_TAG_BYTES: Final = 3


@dataclass(frozen=True, slots=True)
class Tlv:
    """One element; `tag` holds the tag bytes as a number, e.g. 0x5F1F."""

    tag: int
    value: bytes = field(repr=False)
    depth: int = 0

    def children(self) -> tuple[Tlv, ...]:
        """Parse the elements inside.

        Raises `ProtocolError` if the value is not a row of elements.
        """
        return parse(self.value, depth=self.depth + 1)

    def child(self, tag: int) -> Tlv:
        """Return the first element inside with this tag.

        Raises `ProtocolError` if there is none.
        """
        return find(self.children(), tag)


def header(data: bytes, at: int = 0) -> tuple[int, int, int]:
    """Parse tag, start of the value and its length, of the element at `at` of `data`.

    `data` may end before the value does. Raises `ProtocolError`.
    """
    tag, at = _tag(data, at)
    length, at = _length(data, at)
    return tag, at, length


def parse(data: bytes, *, depth: int = 0) -> tuple[Tlv, ...]:
    """Parse all elements of `data`, to its last byte. Raises `ProtocolError`."""
    if depth > MAX_DEPTH:
        raise ProtocolError("data objects are nested too deeply")
    elements = []
    at = 0
    while at < len(data):
        tag, start, length = header(data, at)
        at = start + length
        if at > len(data):
            raise ProtocolError("a data object is longer than the data around it")
        elements.append(Tlv(tag, data[start:at], depth))
    return tuple(elements)


def parse_one(data: bytes, tag: int) -> Tlv:
    """Parse the one element that `data` is.

    Raises `ProtocolError` for another tag or further bytes.
    """
    elements = parse(data)
    if len(elements) != 1 or elements[0].tag != tag:
        raise ProtocolError(f"expected one data object {tag:X}")
    return elements[0]


def find(elements: Iterable[Tlv], tag: int) -> Tlv:
    """Return the first element with this tag. Raises `ProtocolError` if there is none."""
    element = find_optional(elements, tag)
    if element is None:
        raise ProtocolError(f"data object {tag:X} is missing")
    return element


def find_optional(elements: Iterable[Tlv], tag: int) -> Tlv | None:
    """Return the first element with this tag, or None."""
    return next((element for element in elements if element.tag == tag), None)


def encode(tag: int, *values: bytes) -> bytes:
    """Encode one element around the joined values. Raises ValueError over 65 535 bytes."""
    value = b"".join(values)
    size = len(value)
    if size > MAX_VALUE:
        raise ValueError(f"{size} bytes do not fit a data object")
    if size < 0x80:
        length = bytes((size,))
    elif size < 0x100:
        length = bytes((0x81, size))
    else:
        length = b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length + value


def _tag(data: bytes, start: int) -> tuple[int, int]:
    if start >= len(data):
        raise ProtocolError("a data object without a tag")
    if data[start] == 0:
        raise ProtocolError("padding where a data object is expected")
    at = start + 1
    if data[start] & 0x1F == 0x1F:
        while True:
            if at >= len(data) or at - start >= MAX_TAG_BYTES:
                raise ProtocolError("a data object with a broken tag")
            at += 1
            if not data[at - 1] & 0x80:
                break
    return int.from_bytes(data[start:at], "big"), at


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise ProtocolError("a data object without a length")
    first_byte = data[at]
    at += 1
    if first_byte < 0x80:
        return first_byte, at
    count = first_byte & 0x7F
    if not 1 <= count <= 3 or at + count > len(data):
        raise ProtocolError("a data object with a broken length")
    length = int.from_bytes(data[at : at + count], "big")
    if length > MAX_VALUE:
        raise ProtocolError("a data object over 64 KiB")
    return length, at + count

"""ASN.1 with one meaning: strict DER, and the BER that security objects come in.

`load_der` refuses what DER does not allow. `definite` rewrites BER with indefinite lengths and segmented
OCTET STRINGs as the same value with definite ones, so that the strict parser behind it reads one form.
"""

from __future__ import annotations

from typing import Final, TypeVar

from asn1crypto import core

ASN1_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""Raised by asn1crypto for malformed input (AttributeError: for types it does not implement)."""

MAX_DEPTH: Final = 32
"""Deepest nesting of elements that `definite` follows."""

_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_MAX_TAG_BYTES: Final = 3
_MAX_LENGTH_BYTES: Final = 4
_SHORT_LENGTH: Final = 0x80
"""Lengths below it take one byte; alone it is the indefinite length."""
_OCTETS: Final = b"\x04"
_SEGMENTED_OCTETS: Final = b"\x24"
_END_OF_CONTENTS: Final = b"\x00\x00"

_Value = TypeVar("_Value", bound=core.Asn1Value)


def load_der(kind: type[_Value], data: bytes) -> _Value:
    """Load a value that `data` encodes in the only way DER allows. Raises one of `ASN1_ERRORS`."""
    value: _Value = kind.load(data, strict=True)
    if value.dump(force=True) != data:
        raise ValueError("not DER")
    return value


def load_unambiguous(kind: type[_Value], data: bytes) -> _Value:
    """Load a value from one element whose lengths are definite and minimal; values as they came.

    Unlike `load_der` it takes defaults that are written out and sets in any order. Raises one of
    `ASN1_ERRORS`, some of them only when a part of the value is asked for.
    """
    if definite(data) != data:
        raise ValueError("an indefinite length, or a string in segments")
    value: _Value = kind.load(data, strict=True)
    return value


def definite(data: bytes) -> bytes:
    """Rewrite one BER element with definite lengths and OCTET STRINGs joined (X.690, 8.1.3.6, 8.7.3).

    Primitive values stay as they came, so DER comes out byte for byte. Raises ValueError or IndexError
    for lengths that are not minimal, bytes left over, and nesting over `MAX_DEPTH`.
    """
    tag, value, end = _element(data, 0, len(data), 0)
    if end != len(data):
        raise ValueError("bytes behind the element")
    return _encode(tag, value)


def _element(data: bytes, start: int, limit: int, depth: int) -> tuple[bytes, bytes, int]:
    """Return tag, value and end of the element at `start`, which must end by `limit`."""
    if depth > MAX_DEPTH:
        raise ValueError("elements are nested too deeply")
    at = _after_tag(data, start)
    tag = data[start:at]
    size, at = _length(data, at)
    if size is not None and at + size > limit:
        raise ValueError("an element is longer than the data around it")
    if not tag[0] & _CONSTRUCTED:
        if size is None:
            raise ValueError("a primitive element of indefinite length")
        return tag, data[at : at + size], at + size
    parts: list[tuple[bytes, bytes]] = []
    end = limit if size is None else at + size
    while at < end and not (size is None and data[at : at + 2] == _END_OF_CONTENTS):
        part, value, at = _element(data, at, end, depth + 1)
        parts.append((part, value))
    if size is None:
        at += len(_END_OF_CONTENTS)
        if at > limit:
            raise ValueError("an indefinite length without an end")
    if tag != _SEGMENTED_OCTETS:
        return tag, b"".join(_encode(*part) for part in parts), at
    if any(part != _OCTETS for part, _ in parts):
        raise ValueError("a segment of another kind")
    return _OCTETS, b"".join(value for _, value in parts), at


def _after_tag(data: bytes, start: int) -> int:
    if data[start] == 0:
        raise ValueError("an end of contents where an element is expected")
    at = start + 1
    if data[start] & _LONG_TAG == _LONG_TAG:
        while data[at] & 0x80:
            at += 1
        at += 1
    if at - start > _MAX_TAG_BYTES:
        raise ValueError("a tag is too long")
    return at


def _length(data: bytes, at: int) -> tuple[int | None, int]:
    """Return the length (None: indefinite), and where the value begins."""
    first = data[at]
    at += 1
    if first < _SHORT_LENGTH:
        return first, at
    count = first - _SHORT_LENGTH
    if count == 0:
        return None, at
    size = int.from_bytes(data[at : at + count], "big")
    if count > _MAX_LENGTH_BYTES or size < _SHORT_LENGTH or data[at] == 0:
        raise ValueError("a length that is not minimal")
    return size, at + count


def _encode(tag: bytes, value: bytes) -> bytes:
    size = len(value)
    if size < _SHORT_LENGTH:
        return tag + bytes((size,)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes((_SHORT_LENGTH + len(length),)) + length + value

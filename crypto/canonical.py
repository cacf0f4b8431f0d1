"""Encode and decode deterministic CBOR, the one form of everything signed or hashed here.

RFC 8949 section 4.2.1 (core deterministic encoding), narrowed to what the project needs: null,
booleans, 64-bit integers, byte strings, text, lists, and maps with text keys. Floating-point
numbers and tags are left out, because their one encoding is the hardest to agree on. With text
keys alone the length-first order of RFC 7049, which `cbor2` writes, and the bytewise order of
RFC 8949 are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import cbor2

from crypto.errors import DecodeError
from crypto.memory import FEW_MEMBERS, weigh_cbor

CanonicalValue: TypeAlias = (
    bool | int | bytes | str | Sequence["CanonicalValue"] | Mapping[str, "CanonicalValue"] | None
)
"""What can be encoded. Decoding gives `list` and `dict` for the last two."""

MAX_SIZE = 64 * 1024 * 1024
MAX_DEPTH = 16
_FEW_ITEMS = 4096
_BYTES_OF_ITEM = 16
"""A spent nonce has 34 bytes, a record two thousand in four items."""
_INT_LIMIT = 1 << 64


def encode(value: CanonicalValue) -> bytes:
    """Encode a value. Raises `ValueError` for anything outside the allowed types."""
    _check_types(value, MAX_DEPTH)
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, max_size: int = MAX_SIZE, max_items: int | None = None) -> CanonicalValue:
    """Decode bytes that must be exactly what `encode` writes.

    max_size: bytes. max_items: maps, keys, values, lists and their entries (None: one for 16 bytes, and
    some); they are counted and weighed before anything is built (`crypto.memory`), so that a small file
    cannot ask for much memory: an empty map has one byte and takes eighty. Raises `DecodeError` for
    everything else.
    """
    if len(data) > max_size:
        raise DecodeError(f"{len(data)} bytes are more than the {max_size} allowed here")
    most = _FEW_ITEMS + len(data) // _BYTES_OF_ITEM if max_items is None else max_items
    names = weigh_cbor(data, most, MAX_DEPTH)

    def with_names_once(members: Mapping[str, object], _: bool) -> Mapping[str, object]:
        if len(members) > FEW_MEMBERS:
            return members
        return {names.get(name, name): member for name, member in members.items()}

    try:
        value = cast(
            CanonicalValue,
            cbor2.loads(
                data,
                object_hook=with_names_once,
                max_depth=MAX_DEPTH,
                allow_indefinite=False,
                allow_duplicate_keys=False,
                strict_hashable_types=True,
            ),
        )
        _check_types(value, MAX_DEPTH)
        again = cbor2.dumps(value, canonical=True)
    except (cbor2.CBORError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        raise DecodeError("not the deterministic encoding that is allowed here") from error
    if again != data:
        raise DecodeError("the same content has another, canonical spelling")
    return value


def reread(data: bytes) -> CanonicalValue:
    """Decode what this machine encoded and nobody can have changed since. Raises `DecodeError`."""
    try:
        return cast(CanonicalValue, cbor2.loads(data, max_depth=MAX_DEPTH))
    except (cbor2.CBORError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        raise DecodeError("not what was encoded here") from error


def _check_types(value: object, depth: int) -> None:
    if depth < 0:
        raise ValueError("nested too deeply")
    match value:
        case None | bool() | bytes() | str():
            return
        case int():
            if not -_INT_LIMIT <= value < _INT_LIMIT:
                raise ValueError("integer outside 64 bits")
        case list() | tuple():
            for item in value:
                _check_types(item, depth - 1)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise ValueError("map keys are text")  # noqa: TRY004 - one error for callers
                _check_types(item, depth - 1)
        case _:
            raise ValueError(f"{type(value).__name__} has no place in canonical data")

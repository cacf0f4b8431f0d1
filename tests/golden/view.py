"""Golden files as text, so that a change of a format can be read in a difference."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from crypto import canonical
from crypto.errors import DecodeError
from tests.golden.vault import Noted

_SHOWN = 80
"""Bytes that are written out; longer ones by length and hash."""


def tree_text(data: bytes) -> bytes:
    """A line for each leaf of a CBOR file, in the order of the file."""
    lines = _leaves("", canonical.decode(data))
    return "".join(f"{line}\n" for line in lines).encode()


def notes_text(noted: Sequence[Noted]) -> bytes:
    """What was signed and sealed: a line for the key and context, and lines for the message."""
    return "".join(
        f"{note.key} | {note.context}\n{_message(note.message)}" for note in noted
    ).encode()


def _message(message: bytes) -> str:
    try:
        lines = list(_leaves("", canonical.decode(message)))
    except DecodeError:
        lines = [f" = {_bytes(message)}"]
    return "".join(f"    {line}\n" for line in lines)


def _leaves(place: str, value: canonical.CanonicalValue) -> Iterator[str]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _leaves(f"{place}.{key}", item)
        case list() if value:
            for number, item in enumerate(value):
                yield from _leaves(f"{place}[{number}]", item)
        case bytes():
            yield f"{place} = {_bytes(value)}"
        case str():
            yield f'{place} = "{value}"'
        case _:
            yield f"{place} = {value}"


def _bytes(data: bytes) -> str:
    if len(data) <= _SHOWN:
        return f"h'{data.hex()}'"
    return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}"

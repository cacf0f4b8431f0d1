"""Define the payload of a package: the election, the candidates' portraits, what is said of recordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import MaxLen

from crypto.errors import DecodeError
from election.definition import Election, Sha256Hex
from election.recorded import RecordedKind, RecordedList
from election.schema import SchemaError, from_cbor, to_cbor

_FEW_ITEMS: Final = 10_000
_BYTES_OF_ITEM: Final = 3
"""A definition is made of short members: a branch with names of one letter has 27 in 93 bytes. What they
weigh is bounded as everywhere."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content that the signer vouches for."""

    election: Election
    portraits: Mapping[Sha256Hex, bytes]
    """JPEG, by SHA-256 (hex)."""
    recorded: Annotated[tuple[RecordedList, ...], MaxLen(len(RecordedKind))] = ()
    """Lists of recordings and of films that lie beside a device, one of a kind at most."""


def encode_content(content: Content) -> bytes:
    """Write canonical CBOR. `ValueError` for a definition outside its bounds."""
    return to_cbor(content)


def decode_content(data: bytes) -> Content:
    """Decode a payload. Raises `DecodeError` unless the bytes are exactly one of this form."""
    try:
        content = from_cbor(Content, data, _FEW_ITEMS + len(data) // _BYTES_OF_ITEM)
    except SchemaError as error:
        raise DecodeError(f"the package's content is {error}") from error
    if len({one.kind for one in content.recorded}) < len(content.recorded):
        raise DecodeError("the package's content lists recordings twice")
    return content

"""Define types and marks of members that several documents have; `election.schema` reads them.

Importing them loads no validator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Final, TypeAlias

from annotated_types import Ge, Le, Len


class Mark(Enum):
    """The written form of a member, where its type alone does not say it."""

    BASE64 = auto()
    """Bytes in JSON, RFC 4648 section 4 with padding; without the mark they are hex digits."""
    SECONDS = auto()
    """A time as whole seconds since 1970 (UTC); without the mark it is ISO 8601 with an offset."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text matches the whole of this regular expression."""

    regex: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Only these members of an enumeration."""

    members: tuple[Enum, ...]


class Excerpt:
    """Base of a document that says only what is needed: other members are for other readers."""

    __slots__ = ()


LAST_SECOND: Final = 7_258_118_400
"""The year 2200, in seconds since 1970."""

Word: TypeAlias = Annotated[str, Len(1, 200)]
Hash: TypeAlias = Annotated[bytes, Len(32, 32)]
"""SHA-256."""
Number: TypeAlias = Annotated[int, Ge(0), Le(10_000_000)]
"""Of ballots, authorizations or persons on one device."""

ShortSignature: TypeAlias = Annotated[bytes, Len(64, 64)]
"""Ed25519 (`crypto.signing`)."""
LongSignature: TypeAlias = Annotated[bytes, Len(3373, 3373)]
"""Ed25519 and ML-DSA-65 (`crypto.hybrid`, which this module does not import: it is slow to load)."""

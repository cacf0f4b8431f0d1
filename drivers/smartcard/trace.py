"""The trace of a card: how its chip answers and how its files are built, and nothing of its holder.

It is written by an allow-list, above secure messaging: instructions, parameters, lengths of pieces,
status words, tags and identifiers of protocols. No value of a file is in it, and no length that a name, a
number, a date or a picture has; so what somebody guesses of a person can be compared with nothing. Equal
chips give equal traces, whoever holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le, MaxLen

FORMAT: Final = "amin-card-trace"
MAX_TRACE: Final = 256 * 1024
"""Bytes of a trace as a file."""
MAX_EXCHANGES: Final = 512
MAX_SHAPES: Final = 64
MAX_WORDS: Final = 64
STANDARD_ARCS: Final = (
    "678108",  # ICAO
    "04007F0007",  # BSI
    "2A8648CE3D",  # ANSI X9.62
    "2A864886F70D",  # RSA
    "2B8104",  # SEC
    "2B24",  # TeleTrusT
    "6086480165030402",  # NIST
)
"""Beginnings of identifiers that are kept; any other could be an issuer's way to number its cards."""

Word = Annotated[str, MaxLen(40)]
Size = Annotated[int, Ge(0), Le(65_536)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and its answer. Each kind is listed once, where it first occurred.

    `command`: INS, P1 and P2 in hexadecimal; of READ BINARY the instruction alone, since an offset counts
    pieces. `file`: identifier of a file or application of the standards; empty for any other, and for
    reading any but EF.CardAccess and EF.ATR/INFO.
    """

    command: Word
    file: Word
    protected: bool
    extended: bool
    asked: Size | None
    """Bytes asked for: None for none, and for what is left of a file."""
    gave: Size | None
    """Bytes that came where fewer came than were asked for; None where all did."""
    status: Annotated[str, MaxLen(4)]
    """Four hexadecimal digits; empty if no answer came."""


@dataclass(frozen=True, slots=True)
class ProtocolShape:
    """One entry of EF.CardAccess or DG14: identifier, small numbers, kind of the key."""

    protocol: Word
    numbers: Annotated[tuple[Size, ...], MaxLen(4)]
    key: Word


@dataclass(frozen=True, slots=True)
class FileShape:
    """A file that was read: what form its content has, by words and tags."""

    file: Word
    form: Annotated[tuple[Word, ...], MaxLen(MAX_WORDS)]


@dataclass(frozen=True, slots=True)
class CheckShape:
    """A check or a proof, and how it ended."""

    name: Word
    outcome: Word


@dataclass(frozen=True, slots=True)
class CardTrace:
    """All that is kept of one reading. `ended`: empty, or the kind of error that ended it."""

    format: Literal["amin-card-trace"]
    version: Literal[1]
    answer_to_reset: Annotated[str, MaxLen(66)]
    """With zeros for its historical bytes."""
    announced: tuple[Size, ...]
    """Longest command and answer that the card announces; empty if it announces none."""
    card_access: Annotated[tuple[ProtocolShape, ...], MaxLen(MAX_SHAPES)]
    protocols: Annotated[tuple[ProtocolShape, ...], MaxLen(MAX_SHAPES)]
    files: Annotated[tuple[FileShape, ...], MaxLen(MAX_SHAPES)]
    exchanges: Annotated[tuple[Exchange, ...], MaxLen(MAX_EXCHANGES)]
    checks: Annotated[tuple[CheckShape, ...], MaxLen(MAX_SHAPES)]
    ended: Word

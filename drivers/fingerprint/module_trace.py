"""The trace of a fingerprint module: codes and lengths of what goes over its line, and nothing of a finger.

Each kind of exchange is kept once, where it first occurred, so no order and no number of looks is told.
Kept by an allow-list: commands, codes of answers, lengths of answers that are no template or image, and
the settings that a copy needs. Not kept: templates, scores, qualities, serial numbers, times, and how long
a template is, since that tells of a finger. Equal modules give equal traces, whoever's finger is on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le, MaxLen

MAX_MODULE_TRACE: Final = 64 * 1024
"""Bytes of a trace as a file."""
MAX_EXCHANGES: Final = 256
CAPACITY: Final = 0
"""Number under which the places of a ZFM module's library stand among its settings."""

Word = Annotated[str, MaxLen(40)]
Code = Annotated[int, Ge(0), Le(255)]
Size = Annotated[int, Ge(0), Le(65_536)]


@dataclass(frozen=True, slots=True)
class ModuleExchange:
    """A command and one answer to it, by their codes.

    `setting`: which of the settings the command names, where it names one. `code` None: no answer came.
    """

    command: Code
    setting: Code | None
    sent: Size | None
    """Bytes after the command's code; None for templates."""
    code: Code | None
    gave: Size | None
    """Bytes after the answer's code; None for templates and images."""


@dataclass(frozen=True, slots=True)
class ModuleSetting:
    """A setting that a copy of the module needs."""

    setting: Code
    value: Annotated[int, Ge(0), Le(0xFFFFFFFF)]


@dataclass(frozen=True, slots=True)
class ModuleTrace:
    """All that is kept of one module. `ended`: empty, or the kind of error that ended the recording."""

    format: Literal["amin-module-trace"]
    version: Literal[1]
    protocol: Literal["sfm", "zfm"]
    baud: Annotated[int, Ge(0), Le(10_000_000)]
    state: Word
    """What the driver concluded: ready, silent, unusable, absent."""
    outcomes: Annotated[tuple[Word, ...], MaxLen(4)]
    """How a finger was taken, and then compared with itself."""
    noise: bool
    """Whether bytes came that belong to no message."""
    packet: Size
    """Bytes of data in one message; 0 where it is not told."""
    settings: Annotated[tuple[ModuleSetting, ...], MaxLen(16)]
    exchanges: Annotated[tuple[ModuleExchange, ...], MaxLen(MAX_EXCHANGES)]
    ended: Word

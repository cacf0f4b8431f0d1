"""Find recordings: `clips.json`, whose own hash is known, lists text by text which file says it.

    {"clips": [{"language": "ckb", "text": "…", "file": "0001.ogg", "sha256": "…"}, …]}

A list that is missing or another one is none at all, and a clip that is damaged is found when it is
played (`drivers.sound.clips`): then the text is spoken another way. Nothing here stops a terminal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from annotated_types import MaxLen

from election.definition import Language
from election.errors import ElectionError
from election.fields import Pattern
from election.files import read_file
from election.schema import SchemaError, from_json

LIST_FILE: Final = "clips.json"
LARGEST_LIST: Final = 8_000_000
"""Bytes: some 40,000 clips."""
LARGEST_CLIP: Final = 4_000_000
"""Bytes of one file; a longer one is not played (`drivers.sound.clips`)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording."""

    language: Annotated[str, Pattern("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")]
    text: Annotated[str, MaxLen(4000)]
    """What is said, as `words.spoken` renders it."""
    file: Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
    """In the same folder."""
    sha256: Annotated[str, Pattern("[0-9a-f]{64}")]


@dataclass(frozen=True, slots=True)
class ClipList:
    """All recordings of an election."""

    clips: tuple[Clip, ...]


class Clips:
    """The recordings of a folder; empty if its list is not the published one."""

    def __init__(self, folder: Path, sha256: str) -> None:
        """Read the list. Never raises for one that cannot be used; `usable` tells."""
        self._folder = folder
        found = _read(folder / LIST_FILE, sha256)
        self.usable = found is not None
        self._found: Mapping[tuple[str, str], Clip] = {
            (clip.language, clip.text): clip for clip in (found.clips if found else ())
        }

    def __len__(self) -> int:
        return len(self._found)

    def find(self, language: Language, text: str) -> tuple[Path, str] | None:
        """Return the file that says a text, and its hash; None if there is none."""
        clip = self._found.get((language, text))
        return None if clip is None else (self._folder / clip.file, clip.sha256)

    def wrong(self) -> tuple[str, ...]:
        """Return the names of listed files that are missing, damaged or others than those of the list."""
        listed = {(clip.file, clip.sha256) for clip in self._found.values()}
        return tuple(
            sorted({name for name, sha256 in listed if _sum(self._folder / name) != sha256})
        )


def _sum(path: Path) -> str:
    try:
        return hashlib.sha256(read_file(path, LARGEST_CLIP)).hexdigest()
    except (OSError, ElectionError, ValueError):
        return ""


def _read(path: Path, sha256: str) -> ClipList | None:
    try:
        data = read_file(path, LARGEST_LIST)
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        return from_json(ClipList, data, LARGEST_LIST)
    except (OSError, SchemaError, ElectionError, ValueError):
        return None

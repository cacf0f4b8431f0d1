"""Find recordings: `clips.json`, which the package vouches for, lists text by text which file says it.

    {"clips": [{"language": "ckb", "text": "…", "file": "0001.ogg", "size": 9041, "sha256": "…"}, …]}

A clip that is damaged is found when it is played (`drivers.sound.clips`): then the text is spoken
another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Interval, MaxLen

from election.definition import Language, Sha256Hex
from election.recorded import FileName, LanguageTag, RecordedFolder, read_list

LIST_FILE: Final = "clips.json"
LARGEST_LIST: Final = 8_000_000
"""Bytes: some 35,000 clips."""
LARGEST_CLIP: Final = 4_000_000
"""Bytes of one file; a longer one is not played (`drivers.sound.clips`)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording."""

    language: LanguageTag
    text: Annotated[str, MaxLen(4000)]
    """What is said, as `words.spoken` renders it."""
    file: FileName
    size: Annotated[int, Interval(ge=1, le=LARGEST_CLIP)]
    sha256: Sha256Hex


@dataclass(frozen=True, slots=True)
class ClipList:
    """All recordings of an election."""

    clips: tuple[Clip, ...]


class Clips(RecordedFolder[ClipList, tuple[str, str], Clip]):
    """The recordings of a folder."""

    list_file = LIST_FILE

    def parse(self, data: bytes) -> ClipList:
        """Read the list's bytes. Raises SchemaError."""
        return read_list(ClipList, data, LARGEST_LIST)

    def keyed(self, found: ClipList) -> Mapping[tuple[str, str], Clip]:
        """Return the recordings by language and text."""
        return {(clip.language, clip.text): clip for clip in found.clips}

    def find(self, language: Language, text: str) -> tuple[Path, str] | None:
        """Return the file that says a text, and its hash; None if there is none."""
        clip = self.found().get((language, text))
        return None if clip is None else (self.path(clip), clip.sha256)

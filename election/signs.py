"""Find films in sign language: `signs.json`, which the package vouches for, lists which file shows a step.

    {"films": [{"step": "marking", "language": "psc", "file": "1.webp", "size": 80211, "sha256": "…"}, …]}

`language`: that of the signs, by ISO 639-3 (`psc`: Persian Sign Language). A film that is missing or
damaged is told where it is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Interval

from election.definition import Sha256Hex
from election.recorded import FileName, LanguageTag, RecordedFolder, read_list

LIST_FILE: Final = "signs.json"
LARGEST_LIST: Final = 100_000
LARGEST_FILM: Final = 16_000_000
"""Bytes: some two minutes."""


class SignStep(StrEnum):
    """Step of the voter's way that a film can show."""

    IDLE = "idle"
    PREFERENCES = "preferences"
    MARKING = "marking"
    REVIEW = "review"
    CAST = "cast"
    CHALLENGED = "challenged"
    RECORDED = "recorded"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Film:
    """One film: animated WebP."""

    step: SignStep
    language: LanguageTag
    file: FileName
    size: Annotated[int, Interval(ge=1, le=LARGEST_FILM)]
    sha256: Sha256Hex


@dataclass(frozen=True, slots=True)
class FilmList:
    """All films of an election."""

    films: tuple[Film, ...]


class Films(RecordedFolder[FilmList, SignStep, Film]):
    """The films of a folder."""

    list_file = LIST_FILE

    def parse(self, data: bytes) -> FilmList:
        """Read the list's bytes. Raises SchemaError."""
        return read_list(FilmList, data, LARGEST_LIST)

    def keyed(self, found: FilmList) -> Mapping[SignStep, Film]:
        """Return the films by step."""
        return {film.step: film for film in found.films}

    def __contains__(self, step: SignStep) -> bool:
        return step in self.found()

    def read(self, step: SignStep) -> bytes:
        """Return a film's bytes; empty if there is none, or not the listed one."""
        film = self.found().get(step)
        return b"" if film is None else self.whole(film)


NO_FILMS: Final = Films(Path(), lambda: None)

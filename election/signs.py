"""Find films in sign language: `signs.json`, whose own hash is known, lists step by step which file shows it.

    {"films": [{"step": "marking", "file": "marking.webp", "sha256": "…"}, …]}

A list that is missing or another one is none at all. A film that is missing, too large or not the listed
one is told where it is looked at. Nothing here stops a terminal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from election.errors import ElectionError
from election.fields import Pattern
from election.files import read_file
from election.schema import SchemaError, from_json

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
    """One film."""

    step: SignStep
    file: Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
    """In the same folder: animated WebP."""
    sha256: Annotated[str, Pattern("[0-9a-f]{64}")]


@dataclass(frozen=True, slots=True)
class FilmList:
    """All films of an election."""

    films: tuple[Film, ...]


class Films:
    """The films of a folder; none if its list is not the published one."""

    def __init__(self, folder: Path, sha256: str) -> None:
        """Read the list. Never raises for one that cannot be used; `usable` tells."""
        self._folder = folder
        found = _read(folder / LIST_FILE, sha256)
        self.usable = found is not None
        self._found: Mapping[SignStep, Film] = {
            film.step: film for film in (found.films if found else ())
        }

    def __contains__(self, step: SignStep) -> bool:
        return step in self._found

    def steps(self) -> tuple[SignStep, ...]:
        """Return the steps that a film is listed for."""
        return tuple(self._found)

    def read(self, step: SignStep) -> bytes:
        """Return a film's bytes; empty if there is none, or not the listed one."""
        film = self._found.get(step)
        if film is None:
            return b""
        try:
            data = read_file(self._folder / film.file, LARGEST_FILM)
        except (OSError, ElectionError):
            return b""
        return data if hashlib.sha256(data).hexdigest() == film.sha256 else b""


def _read(path: Path, sha256: str) -> FilmList | None:
    if not sha256:
        return None
    try:
        data = read_file(path, LARGEST_LIST)
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        return from_json(FilmList, data, LARGEST_LIST)
    except (OSError, SchemaError, ElectionError, ValueError):
        return None


NO_FILMS: Final = Films(Path(), "")

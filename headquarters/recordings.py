"""Put recordings and films into an election: their lists go into the package, the files beside the terminals.

    clips.csv    language, text, file        Ogg Vorbis; the text as `listen.html` shows it
    films.csv    step, language, file        animated WebP

stand in the folder of their files. Each file is read once; its length and SHA-256 go into `clips.json` and
`signs.json`, which are written beside them and kept in the election's folder, for the package to vouch for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeVar

from annotated_types import Len

from election import clips, signs
from election.because import because
from election.errors import ManifestError
from election.files import PUBLIC, FileRefusedError, read_file, replace_file
from election.recorded import FileName, LanguageTag, RecordedList
from election.schema import to_json
from headquarters.candidate_files import parse
from headquarters.preparation import check_not_packaged
from headquarters.recorded_lists import kept_recordings
from headquarters.workspace import ElectionFolder
from words.message import Bytes

CLIPS_TABLE: Final = "clips.csv"
FILMS_TABLE: Final = "films.csv"
_LARGEST_TABLE: Final = 8_000_000
_OGG: Final = b"OggS"
_RIFF, _WEBP = b"RIFF", b"WEBP"
RowT = TypeVar("RowT")
KeyT = TypeVar("KeyT")


@dataclass(frozen=True, slots=True)
class ClipRow:
    """Line of clips.csv."""

    language: LanguageTag
    text: Annotated[str, Len(1, 4000)]
    file: FileName


@dataclass(frozen=True, slots=True)
class FilmRow:
    """Line of films.csv."""

    step: signs.SignStep
    language: LanguageTag
    file: FileName


def put_recordings(
    folder: ElectionFolder, recordings: Path | None, films: Path | None
) -> tuple[RecordedList, ...]:
    """List the files of the folders that are given, and keep the lists. All is read before one is written.

    Returns what the package will vouch for. Raises `ManifestError`, `FolderError`, `OSError`.
    """
    check_not_packaged(folder)
    made: list[tuple[Path, str, bytes]] = []
    if recordings is not None:
        made.append((recordings, clips.LIST_FILE, to_json(_clips(recordings))))
    if films is not None:
        made.append((films, signs.LIST_FILE, to_json(_films(films))))
    for place, name, data in made:
        replace_file(place / name, data, PUBLIC)
        folder.recorded.mkdir(exist_ok=True)
        replace_file(folder.recorded / name, data, PUBLIC)
    return kept_recordings(folder)


def _clips(folder: Path) -> clips.ClipList:
    rows = _rows(folder / CLIPS_TABLE, ClipRow)
    _only_once([(row.language, row.text) for row in rows], CLIPS_TABLE)
    made = []
    for row in rows:
        data = _file(folder / row.file, clips.LARGEST_CLIP, lambda x: x.startswith(_OGG))
        made.append(clips.Clip(row.language, row.text, row.file, len(data), _sum(data)))
    return clips.ClipList(tuple(made))


def _films(folder: Path) -> signs.FilmList:
    rows = _rows(folder / FILMS_TABLE, FilmRow)
    _only_once([row.step for row in rows], FILMS_TABLE)
    made = []
    for row in rows:
        data = _file(folder / row.file, signs.LARGEST_FILM, _is_webp)
        made.append(signs.Film(row.step, row.language, row.file, len(data), _sum(data)))
    return signs.FilmList(tuple(made))


def _rows(path: Path, form: type[RowT]) -> list[RowT]:
    rows = list(parse(form, read_file(path, _LARGEST_TABLE), path.name))
    if not rows:
        raise ManifestError.of("{name}: it names no file", name=path.name)
    return rows


def _only_once(keys: list[KeyT], name: str) -> None:
    seen: set[KeyT] = set()
    for place, key in enumerate(keys):
        if key in seen:
            raise ManifestError.of(
                "{name}: line {line} is about the same as an earlier one", name=name, line=place + 2
            )
        seen.add(key)


def _file(path: Path, most: int, right: Callable[[bytes], bool]) -> bytes:
    try:
        data = read_file(path, most)
    except FileRefusedError as error:
        raise ManifestError.of(
            "{path} cannot be used: {reason}; it has at most {most}",
            path=path,
            reason=because(error),
            most=Bytes(most),
        ) from error
    except OSError as error:
        raise ManifestError.of(
            "{path} cannot be read: {reason}", path=path, reason=because(error)
        ) from error
    if not right(data):
        raise ManifestError.of("{path} is neither Ogg Vorbis nor animated WebP", path=path)
    return data


def _is_webp(data: bytes) -> bool:
    return data.startswith(_RIFF) and data[8:12] == _WEBP


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

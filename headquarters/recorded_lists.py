"""Read the lists of recordings and films that are kept in an election's folder, for the package."""

from __future__ import annotations

from election import clips, signs
from election.files import read_file
from election.recorded import RecordedKind, RecordedList, describe, read_list
from headquarters.workspace import ElectionFolder


def kept_recordings(folder: ElectionFolder) -> tuple[RecordedList, ...]:
    """Return the lists that the package vouches for. Raises `SchemaError`, `OSError`."""
    found: list[RecordedList] = []
    path = folder.recorded / clips.LIST_FILE
    if path.exists():
        data = read_file(path, clips.LARGEST_LIST)
        listed = read_list(clips.ClipList, data, clips.LARGEST_LIST)
        found.append(describe(RecordedKind.SPEECH, data, listed.clips))
    path = folder.recorded / signs.LIST_FILE
    if path.exists():
        data = read_file(path, signs.LARGEST_LIST)
        films = read_list(signs.FilmList, data, signs.LARGEST_LIST)
        found.append(describe(RecordedKind.SIGNS, data, films.films))
    return tuple(found)

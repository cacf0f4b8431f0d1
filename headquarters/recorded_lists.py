"""Read the lists of recordings and films that are kept in an election's folder, for the package."""

from __future__ import annotations

from election import clips, roll, signs
from election.errors import ManifestError
from election.files import read_file
from election.recorded import RecordedKind, RecordedList, describe, read_list
from headquarters.workspace import ElectionFolder


def kept_recordings(folder: ElectionFolder) -> tuple[RecordedList, ...]:
    """Return the lists that the package vouches for, and the roll.

    Raises `SchemaError`, `ManifestError` for a roll whose table is another one, `OSError`.
    """
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
    path = folder.roll / roll.LIST_FILE
    if path.exists():
        data = read_file(path, roll.LARGEST_LIST)
        vouched = roll.vouched(data)
        try:
            roll.find_roll(folder.roll, vouched).close()
        except roll.RollUnusableError as error:
            raise ManifestError.of(
                "{folder}: roll.bin is not the one of roll.json; make the roll again",
                folder=folder.roll,
            ) from error
        found.append(vouched)
    return tuple(found)

"""Copy headquarters' folder to another medium, and bring it back: every file but one, compared, or nothing.

    COPY/files/…         the folder as it is; keys stay closed by their passphrase or card
    COPY/backup.json     path, size and SHA-256 of each file, written last: without it a copy is none

A copy is compared after it was synced and forgotten by the system. Restoring reads all of it before the first
file is written, into a folder that is not there. The root's key, which is elsewhere, is copied apart. The
seed of a roll that is not made yet is not copied: with it, what was asked tells whether somebody is in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, Final, Literal

from annotated_types import Interval, Len

from crypto.errors import DecodeError
from drivers.file_system import forget_cached
from election.because import because
from election.errors import ElectionError
from election.fields import Hash, Word
from election.files import open_file, read_file, real_path, replace_file, writing_new
from election.schema import from_json, to_json
from headquarters.beginning import beginning
from headquarters.progress import ProgressCallback, no_progress
from headquarters.roll_parts import clear_parts
from headquarters.workspace import ElectionFolder
from words.message import Latin, m

LIST_FILE: Final = "backup.json"
FILES_FOLDER: Final = "files"
_LARGEST: Final = 1024 * 1024 * 1024
_MAX_LIST: Final = 64 * 1024 * 1024
_PIECE: Final = 1 << 20


class BackupError(ElectionError):
    """A copy is incomplete, differs, or is none."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """One file of a copy."""

    path: Annotated[str, Len(1, 1024)]
    """Within the folder, with slashes."""
    size: Annotated[int, Interval(ge=0, le=_LARGEST)]
    sha256: Hash


@dataclass(frozen=True, slots=True)
class BackupList:
    """Content of `backup.json`."""

    format: Literal["amin-backup-1"]
    election: Word
    """Name of its folder."""
    made: datetime
    files: tuple[BackedUp, ...]


def back_up(
    folder: ElectionFolder, target: Path, now: datetime, progress: ProgressCallback = no_progress
) -> BackupList:
    """Copy a folder, but the roll's seed, to `target`, which is not there or empty.

    What an earlier version left of a roll's making is removed first. Raises `BackupError`, `OSError`.
    """
    if not folder.plan.exists():
        raise BackupError(m("{folder} holds no election", folder=folder.path))
    if real_path(target).is_relative_to(real_path(folder.path)):
        raise BackupError(
            m("{folder} lies in the folder itself: name another medium", folder=target)
        )
    clear_parts(folder)
    names = [name for name in _names(folder.path) if folder.path / name != folder.roll_seed]
    with beginning(target) as aside:
        _make_folders(folder.path, aside / FILES_FOLDER)
        listed = []
        for done, name in enumerate(names, 1):
            copy = aside / FILES_FOLDER / name
            listed.append(BackedUp(str(name), *_copied(folder.path / name, copy)))
            forget_cached(copy)
            progress("files", done, len(names))
        made = BackupList("amin-backup-1", folder.path.name, now, tuple(listed))
        _check(aside / FILES_FOLDER, made)
        replace_file(aside / LIST_FILE, to_json(made))
    return made


def restore(copy: Path, folder: Path) -> BackupList:
    """Bring a copy back into `folder`, which is not there or empty; after the register it is marked so.

    Raises `BackupError`, `OSError`.
    """
    listed = check_copy(copy)
    with beginning(folder) as aside:
        _make_folders(copy / FILES_FOLDER, aside)
        for each in listed.files:
            _copied(copy / FILES_FOLDER / each.path, aside / each.path)
        _check(aside, listed)
        if ElectionFolder(aside).register.exists():
            # What was handed over after the copy was made is not in it (`headquarters.handing_over`).
            replace_file(
                ElectionFolder(aside).brought_back, f"{listed.made.isoformat()}\n".encode()
            )
    return listed


def check_copy(copy: Path) -> BackupList:
    """Read a copy whole and compare it with its list. Raises `BackupError`, `OSError`."""
    try:
        listed = from_json(BackupList, read_file(copy / LIST_FILE, _MAX_LIST))
    except FileNotFoundError as error:
        raise BackupError(
            m("{folder} is no finished copy: it has no {list}", folder=copy, list=Latin(LIST_FILE))
        ) from error
    except DecodeError as error:
        raise BackupError(
            m("{path} is damaged: {reason}", path=copy / LIST_FILE, reason=because(error))
        ) from error
    for each in listed.files:
        plain = PurePosixPath(each.path)
        if plain.is_absolute() or ".." in plain.parts or str(plain) != each.path:
            raise BackupError(m("the list names a file outside: {file}", file=Latin(each.path)))
    _check(copy / FILES_FOLDER, listed)
    return listed


def _check(place: Path, listed: BackupList) -> None:
    """Compare every file, in both directions."""
    there = {str(name) for name in _names(place)}
    named = {each.path for each in listed.files}
    for name in sorted(there ^ named):
        raise BackupError(m("{file} is in only one of copy and list", file=Latin(name)))
    for each in listed.files:
        with open_file(place / each.path) as stream:
            found = _passed_on(stream, lambda _: None)
        if found != (each.size, each.sha256):
            raise BackupError(m("{file} differs from what was copied", file=Latin(each.path)))


def _copied(source: Path, copy: Path) -> tuple[int, bytes]:
    """Copy a file and its mode; return size and SHA-256 of what was read."""
    with open_file(source) as stream:
        mode = os.fstat(stream.fileno()).st_mode & 0o777
        with writing_new(copy, mode) as written:
            return _passed_on(stream, written.write)


def _passed_on(stream: BinaryIO, do: Callable[[bytes], object]) -> tuple[int, bytes]:
    """Read a file in pieces, so that a roll of a country is never held; return its size and SHA-256."""
    size, found = 0, hashlib.sha256()
    for piece in iter(partial(stream.read, _PIECE), b""):
        size += len(piece)
        if size > _LARGEST:
            raise BackupError(m("{name} is too large", name=Latin(Path(stream.name).name)))
        found.update(piece)
        do(piece)
    return size, found.digest()


def _make_folders(source: Path, target: Path) -> None:
    """Make all folders of `source` in `target`, for their owner only; empty ones are filled later."""
    target.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(path for path in source.rglob("*") if path.is_dir()):
        (target / path.relative_to(source)).mkdir(mode=0o700)


def _names(folder: Path) -> list[PurePosixPath]:
    """List the files below a folder, sorted; links and what is no file are refused."""
    return sorted(_walk(folder, folder))


def _walk(folder: Path, root: Path) -> Iterator[PurePosixPath]:
    for path in folder.iterdir():
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BackupError(m("{file} is no plain file", file=path))
        if path.is_dir():
            yield from _walk(path, root)
        else:
            yield PurePosixPath(path.relative_to(root).as_posix())

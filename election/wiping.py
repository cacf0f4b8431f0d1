"""Wipe a device after the election, once headquarters has what it handed in, and write a record of it.

Nothing is wiped without headquarters' copy of the device's closing bundle, brought back on a drive: the same
bytes as the device's own. Keys go first: whatever is left of records on worn flash is sealed to
headquarters, and without keys the device signs nothing any more. Every file is overwritten in place, synced
and removed; the bundle goes last, so that a wiping that was cut off can be given again. The record is not
signed: there is no key any more. Controllers of flash keep copies that nobody reaches: destroy such a medium
afterwards, or the header of its encryption.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from crypto.canonical import MAX_SIZE
from election.definition import BranchId, DeviceId
from election.errors import ElectionError
from election.fields import Hash
from election.files import PUBLIC, read_file, real_path, replace_file, sync_folder, write_new
from election.schema import to_json
from words.message import m

BUNDLE: Final = "closing.bundle"
_CHUNK: Final = 1024 * 1024


class WipingError(ElectionError):
    """A device is not wiped: headquarters does not have what is on it, or it is another one."""


@dataclass(frozen=True, slots=True)
class WipingRecord:
    """What was wiped, for headquarters' files; JSON."""

    format: Literal["amin-wiping-1"]
    device: DeviceId
    branch: BranchId
    wiped: datetime
    bundle: Hash
    """SHA-256 of the closing bundle that headquarters has."""
    files: int
    bytes: int
    left: tuple[str, ...]
    """Names of files that could not be overwritten or removed; empty if all are gone."""


def check_handed_in(media: Sequence[Path], copy: Path) -> bytes:
    """Return the bundle's SHA-256 if headquarters' copy is the same. Raises `WipingError`, `OSError`.

    `media`: the device's folders, the one with its bundle first. What lies in them is no copy.
    """
    data = media[0]
    try:
        own = read_file(data / BUNDLE, MAX_SIZE)
    except FileNotFoundError as error:
        raise WipingError(
            m("this device has no closing bundle: close its polls and export first")
        ) from error
    if copy.samefile(data / BUNDLE) or any(
        real_path(copy).is_relative_to(real_path(folder)) for folder in media
    ):
        raise WipingError(
            m("{file} is the device's own: bring headquarters' copy on a drive", file=copy)
        )
    if read_file(copy, MAX_SIZE) != own:
        raise WipingError(
            m("{file} is not what this device handed in: bring headquarters' copy", file=copy)
        )
    return hashlib.sha256(own).digest()


def wipe(
    device: DeviceId,
    branch: BranchId,
    keys: Sequence[Path],
    folders: Sequence[Path],
    bundle: bytes,
    record: Path,
    now: datetime,
) -> WipingRecord:
    """Overwrite and remove keys, then all files of the folders; write the record, once. Raises `OSError`.

    `keys`: those that are not there are no fault. `bundle`: of `check_handed_in`. `record` is written first,
    so that nothing is wiped without one, and once more at the end.
    """
    for folder in folders:
        if real_path(record).is_relative_to(real_path(folder)):
            raise WipingError(m("{file} would be wiped itself: name another place", file=record))
    write_new(record, b"begun\n", PUBLIC)
    wiped, size, left = 0, 0, list[str]()
    found = [*(path for path in keys if os.path.lexists(path)), *_files(folders)]
    for path in sorted(found, key=lambda path: path.name == BUNDLE):
        try:
            size += overwrite(path)
            path.unlink()
            wiped += 1
        except OSError:
            left.append(path.name)
    for folder in folders:
        sync_folder(folder)
    made = WipingRecord("amin-wiping-1", device, branch, now, bundle, wiped, size, tuple(left))
    replace_file(record, to_json(made), PUBLIC)
    return made


def holds_nothing(folder: Path) -> bool:
    """Tell whether a folder has no file: its medium may not be in."""
    return not any(_files([folder]))


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def overwrite(path: Path) -> int:
    """Write random bytes over a file in its place, through to the medium; its size. Links are left alone."""
    if path.is_symlink():
        return 0
    handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        size = os.fstat(handle).st_size
        for start in range(0, size, _CHUNK):
            os.pwrite(handle, secrets.token_bytes(min(_CHUNK, size - start)), start)
        os.fsync(handle)
    finally:
        os.close(handle)
    return size

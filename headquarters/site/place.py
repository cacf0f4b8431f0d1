"""Put a whole folder in the place of another: readers see the old site or the new one, never a half.

A site is built beside its place and exchanged with what is there in one step (Linux, renameat2 with
RENAME_EXCHANGE; where a file system cannot, by two renames). Only a site of the same election gives way, one
that holds no file of somebody else, and only to an index that has its own among the predecessors: what was
published is not taken back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from election.definition import Sha256Hex
from election.files import read_file, sync_folder
from election.schema import MAX_JSON, SchemaError, from_json
from headquarters.site.errors import SiteError
from words.message import m

MARK_FILE: Final = "site.json"
SUMS_FILE: Final = "SHA256SUMS"
MAX_SUMS: Final = 256 * 1024 * 1024
_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux."""
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
_MODE: Final = 0o755


@dataclass(frozen=True, slots=True)
class SiteMark:
    """The content of site.json, by which a site is known again."""

    format: Literal["amin-site"] = field(default="amin-site", kw_only=True)
    version: Literal[1] = field(default=1, kw_only=True)
    election: str
    number: Sha256Hex
    index: Sha256Hex
    interim: bool


def check_place(out: Path) -> SiteMark | None:
    """Return the mark of the site that is at `out`; None where nothing is.

    Raises `SiteError` for anything else, `OSError`.
    """
    if not out.is_symlink() and not out.exists():
        if not out.parent.is_dir():
            raise SiteError(m("{path} does not exist; make the folder first", path=out.parent))
        return None
    if out.is_symlink() or not out.is_dir():
        raise SiteError(m("{path} is no folder; name another place for the site", path=out))
    if not any(out.iterdir()):
        return None
    mark = _mark(out)
    if mark is None or not _files(out) <= _listed(out):
        raise SiteError(
            m(
                "{path} holds files that are not of a site made by this command; nothing was changed. "
                "Name a new folder",
                path=out,
            )
        )
    return mark


def check_successor(out: Path, election: str, indexes: Collection[str]) -> None:
    """Raise `SiteError` if what is at `out` may not give way to an index of this election; `OSError`.

    `indexes`: SHA-256 of the index to publish, and of its predecessors.
    """
    mark = check_place(out)
    if mark is None:
        return
    if mark.election != election:
        raise SiteError(m("{path} is the site of another election; name a new folder", path=out))
    if mark.index not in indexes:
        raise SiteError(
            m(
                "{path} shows an index that is none of the predecessors of this one: what was published "
                "would be taken back. Look for the newest index, or name a new folder",
                path=out,
            )
        )


@contextmanager
def built_beside(out: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `out` when the block ends without an error."""
    building = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".unfinished", dir=out.parent))
    try:
        yield building
        building.chmod(_MODE)
        _exchange(building, out)
        sync_folder(out.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


# ---------------------------------------------------------------- parts


def _mark(out: Path) -> SiteMark | None:
    try:
        return from_json(SiteMark, read_file(out / MARK_FILE, MAX_JSON))
    except (OSError, SchemaError):
        return None


def _listed(out: Path) -> frozenset[str]:
    try:
        text = read_file(out / SUMS_FILE, MAX_SUMS).decode()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset((SUMS_FILE, *(line[66:] for line in text.splitlines())))


def _files(out: Path) -> frozenset[str]:
    return frozenset(
        (Path(place) / name).relative_to(out).as_posix()
        for place, folders, files in os.walk(out)
        for name in (*files, *(x for x in folders if (Path(place) / x).is_symlink()))
    )


def _exchange(new: Path, out: Path) -> None:
    if not out.exists():
        new.rename(out)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        names = os.fsencode(new), os.fsencode(out)
        if libc.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0:
            return
        number = ctypes.get_errno()
        if number not in _CANNOT:
            raise OSError(number, os.strerror(number), str(out))
    aside = new.with_suffix(".old")
    out.rename(aside)
    try:
        new.rename(out)
    except OSError:
        aside.rename(out)
        raise
    shutil.rmtree(aside)

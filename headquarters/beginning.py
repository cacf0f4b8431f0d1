"""Begin or exchange a folder whole or not at all: it is filled beside its place, then moved there."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from election.errors import ElectionError
from election.files import sync_folder


class BeginningError(ElectionError):
    """There is something in the place of a new folder, or somebody else is filling it."""


@contextmanager
def beginning(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill (mode 0700) that becomes `folder` when the block ends well.

    `folder` is not there, or empty. An error in the block leaves nothing; what a power cut leaves is
    a hidden folder beside it, taken away by the next try. Raises `BeginningError`, `OSError`.
    """
    if folder.is_symlink() or (folder.exists() and any(folder.iterdir())):
        raise BeginningError.of(
            "{folder} is not empty; an election begins in a folder of its own", folder=folder
        )
    place = folder.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.parent / f".{place.name}.unfinished"
    with _locked(aside, folder):
        try:
            yield aside
            sync_folder(aside)
            aside.rename(place)
            sync_folder(place.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def exchanging(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill that takes the place of `folder`, with all its files, at the end.

    `folder` may be read meanwhile, and may be missing. An error in the block leaves it as it was. A power
    cut leaves the old one or the new one; between both, `recover` gives the old one back. Raises
    `BeginningError`, `OSError`.
    """
    place = folder.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    recover(place)
    aside = place.parent / f".{place.name}.unfinished"
    with _locked(aside, folder):
        try:
            yield aside
            sync_folder(aside)
            if place.exists():
                place.rename(_before(place))
            aside.rename(place)
            sync_folder(place.parent)
            shutil.rmtree(_before(place), ignore_errors=True)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def recover(folder: Path) -> None:
    """Put back what a power cut during `exchanging` left without its name. Raises `OSError`."""
    before = _before(folder)
    if before.exists():
        shutil.rmtree(before) if folder.exists() else before.rename(folder)


def _before(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.before"


@contextmanager
def _locked(aside: Path, folder: Path) -> Iterator[None]:
    """Make `aside` empty, and hold it: what an ended program left goes, a running one's stays."""
    aside.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise BeginningError.of(
            "another program is making {folder}; wait until it is done", folder=folder
        ) from error
    try:
        for path in aside.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        yield
    finally:
        os.close(handle)

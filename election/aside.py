"""Keep a damaged file under another name beside the place that it had, and write over nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from election.files import replace_file, sync_folder

_ASIDE: Final = ".damaged-"
_MOST: Final = 100
"""Copies that are kept beside a file."""


def set_aside(path: Path) -> Path:
    """Give a damaged file another name in its folder, with its journal. Raises `OSError`."""
    for number in range(1, _MOST + 1):
        aside = path.with_name(f"{path.name}{_ASIDE}{number}")
        if not aside.exists():
            break
    path.rename(aside)
    with suppress(FileNotFoundError):
        journal = path.with_name(path.name + "-journal")
        journal.rename(aside.with_name(aside.name + "-journal"))
    sync_folder(path.parent)
    return aside


def put(path: Path, content: bytes) -> None:
    """Write a file in the place of whatever is there; a folder is set aside. Raises `OSError`."""
    if path.is_dir() and not path.is_symlink():
        set_aside(path)
    replace_file(path, content)


def kept_aside(path: Path) -> tuple[Path, ...]:
    """List what `set_aside` has put beside a store, journals too."""
    return tuple(sorted(path.parent.glob(f"{path.name}{_ASIDE}*")))


def make_folder(path: Path) -> None:
    """Make a folder in the place of whatever is there, through to the medium; what is none is set aside.

    Raises `OSError`.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        set_aside(path)
    if not path.exists():
        path.mkdir()
        # What is written into it is synced with its own name alone.
        sync_folder(path.parent)

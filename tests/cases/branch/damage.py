"""The ways in which a file of a device, or a whole memory, is damaged.

A file that cannot be read, and a memory that is full or takes no writing, are played by FUSE (`faulty`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from election.definition import Role
from tests.cases.branch.faulty import faulty


@contextmanager
def removed(path: Path, _older: Path) -> Iterator[None]:
    path.unlink()
    yield


@contextmanager
def truncated(path: Path, _older: Path) -> Iterator[None]:
    os.truncate(path, path.stat().st_size // 2)
    yield


@contextmanager
def emptied(path: Path, _older: Path) -> Iterator[None]:
    os.truncate(path, 0)
    yield


@contextmanager
def garbled(path: Path, _older: Path) -> Iterator[None]:
    raw = bytearray(path.read_bytes())
    for place in range(len(raw) // 3, len(raw), max(1, len(raw) // 40)):
        raw[place] ^= 0xFF
    path.write_bytes(raw)
    yield


@contextmanager
def older(path: Path, earlier: Path) -> Iterator[None]:
    """As it was after the first voter; what did not exist then stays."""
    if earlier.exists():
        shutil.copy(earlier, path)
    yield


@contextmanager
def another_devices(path: Path, earlier: Path) -> Iterator[None]:
    """The file of that name from the branch's other device."""
    first = next(each for each in earlier.parents if each.name == "older")
    roles = (Role.BALLOT_TERMINAL.value, Role.IDENTITY_STATION.value)
    other = next(name for name in roles if name != first.parent.name)
    theirs = first.parent.with_name(other) / "older" / earlier.relative_to(first)
    if theirs.exists():
        shutil.copy(theirs, path)
    yield


@contextmanager
def folder(path: Path, _older: Path) -> Iterator[None]:
    path.unlink()
    path.mkdir()
    yield


@contextmanager
def link(path: Path, _older: Path) -> Iterator[None]:
    moved = path.with_name("elsewhere")
    path.rename(moved)
    path.symlink_to(moved)
    yield


@contextmanager
def dangling(path: Path, _older: Path) -> Iterator[None]:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))
    yield


@contextmanager
def dangling_folder(path: Path, _older: Path) -> Iterator[None]:
    shutil.rmtree(path)
    path.symlink_to(path.with_name("nowhere"))
    yield


@contextmanager
def folder_gone(path: Path, _older: Path) -> Iterator[None]:
    shutil.rmtree(path)
    yield


@contextmanager
def a_file_instead(path: Path, _older: Path) -> Iterator[None]:
    shutil.rmtree(path)
    path.write_bytes(b"no folder")
    yield


def unreadable(path: Path, _older: Path) -> AbstractContextManager[None]:
    return faulty(path.parent, "unreadable", path.name)


def full(path: Path, _older: Path) -> AbstractContextManager[None]:
    return faulty(path, "full")


def locked(path: Path, _older: Path) -> AbstractContextManager[None]:
    return faulty(path, "locked")


@contextmanager
def unmounted(path: Path, _older: Path) -> Iterator[None]:
    """What is left is the mount point."""
    away = path.with_name(path.name + ".away")
    path.rename(away)
    path.mkdir()
    yield
    shutil.rmtree(path)
    away.rename(path)


Damage = Callable[[Path, Path], AbstractContextManager[None]]
OF_FILES: tuple[Damage, ...] = (
    removed,
    truncated,
    emptied,
    garbled,
    older,
    another_devices,
    folder,
    link,
    dangling,
    unreadable,
)
OF_FOLDERS: tuple[Damage, ...] = (folder_gone, a_file_instead, link, dangling_folder)
OF_MEDIA: tuple[Damage, ...] = (full, locked, unmounted)
BY_FUSE = frozenset({unreadable, full, locked})

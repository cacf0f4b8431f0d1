"""Tell whether a file system overwrites a file where it is, have btrfs do so, and read a medium anew.

Places in a vote store are drawn at random, which hides the order only where a block stays where it is. A file
system that copies on write puts every block that is written behind the one before and keeps the old one for
a while: raw, it is a list of votes in the order of casting, whatever a program does.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import re
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from words.message import Message, m

MOUNTS: Final = Path("/proc/self/mountinfo")
"""proc(5): … mount point, options … - type, source, options of the file system."""
_IN_PLACE: Final = frozenset({"ext2", "ext3", "ext4", "xfs", "vfat", "exfat"})
_WHOLE_JOURNAL: Final = "data=journal"
"""ext4 writes content into its own journal first."""
_BTRFS: Final = "btrfs"
_LIBC: Final = ctypes.CDLL(None)
_ONE: Final = ctypes.c_size_t(1)
"""A byte, and with it its page."""
_GET_FLAGS, _SET_FLAGS, _NO_COPY_ON_WRITE = 0x80086601, 0x40086602, 0x00800000
"""linux/fs.h: FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_NOCOW_FL; new files have the flag of their folder."""


def keeps_old_blocks(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the name of a file system that may keep what was overwritten; None of one that does not.

    Empty if it cannot be found out. Never raises.
    """
    try:
        kind, options = _mount_of(folder.resolve(), mounts.read_text(errors="replace"))
    except OSError:
        return ""
    if kind == _BTRFS:
        return None if _flags(folder) & _NO_COPY_ON_WRITE else kind
    if kind in _IN_PLACE:
        return f"{kind} {_WHOLE_JOURNAL}" if _WHOLE_JOURNAL in options else None
    return kind


def format_anew(folder: Path) -> Message:
    """Say what to do with a medium that keeps what was overwritten."""
    return m("{folder}: format it with ext4; what is overwritten here may stay", folder=folder)


def overwrite_in_place(folder: Path, mounts: Path = MOUNTS) -> None:
    """Ask btrfs to overwrite in place what is made in this folder from now on. Never raises."""
    if keeps_old_blocks(folder, mounts) == _BTRFS:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                flags = _flags(folder) | _NO_COPY_ON_WRITE
                fcntl.ioctl(handle, _SET_FLAGS, struct.pack("L", flags))
            finally:
                os.close(handle)


def forget_cached(path: Path, places: Sequence[int] = (), size: int = 0) -> None:
    """Ask the system to drop what it remembers of a file that is written through. Raises `OSError`.

    `places`: what will be read, each of `size` bytes; the rest of the file may stay, and they are asked for
    all at once. Without them, or if the system keeps one of them, it is asked to drop the whole file. It may
    keep what it likes (posix_fadvise(2)).
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    joined = _joined(places, size)
    try:
        for start, length in joined:
            os.posix_fadvise(handle, start, length, os.POSIX_FADV_DONTNEED)
        if not places or _is_cached(handle, places):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        for start, length in joined:
            os.posix_fadvise(handle, start, length, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(handle)


def _joined(places: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Return start and length of what is side by side: one request to a medium instead of several."""
    joined: list[tuple[int, int]] = []
    for place in sorted(places):
        start, length = joined[-1] if joined else (0, 0)
        if joined and start + length == place:
            joined[-1] = (start, length + size)
        else:
            joined.append((place, size))
    return joined


def _is_cached(handle: int, places: Sequence[int]) -> bool:
    """Tell whether any of these pages is in memory, or that cannot be told.

    With mincore(2), which reads nothing. A read that does not wait begins to read, here and behind (seen on
    Linux 6.18); who looks so finds at times what he has brought in himself, and drops the whole file for it.
    """
    try:
        with mmap.mmap(handle, 0, access=mmap.ACCESS_COPY) as view:
            first, told = ctypes.c_char.from_buffer(view), ctypes.c_ubyte()
            at = ctypes.addressof(first)
            looks = [
                _LIBC.mincore(ctypes.c_void_p(at + place), _ONE, ctypes.byref(told))
                or told.value & 1
                for place in places
            ]
            del first
    except (OSError, ValueError):
        return True
    return any(looks)


def _flags(folder: Path) -> int:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            answer = fcntl.ioctl(handle, _GET_FLAGS, bytes(struct.calcsize("L")))
        finally:
            os.close(handle)
    except OSError:
        return 0
    (flags,) = struct.unpack("L", answer)
    return int(flags)


def _mount_of(folder: Path, mounts: str) -> tuple[str, list[str]]:
    """Return type and options of the file system that is mounted nearest above a folder."""
    nearest, found = Path(), ("", list[str]())
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(), right.split()
        if len(fields) < 6 or len(kind) < 1:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4]))
        # A later mount at one place covers the one before.
        if folder.is_relative_to(point) and len(point.parts) >= len(nearest.parts):
            nearest = point
            found = (
                kind[0],
                [option for part in (fields[5], *kind[2:]) for option in part.split(",")],
            )
    return found

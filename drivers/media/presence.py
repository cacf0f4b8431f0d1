"""Check that both media of a device are there and keep what is written.

A block of a fixed size is overwritten in its place on each medium, written through, and read back from the
medium: every half minute while nobody is served, and after each failure. What was found is believed for a
minute of the monotonic clock; nobody's card is taken on an older one.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.media.errors import MediumFullError, MediumLostError
from words.message import Message, m

PROBE: Final = "probe"
"""Name of the file."""
LEAST: Final = 1 << 17
"""Bytes that have to be free: the block is overwritten on a full medium, too, a vote's journal is not."""
PROBE_SIZE: Final = 4096
"""Bytes: a page of SQLite, and a block of a file system."""
FRESH_S: Final = 60.0
"""How long a look at the media is believed."""


@dataclass(frozen=True, slots=True)
class MediaReport:
    """Free room on both media."""

    primary_free: int
    """Bytes."""
    mirror_free: int
    """Bytes; those of the first medium where there is no second one."""


class MediaWatch:
    """When the media of a device were last written to and read, and found good."""

    def __init__(self, primary: Path, mirror: Path, monotonic: Callable[[], float]) -> None:
        self._primary, self._mirror, self._monotonic = primary, mirror, monotonic
        self._good_s: float | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the last look is younger than a minute, and was good."""
        return self._good_s is not None and self._monotonic() - self._good_s < FRESH_S

    def look(self, *, alone: bool = False) -> MediaReport:
        """Write to both media now; `alone`: to the first only. Raises as `check_media`."""
        self._good_s = None
        report = check_media(self._primary, None if alone else self._mirror)
        self._good_s = self._monotonic()
        return report


def check_media(primary: Path, mirror: Path | None) -> MediaReport:
    """Write to both media. Raises `MediumLostError` if one is missing, `MediumFullError`."""
    free = _free(primary, m("primary memory"))
    if mirror is None:
        return MediaReport(free, free)
    return MediaReport(free, _free(mirror, m("mirror memory")))


def probe(folder: Path) -> None:
    """Overwrite the block, write it through and read it back. Raises `OSError`.

    Whatever else is in its place, or cannot be read there, makes way for a new one: a fault of this file
    alone is no fault of the votes'.
    """
    path = folder / PROBE
    try:
        _probe(path)
    except FileNotFoundError:
        raise
    except OSError as trouble:
        if trouble.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
            raise
        path.rename(path.with_name(f"{PROBE}-{secrets.token_hex(4)}"))
        _probe(path)
        with suppress(OSError):
            _forget_others(folder)


def _probe(path: Path) -> None:
    content = secrets.token_bytes(PROBE_SIZE)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size > PROBE_SIZE:
            os.ftruncate(handle, PROBE_SIZE)
        if os.pwrite(handle, content, 0) != PROBE_SIZE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        if os.pread(handle, PROBE_SIZE, 0) != content:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
    finally:
        os.close(handle)


def _forget_others(folder: Path) -> None:
    for path in folder.glob(f"{PROBE}-*"):
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            path.rmdir()


def _free(folder: Path, medium: Message) -> int:
    try:
        probe(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise MediumLostError(
            m("the {medium} is missing or cannot be written: check it", medium=medium)
        ) from error
    if free < LEAST:
        raise MediumFullError(m("the {medium} is full: make room on it", medium=medium))
    return free

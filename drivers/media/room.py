"""Keep room on a medium for what a device must still write when the medium is full.

A file of zeros takes it when the polls open, and goes when they close: the act of closing, its
lines and the bundle have its room, whatever else has filled the medium.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

RESERVE: Final = "reserve"
"""Name of the file."""
SIZE: Final = 1 << 18
"""Bytes: an act has some 12,000, the lines of a closing fewer, and a journal of each database some 50,000."""


def reserve(folder: Path) -> None:
    """Take the room. Raises `OSError`, and leaves nothing behind then."""
    path = folder / RESERVE
    release(folder)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(handle, 0, SIZE)
        os.fsync(handle)
    except OSError:
        release(folder)
        raise
    finally:
        os.close(handle)


def release(folder: Path) -> None:
    """Give the room back. Never raises: what needs it says what is wrong."""
    with suppress(OSError):
        (folder / RESERVE).unlink()

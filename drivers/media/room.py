"""Keep room on a medium for what a device must still write when the medium is full.

A file of zeros is written when the polls open and taken away when they close: the act of closing, its
lines and the bundle have its room, whatever else has filled the medium.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

RESERVE: Final = "reserve"
"""Name of the file."""
SIZE: Final = 1 << 20
"""Bytes: an act has some 12,000, the log of a day some 300,000."""
_CHUNK: Final = 1 << 16


def reserve(folder: Path) -> None:
    """Take the room. Raises `OSError`, and leaves nothing behind then."""
    path = folder / RESERVE
    release(folder)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(SIZE // _CHUNK):
            os.write(handle, bytes(_CHUNK))
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

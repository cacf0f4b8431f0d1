"""Leave nothing of a rollback journal on a medium: pages from before a commit say what the commit changed.

SQLite's rollback journal holds every page as it was. Deleted, it stays in freed blocks until something else
is written there: page by page it says which record was stored with which spent authorization, and the root
in it at which vote. Two ways:

    DELETE     SQLite deletes the file after each commit; its blocks keep what was in them
    ZEROED     the file stays, in its place on the medium; SQLite zeroes its header, which ends the
               transaction, and `forget_pages` the rest

(sqlite.org/pragma.html#pragma_journal_mode, DELETE and PERSIST; sqlite.org/fileformat.html, section 3.)
Zeroing reaches the bytes where a file is overwritten in place, and nowhere else (`drivers.file_system`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

HEADER: Final = 28
"""Bytes that SQLite zeroes when a transaction has ended; in no transaction that could be rolled back, nor
in one that is going on, are all of them zero: the page's size is among them."""
_CHUNK: Final = 1 << 20


class Journal(Enum):
    """What becomes of a rollback journal; the value is SQLite's `journal_mode`."""

    DELETE = "DELETE"
    ZEROED = "PERSIST"


JOURNAL: Final = Journal.ZEROED
"""The way that every store takes (decision 0045)."""


def journal_of(path: Path) -> Path:
    """Return where SQLite keeps the rollback journal of a database."""
    return path.with_name(path.name + "-journal")


def sync_pages(path: Path) -> None:
    """Write the journal of a transaction that is going on through to the medium. Raises `OSError`."""
    handle = os.open(journal_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def forget_pages(path: Path) -> None:
    """Zero the journal of a database behind its header, through to the medium, if its transaction has ended.

    Never raises: the vote is recorded, and a medium that fails shows at the next one.
    """
    with suppress(OSError):
        handle = os.open(journal_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _zero(handle)
        finally:
            os.close(handle)


def _zero(handle: int) -> None:
    size = os.fstat(handle).st_size
    if any(os.pread(handle, HEADER, 0)):
        return
    wiped = False
    for at in range(0, size, _CHUNK):
        length = min(_CHUNK, size - at)
        # A cut may have zeroed any part of it: all of it is looked at.
        if os.pread(handle, length, at) != bytes(length):
            os.pwrite(handle, bytes(length), at)
            wiped = True
    if wiped:
        os.fdatasync(handle)

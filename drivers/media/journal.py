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
import shutil
from contextlib import suppress
from enum import Enum
from itertools import count, takewhile
from pathlib import Path
from typing import Final

HEADER: Final = 28
"""Bytes that SQLite zeroes when a transaction has ended; in no transaction that could be rolled back, nor
in one that is going on, are all of them zero: the page's size is among them."""
PAGE: Final = 4096
"""Bytes of a page of every database here, as SQLite makes them."""
_SECTOR, _RECORD, _MOST_RECORDS = 512, 4 + PAGE + 4, 32
"""A journal: its header in a sector; number, content and checksum of a page, again and again."""
_CHUNK: Final = 1 << 20


class Journal(Enum):
    """What becomes of a rollback journal; the value is SQLite's `journal_mode`."""

    DELETE = "DELETE"
    ZEROED = "PERSIST"


ASIDE: Final = ".damaged-"
"""Between the name of what is no file of ours and a number, where that is kept."""
JOURNAL: Final = Journal.ZEROED
"""The way that every store takes (decision 0045)."""


def journal_of(path: Path) -> Path:
    """Return where SQLite keeps the rollback journal of a database."""
    return path.with_name(path.name + "-journal")


def free_place(path: Path) -> None:
    """See that a file lies in the journal's place, or nothing: SQLite opens no database beside another thing.

    A folder, and a link that leads to no file, gets another name; a link to a file gives way to a copy of
    it, which may have to be rolled back. Raises `OSError`.
    """
    journal = journal_of(path)
    if not journal.is_symlink() and not journal.is_dir():
        return
    names = (journal.with_name(f"{journal.name}{ASIDE}{number}") for number in count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    if not journal.is_file():
        journal.rename(aside)
        return
    try:
        shutil.copyfile(journal, aside)
        handle = os.open(aside, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        aside.replace(journal)
    finally:
        aside.unlink(missing_ok=True)


def sync_pages(path: Path) -> None:
    """Write the journal of a transaction that is going on through to the medium. Raises `OSError`."""
    handle = os.open(journal_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def forget_pages(path: Path) -> tuple[int, ...]:
    """Zero the journal of a database behind its header, through to the medium, if its transaction has ended.

    Never raises: the vote is recorded, and a medium that fails shows at the next one. Returns where in the
    database its pages lie, for it knows what a small transaction has changed; nothing if that is not certain.
    """
    with suppress(OSError):
        handle = os.open(journal_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return _places(_zero(handle))
        finally:
            os.close(handle)
    return ()


def _zero(handle: int) -> bytes:
    """Return what its beginning was."""
    size = os.fstat(handle).st_size
    if any(os.pread(handle, HEADER, 0)):
        return b""
    wiped, beginning = False, b""
    for at in range(0, size, _CHUNK):
        length = min(_CHUNK, size - at)
        # A cut may have zeroed any part of it: all of it is looked at.
        content = os.pread(handle, length, at)
        beginning = beginning or content
        if content != bytes(length):
            os.pwrite(handle, bytes(length), at)
            wiped = True
    if wiped:
        os.fdatasync(handle)
    return beginning


def _places(content: bytes) -> tuple[int, ...]:
    ends = range(_SECTOR + _RECORD, len(content) + 1, _RECORD)
    numbers = [int.from_bytes(content[end - _RECORD : end - _RECORD + 4]) for end in ends]
    held = tuple((number - 1) * PAGE for number in takewhile(bool, numbers))
    # The first page changes in every transaction; a long journal is not one list of pages.
    return held if 0 in held and len(held) <= _MOST_RECORDS else ()

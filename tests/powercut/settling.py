"""Name what lies on the media, by every byte and as it is once a device has opened it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from drivers.media.errors import StorageError
from drivers.media.sqlite import connect
from tests.powercut.disk import Disks, Piece

_MOST_DIGESTS: Final = 4096
"""Contents that are kept to be known again."""


class Settling:
    """Opens every database as the device does, which takes back what was not committed.

    A start does so before anything else, so that states which are the same then are the same to it. A
    journal that does not begin as one says nothing, whatever else is in it
    (sqlite.org/fileformat.html, section 3). What becomes of a file is decided by it and by its journal
    alone: the same two are opened once.
    """

    def __init__(self, folder: Path) -> None:
        """Open them beside the folder of the media."""
        self._file = folder.with_name(f"{folder.name}-settling") / "opened.db"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._journal = self._file.with_name(f"{self._file.name}-journal")
        self._known: dict[tuple[bytes, bytes], bytes] = {}
        self._digests: dict[int, tuple[bytes, bytes]] = {}

    def digest(self, content: bytes) -> bytes:
        """Hash a content; of one that stays, once."""
        found = self._digests.get(id(content))
        if found is None or found[0] is not content:
            if len(self._digests) > _MOST_DIGESTS:
                self._digests.clear()
            found = self._digests[id(content)] = content, hashed(content)
        return found[1]

    def names(self, files: Mapping[str, bytes]) -> tuple[bytes, bytes]:
        """Return what these files are by every byte, and what they are once they were opened."""
        raw, settled = hashlib.blake2b(digest_size=12), hashlib.blake2b(digest_size=12)
        for path in sorted(files):
            head = path.encode() + b"\0"
            mine = self.digest(files[path])
            raw.update(head + mine)
            if path.endswith(".db"):
                settled.update(head + self._opened(files, path, mine))
            elif not path.endswith("-journal") or _lies_alone(files, path):
                settled.update(head + mine)
        return raw.digest(), settled.digest()

    def _opened(self, files: Mapping[str, bytes], path: str, mine: bytes) -> bytes:
        journal = files.get(f"{path}-journal")
        by = mine, b"" if journal is None else self.digest(journal)
        if by not in self._known:
            self._known[by] = self._open(files[path], journal)
        return self._known[by]

    def _open(self, content: bytes, journal: bytes | None) -> bytes:
        self._file.write_bytes(content)
        self._journal.unlink(missing_ok=True)
        if journal is not None:
            self._journal.write_bytes(journal)
        with suppress(StorageError, sqlite3.Error), closing(connect(self._file)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
        left = self._journal.read_bytes() if self._journal.exists() else b""
        return hashed(self._file.read_bytes()) + (hashed(left) if any(left[:1]) else b"")


class Lying:
    """What lies on the media at one point; each part of a medium is looked at once."""

    def __init__(self, disks: Disks, settling: Settling) -> None:
        self._disks = disks
        self._settling = settling
        self._known: dict[tuple[int, frozenset[Piece]], tuple[bytes, bytes]] = {}

    def names(self, kept: Iterable[frozenset[Piece]]) -> tuple[bytes, bytes]:
        """Return what is there by every byte, and what it is once it was opened; `kept`: of each medium."""
        found = [self._of(number, each) for number, each in enumerate(kept)]
        return b"".join(raw for raw, _ in found), b"".join(settled for _, settled in found)

    def _of(self, number: int, kept: frozenset[Piece]) -> tuple[bytes, bytes]:
        by = number, kept
        if by not in self._known:
            self._known[by] = self._settling.names(self._disks.media[number].left(kept))
        return self._known[by]


def hashed(content: bytes) -> bytes:
    """Return 12 bytes that stand for a content."""
    return hashlib.blake2b(content, digest_size=12).digest()


def _lies_alone(files: Mapping[str, bytes], journal: str) -> bool:
    """Tell of a journal that says something, and has no database."""
    return journal.removesuffix("-journal") not in files and any(files[journal][:1])

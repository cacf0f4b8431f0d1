"""Rebuild raw media from what was written on them, under two kinds of file systems.

    in place         a block of a file stays where it is; blocks of a deleted file are free and never used
                     again, which keeps more than any real medium does (ext4, xfs, vfat; btrfs where
                     copy-on-write is off)
    log-structured   every block that is synced goes to a new place, and the old one stays as it was
                     (nilfs2, f2fs, btrfs and zfs as they come): nothing that was ever written is lost

A simulation over recorded writes (`tests.recorder`): file systems that copy on write need kernel modules and
tools that a test cannot count on. What it leaves out is metadata, which says less than blocks in time order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tests.recorder import Did, Op

BLOCK: Final = 4096


class Image:
    """One medium. Feed it the writes, then look at `raw`."""

    def __init__(self, *, log_structured: bool) -> None:
        self._log = log_structured
        self._blocks: list[bytes] = []
        self._files: dict[str, bytearray] = {}
        self._places: dict[str, dict[int, int]] = {}
        """Of each file: the block of the medium that holds each block of it."""
        self._dirty: dict[str, set[int]] = {}

    def put(self, path: str, content: bytes) -> None:
        """Begin with this file on the medium."""
        self._write(path, 0, content)
        self._flush(path)

    def apply(self, ops: Iterable[Op]) -> None:
        """Do what was recorded."""
        for op in ops:
            match op.did:
                case Did.WRITE:
                    self._write(op.path, op.offset, op.data)
                case Did.TRUNCATE:
                    self._truncate(op.path, op.offset)
                case Did.SYNC:
                    self._flush(op.path)
                case Did.DELETE:
                    self._flush(op.path)
                    for known in (self._files, self._places, self._dirty):
                        known.pop(op.path, None)
                case Did.SYNC_NAMES:
                    pass

    def raw(self) -> bytes:
        """Return every block of the medium, after everything was written back."""
        for path in list(self._dirty):
            self._flush(path)
        return b"".join(self._blocks)

    def freed(self) -> bytes:
        """Return the blocks that belong to no file any more, in their order on the medium."""
        used = {place for places in self._places.values() for place in places.values()}
        return b"".join(block for place, block in enumerate(self._blocks) if place not in used)

    def _write(self, path: str, offset: int, data: bytes) -> None:
        content = self._files.setdefault(path, bytearray())
        content.extend(bytes(max(0, offset + len(data) - len(content))))
        content[offset : offset + len(data)] = data
        first, last = offset // BLOCK, (offset + len(data) - 1) // BLOCK
        self._dirty.setdefault(path, set()).update(range(first, last + 1))

    def _truncate(self, path: str, size: int) -> None:
        self._flush(path)
        del self._files.setdefault(path, bytearray())[size:]
        places = self._places.setdefault(path, {})
        for block in [block for block in places if block * BLOCK >= size]:
            del places[block]

    def _flush(self, path: str) -> None:
        content, places = self._files.get(path), self._places.setdefault(path, {})
        for block in sorted(self._dirty.pop(path, ())):
            if content is None:
                return
            data = bytes(content[block * BLOCK : (block + 1) * BLOCK]).ljust(BLOCK, b"\0")
            if block in places and not self._log:
                self._blocks[places[block]] = data
            else:
                places[block] = len(self._blocks)
                self._blocks.append(data)

"""A stick that claims more room than it has, as a file that a loop device is made of.

python -m tests.drivers.media.false_stick FOLDER CLAIMED REAL KIND

`drops`: what lies past the real room comes back as zeros. `wraps`: it overwrites what lies at the beginning.
Mounted by FUSE (fusepy), which hands every write to this program.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import Any

from fuse import FUSE, FuseOSError, Operations

NAME = "disk.img"
PAGE = 4096


class FalseStick(Operations):  # type: ignore[misc]
    def __init__(self, claimed: int, real: int, kind: str) -> None:
        self.claimed, self.real, self.wraps = claimed, real, kind == "wraps"
        self.pages: dict[int, bytes] = {}

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path == f"/{NAME}":
            return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": self.claimed}
        raise FuseOSError(errno.ENOENT)

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", NAME]

    def _place(self, page: int) -> int | None:
        real = self.real // PAGE
        if page < real:
            return page
        # What a file system writes about itself stays, as on sticks that are sold.
        return real // 2 + page % (real // 2) if self.wraps else None

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        first, last = offset // PAGE, -(-(offset + size) // PAGE)
        places = (self._place(page) for page in range(first, last))
        whole = b"".join(
            bytes(PAGE) if place is None else self.pages.get(place, bytes(PAGE)) for place in places
        )
        return whole[offset - first * PAGE :][: min(size, self.claimed - offset)]

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        at = offset
        rest = memoryview(data)
        while rest:
            page, within = divmod(at, PAGE)
            piece = rest[: PAGE - within]
            place = self._place(page)
            if place is not None:
                old = self.pages.get(place, bytes(PAGE))
                self.pages[place] = old[:within] + bytes(piece) + old[within + len(piece) :]
            at += len(piece)
            rest = rest[len(piece) :]
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        """It stays as long as it claims to be."""

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        return 0


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    folder, claimed, real, kind = sys.argv[1:]
    FUSE(FalseStick(int(claimed), int(real), kind), folder, foreground=True, nothreads=True)

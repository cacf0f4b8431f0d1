"""A folder as a medium that fails: passed through by FUSE (fusepy), but for what is asked of it.

python -m tests.cases.branch.faulty BEHIND MOUNT FAULT [FILE]

    unreadable   the file FILE gives EIO wherever it is read, under whatever name it gets
    full         what would make files longer than what was taken away since gives ENOSPC
    locked       whatever would change something gives EROFS
    stalled      a sync, and with it the whole medium, does not return while there is a file FILE

A program of root's sees no modes, so that nothing of this can be played with them.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    from fuse import FUSE, FuseOSError, Operations
except (ImportError, OSError):  # the package, or its library
    FUSE, FuseOSError, Operations = None, OSError, object

ROOT = Path(__file__).parents[3]
WAIT_S = 20.0
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_TRUNC | os.O_CREAT


def is_possible() -> bool:
    """Whether this machine mounts by FUSE."""
    return FUSE is not None and os.access("/dev/fuse", os.R_OK | os.W_OK)


class FaultyMedium(Operations):  # type: ignore[misc]
    def __init__(self, behind: str, fault: str, name: str = "") -> None:
        self.behind, self.fault = behind, fault
        self.free = 0
        """Bytes, where it is full."""
        self.name = name
        self.bad = self._of(f"/{name}").stat().st_ino if fault == "unreadable" else 0

    def _of(self, path: str) -> Path:
        return Path(self.behind + path)

    def _changing(self, more: int = 0) -> None:
        """Something is changed, and becomes so many bytes longer."""
        if self.fault == "locked":
            raise FuseOSError(errno.EROFS)
        if self.fault == "full" and more > max(0, self.free):
            raise FuseOSError(errno.ENOSPC)
        self.free -= more

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._of(path)) if fh is None else os.fstat(fh)
        names = ["atime", "ctime", "mtime", "gid", "uid", "mode", "nlink", "size", "ino"]
        return {f"st_{name}": getattr(found, f"st_{name}") for name in names}

    def access(self, path: str, amode: int) -> int:
        if amode & os.W_OK:
            self._changing()
        return 0

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *(each.name for each in self._of(path).iterdir())]

    def readlink(self, path: str) -> str:
        return str(self._of(path).readlink())

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._of(path))
        names = [
            "bavail",
            "bfree",
            "blocks",
            "bsize",
            "favail",
            "ffree",
            "files",
            "flag",
            "frsize",
            "namemax",
        ]
        free = (
            {"f_bavail": max(0, self.free) // 4096, "f_bfree": max(0, self.free) // 4096}
            if self.fault == "full"
            else {}
        )
        return {f"f_{name}": getattr(found, f"f_{name}") for name in names} | free

    def open(self, path: str, flags: int) -> int:
        if flags & _CHANGES:
            self._changing()
        return os.open(self._of(path), flags & ~os.O_APPEND)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        self._changing(1)
        return os.open(self._of(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        if self.bad and os.fstat(fh).st_ino == self.bad:
            raise FuseOSError(errno.EIO)
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._changing(max(0, offset + len(data) - os.fstat(fh).st_size))
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        place = self._of(path)
        self._changing(length - place.stat().st_size)
        os.truncate(place, length)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        while self.fault == "stalled" and Path(self.name).exists():
            time.sleep(0.02)
        os.fsync(fh)

    def fsyncdir(self, path: str, datasync: int, fh: int) -> None:
        return None

    def flush(self, path: str, fh: int) -> None:
        return None

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def unlink(self, path: str) -> None:
        self._changing(-self._of(path).lstat().st_size)
        self._of(path).unlink()

    def rename(self, old: str, new: str) -> None:
        self._changing()
        self._of(old).rename(self._of(new))

    def link(self, target: str, source: str) -> None:
        self._changing(1)
        self._of(target).hardlink_to(self._of(source))

    def symlink(self, target: str, source: str) -> None:
        self._changing(1)
        self._of(target).symlink_to(source)

    def mkdir(self, path: str, mode: int) -> None:
        self._changing(1)
        self._of(path).mkdir(mode)

    def rmdir(self, path: str) -> None:
        self._changing()
        self._of(path).rmdir()

    def chmod(self, path: str, mode: int) -> None:
        self._changing()
        self._of(path).chmod(mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        self._changing()

    def utimens(self, path: str, times: object = None) -> None:
        self._changing()


@contextmanager
def faulty(folder: Path, fault: str, name: str = "") -> Iterator[None]:
    """Put such a medium in the place of a folder, with all that is in it."""
    behind = folder.with_name(folder.name + ".behind")
    folder.rename(behind)
    folder.mkdir()
    command = [sys.executable, "-m", __name__, str(behind), str(folder), fault, name]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        limit = time.monotonic() + WAIT_S
        while not os.path.ismount(folder):
            assert time.monotonic() < limit
            assert server.poll() is None
            time.sleep(0.01)
        yield
    finally:
        if folder.exists():
            taken_away(folder)
        server.terminate()
        server.wait()
        behind.rename(folder)


def taken_away(folder: Path) -> None:
    """Pull it out."""
    subprocess.run(["fusermount", "-u", "-z", str(folder)], check=False, capture_output=True)
    folder.rmdir()


if __name__ == "__main__":
    place, mount, *what = sys.argv[1:]
    medium = FaultyMedium(place, *what)
    FUSE(medium, mount, foreground=True, nothreads=True, attr_timeout=0, entry_timeout=0)

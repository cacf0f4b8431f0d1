"""Read from a USB drive what was asked for, and write onto it under new names only.

Anybody may have held a drive: its files may be links to a device's own votes or keys, pipes that
nobody writes into, sparse files of gigabytes, or two files whose names differ in case alone. The
drive's folder is held open for the whole job, so a drive that is exchanged meanwhile is not taken
for it. Nothing on it is followed, replaced or waited for (`election.files`).
"""

from __future__ import annotations

import errno
import itertools
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from election.files import (
    PUBLIC,
    FileRefusedError,
    OpenFolder,
    open_folder,
    read_in,
    write_new_in,
)
from election.incidents import Incident
from election.reasons import FileReason

MOST_FILES: Final = 10_000
"""Files and folders that a folder of a drive may have."""
MOST_GATHERED: Final = 200_000
"""The same of a folder in which headquarters gathers what a whole country brought."""
_MOST_COPIES: Final = 100
_MOST_NAMED: Final = 3


NamesAlike: TypeAlias = Mapping[str, Sequence[str]]
"""The names of a folder, by what people or FAT take them for (`folded`)."""
_TROUBLE: Final[Mapping[int, Incident]] = {
    errno.ENOENT: Incident.NO_DRIVE,
    errno.ENOTDIR: Incident.NO_DRIVE,
    errno.ENOSPC: Incident.FULL_DRIVE,
    errno.EDQUOT: Incident.FULL_DRIVE,
    errno.EROFS: Incident.LOCKED_DRIVE,
    errno.EACCES: Incident.LOCKED_DRIVE,
    errno.EPERM: Incident.LOCKED_DRIVE,
}


class UsbDrive:
    """A drive that is in use, or one of its folders."""

    def __init__(self, folder: OpenFolder) -> None:
        self._folder = folder

    def read(self, name: str, limit: int, listed: NamesAlike | None = None) -> bytes:
        """Read a regular file of at most `limit` bytes whole.

        `listed`: the names of the folder, if they were looked at before. Raises `FileRefusedError` with the
        reason, `FileNotFoundError`, or another `OSError`.
        """
        path = self._folder.path / name
        if not is_plain(name):
            raise FileRefusedError(
                FileReason.NAME, errno.EINVAL, "has a name that is not allowed", path
            )
        alike = self.names_alike() if listed is None else listed
        if any(other != name for other in alike.get(folded(name), ())):
            words = "has a twin whose name differs in case or invisible signs alone"
            raise FileRefusedError(FileReason.TWIN, errno.EINVAL, words, path)
        return read_in(self._folder, name, limit)

    def names_alike(self, most: int = MOST_FILES) -> NamesAlike:
        """Return the names of the folder by what they are taken for. Raises `OSError`."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._names(most):
            found[folded(name)].append(name)
        return found

    def write(self, stem: str, suffix: str, content: bytes) -> str:
        """Write a file under a name that is free, and read it back; return the name.

        It is `stem` and `suffix`; if that is taken, `-2`, `-3` and so on stand between. A file that
        has this content already is left as it is. Raises `OSError`.
        """
        taken = {folded(other) for other in self._names()}
        for number in range(1, _MOST_COPIES + 1):
            name = f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"
            if folded(name) in taken:
                if self.holds(name, content):
                    return name
                continue
            with suppress(FileExistsError):
                write_new_in(self._folder, name, content, PUBLIC)
                return name
        path = self._folder.path / f"{stem}{suffix}"
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))

    def named(self, suffix: str) -> tuple[str, ...]:
        """Return the printable names with this ending, in whatever case, sorted."""
        names = (name for name in self._names() if is_plain(name))
        return tuple(sorted(name for name in names if folded(name).endswith(suffix)))

    def holds(self, name: str, content: bytes) -> bool:
        """Tell whether a file has this content."""
        try:
            return read_in(self._folder, name, len(content)) == content
        except OSError:
            return False

    def _names(self, most: int = MOST_FILES) -> list[str]:
        with os.scandir(self._folder.handle) as entries:
            names = [entry.name for entry in itertools.islice(entries, most + 1)]
        if len(names) > most:
            words = f"has more than {most} files"
            raise FileRefusedError(FileReason.CROWDED, errno.EINVAL, words, self._folder.path)
        return names


@contextmanager
def open_drive(folder: Path) -> Iterator[UsbDrive]:
    """Hold a drive open by the folder where it is mounted. Raises `OSError`."""
    with open_folder(folder) as opened:
        yield UsbDrive(opened)


def read_brought(path: Path, limit: int) -> bytes:
    """Read one file of a drive, as `UsbDrive.read` does."""
    with open_drive(path.parent) as drive:
        return drive.read(path.name, limit)


class GatheredFiles:
    """Reads files as `read_brought` does, many of one folder: its names are looked at once."""

    def __init__(self) -> None:
        self._listed: dict[Path, NamesAlike] = {}

    def read(self, path: Path, limit: int) -> bytes:
        """Read one file. Raises as `UsbDrive.read`."""
        with open_drive(path.parent) as drive:
            listed = self._listed.get(path.parent)
            if listed is None:
                listed = self._listed[path.parent] = drive.names_alike(MOST_GATHERED)
            return drive.read(path.name, limit, listed)


def packages_on(folder: Path, suffix: str = ".amin") -> tuple[str, ...]:
    """Name the files of a drive that may be a package under another name: the first few, sorted."""
    with suppress(OSError), open_drive(folder) as drive:
        return drive.named(suffix)[:_MOST_NAMED]
    return ()


def drive_incident(error: OSError) -> Incident:
    """Return what is the matter with a drive that was to be written."""
    return _TROUBLE.get(error.errno or 0, Incident.BROKEN_DRIVE)


def is_plain(name: str) -> bool:
    """Tell whether a name is printable text in its composed form, and no path."""
    return (
        name not in {"", ".", ".."}
        and "/" not in name
        and not any(unicodedata.category(sign).startswith("C") for sign in name)
        and unicodedata.is_normalized("NFC", name)
    )


def folded(name: str) -> str:
    """Fold a name so that those which people or FAT take for the same become equal."""
    if name.isascii() and name.isprintable():  # most are; the same as below
        return name.casefold().rstrip(" .")
    visible = "".join(x for x in name if not unicodedata.category(x).startswith("C"))
    plain = unicodedata.normalize("NFKC", visible).casefold()
    return unicodedata.normalize("NFKC", plain).rstrip(" .")

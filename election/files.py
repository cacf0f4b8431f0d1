"""Read files that come from elsewhere, and write files that survive a failure at any moment.

    read_file       one regular file up to a limit; never a link, a pipe or a device
    open_file       the same for a file that is read piece by piece
    replace_file    put a whole file in the place of another: a failure leaves the old one
    replacing       the same for content that is written piece by piece
    built_aside     the same for a file that something else has built (SQLite)
    write_new       write a file that is not there yet; never replaces one
    writing_new     the same for content that is written piece by piece
    open_folder     hold a folder open; `read_in` and `write_new_in` stay in it
    sync            write an open file through to its medium
    real_path       where a path leads
    sync_folder     write the names of a folder's files through to its medium

A file is written under a random name in the folder it belongs to, created exclusively, written
through, renamed, and the folder is written through (POSIX.1-2017, rename(): a name always leads to
the old or the new file, never to half of one). The folder is held open meanwhile, so a medium that
is pulled and put in again never gets one half of the work. A failure leaves nothing behind; what a
power cut leaves is taken away by the next write into the same folder.

Everything that goes wrong is an `OSError`; what is refused before it is read is a `FileRefusedError`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from election.reasons import FileReason

PRIVATE: Final = 0o600
"""Mode of a file for its owner only."""
PUBLIC: Final = 0o644
"""Mode of a file that anybody may read; the process's umask narrows it."""

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PIECE: Final = 1 << 20
_BEGIN, _END = ".amin-", ".unfinished"
_NO_FOLDER_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""What file systems say that cannot write a folder through (some of those on USB drives)."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
"""What file systems say that have no hard links (FAT)."""


class FileRefusedError(OSError):
    """A file is not read; `reason` says why, `strerror` in words."""

    def __init__(self, reason: FileReason, number: int, words: str, path: Path) -> None:
        super().__init__(number, words, str(path))
        self.reason = reason


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes whole.

    Raises `FileRefusedError` (`too-large`, `not-a-file`, `vanished`), or another `OSError`, such as
    `FileNotFoundError`.
    """
    return _read(path, limit, None)


def open_file(path: Path) -> BinaryIO:
    """Open a regular file to be read piece by piece. Raises `FileRefusedError`, or another `OSError`."""
    handle, _ = _open_regular(path, None)
    return os.fdopen(handle, "rb")


def read_in(folder: OpenFolder, name: str, limit: int) -> bytes:
    """Read a regular file of an open folder whole; as `read_file`, and on the folder's medium only.

    Raises `FileRefusedError`, also with `other-medium`, or another `OSError`.
    """
    return _read(folder.path / name, limit, folder)


def _read(path: Path, limit: int, folder: OpenFolder | None) -> bytes:
    handle, found = _open_regular(path, folder)
    try:
        if found.st_size > limit:
            words = f"has {found.st_size} bytes, more than the {limit} allowed here"
            raise FileRefusedError(FileReason.TOO_LARGE, errno.EFBIG, words, path)
        return _read_whole(handle, found.st_size, path)
    finally:
        os.close(handle)


def _open_regular(path: Path, folder: OpenFolder | None) -> tuple[int, os.stat_result]:
    """Open what is a regular file, on the folder's medium if one is given; nothing is waited for."""
    try:
        place = path if folder is None else path.name
        handle = os.open(place, _READ, dir_fd=None if folder is None else folder.handle)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link; a socket or a driver's node
            raise _not_a_file(path) from error
        raise
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _not_a_file(path)
        if folder is not None and found.st_dev != os.fstat(folder.handle).st_dev:
            words = "lies on another medium than its folder"
            raise FileRefusedError(FileReason.OTHER_MEDIUM, errno.EXDEV, words, path)
    except OSError:
        os.close(handle)
        raise
    return handle, found


def replace_file(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write `content` in the place of what may be at `path`, and through to the medium.

    After an error (`OSError`) the old file is there; only if the folder cannot be written through
    it may be the new one already. `mode` is that of the new file.
    """
    with replacing(path, mode) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """Give a stream for a new file that takes its place when the block ends without an error."""
    with _aside(path, mode) as (folder, name, stream):
        yield stream
        sync(stream)
        os.replace(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        _sync_names(folder)


@contextmanager
def built_aside(path: Path) -> Iterator[Path]:
    """Give a place beside `path` where something else builds the file, which then gets its name.

    What was built is removed if that, or the building, fails. Raises `OSError`.
    """
    built = path.with_name(path.name + ".new")
    try:
        built.unlink(missing_ok=True)
        yield built
        put_in_place(built, path)
    except BaseException:
        with suppress(OSError):
            built.unlink(missing_ok=True)
        raise


def put_in_place(built: Path, path: Path) -> None:
    """Write the closed file `built` through and rename it to `path`, in the same folder.

    `OSError` leaves both as they were; `built` is the caller's to remove.
    """
    with _open_folder(path.parent) as folder:
        handle = os.open(built.name, _READ, dir_fd=folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(built.name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        _sync_names(folder)


def write_new(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file that is not there yet, through to the medium; whole or not at all.

    Raises `FileExistsError` if something has the name already, or another `OSError`.
    """
    with writing_new(path, mode) as stream:
        stream.write(content)


@contextmanager
def writing_new(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """Give a stream for a file that is not there yet, named as by `write_new` when the block ends well."""
    with _aside(path, mode) as (folder, name, stream):
        yield stream
        sync(stream)
        _give_new_name(folder, name, path.name)
        _sync_names(folder)


def write_new_in(folder: OpenFolder, name: str, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file that is not there yet into an open folder, and read it back before it is named.

    Raises `FileExistsError` if something has the name already, or another `OSError`; then nothing
    is left behind.
    """
    with _aside_in(folder.handle, folder.path / name, mode) as (aside, stream):
        stream.write(content)
        if mode == PUBLIC:
            with suppress(OSError):  # FAT has no modes
                os.fchmod(stream.fileno(), mode)  # whatever the umask of a voting device is
        sync(stream)
        # Pages that the system still has would be read from memory, not from the medium.
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if read_in(folder, aside, len(content)) != content:
            raise OSError(errno.EIO, "does not read as it was written", str(folder.path / name))
        _give_new_name(folder.handle, aside, name)
        _sync_names(folder.handle)


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder that is held open: a medium that is exchanged meanwhile is not taken for it."""

    path: Path
    """Where it was opened; for messages."""
    handle: int


@contextmanager
def open_folder(path: Path) -> Iterator[OpenFolder]:
    """Hold a folder open. Raises `OSError`."""
    with _open_folder(path) as handle:
        yield OpenFolder(path, handle)


def sync(stream: BinaryIO | int) -> None:
    """Write what was written to an open file (or its descriptor) through to the medium."""
    if isinstance(stream, int):
        os.fsync(stream)
        return
    stream.flush()
    os.fsync(stream.fileno())


def real_path(path: Path) -> Path:
    """Return a path without links, as far as it is there; one that leads in a circle stays as it is."""
    # Path.resolve raises RuntimeError for a circle (Python 3.11).
    return Path(os.path.realpath(path))


def sync_folder(folder: Path) -> None:
    """Write the names of a folder's files through to the medium, where its file system can."""
    with _open_folder(folder) as handle:
        _sync_names(handle)


# ---------------------------------------------------------------- parts


def _not_a_file(path: Path) -> FileRefusedError:
    words = "is a link, folder, pipe or device, not a file"
    return FileRefusedError(FileReason.NOT_A_FILE, errno.EINVAL, words, path)


def _read_whole(handle: int, size: int, path: Path) -> bytes:
    """Read until the end; what is then not `size` bytes was changed or taken away meanwhile."""
    pieces: list[bytes] = []
    got = 0
    try:
        while got <= size and (piece := os.read(handle, min(_PIECE, size + 1 - got))):
            pieces.append(piece)
            got += len(piece)
    except OSError as error:
        raise _vanished(path, error.errno or errno.EIO) from error
    if got != size:
        raise _vanished(path, errno.EIO)
    return b"".join(pieces)


def _vanished(path: Path, number: int) -> FileRefusedError:
    words = "vanished or changed while it was read; put the medium in again and repeat"
    return FileRefusedError(FileReason.VANISHED, number, words, path)


@contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    handle = os.open(folder, _FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _aside(path: Path, mode: int) -> Iterator[tuple[int, str, BinaryIO]]:
    """Give folder, name and stream of a new file beside `path`; gone at the end unless it was renamed.

    It is locked while it is written, so that nobody takes it for what a power cut left.
    """
    with _open_folder(path.parent) as folder, _aside_in(folder, path, mode) as (name, stream):
        yield folder, name, stream


@contextmanager
def _aside_in(folder: int, path: Path, mode: int) -> Iterator[tuple[str, BinaryIO]]:
    name = f"{_BEGIN}{secrets.token_hex(8)}{_END}"
    _sweep(folder)
    try:
        handle = os.open(name, _CREATE, mode, dir_fd=folder)
        with os.fdopen(handle, "wb") as stream:
            _lock(handle)
            yield name, stream
    except OSError as error:
        if error.filename in {None, name}:  # let it name the file that was to be written
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)


def _sweep(folder: int) -> None:
    """Remove what writers left that were cut off; the files of running ones are locked."""
    for name in os.listdir(folder):
        if not (name.startswith(_BEGIN) and name.endswith(_END)):
            continue
        with suppress(OSError):
            handle = os.open(name, _READ, dir_fd=folder)
            try:
                if _lock(handle):
                    os.unlink(name, dir_fd=folder)
            finally:
                os.close(handle)


def _lock(handle: int) -> bool:
    """Lock an open file; False if somebody else holds it, or its file system has no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _give_new_name(folder: int, name: str, wanted: str) -> None:
    """Rename within `folder`, unless the name is taken: `FileExistsError`."""
    try:
        os.link(name, wanted, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    with suppress(FileNotFoundError):
        os.stat(wanted, dir_fd=folder, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
    os.rename(name, wanted, src_dir_fd=folder, dst_dir_fd=folder)


def _sync_names(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise

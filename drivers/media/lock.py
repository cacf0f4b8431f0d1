"""Lock a device for one program: two that write into one log and one store would spoil both.

    device     a file of the device's key in a folder that a start of the machine empties: it is there when no
               memory is, and says who runs and since when. A record lock (fcntl(2)): a program that the
               holder forks does not have it, and the system lets go of it when the holder ends
    memories   their folders (flock(2)): nothing is written, so a read-only memory is locked as well, and a
               copy of the device's files elsewhere finds the same second memory

A holder that is ending is waited for, however long its memories take: a thread in a sync that does not
return keeps locks after SIGKILL, and to give up meanwhile would leave a black screen. A second start
touches the file; the program that runs sees it (`DeviceLock.was_knocked`) and says so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.media.errors import StorageError
from words.message import Message, m

WAIT_S: Final = 3.0
"""How long a program is waited for that may be about to end."""
RUN: Final = Path("/run/amin")
"""Made by the device's unit, and by root."""
_PAUSE_S: Final = 0.1
_BUSY: Final = frozenset({errno.EWOULDBLOCK, errno.EACCES})
_HOLDER: Final = re.compile(rb"([0-9]{1,10}) ([0-9]{1,12})( ending)?\n")
_HOLDER_SIZE: Final = 64
"""Bytes of the file that are read: process, seconds since 1970, whether it is ending."""
_SIGKILL: Final = 1 << 8
"""Of a mask of signals, as proc(5) gives it."""


class AlreadyRunningError(StorageError):
    """Another program serves with this device's key or on its memories."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a device's lock."""

    pid: int
    since: int
    """Seconds since 1970."""
    ending: bool = False
    """It has said that it is ending."""


class FolderLock:
    """The lock of one memory's folder, taken while the memory is there.

    It is let go of when the memory fails: nothing could be mounted in the place of one that is in use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def take(self) -> bool:
        """Hold it; False if another program does. A folder that is missing is held by nobody."""
        if self._handle is None:
            try:
                handle = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return True  # Nothing there that two programs could share; the start says what is wrong.
            if not _flocked(handle):
                os.close(handle)
                return False
            self._handle = handle
        return True

    def let_go(self) -> None:
        """Hold it no more."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


class DeviceLock:
    """What a running program holds, and what it can be told by a second start."""

    def __init__(self, handle: int | None, since: int, memories: Mapping[Path, FolderLock]) -> None:
        """`handle`: of the locked file; None where there is no place for one."""
        self._handle = handle
        self._since = since
        self.memories = memories
        """The locks of the folders, by path."""
        self._seen = 0
        self.is_kept = False
        """Whether everything stays locked until the process is gone."""
        self._write()

    def was_knocked(self) -> bool:
        """Tell whether somebody started the device again since this was last asked."""
        if self._handle is None:
            return False
        with suppress(OSError):
            before, self._seen = self._seen, os.fstat(self._handle).st_mtime_ns
            return before != self._seen
        return False

    def keep(self) -> None:
        """Let go of nothing: a thread that hangs in a sync may write as long as the process is there."""
        self.is_kept = True

    def ends(self) -> None:
        """Say that this program is ending: the next one waits for it."""
        self._write(b" ending")

    def _write(self, more: bytes = b"") -> None:
        if self._handle is not None:
            with suppress(OSError):
                os.ftruncate(self._handle, 0)
                os.pwrite(self._handle, b"%d %d%s\n" % (os.getpid(), self._since, more), 0)
                self._seen = os.fstat(self._handle).st_mtime_ns


def run_folder(environment: Mapping[str, str] = os.environ, run: Path = RUN) -> Path | None:
    """Return where this user's locks lie, for every way of starting the same; None: nowhere.

    `run` where it is this user's or can be made, else below XDG_RUNTIME_DIR, else the state folder (XDG Base
    Directory Specification). For root it is `run`, whose ever it is.
    """
    home = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    given = environment.get("XDG_RUNTIME_DIR", "")
    for folder in (run, *([Path(given) / "amin"] if given else []), Path(home) / "amin"):
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True, parents=folder.parent == Path(home))
            mine = os.geteuid() in {0, folder.stat().st_uid}
            if mine and os.access(folder, os.W_OK | os.X_OK):
                return folder
    return None


@contextmanager
def only_one(
    name: str,
    memories: Iterable[Path],
    run: Path | None,
    *,
    wait_s: float = WAIT_S,
    told: Callable[[Message], None] = lambda _: None,
) -> Iterator[DeviceLock]:
    """Hold the device of this `name` and its `memories` for this program alone.

    `run`: where the file of the device lies (`run_folder`). Raises `AlreadyRunningError` if another program
    runs for longer than `wait_s` seconds and is not ending; that one is told. One that is ending is waited
    for without a limit, which `told` is told once. What was kept (`DeviceLock.keep`) the system lets go of.
    """
    locks = {folder: FolderLock(folder) for folder in memories}
    with ExitStack() as held:
        handle = _opened(None if run is None else run / f"{name}.lock")
        if handle is not None:
            held.callback(os.close, handle)
            _wait(lambda: _locked(handle), handle, wait_s, told)
        # At once: whoever comes now must not read that the one before was ending, and neither must this one.
        device = DeviceLock(handle, int(time.time()), locks)
        for lock in locks.values():
            held.callback(lock.let_go)
            _wait(lock.take, handle, wait_s, told)
        try:
            yield device
        finally:
            if device.is_kept:
                held.pop_all()


# ---------------------------------------------------------------- parts


def _opened(path: Path | None) -> int | None:
    if path is None:
        return None
    with suppress(OSError):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return None  # The memories are locked as well; no place for a file is no reason to stay dark.


def _wait(
    take: Callable[[], bool], file: int | None, wait_s: float, told: Callable[[Message], None]
) -> None:
    limit, waits = time.monotonic() + wait_s, False
    while not take():
        holder = None if file is None else _holder(file)
        if holder is not None and (holder.ending or is_dying(holder.pid)):
            if not waits:
                told(m("the program that ran here before is just ending: waiting for it"))
            waits = True
        elif time.monotonic() >= limit:
            if file is not None:
                with suppress(OSError):
                    os.utime(file)
            raise AlreadyRunningError(
                m("this device is running already: use its screen, or end that program first")
            )
        time.sleep(_PAUSE_S)


def _holder(handle: int) -> Holder | None:
    """Read who holds the lock; None if the file does not say."""
    try:
        found = _HOLDER.fullmatch(os.pread(handle, _HOLDER_SIZE, 0))
    except OSError:
        return None
    return found and Holder(int(found[1]), int(found[2]), found[3] is not None)


def is_dying(pid: int, processes: Path = Path("/proc")) -> bool:
    """Tell whether a process is killed and not gone yet: a zombie, or SIGKILL waits for it (proc(5))."""
    try:
        status = (processes / str(pid) / "status").read_text(errors="replace")
    except OSError:
        return False
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    pending = (lines.get(name, "0") for name in ("SigPnd", "ShdPnd"))
    with suppress(ValueError):
        return lines.get("State", "")[:1] in {"Z", "X"} or any(
            int(mask, 16) & _SIGKILL for mask in pending
        )
    return False


def _locked(handle: int) -> bool:
    return _taken(lambda: fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))


def _flocked(handle: int) -> bool:
    return _taken(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))


def _taken(take: Callable[[], None]) -> bool:
    try:
        take()
    except OSError as error:
        # A file system without locks is no reason to stay dark on the day.
        return error.errno not in _BUSY
    return True

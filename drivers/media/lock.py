"""Lock a device for one program: two that write into one log and one store would spoil both.

The locks lie on things that are there already, the device's own key and its folders, so that nothing
is written and a read-only medium is locked as well. The system lets go of them when the program ends,
however it ends (flock(2)); no program that this one starts inherits them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from drivers.media.errors import StorageError
from words.message import m

WAIT_S: Final = 3.0
"""How long a program that is just ending is waited for."""
_PAUSE_S: Final = 0.1
_BUSY: Final = frozenset({errno.EWOULDBLOCK, errno.EACCES})


class AlreadyRunningError(StorageError):
    """Another program serves with this device's key or on its folders."""


@contextmanager
def only_one(paths: Iterable[Path], wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold files and folders for this program alone; what is missing is passed over.

    Raises `AlreadyRunningError` if another program holds one of them for longer than `wait_s` seconds.
    """
    limit = time.monotonic() + wait_s
    with ExitStack() as held:
        for path in paths:
            try:
                handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue  # Nothing there that two programs could share; the start says what is wrong.
            held.callback(os.close, handle)
            while not _locked(handle):
                if time.monotonic() >= limit:
                    raise AlreadyRunningError(
                        m(
                            "this device is running already: use its screen, or end that program first"
                        )
                    )
                time.sleep(_PAUSE_S)
        yield


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks is no reason to stay dark on the day.
        return error.errno not in _BUSY
    return True

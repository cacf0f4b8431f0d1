"""Keep what a program holds in memory and writes to disk from other accounts of the machine."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""linux/prctl.h"""
_OWNER_ONLY: Final = 0o077


def keep_memory_off_the_disk() -> None:
    """Forbid core files, and other programs of the same account to look into this one (prctl(2)).

    Raises `OSError` where the system refuses; then nothing secret may be loaded.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number))


def keep_files_private() -> None:
    """Make new files 0600 and new folders 0700, for the whole process."""
    os.umask(_OWNER_ONLY)

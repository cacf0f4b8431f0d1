"""Keep what a program holds in memory and writes to disk from other accounts of the machine."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""linux/prctl.h"""
_OWNER_ONLY: Final = 0o077
OVERWRITING: Final = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0",
}
"""Make Python free memory by the C library alone, and that one fill what is freed (mallopt(3), M_PERTURB),
without the cache of each thread, which it does not fill. Another C library takes no notice."""

_BEGUN: Final = "AMIN_BEGUN_ANEW"
"""Set for a program that took its own place, so that it does so once."""


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


def overwrite_freed_memory() -> None:
    """Begin this program anew, once, so that whatever it frees is overwritten.

    Python's bytes cannot be wiped: what a card's token held would stay where it was freed until something
    else comes to lie there. An allocator is chosen before a program begins, so the program takes its own
    place, with the same process id. Nothing happens where it was begun so already. Raises `OSError` where
    the system does not hand the choice on; then nothing secret may be loaded.
    """
    if all(os.environ.get(name) == value for name, value in OVERWRITING.items()):
        return
    if _BEGUN in os.environ:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    surroundings = {**os.environ, **OVERWRITING, _BEGUN: "yes"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], surroundings)

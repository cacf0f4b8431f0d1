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
_BEGINS: Final = frozenset({"-m", "-c"})
"""Options of Python that name the program; all before them are about Python."""


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
    if _is_overwriting():
        return
    if _BEGUN in os.environ:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    words, surroundings = list(sys.orig_argv[1:]), dict(os.environ)
    if sys.flags.ignore_environment:
        # Isolated, Python would not hear of the allocator: other options isolate it as well.
        at = next((n for n, word in enumerate(words) if word in _BEGINS or word[:1] != "-"), 0)
        alone = (("-s", sys.flags.no_user_site), ("-P", sys.flags.safe_path))
        words = [*(option for option, given in alone if given), *words[at:]]
        surroundings = {name: v for name, v in surroundings.items() if name[:6] != "PYTHON"}
    os.execve(
        sys.executable, [sys.executable, *words], {**surroundings, **OVERWRITING, _BEGUN: "yes"}
    )


def _is_overwriting() -> bool:
    """Ask Python for its allocator, and see what the C library was told."""
    name = ctypes.pythonapi._PyMem_GetCurrentAllocatorName
    name.restype = ctypes.c_char_p
    tunables = "GLIBC_TUNABLES"
    return name() == b"malloc" and os.environ.get(tunables) == OVERWRITING[tunables]

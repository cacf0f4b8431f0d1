"""Draw secrets into buffers that can be overwritten.

Python's `bytes` cannot be overwritten: what they held stays in memory until something else happens
to take the place. A buffer is never copied here, so that after `wipe` nothing of it is left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SOURCE: Final = Path("/dev/urandom")
"""The one source of Linux that fills a buffer of ours (random(4))."""


def random_buffer(size: int) -> bytearray:
    """Draw `size` bytes from the operating system. Raises `OSError` where it gives none."""
    buffer = bytearray(size)
    with memoryview(buffer) as view, _SOURCE.open("rb", buffering=0) as source:
        done = 0
        while done < size:
            got = source.readinto(view[done:])
            if not got:
                raise OSError("the system gives no random bytes")
            done += got
    return buffer


def wipe(buffer: bytearray) -> None:
    """Overwrite a buffer with zeros, in place."""
    buffer[:] = bytes(len(buffer))

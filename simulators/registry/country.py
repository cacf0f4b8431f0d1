"""A network of its own for stations (network_namespaces(7)), whose one line to a centre is cut and mended.

What is sent while it is cut is lost without a word, as on a real line: nobody is told that it is down.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_IP: Final = "/usr/sbin/ip"
_CLONE_NEWNET: Final = 0x40000000
"""linux/sched.h"""


@dataclass(frozen=True, slots=True)
class Country:
    """A name space, and where the centre stands for it."""

    name: str
    address: str
    """Of the centre."""

    @property
    def _line(self) -> str:
        return f"{self.name}c"

    def enter(self) -> None:
        """Put the calling thread into the country, for good. Raises `OSError`."""
        opened = os.open(Path("/run/netns") / self.name, os.O_RDONLY)
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(opened, _CLONE_NEWNET) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(opened)

    def cut(self) -> None:
        """Cut the line."""
        _ip("link", "set", self._line, "down")

    def mend(self) -> None:
        """Mend it."""
        _ip("link", "set", self._line, "up")


@contextmanager
def country() -> Iterator[Country | None]:
    """Make one; None where this account or this machine may not."""
    made = Country(
        f"amin{os.getpid()}", f"10.213.{os.getpid() // 64 % 256}.{os.getpid() % 64 * 4 + 1}"
    )
    try:
        _ip("netns", "add", made.name)
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        here, there = f"{made.name}c", f"{made.name}s"
        head, _, last = made.address.rpartition(".")
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", made.name)
        _ip("addr", "add", f"{made.address}/30", "dev", here)
        _ip("link", "set", here, "up")
        _ip("-n", made.name, "addr", "add", f"{head}.{int(last) + 1}/30", "dev", there)
        _ip("-n", made.name, "link", "set", there, "up")
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            # The line goes with it.
            _ip("netns", "del", made.name)


def _ip(*words: str) -> None:
    subprocess.run([_IP, *words], check=True, stderr=subprocess.DEVNULL)

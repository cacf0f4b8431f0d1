"""Build the recorder, run under it, and read what it told."""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from shutil import which
from typing import Final

_SOURCE: Final = Path(__file__).with_name("shim.c")
_HEAD: Final = struct.Struct("<BIIQQQ")
_PRELOAD: Final = "LD_PRELOAD"


class Did(IntEnum):
    """What was done; the numbers are those of `shim.c`."""

    WRITE = 1
    TRUNCATE = 2
    CREATE = 3
    UNLINK = 4
    RENAME = 5
    LINK = 6
    SYNC = 7
    SYNC_NAMES = 8
    MARK = 9


@dataclass(frozen=True, slots=True)
class Event:
    """One call, in the order of time. `to`: the new name; `offset`: or the size after a truncation."""

    did: Did
    path: str
    to: str = ""
    inode: int = 0
    offset: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was there, and what was done to it."""

    folder: Path
    """All recorded folders are in it."""
    roots: tuple[Path, ...]
    before: Mapping[str, bytes]
    """Content by path."""
    inodes: Mapping[str, int]
    events: list[Event] = field(default_factory=list)


def build() -> Path | None:
    """Compile the recorder, once for this machine; None without a compiler."""
    compiler = which("gcc") or which("cc")
    if compiler is None:
        return None
    source = _SOURCE.read_bytes()
    name = f"amin-powercut-{os.getuid()}-{hashlib.sha256(source).hexdigest()[:16]}.so"
    made = Path(tempfile.gettempdir()) / name
    if not made.exists():
        aside = made.with_suffix(f".{os.getpid()}")
        options = ["-O2", "-shared", "-fPIC", "-o", str(aside), str(_SOURCE), "-ldl"]
        subprocess.run([compiler, *options], check=True)
        aside.rename(made)
    return made


def preloaded(library: Path) -> dict[str, str]:
    """Return the environment of a process that runs under the recorder."""
    return {**os.environ, _PRELOAD: str(library)}


def is_preloaded() -> bool:
    """Tell whether this process runs under the recorder."""
    return "amin-powercut-" in os.environ.get(_PRELOAD, "")


def again_preloaded(module: str) -> None:
    """Start this program once more, under the recorder. Ends the process."""
    library = build()
    if library is None:
        sys.exit("there is no C compiler: apt install gcc")
    command = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execve(sys.executable, command, preloaded(library))


def read_events(data: bytes) -> Iterator[Event]:
    """Read what the recorder told, as far as it is whole."""
    at = 0
    while at + _HEAD.size <= len(data):
        kind, one, two, inode, offset, size = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + one + two + size
        if end > len(data):
            return
        at += _HEAD.size
        path = os.fsdecode(data[at : at + one])
        to = os.fsdecode(data[at + one : at + one + two])
        yield Event(Did(kind), path, to, inode, offset, data[end - size : end])
        at = end


def contents(roots: Sequence[Path]) -> tuple[dict[str, bytes], dict[str, int]]:
    """Return content and inode of every file in these folders, by path."""
    files = {str(path): path for root in roots for path in sorted(root.iterdir()) if path.is_file()}
    return (
        {name: path.read_bytes() for name, path in files.items()},
        {name: path.stat().st_ino for name, path in files.items()},
    )


def mark(text: str) -> None:
    """Note something between two calls; nothing where nobody records."""
    if is_preloaded():
        data = text.encode()
        ctypes.CDLL(None).powercut_mark(data, ctypes.c_uint64(len(data)))


@contextmanager
def recording(folder: Path, roots: Sequence[Path]) -> Iterator[Recording]:
    """Record what this process does to the files of these folders; the events are there at the end."""
    library = ctypes.CDLL(None)
    library.powercut_size.restype = ctypes.c_uint64
    library.powercut_data.restype = ctypes.c_void_p
    made = Recording(folder, tuple(roots), *contents(roots))
    names = (ctypes.c_char_p * len(roots))(*(os.fsencode(root) for root in roots))
    library.powercut_roots(names, len(roots))
    try:
        yield made
    finally:
        size = library.powercut_size()
        made.events.extend(read_events(ctypes.string_at(library.powercut_data(), size)))
        library.powercut_roots(names, 0)

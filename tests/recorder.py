"""Record what SQLite and our own code write on a medium, write by write, in this process.

A shim around SQLite's default VFS (sqlite.org/c3ref/vfs.html): each file it opens gets a copy of its methods
in which writing, truncating and syncing are told before they are done. What Python writes and syncs itself
is told by `os.pwrite`, `os.fsync` and `os.fdatasync`. Nothing is changed on the way.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

import pytest

from tests.needs import missing


class Did(Enum):
    """What was done to a file, or to its folder's names."""

    WRITE = auto()
    TRUNCATE = auto()
    DELETE = auto()
    SYNC = auto()
    SYNC_NAMES = auto()


@dataclass(frozen=True, slots=True)
class Op:
    """One step, in the order of time. `offset`: of a write, or the size after a truncation."""

    did: Did
    path: str
    offset: int = 0
    data: bytes = b""


# ---------------------------------------------------------------- SQLite's structures

_P, _INT, _I64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_INT, _P, _P, _P, _INT, _P)
_DELETE = ctypes.CFUNCTYPE(_INT, _P, ctypes.c_char_p, _INT)
_WRITE = ctypes.CFUNCTYPE(_INT, _P, _P, _INT, _I64)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _P, _I64)
_SYNC = ctypes.CFUNCTYPE(_INT, _P, _INT)
_SYSCALL = ctypes.CFUNCTYPE(_INT, ctypes.c_char_p, _P)
_GET = ctypes.CFUNCTYPE(_P, _P, ctypes.c_char_p)
_SET = ctypes.CFUNCTYPE(_INT, _P, ctypes.c_char_p, _P)
_METHODS: Final = 19
"""Pointers of sqlite3_io_methods, version 3, with its version in the first place."""
_CLOSE, _READ, _AT_WRITE, _AT_TRUNCATE, _AT_SYNC = range(1, 6)
del _CLOSE, _READ


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", _INT),
        ("size", _INT),
        ("longest", _INT),
        ("next", _P),
        ("name", ctypes.c_char_p),
        ("data", _P),
        ("open", _P),
        ("delete", _P),
        *((f"_{n}", _P) for n in range(11)),
        ("set_system_call", _P),
        ("get_system_call", _P),
    )


class Recorder:
    """What is recorded; one at a time."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    @property
    def syncs(self) -> int:
        """Times that something was written through, names of folders included."""
        return sum(op.did in {Did.SYNC, Did.SYNC_NAMES} for op in self.ops)

    def syncs_of(self, name: str) -> int:
        """Syncs of files of this name, and of nothing else."""
        return sum(op.did is Did.SYNC and Path(op.path).name == name for op in self.ops)


_current: list[Recorder] = []
"""The one that listens, if one does."""
_kept: list[Any] = []
"""Callbacks and tables live as long as the process: connections that are open go on using them."""
_paths: dict[int, str] = {}
"""By the address of SQLite's open file."""


def _note(did: Did, path: str, offset: int = 0, data: bytes = b"") -> None:
    for recorder in _current:
        recorder.ops.append(Op(did, path, offset, data))


def _install() -> None:
    library = ctypes.CDLL("libsqlite3.so.0")
    library.sqlite3_libversion.restype = ctypes.c_char_p
    if library.sqlite3_libversion().decode() != sqlite3.sqlite_version:
        missing("SQLite as a library that Python shares")
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    tables: dict[int, Any] = {}
    opened, deleted = _OPEN(vfs.open), _DELETE(vfs.delete)

    def open_file(at: int, name: int | None, file: int, flags: int, out: int) -> int:
        # The name goes on as the pointer it is: SQLite keeps it.
        done = int(opened(at, name, file, flags, out))
        methods = ctypes.cast(file, ctypes.POINTER(_P))
        if done == 0 and name and methods[0]:
            _paths[file] = os.fsdecode(ctypes.string_at(name))
            if methods[0] not in tables:
                tables[methods[0]] = _told(methods[0])
                own = tables[methods[0]]
                tables[ctypes.addressof(own)] = own
            methods[0] = ctypes.addressof(tables[methods[0]])
        return done

    def delete(at: int, name: bytes, sync_names: int) -> int:
        _note(Did.DELETE, os.fsdecode(name))
        return int(deleted(at, name, sync_names))

    get, put = _GET(vfs.get_system_call), _SET(vfs.set_system_call)
    address = ctypes.addressof(vfs)
    folder = _SYSCALL(get(address, b"openDirectory"))

    def open_folder(name: bytes, out: int) -> int:
        # Opened for nothing but to sync the names in it.
        _note(Did.SYNC_NAMES, str(Path(os.fsdecode(name)).parent))
        return int(folder(name, out))

    callbacks = _OPEN(open_file), _DELETE(delete), _SYSCALL(open_folder)
    _kept.extend((callbacks, opened, deleted, folder, tables, vfs, library))
    vfs.open, vfs.delete = (ctypes.cast(each, _P).value for each in callbacks[:2])
    put(address, b"openDirectory", ctypes.cast(callbacks[2], _P).value)


def _told(methods: int) -> Any:
    """Copy a table of methods, with the three that change a medium replaced."""
    table = (_P * _METHODS)()
    ctypes.memmove(table, methods, ctypes.sizeof(table))
    write, truncate = _WRITE(table[_AT_WRITE] or 0), _TRUNCATE(table[_AT_TRUNCATE] or 0)
    sync = _SYNC(table[_AT_SYNC] or 0)

    def on_write(file: int, data: int, size: int, offset: int) -> int:
        _note(Did.WRITE, _paths[file], offset, ctypes.string_at(data, size))
        return int(write(file, data, size, offset))

    def on_truncate(file: int, size: int) -> int:
        _note(Did.TRUNCATE, _paths[file], size)
        return int(truncate(file, size))

    def on_sync(file: int, flags: int) -> int:
        _note(Did.SYNC, _paths[file])
        return int(sync(file, flags))

    callbacks = _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync)
    _kept.append((callbacks, write, truncate, sync))
    for place, callback in zip((_AT_WRITE, _AT_TRUNCATE, _AT_SYNC), callbacks, strict=True):
        table[place] = ctypes.cast(callback, _P).value
    return table


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record what is written from here on. Files that were opened before are not seen."""
    if not _kept:
        _install()
    recorder = Recorder()
    _current[:] = [recorder]
    pwrite, fsync, fdatasync = os.pwrite, os.fsync, os.fdatasync

    def path_of(handle: int) -> str:
        return str(Path(f"/proc/self/fd/{handle}").readlink())

    def own_write(handle: int, data: bytes, offset: int) -> int:
        _note(Did.WRITE, path_of(handle), offset, bytes(data))
        return pwrite(handle, data, offset)

    def own_sync(handle: int) -> None:
        path = path_of(handle)
        _note(Did.SYNC_NAMES if Path(path).is_dir() else Did.SYNC, path)
        fsync(handle)

    def own_data_sync(handle: int) -> None:
        _note(Did.SYNC, path_of(handle))
        fdatasync(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", own_write)
        patch.setattr(os, "fsync", own_sync)
        patch.setattr(os, "fdatasync", own_data_sync)
        try:
            yield recorder
        finally:
            _current.clear()

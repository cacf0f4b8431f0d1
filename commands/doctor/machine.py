"""Examine this machine, whatever it is to be: libraries, display, disk, daemons, ports."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from commands import plugins
from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.examined import secrecy
from drivers.examined.finding import DoctorFinding, at, bad, good
from election.because import because
from words.message import Bytes, Detail, Items, Latin, Message, Value, m

FREE_BYTES: Final = 1_000_000_000
"""A day's data, package, mirror and screens fit in well under this."""
MIN_PYTHON: Final = (3, 11)
MIN_SQLITE: Final = (3, 37)

_LIBRARIES: Final = (
    "PySide6-Essentials",
    "pyscard",
    "cryptography",
    "PyNaCl",
    "pyserial",
    "sqlite-utils",
)
_NOT_INSTALLED: Final = m("not installed")


def examine() -> tuple[DoctorFinding, ...]:
    """All findings; never raises for something that is missing."""
    python, sqlite = Latin(sys.version.split()[0]), Latin(sqlite3.sqlite_version)
    return (
        DoctorFinding(Latin("Python"), sys.version_info >= MIN_PYTHON, python),
        DoctorFinding(Latin("SQLite"), sqlite3.sqlite_version_info >= MIN_SQLITE, sqlite),
        *(_library(name) for name in _LIBRARIES),
        _group_arithmetic(),
        _compiled_core(),
        _signatures(),
        _screen(),
        disk(m("disk"), Path.cwd()),
        *secrecy.of_machine(),
        _readers(),
        _private_daemon(),
        _serial_ports(),
        _simulators(),
    )


def disk(name: Value, folder: Path) -> DoctorFinding:
    """Room where `folder` is, or would be."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return bad(name, at(folder, because(error)), m("mount or make it"))
    room = free >= FREE_BYTES
    advice = None if room else m("make room: a day needs up to {room}", room=Bytes(FREE_BYTES))
    detail = m("{room} free in {folder}", room=Bytes(free), folder=folder)
    return DoctorFinding(name, room, detail, advice)


def _library(library: str) -> DoctorFinding:
    name = Latin(library)
    try:
        return good(name, Latin(importlib.metadata.version(library)))
    except importlib.metadata.PackageNotFoundError:
        advice = m("run {command}, or install {name}", command=_SETUP, name=name)
        return bad(name, _NOT_INSTALLED, advice)


_SETUP: Final = Latin("make setup")


def _group_arithmetic() -> DoctorFinding:
    """Test libsodium: before the fix of CVE-2025-69277 it takes wrong points for right ones."""
    from crypto.group import self_test

    name = m("group arithmetic")
    try:
        self_test()
    except CryptoError as trouble:
        return bad(name, because(trouble), m("install a newer {name}", name=Latin("libsodium")))
    return good(name, m("the library's point checks are right"))


def _compiled_core() -> DoctorFinding:
    """Say whether sums run in C: nothing but time depends on it."""
    from crypto.core import IS_COMPILED

    name = m("compiled sums")
    if IS_COMPILED:
        return good(name, m("the compiled core computes"), needed=False)
    advice = m("run {command}; counting takes twice as long without it", command=_SETUP)
    return bad(name, m("not compiled"), advice, needed=False)


def _signatures() -> DoctorFinding:
    """Without ML-DSA no package is verified and no root signed."""
    from crypto.hybrid import self_test

    name = m("signatures")
    try:
        self_test()
    except CryptoError as trouble:
        return bad(name, because(trouble), m("run {command}", command=_SETUP))
    return good(name, m("the library signs with {name}", name=Latin("ML-DSA-65")))


def _screen() -> DoctorFinding:
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if display:
        return good(m("display"), Latin(display), needed=False)
    advice = m("a demonstration runs without one; a station needs a screen")
    return bad(m("display"), m("none"), advice, needed=False)


def _readers() -> DoctorFinding:
    from drivers.smartcard.pcsc import list_readers

    return _found(
        m("card readers"), list_readers, m("plug one in"), errors=(DriverError, ImportError)
    )


def _serial_ports() -> DoctorFinding:
    from serial.tools import list_ports

    def look() -> list[str]:
        return [port.device for port in list_ports.comports()]

    return _found(m("serial ports"), look, m("plug in the sensor or the printer"), (OSError,))


def _found(
    name: Message,
    look: Callable[[], Sequence[str]],
    advice: Message,
    errors: tuple[type[Exception], ...],
) -> DoctorFinding:
    try:
        found = look()
    except errors as trouble:
        return bad(name, because(trouble), needed=False)
    if found:
        return good(name, Items(tuple(map(Latin, found))), needed=False)
    return bad(name, m("none"), advice, needed=False)


def _private_daemon() -> DoctorFinding:
    name = m("virtual readers")
    why_not = plugins.virtual_readers()
    if why_not is None:
        return bad(name, m("simulators are not installed"), needed=False)
    if reason := why_not():
        return bad(name, m("they cannot be had{detail}", detail=Detail(reason)), needed=False)
    return good(name, m("a private card service can be had"), needed=False)


def _simulators() -> DoctorFinding:
    there = plugins.are_simulators_installed()
    detail = m("installed") if there else _NOT_INSTALLED
    return DoctorFinding(m("simulators"), there, detail, needed=False)

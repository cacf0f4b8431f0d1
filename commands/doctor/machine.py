"""Examine this machine, whatever it is to be: libraries, display, disk, daemons, ports."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from commands import plugins
from commands.doctor.finding import DoctorFinding
from drivers.errors import DriverError

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


def examine() -> tuple[DoctorFinding, ...]:
    """All findings; never raises for something that is missing."""
    return (
        DoctorFinding("Python", sys.version_info >= MIN_PYTHON, sys.version.split()[0]),
        DoctorFinding("SQLite", sqlite3.sqlite_version_info >= MIN_SQLITE, sqlite3.sqlite_version),
        *(_library(name) for name in _LIBRARIES),
        _group_arithmetic(),
        _signatures(),
        _screen(),
        disk("disk", Path.cwd()),
        _readers(),
        _private_daemon(),
        _serial_ports(),
        _simulators(),
    )


def disk(name: str, folder: Path) -> DoctorFinding:
    """Room where `folder` is, or would be."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return DoctorFinding(name, False, f"{folder}: {error.strerror}", advice="mount or make it")
    room = free >= FREE_BYTES
    advice = "" if room else "make room: a day needs up to 1,000 MB"
    return DoctorFinding(name, room, f"{free // 1_000_000:,} MB free in {folder}", advice=advice)


def _library(name: str) -> DoctorFinding:
    try:
        return DoctorFinding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return DoctorFinding(
            name, False, "not installed", advice=f"run `make setup`, or install {name}"
        )


def _group_arithmetic() -> DoctorFinding:
    """Test libsodium: before the fix of CVE-2025-69277 it takes wrong points for right ones."""
    from crypto.errors import CryptoError
    from crypto.group import self_test

    try:
        self_test()
    except CryptoError as trouble:
        return DoctorFinding(
            "group arithmetic", False, str(trouble), advice="install a newer libsodium"
        )
    return DoctorFinding("group arithmetic", True, "the library's point checks are right")


def _signatures() -> DoctorFinding:
    """Without ML-DSA no package is verified and no root signed."""
    from crypto.errors import CryptoError
    from crypto.hybrid import self_test

    try:
        self_test()
    except CryptoError as trouble:
        return DoctorFinding("signatures", False, str(trouble), advice="run `make setup`")
    return DoctorFinding("signatures", True, "the library signs with ML-DSA-65")


def _screen() -> DoctorFinding:
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return DoctorFinding(
        "display",
        bool(display),
        display or "none",
        needed=False,
        advice="" if display else "`amin demo` runs headless; a station needs a screen",
    )


def _readers() -> DoctorFinding:
    from drivers.smartcard.pcsc import list_readers

    def look() -> str:
        return ", ".join(list_readers())

    return _found("card readers", look, "plug one in", (DriverError, ImportError))


def _serial_ports() -> DoctorFinding:
    from serial.tools import list_ports

    def look() -> str:
        return ", ".join(port.device for port in list_ports.comports())

    return _found("serial ports", look, "plug in the sensor or the printer", (OSError,))


def _found(
    name: str, look: Callable[[], str], advice: str, errors: tuple[type[Exception], ...]
) -> DoctorFinding:
    try:
        found = look()
    except errors as trouble:
        return DoctorFinding(name, False, str(trouble), needed=False)
    if found:
        return DoctorFinding(name, True, found, needed=False)
    return DoctorFinding(name, False, "none", needed=False, advice=advice)


def _private_daemon() -> DoctorFinding:
    name = "virtual readers"
    why_not = plugins.virtual_readers()
    if why_not is None:
        return DoctorFinding(name, False, "simulators are not installed", needed=False)
    reason = why_not()
    return DoctorFinding(name, reason is None, reason or "a private pcscd can be had", needed=False)


def _simulators() -> DoctorFinding:
    there = plugins.are_simulators_installed()
    return DoctorFinding(
        "simulators", there, "installed" if there else "not installed", needed=False
    )

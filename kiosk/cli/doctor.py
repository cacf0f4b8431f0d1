"""`amin doctor`: which devices, daemons and libraries are here, and what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

FREE_BYTES = 1_000_000_000
"""A day's data, package, mirror and screens fit in well under this."""


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    detail: str
    """Evidence, or what to do."""
    needed: bool = True
    """Missing means that something does not work, not only that it works in another way."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def doctor(as_json: bool) -> None:
    """Say which devices, daemons and libraries are here, and what is missing.

    Exit status 1 if something needed is missing.
    """
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
    else:
        for each in findings:
            mark = "ok      " if each.ok else ("MISSING " if each.needed else "absent  ")
            click.echo(f"{mark}{each.name:<28}{each.detail}")
    if any(each.needed and not each.ok for each in findings):
        raise click.exceptions.Exit(1)


def examine() -> tuple[Finding, ...]:
    """All findings; never raises for something that is missing."""
    return (
        Finding("Python", sys.version_info >= (3, 11), sys.version.split()[0]),
        Finding("SQLite", sqlite3.sqlite_version_info >= (3, 37), sqlite3.sqlite_version),
        *(_library(name) for name in _LIBRARIES),
        _group_arithmetic(),
        _screen(),
        _disk(Path.cwd()),
        _readers(),
        _private_daemon(),
        _serial_ports(),
        _simulators(),
    )


_LIBRARIES = ("PySide6-Essentials", "pyscard", "cryptography", "PyNaCl", "pyserial", "sqlite-utils")


def _library(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, f"run `make setup`, or install {name}")


def _group_arithmetic() -> Finding:
    """libsodium before the fix of CVE-2025-69277 takes wrong points for right ones."""
    from crypto.errors import CryptoError
    from crypto.group import self_test

    try:
        self_test()
    except CryptoError as trouble:
        return Finding("group arithmetic", False, str(trouble))
    return Finding("group arithmetic", True, "the library's point checks are right")


def _screen() -> Finding:
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return Finding(
        "display", bool(display), display or "none: `amin demo` runs headless", needed=False
    )


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    detail = f"{free // 1_000_000:,} MB free here"
    if free < FREE_BYTES:
        detail += "; make room: a day needs up to 1,000 MB"
    return Finding("disk", free >= FREE_BYTES, detail)


def _readers() -> Finding:
    from drivers.errors import DriverError
    from drivers.smartcard.pcsc import list_readers

    def look() -> str:
        return ", ".join(list_readers())

    return _device(
        "card readers (system)", look, "no reader is plugged in", (DriverError, ImportError)
    )


def _serial_ports() -> Finding:
    from serial.tools import list_ports

    def look() -> str:
        return ", ".join(port.device for port in list_ports.comports())

    return _device("serial ports", look, "none: no real sensor or printer", (OSError,))


def _device(
    name: str, look: Callable[[], str], nothing: str, errors: tuple[type[Exception], ...]
) -> Finding:
    try:
        found = look()
    except errors as trouble:
        return Finding(name, False, str(trouble), needed=False)
    return Finding(name, bool(found), found or nothing, needed=False)


def _private_daemon() -> Finding:
    if importlib.util.find_spec("simulators") is None:
        return Finding("private pcscd", False, "not part of this installation", needed=False)
    from simulators.pcscd import unavailable_reason

    reason = unavailable_reason()
    return Finding(
        "private pcscd",
        reason is None,
        reason or "virtual readers can be had (pcscd, vsmartcard-vpcd)",
        needed=False,
    )


def _simulators() -> Finding:
    there = importlib.util.find_spec("simulators") is not None
    return Finding("simulators", there, "installed" if there else "not installed", needed=False)

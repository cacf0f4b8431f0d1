"""Read and write the portraits that lie beside the packages of the districts: one file for all of them.

    portraits.cbor   {"portraits": {SHA-256 (hex): JPEG …}}, canonical CBOR

Nothing signs the file and nothing has to: the package names every portrait by its SHA-256, and a device
takes the portraits that its package names and no others. Where the file is missing, cut or another one,
the package is not loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crypto.canonical import MAX_SIZE
from election.definition import Election, Sha256Hex
from election.errors import PackageError
from election.files import read_file
from election.reasons import PackageReason
from election.schema import SchemaError, from_cbor, to_cbor
from election.usb_drive import read_brought
from words.message import Bytes, Latin, m

if TYPE_CHECKING:
    from election.package.envelope import LoadedPackage

PACKAGE_FILE: Final = "package.amin"
"""Name of the election package, on the USB drive and installed."""
PORTRAITS_FILE: Final = "portraits.cbor"
"""Its name beside a package, on a drive and on a device."""
LARGEST_PORTRAITS: Final = 30_000_000
"""Bytes of the file."""
_MOST_ITEMS: Final = 20_000
"""CBOR items: two a portrait."""


@dataclass(frozen=True, slots=True)
class PortraitFile:
    """The content of the file."""

    portraits: Mapping[Sha256Hex, bytes]
    """JPEG, by SHA-256 (hex)."""


def write_portraits(portraits: Mapping[str, bytes]) -> bytes:
    """Return the file; the same portraits are the same bytes. `ValueError` outside its bounds."""
    return to_cbor(PortraitFile(portraits))


def read_portraits(data: bytes) -> Mapping[str, bytes]:
    """Read the file; whether a portrait is the named one is not looked at. Raises `PackageError`."""
    if len(data) > LARGEST_PORTRAITS:
        raise PackageError(
            PackageReason.PORTRAITS, m("larger than {most}", most=Bytes(LARGEST_PORTRAITS))
        )
    try:
        return from_cbor(PortraitFile, data, _MOST_ITEMS).portraits
    except SchemaError as error:
        raise PackageError(PackageReason.PORTRAITS, error.message) from error


def needed(election: Election) -> frozenset[str]:
    """Return the SHA-256 (hex) of every portrait of the election."""
    return frozenset(each.portrait for contest in election.contests for each in contest.candidates)


def portraits_beside(folder: Path, election: Election) -> Mapping[str, bytes]:
    """Read the portraits that an election names from the file in `folder`. Raises `PackageError`."""
    try:
        found = read_portraits(read_brought(folder / PORTRAITS_FILE, LARGEST_PORTRAITS))
    except OSError as error:
        raise PackageError(
            PackageReason.PORTRAITS,
            m("{file} is missing, or cannot be read", file=Latin(PORTRAITS_FILE)),
        ) from error
    taken = {name: found[name] for name in needed(election) & found.keys()}
    wrong = sum(hashlib.sha256(jpeg).hexdigest() != name for name, jpeg in taken.items())
    if missing := len(needed(election)) - len(taken) + wrong:
        raise PackageError(
            PackageReason.PORTRAITS,
            m("{count} portraits are missing, or not those of the package", count=missing),
        )
    return taken


def read_installed(folder: Path, digest: bytes) -> bytes:
    """Read a folder's package. Raises `PackageError` for another than that of the SHA-256, `OSError`."""
    data = read_file(folder / PACKAGE_FILE, MAX_SIZE)
    if hashlib.sha256(data).digest() != digest:
        raise PackageError(PackageReason.REPLACED)
    return data


def files_of(data: bytes, package: LoadedPackage) -> Mapping[str, bytes]:
    """Return the files that a device keeps of a loaded package, the one that names the others last."""
    beside = {PORTRAITS_FILE: write_portraits(package.portraits)} if package.beside else {}
    return {**beside, PACKAGE_FILE: data}

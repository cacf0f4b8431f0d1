"""Open what was sent to the branches: one package for all devices, or one for each part of a district.

    package.amin                    one for all
    districts/<number>/package.amin     one for each part; the portraits of all lie beside them
    districts/districts.csv             the parts, with their SHA-256: the last one is missed, too

The folder may be copied under another name.

Together the packages of the parts define what one package would: an election whose branches and devices
are those of all of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from election import package
from election.definition import BranchId, Election
from election.errors import ManifestError
from election.package.portraits import PACKAGE_FILE

DISTRICTS_FOLDER: Final = "districts"
REVISIONS_FOLDER: Final = "packages"
"""Of those that are kept (`headquarters.revisions`)."""
TABLE_FILE: Final = "districts.csv"
_DIGESTS: Final = "sha256"
"""Its column of the packages' SHA-256, in hex."""


@dataclass(frozen=True, slots=True)
class SentPackage:
    """A package, and whom it is for."""

    digest: bytes
    """SHA-256 of the file."""
    branches: tuple[BranchId, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """All packages of a revision."""

    election: Election
    packages: tuple[SentPackage, ...]

    @property
    def digests(self) -> frozenset[bytes]:
        """SHA-256 of the packages."""
        return frozenset(each.digest for each in self.packages)


def part_name(place: int) -> str:
    """Return the name of the folder of a part, by its place from 0."""
    return f"{place + 1:03}"


def files_in(place: Path) -> tuple[Path, ...]:
    """Return the packages of a place: itself, or those of the parts if it is a folder of them."""
    return tuple(sorted(place.glob(f"*/{PACKAGE_FILE}"))) if place.is_dir() else (place,)


def open_sent(place: Path, root: bytes, read: Callable[[Path], bytes]) -> Sent:
    """Open all packages of a place, as no device does. `root`: headquarters' certificate (DER).

    Raises `PackageError`, `ManifestError` if one is missing between others or they are not of one
    election, and what `read` raises.
    """
    found: list[Election] = []
    packages: list[SentPackage] = []
    paths = files_in(place)
    if place.is_dir() and {x.parent.name for x in paths} != set(map(part_name, range(len(paths)))):
        raise _not_whole(place)
    for path in paths:
        loaded = package.open_sent_package(read(path), root)
        ids = tuple(branch.id for branch in loaded.election.branches)
        packages.append(SentPackage(loaded.digest, ids))
        found.append(loaded.election)
    if not found:
        raise ManifestError.of("{folder} holds no package", folder=place)
    joined = _joined(found, place)
    if place.is_dir() and _listed(place, read) != sorted(x.digest for x in packages):
        raise _not_whole(place)
    return Sent(joined, tuple(packages))


def _listed(place: Path, read: Callable[[Path], bytes]) -> list[bytes]:
    """Return the digests of the table beside the packages.

    A copy that broke off lacks the last packages and the table together: wherever it lies and whatever it is
    called, it has to have it.
    """
    table = place / TABLE_FILE
    if not table.exists():
        raise _not_whole(place)
    try:
        rows = csv.DictReader(io.StringIO(read(table).decode("utf-8-sig")))
        return sorted(bytes.fromhex(row[_DIGESTS]) for row in rows)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise _not_whole(place) from error


def _not_whole(place: Path) -> ManifestError:
    return ManifestError.of(
        "{folder} lacks the package of a district: bring the folder back whole, from a copy",
        folder=place,
    )


def _joined(parts: Sequence[Election], place: Path) -> Election:
    """Return the election of whose branches and devices these are parts."""
    first, *others = parts
    common = replace(first, branches=(), devices=())
    for other in others:
        if replace(other, branches=(), devices=()) != common:
            raise ManifestError.of("{folder} holds packages of two elections", folder=place)
    branches = tuple(branch for part in parts for branch in part.branches)
    devices = sorted((x for part in parts for x in part.devices), key=lambda x: x.id)
    if len({each.id for each in branches}) < len(branches):
        raise ManifestError.of("{folder} holds a branch in two packages", folder=place)
    return replace(first, branches=branches, devices=tuple(devices))

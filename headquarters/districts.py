"""Divide an election into packages that are small however large the country is: one for each district.

    districts/districts.csv           which number has which districts: for whoever fills the drives
    districts/<number>/package.amin   the package of a part, at most `LARGEST_PACKAGE` bytes
    districts/portraits.cbor          the portraits of all of them (`election.package.portraits`)

A package holds the branches and devices of its part, and all contests, so that every device makes the
same ballots. Many branches of one district are divided into several parts; branches whose district has no
device yet go with their neighbours, because a package without a device could not be checked by anybody.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from election.definition import Branch, BranchId, Election, EnrolledDevice
from election.errors import ManifestError
from election.files import PUBLIC, write_new
from election.package.portraits import (
    LARGEST_PORTRAITS,
    PACKAGE_FILE,
    PORTRAITS_FILE,
    needed,
    write_portraits,
)
from headquarters.beginning import exchanging
from headquarters.candidate_files import as_table
from headquarters.progress import ProgressCallback
from headquarters.sent import TABLE_FILE, part_name
from words.message import Bytes

LARGEST_PACKAGE: Final = 10_000_000
"""Bytes."""
MOST_DEVICES: Final = 1000
"""Of one part: certificate and sealed key of a device take 7 kB."""


@dataclass(frozen=True, slots=True)
class PartRow:
    """A line of districts.csv."""

    folder: str
    district: str
    branches: int
    devices: int
    bytes: int
    sha256: str


def parts(election: Election) -> Iterator[Election]:
    """Yield the election with the branches and devices of one part after the other, districts together."""
    districts: dict[str, list[Branch]] = defaultdict(list)
    for branch in election.branches:
        districts[branch.district].append(branch)
    there = Counter(device.branch for device in election.devices)
    devices: dict[BranchId, list[EnrolledDevice]] = defaultdict(list)
    for device in election.devices:
        devices[device.branch].append(device)
    chunks: list[list[Branch]] = [[]]
    held = 0
    for branches in districts.values():
        if held:  # a part without a device goes on into the next district
            chunks.append([])
            held = 0
        for branch in branches:
            if held and held + there[branch.id] > MOST_DEVICES:
                chunks.append([])
                held = 0
            chunks[-1].append(branch)
            held += there[branch.id]
    if not held and len(chunks) > 1:
        last = chunks.pop()
        chunks[-1] += last
    for chunk in chunks:
        here = sorted((x for branch in chunk for x in devices[branch.id]), key=lambda x: x.id)
        yield replace(election, branches=tuple(chunk), devices=tuple(here))


def write_districts(
    target: Path,
    election: Election,
    portraits: Mapping[str, bytes],
    encode: Callable[[Election], bytes],
    progress: ProgressCallback,
) -> tuple[Path, ...]:
    """Write packages, portraits and the table into `target`, in the place of what is there, whole.

    `encode`: signs the package of a part, without portraits. Returns the packages. Raises `ManifestError`
    for one that is too large, `OSError`.
    """
    used = {name: portraits[name] for name in sorted(needed(election))}
    beside = write_portraits(used)
    _check_size(PORTRAITS_FILE, beside, LARGEST_PORTRAITS)
    made, rows, divided = [], [], tuple(parts(election))
    with exchanging(target) as aside:
        for place, part in enumerate(divided):
            data, name = encode(part), part_name(place)
            _check_size(name, data, LARGEST_PACKAGE)
            (aside / name).mkdir()
            write_new(aside / name / PACKAGE_FILE, data, PUBLIC)
            made.append(target / name / PACKAGE_FILE)
            rows.append(_row(name, part, data))
            progress("districts", place + 1, len(divided))
        write_new(aside / PORTRAITS_FILE, beside, PUBLIC)
        write_new(aside / TABLE_FILE, as_table(PartRow, rows), PUBLIC)
    return tuple(made)


def _row(name: str, part: Election, data: bytes) -> PartRow:
    districts = "، ".join(dict.fromkeys(branch.district for branch in part.branches))
    digest = hashlib.sha256(data).hexdigest()
    return PartRow(name, districts, len(part.branches), len(part.devices), len(data), digest)


def _check_size(name: str, data: bytes, most: int) -> None:
    if len(data) > most:
        raise ManifestError.of(
            "{name} has {size}, and a device reads {most}; make the portraits smaller, or the branches fewer",
            name=name,
            size=Bytes(len(data)),
            most=Bytes(most),
        )

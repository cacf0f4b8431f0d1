"""Number the packages that are made before the register, and keep those that devices may have loaded.

    package.amin               the newest revision, or districts/ with those of the districts
    packages/<revision>.amin   the earlier ones, from 1; packages/<revision>/<number>/package.amin
    packages.csv               file and SHA-256 of all that is kept in packages, written last

A copy of the folder may break off anywhere: what the list names and is not there, or differs, is refused by
name, and so are kept packages without the list. Otherwise bundles of devices that loaded them would be. Other
files, such as those that file managers leave in folders, are no matter.

All of them count. So a later one may add devices or change the hours and the rules of the day, but
nothing that a ballot is made of; and a device that was enrolled keeps its certificate, by which its
bundle is known.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from crypto.election import parse_election
from election.definition import BranchId, Election, EnrolledDevice
from election.definition_file import definition_digest
from election.errors import ManifestError
from election.fields import Pattern
from election.files import PUBLIC, replace_file, write_new
from election.package.portraits import PACKAGE_FILE
from election.register import Register
from headquarters.beginning import beginning
from headquarters.candidate_files import as_table, parse
from headquarters.sent import REVISIONS_FOLDER, TABLE_FILE, SentPackage, files_in
from headquarters.workspace import ElectionFolder, FolderError, open_sent_package, read_file
from words.message import Latin, m

LIST_FILE: Final = f"{REVISIONS_FOLDER}.csv"
_KEPT: Final = rf"{REVISIONS_FOLDER}/[0-9]+(\.amin|/[0-9]+/{PACKAGE_FILE}|/{TABLE_FILE})"
"""Files that are written here, from the election's folder."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A line of packages.csv."""

    file: Annotated[str, Pattern(_KEPT)]
    """From the election's folder."""
    sha256: Annotated[str, Pattern("[0-9a-f]{64}")]


def earlier(folder: ElectionFolder) -> tuple[Path, ...]:
    """Return the earlier revisions, oldest first. Raises `FolderError` where a file of them is lost."""
    listed = [folder.path / each.file for each in _listed(folder)]
    for path in listed:
        if not path.exists():
            raise _lost(path)
    found: list[Path] = []
    while any(x.is_relative_to(folder.revision(len(found) + 1)) for x in listed):
        found.append(folder.revision(len(found) + 1))
    there = (x for x in (folder.path / REVISIONS_FOLDER).rglob("*") if x.is_file())
    kept = {x for x in there if re.fullmatch(_KEPT, x.relative_to(folder.path).as_posix())}
    unlisted = kept - {*listed}
    target = folder.revision(len(found) + 1)
    # Keeping that was cut off before its list keeps nothing yet: its package is still the newest.
    if unlisted and not (
        all(path.is_relative_to(target) for path in unlisted)
        and _content(target) == _content(folder.package)
    ):
        raise _lost(folder.path / LIST_FILE)
    return tuple(found)


def earlier_digests(folder: ElectionFolder) -> tuple[bytes, ...]:
    """Return the SHA-256 of the earlier revisions, oldest first.

    Raises `FolderError`, also for a file that is not the one that was kept.
    """
    return tuple(digest for _, digests in _kept(folder) for digest in digests)


def sent_digests(
    folder: ElectionFolder, newest: Sequence[SentPackage], register: Register | None
) -> frozenset[bytes]:
    """Return the SHA-256 of all that devices may have loaded; `newest`: what was sent last.

    Raises `FolderError`, also where it is not what headquarters signed in the register. The list is signed by
    nobody: whoever changes a package can change its line, and an earlier revision in the newest one's place
    fits a shorter list.
    """
    revisions = [*_kept(folder), (folder.package, tuple(each.digest for each in newest))]
    if register is not None:
        _check_registered(folder, revisions, register)
    return frozenset(digest for _, digests in revisions for digest in digests)


def _kept(folder: ElectionFolder) -> list[tuple[Path, tuple[bytes, ...]]]:
    """Return the place of each earlier revision, oldest first, and the SHA-256 of its packages."""
    kept = {folder.path / each.file: each.sha256 for each in _listed(folder)}
    found = []
    for revision in earlier(folder):
        digests = []
        for path in files_in(revision):
            digest = hashlib.sha256(read_file(path))
            if kept.get(path) != digest.hexdigest():
                raise _lost(path)
            digests.append(digest.digest())
        found.append((revision, tuple(digests)))
    return found


def _check_registered(
    folder: ElectionFolder,
    revisions: Sequence[tuple[Path, tuple[bytes, ...]]],
    register: Register,
) -> None:
    named: dict[int, set[bytes]] = defaultdict(set)
    for package in register.packages:
        named[package.revision].add(package.sha256)
    if len(named) != len(revisions):
        raise FolderError.of(
            "the register names {named} revisions of the packages, and {folder} has {count}: bring "
            "{package}, packages and packages.csv back whole, from a copy",
            named=len(named),
            folder=folder.path,
            count=len(revisions),
            package=Latin(folder.package.name),
        )
    branches = {branch for group in register.groups for branch in group}
    for number, (place, digests) in enumerate(revisions, 1):
        here = {*digests}
        # A part whose branches the plan lost since is in no register.
        if not named[number] <= here or (
            here > named[number]
            and not _serve_none(place, here - named[number], register.root, branches)
        ):
            raise FolderError.of(
                "{place} is not revision {number} that the register names: bring {package}, packages and "
                "packages.csv back whole, from a copy",
                place=place,
                number=number,
                package=Latin(folder.package.name),
            )


def _serve_none(place: Path, digests: set[bytes], root: bytes, branches: set[BranchId]) -> bool:
    """Tell whether these packages of a revision are for none of the branches."""
    sent = open_sent_package(place, root).packages
    return not any(branches.intersection(x.branches) for x in sent if x.digest in digests)


def earlier_packages(folder: ElectionFolder, root: bytes) -> tuple[tuple[SentPackage, ...], ...]:
    """Return the packages of each earlier revision, oldest first. Raises `ElectionError`."""
    earlier_digests(folder)  # each file is the one that was kept
    return tuple(open_sent_package(path, root).packages for path in earlier(folder))


def packaged(folder: ElectionFolder, root: bytes) -> Election | None:
    """Return what the newest package defines; None before there is one. Raises `PackageError`."""
    return open_sent_package(folder.package, root).election if folder.package.exists() else None


def enrolled(before: Election | None) -> tuple[EnrolledDevice, ...]:
    """Return the devices whose certificates stay."""
    return () if before is None else before.devices


def keep(folder: ElectionFolder, before: Election, now: Election) -> None:
    """Keep the newest package as an earlier revision, before another takes its place.

    Raises `FolderError` if ballots would differ: then devices that loaded it could not be counted.
    """
    if _ballots(before) != _ballots(now):
        raise FolderError(
            m(
                "devices may have loaded {package}: contests, names and codes stay as they are; only "
                "if none has loaded it, delete it and repeat",
                package=folder.package,
            )
        )
    kept, newest = earlier(folder), _content(folder.package)
    if kept and _content(kept[-1]) == newest:  # cut off before the new one was written
        return
    target = folder.path / REVISIONS_FOLDER / str(len(kept) + 1)
    target.parent.mkdir(exist_ok=True)
    written = list(_listed(folder))
    if not folder.package.is_dir():
        target = target.with_name(f"{target.name}.amin")
        # What is there and on no list was cut off before it was listed, and kept nothing yet.
        replace_file(target, newest[PACKAGE_FILE], PUBLIC)
        written.append(kept_row(folder, target, newest[PACKAGE_FILE]))
    else:
        shutil.rmtree(target, ignore_errors=True)
        with beginning(target) as aside:
            for name, data in newest.items():
                (aside / name).parent.mkdir(exist_ok=True)
                write_new(aside / name, data, PUBLIC)
                written.append(kept_row(folder, target / name, data))
    write_list(folder, written)


def write_list(folder: ElectionFolder, kept: Iterable[KeptRow]) -> None:
    """Write the list of what is kept, after all of it. Raises `OSError`."""
    replace_file(folder.path / LIST_FILE, as_table(KeptRow, kept), PUBLIC)


def kept_row(folder: ElectionFolder, path: Path, data: bytes) -> KeptRow:
    """Return the line of a file that is kept."""
    name = path.relative_to(folder.path).as_posix()
    return KeptRow(name, hashlib.sha256(data).hexdigest())


def _listed(folder: ElectionFolder) -> Sequence[KeptRow]:
    """Return what is kept; nothing before the second package. Raises `FolderError`."""
    place = folder.path / LIST_FILE
    if not place.exists():
        return ()
    try:
        return parse(KeptRow, read_file(place), LIST_FILE)
    except ManifestError as error:
        raise _lost(place) from error


def _lost(path: Path) -> FolderError:
    return FolderError.of(
        "{path} is lost or was changed: bring packages and packages.csv back whole, from a copy",
        path=path,
    )


def _content(place: Path) -> dict[str, bytes]:
    """Return the packages of a revision, by their names in it, with the table of those of districts."""
    within = place if place.is_dir() else place.parent
    names = place.is_dir()
    beside = [table] if (table := place / TABLE_FILE).exists() else []
    return {
        str(path.relative_to(within)) if names else PACKAGE_FILE: read_file(path)
        for path in (*files_in(place), *beside)
    }


def _ballots(election: Election) -> tuple[str, bytes, bool, bytes]:
    """Return what all revisions have in common."""
    fingerprint = parse_election(election.belenios_election).fingerprint
    seal = election.seal_public_key
    return fingerprint, definition_digest(election), election.rehearsal, seal

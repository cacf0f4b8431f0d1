"""Number the packages that are made before the register, and keep those that devices may have loaded.

    package.amin               the newest revision, or districts/ with those of the districts
    packages/<revision>.amin   the earlier ones, from 1; packages/<revision>/<number>/package.amin

All of them count. So a later one may add devices or change the hours and the rules of the day, but
nothing that a ballot is made of; and a device that was enrolled keeps its certificate, by which its
bundle is known.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from crypto.election import parse_election
from election.definition import Election, EnrolledDevice
from election.definition_file import definition_digest
from election.files import PUBLIC, write_new
from election.package.portraits import PACKAGE_FILE
from headquarters.beginning import beginning
from headquarters.sent import REVISIONS_FOLDER, TABLE_FILE, SentPackage, files_in
from headquarters.workspace import ElectionFolder, FolderError, open_sent_package, read_file
from words.message import m


def earlier(folder: ElectionFolder) -> tuple[Path, ...]:
    """Return the earlier revisions, oldest first."""
    found: list[Path] = []
    while (path := folder.revision(len(found) + 1)).exists():
        found.append(path)
    return tuple(found)


def earlier_digests(folder: ElectionFolder) -> tuple[bytes, ...]:
    """Return the SHA-256 of the earlier revisions, oldest first. Raises `FolderError`."""
    return tuple(
        hashlib.sha256(read_file(path)).digest()
        for revision in earlier(folder)
        for path in files_in(revision)
    )


def earlier_packages(folder: ElectionFolder, root: bytes) -> tuple[tuple[SentPackage, ...], ...]:
    """Return the packages of each earlier revision, oldest first. Raises `ElectionError`."""
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
    if not folder.package.is_dir():
        write_new(target.with_name(f"{target.name}.amin"), newest[PACKAGE_FILE], PUBLIC)
        return
    with beginning(target) as aside:
        for name, data in newest.items():
            (aside / name).parent.mkdir(exist_ok=True)
            write_new(aside / name, data, PUBLIC)


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

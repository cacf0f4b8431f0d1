"""Write what travels to the branches, and what is published before the day.

    package.amin             the signed election package, one for all devices; or
    districts/               packages of the districts, with the portraits beside them (`districts`)
    public/election.json     the Belenios election object; its hash is the fingerprint φ
    public/trustees.json     the trustees' public keys and proofs
    public/definition.json   contests, candidates and codes: what the numbers in the result mean
    public/root.der          headquarters' root certificate

A package holds one enrolment list for all its devices; each device's card key in it is sealed to that
device alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crypto.election import parse_election
from crypto.trustees import Trustees
from election.definition import Election
from election.definition_file import definition_bytes
from election.envelope import EnvelopeRefusedError
from election.errors import ManifestError
from election.files import PUBLIC, read_file, replace_file
from election.package import encode_package
from election.package.envelope import form
from election.package.portraits import PACKAGE_FILE, PORTRAITS_FILE, needed
from election.recorded import RecordedList
from headquarters.authority import Authority
from headquarters.candidate_files import MAX_SIZE
from headquarters.districts import write_districts
from headquarters.progress import ProgressCallback, no_progress
from headquarters.sent import DISTRICTS_FOLDER, TABLE_FILE
from words.message import Bytes

PUBLIC_FOLDER = "public"


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """The package that was written: where, and the values to compare at the branch."""

    path: Path
    """The package, or the folder of those of the districts."""
    size: int
    """Bytes, of the largest one."""
    digest: str
    """SHA-256 of the file (hex), to compare at the branch; of the table of the districts, if there is one."""
    fingerprint: str
    """φ of the Belenios election."""
    devices: int
    """On the enrolment lists."""
    packages: tuple[Path, ...] = ()

    def counted(self) -> dict[str, object]:
        """Return what people compare and programs read."""
        return {
            "package": str(self.path),
            "bytes": self.size,
            "digest": self.digest,
            "fingerprint": self.fingerprint,
            "devices": self.devices,
            "packages": len(self.packages),
        }

    @property
    def travels(self) -> tuple[Path, ...]:
        """What goes onto the drive of a branch: of the first part, if there are several."""
        beside = self.path / PORTRAITS_FILE
        return (self.packages[0], *([beside] if self.path.is_dir() else []))


def encode(
    election: Election,
    portraits: Mapping[str, bytes] | None,
    authority: Authority,
    recorded: tuple[RecordedList, ...] = (),
) -> bytes:
    """Encode and sign the package. Raises `ManifestError` if definition and portraits do not fit.

    `portraits`: None where they lie beside it.
    """
    used = None
    if portraits is not None:
        names = needed(election)
        used = {digest: data for digest, data in portraits.items() if digest in names}
    try:
        return encode_package(election, used, authority.signer_key, authority.signer, recorded)
    except EnvelopeRefusedError as error:
        raise ManifestError.of(
            "the package has more than the {most} that devices read; make the portraits smaller",
            most=Bytes(form().max_size),
        ) from error


def write_package(
    folder: Path,
    election: Election,
    trustees: Trustees,
    portraits: Mapping[str, bytes],
    authority: Authority,
    recorded: tuple[RecordedList, ...] = (),
    *,
    divided: bool = False,
    progress: ProgressCallback = no_progress,
) -> WrittenPackage:
    """Write package and public files, replacing earlier ones. Raises `ManifestError`, `OSError`.

    `divided`: a package for each district, with the portraits beside them.
    """
    belenios = parse_election(election.belenios_election)
    if belenios.public_key != trustees.election_key:
        raise ManifestError.of("the election was made for other trustees; package it again")
    public = folder / PUBLIC_FOLDER
    public.mkdir(parents=True, exist_ok=True)
    for target, content in (
        (public / "election.json", election.belenios_election),
        (public / "trustees.json", trustees.text),
        (public / "definition.json", definition_bytes(election)),
        (public / "root.der", authority.root),
    ):
        replace_file(target, content, PUBLIC)
    # The package last: where it is, all of the step is done.
    if divided:
        path = folder / DISTRICTS_FOLDER
        made = write_districts(
            path,
            election,
            portraits,
            lambda part: encode(part, None, authority, recorded),
            progress,
        )
        table = read_file(path / TABLE_FILE, MAX_SIZE)
        size = max(each.stat().st_size for each in made)
    else:
        path = folder / PACKAGE_FILE
        table = encode(election, portraits, authority, recorded)
        replace_file(path, table, PUBLIC)
        made, size = (path,), len(table)
    digest = hashlib.sha256(table).hexdigest()
    return WrittenPackage(path, size, digest, belenios.fingerprint, len(election.devices), made)

"""Write what travels to the branches, and what is published before the day.

    package.amin             the signed election package, one for all devices
    public/election.json     the Belenios election object; its hash is the fingerprint φ
    public/trustees.json     the trustees' public keys and proofs
    public/definition.json   contests, candidates and codes: what the numbers in the result mean
    public/root.der          headquarters' root certificate

The package holds the same enrolment list for all; each device's card key in it is sealed to that
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
from election.files import PUBLIC, replace_file
from election.package import encode_package
from election.package.envelope import form
from election.recorded import RecordedList
from headquarters.authority import Authority
from words.message import Bytes

PACKAGE_FILE = "package.amin"
PUBLIC_FOLDER = "public"


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """The package that was written: where, and the values to compare at the branch."""

    path: Path
    size: int
    """Bytes."""
    digest: str
    """SHA-256 of the file (hex), to compare at the branch."""
    fingerprint: str
    """φ of the Belenios election."""
    devices: int
    """On its enrolment list."""


def encode(
    election: Election,
    portraits: Mapping[str, bytes],
    authority: Authority,
    recorded: tuple[RecordedList, ...] = (),
) -> bytes:
    """Encode and sign the package. Raises `ManifestError` if definition and portraits do not fit."""
    needed = {
        candidate.portrait for contest in election.contests for candidate in contest.candidates
    }
    used = {digest: data for digest, data in portraits.items() if digest in needed}
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
) -> WrittenPackage:
    """Write package and public files, replacing earlier ones. Raises `ManifestError`, `OSError`."""
    belenios = parse_election(election.belenios_election)
    if belenios.public_key != trustees.election_key:
        raise ManifestError.of("the election was made for other trustees; package it again")
    data = encode(election, portraits, authority, recorded)
    public = folder / PUBLIC_FOLDER
    public.mkdir(parents=True, exist_ok=True)
    path = folder / PACKAGE_FILE
    for target, content in (
        (path, data),
        (public / "election.json", election.belenios_election),
        (public / "trustees.json", trustees.text),
        (public / "definition.json", definition_bytes(election)),
        (public / "root.der", authority.root),
    ):
        replace_file(target, content, PUBLIC)
    return WrittenPackage(
        path,
        len(data),
        hashlib.sha256(data).hexdigest(),
        belenios.fingerprint,
        len(election.devices),
    )

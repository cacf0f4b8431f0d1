"""Reconcile from the files that the office was given, and sign as the reconciliation officer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.election import parse_election
from election.bundle import form
from election.files import open_file, read_file
from election.lots import MAX_LOT, LotKind, open_lot
from election.register import MAX_REGISTER, PublishedRegister, open_published_register
from election.registry_export import ExportedClaim, read_export
from election.registry_status import MAX_STATUS, open_status
from headquarters.decisions import MAX_SIZE, Signed, Undecided
from headquarters.exclusion import read_handles
from headquarters.keepers import Unlock
from headquarters.offices import load_sealing_key, sign_as
from headquarters.reconciliation import (
    MAX_LIST,
    Reconciled,
    ReconciliationError,
    propose,
    read_persons,
    read_stations,
)
from headquarters.workspace import open_sent_package
from words.message import m


@dataclass(frozen=True, slots=True)
class OfficeFiles:
    """What the office was given; nothing of it is kept."""

    package: Path
    root: Path
    """Headquarters' root certificate."""
    handles: Path
    voted: Path | None
    """National numbers of those who got an ordinary ballot, where no station sealed them."""
    bundles: tuple[Path, ...]
    """Of the identity stations; with those of the terminals it is known which ordinary cards were used."""
    not_eligible: Path | None = None
    register: Path | None = None
    """Stations with an earlier package that it names count, too."""
    lot: Path | None = None
    export: Path | None = None
    """All claims of the registry, with its status beside it (FILE.json)."""


def reconcile_files(
    own: Path, files: OfficeFiles, unlock: Unlock, undecided: Undecided, now: datetime
) -> tuple[Reconciled, Signed]:
    """Decide which provisional ballots count, and sign with the officer's keys in `own`.

    Raises `ElectionError`, `CryptoError`, `OSError`.
    """
    certificate = read_file(files.root, MAX_CERTIFICATE_SIZE)
    sent = open_sent_package(files.package, certificate)
    election = sent.election
    fingerprint = parse_election(election.belenios_election).fingerprint
    published = None
    if files.register is not None:
        published = open_published_register(read_file(files.register, MAX_REGISTER), certificate)
    earlier = () if published is None else (each.sha256 for each in published.register.packages)
    told = propose(
        read_handles(read_file(files.handles, MAX_SIZE), election.uuid, fingerprint),
        read_stations(
            [read_file(path, form().max_size) for path in files.bundles],
            election,
            frozenset({*sent.digests, *earlier}),
            certificate,
            now,
        ),
        load_sealing_key(own, unlock),
        election=election.uuid,
        fingerprint=fingerprint,
        voted=_persons(files.voted),
        not_eligible=_persons(files.not_eligible),
        undecided=undecided,
        lot=_lot(files.lot, published),
        exported=exported_claims(files.export, published),
        on_paper={branch.id for branch in election.branches if branch.paper_ballots},
    )
    return told, Signed(told.statement, (sign_as(own, told.statement, unlock),))


def exported_claims(
    path: Path | None, published: PublishedRegister | None
) -> Iterator[ExportedClaim]:
    """Yield the claims that a registry vouches for, each verified by the register."""
    if path is None:
        return
    if published is None:
        raise ReconciliationError(m("--export needs --register: it says whose registry it is"))
    status = open_status(read_file(path.with_name(f"{path.name}.json"), MAX_STATUS), published)
    with open_file(path) as stream:
        yield from read_export(stream, status.export or b"", published)


def _persons(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else read_persons(read_file(path, MAX_LIST), path.name)


def _lot(path: Path | None, published: PublishedRegister | None) -> tuple[bytes, str] | None:
    """Return the SHA-256 of a recorded lot's file and its value."""
    if path is None:
        return None
    if published is None:
        raise ReconciliationError(m("--lot needs --register: it says who may record a lot"))
    data = read_file(path, MAX_LOT)
    return sha256(data).digest(), open_lot(data, published, LotKind.DECISIONS).value

"""Reconcile from the files that the office was given, and sign as the reconciliation officer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.election import parse_election
from election import bundle, rescue, takeover
from election.because import because
from election.bundle import Bundle, BundleError
from election.definition import DeviceId
from election.envelope import is_envelope
from election.errors import ElectionError
from election.files import open_file, read_file
from election.lots import MAX_LOT, LotKind, open_lot
from election.register import MAX_REGISTER, PublishedRegister, open_published_register
from election.registry_export import ExportedClaim, read_export
from election.registry_status import MAX_STATUS, open_status
from election.rescue import MAX_RESCUE, Rescue, RescueFile, is_rescue
from election.takeover import branches_after, open_takeover
from headquarters.decisions import MAX_SIZE, Signed, Undecided
from headquarters.exclusion import read_handles
from headquarters.handed_in import Believed, verified_bundle, verified_rescue, with_spares
from headquarters.keepers import Unlock
from headquarters.offices import load_sealing_key, sign_as
from headquarters.reconciliation import (
    MAX_LIST,
    Reconciled,
    ReconciliationError,
    propose,
    read_persons,
)
from headquarters.workspace import open_sent_package
from words.message import m

T = TypeVar("T")


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
    """Of the identity stations; with those of the terminals it is known which ordinary cards were used.

    Among them, each known by its header: rescues of dead terminals, take-overs of spares (`*.takeover`).
    """
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
    given = _sorted(files.bundles)
    takeovers = [_verified(file, published, open_takeover) for file in given.takeovers]
    if published is not None:
        branches_after(takeovers, published.register)
        election = with_spares(election, takeovers, published.register)
    rescues = [
        _verified(file, published, lambda data, known: verified_rescue(data, election, known))
        for file in given.rescues
    ]
    earlier = () if published is None else (each.sha256 for each in published.register.packages)
    packages = frozenset({*sent.digests, *earlier})
    by = Believed(election, packages, certificate, published)
    told = propose(
        read_handles(read_file(files.handles, MAX_SIZE), election.uuid, fingerprint),
        _closed(given.bundles, by, now),
        load_sealing_key(own, unlock),
        election=election.uuid,
        fingerprint=fingerprint,
        voted=_persons(files.voted),
        not_eligible=_persons(files.not_eligible),
        undecided=undecided,
        lot=_lot(files.lot, published),
        exported=exported_claims(files.export, published),
        on_paper={branch.id for branch in election.branches if branch.paper_ballots},
        devices=election.devices,
        rescued=_found(rescues),
    )
    return told, Signed(told.statement, (sign_as(own, told.statement, unlock),))


@dataclass(frozen=True, slots=True)
class _Given:
    """Files by what their headers call them, each with its name."""

    bundles: list[tuple[str, bytes]] = field(default_factory=list)
    rescues: list[tuple[str, bytes]] = field(default_factory=list)
    takeovers: list[tuple[str, bytes]] = field(default_factory=list)


def _sorted(paths: Iterable[Path]) -> _Given:
    given = _Given()
    for path in paths:
        data = read_file(path, max(bundle.form().max_size, MAX_RESCUE))
        if is_rescue(data):
            given.rescues.append((path.name, data))
        elif is_envelope(takeover.form(), data):
            given.takeovers.append((path.name, data))
        elif is_envelope(rescue.form(), data):
            raise ReconciliationError.of(
                "{name} is a rescue's act alone and has no spent authorizations: give the rescue that was "
                "handed in, which headquarters keeps in rescues",
                name=path.name,
            )
        else:
            given.bundles.append((path.name, data))
    return given


def _closed(files: Iterable[tuple[str, bytes]], by: Believed, now: datetime) -> tuple[Bundle, ...]:
    """Verify closing bundles, one of each device; a refusal names the file or the device."""
    found: dict[DeviceId, Bundle] = {}
    for name, data in files:
        try:
            read = verified_bundle(data, by, now)
        except BundleError as error:
            raise ReconciliationError.of(
                "{name}: {error}", name=name, error=because(error)
            ) from error
        if found.setdefault(read.device, read) != read:
            raise ReconciliationError.of(
                "{device} has closed twice with different content", device=read.device
            )
    return tuple(found.values())


def _verified(
    file: tuple[str, bytes],
    published: PublishedRegister | None,
    verify: Callable[[bytes, PublishedRegister], T],
) -> T:
    """Verify an act by the register; the refusal names the file."""
    name, data = file
    if published is None:
        raise ReconciliationError.of(
            "{name} needs --register: it says whose cards and devices may sign it", name=name
        )
    try:
        return verify(data, published)
    except ElectionError as error:
        raise ReconciliationError.of("{name}: {error}", name=name, error=because(error)) from error


def _found(rescues: Iterable[tuple[RescueFile, Rescue]]) -> dict[DeviceId, set[bytes]]:
    """Return the hashes that were found, by terminal; of two memories of one, both together."""
    found: dict[DeviceId, set[bytes]] = {}
    for file, said in rescues:
        found.setdefault(said.device, set()).update(each.hash for each in file.spent)
    return found


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

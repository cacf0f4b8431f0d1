"""Make the register of an election once, after its package and before the day, and publish it.

    register.json          beside the package, for the USB drives (`election.register`)
    public/register.json   the same bytes, for everybody; its SHA-256 is the election's number
    operators/*.der             certificates of the operators' cards, as they were given out
    reserves/<district>/*.der   those of a district's reserves, who may act in its branches only

After it no package is made any more: what a device loads is named in the register.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.certificates import MAX_CERTIFICATE_SIZE, Subject, read_subject, verify_chain
from crypto.election import parse_election
from crypto.errors import CryptoError
from crypto.group import point_text
from crypto.trustees import Trustees
from election.acts import RESERVE
from election.because import because
from election.definition import BranchId, DeviceId, Election, Role
from election.definition_file import DEFINITION_FILE, definition_bytes, definition_digest
from election.errors import ManifestError
from election.files import PUBLIC, read_file, replace_file, write_new
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    BranchOperators,
    ElectionNumber,
    PublishedRegister,
    Register,
    RegisteredDevice,
    RegisteredEvaluator,
    RegisteredPackage,
    RegisteredSigners,
    ReserveOperators,
    SeatRule,
    number_of,
    open_published_register,
    write_register,
)
from headquarters.authority import is_operator_number, load_root, load_signer
from headquarters.batches import MINIMUM_BALLOTS
from headquarters.keepers import Unlock
from headquarters.offices import (
    OBSERVER,
    OFFICER,
    evaluators,
    office_certificate,
    registry_certificates,
)
from headquarters.packaging import PUBLIC_FOLDER
from headquarters.revisions import earlier_digests, earlier_packages
from headquarters.trustees import PUBLIC_FILE, load_trustees
from headquarters.workspace import (
    SPARES_FOLDER,
    ElectionFolder,
    FolderError,
    Workspace,
    load_plan,
    open_workspace,
)
from words.message import m

OPERATORS_FOLDER: Final = "operators"
RESERVES_FOLDER: Final = "reserves"
_DEVICE_ROLES: Final = frozenset({Role.BALLOT_TERMINAL, Role.IDENTITY_STATION})
_OPERATOR_ROLES: Final = frozenset({Role.OFFICER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Offices:
    """The certificates (DER) of the offices that sign after the day."""

    index: bytes
    reconciliation: bytes | None
    """None for an election without such an office."""
    observer: bytes | None
    registry: tuple[bytes, ...] = ()
    """One, or none where every station stands alone."""
    evaluator: tuple[RegisteredEvaluator, ...] = ()
    """One, if there is a registry that stations of many branches ask."""


@dataclass(frozen=True, slots=True)
class WrittenRegister:
    """The register that was written, and its number."""

    path: Path
    number: ElectionNumber
    register: Register


def register_election(
    folder: ElectionFolder, unlock: Unlock, now: datetime, minimum: int = MINIMUM_BALLOTS
) -> WrittenRegister:
    """Write the register of a packaged election, once. Raises `ElectionError`, `OSError`."""
    path = folder.register
    if path.exists():
        raise FolderError(
            m("{path} is there: a register is made once and never changed", path=path)
        )
    workspace = open_workspace(folder)
    plan, signer = load_plan(folder), load_signer(folder.keys, unlock)
    has_office = bool(workspace.election.reconciliation_public_key)
    register = make_register(
        workspace.election,
        [*earlier_digests(folder), workspace.package_digest],
        workspace.root,
        load_trustees(folder.trustees / PUBLIC_FILE),
        Offices(
            signer.certificate,
            office_certificate(folder.offices, OFFICER) if has_office else None,
            office_certificate(folder.offices, OBSERVER) if has_office else None,
            registry_certificates(folder.offices),
            evaluators(folder.offices),
        ),
        SeatRule(plan.seats.denominator, plan.seats.left_overs, plan.lots.seats),
        plan.lots.decisions,
        _operators(folder.path / OPERATORS_FOLDER, workspace, now),
        minimum,
        _spares(workspace, now),
        _reserves(folder.path / RESERVES_FOLDER, workspace, now),
        _divided(folder, workspace),
    )
    data = write_register(register, signer.key, signer.certificate)
    write_new(path, data, PUBLIC)
    replace_file(folder.path / PUBLIC_FOLDER / REGISTER_FILE, data, PUBLIC)
    return WrittenRegister(path, number_of(data), register)


def make_register(
    election: Election,
    packages: Sequence[bytes],
    root: bytes,
    trustees: Trustees,
    offices: Offices,
    seats: SeatRule,
    decision_lot: str,
    operators: Sequence[BranchOperators] = (),
    minimum: int = MINIMUM_BALLOTS,
    spares: Sequence[bytes] = (),
    reserves: Sequence[ReserveOperators] = (),
    divided: tuple[RegisteredPackage, ...] = (),
) -> Register:
    """Put together what is registered; every branch is a group of its own.

    `packages`: SHA-256 of each revision, oldest first, that serves all branches; `divided`: in their place,
    those of the districts. `operators`: by branch. `spares`: certificates of devices without a branch.
    """
    branches = tuple(sorted(branch.id for branch in election.branches))
    index, observer = offices.index, _some(offices.observer)
    both = (index, *observer)
    return Register(
        election=election.uuid,
        fingerprint=parse_election(election.belenios_election).fingerprint,
        rehearsal=election.rehearsal,
        definition=definition_digest(election),
        seats=seats,
        decision_lot=decision_lot,
        minimum=minimum,
        groups=tuple((branch,) for branch in branches),
        packages=divided
        or tuple(
            RegisteredPackage(revision, branches, digest)
            for revision, digest in enumerate(packages, 1)
        ),
        root=root,
        trustees=tuple(
            point_text(owner.public_key) for _, owner in sorted(trustees.owners.items())
        ),
        devices=_devices(election, spares),
        operators=tuple(operators),
        reserves=tuple(reserves),
        signers=RegisteredSigners((index,), _some(offices.reconciliation), observer, both, both),
        split_keys=(),
        registry=offices.registry,
        evaluator=offices.evaluator,
        branch_authorities=(),
    )


def load_register(folder: ElectionFolder) -> PublishedRegister | None:
    """Read and verify the folder's register; None before there is one. Raises `RegisterError`."""
    if not folder.register.exists():
        return None
    data = read_file(folder.register, MAX_REGISTER)
    return open_published_register(data, load_root(folder.keys))


def batch_minimum(folder: ElectionFolder, wanted: int | None) -> int:
    """Return the minimum of a batch: the registered one. Raises `FolderError` if another is wanted."""
    published = load_register(folder)
    if published is None:
        return wanted or MINIMUM_BALLOTS
    registered = published.register.minimum
    if wanted not in (None, registered):
        raise FolderError(
            m(
                "the register names {registered} ballots as the minimum of a batch; leave out --minimum",
                registered=registered,
            )
        )
    return registered


def publish_register(workspace: Workspace, target: Path) -> None:
    """Copy the register, if there is one, and the definition it names beside the index."""
    if not workspace.folder.register.exists():
        return
    data = read_file(workspace.folder.register, MAX_REGISTER)
    replace_file(target / DEFINITION_FILE, definition_bytes(workspace.election), PUBLIC)
    replace_file(target / REGISTER_FILE, data, PUBLIC)


# ---------------------------------------------------------------- parts


def _divided(folder: ElectionFolder, workspace: Workspace) -> tuple[RegisteredPackage, ...]:
    """Return the packages of the districts, by revisions; none where one package serves all branches."""
    if not folder.package.is_dir():
        return ()
    known = {branch.id for branch in workspace.election.branches}
    revisions = (*earlier_packages(folder, workspace.root), workspace.packages)
    return tuple(
        RegisteredPackage(revision, served, each.digest)
        for revision, packages in enumerate(revisions, 1)
        for each in packages
        if (served := tuple(sorted(known.intersection(each.branches))))
    )


def _devices(election: Election, spares: Sequence[bytes]) -> tuple[RegisteredDevice, ...]:
    certificates = [*(device.certificate for device in election.devices), *spares]
    return tuple(sorted(map(_registered, certificates), key=lambda device: device.id))


def _registered(certificate: bytes) -> RegisteredDevice:
    subject = read_subject(certificate)
    return RegisteredDevice(
        DeviceId(subject.name),
        Role(subject.role),
        BranchId(subject.branch) if subject.branch else None,
        subject.signing_key.classical.raw,
        hashlib.sha256(certificate).digest(),
    )


def _spares(workspace: Workspace, now: datetime) -> tuple[bytes, ...]:
    found = []
    for path in sorted((workspace.folder.path / SPARES_FOLDER).glob("*.der")):
        certificate = read_file(path, MAX_CERTIFICATE_SIZE)
        try:
            verify_chain(certificate, workspace.root, now, _DEVICE_ROLES, "")
        except CryptoError as error:
            raise ManifestError.of(
                "{name}: {error}", name=path.name, error=because(error)
            ) from error
        found.append(certificate)
    return tuple(found)


def _operators(folder: Path, workspace: Workspace, now: datetime) -> tuple[BranchOperators, ...]:
    found: dict[BranchId, set[bytes]] = defaultdict(set)
    for digest, holder in _cards(folder, workspace, now):
        found[BranchId(holder.branch)].add(digest)
    return tuple(
        BranchOperators(branch, tuple(sorted(digests))) for branch, digests in sorted(found.items())
    )


def _reserves(folder: Path, workspace: Workspace, now: datetime) -> tuple[ReserveOperators, ...]:
    """Read the reserves of each district; its folder has its name."""
    districts: dict[str, list[BranchId]] = defaultdict(list)
    for branch in workspace.election.branches:
        districts[branch.district].append(branch.id)
    found = []
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        if place.name not in districts:
            raise ManifestError.of("{name}: no branch is in this district", name=place.name)
        cards = list(_cards(place, workspace, now, RESERVE))
        digests = tuple(sorted({digest for digest, _ in cards}))
        branches = tuple(sorted(districts[place.name]))
        if digests:
            found.append(ReserveOperators(place.name, branches, digests))
    return tuple(found)


def _cards(
    folder: Path, workspace: Workspace, now: datetime, branch: str | None = None
) -> Iterator[tuple[bytes, Subject]]:
    """Yield SHA-256 and holder of the operators' certificates in a folder. Raises `ManifestError`."""
    for path in sorted(folder.glob("*.der")):
        certificate = read_file(path, MAX_CERTIFICATE_SIZE)
        try:
            holder = verify_chain(certificate, workspace.root, now, _OPERATOR_ROLES, branch)
        except CryptoError as error:
            raise ManifestError.of(
                "{name}: {error}", name=path.name, error=because(error)
            ) from error
        if branch is None and holder.branch == RESERVE:
            raise ManifestError.of(
                "{name}: a reserve's card belongs into the folder of its district", name=path.name
            )
        if not is_operator_number(holder.name):
            raise ManifestError.of(
                "{name}: an operator's certificate has a number of 1 to 12 digits, no name",
                name=path.name,
            )
        yield hashlib.sha256(certificate).digest(), holder


def _some(certificate: bytes | None) -> tuple[bytes, ...]:
    return () if certificate is None else (certificate,)

"""Make the rulings of two offices: which of two closings counts, and which cards are revoked.

Signed by headquarters and the supervision board (`election.rulings`). What was ruled stays: entries are added
only. A revoked card voids nothing, its later acts are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from election.bundle import Bundle, BundleError
from election.definition import DeviceId
from election.errors import ElectionError
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason, RegisterReason
from election.register import Register
from election.rulings import (
    ChosenClosing,
    Revocation,
    RevocationGround,
    Rulings,
    check_rulings_successor,
    write_rulings,
)
from headquarters.authority import load_signer
from headquarters.closings import content_digest
from headquarters.grounds import check_same
from headquarters.handed_in import verified_bundle
from headquarters.intake import believed_by
from headquarters.keepers import Unlock
from headquarters.offices import open_office
from headquarters.workspace import Workspace, read_brought_file, read_file


def make_rulings(
    workspace: Workspace,
    closings: Iterable[Path],
    revoked: Mapping[Path, RevocationGround],
    observer: Path,
    unlock: Unlock,
    now: datetime,
    since: datetime | None = None,
) -> bytes:
    """Sign the rulings that are there, and new ones, as headquarters and as the supervision board.

    `closings`: of each device that closed twice, the bundle that counts. `revoked`: certificates (DER) of
    cards or devices, as registered; `since`: when they were lost, `now` if nobody knows. `observer`: the
    folder of the board's keys. Raises `ElectionError`, also for a device that did not close twice,
    or a certificate that is revoked on another ground.
    """
    published = workspace.published
    if published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    number = bytes.fromhex(published.number)
    before = workspace.acts.rulings or Rulings(number, (), ())
    chosen = {each.device: each for each in before.closings}
    for path in closings:
        closing = _closing(workspace, path, now)
        if chosen.setdefault(closing.device, closing) != closing:
            raise OfficeListError(OfficeListReason.LIST_CHANGED)
    at = (since or now).replace(microsecond=0)
    keys = {each.certificate: each for each in before.revocations}
    for path, ground in revoked.items():
        certificate = _registered(published.register, read_brought_file(path))
        there = keys.setdefault(certificate, Revocation(certificate, ground, at))
        check_same(path.name, there.ground, ground)
    rulings = Rulings(
        number,
        tuple(chosen[device] for device in sorted(chosen)),
        tuple(keys[certificate] for certificate in sorted(keys)),
    )
    check_rulings_successor(before, rulings)
    signer = load_signer(workspace.folder.keys, unlock)
    offices = [(signer.key, signer.certificate), open_office(observer, unlock)]
    return write_rulings(rulings, offices)


# ---------------------------------------------------------------- parts


def _closing(workspace: Workspace, path: Path, now: datetime) -> ChosenClosing:
    """Return the choice of a bundle, if its device closed otherwise as well."""
    chosen = _read(workspace, read_brought_file(path), now)
    if chosen is None:
        raise ElectionError.of("{name} is no bundle that could count", name=path.name)
    digest = content_digest(chosen)
    if {digest} >= set(_contents(workspace, chosen.device, now)):
        raise ElectionError.of(
            "{device} did not close twice with different content", device=chosen.device
        )
    return ChosenClosing(chosen.device, digest)


def _contents(workspace: Workspace, device: DeviceId, now: datetime) -> Iterator[bytes]:
    """Yield the digests of all closings of a device that were imported."""
    for path in workspace.folder.bundles.glob("*.bundle"):
        data = read_file(path)
        if device.encode() in data:  # else it would be verified for nothing
            bundle = _read(workspace, data, now)
            if bundle is not None and bundle.device == device:
                yield content_digest(bundle)


def _read(workspace: Workspace, data: bytes, now: datetime) -> Bundle | None:
    try:
        return verified_bundle(data, believed_by(workspace), now)
    except BundleError:
        return None


def _registered(register: Register, certificate: bytes) -> bytes:
    digest = sha256(certificate).digest()
    operators = (each.certificates for each in register.operators)
    reserves = (each.certificates for each in register.reserves)
    known = {device.certificate for device in register.devices}.union(*operators, *reserves)
    if digest not in known:
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    return digest

"""Certify the spares of the districts: devices that have no branch until one dies.

    requests/spares/<district>/<device>.json     brought from the spares (`election.enrolment`)
    spares/<device>.der                          the certificate, for the register
    spares/<device>.spare                        for the USB drive in the spare's box (`election.spare`)

They are made anew with each package: a spare that asks with the same keys keeps its certificate, and what was
made of a request that is there no more is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from crypto.certificates import named_pair
from election.because import because
from election.definition import Branch, BranchId, DeviceId, Election
from election.device_acts import DeviceActError
from election.enrolment import EnrolmentError, EnrolmentRequest, check_request, read_request
from election.errors import ElectionError
from election.files import PUBLIC, replace_file
from election.reasons import DeviceActReason, RegisterReason
from election.register import PublishedRegister
from election.spare import SPARE, SPARE_SUFFIX, Spare, open_spare, write_spare
from headquarters.authority import Authority, AuthorityError, Issuer, Validity, check_apart
from headquarters.device_list import ListedDevice
from headquarters.typed import spelled
from headquarters.workspace import (
    SPARES_FOLDER,
    ElectionFolder,
    FolderError,
    read_brought_file,
    read_file,
)

_REQUESTS: Final = "spares"


def certify_spares(
    folder: ElectionFolder,
    authority: Authority,
    election: str,
    branches: Sequence[Branch],
    validity: Validity,
    beside: Sequence[EnrolmentRequest] = (),
) -> tuple[DeviceId, ...]:
    """Certify what asked; return the spares. `election`: its uuid; `beside`: devices of the branches.

    Raises `EnrolmentError`, `FolderError` for a district without branches, `AuthorityError` for an id or
    key that another device has, before anything is written; `OSError`.
    """
    districts = tuple(dict.fromkeys(branch.district for branch in branches))
    asked = tuple(_asked(folder, districts))
    for count, (district, request) in enumerate(asked, 1):
        try:
            check_apart((*beside, *(before for _, before in asked[:count])))
        except AuthorityError as error:
            name = f"{_REQUESTS}/{district}/{request.device}"
            raise AuthorityError.of("{name}: {error}", name=name, error=because(error)) from error
    made = []
    for district, request in asked:
        certificate = _certificate(folder, authority, request, validity)
        spare = Spare(election, district, certificate, request.sealing_key)
        place = folder.path / SPARES_FOLDER
        place.mkdir(exist_ok=True)
        signed = write_spare(spare, authority.signer_key, authority.signer)
        replace_file(place / f"{request.device}.der", certificate, PUBLIC)
        replace_file(place / f"{request.device}{SPARE_SUFFIX}", signed, PUBLIC)
        made.append(request.device)
    # A certificate that lies here is in the register, and believed.
    for path in (folder.path / SPARES_FOLDER).glob("*"):
        if path.suffix in {".der", SPARE_SUFFIX} and path.stem not in made:
            path.unlink()
    return tuple(made)


def spares_of(
    folder: ElectionFolder, branches: Sequence[Branch]
) -> tuple[tuple[str, ListedDevice], ...]:
    """Return the spares that asked, each after its district, as devices of no branch.

    Raises `FolderError` for a request that is none, or of a district without branches.
    """
    districts = tuple(dict.fromkeys(branch.district for branch in branches))
    return tuple(
        (district, ListedDevice(request.device, request.role, SPARE))
        for district, request in _asked(folder, districts)
    )


def check_spare(
    folder: ElectionFolder,
    election: Election,
    published: PublishedRegister,
    spare: DeviceId,
    branch: BranchId,
) -> None:
    """Raise `DeviceActError` for a spare of another district, `ElectionError` without its certificate."""
    place, device = folder.path / SPARES_FOLDER, published.register.device(spare)
    certificate = place / f"{spare}.der"
    known = certificate.exists() and hashlib.sha256(read_file(certificate)).digest()
    if device is None or known != device.certificate:
        raise ElectionError(RegisterReason.REGISTER_DEVICE.sentence)
    named, here = place / f"{spare}{SPARE_SUFFIX}", election.branch(branch)
    if not named.exists():  # certified by another office: the register alone speaks for it
        return
    district = open_spare(read_file(named), published).said.district
    if here is None or here.district != district:
        raise DeviceActError(DeviceActReason.ACT_DISTRICT)


def _asked(
    folder: ElectionFolder, districts: Collection[str]
) -> Iterator[tuple[str, EnrolmentRequest]]:
    """Yield district, as the plan spells it, and request, by the folders' names."""
    for path in sorted((folder.requests / _REQUESTS).glob("*/*.json")):
        if path.name.startswith("."):
            continue
        try:
            request = read_request(read_brought_file(path))
            check_request(request)
        except EnrolmentError as error:
            raise FolderError.of("{name}: {error}", name=path.name, error=because(error)) from error
        if request.branch != SPARE:
            raise FolderError.of(
                "{name} asks for branch {branch}: a spare is set up with --branch {spare}",
                name=path.name,
                branch=request.branch,
                spare=SPARE,
            )
        district = spelled(path.parent.name, districts)
        if district is None:
            raise FolderError.of("{name}: no branch is in this district", name=path.parent.name)
        yield district, request


def _certificate(
    folder: ElectionFolder, issuer: Issuer, request: EnrolmentRequest, validity: Validity
) -> bytes:
    path: Path = folder.path / SPARES_FOLDER / f"{request.device}.der"
    if path.exists():
        kept = read_file(path)
        if named_pair(kept) == request.key:
            return kept
    return issuer.issue(request.device, request.key, request.role, validity, "")

"""Keep headquarters' keys, and issue certificates with them.

A folder, made once, that stays on an offline machine:

    root.key      signs certificates               root.der     its self-signed certificate
    signer.key    signs packages and indexes       signer.der   its certificate (role headquarters)
                  both: pairs of keys, Ed25519 and ML-DSA-65 (`crypto.hybrid`)
    sealing.key   opens sealed ballot records      sealing.pub  what they are sealed to
    cards/<branch>.key    management key of the branch's authorization cards (AES-256)

Files with secrets are readable by their owner only, and none is ever replaced. Each step loads the
keys that it signs or unseals with, and no other: `load_authority` for a package, `load_signer` for
an index, `load_sealing_key` for an import, `load_root` for everything else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from crypto import certificates, sealing
from crypto.certificates import OperatorCardKey
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.sealing import SealingKey
from election.because import because
from election.definition import ID_PATTERN, BranchId, EnrolledDevice, Role
from election.enrolment import EnrolmentRequest, check_request
from election.errors import ElectionError
from election.files import PUBLIC, write_new
from election.roles import ROLES
from election.sealed import CARD_KEY_SIZE, seal_card_key
from words.message import Message, m

T = TypeVar("T")

Confirm: TypeAlias = Callable[[Message], bool]
"""Asks a person; the question is a whole sentence."""

_DEVICE_ROLES = frozenset({Role.IDENTITY_STATION, Role.BALLOT_TERMINAL})
_WINDOWS_NAMES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{x}{i}" for x in ("COM", "LPT") for i in range(1, 10))]
)
_OPERATOR_ROLES = frozenset({Role.OFFICER, Role.SUPERVISOR})


class AuthorityError(ElectionError):
    """Headquarters' keys are missing, damaged, or used for something they are not for."""


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate counts (aware)."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs packages and indexes. Never log this."""

    root: bytes
    """Certificate (DER) of the root that vouches for it."""
    certificate: bytes
    """DER."""
    key: HybridKey

    def __repr__(self) -> str:
        return "Signer(…)"


@dataclass(frozen=True, slots=True)
class Authority:
    """The keys that enrol devices and sign a package. Never log this."""

    root: bytes
    """Certificate (DER), what every device is given beforehand."""
    signer: bytes
    """Certificate (DER) of the key that signs packages."""
    root_key: HybridKey
    signer_key: HybridKey
    sealing_public: bytes
    """What ballot records are sealed to; `load_sealing_key` opens them."""

    def __repr__(self) -> str:
        return "Authority(…)"

    def issue(
        self,
        name: str,
        key: OperatorCardKey | HybridPublicKey,
        role: Role,
        validity: Validity,
        branch: str = "",
    ) -> bytes:
        """Issue a certificate (DER) with the root key; `branch`: empty for headquarters' own."""
        return certificates.issue(
            self.root,
            self.root_key,
            name,
            key,
            role=role,
            branch=branch,
            not_before=validity.not_before,
            not_after=validity.not_after,
        )


def create_authority(
    folder: Path,
    name: str,
    validity: Validity,
    confirm: Confirm,
    *,
    shown: Path | None = None,
) -> Authority:
    """Make all keys in an empty or new folder.

    `shown`: where the folder will lie, for the questions; `folder` if not given. Raises `AuthorityError`
    if the person declines or keys are already there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise AuthorityError.of(
            "{folder} is not empty; keys are made once, in a folder of their own", folder=folder
        )
    questions = (
        m(
            "Make the keys of “{name}” in {folder}? Whoever has them can enrol devices.",
            name=name,
            folder=shown or folder,
        ),
        m("Is this machine offline, and will the folder be copied to a second medium in a safe?"),
    )
    if not all(confirm(question) for question in questions):
        raise AuthorityError.of("no keys were made")
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    root_key, signer_key = HybridKey.generate(), HybridKey.generate()
    root = certificates.create_root(name, root_key, validity.not_before, validity.not_after)
    sealing_key = SealingKey.generate()
    authority = Authority(root, b"", root_key, signer_key, sealing_key.public_bytes)
    common = certificates.common_name(name, ": packages")
    signer = authority.issue(common, signer_key.public, Role.HEADQUARTERS, validity)
    write_new(folder / "root.key", root_key.to_pem())
    write_new(folder / "signer.key", signer_key.to_pem())
    write_new(folder / "sealing.key", sealing_key.to_pem())
    write_new(folder / "root.der", root, PUBLIC)
    write_new(folder / "signer.der", signer, PUBLIC)
    write_new(folder / "sealing.pub", sealing_key.public_bytes, PUBLIC)
    return replace(authority, signer=signer)


def load_root(folder: Path) -> bytes:
    """Load the root certificate (DER). No key is opened. Raises `AuthorityError`."""
    return _read(folder / "root.der", Path.read_bytes)


def load_signer(folder: Path) -> Signer:
    """Load the key that signs packages and indexes, with its certificate. Raises `AuthorityError`."""
    certificate, key = _load_pair(folder, "signer")
    return Signer(load_root(folder), certificate, key)


def load_sealing_key(folder: Path) -> SealingKey:
    """Load the key that opens sealed ballot records. Raises `AuthorityError`."""
    return _read(folder / "sealing.key", SealingKey.load)


def load_authority(folder: Path) -> Authority:
    """Load the keys that enrol devices and sign a package. Raises `AuthorityError`."""
    root, root_key = _load_pair(folder, "root")
    signer = load_signer(folder)
    public = _read(folder / "sealing.pub", _load_public_key)
    return Authority(root, signer.certificate, root_key, signer.key, public)


def issue_device(authority: Authority, request: EnrolmentRequest, validity: Validity) -> bytes:
    """Issue a certificate (DER) for a device that asked for it.

    Raises `EnrolmentError` for a request that is not in order, `AuthorityError` for a role that no
    device has or a branch that is none.
    """
    check_request(request)
    if request.role not in _DEVICE_ROLES:
        raise AuthorityError.of("no device has the role {role}", role=ROLES[request.role])
    branch = _branch(request.branch)
    return authority.issue(request.device, request.key, request.role, validity, branch)


def issue_operator(
    authority: Authority,
    name: str,
    public_key: OperatorCardKey,
    *,
    role: Role,
    branch: BranchId,
    validity: Validity,
) -> bytes:
    """Issue a certificate (DER) for the PIV card of an officer or supervisor of a branch.

    `name`: 1 to 64 characters. Raises `AuthorityError`.
    """
    if role not in _OPERATOR_ROLES:
        raise AuthorityError.of(
            "an operator is an officer or a supervisor, not {role}", role=ROLES[role]
        )
    if not 0 < len(name) <= 64:
        raise AuthorityError.of("an operator's name has 1 to 64 characters")
    return authority.issue(name, public_key, role, validity, _branch(branch))


def branch_card_key(folder: Path, branch: BranchId) -> bytes:
    """Load the management key (32 bytes) of a branch's authorization cards; make it when first asked.

    Raises `AuthorityError` for a damaged file.
    """
    path = folder / "cards" / f"{_branch(branch)}.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_new(path, secrets.token_bytes(CARD_KEY_SIZE))
    key = _read(path, Path.read_bytes)
    if len(key) != CARD_KEY_SIZE:
        raise AuthorityError.of("{path} is damaged; restore the copy", path=path)
    return key


def enrol(
    authority: Authority,
    requests: Iterable[EnrolmentRequest],
    card_key: Callable[[BranchId], bytes],
    election: str,
    validity: Validity,
    before: Iterable[EnrolledDevice] = (),
) -> tuple[EnrolledDevice, ...]:
    """Make the enrolment list: a certificate and the branch's sealed card key for every device.

    `election`: its uuid; `card_key`: usually `branch_card_key` of the folder; `before`: devices of an
    earlier list, which keep their certificates if they ask with the same keys. Raises
    `EnrolmentError` or `AuthorityError`, also if two requests share an id or a key.
    """
    ordered = sorted(requests, key=lambda request: request.device)
    # Files are named after devices: FAT and Windows do not tell small letters from capitals.
    ids = {request.device.casefold() for request in ordered}
    keys = {request.signing_key for request in ordered}
    sealing_keys = {request.sealing_key for request in ordered}
    for request in ordered:
        if request.device.upper() in _WINDOWS_NAMES:
            raise AuthorityError.of(
                "{device} is a name that Windows keeps for itself; give the device another name",
                device=request.device,
            )
    if not len(ids) == len(keys) == len(sealing_keys) == len(ordered):
        raise AuthorityError.of("two devices ask for the same id or with the same key; enrol one")
    kept = {
        (each.id, each.role, each.branch, certificates.named_pair(each.certificate).raw): each
        for each in before
    }

    def certificate(request: EnrolmentRequest) -> bytes:
        found = kept.get((request.device, request.role, request.branch, request.signing_key))
        return issue_device(authority, request, validity) if found is None else found.certificate

    return tuple(
        EnrolledDevice(
            request.device,
            request.role,
            request.branch,
            certificate(request),
            seal_card_key(
                card_key(request.branch),
                election,
                request.branch,
                request.device,
                request.sealing_key,
            ),
        )
        for request in ordered
    )


def _load_pair(folder: Path, name: str) -> tuple[bytes, HybridKey]:
    """Load a certificate and its key, checked to belong together."""
    certificate = _read(folder / f"{name}.der", Path.read_bytes)
    key = _read(folder / f"{name}.key", HybridKey.load)
    try:
        certified = certificates.named_pair(certificate)
    except DecodeError as error:
        raise AuthorityError.of(
            "{path} is damaged; restore the copy", path=folder / f"{name}.der"
        ) from error
    if certified != key.public:
        raise AuthorityError.of(
            "{name}.key and {name}.der in {folder} do not belong together; restore the copy",
            name=name,
            folder=folder,
        )
    return certificate, key


def _load_public_key(path: Path) -> bytes:
    data = path.read_bytes()
    sealing.check_public_key(data)
    return data


def _branch(branch: BranchId) -> str:
    if not re.fullmatch(ID_PATTERN, branch):
        raise AuthorityError.of("a branch is named with letters, digits and hyphens, 32 at most")
    return branch


def _read(path: Path, load: Callable[[Path], T]) -> T:
    try:
        return load(path)
    except FileNotFoundError as error:
        raise AuthorityError.of(
            "{path} is missing; make the keys first (amin election new), or restore the copy",
            path=path,
        ) from error
    except OSError as error:
        raise AuthorityError.of(
            "{path} cannot be read: {reason}", path=path, reason=because(error)
        ) from error
    except DecodeError as error:
        raise AuthorityError.of(
            "{path} is damaged; restore the copy: {error}", path=path, error=because(error)
        ) from error
    except CryptoError as error:
        raise AuthorityError.of(
            "{path} cannot be used: {error}", path=path, error=because(error)
        ) from error

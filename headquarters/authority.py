"""Keep headquarters' keys, and issue certificates with them.

A folder, made once, that stays on an offline machine:

    root.der      the root's self-signed certificate
    signer.key    signs packages and indexes       signer.der   its certificate (role headquarters)
    sealing.key   opens sealed ballot records      sealing.pub  what they are sealed to
    cards/<branch>.key    management key of the branch's authorization cards (AES-256)
    root/root.key         signs certificates: for enrolment and operators only; taken away in between

`root.key` and `signer.key` are pairs, Ed25519 and ML-DSA-65 (`crypto.hybrid`). All keys are locked: the
root's with a lock of its own, the others with another (`headquarters.key_folder`). None is ever
replaced. Each step loads the keys that it signs or unseals with, and no other: `load_authority` for a
package, `load_issuer` for operators' cards, `load_signer` for an index, `load_sealing_key` for an import,
`load_root` for everything else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from crypto import certificates, sealing
from crypto.certificates import OperatorCardKey
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.sealing import SealingKey
from election.acts import RESERVE
from election.definition import ID_PATTERN, BranchId, EnrolledDevice, Role
from election.enrolment import EnrolmentRequest, check_request
from election.errors import ElectionError
from election.files import PUBLIC, read_file, write_new
from election.roles import ROLES
from election.sealed import CARD_KEY_SIZE, seal_card_key
from headquarters.keepers import Unlock
from headquarters.key_folder import (
    KeyFolder,
    KeyUse,
    create_key_folder,
    damaged,
    missing,
    open_key_folder,
    unreadable,
)
from words.message import Message, m

T = TypeVar("T")

ROOT_FOLDER: Final = "root"
"""Of the root's key, in the folder of headquarters' keys; it may lie anywhere."""
_MAX_PUBLIC: Final = 64 * 1024

Confirm: TypeAlias = Callable[[Message], bool]
"""Asks a person; the question is a whole sentence."""

_DEVICE_ROLES = frozenset({Role.IDENTITY_STATION, Role.BALLOT_TERMINAL})
_WINDOWS_NAMES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{x}{i}" for x in ("COM", "LPT") for i in range(1, 10))]
)
_OPERATOR_ROLES = frozenset({Role.OFFICER, Role.SUPERVISOR})


class AuthorityError(ElectionError):
    """Headquarters' keys do not fit together, or are used for something they are not for."""


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
class Issuer:
    """The root's key, which issues certificates. Never log this."""

    root: bytes
    """Certificate (DER), what every device is given beforehand."""
    root_key: HybridKey

    def __repr__(self) -> str:
        return "Issuer(…)"

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


@dataclass(frozen=True, slots=True)
class Authority(Issuer):
    """The keys that enrol devices and sign a package. Never log this."""

    signer: bytes
    """Certificate (DER) of the key that signs packages."""
    signer_key: HybridKey
    sealing_public: bytes
    """What ballot records are sealed to; `load_sealing_key` opens them."""

    def __repr__(self) -> str:
        return "Authority(…)"


def create_authority(
    folder: Path,
    name: str,
    validity: Validity,
    confirm: Confirm,
    unlock: Unlock,
    *,
    rehearsal: bool = False,
    shown: Path | None = None,
) -> Authority:
    """Make all keys in an empty or new folder, and close them.

    `rehearsal`: the keys are marked, also in the root's certificate, and no real election takes them.
    `shown`: where the folder will lie, for the questions; `folder` if not given. Raises `AuthorityError`
    if the person declines or keys are already there, and what the keeper raises.
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
    use = KeyUse.of(rehearsal)
    keys = create_key_folder(folder, use, unlock)
    apart = create_key_folder(folder / ROOT_FOLDER, use, unlock)
    root_key, signer_key = HybridKey.generate(), HybridKey.generate()
    root = certificates.create_root(
        name, root_key, validity.not_before, validity.not_after, rehearsal=rehearsal
    )
    sealing_key = SealingKey.generate()
    authority = Authority(root, root_key, b"", signer_key, sealing_key.public_bytes)
    common = certificates.common_name(name, ": packages")
    signer = authority.issue(common, signer_key.public, Role.HEADQUARTERS, validity)
    apart.write_new("root.key", root_key.to_pem())
    keys.write_new("signer.key", signer_key.to_pem())
    keys.write_new("sealing.key", sealing_key.to_pem())
    write_new(folder / "root.der", root, PUBLIC)
    write_new(folder / "signer.der", signer, PUBLIC)
    write_new(folder / "sealing.pub", sealing_key.public_bytes, PUBLIC)
    return replace(authority, signer=signer)


def load_root(folder: Path) -> bytes:
    """Load the root certificate (DER). No key is opened. Raises `KeyFolderError`."""
    return _read_public(folder / "root.der")


def load_signer(folder: Path, unlock: Unlock) -> Signer:
    """Load the key that signs packages and indexes, with its certificate.

    Raises `AuthorityError`, `KeyFolderError`, and what the keeper raises.
    """
    return _signer(open_key_folder(folder, unlock))


def load_sealing_key(folder: Path, unlock: Unlock) -> SealingKey:
    """Load the key that opens sealed ballot records. Raises `KeyFolderError`, and what the keeper raises."""
    return open_key_folder(folder, unlock).read("sealing.key", SealingKey.from_pem)


def load_issuer(folder: Path, unlock: Unlock, root_folder: Path | None = None) -> Issuer:
    """Load the root's key and no other; `folder`, `root_folder` and errors as for `load_authority`."""
    apart = open_key_folder(root_folder or folder / ROOT_FOLDER, unlock)
    root, key = load_root(folder), apart.read("root.key", HybridKey.from_pem)
    _check_pair(apart.path, "root", root, key)
    return Issuer(root, key)


def load_authority(keys: KeyFolder, unlock: Unlock, root_folder: Path | None = None) -> Authority:
    """Load the keys that enrol devices and sign a package.

    `keys`: headquarters' folder; `root_folder`: where the root's key lies, in `keys` if not given. Raises
    `AuthorityError`, `KeyFolderError`, and what the keeper raises.
    """
    issuer = load_issuer(keys.path, unlock, root_folder)
    signer = _signer(keys)
    public = _read_public(keys.path / "sealing.pub")
    _check_public(keys.path / "sealing.pub", sealing.check_public_key, public)
    return Authority(issuer.root, issuer.root_key, signer.certificate, signer.key, public)


def issue_device(issuer: Issuer, request: EnrolmentRequest, validity: Validity) -> bytes:
    """Issue a certificate (DER) for a device that asked for it.

    Raises `EnrolmentError` for a request that is not in order, `AuthorityError` for a role that no
    device has or a branch that is none.
    """
    check_request(request)
    if request.role not in _DEVICE_ROLES:
        raise AuthorityError.of("no device has the role {role}", role=ROLES[request.role])
    branch = _branch(request.branch)
    return issuer.issue(request.device, request.key, request.role, validity, branch)


def issue_operator(
    issuer: Issuer,
    number: str,
    public_key: OperatorCardKey,
    *,
    role: Role,
    branch: BranchId | None,
    validity: Validity,
) -> bytes:
    """Issue a certificate (DER) for the PIV card of an officer or supervisor of a branch.

    `number`: 1 to 12 digits; certificates become public, so headquarters alone knows the name. `branch`:
    None for a reserve, whose district the register names. Raises `AuthorityError`.
    """
    if role not in _OPERATOR_ROLES:
        raise AuthorityError.of(
            "an operator is an officer or a supervisor, not {role}", role=ROLES[role]
        )
    if not is_operator_number(number):
        raise AuthorityError.of("an operator's certificate has a number of 1 to 12 digits, no name")
    where = RESERVE if branch is None else _branch(branch)
    return issuer.issue(number, public_key, role, validity, where)


def is_operator_number(name: str) -> bool:
    """Tell whether the name in a certificate is an operator's number."""
    return re.fullmatch(r"[0-9]{1,12}", name) is not None


def branch_card_key(keys: KeyFolder, branch: BranchId) -> bytes:
    """Load the management key (32 bytes) of a branch's authorization cards; make it when first asked.

    Raises `KeyFolderError` for a damaged file, `AuthorityError` for a branch that is none.
    """
    name = f"cards/{_branch(branch)}.key"
    if not keys.has(name):
        keys.write_new(name, secrets.token_bytes(CARD_KEY_SIZE))
    return keys.read(name, _card_key)


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
    check_apart(ordered)
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


def check_apart(requests: Sequence[EnrolmentRequest]) -> None:
    """Raise `AuthorityError` if two requests share an id or a key, or an id is no name of a file."""
    for request in requests:
        if request.device.upper() in _WINDOWS_NAMES:
            raise AuthorityError.of(
                "{device} is a name that Windows keeps for itself; give the device another name",
                device=request.device,
            )
    # Files are named after devices: FAT and Windows do not tell small letters from capitals.
    ids = {request.device.casefold() for request in requests}
    keys = {request.signing_key for request in requests}
    sealing_keys = {request.sealing_key for request in requests}
    if not len(ids) == len(keys) == len(sealing_keys) == len(requests):
        raise AuthorityError.of("two devices ask for the same id or with the same key; enrol one")


def _signer(keys: KeyFolder) -> Signer:
    certificate = _read_public(keys.path / "signer.der")
    key = keys.read("signer.key", HybridKey.from_pem)
    _check_pair(keys.path, "signer", certificate, key)
    return Signer(load_root(keys.path), certificate, key)


def _check_pair(folder: Path, name: str, certificate: bytes, key: HybridKey) -> None:
    """Raise `AuthorityError` unless a key and its certificate belong together."""
    certified = _check_public(folder / f"{name}.der", certificates.named_pair, certificate)
    if certified != key.public:
        raise AuthorityError.of(
            "{name}.key and {name}.der in {folder} do not belong together; restore the copy",
            name=name,
            folder=folder,
        )


def _card_key(data: bytes) -> bytes:
    if len(data) != CARD_KEY_SIZE:
        raise DecodeError(f"a card key has {CARD_KEY_SIZE} bytes")
    return data


def _branch(branch: BranchId) -> str:
    if not re.fullmatch(ID_PATTERN, branch):
        raise AuthorityError.of("a branch is named with letters, digits and hyphens, 32 at most")
    return branch


def _check_public(path: Path, check: Callable[[bytes], T], data: bytes) -> T:
    try:
        return check(data)
    except DecodeError as error:
        raise damaged(path, error) from error


def _read_public(path: Path) -> bytes:
    try:
        return read_file(path, _MAX_PUBLIC)
    except FileNotFoundError as error:
        raise missing(path) from error
    except OSError as error:
        raise unreadable(path, error) from error

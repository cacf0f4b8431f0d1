"""Write and read the register, whose SHA-256 is the election's number.

`register.json`, published before the polls open and never amended: an envelope in JSON
(`election.json_envelope`) signed by headquarters, whose content is the JSON of `Register`. Devices and
verifiers believe those keys and certificates that stand in it; a chain to the root alone counts for
nothing. The number is the SHA-256 of the whole file, 64 hex digits, shown in groups of four: whoever
makes the register could look for two files with the same beginning of it, so all digits are compared.

Members of later steps (split keys, authorities of branches) are there from the start and empty. A member
that is not known here is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, NewType, TypeAlias, TypeVar

from annotated_types import Interval, Len, MaxLen, MinLen

from crypto.certificates import MAX_CERTIFICATE_SIZE, valid_from
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, DeviceId, DeviceRole, Role
from election.envelope import Envelope, EnvelopeFormat, EnvelopeRefusedError
from election.errors import RefusedError
from election.fields import Hash, Mark, Pattern, Word
from election.json_envelope import read_json_envelope, write_json_envelope
from election.reasons import EnvelopeReason, RegisterReason
from election.schema import SchemaError, from_json, to_json
from election.signed import SignatureRefusedError
from words.digits import to_latin_digits
from words.message import Items, Latin, Message, m

REGISTER_FILE: Final = "register.json"
"""Its name at headquarters, on the USB drive, on a device and beside the index."""
MAX_REGISTER: Final = 32 * 1024 * 1024
"""Bytes of the file."""

ElectionNumber = NewType("ElectionNumber", str)
"""SHA-256 of a register, 64 lower-case hex digits."""

Certificate: TypeAlias = Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE), Mark.BASE64]
"""DER."""
_Certificates: TypeAlias = Annotated[tuple[Certificate, ...], MaxLen(16)]

FORMAT, VERSION = "amin-register", 2
_CONTEXT = "amin register"
_ENVELOPE: Final = {
    EnvelopeReason.FORMAT: RegisterReason.REGISTER_FORMAT,
    EnvelopeReason.TOO_LARGE: RegisterReason.REGISTER_FORMAT,
    EnvelopeReason.VERSION: RegisterReason.REGISTER_VERSION,
}
_SHOWN_TOGETHER: Final = 4
_Key = TypeVar("_Key", str, bytes, tuple[str, ...])


class RegisterError(RefusedError[RegisterReason]):
    """A register is refused, or what a device holds differs from it."""


@dataclass(frozen=True, slots=True)
class RegisteredPackage:
    """A package that may be loaded: one revision for some branches."""

    revision: Annotated[int, Interval(ge=1, le=1000)]
    branches: Annotated[tuple[BranchId, ...], MinLen(1)]
    """The branches that it serves."""
    sha256: Hash


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device whose signature is believed."""

    id: DeviceId
    role: DeviceRole
    branch: BranchId | None
    """None for a spare, which gets one when it takes over."""
    key: Hash
    """Its Ed25519 key (RFC 8032, 32 bytes), so that a report can be checked without certificate."""
    certificate: Hash
    """SHA-256 of its certificate (DER)."""


@dataclass(frozen=True, slots=True)
class BranchOperators:
    """The officers and supervisors of a branch."""

    branch: BranchId
    certificates: Annotated[tuple[Hash, ...], MinLen(1)]
    """SHA-256 of each certificate (DER), sorted."""


@dataclass(frozen=True, slots=True)
class ReserveOperators:
    """The operators that the branches of a district may call, and no other branch."""

    district: Word
    branches: Annotated[tuple[BranchId, ...], MinLen(1)]
    """Of the district, sorted; a branch is in one district."""
    certificates: Annotated[tuple[Hash, ...], MinLen(1)]
    """SHA-256 of each certificate (DER), sorted."""


@dataclass(frozen=True, slots=True)
class RegisteredSigners:
    """The certificates of everybody at an office whose signature is believed after the day."""

    index: Annotated[_Certificates, MinLen(1)]
    """Of the index of archives."""
    reconciliation: _Certificates
    """The reconciliation officer's: decisions about provisional ballots."""
    observer: _Certificates
    """The supervision board's: decisions about provisional ballots."""
    missing: _Certificates
    """Of the list of devices that are finally missing, by role."""
    lot: _Certificates
    """Of a lot's value, by role."""


@dataclass(frozen=True, slots=True)
class SeatRule:
    """The rules by which seats and lots follow from the votes."""

    denominator: Word
    remainder: Word
    lot: Word
    """The public source of the lot that separates equals (`election.lots`)."""


@dataclass(frozen=True, slots=True)
class BranchAuthority:
    """The key that signs for a branch."""

    branch: BranchId
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class RegisteredEvaluator:
    """Who makes voters' pseudonyms together with a station."""

    certificate: Certificate
    """Of its service."""
    key: Hash
    """Its public key (ristretto255, 32 bytes): an answer under another one is refused (`crypto.oprf`)."""


@dataclass(frozen=True, slots=True)
class Register:
    """The content."""

    election: Word
    """uuid"""
    fingerprint: Annotated[str, Pattern(r"[A-Za-z0-9+/]{43}")]
    """φ of the encrypted election."""
    rehearsal: bool
    """No vote counts."""
    definition: Hash
    """SHA-256 of definition.json."""
    seats: SeatRule
    decision_lot: Word
    """The public source of the lot among equal provisional ballots of one person."""
    minimum: Annotated[int, Interval(ge=1, le=1_000_000)]
    """Ballots that a batch has at least, if there are several."""
    groups: Annotated[tuple[Annotated[tuple[BranchId, ...], MinLen(1)], ...], MinLen(1)]
    """Branches that are mixed together, every branch in one group; sorted."""
    packages: Annotated[tuple[RegisteredPackage, ...], MinLen(1)]
    """By revision."""
    root: Certificate
    """Headquarters' root certificate."""
    trustees: Annotated[tuple[Annotated[str, Pattern(r"[0-9a-f]{64}")], ...], MinLen(1)]
    """The trustees' public keys as in trustees.json, by owner number."""
    devices: Annotated[tuple[RegisteredDevice, ...], MinLen(1)]
    """By id."""
    operators: tuple[BranchOperators, ...]
    """By branch."""
    reserves: tuple[ReserveOperators, ...]
    """By district."""
    signers: RegisteredSigners
    split_keys: Annotated[tuple[Annotated[bytes, Len(32, 4096)], ...], MaxLen(8)]
    """Public keys that share the key of the media."""
    registry: _Certificates
    evaluator: Annotated[tuple[RegisteredEvaluator, ...], MaxLen(1)]
    """One, or none where no station asks a registry: under two keys a person would have two names."""
    branch_authorities: tuple[BranchAuthority, ...]
    """By branch."""

    def device(self, device: DeviceId) -> RegisteredDevice | None:
        """Return the device with this id; None if none is registered."""
        return next((each for each in self.devices if each.id == device), None)

    def may_operate(self, branch: BranchId) -> frozenset[bytes]:
        """Return the SHA-256 of the certificates that may act in a branch: its own, and its district's."""
        return self.operators_of(branch) | self.reserves_of(branch)

    def operators_of(self, branch: BranchId) -> frozenset[bytes]:
        """Return the SHA-256 of the certificates of a branch's own operators."""
        return frozenset(
            certificate
            for operators in self.operators
            if operators.branch == branch
            for certificate in operators.certificates
        )

    def reserves_of(self, branch: BranchId) -> frozenset[bytes]:
        """Return the SHA-256 of the certificates of the reserves of a branch's district."""
        return frozenset(
            certificate
            for reserve in self.reserves
            if branch in reserve.branches
            for certificate in reserve.certificates
        )


@dataclass(frozen=True, slots=True)
class PublishedRegister:
    """A register whose signature holds, and the number of the file it came in."""

    register: Register
    number: ElectionNumber


def form() -> EnvelopeFormat:
    """Return the envelope format of a register."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, MAX_REGISTER)


def number_of(data: bytes) -> ElectionNumber:
    """Return the number of a register's file."""
    return ElectionNumber(hashlib.sha256(data).hexdigest())


def in_groups(number: ElectionNumber) -> str:
    """Write a number to be compared by eye: 16 groups of 4 digits."""
    return hash_in_groups(bytes.fromhex(number))


def hash_in_groups(digest: bytes) -> str:
    """Write a whole hash to be compared by eye: groups of 4 hex digits."""
    return digest.hex(" ", _SHOWN_TOGETHER // 2)


def parse_number(text: str) -> ElectionNumber:
    """Read a number as people type it: groups, capitals, Persian digits. `ValueError` for no number."""
    digits = re.sub(r"[\s\u200c:-]", "", to_latin_digits(text)).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("64 hex digits are expected")
    return ElectionNumber(digits)


def write_register(register: Register, signer: HybridKey, certificate: bytes) -> bytes:
    """Sign a register; `certificate`: the signer's, of the role headquarters.

    Raises `RegisterError` for one that contradicts itself, `ValueError` for values out of bounds.
    """
    _check(register)
    return write_json_envelope(form(), to_json(register), [(signer, certificate)])


def open_register(data: bytes, root: bytes, now: datetime) -> PublishedRegister:
    """Verify and read a register as of `now`. Raises `RegisterError`.

    `root`: headquarters' certificate (DER), trusted beforehand; the register names the same.
    """
    return _opened(data, _envelope(data), root, now)


def open_published_register(data: bytes, root: bytes) -> PublishedRegister:
    """Verify and read a register long after its day, as of when its signer's certificate began.

    Whoever compared its number knows the file already. Raises `RegisterError`.
    """
    envelope = _envelope(data)
    try:
        began = valid_from(envelope.signatures[0].certificate)
    except DecodeError as error:
        raise RegisterError(RegisterReason.REGISTER_SIGNATURE, because(error)) from error
    return _opened(data, envelope, root, began)


def contradictions(register: Register) -> tuple[Message, ...]:
    """Return what is wrong with a register by itself, one sentence each; empty if nothing is."""
    return (*_places(register), *_orders(register), *_devices(register))


# ---------------------------------------------------------------- parts


def _envelope(data: bytes) -> Envelope:
    try:
        return read_json_envelope(form(), data)
    except EnvelopeRefusedError as error:
        raise RegisterError(_ENVELOPE[error.reason]) from error


def _opened(data: bytes, envelope: Envelope, root: bytes, now: datetime) -> PublishedRegister:
    try:
        opened = envelope.open(({Role.HEADQUARTERS},), root, now)
    except SignatureRefusedError as error:
        raise RegisterError(RegisterReason.REGISTER_SIGNATURE, because(error)) from error
    try:
        register = from_json(Register, opened.content)
    except SchemaError as error:
        raise RegisterError(RegisterReason.REGISTER_FORMAT, error.message) from error
    if register.root != root:
        raise RegisterError(RegisterReason.REGISTER_ROOT)
    _check(register)
    return PublishedRegister(register, number_of(data))


def _check(register: Register) -> None:
    if problems := contradictions(register):
        raise RegisterError(RegisterReason.REGISTER_CONTRADICTION, problems[0])


def _places(register: Register) -> Iterator[Message]:
    branches = [branch for group in register.groups for branch in group]
    if twice := _twice(branches):
        yield m("branches in two groups: {branches}", branches=_items(twice))
    named = {
        *(branch for package in register.packages for branch in package.branches),
        *(device.branch for device in register.devices if device.branch is not None),
        *(operators.branch for operators in register.operators),
        *(authority.branch for authority in register.branch_authorities),
        *(branch for reserve in register.reserves for branch in reserve.branches),
    }
    served = [branch for reserve in register.reserves for branch in reserve.branches]
    if twice := _twice(served):
        yield m("branches in two districts: {branches}", branches=_items(twice))
    if unknown := sorted(named - set(branches)):
        yield m("branches in no group: {branches}", branches=_items(unknown))


def _orders(register: Register) -> Iterator[Message]:
    operators, reserves = register.operators, register.reserves
    packages = [package.revision for package in register.packages]
    ordered = {
        "groups": _ordered(register.groups) and all(map(_ordered, register.groups)),
        "packages": packages == sorted(packages)
        and all(_ordered(package.branches) for package in register.packages)
        and not _twice(package.sha256 for package in register.packages),
        "trustees": not _twice(register.trustees),
        "signers": not any(map(_twice, _lists(register.signers))),
        "devices": _ordered([device.id for device in register.devices]),
        "operators": _ordered([operator.branch for operator in operators])
        and all(_ordered(operator.certificates) for operator in operators),
        "reserves": _ordered([reserve.district for reserve in reserves])
        and all(_ordered(reserve.certificates) for reserve in reserves)
        and all(_ordered(reserve.branches) for reserve in reserves),
        "branch_authorities": _ordered(
            [branch_authority.branch for branch_authority in register.branch_authorities]
        ),
    }
    for name in (name for name, right in ordered.items() if not right):
        yield m("{name} are not in their order, or one is there twice", name=Latin(name))


def _devices(register: Register) -> Iterator[Message]:
    names = [device.id.casefold() for device in register.devices]
    keys = [device.key for device in register.devices]
    if _twice(names) or _twice(keys) or _twice(device.certificate for device in register.devices):
        yield m("two devices have the same name, key or certificate")


def _lists(signers: RegisteredSigners) -> tuple[tuple[bytes, ...], ...]:
    return (
        signers.index,
        signers.reconciliation,
        signers.observer,
        signers.missing,
        signers.lot,
    )


def _ordered(keys: Sequence[_Key]) -> bool:
    return list(keys) == sorted(set(keys))


def _twice(values: Iterable[Hashable]) -> list[str]:
    return [str(value) for value, number in Counter(values).items() if number > 1][:5]


def _items(values: Iterable[str]) -> Items:
    return Items(tuple(Latin(value) for value in values))

"""Write, sign and verify the acts of a device about itself: load, open, close.

An act is a statement that is frozen before the first card signs it. Both cards sign the same bytes, and
the device countersigns them with the two signatures:

    cards    ["amin act", 3, SHA-256(statement)]                                    PIV key 9A
    device   ["amin act", 3, SHA-256(statement), [SHA-256(certificate), SHA-256(signature)] × 2]
                                                                 both keys (`crypto.hybrid`)

both in canonical CBOR. Every act names the hash of the one before, so a device has one chain of acts. The
roots and the number of challenged ballots stand in CLOSE alone: published in the middle of the day they
would tell which ballots were cast before. Acts are published, so CLOSE holds sums about the device only
(`election.day_sums`): one with sums about voters is refused. Acts about other devices are
`election.takeover` and `election.rescue`.

Cards sign blindly. The signatures stop a thief of the device's key, not a device that lies; what binds a
lying device is the root on its printed report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final

from annotated_types import Len

from crypto import canonical
from crypto.certificates import (
    MAX_CERTIFICATE_SIZE,
    Subject,
    valid_from,
    verify_card_signature,
    verify_chain,
)
from crypto.errors import CertificateRefusedError, CryptoError, DecodeError, SignatureError
from crypto.hybrid import HybridKey, HybridPublicKey
from election.because import because
from election.day_sums import DaySum, is_about_device
from election.definition import BranchId, DeviceId, DeviceRole, Role
from election.errors import ElectionError
from election.fields import Hash, LongSignature, Mark, Number, Word
from election.polls import Operator
from election.reasons import ActReason
from election.schema import SchemaError, from_cbor, to_cbor
from words.message import Message

_NAME: Final = "amin act"
_VERSION: Final = 3
FIRST: Final = bytes(32)
"""What stands for the predecessor of the first act."""
MAX_ACTS: Final = 64
"""Of one device: a package is loaded again a few times at most."""
RESERVE: Final = ""
"""The branch in the certificate of a district's reserve operator."""
_CARD_ROLES: Final = frozenset({Role.OFFICER, Role.SUPERVISOR})


class SignedActKind(StrEnum):
    """What two operators sign with their cards; the value is signed."""

    LOAD = "load"
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where the audit log of the device stood when an act or an anchor was made."""

    head: Hash
    """Of its last entry."""
    length: Number
    votes: Number
    """Votes that its entries say were recorded."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What CLOSE alone says."""

    records: Hash | None
    """Merkle root over the digests of all records; None at an identity station."""
    spent: Hash | None
    """Merkle root over the hashes of spent nonces; None at an identity station."""
    spoiled: Number
    sums: tuple[DaySum, ...]
    """About the device, of the whole day, sorted. Acts become public, so none is about voters."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The words that are signed. `ValueError` for parts that do not belong to its kind."""

    election: Word
    """uuid"""
    number: Hash | None
    """The election's number; None while the device knows none."""
    device: DeviceId
    role: DeviceRole
    branch: BranchId
    kind: SignedActKind
    at: Annotated[datetime, Mark.SECONDS]
    """Aware, whole seconds."""
    previous: Hash
    """Of the act before (`act_hash`); `FIRST` for the first one."""
    package_digest: Hash
    cast: Number
    """Votes in the store of a terminal, authorizations given by a station."""
    log: LogPosition
    program: Hash | None = None
    """Of the program that runs; in LOAD only."""
    trusted: Hash | None = None
    """Of all that the device trusts; in OPEN only."""
    bags: tuple[Word, ...] = ()
    seals: tuple[Word, ...] = ()
    closing: Closing | None = None

    def __post_init__(self) -> None:
        optional = ((self.program, SignedActKind.LOAD), (self.trusted, SignedActKind.OPEN))
        if (self.closing is not None) != (self.kind is SignedActKind.CLOSE) or any(
            part is not None and self.kind is not of for part, of in optional
        ):
            raise ValueError("the act has a part of another kind, or lacks its own")


@dataclass(frozen=True, slots=True)
class CardSignature:
    """An operator card's certificate (DER) and its signature of a statement."""

    certificate: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE), Mark.BASE64]
    value: Annotated[bytes, Len(1, 256), Mark.BASE64]


@dataclass(frozen=True, slots=True)
class SignedAct:
    """A statement with its signatures; nothing of it is believed before `verify_act`."""

    statement: Annotated[bytes, Len(1, 64 * 1024), Mark.BASE64]
    """Canonical CBOR of a `Statement`."""
    cards: Annotated[tuple[CardSignature, ...], Len(2, 2)]
    countersignature: Annotated[LongSignature, Mark.BASE64]
    """Of the device."""


@dataclass(frozen=True, slots=True)
class VerifiedAct:
    """An act whose signatures hold."""

    statement: Statement
    operators: tuple[Operator, ...]
    """Who signed, in the order of the signatures."""


class ActRefusedError(ElectionError):
    """An act does not hold."""

    def __init__(self, reason: ActReason, detail: Message | str | None = None) -> None:
        super().__init__(detail or reason.sentence)
        self.args = (reason, detail)
        self.reason = reason


# ---------------------------------------------------------------- signing


def freeze(statement: Statement) -> bytes:
    """Encode what the cards and the device sign. `ValueError` for a value outside its bounds."""
    return to_cbor(statement)


def card_message(statement: bytes) -> bytes:
    """Return what a card signs of a frozen statement."""
    return canonical.encode([_NAME, _VERSION, _sha256(statement)])


def countersign(statement: bytes, cards: Sequence[CardSignature], device: HybridKey) -> SignedAct:
    """Put a statement and its signatures together."""
    signature = device.sign(_NAME, _device_message(statement, cards))
    return SignedAct(statement, tuple(cards), signature)


def act_hash(act: SignedAct) -> bytes:
    """Return what the next act names as its predecessor: SHA-256 of the act's canonical CBOR."""
    return _sha256(to_cbor(act))


# ---------------------------------------------------------------- verifying


def read_statement(act: SignedAct) -> Statement:
    """Read the statement of an act, *without* checking a signature. Raises `ActRefusedError`."""
    try:
        return from_cbor(Statement, act.statement)
    except SchemaError as error:
        raise ActRefusedError(ActReason.FORMAT, error.message) from error


def verify_act(
    act: SignedAct, device: HybridPublicKey, root: bytes, now: datetime | None
) -> VerifiedAct:
    """Verify the signatures of an act: two cards of the two roles and of its branch, and `device`.

    `root`: headquarters' certificate (DER), trusted beforehand; `now` (aware): when certificates have
    to be valid; None judges each as of when it began, where the register says whose they are. A reserve's
    card names no branch: whether it may act here says the register (`election.registered_acts`). Raises
    `ActRefusedError`.
    """
    statement = read_statement(act)
    if statement.closing and not all(map(is_about_device, statement.closing.sums)):
        raise ActRefusedError(ActReason.VOTERS)
    message = card_message(act.statement)
    subjects = [_signer(card, message, statement.branch, root, now) for card in act.cards]
    if {subject.role for subject in subjects} != _CARD_ROLES:
        raise ActRefusedError(ActReason.ROLES)
    if len({subject.encoded_key for subject in subjects}) != len(act.cards):
        raise ActRefusedError(ActReason.SAME_KEY)
    try:
        device.verify(_NAME, _device_message(act.statement, act.cards), act.countersignature)
    except CryptoError as error:
        raise ActRefusedError(ActReason.DEVICE) from error
    return VerifiedAct(
        statement,
        tuple(
            Operator(Role(subject.role), subject.name, subject.fingerprint) for subject in subjects
        ),
    )


def verify_chain_of_acts(
    acts: Sequence[SignedAct],
    key: HybridPublicKey,
    root: bytes,
    now: datetime | None,
) -> tuple[VerifiedAct, ...]:
    """Verify all acts of a device and that they are one chain: loads, an opening, a closing.

    `now`: as in `verify_act`; None judges each act by its own time. Raises `ActRefusedError` as
    `verify_act` does, and if an act does not follow the one before, or is another device's.
    """
    verified = (
        verify_act(act, key, root, read_statement(act).at if now is None else now) for act in acts
    )
    return check_chain(verified, acts)


def check_chain(
    verified_acts: Iterable[VerifiedAct], acts: Sequence[SignedAct]
) -> tuple[VerifiedAct, ...]:
    """Check that verified acts are one chain of one device, in an order. Raises `ActRefusedError`.

    `acts`: the same with their signatures, which the next act names.
    """
    found: list[VerifiedAct] = []
    previous = FIRST
    for verified, act in zip(verified_acts, acts, strict=True):
        if verified.statement.previous != previous:
            raise ActRefusedError(ActReason.CHAIN)
        found.append(verified)
        previous = act_hash(act)
    statements = [each.statement for each in found]
    if len({(s.election, s.device, s.role, s.branch) for s in statements}) > 1:
        raise ActRefusedError(ActReason.CHAIN)
    _check_order([statement.kind for statement in statements])
    return tuple(found)


# ---------------------------------------------------------------- parts


def _check_order(kinds: Sequence[SignedActKind]) -> None:
    """Raise `ActRefusedError` unless they are loads, then an opening, then a closing."""
    stage = 0
    for kind in kinds:
        match kind:
            case SignedActKind.LOAD:
                allowed, after = stage <= 1, 1
            case SignedActKind.OPEN:
                allowed, after = stage == 1, 2
            case SignedActKind.CLOSE:
                allowed, after = stage == 2, 3
        if not allowed:
            raise ActRefusedError(ActReason.ORDER)
        stage = after


def _signer(
    card: CardSignature, message: bytes, branch: str, root: bytes, now: datetime | None
) -> Subject:
    try:
        subject = (
            _holder(card.certificate, root)
            if now is None
            else verify_chain(card.certificate, root, now, _CARD_ROLES)
        )
        if subject.branch not in (RESERVE, branch):
            raise ActRefusedError(ActReason.BRANCH)
        verify_card_signature(subject.public_key, message, card.value)
    except CertificateRefusedError as error:
        reason = _REFUSED.get(error.reason, ActReason.CERTIFICATE)
        raise ActRefusedError(reason, because(error)) from error
    except DecodeError as error:
        raise ActRefusedError(ActReason.CERTIFICATE, because(error)) from error
    except SignatureError as error:
        raise ActRefusedError(ActReason.SIGNATURE) from error
    return subject


@lru_cache(maxsize=4096)
def _holder(certificate: bytes, root: bytes) -> Subject:
    """Verify a certificate as of when it began; a card signs the acts of all devices of its branch."""
    return verify_chain(certificate, root, valid_from(certificate), _CARD_ROLES)


_REFUSED: Final = {"role": ActReason.ROLES}


def _device_message(statement: bytes, cards: Sequence[CardSignature]) -> bytes:
    signed = [[_sha256(card.certificate), _sha256(card.value)] for card in cards]
    return canonical.encode([_NAME, _VERSION, _sha256(statement), *signed])


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()

"""Sign and verify an act about a device that cannot speak for itself: a take-over, a rescue.

An envelope (`election.envelope`) signed by the devices that witness the act; its content is the canonical
CBOR of `SignedStatement`: the statement's bytes, frozen, and the signatures of two operators' PIV cards
(9A, NIST SP 800-73-4) over

    [context, SHA-256(statement)]                                            canonical CBOR

So a thief of a device's key makes no act, and neither does an officer alone. Cards sign what a device
shows them: against a device that lies stand the witness and the printed report.

Who may sign is said by the register alone (`election.register`); certificates are judged as of when they
began, because the time of an act is what its makers write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from annotated_types import Len

from crypto import canonical
from crypto.certificates import (
    MAX_CERTIFICATE_SIZE,
    Subject,
    valid_from,
    verify_card_signature,
    verify_chain,
)
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, DeviceId, Role
from election.envelope import (
    Envelope,
    EnvelopeFormat,
    EnvelopeRefusedError,
    read_envelope,
    write_envelope,
)
from election.errors import RefusedError
from election.reasons import DeviceActReason, EnvelopeReason
from election.register import PublishedRegister, Register, RegisteredDevice
from election.schema import SchemaError, from_cbor, to_cbor
from election.signed import Signature, SignatureRefusedError

CardSigner = Callable[[bytes], bytes]
"""Signs a message as an operator's card does: the PIV key 9A, SHA-256."""
T = TypeVar("T")

_MAX_STATEMENT: Final = 16 * 1024
_MAX_CARD_SIGNATURE: Final = 512
"""RSA with 4,096 bits."""
_CARD_ROLES: Final = (Role.OFFICER, Role.SUPERVISOR)
_ENVELOPE: Final = {
    EnvelopeReason.FORMAT: DeviceActReason.ACT_FORMAT,
    EnvelopeReason.TOO_LARGE: DeviceActReason.ACT_FORMAT,
    EnvelopeReason.VERSION: DeviceActReason.ACT_VERSION,
}


class DeviceActError(RefusedError[DeviceActReason]):
    """An act is refused."""


@dataclass(frozen=True, slots=True)
class CardSignature:
    """The signature of one operator's card."""

    certificate: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE)]
    """DER."""
    signature: Annotated[bytes, Len(1, _MAX_CARD_SIGNATURE)]


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """The content of an act's envelope."""

    statement: Annotated[bytes, Len(1, _MAX_STATEMENT)]
    cards: Annotated[tuple[CardSignature, ...], Len(2, 2)]
    """The officer's, then the supervisor's."""


@dataclass(frozen=True, slots=True)
class OpenedAct:
    """A statement that two cards and some registered devices signed."""

    statement: bytes
    operators: tuple[Subject, ...]
    """Officer and supervisor."""
    certificates: tuple[bytes, ...]
    """Of the cards (DER), in the same order."""
    devices: tuple[RegisteredDevice, ...]
    """That countersigned, in the order of the envelope."""
    signers: tuple[bytes, ...]
    """Their certificates (DER), in the same order."""


def write_act(
    form: EnvelopeFormat,
    statement: object,
    cards: Sequence[tuple[CardSigner, bytes]],
    devices: Sequence[tuple[HybridKey, bytes]],
) -> bytes:
    """Have two cards sign the same frozen bytes, then each device the whole.

    `cards`: officer and supervisor, each with the certificate (DER); `devices`: each with its
    certificate. `ValueError` for values out of bounds.
    """
    frozen = to_cbor(statement)
    message = card_message(form, frozen)
    signed = SignedStatement(
        frozen, tuple(CardSignature(certificate, sign(message)) for sign, certificate in cards)
    )
    return write_envelope(form, to_cbor(signed), devices)


def card_message(form: EnvelopeFormat, statement: bytes) -> bytes:
    """Return what a card signs of a statement."""
    return canonical.encode([form.context, hashlib.sha256(statement).digest()])


def open_act(form: EnvelopeFormat, data: bytes, register: Register) -> OpenedAct:
    """Verify the signatures of an act by the register. Raises `DeviceActError`.

    Whether these operators and devices may do it is asked by `check_operators` and the act itself.
    """
    envelope = _envelope(form, data)
    devices = tuple(_device(register, signature) for signature in envelope.signatures)
    try:
        began = max(valid_from(signature.certificate) for signature in envelope.signatures)
        roles = [{device.role} for device in devices]
        content = envelope.open(roles, register.root, began).content
        signed = from_cbor(SignedStatement, content)
    except SignatureRefusedError as error:
        raise DeviceActError(DeviceActReason.ACT_DEVICE, because(error)) from error
    except (SchemaError, DecodeError) as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, because(error)) from error
    message = card_message(form, signed.statement)
    operators = tuple(_card(card, message, register.root) for card in signed.cards)
    if tuple(operator.role for operator in operators) != _CARD_ROLES:
        raise DeviceActError(DeviceActReason.ACT_CARDS)
    certificates = tuple(card.certificate for card in signed.cards)
    signers = tuple(signature.certificate for signature in envelope.signatures)
    return OpenedAct(signed.statement, operators, certificates, devices, signers)


def read_statement(document: type[T], act: OpenedAct) -> T:
    """Read the statement of a verified act. Raises `DeviceActError`."""
    try:
        return from_cbor(document, act.statement)
    except SchemaError as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, error.message) from error


def check_operators(act: OpenedAct, branch: BranchId, register: Register) -> None:
    """Raise `DeviceActError` unless the register names both cards for the branch or its district."""
    named = register.may_operate(branch)
    if not {hashlib.sha256(certificate).digest() for certificate in act.certificates} <= named:
        raise DeviceActError(DeviceActReason.ACT_CARDS)


def check_number(number: bytes, published: PublishedRegister) -> None:
    """Raise `DeviceActError` for an act of another election. `number`: 32 bytes."""
    if number.hex() != published.number:
        raise DeviceActError(DeviceActReason.ACT_ELECTION)


def check_once(devices: Iterable[DeviceId]) -> None:
    """Raise `DeviceActError` if two acts are about one device."""
    ordered = sorted(devices)
    if len(set(ordered)) != len(ordered):
        raise DeviceActError(DeviceActReason.ACT_TWICE)


# ---------------------------------------------------------------- parts


def _envelope(form: EnvelopeFormat, data: bytes) -> Envelope:
    try:
        return read_envelope(form, data)
    except EnvelopeRefusedError as error:
        raise DeviceActError(_ENVELOPE[error.reason]) from error


def _device(register: Register, signature: Signature) -> RegisteredDevice:
    digest = hashlib.sha256(signature.certificate).digest()
    for device in register.devices:
        if device.certificate == digest:
            return device
    raise DeviceActError(DeviceActReason.ACT_DEVICE)


def _card(card: CardSignature, message: bytes, root: bytes) -> Subject:
    try:
        began = valid_from(card.certificate)
        holder = verify_chain(card.certificate, root, began, set(_CARD_ROLES))
        verify_card_signature(holder.public_key, message, card.signature)
    except CryptoError as error:
        raise DeviceActError(DeviceActReason.ACT_CARDS, because(error)) from error
    return holder

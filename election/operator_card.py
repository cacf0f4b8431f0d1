"""Authenticate an operator by certificate, PIN and a signed challenge, and have two cards sign one thing.

NIST SP 800-73-4 part 1: the PIV authentication key (9A) signs after the PIN; the challenge binds
device, time and 32 random bytes, so that a signature is good for one login on one device.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from crypto.canonical import encode
from crypto.certificates import Subject, verify_card_signature
from crypto.errors import SignatureError
from drivers.errors import PinBlockedError, WrongPinError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.piv import PivSession, PivSlot
from election.definition import BranchId, DeviceId, Role
from election.errors import ElectionError, PollsStateError
from election.operators import Rejection, admit, admit_for_clock
from election.polls import Operator
from election.register import Register
from election.signing_in import (
    PIN,
    PUK,
    OperatorProven,
    OperatorRejected,
    PinUnblocked,
    PinWrong,
    ProveOperator,
    PukWrong,
    SignInEffect,
    SignInEvent,
)
from words.message import m

SignAct: TypeAlias = Callable[[PivSession, x509.Certificate, Operator], None]
"""Has a card whose PIN was verified sign something. Raises `DriverError`."""


class OperatorRefusedError(ElectionError):
    """The card in a reader does not sign; nothing was signed."""

    def __init__(self, reason: Rejection | None) -> None:
        """`reason`: None for a wrong PIN."""
        wrong = m("the PIN is wrong; mind how many tries are left")
        super().__init__(wrong if reason is None else REFUSED[reason])
        self.reason = reason


REFUSED: Final = {
    Rejection.UNKNOWN_CARD: m("this is not an operator card"),
    Rejection.UNREADABLE: m("the card does not answer; wipe the chip"),
    Rejection.EXPIRED: m("this operator card has expired"),
    Rejection.NOT_YET_VALID: m("this operator card is not valid yet; check the clock"),
    Rejection.OTHER_ISSUER: m("this card was not issued by the headquarters of this election"),
    Rejection.OTHER_BRANCH: m("this operator card belongs to another branch"),
    Rejection.NOT_REGISTERED: m("the register does not name this card for this branch"),
    Rejection.NOT_AN_OPERATOR: m("the certificate on this card is not an operator's"),
    Rejection.PIN_BLOCKED: m("the PIN of this card is blocked; its sealed letter unblocks it"),
    Rejection.PUK_BLOCKED: m("this card cannot be unblocked any more; use the second card"),
    Rejection.WRONG_PROOF: m("this card could not prove that it is genuine; keep it"),
    Rejection.BLOCKED: m("this card was reported lost and is blocked here; keep it"),
    Rejection.SAME_ROLE: m("this role has signed already: the second card is the other role's"),
}
"""On a line of text; a screen has sentences of its own."""


@dataclass(frozen=True, slots=True)
class Gate:
    """By what a device judges the card of somebody who signs in."""

    device: DeviceId
    branch: BranchId
    root: bytes
    """Headquarters' root certificate (DER)."""
    register: Register | None
    """Of the loaded election; None before one is loaded."""
    now: datetime
    judged_at: datetime
    """As of when certificates are judged."""
    blocked: frozenset[str] = frozenset()
    """Numbers of cards that were lost (`election.blocked_cards`)."""
    sets_clock: bool = False
    """Who proves it may set the clock alone, where it is wrong for certain (`admit_for_clock`)."""


def answer(
    gate: Gate, channel: ApduChannel, asked: SignInEffect, sign: SignAct | None = None
) -> SignInEvent:
    """Prove the operator, or unblock the card. Blocking.

    `sign`: has a card that proved its operator sign, in the same session. Raises `DriverError` other than
    a wrong or blocked PIN.
    """
    card = PivSession(channel)
    card.select()
    certificate = card.certificate(PivSlot.AUTHENTICATION)
    if certificate is None:
        return OperatorRejected(Rejection.UNKNOWN_CARD)
    der = certificate.public_bytes(Encoding.DER)
    holder = admit(der, gate.root, gate.judged_at, gate.branch, gate.register)
    clock_only = isinstance(holder, Rejection) and gate.sets_clock and gate.register is None
    if clock_only:
        holder = admit_for_clock(der, gate.root, gate.judged_at, gate.branch)
    if isinstance(holder, Rejection):
        return OperatorRejected(holder)
    if holder.name in gate.blocked:
        return OperatorRejected(Rejection.BLOCKED)
    operator = Operator(Role(holder.role), holder.name, holder.fingerprint, clock_only)
    if isinstance(asked, ProveOperator):
        return _prove(gate, card, certificate, holder, operator, asked.pin, sign)
    if not PUK.fullmatch(asked.puk) or not PIN.fullmatch(asked.pin):
        return OperatorRejected(Rejection.PIN_BLOCKED)
    try:
        card.unblock_pin(asked.puk, asked.pin)
    except WrongPinError as wrong:
        return PukWrong(wrong.tries_left)
    except PinBlockedError:
        return OperatorRejected(Rejection.PUK_BLOCKED)
    return PinUnblocked(operator.logged_as)


def _prove(
    gate: Gate,
    card: PivSession,
    certificate: x509.Certificate,
    holder: Subject,
    operator: Operator,
    pin: str,
    sign: SignAct | None,
) -> SignInEvent:
    try:
        if not PIN.fullmatch(pin):
            return PinWrong(card.tries_left() or 0)
        card.verify_pin(pin)
    except WrongPinError as wrong:
        return PinWrong(wrong.tries_left)
    except PinBlockedError:
        return OperatorRejected(Rejection.PIN_BLOCKED)
    challenge = encode(
        ["amin-login-v1", gate.device, int(gate.now.timestamp()), secrets.token_bytes(32)]
    )
    signature = card.sign(PivSlot.AUTHENTICATION, certificate, challenge)
    try:
        verify_card_signature(holder.public_key, challenge, signature)
    except SignatureError:
        return OperatorRejected(Rejection.WRONG_PROOF)
    if sign is not None:
        sign(card, certificate, operator)
    return OperatorProven(operator)


@dataclass(slots=True)
class CardSignatures:
    """The signatures of two cards over one frozen message, as they come. In memory only."""

    message: bytes
    _values: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    """Certificate (DER) and signature, by the fingerprint of the operator's certificate."""

    def first_card(self, operator: Operator) -> Callable[[ApduChannel], bool]:
        """Return a job for the card of the operator who is signed in; False if another card is in."""

        def sign(channel: ApduChannel) -> bool:
            # Not selected anew: the card may forget then that its PIN was verified.
            card = PivSession(channel)
            certificate = card.certificate(PivSlot.AUTHENTICATION)
            if certificate is None or certificate.fingerprint(SHA256()) != operator.fingerprint:
                return False
            self.sign(card, certificate, operator)
            return True

        return sign

    def sign(self, card: PivSession, certificate: x509.Certificate, operator: Operator) -> None:
        """Have a card sign, whose PIN was verified. Raises `DriverError`."""
        value = card.sign(PivSlot.AUTHENTICATION, certificate, self.message)
        self._values[operator.fingerprint] = certificate.public_bytes(Encoding.DER), value

    def of(self, operators: Sequence[Operator]) -> Mapping[Role, tuple[bytes, bytes]]:
        """Return certificate and signature of each, by role. Raises `PollsStateError` if one did not sign."""
        if len({operator.role for operator in operators}) != 2:
            raise PollsStateError(m("the act was given up; begin it again"))
        if any(operator.fingerprint not in self._values for operator in operators):
            raise PollsStateError(m("a card did not sign the act; begin it again"))
        return {operator.role: self._values[operator.fingerprint] for operator in operators}


def sign_at(
    reader: CardReader, gate: Gate, ask_pin: Callable[[int | None], str], message: bytes
) -> tuple[Operator, tuple[bytes, bytes]]:
    """Have the operator's card in a reader prove whose it is and sign; certificate (DER) and signature.

    Raises `OperatorRefusedError`, `DriverError`.
    """
    channel = ApduChannel(reader.open())
    try:
        signatures = CardSignatures(message)
        card = PivSession(channel)
        card.select()
        said = answer(gate, channel, ProveOperator(ask_pin(card.tries_left())), signatures.sign)
        if not isinstance(said, OperatorProven):
            wrong = said.reason if isinstance(said, OperatorRejected) else None
            raise OperatorRefusedError(wrong)
        return said.operator, signatures._values[said.operator.fingerprint]
    finally:
        channel.close()


def both_cards(
    card_of: Callable[[Role], CardReader],
    gate: Gate,
    ask_pin: Callable[[int | None], str],
    message: bytes,
) -> Mapping[Role, tuple[bytes, bytes]]:
    """Have officer and supervisor sign, one after the other; certificate (DER) and signature of each.

    `card_of`: asks for the card of a role, and returns the reader it is in. Raises as `sign_at` does.
    """
    signed: dict[Role, tuple[bytes, bytes]] = {}
    for role in (Role.OFFICER, Role.SUPERVISOR):
        operator, value = sign_at(card_of(role), gate, ask_pin, message)
        if operator.role is not role:
            raise OperatorRefusedError(Rejection.SAME_ROLE)
        signed[role] = value
    return signed

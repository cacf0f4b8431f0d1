"""That somebody at the device is an operator: certificate, PIN, and a signature over a fresh challenge.

NIST SP 800-73-4 part 1: the PIV authentication key (9A) signs after the PIN; the challenge binds
device, time and 32 random bytes, so that a signature is good for one login on one device.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from crypto.canonical import encode
from crypto.certificates import CertificateRefused, verify_card_signature, verify_chain
from crypto.errors import DecodeError, SignatureError
from drivers.errors import CardMute, DriverError, PinBlocked, WrongPin
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSession, Slot
from election.definition import Role
from election.polls import Operator
from kiosk.flows.signin import (
    OperatorProven,
    OperatorRejected,
    PinWrong,
    Rejection,
    SignInEvent,
)
from kiosk.station.base import Base
from kiosk.station.cards import CardDesk

_WELL_FORMED = re.compile(r"[0-9]{6,8}")
"""Another form is not shown to the card: it would cost no try, but answer like a fault."""
_OPERATORS = frozenset({Role.OFFICER.value, Role.SUPERVISOR.value})

_REJECTIONS = {
    "expired": Rejection.EXPIRED,
    "not-yet-valid": Rejection.NOT_YET_VALID,
    "issuer": Rejection.OTHER_ISSUER,
    "signature": Rejection.OTHER_ISSUER,
    "branch": Rejection.OTHER_BRANCH,
}


def prove_operator(
    base: Base, desk: CardDesk, pin: str, post: Callable[[SignInEvent], None]
) -> None:
    """Check the operator card in the desk's reader; the outcome is posted."""

    def job(channel: ApduChannel) -> Callable[[], None]:
        outcome = check_operator(base, channel, pin, base.clock.now())
        return lambda: post(outcome)

    def failed(trouble: DriverError) -> None:
        unreadable = isinstance(trouble, CardMute)
        post(OperatorRejected(Rejection.UNREADABLE if unreadable else Rejection.UNKNOWN_CARD))

    desk.run(job, failed)


def check_operator(base: Base, channel: ApduChannel, pin: str, now: datetime) -> SignInEvent:
    """Blocking. Raises `DriverError` other than a wrong or blocked PIN."""
    card = PivSession(channel)
    card.select()
    certificate = card.certificate(Slot.AUTHENTICATION)
    if certificate is None:
        return OperatorRejected(Rejection.UNKNOWN_CARD)
    try:
        holder = verify_chain(
            certificate.public_bytes(Encoding.DER),
            base.root,
            now,
            roles=_OPERATORS,
            branch=base.config.branch,
        )
    except CertificateRefused as refused:
        return OperatorRejected(_REJECTIONS.get(refused.reason, Rejection.NOT_AN_OPERATOR))
    except DecodeError:
        return OperatorRejected(Rejection.UNKNOWN_CARD)
    try:
        if not _WELL_FORMED.fullmatch(pin):
            return PinWrong(card.tries_left() or 0)
        card.verify_pin(pin)
    except WrongPin as wrong:
        return PinWrong(wrong.tries_left)
    except PinBlocked:
        return OperatorRejected(Rejection.PIN_BLOCKED)
    challenge = encode(
        ["amin-login-v1", base.config.device, int(now.timestamp()), secrets.token_bytes(32)]
    )
    signature = card.sign(Slot.AUTHENTICATION, certificate, challenge)
    try:
        verify_card_signature(holder.public_key, challenge, signature)
    except SignatureError:
        return OperatorRejected(Rejection.WRONG_PROOF)
    return OperatorProven(Operator(Role(holder.role), holder.name, holder.fingerprint))

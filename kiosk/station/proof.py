"""Authenticate an operator by certificate, PIN and a signed challenge.

NIST SP 800-73-4 part 1: the PIV authentication key (9A) signs after the PIN; the challenge binds
device, time and 32 random bytes, so that a signature is good for one login on one device.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crypto.canonical import encode
from crypto.certificates import verify_card_signature
from crypto.errors import SignatureError
from drivers.errors import CardMuteError, DriverError, PinBlockedError, WrongPinError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSession, PivSlot
from election.definition import Role
from election.operators import Rejection, admit
from election.polls import Operator
from kiosk.flows.signin import (
    OperatorProven,
    OperatorRejected,
    PinWrong,
    SignInEvent,
)
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService

SignAct: TypeAlias = Callable[[PivSession, x509.Certificate, Operator], None]
"""Has a card whose PIN was verified sign something. Raises `DriverError`."""
_WELL_FORMED = re.compile(r"[0-9]{6,8}")
"""Another form is not shown to the card: it would cost no try, but answer like a fault."""


def prove_operator(
    context: DeviceContext,
    card_service: CardReaderService,
    pin: str,
    post: Callable[[SignInEvent], None],
    sign: SignAct | None = None,
) -> None:
    """Check the operator card in the desk's reader; the outcome is posted.

    `sign`: has a card that proved its operator sign an act, in the same session.
    """

    def failed(trouble: DriverError) -> SignInEvent:
        unreadable = isinstance(trouble, CardMuteError)
        return OperatorRejected(Rejection.UNREADABLE if unreadable else Rejection.UNKNOWN_CARD)

    card_service.run(
        lambda channel: check_operator(context, channel, pin, context.clock.now(), sign),
        failed,
        post,
    )


def check_operator(
    context: DeviceContext,
    channel: ApduChannel,
    pin: str,
    now: datetime,
    sign: SignAct | None = None,
) -> SignInEvent:
    """Blocking. Raises `DriverError` other than a wrong or blocked PIN."""
    card = PivSession(channel)
    card.select()
    certificate = card.certificate(PivSlot.AUTHENTICATION)
    if certificate is None:
        return OperatorRejected(Rejection.UNKNOWN_CARD)
    holder = admit(
        certificate.public_bytes(Encoding.DER),
        context.root,
        context.judged_at(now),
        context.config.branch,
        None if context.register is None else context.register.register,
    )
    if isinstance(holder, Rejection):
        return OperatorRejected(holder)
    try:
        if not _WELL_FORMED.fullmatch(pin):
            return PinWrong(card.tries_left() or 0)
        card.verify_pin(pin)
    except WrongPinError as wrong:
        return PinWrong(wrong.tries_left)
    except PinBlockedError:
        return OperatorRejected(Rejection.PIN_BLOCKED)
    challenge = encode(
        ["amin-login-v1", context.config.device, int(now.timestamp()), secrets.token_bytes(32)]
    )
    signature = card.sign(PivSlot.AUTHENTICATION, certificate, challenge)
    try:
        verify_card_signature(holder.public_key, challenge, signature)
    except SignatureError:
        return OperatorRejected(Rejection.WRONG_PROOF)
    operator = Operator(Role(holder.role), holder.name, holder.fingerprint)
    if sign is not None:
        sign(card, certificate, operator)
    return OperatorProven(operator)

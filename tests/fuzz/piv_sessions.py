"""What PIV cards answer: operators' cards and authorization cards, and what is on them."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import DriverError
from drivers.smartcard import piv_objects, tlv
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard, decode_token, encode_token
from drivers.smartcard.piv import PivSession, PivSlot
from drivers.smartcard.recognise import recognise
from simulators.cards import issuer_certificates as made
from simulators.cards.piv import PivCard, authorization_card, piv_card
from simulators.cards.piv_keys import P256
from tests.fuzz.card_sessions import CHALLENGE, played
from tests.fuzz.target import Make, Target
from tests.fuzz.world import NOW, parser, world
from tests.piv_issuer import IssuerSession

PIN: Final = "482915"
ADMIN: Final = bytes(32)


@cache
def operator() -> PivCard:
    """With certificates of 9A and 9E; both keys are short ones, so that playing back is quick."""
    return piv_card(PIN, _certificate, algorithm=P256, admin_key=ADMIN)


def _certificate(name: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> x509.Certificate:
    issuer = world().issuer
    return made.certificate(
        subject=made.name(name),
        key=key,
        issuer=issuer.authority.subject,
        issuer_key=issuer.authority_key,
        valid=(NOW - timedelta(days=1), NOW + timedelta(days=30)),
        usage=made.Usage(signs_data=True),
    )


def recognitions() -> Target:
    return played(recognise, operator(), authorization_card(ADMIN), world().card)


def piv_sessions() -> Target:
    def session(channel: ApduChannel) -> None:
        piv = IssuerSession(channel)
        piv.select()
        piv.tries_left()
        piv.certificate(PivSlot.CARD_AUTHENTICATION)
        piv.verify_pin(PIN)
        piv.prove_possession(PivSlot.AUTHENTICATION, CHALLENGE)

    return played(session, operator())


def authorization_sessions() -> Target:
    """The administrator's proof fails at a challenge that is new each time; so each part by itself."""

    def session(channel: ApduChannel) -> None:
        piv = PivSession(channel)
        piv.select()
        AuthorizationCard(piv, ADMIN).read_token()
        with contextlib.suppress(DriverError):
            AuthorizationCard(piv, ADMIN).write_token(b"token")

    card = authorization_card(ADMIN)
    card.piv.store_object(0x5FFF10, encode_token(bytes(300)))
    return played(session, card)


def piv_certificates() -> Target:
    good = operator().piv.objects[0x5FC105]
    return parser(piv_objects.parse_certificate, good, _packed(good))


def _packed(good: bytes) -> bytes:
    """The certificate object in its compressed form (SP 800-73-5 part 1, table 10)."""
    certificate = tlv.find(tlv.parse(good), 0x70).value
    return (
        tlv.encode(0x70, gzip.compress(certificate, mtime=0))
        + tlv.encode(0x71, b"\x01")
        + tlv.encode(0xFE)
    )


def tokens_on_cards() -> Target:
    return parser(decode_token, encode_token(b"token" * 40), encode_token(None))


TARGETS: Final[Mapping[str, Make]] = {
    "recognise": recognitions,
    "piv-session": piv_sessions,
    "authorization-session": authorization_sessions,
    "piv-certificate": piv_certificates,
    "card-token": tokens_on_cards,
}

"""The log of a card's frames: headers, lengths and status words; nothing of PINs, keys and persons."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.errors import CardRemovedError, WrongAccessSecretError, WrongPinError
from drivers.smartcard.access_secret import AccessSecret, Can
from drivers.smartcard.apdu import ApduChannel, Command
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.bac import DocumentKeys
from drivers.smartcard.compact import card_minutiae
from drivers.smartcard.curves import P256, base_multiple
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.match_on_card import Match, NoMatch, OnCardMatcher
from drivers.smartcard.pace import password_key
from drivers.smartcard.piv import PivSlot
from drivers.smartcard.profile import (
    Access,
    Information,
    OnCardMatching,
    VerifyForm,
    load_profile,
)
from drivers.smartcard.suites import Suite
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.base import IsoCard, atr
from simulators.cards.eid import PersonData, zone_of
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.cards.issuer import Issuer
from simulators.cards.piv import authorization_card, operator_card
from simulators.fingerprint.fingers import Finger, Placement
from simulators.local_reader import LocalReader, VirtualCard
from tests.drivers.leaks import Log, assert_hidden
from tests.drivers.smartcard.test_piv_session import certificate_for
from tests.finger_application import FINGER_AID, FingerApplication
from tests.piv_issuer import IssuerSession
from tests.reading import read_identity

NOW = datetime.fromisoformat("2026-06-01T08:00+00:00")
CAN = "271828"
PIN, NEW_PIN, WRONG_PIN, PUK = "482915", "73910462", "119357", "96817254"
OWN, OTHER = Finger.of(1), Finger.of(2)
CARD_LINE = re.compile(
    r"> command [0-9A-F]{2} [0-9A-F]{2} [0-9A-F]{2} [0-9A-F]{2}, \d+ bytes"
    r"|< answer [0-9A-F]{4}, \d+ bytes|< [A-Z][A-Za-z]+"
)
"""Everything that a card's log can hold: the header of a command, a status word, an error's class."""


def channel_to(card: VirtualCard) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


def operator_session() -> IssuerSession:
    key = ec.generate_private_key(ec.SECP256R1())
    session = IssuerSession(channel_to(operator_card(PIN, key, certificate_for(key, NOW))))
    session.select()
    return session


def test_pins_and_keys_of_a_piv_card_are_hidden(log: Log) -> None:
    session = operator_session()
    with pytest.raises(WrongPinError):
        session.verify_pin(WRONG_PIN)
    session.verify_pin(PIN)
    session.change_pin(PIN, NEW_PIN)
    session.verify_pin(NEW_PIN)
    with pytest.raises(WrongPinError):
        session.unblock_pin(PUK, PIN)
    message = b"what an operator signs, frozen"
    certificate = session.certificate(PivSlot.AUTHENTICATION)
    assert certificate is not None
    signature = session.sign(PivSlot.AUTHENTICATION, certificate, message)
    lines = log()
    assert_hidden(
        lines,
        pin=PIN.encode(),
        padded=PIN.encode().ljust(8, b"\xff"),
        new=NEW_PIN.encode(),
        wrong=WRONG_PIN.encode(),
        puk=PUK.encode(),
        message=message,
        signature=signature,
    )
    assert all(CARD_LINE.fullmatch(line) for line in lines)
    verify = lines.index("> command 00 20 00 80, 13 bytes")
    assert lines[verify + 1] == "< answer 63C2, 2 bytes"
    assert "> command 00 24 00 80, 21 bytes" in lines
    assert "> command 00 2C 00 80, 21 bytes" in lines


def test_the_administrator_key_and_the_token_are_hidden(log: Log) -> None:
    key, token = random.Random(5).randbytes(32), random.Random(6).randbytes(300)
    session = IssuerSession(channel_to(authorization_card(key)))
    session.select()
    card = AuthorizationCard(session, key)
    card.write_token(token)
    assert card.read_token() == token
    lines = log()
    assert_hidden(lines, key=key, token=token)
    assert all(CARD_LINE.fullmatch(line) for line in lines)
    assert any(line.startswith("> command 10 DB 3F FF") for line in lines)


@pytest.mark.parametrize(
    ("mode", "access"),
    [(AccessMode.NONE, Access.NONE), (AccessMode.BAC, Access.BAC), (AccessMode.PACE, Access.PACE)],
)
def test_the_person_on_an_identity_card_is_hidden(
    log: Log, issuer: Issuer, person: PersonData, mode: AccessMode, access: Access
) -> None:
    card = issuer.issue(person, access=CardAccess(mode, CAN))
    zone = zone_of(card.groups[1])
    secrets: dict[Access, AccessSecret | None] = {Access.BAC: zone, Access.PACE: Can(CAN)}
    profile = replace(load_profile(), access=access)
    channel = channel_to(card)
    if access is Access.PACE:
        with pytest.raises(WrongAccessSecretError):
            IdentityCard(channel, profile, Can("314159")).open()
    identity = read_identity(IdentityCard(channel, profile, secrets.get(access)), NOW.date())
    lines = log()
    keys = DocumentKeys.of(zone.seed)
    assert_hidden(
        lines,
        can=CAN.encode(),
        wrong_can=b"314159",
        zone=zone.information.encode(),
        seed=zone.seed,
        encryption=keys.encryption,
        checksum=keys.checksum,
        password_key=password_key(CAN.encode(), Suite.AES_256),
        number=identity.national_number.encode(),
        document=person.document_number.encode(),
        surname=person.surname.encode(),
        latin=person.latin_surname.encode(),
        birth=b"850321",
        photo=identity.photo,
        template=identity.fingers[0].record,
        **{f"group_{number}": content for number, content in identity.groups.items()},
    )
    assert all(CARD_LINE.fullmatch(line) for line in lines)
    read = "0C B0" if mode is not AccessMode.NONE else "00 B0"
    assert any(line.startswith(f"> command {read} 00 00") for line in lines)


@pytest.mark.parametrize("form", list(VerifyForm))
def test_a_finger_compared_by_the_card_is_hidden(log: Log, form: VerifyForm) -> None:
    fingers = OnCardFingers(
        [enrol(0x96, 0x09, OWN.template())], may_use=lambda: True, pause=lambda _: None
    )
    card = IsoCard(atr(b"MOC"), (FingerApplication(fingers),), {})
    settings = OnCardMatching(FINGER_AID, Information.GET_DATA, form, max_tries=15, spare_tries=0)
    matcher = OnCardMatcher(channel_to(card), settings)
    matcher.select()
    (finger,) = matcher.fingers()
    records = [name.impression(random.Random(1), Placement.CLEAN).record() for name in (OWN, OTHER)]
    assert matcher.verify(finger, records[0]) == Match()
    assert isinstance(matcher.verify(finger, records[1]), NoMatch)
    lines = log()
    live, foreign = (bytes(card_minutiae(record, finger)) for record in records)
    assert_hidden(lines, record=records[0], live=live, foreign=foreign, own=OWN.template())
    assert all(CARD_LINE.fullmatch(line) for line in lines)


def test_a_pulled_card_is_logged_by_its_error(log: Log) -> None:
    reader = LocalReader("slot")
    key = ec.generate_private_key(ec.SECP256R1())
    reader.insert(operator_card(PIN, key, certificate_for(key, NOW)))
    channel = ApduChannel(reader.open())
    reader.pull_after(1)
    point = base_multiple(P256, 3).encode()
    with pytest.raises(CardRemovedError):
        channel.send(Command(0x00, 0x87, 0x11, 0x9D, point, le=256))
    assert log() == ["> command 00 87 11 9D, 71 bytes", "< CardRemovedError"]
    assert_hidden(log(), point=point)

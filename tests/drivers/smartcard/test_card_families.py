"""The profiles that come along, each read from a card of its kind."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest

from drivers.errors import AuthenticityError, ProtocolError
from drivers.smartcard import lds, mrz, tlv
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.emrtd import IdentityCard, build_identity
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome
from drivers.smartcard.match_on_card import Match
from drivers.smartcard.profile import CardProfile, GroupField, ZoneField, load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData, build_groups
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.cards.issuer import Issuer
from simulators.fingerprint.fingers import Finger, Placement
from simulators.local_reader import LocalReader, VirtualCard
from tests.pictures import jpeg_2000
from tests.reading import read_identity

CAN = "271828"
HOLDER = Finger.of(21)


def session(
    card: VirtualCard, profile: CardProfile, secret: AccessSecret | None = None
) -> IdentityCard:
    reader = LocalReader("slot")
    reader.insert(card)
    return IdentityCard(ApduChannel(reader.open()), profile, secret)


def zone_key(card: EidCard) -> MrzKey:
    return MrzKey(mrz.parse(lds.parse_dg1(card.groups[1])).information)


@pytest.mark.parametrize("mode", [AccessMode.BAC, AccessMode.PACE, AccessMode.PACE_AND_BAC])
def test_a_travel_document(
    issuer: Issuer, person: PersonData, now: datetime, mode: AccessMode
) -> None:
    card = issuer.issue(person, access=CardAccess(mode, CAN))
    reading = session(card, load_profile("icao"), zone_key(card))
    identity = read_identity(reading, now.date())
    assert identity.national_number == person.national_number
    assert identity.name == "مریم نمونه زاده"
    assert identity.fingers == ()
    evidence = reading.verify_authenticity(CscaStore((issuer.authority,)), now)
    assert evidence.authentic
    assert evidence.outcome(DocumentCheck.PRINTED_ZONE) is DocumentCheckOutcome.PASSED


def test_a_travel_document_without_details(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    groups = {n: data for n, data in build_groups(person).items() if n in (1, 2)}
    card = EidCard(groups, issuer.sign_groups(groups), access=CardAccess(AccessMode.BAC))
    identity = read_identity(session(card, load_profile("icao"), zone_key(card)), now.date())
    assert identity.name == identity.latin_name == "MARYAM NEMUNEH ZADEH"
    assert identity.national_number == person.national_number
    assert identity.birth_date == PartialDate.of(person.birth_date)
    assert identity.address == ()


@pytest.fixture
def comparing(issuer: Issuer, person: PersonData) -> EidCard:
    fingers = OnCardFingers([enrol(0x96, 0x09, HOLDER.template())], pause=lambda _: None)
    return issuer.issue(
        replace(person, photo=jpeg_2000(240, 320)),
        access=CardAccess(AccessMode.PACE, CAN),
        keys=ChipKeys.create(),
        on_card=fingers,
    )


def test_a_card_that_compares(comparing: EidCard, issuer: Issuer, now: datetime) -> None:
    assert {3, 13} & set(comparing.groups) == set()
    reading = session(comparing, load_profile("moc"), Can(CAN))
    assert read_identity(reading, now.date()).photo.startswith(b"\xff\xd8\xff")
    reading.verify_authenticity(CscaStore((issuer.authority,)), now).require()
    proof = reading.verify_genuineness()
    matcher = reading.finger_matcher(proof)
    (finger,) = matcher.fingers()
    record = HOLDER.impression(random.Random(1), Placement.CLEAN).record()
    assert matcher.verify(finger, record) == Match()


def test_a_copy_that_says_match_to_everything_is_not_asked(
    comparing: EidCard, issuer: Issuer, now: datetime
) -> None:
    for copy in (comparing.copied(), comparing.copied(keys=ChipKeys.create(agreement=False))):
        reading = session(copy, load_profile("moc"), Can(CAN))
        read_identity(reading, now.date())
        assert reading.verify_authenticity(CscaStore((issuer.authority,)), now).authentic
        proof = reading.verify_genuineness()
        assert proof.chip.result is ProofResult.FAILED
        with pytest.raises(AuthenticityError):
            reading.finger_matcher(proof)


def test_signing_a_challenge_is_not_enough_to_be_believed(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    card = issuer.issue(
        person, access=CardAccess(AccessMode.PACE, CAN), keys=ChipKeys.create(agreement=False)
    )
    reading = session(card, load_profile("moc"), Can(CAN))
    read_identity(reading, now.date())
    reading.verify_authenticity(CscaStore((issuer.authority,)), now).require()
    proof = reading.verify_genuineness()
    assert proof.active.result is ProofResult.PASSED
    with pytest.raises(AuthenticityError):
        reading.finger_matcher(proof)


def test_a_copy_without_the_templates_is_found_by_the_signed_list(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    copy = issuer.issue(person).copied(without=(13,))
    reading = session(copy, load_profile())
    assert read_identity(reading, now.date()).fingers == ()
    evidence = reading.verify_authenticity(CscaStore((issuer.authority,)), now)
    assert [check.check for check in evidence.failed] == [DocumentCheck.GROUP_HASHES]


def test_other_profiles_ask_no_card_for_fingers(
    comparing: EidCard, issuer: Issuer, now: datetime
) -> None:
    reading = session(comparing, load_profile("icao"), Can(CAN))
    read_identity(reading, now.date())
    reading.verify_authenticity(CscaStore((issuer.authority,)), now).require()
    with pytest.raises(ValueError, match="profile"):
        reading.finger_matcher(reading.verify_genuineness())


def test_fields_come_from_where_the_profile_says(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    groups = build_groups(person)
    fields_ = tlv.encode(
        0xA0, tlv.encode(0x5F10, b"9876543210"), tlv.encode(0x5F0F, "الف<<ب".encode())
    )
    groups[13] = tlv.encode(0x6D, fields_)
    profile = replace(
        load_profile("icao"),
        groups=(1, 2, 13),
        national_number=GroupField(13, (0xA0, 0x5F10)),
        person_name=GroupField(13, (0xA0, 0x5F0F)),
    )
    identity = build_identity(b"", groups, profile, now.date())
    assert identity.national_number == "9876543210"
    assert (identity.surname, identity.given_names) == ("الف", "ب")
    elsewhere = replace(profile, national_number=GroupField(13, (0xA0, 0x5F11)))
    with pytest.raises(ProtocolError, match="ten digits"):
        build_identity(b"", groups, elsewhere, now.date())
    document = replace(profile, national_number=ZoneField.NUMBER)
    with pytest.raises(ProtocolError, match="ten digits"):
        build_identity(b"", groups, document, now.date())

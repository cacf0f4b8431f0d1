"""A card that compares fingers, on every transport: opened, proved, asked, blocked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from drivers.errors import CardRemovedError
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.match_on_card import Blocked, Match, NoMatch, OnCardMatcher
from drivers.smartcard.profile import CardProfile, load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.finger_matching import TRIES, OnCardFingers, enrol
from simulators.cards.issuer import Issuer
from simulators.fingerprint.fingers import Finger, Placement
from tests.contract.benches import Bench
from tests.pictures import jpeg_2000
from tests.reading import read_identity

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CAN = "314159"
HOLDER, STRANGER = Finger.of(21), Finger.of(22)
PERSON = PersonData(
    national_number="1234567891",
    surname="نمونه",
    given_names="مریم",
    latin_surname="NEMUNEH",
    latin_given_names="MARYAM",
    birth_date=date(1985, 3, 21),
    sex="F",
    document_number="K00000001",
    expiry=date(2033, 3, 20),
    photo=jpeg_2000(120, 160),
    photo_size=(120, 160),
)


def live(finger: Finger) -> bytes:
    return finger.impression(random.Random(1), Placement.CLEAN).record()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.create("Test", NOW)


@pytest.fixture
def fingers() -> OnCardFingers:
    return OnCardFingers([enrol(0x96, 0x09, HOLDER.template())], pause=lambda _: None)


@pytest.fixture
def card(issuer: Issuer, fingers: OnCardFingers) -> EidCard:
    access = CardAccess(AccessMode.PACE, CAN)
    return issuer.issue(PERSON, access=access, keys=ChipKeys.create(), on_card=fingers)


def opened(channel: ApduChannel, issuer: Issuer, profile: CardProfile) -> OnCardMatcher:
    """All that a station does before it asks for a finger."""
    session = IdentityCard(channel, profile, Can(CAN))
    identity = read_identity(session, NOW.date())
    assert identity.name == "مریم نمونه"
    assert identity.photo.startswith(b"\xff\xd8\xff")
    assert identity.fingers == ()
    session.verify_authenticity(CscaStore((issuer.authority,)), NOW).require()
    proof = session.verify_genuineness()
    proof.require(profile.genuineness)
    assert proof.chip.result is ProofResult.PASSED
    return session.finger_matcher(proof)


def test_a_card_compares_its_holders_finger(
    bench: Bench, card: EidCard, issuer: Issuer, fingers: OnCardFingers
) -> None:
    profile = load_profile("moc")
    matcher = opened(bench.insert(card), issuer, profile)
    (finger,) = matcher.fingers()
    assert matcher.tries_left(finger) == TRIES
    assert matcher.verify(finger, live(STRANGER)) == NoMatch(TRIES - 2)  # one is spared
    assert matcher.verify(finger, live(HOLDER)) == Match()
    assert fingers.tries(0x96) == TRIES
    bench.take()


def test_tries_outlive_the_session_and_end_at_blocked(
    bench: Bench, card: EidCard, issuer: Issuer, fingers: OnCardFingers
) -> None:
    profile = load_profile("moc")
    assert profile.on_card is not None
    reckless = replace(profile, on_card=replace(profile.on_card, max_tries=15, spare_tries=0))
    matcher = opened(bench.insert(card), issuer, reckless)
    (finger,) = matcher.fingers()
    for left in (4, 3, 2):
        assert matcher.verify(finger, live(STRANGER)) == NoMatch(left)
    bench.take()
    matcher = opened(bench.insert(card), issuer, reckless)
    assert matcher.tries_left(finger) == 2
    assert matcher.verify(finger, live(STRANGER)) == NoMatch(1)
    assert matcher.verify(finger, live(STRANGER)) == Blocked()
    bench.take()
    matcher = opened(bench.insert(card), issuer, reckless)
    assert matcher.verify(finger, live(HOLDER)) == Blocked()
    assert fingers.tries(0x96) == 0
    bench.take()


def test_a_card_pulled_while_it_compares(
    bench: Bench, card: EidCard, issuer: Issuer, fingers: OnCardFingers
) -> None:
    matcher = opened(bench.insert(card), issuer, load_profile("moc"))
    (finger,) = matcher.fingers()
    bench.slot.pull_after(2)
    with pytest.raises(CardRemovedError):
        matcher.verify(finger, live(STRANGER))

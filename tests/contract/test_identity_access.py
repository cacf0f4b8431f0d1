"""Identity cards with every kind of access on every transport: opened, read, authentic, genuine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from drivers.errors import AuthenticityError, CardRemovedError, WrongAccessSecretError
from drivers.smartcard.access_secret import AccessSecret, Can
from drivers.smartcard.apdu import ApduChannel, ExtendedLengths
from drivers.smartcard.channel import Removed
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.profile import Access, CardProfile, Genuineness, load_profile
from drivers.smartcard.recognise import CardKind, recognise
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EXTENDED, EidCard, PersonData, build_groups, zone_of
from simulators.cards.issuer import Issuer
from tests.contract.benches import Bench
from tests.pictures import jpeg
from tests.reading import read_identity

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CAN = "271828"
PERSON = PersonData(
    "1234567891", "نمونه", "مریم", "NEMUNEH", "MARYAM", date(1985, 3, 21), "F", "K00000001",
    date(2033, 3, 20), jpeg(240, 320, noise=9), (240, 320),
)  # fmt: skip
ISSUER = Issuer.create("Test", NOW)
STORE = CscaStore.from_der([ISSUER.authority_der])


def issue(mode: AccessMode, extended: ExtendedLengths | None = EXTENDED) -> EidCard:
    access, keys = CardAccess(mode, CAN), ChipKeys.create()
    groups = build_groups(PERSON) | chip_groups(keys, access)
    return EidCard(groups, ISSUER.sign_groups(groups), access=access, keys=keys, extended=extended)


def profile(access: Access) -> CardProfile:
    return replace(load_profile(), access=access, genuineness=Genuineness.REQUIRED)


@pytest.mark.parametrize("extended", [EXTENDED, None], ids=["extended", "short"])
@pytest.mark.parametrize("way", ["none", "bac", "pace-can", "pace-zone"])
def test_a_card_is_opened_read_and_judged(
    bench: Bench, way: str, extended: ExtendedLengths | None
) -> None:
    mode, access = {
        "none": (AccessMode.NONE, Access.NONE),
        "bac": (AccessMode.BAC, Access.PACE_OR_BAC),
        "pace-can": (AccessMode.PACE, Access.PACE),
        "pace-zone": (AccessMode.PACE_AND_BAC, Access.PACE),
    }[way]
    card = issue(mode, extended)
    secret: AccessSecret | None = {"none": None, "pace-can": Can(CAN)}.get(
        way, zone_of(card.groups[1])
    )
    channel = bench.insert(card)
    assert recognise(channel) is CardKind.IDENTITY
    session = IdentityCard(channel, profile(access), secret)
    assert read_identity(session, NOW.date()).photo == PERSON.photo
    session.verify_authenticity(STORE, NOW).require()
    session.verify_genuineness().require(Genuineness.REQUIRED)


def test_a_wrong_number_is_told_and_the_right_one_still_opens(bench: Bench) -> None:
    channel = bench.insert(issue(AccessMode.PACE))
    with pytest.raises(WrongAccessSecretError, match="six digits"):
        IdentityCard(channel, profile(Access.PACE), Can("314159")).open()
    session = IdentityCard(channel, profile(Access.PACE), Can(CAN))
    assert read_identity(session, NOW.date()).national_number == PERSON.national_number


@pytest.mark.parametrize("without", [(), (14, 15)], ids=["all files", "without keys"])
def test_a_copied_card_is_refused(bench: Bench, without: tuple[int, ...]) -> None:
    channel = bench.insert(issue(AccessMode.PACE).copied(without=without))
    session = IdentityCard(channel, profile(Access.PACE), Can(CAN))
    read_identity(session, NOW.date())
    session.verify_authenticity(STORE, NOW).require()
    with pytest.raises(AuthenticityError):
        session.verify_genuineness().require(Genuineness.IF_OFFERED)


@pytest.mark.slow
def test_a_card_pulled_while_it_is_opened_or_read(bench: Bench) -> None:
    for apdu in (4, 9, 12, 20):
        card = issue(AccessMode.PACE)
        bench.put(card)
        session = IdentityCard(ApduChannel(bench.reader.open()), profile(Access.PACE), Can(CAN))
        bench.slot.pull_after(apdu)
        with pytest.raises(CardRemovedError):
            read_identity(session, NOW.date())
        assert bench.next_event() == Removed()

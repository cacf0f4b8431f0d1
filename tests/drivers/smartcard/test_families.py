"""A document is read by the family that its signed zone says, and opened in that family's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from drivers.errors import (
    ApduError,
    DriverError,
    OtherSecretError,
    ProtocolError,
    WrongAccessSecretError,
)
from drivers.smartcard import lds, mrz, pace, tlv
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ChipVerdict
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.evidence import Evidence
from drivers.smartcard.families import read_document
from drivers.smartcard.policy import DocumentKind, PassivePolicy
from drivers.smartcard.profile import (
    Access,
    AccessSecretKind,
    CardProfile,
    Genuineness,
    load_profile,
)
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader, VirtualCard

CAN = "271828"
BASE = load_profile("icao")
IRAN = (("IRN", "IR"),)
PASSPORT = replace(
    BASE,
    name="passport",
    access=Access.BAC,
    secrets=(AccessSecretKind.MRZ,),
    kind=DocumentKind(IRAN, ("IRN",), ("P",)),
)
NATIONAL = replace(
    BASE, name="national", access=Access.PACE, kind=DocumentKind(IRAN, ("IRN",), ("I",))
)
FAMILIES = (PASSPORT, NATIONAL)
SELECT, BY_NAME, CHALLENGE = 0xA4, 4, 0x84


def read(
    card: VirtualCard,
    issuer: Issuer,
    now: datetime,
    secret: AccessSecret,
    families: tuple[CardProfile, ...] = FAMILIES,
) -> tuple[IdentityCard, Evidence]:
    reader = LocalReader("slot")
    reader.insert(card)
    policy = PassivePolicy(tuple(each.kind for each in families))
    store = CscaStore((issuer.authority,))
    return read_document(ApduChannel(reader.open()), families, secret, store, now, policy)


def zone_key(card: EidCard) -> MrzKey:
    return MrzKey(mrz.parse(lds.parse_dg1(card.groups[1])).information)


class Line:
    """Counts what goes to a card; `hides` EF.CardAccess from who asks for it."""

    def __init__(self, card: EidCard, *, hides: bool = False) -> None:
        self._card, self._hides, self.atr = card, hides, card.atr
        self.asked: list[int] = []

    def process(self, apdu: bytes) -> bytes:
        self.asked.append(apdu[1])
        if self._hides and apdu[1] == SELECT and apdu[2] != BY_NAME and apdu[5:7] == b"\x01\x1c":
            return b"\x6a\x82"
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()


@pytest.mark.parametrize("first", [PASSPORT, replace(PASSPORT, access=Access.PACE_OR_BAC)])
def test_a_card_is_opened_as_its_own_family(
    issuer: Issuer, person: PersonData, now: datetime, first: CardProfile
) -> None:
    """BAC, which passports may be opened with, opens no card of a family that demands PACE."""
    access = CardAccess(AccessMode.PACE_AND_BAC, CAN)
    card = issuer.issue(person, access=access, keys=ChipKeys.create())
    line = Line(card)
    found, evidence = read(line, issuer, now, zone_key(card), (first, NATIONAL))
    assert evidence.authentic
    assert (found.profile, found.access) == (NATIONAL, Access.PACE)
    ways = [code for code in line.asked if code in (CHALLENGE, pace.INS_GENERAL_AUTHENTICATE)]
    assert ways[-1] == pace.INS_GENERAL_AUTHENTICATE
    assert found.verify_genuineness().judge(Genuineness.REQUIRED) is ChipVerdict.ACCEPTED


@pytest.mark.parametrize("signed", [True, False])
def test_hidden_pace_is_no_way_round_by_another_family(
    issuer: Issuer, person: PersonData, now: datetime, signed: bool
) -> None:
    """Whether or not the signed DG14 lists PACE: its family demands it, so nothing is read without."""
    access = CardAccess(AccessMode.PACE_AND_BAC, CAN)
    keys = ChipKeys.create() if signed else ChipKeys()
    card = issuer.issue(person, access=access, keys=keys)
    with pytest.raises(DriverError):
        read(Line(card, hides=True), issuer, now, zone_key(card))


def test_what_opens_another_family_is_asked_for_again(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    """The zone was typed and the card's family opens with its number: nothing is read as a passport."""
    national = replace(NATIONAL, secrets=(AccessSecretKind.CAN,))
    card = issuer.issue(person, access=CardAccess(AccessMode.PACE_AND_BAC, CAN))
    with pytest.raises(OtherSecretError):
        read(card, issuer, now, zone_key(card), (PASSPORT, national))
    found, _ = read(card, issuer, now, Can(CAN), (PASSPORT, national))
    assert found.profile is national


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize("mode", [AccessMode.PACE, AccessMode.BAC])
def test_a_card_that_knows_one_way_is_opened_whichever_family_comes_first(
    issuer: Issuer, person: PersonData, now: datetime, mode: AccessMode, own_first: bool
) -> None:
    """The zone opens both families; a chip with PACE alone, or BAC alone, refuses the other's way."""
    ways = {AccessMode.PACE: Access.PACE, AccessMode.BAC: Access.BAC}
    own = replace(NATIONAL, access=ways.pop(mode))
    (another,) = ways.values()
    other = replace(PASSPORT, access=another)
    families = (own, other) if own_first else (other, own)
    access = CardAccess(mode, CAN if mode is AccessMode.PACE else "")
    card = issuer.issue(person, access=access, keys=ChipKeys.create())
    found, evidence = read(card, issuer, now, zone_key(card), families)
    assert evidence.authentic
    assert (found.profile, found.access) == (own, own.access)
    with pytest.raises(ApduError):
        read(card, issuer, now, zone_key(card), (other, replace(other, name="the same again")))
    line = Line(card)
    with pytest.raises(WrongAccessSecretError):
        read(line, issuer, now, MrzKey("L898902C<369080619406236"), families)
    assert line.asked.count(0x82) + line.asked.count(pace.INS_GENERAL_AUTHENTICATE) in {1, 4}


def test_a_wrong_secret_is_tried_in_one_way_alone(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    card = issuer.issue(person, access=CardAccess(AccessMode.PACE_AND_BAC, CAN))
    for families, not_tried in (
        (FAMILIES, pace.INS_GENERAL_AUTHENTICATE),
        (FAMILIES[::-1], CHALLENGE),
    ):
        line = Line(card)
        with pytest.raises(WrongAccessSecretError):
            read(line, issuer, now, MrzKey("L898902C<369080619406236"), families)
        assert not_tried not in line.asked


@pytest.mark.parametrize("signed", [True, False])
def test_hidden_pace_leads_to_no_other_family_that_comes_second(
    issuer: Issuer, person: PersonData, now: datetime, signed: bool
) -> None:
    """The second way opens the card, but its zone is of the first family, which nothing else opens."""
    access = CardAccess(AccessMode.PACE_AND_BAC, CAN)
    card = issuer.issue(person, access=access, keys=ChipKeys.create() if signed else ChipKeys())
    line = Line(card, hides=True)
    with pytest.raises(DriverError):
        read(line, issuer, now, zone_key(card), FAMILIES[::-1])
    assert CHALLENGE in line.asked


class TwoFaced:
    """Another document at each opening by BAC or PACE: what a chip of somebody's own can be."""

    def __init__(self, first: EidCard, then: EidCard) -> None:
        self._cards, self.atr, self._selected = [first, then], first.atr, 0

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == SELECT and apdu[2] == BY_NAME:
            self._selected += 1
        return self._cards[min(self._selected, 2) - 1].process(apdu)

    def reset(self) -> None:
        for card in self._cards:
            card.reset()


def test_a_card_that_is_another_document_each_time(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    """Read as a passport, which has no fingers, and then a stolen card: both are signed."""
    with_fingers = replace(NATIONAL, access=Access.NONE, secrets=())
    # A code that the simulated signer signs, too.
    kind = DocumentKind(IRAN, ("IRN",), ("ID",))
    passport = replace(PASSPORT, access=Access.NONE, secrets=(), kind=kind)
    other = issuer.issue(person)
    zone = mrz.encode_td1(replace(mrz.parse(lds.parse_dg1(other.groups[1])), code="ID"))
    groups = {**other.groups, 1: tlv.encode(0x61, tlv.encode(0x5F1F, zone.encode()))}
    one = EidCard(groups, issuer.sign_groups(groups))
    with pytest.raises(ProtocolError, match="another document"):
        read(TwoFaced(one, other), issuer, now, Can(CAN), (with_fingers, passport))
    for card, family in ((one, passport), (other, with_fingers)):
        found, evidence = read(card, issuer, now, Can(CAN), (with_fingers, passport))
        assert evidence.authentic
        assert found.profile is family

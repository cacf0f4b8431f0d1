"""Judge what was read of a card by the rules of the election."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.emrtd import Identity, IdentityCard
from drivers.smartcard.evidence import Evidence
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from election.definition import StyleId
from kiosk.flows.identity.states import CardHolder, VoterRefusal
from kiosk.station.holder import judge
from simulators.local_reader import LocalReader
from tests.kiosk.station.office import DAY, NOON, Office, people
from tests.reading import read_identity

(VOTER,) = people(1, "judged")


@pytest.fixture
def read(office: Office) -> tuple[Identity, Evidence]:
    """What a genuine card of the day gives."""
    reader = LocalReader("slot")
    reader.insert(office.identity_card(VOTER))
    card = IdentityCard(ApduChannel(reader.open()), load_profile())
    identity = read_identity(card, DAY)
    evidence = card.verify_authenticity(CscaStore((office.issuer.authority,)), NOON)
    assert evidence.authentic
    return identity, evidence


def test_birth_date_that_is_not_exact(office: Office, read: tuple[Identity, Evidence]) -> None:
    """Of age at the latest day it can be, under age at the earliest, and unknown between them."""
    identity, _ = read
    election = office.election
    of_age = election.day.year - election.rules.min_age
    for born, expected in (
        (PartialDate(of_age - 1), CardHolder),
        (PartialDate(of_age), None),
        (PartialDate(of_age, election.day.month), None),
        (PartialDate(of_age + 1), VoterRefusal.UNDER_AGE),
        (PartialDate(0), None),
        (PartialDate.of(date(of_age - 1, 12, 31)), CardHolder),
    ):
        verdict = judge(replace(identity, birth_date=born), election)
        if isinstance(expected, VoterRefusal):
            assert verdict is expected
        else:
            assert isinstance(verdict, CardHolder)
            assert verdict.age_open == (expected is None), "then two roles look at the person"
            assert verdict.born == (born.earliest if born.is_exact else None)


def test_document_without_an_end(office: Office, read: tuple[Identity, Evidence]) -> None:
    identity, _ = read
    day = office.election.day
    for expiry, is_over in ((None, False), (day, False), (day - timedelta(days=1), True)):
        over = replace(identity, expiry=expiry)
        verdict = judge(over, office.election)
        assert (verdict is VoterRefusal.CARD_EXPIRED) == is_over
        assert isinstance(judge(over, office.election, prolonged=True), CardHolder)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("around", ["{}", "  {} ", "{}   "])
def test_residence_is_compared_as_the_plan_has_it(
    office: Office, read: tuple[Identity, Evidence], form: Literal["NFC", "NFD"], around: str
) -> None:
    """The plan's text is in normal form C, without blanks around it; a card's may be neither."""
    identity, _ = read
    style = replace(office.election.styles[0], id=StyleId("own"), residence=("شهر آزادی",))
    election = replace(office.election, styles=(style,))
    written = around.format(unicodedata.normalize(form, "شهر آزادی"))
    verdict = judge(replace(identity, address=(written, "خیابان ۱")), election)
    assert isinstance(verdict, CardHolder)
    assert verdict.style == "own"
    other = judge(replace(identity, address=("شهر ازادی",)), election)
    assert other is VoterRefusal.NOT_ELIGIBLE


PARTS = st.builds(
    lambda year, month, day: (year, month, day if month else 0),
    st.integers(1900, 2026) | st.just(0),
    st.integers(0, 12),
    st.integers(0, 28),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=PARTS)
def test_any_birth_date(
    office: Office, read: tuple[Identity, Evidence], parts: tuple[int, int, int]
) -> None:
    """By every day that it can be: all of age, none, or two roles look at the person."""
    identity, _ = read
    election, born = office.election, PartialDate(*parts)
    verdict = judge(replace(identity, birth_date=born), election)
    last = date(election.day.year - election.rules.min_age, election.day.month, election.day.day)
    if born.earliest > last:
        assert verdict is VoterRefusal.UNDER_AGE
    else:
        assert isinstance(verdict, CardHolder)
        assert verdict.age_open == (born.latest > last)

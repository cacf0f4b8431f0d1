"""Cards, their issuer and their holder, as the targets need them; made once a process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard.apdu import Command
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import CardAccess
from simulators.cards.base import IsoCard, atr
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.eid import EnrolledFinger as CardFinger
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.fingerprint.fingers import Finger
from tests.card_issuers import CountryIssuer
from tests.finger_application import FINGER_AID, FingerApplication
from tests.fuzz.target import Target
from tests.pictures import jpeg

NOW: Final = datetime(2026, 6, 1, 8, tzinfo=UTC)
TODAY: Final = NOW.date()


@dataclass(frozen=True, slots=True)
class World:
    """A country, a person, and what its cards hold."""

    issuer: CountryIssuer
    spelt_out: CountryIssuer
    person: PersonData
    card: EidCard
    record: bytes

    @property
    def store(self) -> CscaStore:
        return CscaStore.from_der([self.issuer.authority_der, self.spelt_out.authority_der])


@cache
def world() -> World:
    issuer = CountryIssuer.create("Fuzz", NOW)
    record = Finger.of(7).template()
    person = PersonData(
        national_number="9990000002",
        surname="نمونه زاده",
        given_names="مریم",
        latin_surname="NEMUNEH ZADEH",
        latin_given_names="MARYAM",
        birth_date=date(1985, 3, 21),
        sex="F",
        document_number="K00000001",
        expiry=date(2033, 3, 20),
        photo=jpeg(24, 32),
        photo_size=(24, 32),
        fingers=[CardFinger(0x09, record), CardFinger(0x0A, record)],
        birth_place="تهران",
        address=("تهران", "خیابان آزادی"),
    )
    keys = ChipKeys.create()
    card = issuer.issue(person, access=CardAccess(), keys=keys)
    return World(issuer, CountryIssuer.create_spelt_out("Spelt", NOW), person, card, record)


def comparing_card() -> IsoCard:
    """A card that compares two fingers itself."""
    fingers = OnCardFingers(
        [enrol(0x96, 0x09, world().record), enrol(0x97, 0x0A, Finger.of(8).template())],
        pause=lambda _: None,
    )
    return IsoCard(atr(b"FINGERS"), (FingerApplication(fingers),), {})


def information() -> bytes:
    """Its biometric information templates."""
    card = comparing_card()
    card.process(Command(0, 0xA4, 4, 12, FINGER_AID).encode())
    return card.process(Command(0, 0xCA, 0x7F, 0x61, le=256).encode())[:-2]


def in_group(*numbers: int) -> tuple[bytes, ...]:
    return tuple(world().card.groups[number] for number in numbers)


def parser(read: Callable[[bytes], object], *corpus: bytes, share: float = 1.0) -> Target:
    """A parser that raises `ProtocolError` and nothing else."""
    return Target(read, corpus, (ProtocolError,), share=share, short_share=share)

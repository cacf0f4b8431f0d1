"""Read cards whose files answer as real ones do."""

from __future__ import annotations

import pytest

from drivers.smartcard import lds
from drivers.smartcard.access_secret import MrzKey
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.eid import EidCard
from simulators.cards.issuer import Issuer
from simulators.local_reader import VirtualCard
from tests.cases.documents.kit import NOW, opened, person

SELECT, BY_NAME = 0xA4, 4
CARD_ACCESS = b"\x01\x1c"


class CardAccessAnswers:
    """A card whose EF.CardAccess, outside secure messaging, answers SELECT with a status."""

    def __init__(self, card: EidCard, status: str) -> None:
        self._card, self._status, self.atr = card, bytes.fromhex(status), card.atr
        self.asked = False

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == SELECT and apdu[2] != BY_NAME and apdu[5:7] == CARD_ACCESS:
            self.asked = True
            return self._status
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.create("Invented country", NOW)


def is_authentic(
    issuer: Issuer, card: VirtualCard, profile: str = "standard", secret: MrzKey | None = None
) -> bool:
    """Read the card as a station does; whether the issuer signed it."""
    reading = opened(card, profile, secret)
    return reading.verify_authenticity(CscaStore((issuer.authority,)), NOW).authentic


def test_card_as_the_project_makes_it(issuer: Issuer) -> None:
    assert is_authentic(issuer, issuer.issue(person()))


@pytest.mark.parametrize("status", ["6A82"], ids=["bac-card-without-card-access"])
def test_bac_card(issuer: Issuer, status: str) -> None:
    """A card that opens with its zone only, in a profile that allows PACE and BAC."""
    card = issuer.issue(person(), access=CardAccess(AccessMode.BAC))
    answers = CardAccessAnswers(card, status)
    secret = MrzKey.from_zone(lds.parse_dg1(card.groups[1]))
    assert is_authentic(issuer, answers, "icao", secret)
    assert answers.asked

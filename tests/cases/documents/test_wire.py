"""Read cards whose files answer as real ones do."""

from __future__ import annotations

import pytest

from drivers.errors import DriverError
from drivers.smartcard import lds
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.profile import Genuineness
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EidCard, build_groups
from simulators.cards.issuer import Issuer
from simulators.local_reader import VirtualCard
from tests.cases.documents.kit import NOW, opened, person

SELECT, BY_NAME, READ_BINARY, MSE_SET_AT = 0xA4, 4, 0xB0, b"\x22\xc1\xa4"
OK = b"\x90\x00"
CARD_ACCESS = b"\x01\x1c"


class CardAccessAnswers:
    """A card whose EF.CardAccess, outside secure messaging, answers with a status or a content.

    `reading`: SELECT succeeds, READ BINARY gets the status.
    """

    def __init__(
        self, card: EidCard, status: str, *, reading: bool = False, content: bytes = b""
    ) -> None:
        self._card, self._status, self.atr = card, bytes.fromhex(status), card.atr
        self._reading, self._content = reading, content
        self._chosen = False
        self.asked = False

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == SELECT:
            self._chosen = apdu[2] != BY_NAME and apdu[5:7] == CARD_ACCESS
            if self._chosen:
                self.asked = True
                return OK if self._reading else self._status
        if self._chosen and apdu[1] == READ_BINARY:
            at = int.from_bytes(apdu[2:4], "big")
            part = self._content[at : at + (apdu[4] or 256)]
            return part + OK if part else self._status
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.create("Invented country", NOW)


def is_authentic(
    issuer: Issuer, card: VirtualCard, profile: str = "standard", secret: AccessSecret | None = None
) -> bool:
    """Read the card as a station does; whether the issuer signed it."""
    reading = opened(card, profile, secret)
    return reading.verify_authenticity(CscaStore((issuer.authority,)), NOW).authentic


def test_card_as_the_project_makes_it(issuer: Issuer) -> None:
    assert is_authentic(issuer, issuer.issue(person()))


def zone_of(card: EidCard) -> MrzKey:
    return MrzKey.from_zone(lds.parse_dg1(card.groups[1]))


ABSENT = ["6A82", "6982", "6985", "6A81", "6A86", "6A87", "6A88", "6D00"]


@pytest.mark.parametrize("reading", [False, True], ids=["select", "read"])
@pytest.mark.parametrize("status", ABSENT)
def test_bac_card(issuer: Issuer, status: str, reading: bool) -> None:
    """A card that opens with its zone only, in a profile that allows PACE and BAC."""
    card = issuer.issue(person(), access=CardAccess(AccessMode.BAC))
    answers = CardAccessAnswers(card, status, reading=reading)
    assert is_authentic(issuer, answers, "icao", zone_of(card))
    assert answers.asked


@pytest.mark.parametrize("status", ["6F00", "6581", "6283"])
def test_other_answers_do_not_lead_to_bac(issuer: Issuer, status: str) -> None:
    card = issuer.issue(person(), access=CardAccess(AccessMode.BAC))
    with pytest.raises(DriverError):
        is_authentic(issuer, CardAccessAnswers(card, status), "icao", zone_of(card))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("31143012060A04007F00070202040404020102020112", id="ecdh-im-p521"),
        pytest.param("31143012060A04007F00070202040101020102020102", id="dh-gm-3des"),
        pytest.param("31143012060A04007F0007020204020102010202010C", id="ecdh-gm-3des"),
    ],
)
def test_bac_card_that_also_has_pace(issuer: Issuer, content: str) -> None:
    """Nothing of what it offers is allowed here, so BAC opens it."""
    card = issuer.issue(person(), access=CardAccess(AccessMode.BAC))
    answers = CardAccessAnswers(card, "9000", content=bytes.fromhex(content))
    assert is_authentic(issuer, answers, "icao", zone_of(card))
    assert answers.asked


def test_pace_that_was_hidden(issuer: Issuer) -> None:
    """Somebody on the line answers for EF.CardAccess; the signed DG14 lists PACE, and tells."""
    keys, bac = ChipKeys.create(), CardAccess(AccessMode.BAC)
    pace = CardAccess(AccessMode.PACE, can="123456")
    groups = build_groups(person()) | chip_groups(keys, pace)
    sod = issuer.sign_groups(groups)
    hidden = EidCard(groups, sod, access=bac, keys=keys)
    reading = opened(CardAccessAnswers(hidden, "6A82"), "icao", zone_of(hidden))
    assert reading.verify_authenticity(CscaStore((issuer.authority,)), NOW).authentic
    proof = reading.verify_genuineness()
    assert proof.chip.result is ProofResult.PASSED
    assert proof.refusal(Genuineness.IF_OFFERED).startswith("access parameters: DG14 lists")


class TriesLeft:
    """A card that tells with a warning how many tries its secret has left."""

    def __init__(self, card: EidCard, status: str) -> None:
        self._card, self._status, self.atr = card, bytes.fromhex(status), card.atr

    def process(self, apdu: bytes) -> bytes:
        answer = self._card.process(apdu)
        return self._status if apdu[1:4] == MSE_SET_AT and answer == OK else answer

    def reset(self) -> None:
        self._card.reset()


@pytest.mark.parametrize(
    ("status", "opens"), [("63C2", True), ("63CF", True), ("63C1", False), ("63C0", False)]
)
def test_pace_begins_with_a_warning(issuer: Issuer, status: str, opens: bool) -> None:
    card = issuer.issue(person(), access=CardAccess(AccessMode.PACE, can="123456"))
    answers = TriesLeft(card, status)
    if opens:
        assert is_authentic(issuer, answers, "icao", Can("123456"))
        return
    with pytest.raises(DriverError):
        is_authentic(issuer, answers, "icao", Can("123456"))

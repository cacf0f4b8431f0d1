"""Fingers compared by the card: templates, forms, counters, limits, and cards that lie."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ApduError, CaptureError, CardRemovedError, DriverError, ProtocolError
from drivers.fingerprint import iso19794 as iso
from drivers.smartcard import bit, compact, tlv
from drivers.smartcard.apdu import SW, ApduChannel
from drivers.smartcard.bit import FingerInformation, MinutiaeOrder
from drivers.smartcard.match_on_card import Blocked, Match, NoMatch, OnCardMatcher
from drivers.smartcard.profile import Information, OnCardMatching, VerifyForm
from simulators.cards.base import IsoCard, atr
from simulators.cards.finger_matching import LEAST, TRIES, OnCardFingers, enrol
from simulators.fingerprint.fingers import Finger, Placement
from simulators.local_reader import LocalReader, VirtualCard
from tests.finger_application import FINGER_AID, FingerApplication

PRIMARY, SECONDARY = Finger.of(11), Finger.of(12)
SETTINGS = OnCardMatching(
    FINGER_AID, Information.GET_DATA, VerifyForm.DATA_OBJECTS, max_tries=15, spare_tries=0
)


def live(finger: Finger, seed: int = 1) -> bytes:
    return finger.impression(random.Random(seed), Placement.CLEAN).record()


OTHER = live(Finger.of(99))


class Wire:
    """A card that keeps the commands it got, and can be allowed or not."""

    def __init__(self) -> None:
        self.allowed = True
        self.fingers = OnCardFingers(
            [enrol(0x96, 0x09, PRIMARY.template()), enrol(0x97, 0x0A, SECONDARY.template())],
            may_use=lambda: self.allowed,
            pause=lambda _: None,
        )
        self._card = IsoCard(atr(b"MOC"), (FingerApplication(self.fingers),), {})
        self.commands: list[bytes] = []

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def process(self, apdu: bytes) -> bytes:
        self.commands.append(apdu)
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()

    def verifies(self) -> list[bytes]:
        return [apdu for apdu in self.commands if apdu[1] in (0x20, 0x21) and len(apdu) > 5]


def session(card: VirtualCard, settings: OnCardMatching = SETTINGS) -> OnCardMatcher:
    reader = LocalReader("slot")
    reader.insert(card)
    matcher = OnCardMatcher(ApduChannel(reader.open()), settings)
    matcher.select()
    return matcher


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.mark.parametrize("information", [Information.GET_DATA, Information.PIV_GET_DATA])
@pytest.mark.parametrize("form", list(VerifyForm))
def test_a_finger_is_recognised(wire: Wire, information: Information, form: VerifyForm) -> None:
    matcher = session(wire, replace(SETTINGS, information=information, form=form))
    first, second = matcher.fingers()
    assert first == FingerInformation(0x96, 0x09, 0x0005, 0, LEAST, 60, MinutiaeOrder.XY_ASCENDING)
    assert (second.reference, second.subtype) == (0x97, 0x0A)
    assert matcher.verify(first, live(PRIMARY)) == Match()
    assert matcher.verify(second, live(SECONDARY)) == Match()
    assert matcher.verify(second, live(PRIMARY)) == NoMatch(TRIES - 1)


def test_the_bytes_on_the_wire(wire: Wire) -> None:
    matcher = session(wire)
    finger = replace(matcher.fingers()[0], most=12)
    matcher.verify(finger, live(PRIMARY))
    asked, told, tries, compared = wire.commands
    assert asked == bytes.fromhex("00A4040C08") + FINGER_AID
    assert told.hex() == "00ca7f6100"
    assert tries.hex() == "00200096"
    assert compared.startswith(bytes.fromhex("00 21 00 96 29 7F2E 26 81 24"))
    assert len(compared) == 5 + 0x29


def test_long_data_goes_as_a_chain(wire: Wire) -> None:
    long = FingerInformation(0x96, 0x09, 0x0005, most=100)
    record = dense_record(100)
    with pytest.raises(ApduError) as refused:  # this card takes 60
        session(wire).verify(long, record)
    assert refused.value.sw == SW.WRONG_DATA
    first, second = wire.verifies()
    assert (first[0], len(first), second[0]) == (0x10, 5 + 255, 0x00)
    assert wire.fingers.tries(0x96) == TRIES


def dense_record(count: int) -> bytes:
    found = tuple(iso.Minutia(iso.MinutiaType.OTHER, n, n, n, 50) for n in range(count))
    view = iso.FingerView(iso.FingerPosition.UNKNOWN, 50, found)
    return iso.encode_record(iso.FingerRecord(500, 500, (view,)))


def test_the_counter_goes_down_survives_power_and_blocks(wire: Wire) -> None:
    for left in range(TRIES - 1, 0, -1):
        matcher = session(wire)  # each session starts with a reset of the card
        finger = matcher.fingers()[0]
        assert matcher.verify(finger, OTHER) == NoMatch(left)
        assert matcher.tries_left(finger) == left
    assert session(wire).verify(finger, OTHER) == Blocked()
    for _ in range(2):
        matcher = session(wire)
        assert matcher.tries_left(finger) == 0
        sent = len(wire.verifies())
        assert matcher.verify(finger, live(PRIMARY)) == Blocked()
        assert len(wire.verifies()) == sent
    assert session(wire).verify(matcher.fingers()[1], live(SECONDARY)) == Match()


def test_a_match_gives_all_tries_back(wire: Wire) -> None:
    matcher = session(wire)
    finger = matcher.fingers()[0]
    matcher.verify(finger, OTHER)
    matcher.verify(finger, OTHER)
    assert matcher.verify(finger, live(PRIMARY)) == Match()
    assert matcher.tries_left(finger) is None
    matcher = session(wire)
    assert matcher.tries_left(finger) == TRIES


def test_a_power_cut_while_comparing_gives_no_try_back() -> None:
    class Cut(Exception):
        pass

    def cut(_: float) -> None:
        raise Cut

    fingers = OnCardFingers([enrol(0x96, 0x09, PRIMARY.template())], pause=cut)
    matcher = session(IsoCard(atr(b"MOC"), (FingerApplication(fingers),), {}))
    with pytest.raises(Cut):
        matcher.verify(matcher.fingers()[0], live(PRIMARY))
    assert fingers.tries(0x96) == TRIES - 1


def test_the_branch_has_a_limit_of_its_own(wire: Wire) -> None:
    matcher = session(wire, replace(SETTINGS, max_tries=2))
    finger = matcher.fingers()[0]
    assert [matcher.verify(finger, OTHER) for _ in range(3)] == [NoMatch(1), NoMatch(0), NoMatch(0)]
    assert wire.fingers.tries(0x96) == TRIES - 2
    assert len(wire.verifies()) == 2
    assert matcher.verify(matcher.fingers()[1], live(SECONDARY)) == Match()


def test_a_match_starts_the_branchs_count_again(wire: Wire) -> None:
    matcher = session(wire, replace(SETTINGS, max_tries=2))
    finger = matcher.fingers()[0]
    assert matcher.verify(finger, OTHER) == NoMatch(1)
    assert matcher.verify(finger, live(PRIMARY)) == Match()
    assert matcher.verify(finger, OTHER) == NoMatch(1)


def test_a_branch_leaves_the_last_tries_to_the_holder(wire: Wire) -> None:
    matcher = session(wire, replace(SETTINGS, spare_tries=2))
    finger = matcher.fingers()[0]
    results = [matcher.verify(finger, OTHER) for _ in range(5)]
    assert results == [NoMatch(2), NoMatch(1), NoMatch(0), NoMatch(0), NoMatch(0)]
    assert wire.fingers.tries(0x96) == 2


def test_a_poor_placement_costs_no_try(wire: Wire) -> None:
    matcher = session(wire)
    with pytest.raises(CaptureError):
        matcher.verify(matcher.fingers()[0], dense_record(LEAST - 1))
    assert not wire.verifies()
    with pytest.raises(ApduError) as refused:
        matcher.verify(replace(matcher.fingers()[0], least=1), dense_record(LEAST - 1))
    assert refused.value.sw == SW.WRONG_DATA
    assert wire.fingers.tries(0x96) == TRIES


def test_refusals_are_told(wire: Wire) -> None:
    matcher = session(wire)
    finger = matcher.fingers()[0]
    with pytest.raises(ApduError) as refused:
        matcher.verify(replace(finger, reference=0x44), OTHER)
    assert refused.value.sw == SW.REFERENCE
    wire.allowed = False
    with pytest.raises(ApduError) as refused:
        matcher.verify(finger, OTHER)
    assert refused.value.sw == SW.SECURITY_STATUS
    with pytest.raises(ApduError):
        matcher.fingers()
    with pytest.raises(ApduError):
        session(wire, replace(SETTINGS, aid=bytes(6)))


def test_a_card_without_fingers() -> None:
    fingers = OnCardFingers([])
    assert session(IsoCard(atr(b"MOC"), (FingerApplication(fingers),), {})).fingers() == ()


def test_a_card_that_does_not_tell_is_described_by_the_profile(wire: Wire) -> None:
    told = (FingerInformation(0x97, 0x0A, 0x0005, 0, LEAST, 60, MinutiaeOrder.XY_ASCENDING),)
    settings = replace(SETTINGS, information=Information.PROFILE, fingers=told)
    matcher = session(wire, settings)
    assert matcher.fingers() == told
    assert matcher.verify(told[0], live(SECONDARY)) == Match()


def test_a_pulled_card_ends_the_session(wire: Wire) -> None:
    reader = LocalReader("slot")
    reader.insert(wire)
    matcher = OnCardMatcher(ApduChannel(reader.open()), SETTINGS)
    matcher.select()
    finger = matcher.fingers()[0]
    reader.pull_after(2)
    with pytest.raises(CardRemovedError):
        matcher.verify(finger, OTHER)


def test_the_drivers_copy_is_overwritten(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytearray] = []
    convert = compact.card_minutiae

    def kept(record: bytes, finger: FingerInformation) -> bytearray:
        made.append(convert(record, finger))
        return made[-1]

    monkeypatch.setattr(compact, "card_minutiae", kept)
    matcher = session(wire)
    matcher.verify(matcher.fingers()[0], OTHER)
    assert made[0]
    assert not any(made[0])


@pytest.mark.parametrize("answer", ["6300", "63C3"])
def test_a_card_that_counts_or_not(answer: str) -> None:
    class Terse:
        """Says 6300 to a wrong finger, and 63C3 when asked for its tries."""

        atr = atr(b"MOC")

        def process(self, apdu: bytes) -> bytes:
            if apdu[1] == 0x21:
                return bytes.fromhex(answer)
            return bytes.fromhex("63C3") if apdu[1] == 0x20 else b"\x90\x00"

        def reset(self) -> None:
            """Nothing volatile."""

    finger = FingerInformation(0x96, 0x09, 0x0005)
    assert session(Terse()).verify(finger, OTHER) == NoMatch(3)


# ------------------------------------------------------------ Biometric information templates

GROUP = OnCardFingers([enrol(0x96, 0x09, PRIMARY.template())]).information()


def test_a_template_with_everything() -> None:
    parsed = bit.parse_group(
        bytes.fromhex(
            "7F61 28 020101 7F60 22 830101 A11D 800155 810108 820105 87020101 88020005"
            "B10A 81021440 820106 830100"
        )
    )
    assert parsed == (FingerInformation(1, 5, 5, 0x55, 0x14, 0x40, MinutiaeOrder.XY_DESCENDING),)


def test_a_template_with_the_least() -> None:
    parsed = bit.parse_group(bytes.fromhex("7F61 13 020101 7F60 0D 830197 A108 87020101 88020001"))
    assert parsed == (FingerInformation(0x97, 0, 1),)
    assert not parsed[0].usable


def test_other_biometrics_are_left_out() -> None:
    assert bit.parse_group(GROUP.replace(b"\x81\x01\x08", b"\x81\x01\x02")) == ()


def test_an_order_that_is_not_known_makes_the_finger_unusable(wire: Wire) -> None:
    (finger,) = bit.parse_group(GROUP.replace(b"\x82\x01\x05", b"\x82\x01\x11"))
    assert finger.order is None
    assert not finger.usable


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"\x02\x01\x01", b"\x02\x01\x02"),
        (b"\x83\x01\x96", b"\x83\x01\x00"),
        (b"\x83\x01\x96", b"\x84\x01\x96"),
        (b"\x87\x02\x01\x01", b"\x87\x02\x01\x02"),
        (b"\x81\x02\x08\x3c", b"\x81\x02\x3c\x08"),
        (b"\x81\x02\x08\x3c", b"\x81\x02\x00\x00"),
        (b"\x88\x02\x00\x05", b"\x89\x02\x00\x05"),
    ],
)
def test_bad_templates_are_refused(good: bytes, bad: bytes) -> None:
    assert good in GROUP
    with pytest.raises(ProtocolError):
        bit.parse_group(GROUP.replace(good, bad, 1))


def test_no_minutia_at_all_is_never_enough() -> None:
    (finger,) = bit.parse_group(GROUP.replace(b"\x81\x02\x08\x3c", b"\x81\x02\x00\x3c"))
    assert (finger.least, finger.most) == (1, 60)


def test_one_reference_twice_is_refused() -> None:
    inner = tlv.parse_one(GROUP, 0x7F61).children()[1]
    encoded = tlv.encode(inner.tag, inner.value)
    with pytest.raises(ProtocolError):
        bit.parse_group(tlv.encode(0x7F61, b"\x02\x01\x02", encoded, encoded))


@pytest.mark.fuzz
@given(at=st.integers(0, 100), noise=st.binary(min_size=1, max_size=4), cut=st.integers(0, 4))
def test_damaged_templates_raise_only_protocol_errors(at: int, noise: bytes, cut: int) -> None:
    at %= len(GROUP)
    for damaged in (GROUP[:at] + noise + GROUP[at + cut :], noise, GROUP[:at]):
        with contextlib.suppress(ProtocolError):
            bit.parse_group(damaged)


@pytest.mark.fuzz
@given(seed=st.integers(0, 2**32), rate=st.sampled_from([0.05, 0.3, 1.0]))
def test_a_lying_card_raises_only_driver_errors(seed: int, rate: float) -> None:
    class Liar(Wire):
        def process(self, apdu: bytes) -> bytes:
            answer = bytearray(super().process(apdu))
            if lies.random() < rate:
                answer[lies.randrange(len(answer))] = lies.randrange(256)
            if lies.random() < rate / 4:
                del answer[lies.randrange(len(answer)) :]
            return bytes(answer)

    lies = random.Random(seed)
    with contextlib.suppress(DriverError):
        matcher = session(Liar(), replace(SETTINGS, max_tries=4))
        for finger in matcher.fingers():
            matcher.verify(finger, OTHER)

"""The simulated identity card by its APDUs: what is closed, what ends a session, what is used once."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.smartcard import pace
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel, Command, Response, StatusWord
from drivers.smartcard.curves import P256, base_multiple
from drivers.smartcard.pace import PaceStep, SecretReference
from drivers.smartcard.secure_messaging import SecureSession
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader

CAN = "271828"
SELECT_EID = "00A4040C07A0000002471001"
PERSON = PersonData(
    "1234567891", "نمونه", "مریم", "NEMUNEH", "MARYAM", date(1985, 3, 21), "F", "K00000001",
    date(2033, 3, 20), b"\xff\xd8\xff" + bytes(600), (240, 320),
)  # fmt: skip
ISSUER = Issuer.create("Test", datetime(2026, 6, 1, tzinfo=UTC))
BOTH = CardAccess(AccessMode.PACE_AND_BAC, CAN)
PARAMETERS = BOTH.parameters[0]


@pytest.fixture
def card() -> EidCard:
    return ISSUER.issue(PERSON, access=BOTH, keys=ChipKeys.create())


def send(card: EidCard, apdu: str) -> str:
    return card.process(bytes.fromhex(apdu)).hex().upper()


def opened(card: EidCard) -> SecureSession:
    reader = LocalReader("slot")
    reader.insert(card)
    return pace.establish(ApduChannel(reader.open()), Can(CAN), PARAMETERS)


def ask(card: EidCard, session: SecureSession, apdu: str) -> Response:
    protected = session.protect(Command.decode(bytes.fromhex(apdu)))
    return session.unprotect(Response.decode(card.process(protected.encode())))


def test_closed_before_and_open_after(card: EidCard) -> None:
    assert send(card, "00A4020C022F00") == "9000"
    assert send(card, "00A4020C02011C") == "9000"
    assert send(card, SELECT_EID) == "9000"
    for apdu in ("00A4020C02011E", "00B09E0004", "00B0810004", "00A4020C02010E",
                 "0088000008" + "00" * 8, "002241A40C800A04007F00070202030202"):  # fmt: skip
        assert send(card, apdu) == "6982"
    card.reset()
    session = opened(card)
    assert ask(card, session, SELECT_EID).sw == 0x9000
    assert ask(card, session, "00A4020C02011E").sw == 0x9000
    assert ask(card, session, "00B0000004").data.hex().upper().startswith("60")
    assert ask(card, session, "0088000008" + "00" * 8 + "00").sw == 0x9000
    # Errors are protected, too, and do not end the session.
    assert ask(card, session, "00A4020C020177").sw == 0x6A82
    assert ask(card, session, "00EE0000").sw == 0x6D00
    assert ask(card, session, "00B09E0004").sw == 0x9000


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        (SELECT_EID, "6987"),
        ("0CB09E000D9701048E080000000000000000" + "00", "6988"),
        ("0CB09E00039701048E00", "6700"),
        ("0CB09E0000", "6987"),
        ("80B09E0004", "6987"),
        ("00C0000000", "6987"),
        ("00B0", "6700"),
    ],
)
def test_what_ends_a_session(card: EidCard, apdu: str, answer: str) -> None:
    session = opened(card)
    ask(card, session, SELECT_EID)
    assert send(card, apdu) == answer
    protected = session.protect(Command.decode(bytes.fromhex("00B09E0004"))).encode()
    assert card.process(protected) == b"\x68\x82"
    assert send(card, SELECT_EID) == "9000"
    assert send(card, "00B09E0004") == "6982"


def test_a_protected_command_cannot_be_sent_twice(card: EidCard) -> None:
    session = opened(card)
    protected = session.protect(Command.decode(bytes.fromhex(SELECT_EID))).encode()
    assert card.process(protected)[-2:] == b"\x90\x00"
    assert card.process(protected) == b"\x69\x88"


def test_steps_come_in_their_order(card: EidCard) -> None:
    begin = pace.environment(PARAMETERS, SecretReference.CAN).encode().hex()
    nonce = "10860000027C0000"
    point = pace.step(PaceStep.MAP, base_multiple(P256, 5).encode()).hex()
    mapping = f"10860000{len(point) // 2:02X}{point}00"
    assert send(card, nonce) == "6985"
    assert send(card, begin) == "9000"
    assert send(card, mapping) == "6A80"
    # Whatever went wrong, it starts at the beginning.
    assert send(card, nonce) == "6985"
    assert send(card, begin) == "9000"
    assert send(card, "0" + nonce[1:]) == "6985"
    send(card, begin)
    first = send(card, nonce)
    assert first.startswith("7C128010")
    assert send(card, nonce) == "6A80"
    send(card, begin)
    assert send(card, nonce) != first


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("800A04007F000702020402028301028401" + "0D", "6A80"),
        ("800A04007F000702020402048301028401" + "0C", "6A80"),
        ("800A04007F000702020402028301038401" + "0C", "6A88"),
        ("800A04007F000702020402028401" + "0C", "6A88"),
        ("8301028401" + "0C", "6A80"),
        ("80FF", "6A80"),
        ("800A04007F00070202040202830102", "9000"),
    ],
)
def test_only_what_is_listed_can_be_chosen(card: EidCard, data: str, answer: str) -> None:
    assert send(card, f"0022C1A4{len(data) // 2:02X}{data}") == answer


def test_a_challenge_is_used_once(card: EidCard) -> None:
    send(card, SELECT_EID)
    token = "00820000" + "28" + "00" * 40 + "28"
    assert send(card, token) == "6985"
    assert len(send(card, "0084000008")) == 20
    assert send(card, token) == "6300"
    assert send(card, token) == "6985"
    send(card, "0084000008")
    card.reset()
    send(card, SELECT_EID)
    assert send(card, token) == "6985"


def test_a_card_may_take_its_time_after_a_wrong_number() -> None:
    slow = ISSUER.issue(PERSON, access=replace(BOTH, wrong_delay_s=0.2))
    send(slow, SELECT_EID)
    send(slow, "0084000008")
    start = time.monotonic()
    assert send(slow, "00820000" + "28" + "00" * 40 + "28") == "6300"
    assert time.monotonic() - start >= 0.2


def test_a_card_without_keys_knows_no_proofs() -> None:
    plain = ISSUER.issue(PERSON)
    send(plain, SELECT_EID)
    assert send(plain, "0088000008" + "00" * 8) == "6D00"
    assert send(plain, "002241A40C800A04007F00070202030202") == "6D00"
    assert send(plain, "00860000047C02800000") == "6985"
    assert send(plain, "0084000008") == "6D00"


commands = st.builds(
    lambda cla, ins, p1, p2, tail: bytes((cla, ins, p1, p2)) + tail,
    st.sampled_from([0x00, 0x0C, 0x10, 0x1C, 0x80]),
    st.sampled_from([0x22, 0x82, 0x84, 0x86, 0x88, 0xA4, 0xB0, 0xB1, 0xC0]) | st.integers(0, 255),
    st.sampled_from([0x00, 0x02, 0x04, 0x41, 0xC1, 0x9E]),
    st.sampled_from([0x00, 0x0C, 0xA4, 0xA6]),
    st.binary(max_size=40)
    | st.binary(max_size=40).map(lambda data: bytes((len(data),)) + data + b"\x00"),
)


@settings(max_examples=150)
@given(
    apdus=st.lists(commands | st.binary(max_size=12), max_size=8),
    protect=st.booleans(),
    inside=st.booleans(),
)
def test_any_command_gets_an_answer(apdus: list[bytes], protect: bool, inside: bool) -> None:
    card = FUZZED
    card.reset()
    session = opened(card) if protect else None
    if inside:
        card.process(bytes.fromhex(SELECT_EID))
    for apdu in apdus:
        sent = apdu
        if session is not None and not session.over and len(apdu) in range(4, 12):
            header = Command(apdu[0] & 0x10, apdu[1], apdu[2], apdu[3], apdu[4:], 256)
            sent = session.protect(header).encode()
        answer = card.process(sent)
        assert len(answer) >= 2
        assert isinstance(Response.decode(answer).sw, StatusWord)


FUZZED = ISSUER.issue(PERSON, access=BOTH, keys=ChipKeys.create())

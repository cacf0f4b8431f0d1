"""The virtual cards themselves, by their APDUs: access conditions, chaining, lengths, reset, noise."""

from __future__ import annotations

import functools
import json
import operator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from simulators.cards.base import atr
from simulators.cards.eid import EidCard, EnrolledFinger, PersonData
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PivCard, authorization_card

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ADMIN = bytes(range(32))
SELECT_EID = "00A4040C07A0000002471001"
SELECT_PIV = "00A404000BA00000030800001000010000"
VERIFY = "0020008008343832393135FFFF"


def send(card: EidCard | PivCard, apdu: str) -> str:
    return card.process(bytes.fromhex(apdu)).hex().upper()


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    return {n: json.loads((VECTORS / f"{n}.json").read_text()) for n in ("piv", "checksums")}


@pytest.fixture
def eid() -> EidCard:
    person = PersonData(
        "1234567891", "نمونه", "مریم", "NEMUNEH", "MARYAM", date(1985, 3, 21), "F", "K00000001",
        date(2033, 3, 20), b"\xff\xd8\xff" + bytes(600), (240, 320), [EnrolledFinger(9, b"FMR\x00 20\x00")],
    )  # fmt: skip
    return Issuer.create("Test", NOW).issue(person)


@pytest.fixture
def piv() -> PivCard:
    card = PivCard("482915", "12345678", ADMIN)
    card.process(bytes.fromhex(SELECT_PIV))
    return card


def test_answers_to_reset_have_their_check_byte(vectors: dict[str, Any], eid: EidCard) -> None:
    cases = {case["card"]: case for case in vectors["checksums"]["atr"]}
    jcop = next(case for name, case in cases.items() if name.startswith("JCOP41"))
    assert atr(bytes.fromhex(jcop["historical_bytes"])).hex().upper() == jcop["atr"]
    assert functools.reduce(operator.xor, eid.atr[1:]) == 0


def test_files_need_the_application(eid: EidCard) -> None:
    assert send(eid, "00A4020C02011E") == "6A82"
    assert send(eid, "00B0000004") == "6986"
    assert send(eid, "00A4020C022F00") == "9000"
    assert send(eid, "00B0000004").endswith("9000")
    assert send(eid, SELECT_EID) == "9000"
    assert send(eid, "00B0000004") == "6986"
    assert send(eid, "00A4020C02011E") == "9000"
    assert send(eid, "00B0000004") == "60175F019000"
    assert send(eid, "00B09E0002") == "60179000"
    assert send(eid, "00B0FF0001") == "6A86"
    assert send(eid, "00B01F0001") == "6B00"
    assert send(eid, "00B1000004540200010A") == "5308" + "175F010430313037" + "9000"
    eid.reset()
    assert send(eid, "00B0000004") == "6986"


def test_fingers_are_protected(eid: EidCard) -> None:
    send(eid, SELECT_EID)
    assert send(eid, "00A4020C020103") == "6982"
    assert send(eid, "00B0830004") == "6982"
    open_card = EidCard(eid.groups, eid.sod, fingers_readable=True)
    send(open_card, SELECT_EID)
    assert send(open_card, "00A4020C020103") == "9000"


def test_unknown_commands_and_classes(eid: EidCard, piv: PivCard) -> None:
    for card in (eid, piv):
        assert send(card, "00A40400054141414141") == "6A82"
        assert send(card, "00EE0000") == "6D00"
        assert send(card, "80EE0000") == "6E00"
        assert send(card, "0CB0000000") == "6882"
        assert send(card, "00B0") == "6700"
        assert send(card, "00C0000000") == "6985"


def test_the_forms_of_selection(piv: PivCard) -> None:
    answers = {
        send(piv, form)
        for form in (SELECT_PIV, "00A4040009A0000003080000100000", "00A4040005A00000030800")
    }
    (answer,) = answers
    assert answer.startswith("61")
    assert answer.endswith("9000")


def test_a_short_le_is_honoured(piv: PivCard) -> None:
    assert send(piv, "00CB3FFF035C017E08") == "7E124F0BA0000003" + "610C"
    assert send(piv, "00C000000C") == "080000100001005F2F024000" + "9000"


def test_published_forms(piv: PivCard, vectors: dict[str, Any]) -> None:
    forms = {form["name"]: form.get("command") for form in vectors["piv"]["command_forms"]}
    (discovery,) = (o for o in vectors["piv"]["objects"] if o["tag"] == "7E")
    assert send(piv, forms["GET DATA Discovery Object"]) == discovery["value_as_returned"] + "9000"
    assert send(piv, forms["GET DATA X.509 for PIV Authentication"]) == "6A82"
    assert send(piv, forms["GET DATA BIT Group Template"]) == "6A82"
    assert send(piv, forms["VERIFY: tries left"]) == "63C3"
    assert send(piv, forms["VERIFY PIN 123456"]) == "63C2"
    assert send(piv, forms["GENERATE EC P-256 in 9A"]) == "6982"


def test_the_pin(piv: PivCard) -> None:
    assert send(piv, "00200080") == "63C3"
    assert send(piv, "0020008000") == "63C3"
    assert send(piv, "0020008008313233FFFFFFFFFF") == "6A80"
    assert send(piv, "0020008108343832393135FFFF") == "6A88"
    assert send(piv, VERIFY) == "9000"
    assert send(piv, "00200080") == "9000"
    assert send(piv, SELECT_PIV).endswith("9000")
    assert send(piv, "00200080") == "9000"
    assert send(piv, "0020FF80") == "9000"
    assert send(piv, "00200080") == "63C3"
    send(piv, VERIFY)
    piv.reset()
    send(piv, SELECT_PIV)
    assert send(piv, "00200080") == "63C3"


def test_blocking_survives_reset_and_the_puk_unblocks(piv: PivCard) -> None:
    wrong = VERIFY.replace("34", "39", 1)
    assert [send(piv, wrong) for _ in range(4)] == ["63C2", "63C1", "6983", "6983"]
    piv.reset()
    send(piv, SELECT_PIV)
    assert send(piv, VERIFY) == "6983"
    new = "313131313131FFFF"
    assert send(piv, "002C008010" + "3837363534333231" + new) == "63C2"
    assert send(piv, "002C008010" + "3132333435363738" + new) == "9000"
    assert send(piv, VERIFY) == "63C2"
    assert send(piv, "0020008008" + new) == "9000"
    assert send(piv, "0024008010" + new + "343832393135FFFF") == "9000"
    assert send(piv, VERIFY) == "9000"


def test_a_puk_blocks_too(piv: PivCard) -> None:
    guess = "002C008010" + "3837363534333231" + "313131313131FFFF"
    assert [send(piv, guess) for _ in range(3)] == ["63C2", "63C1", "6983"]
    right = "002C008010" + "3132333435363738" + "313131313131FFFF"
    assert send(piv, right) == "6983"


def authenticate(card: PivCard) -> None:
    answer = bytes.fromhex(send(card, "00870C9B047C02810000"))
    challenge = answer[4:20]
    cipher = Cipher(algorithms.AES(ADMIN), modes.ECB()).encryptor().update(challenge)
    assert send(card, "00870C9B147C128210" + cipher.hex()) == "9000"


def test_single_authentication_of_the_administrator(piv: PivCard) -> None:
    assert send(piv, "0087089B047C02810000") == "6A86"
    assert send(piv, "00870C9B147C128210" + "00" * 16) == "6985"
    send(piv, "00870C9B047C02810000")
    assert send(piv, "00870C9B147C128210" + "00" * 16) == "6982"
    authenticate(piv)
    assert send(piv, "00DB3FFF095C035FFF1053020102") == "9000"
    assert send(piv, "00CB3FFF055C035FFF1000") == "53020102" + "9000"
    piv.reset()
    send(piv, SELECT_PIV)
    assert send(piv, "00DB3FFF095C035FFF1053020102") == "6982"
    assert send(piv, "00CB3FFF055C035FFF1000") == "53020102" + "9000"


def test_a_challenge_is_good_once(piv: PivCard) -> None:
    challenge = bytes.fromhex(send(piv, "00870C9B047C02810000"))[4:20]
    answer = Cipher(algorithms.AES(ADMIN), modes.ECB()).encryptor().update(challenge).hex()
    piv.reset()
    send(piv, SELECT_PIV)
    assert send(piv, "00870C9B147C128210" + answer) == "6985"


def test_objects_with_personal_data_need_the_pin(piv: PivCard) -> None:
    assert send(piv, "00CB3FFF055C035FC10300") == "6982"
    send(piv, VERIFY)
    assert send(piv, "00CB3FFF055C035FC10300") == "6A82"


def test_objects_have_a_capacity(piv: PivCard) -> None:
    authenticate(piv)
    assert send(piv, "00DB3FFF085C0341414153010A") == "6A82"
    data = bytes.fromhex("5C035FFF1053820FA0") + bytes(4000)
    while len(data) > 255:
        assert piv.process(b"\x10\xdb\x3f\xff\xff" + data[:255]) == b"\x90\x00"
        data = data[255:]
    assert piv.process(b"\x00\xdb\x3f\xff" + bytes((len(data),)) + data) == b"\x6a\x84"


def test_an_interrupted_chain_leaves_no_trace(piv: PivCard) -> None:
    authenticate(piv)
    assert send(piv, "10DB3FFF055C035FFF10") == "9000"
    assert send(piv, "00200080") == "63C3"
    assert send(piv, "00DB3FFF0453020102") == "6A80"
    assert send(piv, "00CB3FFF055C035FFF1000") == "6A82"


def test_a_generated_key_signs(piv: PivCard) -> None:
    authenticate(piv)
    answer = bytes.fromhex(send(piv, "0047009E05AC0380011100"))
    point = answer[answer.index(b"\x86\x41") + 2 : -2]
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    sign = "0087119E267C2482008120" + "11" * 32 + "00"
    assert send(piv, sign).startswith("7C")
    assert send(piv, sign.replace("119E", "079E", 1)) == "6A86"
    assert send(piv, sign.replace("119E", "119A", 1)) == "6A88"


def test_yubikey_clients_see_an_old_version(piv: PivCard) -> None:
    assert send(piv, "00FD000000") == "0502049000"
    assert len(send(piv, "00F8000000")) == 12
    assert send(piv, "00F7008000") == "6D00"


def test_a_blank_authorization_card() -> None:
    card = authorization_card(ADMIN)
    send(card, SELECT_PIV)
    assert send(card, "00CB3FFF055C035FFF1000") == "53038001019000"


@pytest.mark.fuzz
@given(
    st.lists(
        st.binary(max_size=24)
        | st.builds(
            lambda ins, p, data: bytes((0, ins)) + p + bytes((len(data),)) + data + b"\x00",
            st.sampled_from([0x20, 0x24, 0x2C, 0x47, 0x87, 0xA4, 0xB0, 0xB1, 0xC0, 0xCB, 0xDB]),
            st.sampled_from([b"\x00\x80", b"\x3f\xff", b"\x0c\x9b", b"\x11\x9a", b"\x04\x00"]),
            st.binary(max_size=20),
        ),
        max_size=6,
    )
)
def test_any_command_gets_a_status_word(apdus: list[bytes]) -> None:
    card = _FUZZED
    card.reset()
    card.process(bytes.fromhex(SELECT_PIV))
    for apdu in apdus:
        assert len(card.process(apdu)) >= 2


_FUZZED = PivCard("482915", "12345678", ADMIN)

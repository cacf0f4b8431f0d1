"""PACE and BAC: the published exchanges from both ends, wrong secrets, points that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import (
    ApduError,
    CardError,
    DriverError,
    ProtocolError,
    SecureMessagingError,
    WrongAccessSecretError,
)
from drivers.smartcard import bac, pace
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.apdu import ApduChannel, Command, Response, StatusWord
from drivers.smartcard.curves import BRAINPOOL_P256, CURVES, P256, Curve, CurvePoint, base_multiple
from drivers.smartcard.pace import PaceParameters, PaceStep
from drivers.smartcard.secure_messaging import SecureSession
from drivers.smartcard.security_infos import PaceInfo, parse_card_access
from drivers.smartcard.suites import Suite
from simulators.cards.access import (
    AccessMode,
    BacCommands,
    CardAccess,
    PaceCommands,
    security_info,
    security_infos,
)
from simulators.cards.base import SecureLink
from simulators.cards.eid import EMRTD_AID, EidCard, PersonData, zone_of
from simulators.cards.issuer import Issuer
from tests.drivers.smartcard.scripts import ScriptedChannel

CAN = "271828"
SELECT = Command(0, 0xA4, 0x04, 0x0C, EMRTD_AID)
G1 = PaceParameters(bytes.fromhex("04007F00070202040202"), Suite.AES_128, BRAINPOOL_P256)


def scalars(values: dict[str, Any], side: str) -> Callable[[Curve], int]:
    row = [int(values[f"{name}{side}_private"], 16) for name in ("map_", "")]
    return lambda _: row.pop(0)


def randoms(*values: str) -> Callable[[int], bytes]:
    row = [bytes.fromhex(value) for value in values]
    return lambda _: row.pop(0)


def published_session(values: dict[str, Any]) -> SecureSession:
    encryption, checksum = (bytes.fromhex(values[name]) for name in ("ks_enc", "ks_mac"))
    return SecureSession(Suite.AES_128, encryption, checksum)


# ---------------------------------------------------------------- the worked examples


def test_the_terminal_of_the_icao_example(vectors: dict[str, Any]) -> None:
    values = vectors["icao9303_pace"]
    script = ScriptedChannel(list(zip(values["commands"], values["responses"], strict=True)))
    (info,) = parse_card_access(bytes.fromhex("3114" + values["pace_info"]))
    assert pace.rank([info]) == [G1]
    session = pace.establish(
        ApduChannel(script), MrzKey(values["mrz_information"]), G1, scalars(values, "terminal")
    )
    assert script.finished
    # The first protected command shows that the keys are the published ones.
    expected = published_session(values).protect(SELECT)
    assert session.protect(SELECT) == expected


def test_the_card_of_the_icao_example(vectors: dict[str, Any], issuer: Issuer) -> None:
    values = vectors["icao9303_pace"]
    access = CardAccess(
        AccessMode.PACE,
        CAN,
        ((Suite.AES_128, BRAINPOOL_P256),),
        scalars=scalars(values, "chip"),
        random=randoms(values["nonce_s"]),
    )
    holder = replace(
        specimen(), document_number="T22000129", birth_date=date(1964, 8, 12),
        expiry=date(2010, 10, 31),
    )  # fmt: skip
    card = issuer.issue(holder, access=access)
    assert card.process(bytes.fromhex("00A4020C02011C")) == b"\x90\x00"
    listed = card.process(bytes.fromhex("00B0000000"))[:-2].hex().upper()
    assert listed == "3114" + values["pace_info"]
    for command, answer in zip(values["commands"], values["responses"], strict=True):
        assert card.process(bytes.fromhex(command)).hex().upper() == answer
    session = published_session(values)
    answer = card.process(session.protect(SELECT).encode())
    assert session.unprotect(Response.decode(answer)) == Response(b"", StatusWord(0x9000))


def test_both_ends_of_the_bsi_example(vectors: dict[str, Any]) -> None:
    values = vectors["icao9303_pace"]["second_example"]
    access = CardAccess(
        AccessMode.PACE,
        "123456",
        ((Suite.AES_128, BRAINPOOL_P256),),
        scalars=scalars(values, "chip"),
        random=randoms(values["nonce_s"]),
    )
    link = SecureLink()
    card = PaceCommands(access, MrzKey("L898902C<369080619406236"), link)
    seen: list[bytes] = []

    class Line:
        atr = b""

        def transmit(self, apdu: bytes) -> bytes:
            answer = card.process(Command.decode(apdu)) + b"\x90\x00"
            seen.extend((apdu, answer))
            return answer

        def restart(self) -> None: ...

        def close(self, reset: bool = True) -> None:
            """Nothing to release."""

    session = pace.establish(ApduChannel(Line()), Can("123456"), G1, scalars(values, "terminal"))
    link.answered()
    sent = b"".join(seen).hex().upper()
    for name in ("encrypted_nonce_z", "map_terminal_public", "map_chip_public", "terminal_public",
                 "chip_public", "token_terminal", "token_chip"):  # fmt: skip
        assert values[name] in sent
    hidden = session.protect(
        Command(0, 0x22, 0x81, 0xB6, bytes.fromhex(values["secure_messaging"][0]["plaintext"]))
    )
    assert hidden.data[3:19].hex().upper() == values["secure_messaging"][0]["ciphertext"]
    assert link.session is not None
    assert link.session.open_command(hidden).ins == 0x22


def test_the_terminal_of_the_bac_example(vectors: dict[str, Any]) -> None:
    values = vectors["icao9303_bac"]["authentication"]
    zone = vectors["icao9303_bac"]["kseed"][0]["mrz_information"]
    exchanges = vectors["icao9303_bac"]["secure_messaging"]["exchanges"]
    script = ScriptedChannel(
        [
            (values["get_challenge"], values["rnd_ic"] + "9000"),
            (values["external_authenticate"], values["response"]),
            *(
                (exchange["protected_command"], exchange["protected_response"])
                for exchange in exchanges
            ),
        ]
    )
    channel = ApduChannel(script)
    channel.set_secure_messaging(
        bac.establish(channel, MrzKey(zone), randoms(values["rnd_ifd"], values["k_ifd"]))
    )
    for exchange in exchanges:
        plain = Command.decode(bytes.fromhex(exchange["plain_command"]))
        assert channel.call(plain, "read").hex().upper() == exchange["plain_response_data"]
    assert script.finished


def test_the_card_of_the_bac_example(vectors: dict[str, Any]) -> None:
    values = vectors["icao9303_bac"]["authentication"]
    zone = vectors["icao9303_bac"]["kseed"][0]["mrz_information"]
    access = CardAccess(AccessMode.BAC, random=randoms(values["rnd_ic"], values["k_ic"]))
    link = SecureLink()
    card = BacCommands(access, MrzKey(zone), link)
    for command, answer in (
        (values["get_challenge"], values["rnd_ic"]),
        (values["external_authenticate"], values["response"][:-4]),
    ):
        assert card.process(Command.decode(bytes.fromhex(command))).hex().upper() == answer
    link.answered()
    assert link.session is not None
    for exchange in vectors["icao9303_bac"]["secure_messaging"]["exchanges"]:
        opened = link.session.open_command(
            Command.decode(bytes.fromhex(exchange["protected_command"]))
        )
        assert opened.encode().hex().upper() == exchange["plain_command"]
        plain = Response(bytes.fromhex(exchange["plain_response_data"]), StatusWord(0x9000))
        sealed = link.session.close_answer(plain)
        assert sealed.encode().hex().upper() == exchange["protected_response"]


# ---------------------------------------------------------------- cards that do otherwise


def specimen() -> PersonData:
    return PersonData(
        "1234567891", "نمونه", "مریم", "NEMUNEH", "MARYAM", date(1985, 3, 21), "F", "K00000001",
        date(2033, 3, 20), b"\xff\xd8\xff" + bytes(600), (240, 320),
    )  # fmt: skip


class Between:
    """A card whose answers somebody changes."""

    def __init__(self, card: EidCard, change: Callable[[bytes, bytes], bytes]) -> None:
        self._card = card
        self._change = change

    atr = b""

    def transmit(self, apdu: bytes) -> bytes:
        return self._change(apdu, self._card.process(apdu))

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None:
        """Nothing to release."""


def open_card(
    card: EidCard,
    secret: AccessSecret,
    change: Callable[[bytes, bytes], bytes] = lambda _, answer: answer,
) -> SecureSession:
    parameters = card.access.parameters[0]
    return pace.establish(ApduChannel(Between(card, change)), secret, parameters)


@pytest.fixture(scope="module")
def card(issuer: Issuer) -> EidCard:
    return issuer.issue(
        specimen(), access=CardAccess(AccessMode.PACE, CAN, ((Suite.AES_128, P256),))
    )


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.name)
@pytest.mark.parametrize("suite", [Suite.AES_128, Suite.AES_192, Suite.AES_256])
def test_every_allowed_way_opens(issuer: Issuer, curve: Curve, suite: Suite) -> None:
    access = CardAccess(AccessMode.PACE, CAN, ((suite, curve),))
    card = issuer.issue(specimen(), access=access)
    session = open_card(card, Can(CAN))
    answer = card.process(session.protect(SELECT).encode())
    assert session.unprotect(Response.decode(answer)).sw == 0x9000


def test_wrong_digits_and_a_wrong_zone_say_what_to_check(card: EidCard) -> None:
    with pytest.raises(WrongAccessSecretError, match="six digits") as wrong:
        open_card(card, Can("271829"))
    assert "271829" not in str(wrong.value)
    with pytest.raises(WrongAccessSecretError, match="birth date"):
        open_card(card, MrzKey("L898902C<369080619406236"))


@pytest.mark.parametrize("tag", [0x82, 0x84])
def test_a_card_that_sends_the_terminals_point_back_is_refused(card: EidCard, tag: int) -> None:
    def mirror(apdu: bytes, answer: bytes) -> bytes:
        if answer[2:3] == bytes((tag,)):
            return answer[:2] + bytes((tag,)) + apdu[8:-1] + b"\x90\x00"
        return answer

    with pytest.raises(ProtocolError, match="own point"):
        open_card(card, Can(CAN), mirror)


@pytest.mark.parametrize("tag", [0x82, 0x84])
@pytest.mark.parametrize("point", ["off", "infinity", "short", "compressed"])
def test_points_are_checked(card: EidCard, tag: int, point: str) -> None:
    good = base_multiple(P256, 9).encode()
    bad = {
        "off": good[:-1] + bytes((good[-1] ^ 1,)),
        "infinity": b"\x04" + bytes(64),
        "short": good[:-1],
        "compressed": b"\x02" + good[1:33],
    }[point]

    def put(_: bytes, answer: bytes) -> bytes:
        if answer[2:3] == bytes((tag,)):
            return pace.step(PaceStep(tag), bad) + b"\x90\x00"
        return answer

    with pytest.raises(ProtocolError):
        open_card(card, Can(CAN), put)


def test_a_card_that_does_not_know_the_number_is_refused(card: EidCard) -> None:
    """It takes any token, but cannot make its own."""

    def pretend(_: bytes, answer: bytes) -> bytes:
        return (
            pace.step(PaceStep.CARD_TOKEN, bytes(8)) + b"\x90\x00"
            if answer == b"\x63\x00"
            else answer
        )

    with pytest.raises(SecureMessagingError):
        open_card(card, Can("999999"), pretend)


def test_other_refusals_are_not_taken_for_a_wrong_number(card: EidCard) -> None:
    with pytest.raises(ApduError) as refused:
        open_card(card, Can(CAN), lambda apdu, answer: b"\x6a\x80" if apdu[1] == 0x22 else answer)
    assert refused.value.sw == 0x6A80
    assert not isinstance(refused.value, WrongAccessSecretError)


@settings(max_examples=80)
@given(st.binary(max_size=90), st.sampled_from(list(PaceStep)))
def test_noise_in_place_of_an_answer(card: EidCard, noise: bytes, tag: PaceStep) -> None:
    def put(_: bytes, answer: bytes) -> bytes:
        return noise + b"\x90\x00" if answer[2:3] == bytes((tag,)) else answer

    try:
        open_card(card, Can(CAN), put)
    except (ProtocolError, CardError):
        return
    assert tag in (
        PaceStep.MAP,
        PaceStep.AGREE,
        PaceStep.TOKEN,
    )  # tags that only the terminal sends


# ---------------------------------------------------------------- what is chosen


def entry(protocol: str, version: int = 2, number: int | None = 12) -> bytes:
    fields = [b"\x02\x01" + bytes((version,))]
    if number is not None:
        fields.append(b"\x02\x01" + bytes((number,)))
    return security_info(bytes.fromhex(protocol), *fields)


def test_the_strongest_allowed_way_is_chosen() -> None:
    listed = security_infos(
        entry("04007F00070202040202", number=13),
        entry("04007F00070202040204", number=16),
        entry("04007F00070202040204", number=15),
        entry("04007F00070202040201"),
    )
    chosen = pace.rank(parse_card_access(listed))[0]
    assert (chosen.suite, chosen.curve.parameter_id) == (Suite.AES_256, 15)


@pytest.mark.parametrize(
    "listed",
    [
        entry("04007F00070202040201"),  # 3DES
        entry("04007F00070202040102"),  # not on elliptic curves
        entry("04007F00070202040402"),  # integrated mapping
        entry("04007F00070202040602"),  # chip authentication mapping
        entry("04007F00070202040202", version=1),
        entry("04007F00070202040202", number=10),  # 224 bits
        entry("04007F00070202040202", number=0),
        entry("04007F00070202040202", number=None),
        entry("04007F00070202040209"),
        b"",
    ],
)
def test_what_is_not_in_the_list_is_not_used(listed: bytes) -> None:
    with pytest.raises(CardError, match="allowed"):
        pace.rank(parse_card_access(security_infos(listed)))


def test_parameters_of_an_entry() -> None:
    assert pace.allowed_parameters(PaceInfo(G1.protocol, 2, 13)) == G1
    assert pace.allowed_parameters(PaceInfo(G1.protocol, 3, 13)) is None


def test_tokens_depend_on_the_point() -> None:
    agreement = pace.Agreement.of(G1, 77, base_multiple(BRAINPOOL_P256, 5))
    tokens = {agreement.token(base_multiple(BRAINPOOL_P256, n)) for n in range(1, 9)}
    assert len(tokens) == 8
    assert {len(token) for token in tokens} == {8}
    assert isinstance(base_multiple(BRAINPOOL_P256, 5), CurvePoint)


@settings(max_examples=60)
@given(noise=st.binary(max_size=60), at=st.sampled_from([0x84, 0x82]))
def test_noise_in_place_of_an_answer_of_bac(issuer: Issuer, noise: bytes, at: int) -> None:
    card = issuer.issue(specimen(), access=CardAccess(AccessMode.BAC))
    card.process(SELECT.encode())

    def put(apdu: bytes, answer: bytes) -> bytes:
        return noise + b"\x90\x00" if apdu[1] == at else answer

    with pytest.raises(DriverError):
        bac.establish(ApduChannel(Between(card, put)), MrzKey("L898902C<369080619406236"))


@pytest.mark.parametrize("wrong", ["its own number", "the terminal's number", "order", "checksum"])
def test_an_answer_of_bac_belongs_to_this_run(issuer: Issuer, wrong: str) -> None:
    card = issuer.issue(specimen(), access=CardAccess(AccessMode.BAC))
    card.process(SELECT.encode())
    secret = zone_of(card.groups[1])
    keys = bac.DocumentKeys.of(secret.seed)

    def put(apdu: bytes, answer: bytes) -> bytes:
        if apdu[1] != bac.INS_EXTERNAL_AUTHENTICATE:
            return answer
        opened = keys.open(answer[:-2])
        assert opened is not None
        mine, theirs, keying = opened
        token = {
            "its own number": keys.seal(bytes(8), theirs, keying),
            "the terminal's number": keys.seal(mine, bytes(8), keying),
            "order": keys.seal(theirs, mine, keying),
            "checksum": answer[:-3] + bytes((answer[-3] ^ 1,)),
        }[wrong]
        return token + b"\x90\x00"

    with pytest.raises(SecureMessagingError):
        bac.establish(ApduChannel(Between(card, put)), secret)

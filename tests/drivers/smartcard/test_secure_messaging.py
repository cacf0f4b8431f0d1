"""Secure messaging: published exchanges, every command and answer back and forth, every bit turned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import SecureMessagingError
from drivers.smartcard.apdu import ApduChannel, Command, Response, StatusWord
from drivers.smartcard.secure_messaging import ProtectionError, SecureMessagingFault, SecureSession
from drivers.smartcard.suites import Suite
from tests.drivers.smartcard.scripts import ScriptedChannel

OK = StatusWord(0x9000)

commands = st.builds(
    Command,
    cla=st.sampled_from([0x00, 0x01]),
    ins=st.sampled_from([0xA4, 0xB0, 0xB1, 0x88, 0x22, 0x86, 0x21]),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=200),
    le=st.none() | st.integers(1, 256),
) | st.builds(
    Command,
    cla=st.just(0),
    ins=st.sampled_from([0xB0, 0xB1]),
    p1=st.just(0),
    p2=st.just(0),
    data=st.binary(max_size=2000),
    le=st.integers(257, 65_536),
    extended=st.just(True),
)
answers = st.builds(
    Response,
    data=st.binary(max_size=400),
    sw=st.sampled_from([0x9000, 0x6282, 0x6A82, 0x6982]).map(StatusWord),
)


def pair(suite: Suite) -> tuple[SecureSession, SecureSession]:
    return SecureSession.agreed(suite, b"secret"), SecureSession.agreed(suite, b"secret")


def session(values: dict[str, Any], suite: Suite) -> SecureSession:
    encryption, checksum = (bytes.fromhex(values[name]) for name in ("ks_enc", "ks_mac"))
    return SecureSession(suite, encryption, checksum, int(values["ssc_start"], 16))


@pytest.mark.parametrize("suite", [Suite.TDES, Suite.AES_256])
def test_the_published_exchanges(vectors: dict[str, Any], suite: Suite) -> None:
    if suite is Suite.TDES:
        values = vectors["icao9303_bac"]["secure_messaging"]
    else:
        values = vectors["icao9303_pace"]["aes256_secure_messaging"]
    terminal, card = session(values, suite), session(values, suite)
    read = b""
    for exchange in values["exchanges"]:
        protected = bytes.fromhex(exchange["protected_command"])
        plain = card.open_command(Command.decode(protected))
        if "plain_command" in exchange:
            assert plain.encode().hex().upper() == exchange["plain_command"]
        assert terminal.protect(plain).encode() == protected
        answer = Response(bytes.fromhex(exchange["plain_response_data"]), OK)
        sealed = bytes.fromhex(exchange["protected_response"])
        assert card.close_answer(answer).encode() == sealed
        assert terminal.unprotect(Response.decode(sealed)) == answer
        read += answer.data
    assert read.hex().upper() == values["ef_com"]


def test_the_bsi_example_of_aes_128(vectors: dict[str, Any]) -> None:
    """A command with only a cryptogram, and the answer's checksum."""
    values = vectors["icao9303_pace"]["second_example"]
    encryption, checksum = (bytes.fromhex(values[name]) for name in ("ks_enc", "ks_mac"))
    card = SecureSession(Suite.AES_128, encryption, checksum)
    first, second = values["secure_messaging"]
    hidden = terminal_cryptogram(card, bytes.fromhex(first["plaintext"]))
    assert hidden.hex().upper() == first["ciphertext"]
    assert second["mac_input_after_ssc"] == "99029000"
    sealed = card.close_answer(Response(b"", OK))
    assert sealed.data.hex().upper() == "99029000" + "8E08" + second["mac"]


def terminal_cryptogram(end: SecureSession, plain: bytes) -> bytes:
    """What the counter at 1 makes of a plaintext."""
    data = end.protect(Command(0, 0x22, 0x81, 0xB6, plain)).data
    assert data[:3] == bytes((0x87, 1 + 16, 0x01))
    return data[3:19]


@settings(max_examples=120)
@given(
    suite=st.sampled_from(list(Suite)),
    exchanges=st.lists(st.tuples(commands, answers), min_size=1, max_size=3),
)
def test_what_is_protected_is_opened(
    suite: Suite, exchanges: list[tuple[Command, Response]]
) -> None:
    terminal, card = pair(suite)
    for command, answer in exchanges:
        protected = terminal.protect(command)
        if command.data:
            assert command.data not in protected.data or len(command.data) < 4
        if len(protected.data) <= 255 or protected.extended:
            protected = Command.decode(protected.encode())
        opened = card.open_command(protected)
        assert (opened.cla, opened.ins, opened.p1, opened.p2) == (
            command.cla, command.ins, command.p1, command.p2,
        )  # fmt: skip
        assert (opened.data, opened.le) == (command.data, command.le)
        assert terminal.unprotect(card.close_answer(answer)) == answer


@settings(max_examples=150)
@given(suite=st.sampled_from(list(Suite)), answer=answers, data=st.data())
def test_an_answer_with_one_bit_turned_ends_the_session(
    suite: Suite, answer: Response, data: st.DataObject
) -> None:
    terminal, card = pair(suite)
    card.open_command(terminal.protect(Command(0, 0xB0, 0, 0, le=16)))
    raw = bytearray(card.close_answer(answer).encode())
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(Response.decode(bytes(raw)))
    assert terminal.over
    with pytest.raises(SecureMessagingError):
        terminal.protect(Command(0, 0xB0, 0, 0, le=16))


@settings(max_examples=150)
@given(suite=st.sampled_from(list(Suite)), command=commands, data=st.data())
def test_a_command_with_one_bit_turned_ends_the_session(
    suite: Suite, command: Command, data: st.DataObject
) -> None:
    terminal, card = pair(suite)
    protected = terminal.protect(command)
    raw = bytearray(bytes((protected.cla, protected.ins, protected.p1, protected.p2)))
    raw += protected.data
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtectionError):
        card.open_command(Command(raw[0], raw[1], raw[2], raw[3], bytes(raw[4:]), protected.le))
    assert card.over


@settings(max_examples=100)
@given(raw=st.binary(min_size=2, max_size=80))
def test_noise_is_no_answer(raw: bytes) -> None:
    terminal, _ = pair(Suite.AES_128)
    terminal.protect(Command(0, 0xB0, 0, 0, le=16))
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(Response.decode(raw))


def test_answers_cannot_be_repeated_or_exchanged() -> None:
    terminal, card = pair(Suite.AES_128)
    answers_given = []
    for offset in (0, 16):
        card.open_command(terminal.protect(Command(0, 0xB0, 0, offset, le=16)))
        answers_given.append(card.close_answer(Response(bytes(16), OK)))
        if not offset:
            terminal.unprotect(answers_given[0])
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(answers_given[0])


def test_the_cryptogram_of_the_other_kind_of_instruction_is_refused() -> None:
    """85 belongs to odd instructions, 87 to even ones, also where the checksum fits."""
    for suite in Suite:
        terminal, card = pair(suite)
        terminal.protect(Command(0, 0xB1, 0, 0, le=16))
        card.open_command(SecureSession.agreed(suite, b"secret").protect(Command(0, 0xB0, 0, 0)))
        with pytest.raises(SecureMessagingError):
            terminal.unprotect(card.close_answer(Response(bytes(8), OK)))


def test_missing_and_wrong_objects_are_told_apart() -> None:
    for command, fault in (
        (Command(0x00, 0xB0, 0, 0, le=4), SecureMessagingFault.MISSING),
        (Command(0x0C, 0xB0, 0, 0, le=4), SecureMessagingFault.MISSING),
        (Command(0x0C, 0xB0, 0, 0, bytes.fromhex("970104"), 256), SecureMessagingFault.MISSING),
        (
            Command(0x0C, 0xB0, 0, 0, bytes.fromhex("9701048E080000000000000000"), 256),
            SecureMessagingFault.WRONG,
        ),
    ):
        _, card = pair(Suite.AES_128)
        with pytest.raises(ProtectionError) as wrong:
            card.open_command(command)
        assert wrong.value.fault is fault


@pytest.mark.parametrize("suite", list(Suite))
def test_room_is_what_fits(suite: Suite) -> None:
    for limit in (256, 1024, 16_384):
        _, card = pair(suite)
        fits = card.room(limit)
        assert fits > limit - 64
        assert len(card.close_answer(Response(bytes(fits), OK)).data) <= limit
    assert pair(suite)[0].room(10) == 0


def test_a_channel_is_of_no_use_after_a_wrong_answer() -> None:
    terminal, card = pair(Suite.AES_128)
    command = Command(0, 0xB0, 0, 0, le=4)
    sent = SecureSession.agreed(Suite.AES_128, b"secret").protect(command)
    card.open_command(sent)
    answer = card.close_answer(Response(b"abcd", OK)).encode()
    changed = bytes((answer[0] ^ 1,)) + answer[1:]
    channel = ApduChannel(ScriptedChannel([(sent.encode().hex().upper(), changed.hex())]))
    channel.set_secure_messaging(terminal)
    with pytest.raises(SecureMessagingError):
        channel.send(command)
    with pytest.raises(SecureMessagingError):
        channel.send(command)

"""Command and answer forms, and the rules of sending them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ApduError, CardRemovedError, ProtocolError
from drivers.smartcard.apdu import ApduChannel, Command, Response, StatusWord
from drivers.smartcard.channel import GuardedChannel

OK = b"\x90\x00"


class Script:
    """A channel that expects exact commands; every one must come, in order."""

    atr = b"\x3b\x00"

    def __init__(self, *exchanges: tuple[bytes, bytes]) -> None:
        self.left = list(exchanges)

    def transmit(self, apdu: bytes) -> bytes:
        expected, answer = self.left.pop(0)
        assert apdu.hex() == expected.hex()
        return answer

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None:
        assert not self.left


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (Command(0, 0xA4, 4, 0), "00A40400"),
        (Command(0, 0xB0, 0, 0, le=256), "00B0000000"),
        (Command(0, 0xB0, 0, 4, le=18), "00B0000412"),
        (Command(0, 0xA4, 2, 12, b"\x01\x1e"), "00A4020C02011E"),
        (Command(0, 0xCB, 0x3F, 0xFF, b"\x5c\x01\x7e", 256), "00CB3FFF035C017E00"),
        (Command(0, 0xB0, 0, 0, le=65_536, extended=True), "00B00000000000"),
        (Command(0, 0xD6, 0, 0, b"\x01", extended=True), "00D6000000000101"),
        (Command(0, 0xD6, 0, 0, b"\x01", 258, extended=True), "00D60000000001010102"),
    ],
)
def test_the_eight_forms(command: Command, encoded: str) -> None:
    assert command.encode().hex().upper() == encoded
    assert Command.decode(bytes.fromhex(encoded)) == command


@given(
    st.builds(
        Command,
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
        st.binary(max_size=400),
        st.none() | st.integers(1, 65_536),
        st.booleans(),
    )
)
def test_what_can_be_encoded_decodes_to_itself(command: Command) -> None:
    fits = command.extended or (len(command.data) <= 255 and (command.le or 1) <= 256)
    if not fits:
        with pytest.raises(ValueError, match=r"fit|outside"):
            command.encode()
        return
    if not command.data and command.le is None:
        command = replace(command, extended=False)
    assert Command.decode(command.encode()) == command


@given(st.binary(max_size=40))
def test_any_bytes_decode_or_are_refused(apdu: bytes) -> None:
    try:
        command = Command.decode(apdu)
    except ProtocolError:
        return
    assert command.encode() == apdu


def test_an_answer_needs_a_status_word() -> None:
    assert Response.decode(b"\x01\x90\x00") == Response(b"\x01", StatusWord(0x9000))
    with pytest.raises(ProtocolError):
        Response.decode(b"\x90")


@pytest.mark.parametrize(("sw", "left"), [(0x63C2, 2), (0x63C0, 0), (0x6983, 0), (0x9000, None)])
def test_tries_left_in_a_status_word(sw: int, left: int | None) -> None:
    assert StatusWord(sw).tries_left == left


def test_61_fetches_until_the_end() -> None:
    script = Script(
        (bytes.fromhex("00CB3FFF035C017E00"), b"a" * 256 + b"\x61\x00"),
        (bytes.fromhex("00C0000000"), b"b" * 256 + b"\x61\x02"),
        (bytes.fromhex("00C0000002"), b"cc" + OK),
    )
    channel = ApduChannel(script)
    response = channel.send(Command(0, 0xCB, 0x3F, 0xFF, b"\x5c\x01\x7e", 256))
    assert response == Response(b"a" * 256 + b"b" * 256 + b"cc", StatusWord(0x9000))
    channel.close()


def test_6c_repeats_once_with_the_right_length() -> None:
    script = Script(
        (bytes.fromhex("00B0000000"), b"\x6c\x03"),
        (bytes.fromhex("00B0000003"), b"abc" + OK),
    )
    assert ApduChannel(script).send(Command(0, 0xB0, 0, 0, le=256)).data == b"abc"
    script = Script(
        (bytes.fromhex("00B0000000"), b"\x6c\x03"), (bytes.fromhex("00B0000003"), b"\x6c\x02")
    )
    assert ApduChannel(script).send(Command(0, 0xB0, 0, 0, le=256)).sw == 0x6C02


def test_long_data_goes_in_a_chain() -> None:
    data = bytes(range(256)) * 2
    script = Script(
        (b"\x10\xdb\x3f\xff\xff" + data[:255], OK),
        (b"\x10\xdb\x3f\xff\xff" + data[255:510], OK),
        (b"\x00\xdb\x3f\xff\x02" + data[510:], OK),
    )
    channel = ApduChannel(script)
    assert channel.send(Command(0, 0xDB, 0x3F, 0xFF, data)).sw == 0x9000
    channel.close()


def test_a_refused_block_ends_the_chain() -> None:
    script = Script((b"\x10\xdb\x3f\xff\xff" + bytes(255), b"\x6a\x84"))
    channel = ApduChannel(script)
    assert channel.send(Command(0, 0xDB, 0x3F, 0xFF, bytes(600))).sw == 0x6A84
    channel.close()


def test_long_data_goes_in_one_piece_if_the_card_takes_it() -> None:
    script = Script((b"\x00\xdb\x3f\xff\x00\x01\x00" + bytes(256), OK))
    ApduChannel(script, extended=True).send(Command(0, 0xDB, 0x3F, 0xFF, bytes(256)))
    assert not script.left


def test_an_answer_without_end_is_refused() -> None:
    class Endless(Script):
        def transmit(self, apdu: bytes) -> bytes:
            return bytes(256) + b"\x61\x00"

    with pytest.raises(ProtocolError):
        ApduChannel(Endless()).send(Command(0, 0xCB, 0x3F, 0xFF, le=256))


def test_call_raises_the_status() -> None:
    with pytest.raises(ApduError) as refused:
        ApduChannel(Script((bytes.fromhex("00A40000"), b"\x6a\x82"))).call(
            Command(0, 0xA4, 0, 0), "select"
        )
    assert refused.value.sw == 0x6A82


def test_secure_messaging_wraps_every_command() -> None:
    class Mirror:
        """Protection by inverting every byte."""

        def protect(self, command: Command) -> Command:
            return replace(command, cla=0x0C, data=_invert(command.data), le=256)

        def unprotect(self, response: Response) -> Response:
            return replace(response, data=_invert(response.data))

        def room(self, answer: int) -> int:
            return answer

    script = Script((bytes.fromhex("0CB0000002FE00") + b"\x00", _invert(b"file") + OK))
    channel = ApduChannel(script)
    channel.set_secure_messaging(Mirror())
    assert channel.send(Command(0, 0xB0, 0, 0, b"\x01\xff")).data == b"file"


def _invert(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def test_the_first_exception_is_final() -> None:
    class Failing(GuardedChannel):
        answers = [OK, b"\x90", OK]  # noqa: RUF012
        released: list[bool] = []  # noqa: RUF012

        def _exchange(self, apdu: bytes) -> bytes:
            return self.answers.pop(0)

        def _restart(self) -> None: ...

        def _release(self, *, reset: bool, lost: bool) -> None:
            self.released.append(lost)

    channel = Failing(b"")
    assert channel.transmit(bytes(4)) == OK
    with pytest.raises(ProtocolError):
        channel.transmit(bytes(4))
    for _ in range(2):
        with pytest.raises(CardRemovedError):
            channel.transmit(bytes(4))
    channel.close()
    assert channel.released == [True]

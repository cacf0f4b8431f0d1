"""The ZFM frame coder, against the manuals' bytes and against a noisy line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ChecksumError, ProtocolError
from drivers.fingerprint.zfm_wire import (
    MAX_CONTENT,
    PARAMETERS_BYTES,
    START,
    Pid,
    Product,
    ZfmCode,
    ZfmCommand,
    ZfmDecoder,
    ZfmFrame,
    ZfmParameters,
    data_frames,
    decode_frame,
    encode_command,
    encode_frame,
    encode_parameters,
    encode_product,
    parse_parameters,
    parse_product,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
PUBLISHED = json.loads((VECTORS / "zfm_packets.json").read_text())

frames = st.builds(
    ZfmFrame,
    st.sampled_from(list(Pid)),
    st.binary(min_size=1, max_size=MAX_CONTENT),
    st.integers(0, 0xFFFFFFFF),
)
noise = st.binary(max_size=30).map(lambda data: data.replace(START[:1], b""))


def packet(name: str) -> bytes:
    return bytes.fromhex(
        next(e["packet"] for e in PUBLISHED["packets"] if e["name"].startswith(name))
    )


@pytest.mark.parametrize(
    ("name", "command", "parameters"),
    [
        ("GenImg", ZfmCommand.TAKE_IMAGE, ""),
        ("Img2Tz buffer 1", ZfmCommand.EXTRACT, "01"),
        ("Img2Tz buffer 2", ZfmCommand.EXTRACT, "02"),
        ("Match", ZfmCommand.MATCH, ""),
        ("Search", ZfmCommand.SEARCH, "01000000A3"),
        ("RegModel", ZfmCommand.MERGE, ""),
        ("UpChar", ZfmCommand.SEND_TEMPLATE, "01"),
        ("DownChar", ZfmCommand.RECEIVE_TEMPLATE, "01"),
        ("UpImage", ZfmCommand.SEND_IMAGE, ""),
        ("DownImage", ZfmCommand.RECEIVE_IMAGE, ""),
        ("DeletChar", ZfmCommand.DELETE, "00000001"),
        ("Empty", ZfmCommand.EMPTY, ""),
        ("ReadSysPara", ZfmCommand.READ_PARAMETERS, ""),
        ("VfyPwd", ZfmCommand.VERIFY_PASSWORD, "00000000"),
        ("GetRandomCode", ZfmCommand.RANDOM, ""),
        ("TempleteNum", ZfmCommand.COUNT, ""),
    ],
)
def test_commands_equal_those_of_the_manuals(
    name: str, command: ZfmCommand, parameters: str
) -> None:
    assert encode_command(command, bytes.fromhex(parameters)) == packet(name)


@pytest.mark.parametrize(
    "code", [ZfmCode.DONE, ZfmCode.PACKET_ERROR, ZfmCode.NO_FINGER, ZfmCode.WRONG_PASSWORD]
)
def test_acknowledgements_of_the_manuals_are_read(code: ZfmCode) -> None:
    frame = decode_frame(packet(f"acknowledge {code:02X}"))
    assert frame == ZfmFrame(Pid.ACKNOWLEDGE, bytes((code,)))


def test_every_published_packet_carries_its_sum() -> None:
    for entry in PUBLISHED["packets"]:
        raw = bytes.fromhex(entry["packet"])
        assert encode_frame(decode_frame(raw)) == raw
        assert raw[-2:].hex().upper() == entry["checksum"]


def test_every_published_code_has_a_name() -> None:
    for code in PUBLISHED["confirmation_codes"]:
        assert int(code, 16) in set(ZfmCode)


@given(st.lists(frames, max_size=5), st.lists(noise, min_size=6, max_size=6), st.integers(1, 20))
def test_frames_come_through_noise_in_any_pieces(
    sent: list[ZfmFrame], between: list[bytes], piece: int
) -> None:
    stream = between[-1]
    for frame, rest in zip(sent, between, strict=False):
        stream += encode_frame(frame) + rest
    decoder = ZfmDecoder()
    got = []
    for start in range(0, len(stream), piece):
        decoder.feed(stream[start : start + piece])
        while (frame_got := decoder.next_frame()) is not None:
            got.append(frame_got)
    assert got == sent
    assert decoder.skipped == len(between[-1]) + sum(map(len, between[: len(sent)]))
    assert not decoder.damaged


@given(frames, frames, st.data())
def test_a_damaged_frame_is_passed_over_and_the_next_is_found(
    first: ZfmFrame, second: ZfmFrame, data: st.DataObject
) -> None:
    # The address has no part in the sum and the frame length may not announce more than there is.
    raw = bytearray(encode_frame(first))
    at = data.draw(st.integers(9, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    decoder = ZfmDecoder()
    decoder.feed(bytes(raw) + encode_frame(second))
    got = []
    while (frame := decoder.next_frame()) is not None:
        got.append(frame)
    assert decoder.damaged >= 1
    assert first not in got or first == second
    assert got[-1] == second


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=60) | frames.map(encode_frame), max_size=8), st.data())
def test_no_stream_confuses_the_decoder(chunks: list[bytes], data: st.DataObject) -> None:
    decoder = ZfmDecoder()
    total = 0
    for chunk in chunks:
        mutable = bytearray(chunk)
        if mutable and data.draw(st.booleans()):
            mutable[data.draw(st.integers(0, len(mutable) - 1))] ^= data.draw(st.integers(1, 255))
        decoder.feed(bytes(mutable))
        total += len(mutable)
        while (frame := decoder.next_frame()) is not None:
            assert decode_frame(encode_frame(frame)) == frame
    assert decoder.skipped <= total


@pytest.mark.fuzz
@given(st.binary(max_size=300) | frames.map(encode_frame), st.data())
def test_one_frame_or_a_protocol_error(raw: bytes, data: st.DataObject) -> None:
    changed = bytearray(raw)
    if changed:
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(0, 255))
    try:
        frame = decode_frame(bytes(changed))
    except ProtocolError:
        return
    assert encode_frame(frame) == bytes(changed)


def test_a_wrong_sum_is_an_error_of_its_own() -> None:
    raw = bytearray(packet("GenImg"))
    raw[-1] ^= 1
    with pytest.raises(ChecksumError):
        decode_frame(bytes(raw))


@given(st.binary(min_size=1, max_size=1200), st.sampled_from([32, 64, 128, 256]))
def test_data_is_cut_into_packets_of_which_only_the_last_says_so(data: bytes, size: int) -> None:
    got = [decode_frame(raw) for raw in data_frames(data, size)]
    assert b"".join(frame.content for frame in got) == data
    assert {frame.pid for frame in got[:-1]} <= {Pid.DATA}
    assert got[-1].pid == Pid.END_OF_DATA
    assert all(len(frame.content) == size for frame in got[:-1])


def test_what_cannot_be_framed_is_the_callers_duty() -> None:
    for content in (b"", bytes(MAX_CONTENT + 1)):
        with pytest.raises(ValueError, match="1 to 256"):
            encode_frame(ZfmFrame(Pid.DATA, content))
    with pytest.raises(ValueError, match="no data"):
        next(data_frames(b"", 128))


def test_settings_are_read_as_the_manual_orders_them() -> None:
    raw = bytes.fromhex("0000 0009 00A3 0003 FFFFFFFF 0002 0006")
    parameters = parse_parameters(raw)
    assert parameters == ZfmParameters(0, 9, 163, 3, 0xFFFFFFFF, 2, 6)
    assert (parameters.packet_size, parameters.baud) == (128, 57600)
    assert encode_parameters(parameters) == raw


@pytest.mark.parametrize(
    "changed",
    [
        "0000 0009 00A3 0003 FFFFFFFF 0004 0006",
        "0000 0009 00A3 0003 FFFFFFFF 0002 0000",
        "0000 0009 00A3 0003 FFFFFFFF 0002 000D",
        "0000 0009 0000 0003 FFFFFFFF 0002 0006",
        "0000",
    ],
)
def test_impossible_settings_are_refused(changed: str) -> None:
    with pytest.raises(ProtocolError):
        parse_parameters(bytes.fromhex(changed))


def test_a_product_description_goes_both_ways() -> None:
    product = Product("R503", "B1", "00000042", (1, 2), "FPC1020", 192, 192, 1536, 200)
    raw = encode_product(product)
    assert parse_product(raw) == parse_product(raw[:-4]) == product


@pytest.mark.fuzz
@given(st.binary(min_size=PARAMETERS_BYTES, max_size=PARAMETERS_BYTES) | st.binary(max_size=60))
def test_descriptions_are_read_or_refused(raw: bytes) -> None:
    for parse in (parse_parameters, parse_product):
        try:
            parse(raw)
        except ProtocolError:
            continue


def test_a_frame_does_not_show_its_content() -> None:
    assert "secret" not in repr(ZfmFrame(Pid.DATA, b"secret"))

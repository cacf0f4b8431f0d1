"""The SFM packet coder, against the vendor's own bytes and against a noisy line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ChecksumError, ProtocolError
from drivers.fingerprint.sfm_wire import (
    FLAG_ADD_CHECKSUM,
    NETWORK_PACKET_BYTES,
    PACKET_BYTES,
    START,
    Packet,
    Parameter,
    SfmCode,
    SfmCommand,
    SfmDecoder,
    checksum32,
    decode_network_packet,
    decode_packet,
    encode_block,
    encode_packet,
    timeout_code,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
PACKETS = json.loads((VECTORS / "sfm_packets.json").read_text())

packets = st.builds(
    Packet,
    st.integers(0, 255),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 255),
)
noise = st.binary(max_size=30).map(lambda data: data.replace(bytes((START,)), b""))


def sent(call: str) -> list[str]:
    return next(e["host_sends"] for e in PACKETS["library_sends"] if e["call"] == call)


def answer(name: str) -> bytes:
    return bytes.fromhex(next(e["packet"] for e in PACKETS["answers"] if e["name"] == name))


@pytest.mark.parametrize(
    ("call", "packet"),
    [
        (
            "read system parameter TIMEOUT (0x62)",
            Packet(SfmCommand.READ_PARAMETER, flag=Parameter.TIMEOUT),
        ),
        (
            "write system parameter TIMEOUT (0x62) = 0x34",
            Packet(SfmCommand.WRITE_PARAMETER, size=timeout_code(4), flag=Parameter.TIMEOUT),
        ),
        ("save parameters", Packet(SfmCommand.SAVE_PARAMETERS)),
        ("cancel", Packet(SfmCommand.CANCEL)),
        ("reset module", Packet(SfmCommand.RESET)),
    ],
)
def test_requests_equal_those_of_the_vendors_library(call: str, packet: Packet) -> None:
    assert [encode_packet(packet).hex()] == sent(call)


def test_a_scan_request_equals_that_of_the_vendors_library() -> None:
    packet = Packet(SfmCommand.SCAN_TEMPLATE, flag=FLAG_ADD_CHECKSUM)
    assert encode_packet(packet).hex() == sent("scan template (asks for checksum)")[-1]


def test_two_host_templates_equal_those_of_the_vendors_library() -> None:
    call = "verify host template, 2 templates 1122334455667788 A0A1A2A3A4A5A6A7"
    templates = [bytes.fromhex("1122334455667788"), bytes.fromhex("A0A1A2A3A4A5A6A7")]
    request = encode_packet(Packet(SfmCommand.VERIFY_HOST_TEMPLATE, param=2, size=8))
    assert [(request + b"".join(map(encode_block, templates))).hex()] == sent(call)


def test_the_manuals_example_is_read() -> None:
    packet = decode_packet(bytes.fromhex(PACKETS["manual_example"]["packet"]))
    assert packet == Packet(0x05, 0x9929)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("VH: finger scanned", SfmCode.SCANNED),
        ("VH: match", SfmCode.SUCCESS),
        ("VH: no match", SfmCode.NOT_MATCH),
        ("VH: no finger in time", SfmCode.TIMEOUT),
    ],
)
def test_answers_are_read(name: str, code: SfmCode) -> None:
    assert decode_packet(answer(name)) == Packet(SfmCommand.VERIFY_HOST_TEMPLATE, flag=code)


def test_a_scanned_template_is_read_with_its_sum() -> None:
    entry = next(e for e in PACKETS["answers"] if "then" in e)
    decoder = SfmDecoder()
    decoder.feed(bytes.fromhex(entry["packet"] + entry["then"]))
    packet = decoder.next_packet()
    assert packet == Packet(SfmCommand.SCAN_TEMPLATE, 90, 8, SfmCode.SUCCESS)
    block = decoder.next_block(8 + 4)
    assert block is not None
    assert block[8:] == checksum32(block[:8])


@given(packets)
def test_every_packet_survives_the_way_there_and_back(packet: Packet) -> None:
    encoded = encode_packet(packet)
    assert len(encoded) == PACKET_BYTES
    assert decode_packet(encoded) == packet


@given(packets, st.integers(1, 10), st.integers(1, 255))
def test_a_changed_byte_is_a_checksum_error(packet: Packet, at: int, flip: int) -> None:
    encoded = bytearray(encode_packet(packet))
    encoded[at] ^= flip
    with pytest.raises(ChecksumError):
        decode_packet(bytes(encoded))


@pytest.mark.fuzz
@given(st.binary(max_size=40))
def test_random_bytes_raise_only_protocol_errors(data: bytes) -> None:
    try:
        decode_packet(data)
    except ProtocolError:
        return
    assert encode_packet(decode_packet(data)) == data


@pytest.mark.fuzz
@given(st.lists(st.tuples(noise, packets), max_size=6), st.integers(1, 9))
def test_packets_are_found_between_noise_in_any_pieces(
    stream: list[tuple[bytes, Packet]], piece: int
) -> None:
    data = b"".join(before + encode_packet(packet) for before, packet in stream)
    decoder, found = SfmDecoder(), []
    for start in range(0, len(data), piece):
        decoder.feed(data[start : start + piece])
        while (packet := decoder.next_packet()) is not None:
            found.append(packet)
    assert found == [packet for _, packet in stream]
    assert decoder.skipped == sum(len(before) for before, _ in stream)


@pytest.mark.fuzz
@given(st.binary(max_size=200), st.integers(-5, 300))
def test_blocks_of_random_bytes_raise_only_protocol_errors(data: bytes, size: int) -> None:
    decoder = SfmDecoder()
    decoder.feed(data)
    try:
        block = decoder.next_block(size)
    except ProtocolError:
        return
    assert block is None or block == data[:size]


@pytest.mark.parametrize("seconds", [0, 21, -1])
def test_a_timeout_the_module_cannot_count_is_a_mistake(seconds: int) -> None:
    with pytest.raises(ValueError, match="20 seconds"):
        timeout_code(seconds)


@given(st.integers(0, 0xFFFF), packets, noise)
def test_the_network_form_carries_the_modules_id(
    module: int, packet: Packet, between: bytes
) -> None:
    raw = encode_packet(packet, module)
    assert len(raw) == NETWORK_PACKET_BYTES
    assert decode_network_packet(raw) == (module, packet)
    other = encode_packet(packet, module ^ 1)
    decoder = SfmDecoder(module)
    decoder.feed(between.replace(b"\x41", b"") + other + raw)
    assert decoder.next_packet() == packet
    assert decoder.next_packet() is None


def test_a_damaged_network_packet_is_refused() -> None:
    raw = bytearray(encode_packet(Packet(SfmCommand.STATUS), 5))
    raw[4] ^= 1
    with pytest.raises(ChecksumError):
        decode_network_packet(bytes(raw))
    with pytest.raises(ProtocolError):
        decode_network_packet(encode_packet(Packet(SfmCommand.STATUS)))

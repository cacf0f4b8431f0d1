"""The simulated module as a host with a plain serial library sees it."""

import time
from collections.abc import Iterator

import pytest
import serial
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.fingerprint.sfm_wire import (
    STATUS_ALIVE,
    Packet,
    Parameter,
    SfmCode,
    SfmCommand,
    SfmDecoder,
    encode_block,
    encode_packet,
)
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import HALF_PACKET_S, INSTANT
from simulators.fingerprint.sfm import SfmSimulator

STATUS = encode_packet(Packet(SfmCommand.STATUS))
ALIVE = Packet(SfmCommand.STATUS, param=STATUS_ALIVE, flag=SfmCode.SUCCESS)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfmSimulator]:
    link = tmp_path_factory.mktemp("wire") / "fingerprint"
    with SfmSimulator(link, timing=INSTANT) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def host(device: SfmSimulator) -> Iterator[serial.Serial]:
    with serial.Serial(device.path, 115200, timeout=0.3) as port:
        yield port


def answers(host: serial.Serial, count: int) -> list[Packet]:
    decoder = SfmDecoder()
    found: list[Packet] = []
    deadline = time.monotonic() + 20
    while len(found) < count and time.monotonic() < deadline:
        decoder.feed(host.read(host.in_waiting or 1))
        while (packet := decoder.next_packet()) is not None:
            found.append(packet)
    return found


def test_commands_are_taken_byte_by_byte(host: serial.Serial) -> None:
    for byte in STATUS:
        host.write(bytes((byte,)))
    assert answers(host, 1) == [ALIVE]


def test_a_wrong_sum_gets_no_answer(host: serial.Serial) -> None:
    host.write(STATUS[:-2] + b"\x00\x0a")
    assert host.read(1) == b""
    time.sleep(HALF_PACKET_S)
    host.write(STATUS)
    assert answers(host, 1) == [ALIVE]


def test_half_a_packet_is_forgotten(host: serial.Serial) -> None:
    host.write(STATUS[:6])
    time.sleep(HALF_PACKET_S + 0.1)
    host.write(STATUS)
    assert answers(host, 1) == [ALIVE]


def test_an_unknown_command_is_unsupported(host: serial.Serial) -> None:
    host.write(encode_packet(Packet(0x77)))
    assert answers(host, 1) == [Packet(0x77, flag=SfmCode.UNSUPPORTED)]


def test_a_busy_module_says_so_until_it_is_cancelled(host: serial.Serial) -> None:
    host.write(encode_packet(Packet(SfmCommand.SCAN_TEMPLATE)) + STATUS)
    assert answers(host, 1) == [Packet(SfmCommand.STATUS, flag=SfmCode.BUSY)]
    host.write(encode_packet(Packet(SfmCommand.CANCEL)))
    expected = {
        Packet(SfmCommand.CANCEL, flag=SfmCode.SUCCESS),
        Packet(SfmCommand.SCAN_TEMPLATE, flag=SfmCode.CANCELLED),
    }
    assert set(answers(host, 2)) == expected


def test_settings_last_through_a_power_cut_only_if_saved(
    host: serial.Serial, device: SfmSimulator
) -> None:
    read = encode_packet(Packet(SfmCommand.READ_PARAMETER, flag=Parameter.SECURITY_LEVEL))
    for value, save in [(0x40, False), (0x41, True)]:
        host.write(
            encode_packet(
                Packet(SfmCommand.WRITE_PARAMETER, size=value, flag=Parameter.SECURITY_LEVEL)
            )
        )
        answers(host, 1)
        if save:
            host.write(encode_packet(Packet(SfmCommand.SAVE_PARAMETERS)))
            answers(host, 1)
        device.power_cycle()
        host.write(read)
        (answer,) = answers(host, 1)
        assert (answer.size == value) is save


def test_the_intermediate_answer_can_be_switched_off(
    host: serial.Serial, device: SfmSimulator
) -> None:
    template = Finger.of(1).template()
    for parameter, value in [(Parameter.SEND_SCAN_SUCCESS, 0x30), (Parameter.TEMPLATE_TYPE, 0x31)]:
        host.write(encode_packet(Packet(SfmCommand.WRITE_PARAMETER, size=value, flag=parameter)))
    assert len(answers(host, 2)) == 2
    device.place(Finger.of(1), Placement.CLEAN)
    request = Packet(SfmCommand.VERIFY_HOST_TEMPLATE, 1, len(template))
    host.write(encode_packet(request) + encode_block(template))
    assert answers(host, 1) == [Packet(SfmCommand.VERIFY_HOST_TEMPLATE, flag=SfmCode.SUCCESS)]
    device.lift()
    device.power_cycle()


@pytest.mark.fuzz
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=40) | st.just(STATUS), max_size=6))
def test_no_noise_brings_the_module_down(
    host: serial.Serial, device: SfmSimulator, noise: list[bytes]
) -> None:
    host.write(b"".join(noise))
    time.sleep(0.02)
    device.power_cycle()
    host.reset_input_buffer()
    host.write(STATUS)
    assert ALIVE in answers(host, 1)

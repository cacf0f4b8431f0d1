"""The simulated ZFM module as a host with a plain serial library sees it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.fingerprint.zfm_wire import (
    NOTEPAD_BYTES,
    READY_BYTE,
    Pid,
    ZfmCode,
    ZfmCommand,
    ZfmDecoder,
    ZfmFrame,
    encode_command,
    encode_frame,
    parse_parameters,
)
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import HALF_PACKET_S, INSTANT, ModuleTiming
from simulators.fingerprint.sensor import CaptureResult
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import enrolled

ECHO = encode_command(ZfmCommand.ECHO)
ALIVE = bytes((ZfmCode.ALIVE,))
Ask = Callable[..., list[bytes]]


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZfmSimulator]:
    link = tmp_path_factory.mktemp("wire") / "fingerprint"
    with ZfmSimulator(link, timing=INSTANT, paced=False) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def host(device: ZfmSimulator) -> Iterator[serial.Serial]:
    with serial.Serial(device.path, 57600, timeout=0.3) as port:
        yield port


def frames(host: serial.Serial, count: int, limit_s: float = 20.0) -> list[ZfmFrame]:
    decoder = ZfmDecoder()
    found: list[ZfmFrame] = []
    deadline = time.monotonic() + limit_s
    while len(found) < count and time.monotonic() < deadline:
        decoder.feed(host.read(host.in_waiting or 1))
        while (frame := decoder.next_frame()) is not None:
            found.append(frame)
    return found


def ask(host: serial.Serial, command: int, parameters: bytes = b"") -> bytes:
    host.reset_input_buffer()
    host.write(encode_frame(ZfmFrame(Pid.COMMAND, bytes((command,)) + parameters)))
    (answer,) = frames(host, 1)
    assert answer.pid == Pid.ACKNOWLEDGE
    return answer.content


def test_commands_are_taken_byte_by_byte(host: serial.Serial) -> None:
    for byte in ECHO:
        host.write(bytes((byte,)))
    assert [frame.content for frame in frames(host, 1)] == [ALIVE]


def test_a_wrong_sum_is_a_packet_error(host: serial.Serial) -> None:
    host.write(ECHO[:-1] + bytes((ECHO[-1] ^ 1,)))
    assert [frame.content for frame in frames(host, 1)] == [bytes((ZfmCode.PACKET_ERROR,))]


def test_half_a_packet_is_forgotten(host: serial.Serial) -> None:
    host.write(ECHO[:6])
    time.sleep(HALF_PACKET_S + 0.1)
    assert ask(host, ZfmCommand.ECHO) == ALIVE


def test_another_address_gets_no_answer(host: serial.Serial) -> None:
    host.write(encode_command(ZfmCommand.ECHO, address=5) + ECHO)
    assert [frame.content for frame in frames(host, 2, 0.3)] == [ALIVE]


def test_unknown_commands_and_wrong_lengths(host: serial.Serial) -> None:
    assert ask(host, 0x77) == bytes((ZfmCode.UNSUPPORTED,))
    assert ask(host, ZfmCommand.EXTRACT) == bytes((ZfmCode.PACKET_ERROR,))
    assert ask(host, ZfmCommand.PRODUCT) == bytes((ZfmCode.UNSUPPORTED,))


@pytest.mark.parametrize(
    ("command", "parameters", "code"),
    [
        (ZfmCommand.EXTRACT, "01", ZfmCode.NO_IMAGE),
        (ZfmCommand.SEND_TEMPLATE, "01", ZfmCode.SEND_TEMPLATE_FAILED),
        (ZfmCommand.SEND_IMAGE, "", ZfmCode.SEND_IMAGE_FAILED),
        (ZfmCommand.MERGE, "", ZfmCode.MERGE_FAILED),
        (ZfmCommand.STORE, "010000", ZfmCode.BAD_TEMPLATE),
        (ZfmCommand.STORE, "0100A2", ZfmCode.BAD_PAGE),
        (ZfmCommand.LOAD, "010001", ZfmCode.BAD_TEMPLATE),
        (ZfmCommand.LOAD, "01FFFF", ZfmCode.BAD_PAGE),
        (ZfmCommand.DELETE, "00A10002", ZfmCode.DELETE_FAILED),
        (ZfmCommand.LIST, "04", ZfmCode.BAD_PAGE),
        (ZfmCommand.READ_NOTEPAD, "10", ZfmCode.BAD_NOTEPAD_PAGE),
        (ZfmCommand.WRITE_PARAMETER, "0701", ZfmCode.BAD_REGISTER),
        (ZfmCommand.WRITE_PARAMETER, "0506", ZfmCode.BAD_REGISTER_VALUE),
        (ZfmCommand.WRITE_PARAMETER, "0604", ZfmCode.BAD_REGISTER_VALUE),
        (ZfmCommand.WRITE_PARAMETER, "0400", ZfmCode.BAD_REGISTER_VALUE),
        (ZfmCommand.TAKE_IMAGE, "", ZfmCode.NO_FINGER),
        (ZfmCommand.LIGHT_ON, "", ZfmCode.DONE),
        (ZfmCommand.HANDSHAKE, "", ZfmCode.DONE),
        (ZfmCommand.CHECK_SENSOR, "", ZfmCode.DONE),
    ],
)
def test_codes_without_a_finger(
    host: serial.Serial, device: ZfmSimulator, command: ZfmCommand, parameters: str, code: ZfmCode
) -> None:
    device.power_cycle()
    assert ask(host, command, bytes.fromhex(parameters)) == bytes((code,))


def test_scores_come_also_with_failures(host: serial.Serial, device: ZfmSimulator) -> None:
    device.power_cycle()
    assert ask(host, ZfmCommand.MATCH) == bytes((ZfmCode.NO_MATCH, 0, 0))
    assert ask(host, ZfmCommand.SEARCH, b"\1\0\0\0\xa2") == bytes((ZfmCode.NOT_FOUND, 0, 0, 0, 0))


def test_the_notepad_keeps_its_pages(host: serial.Serial, device: ZfmSimulator) -> None:
    note = bytes(range(NOTEPAD_BYTES))
    assert ask(host, ZfmCommand.WRITE_NOTEPAD, b"\x0f" + note) == b"\0"
    device.power_cycle()
    assert ask(host, ZfmCommand.READ_NOTEPAD, b"\x0f") == b"\0" + note
    assert ask(host, ZfmCommand.READ_NOTEPAD, b"\x00") == b"\0" + bytes(NOTEPAD_BYTES)


def test_image_and_buffers_are_gone_with_the_power(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    device.place(Finger.of(1), Placement.CLEAN)
    assert ask(host, ZfmCommand.TAKE_IMAGE) == b"\0"
    assert ask(host, ZfmCommand.EXTRACT, b"\1") == b"\0"
    device.lift()
    device.power_cycle()
    assert ask(host, ZfmCommand.EXTRACT, b"\1") == bytes((ZfmCode.NO_IMAGE,))
    assert ask(host, ZfmCommand.SEND_TEMPLATE, b"\1") == bytes((ZfmCode.SEND_TEMPLATE_FAILED,))


def test_a_transfer_that_breaks_off_leaves_nothing(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    device.power_cycle()
    assert ask(host, ZfmCommand.RECEIVE_TEMPLATE, b"\2") == b"\0"
    host.write(encode_frame(ZfmFrame(Pid.DATA, enrolled(Finger.of(1))[:128])))
    assert ask(host, ZfmCommand.SEND_TEMPLATE, b"\2") == bytes((ZfmCode.SEND_TEMPLATE_FAILED,))
    # And data that nobody asked for are passed over.
    host.write(encode_frame(ZfmFrame(Pid.END_OF_DATA, b"\1\2\3")))
    assert ask(host, ZfmCommand.ECHO) == ALIVE


def test_the_window_sees_what_lies_on_the_sensor(host: serial.Serial, device: ZfmSimulator) -> None:
    device.power_cycle()
    assert ask(host, ZfmCommand.TAKE_IMAGE) == bytes((ZfmCode.NO_FINGER,))
    assert device.view().waiting
    device.place(Finger.of(1), Placement.WET, "Sara's right index")
    view = device.view()
    assert (view.finger, view.how) == ("Sara's right index", Placement.WET)
    assert view.minutiae
    assert ask(host, ZfmCommand.TAKE_IMAGE) == b"\0"
    assert device.view().result is CaptureResult.TAKEN
    ask(host, ZfmCommand.EXTRACT, b"\1")
    assert device.view().result is CaptureResult.BAD_IMAGE
    device.lift()
    assert device.view().finger == ""
    assert not device.view().waiting


def test_a_module_that_is_not_asked_for_a_while_no_longer_waits(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    ask(host, ZfmCommand.TAKE_IMAGE)
    assert device.wait_for_scan(0)
    deadline = time.monotonic() + 20
    while device.wait_for_scan(0) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not device.wait_for_scan(0)


def test_the_flash_memory_outlives_the_module(tmp_path: Path) -> None:
    file = tmp_path / "flash.json"
    with (
        ZfmSimulator(
            tmp_path / "a", timing=INSTANT, paced=False, flash=Flash.load(file)
        ) as simulator,
        serial.Serial(simulator.path, 57600, timeout=0.3) as host,
    ):
        assert ask(host, ZfmCommand.SET_PASSWORD, b"\0\0\0\x09") == b"\0"
        assert ask(host, ZfmCommand.WRITE_PARAMETER, b"\5\1") == b"\0"
        simulator.place(Finger.of(1), Placement.CLEAN)
        assert ask(host, ZfmCommand.TAKE_IMAGE) == b"\0"
        assert ask(host, ZfmCommand.EXTRACT, b"\1") == b"\0"
        assert ask(host, ZfmCommand.STORE, b"\1\0\x21") == b"\0"
    with (
        ZfmSimulator(
            tmp_path / "b", timing=INSTANT, paced=False, flash=Flash.load(file)
        ) as simulator,
        serial.Serial(simulator.path, 57600, timeout=0.3) as host,
    ):
        assert ask(host, ZfmCommand.COUNT) == bytes((ZfmCode.PASSWORD_NEEDED,))
        assert ask(host, ZfmCommand.VERIFY_PASSWORD, bytes(4)) == bytes((ZfmCode.WRONG_PASSWORD,))
        assert ask(host, ZfmCommand.VERIFY_PASSWORD, b"\0\0\0\x09") == b"\0"
        assert ask(host, ZfmCommand.COUNT) == b"\0\0\1"
        assert ask(host, ZfmCommand.LIST, b"\0") == b"\0" + bytes(4) + b"\x02" + bytes(27)
        assert parse_parameters(ask(host, ZfmCommand.READ_PARAMETERS)[1:]).security == 1
        assert ask(host, ZfmCommand.LOAD, b"\1\0\x21") == b"\0"
    (tmp_path / "other.json").write_text('{"format": "else"}')
    with pytest.raises(ValueError, match="another file"):
        Flash.load(tmp_path / "other.json")


def test_address_and_speed_change_with_the_answer(tmp_path: Path) -> None:
    with (
        ZfmSimulator(tmp_path / "a", timing=INSTANT, paced=False) as simulator,
        serial.Serial(simulator.path, 57600, timeout=0.3) as host,
    ):
        host.write(encode_command(ZfmCommand.SET_ADDRESS, b"\0\0\0\7"))
        (answer,) = frames(host, 1)
        assert (answer.address, answer.content) == (7, b"\0")
        host.write(encode_command(ZfmCommand.WRITE_PARAMETER, b"\4\x0c", address=7))
        assert [frame.content for frame in frames(host, 1)] == [b"\0"]
        until = time.monotonic() + 20
        while simulator.baud != 115200 and time.monotonic() < until:
            time.sleep(0.005)  # the answer leaves first
        assert simulator.baud == 115200


def test_a_module_may_say_that_it_is_ready(tmp_path: Path) -> None:
    timing = ModuleTiming(power_on_s=0.05, scan_s=0, match_s=0, extract_s=0)
    with (
        ZfmSimulator(tmp_path / "a", timing=timing, ready_byte=True) as simulator,
        serial.Serial(simulator.path, 57600, timeout=2) as host,
    ):
        simulator.power_cycle()
        host.write(ECHO)
        assert host.read(1) == bytes((READY_BYTE,)), "and nothing that came before it was ready"


def test_bytes_and_work_take_their_time(tmp_path: Path) -> None:
    timing = ModuleTiming(power_on_s=0.0, scan_s=0.2, match_s=0.0, extract_s=0.15)
    with (
        ZfmSimulator(tmp_path / "a", timing=timing) as simulator,
        serial.Serial(simulator.path, 57600, timeout=2) as host,
    ):
        simulator.place(Finger.of(1), Placement.CLEAN)
        for command, parameters, least in [
            (ZfmCommand.TAKE_IMAGE, b"", 0.2),
            (ZfmCommand.EXTRACT, b"\1", 0.15),
        ]:
            begun = time.monotonic()
            assert ask(host, command, parameters) == b"\0"
            assert time.monotonic() - begun >= least
        begun = time.monotonic()
        host.write(encode_command(ZfmCommand.SEND_TEMPLATE, b"\1"))
        got = frames(host, 5)
        # 12 bytes, then four packets of 128 + 11 bytes: 568 bytes of 10 bits at 57 600 baud.
        assert 0.09 < time.monotonic() - begun < 5.0
        assert b"".join(frame.content for frame in got[1:])[:2] == b"\3\1"
        # What comes while it is busy waits in its input.
        host.write(encode_command(ZfmCommand.TAKE_IMAGE) + ECHO)
        assert [frame.content for frame in frames(host, 2)] == [b"\0", ALIVE]


@pytest.mark.slow
@pytest.mark.fuzz
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.binary(max_size=40)
        | st.builds(
            lambda pid, content: encode_frame(ZfmFrame(pid, content)),
            st.sampled_from(list(Pid)),
            st.builds(
                lambda command, rest: bytes((command,)) + rest,
                # Not those that change password, address or speed.
                st.sampled_from(
                    [
                        c
                        for c in ZfmCommand
                        if c not in (ZfmCommand.SET_PASSWORD, ZfmCommand.SET_ADDRESS)
                    ]
                ),
                st.binary(max_size=34),
            ).filter(lambda c: c[0] != ZfmCommand.WRITE_PARAMETER),
        ),
        max_size=6,
    )
)
def test_no_noise_brings_the_module_down(
    host: serial.Serial, device: ZfmSimulator, noise: list[bytes]
) -> None:
    host.write(b"".join(noise))
    time.sleep(0.02)
    device.power_cycle()
    assert ALIVE in [frame.content for frame in _echo(host)]


def _echo(host: serial.Serial) -> list[ZfmFrame]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        host.reset_input_buffer()
        host.write(ECHO)
        found = frames(host, 2, 0.1)
        if any(frame.content == ALIVE for frame in found):
            return found
    return []

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
    Code,
    Command,
    Decoder,
    Frame,
    Pid,
    encode_command,
    encode_frame,
    parse_parameters,
)
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import HALF_PACKET_S
from simulators.fingerprint.sensor import Result
from simulators.fingerprint.zfm import INSTANT, Timing, ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import enrolled

ECHO = encode_command(Command.ECHO)
ALIVE = bytes((Code.ALIVE,))
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


def frames(host: serial.Serial, count: int, limit_s: float = 2.0) -> list[Frame]:
    decoder = Decoder()
    found: list[Frame] = []
    deadline = time.monotonic() + limit_s
    while len(found) < count and time.monotonic() < deadline:
        decoder.feed(host.read(host.in_waiting or 1))
        while (frame := decoder.next_frame()) is not None:
            found.append(frame)
    return found


def ask(host: serial.Serial, command: int, parameters: bytes = b"") -> bytes:
    host.reset_input_buffer()
    host.write(encode_frame(Frame(Pid.COMMAND, bytes((command,)) + parameters)))
    (answer,) = frames(host, 1)
    assert answer.pid == Pid.ACKNOWLEDGE
    return answer.content


def test_commands_are_taken_byte_by_byte(host: serial.Serial) -> None:
    for byte in ECHO:
        host.write(bytes((byte,)))
    assert [frame.content for frame in frames(host, 1)] == [ALIVE]


def test_a_wrong_sum_is_a_packet_error(host: serial.Serial) -> None:
    host.write(ECHO[:-1] + bytes((ECHO[-1] ^ 1,)))
    assert [frame.content for frame in frames(host, 1)] == [bytes((Code.PACKET_ERROR,))]


def test_half_a_packet_is_forgotten(host: serial.Serial) -> None:
    host.write(ECHO[:6])
    time.sleep(HALF_PACKET_S + 0.1)
    assert ask(host, Command.ECHO) == ALIVE


def test_another_address_gets_no_answer(host: serial.Serial) -> None:
    host.write(encode_command(Command.ECHO, address=5) + ECHO)
    assert [frame.content for frame in frames(host, 2, 0.3)] == [ALIVE]


def test_unknown_commands_and_wrong_lengths(host: serial.Serial) -> None:
    assert ask(host, 0x77) == bytes((Code.UNSUPPORTED,))
    assert ask(host, Command.EXTRACT) == bytes((Code.PACKET_ERROR,))
    assert ask(host, Command.PRODUCT) == bytes((Code.UNSUPPORTED,))


@pytest.mark.parametrize(
    ("command", "parameters", "code"),
    [
        (Command.EXTRACT, "01", Code.NO_IMAGE),
        (Command.SEND_TEMPLATE, "01", Code.SEND_TEMPLATE_FAILED),
        (Command.SEND_IMAGE, "", Code.SEND_IMAGE_FAILED),
        (Command.MERGE, "", Code.MERGE_FAILED),
        (Command.STORE, "010000", Code.BAD_TEMPLATE),
        (Command.STORE, "0100A2", Code.BAD_PAGE),
        (Command.LOAD, "010001", Code.BAD_TEMPLATE),
        (Command.LOAD, "01FFFF", Code.BAD_PAGE),
        (Command.DELETE, "00A10002", Code.DELETE_FAILED),
        (Command.LIST, "04", Code.BAD_PAGE),
        (Command.READ_NOTEPAD, "10", Code.BAD_NOTEPAD_PAGE),
        (Command.WRITE_PARAMETER, "0701", Code.BAD_REGISTER),
        (Command.WRITE_PARAMETER, "0506", Code.BAD_REGISTER_VALUE),
        (Command.WRITE_PARAMETER, "0604", Code.BAD_REGISTER_VALUE),
        (Command.WRITE_PARAMETER, "0400", Code.BAD_REGISTER_VALUE),
        (Command.TAKE_IMAGE, "", Code.NO_FINGER),
        (Command.LIGHT_ON, "", Code.DONE),
        (Command.HANDSHAKE, "", Code.DONE),
        (Command.CHECK_SENSOR, "", Code.DONE),
    ],
)
def test_codes_without_a_finger(
    host: serial.Serial, device: ZfmSimulator, command: Command, parameters: str, code: Code
) -> None:
    device.power_cycle()
    assert ask(host, command, bytes.fromhex(parameters)) == bytes((code,))


def test_scores_come_also_with_failures(host: serial.Serial, device: ZfmSimulator) -> None:
    device.power_cycle()
    assert ask(host, Command.MATCH) == bytes((Code.NO_MATCH, 0, 0))
    assert ask(host, Command.SEARCH, b"\1\0\0\0\xa2") == bytes((Code.NOT_FOUND, 0, 0, 0, 0))


def test_the_notepad_keeps_its_pages(host: serial.Serial, device: ZfmSimulator) -> None:
    note = bytes(range(NOTEPAD_BYTES))
    assert ask(host, Command.WRITE_NOTEPAD, b"\x0f" + note) == b"\0"
    device.power_cycle()
    assert ask(host, Command.READ_NOTEPAD, b"\x0f") == b"\0" + note
    assert ask(host, Command.READ_NOTEPAD, b"\x00") == b"\0" + bytes(NOTEPAD_BYTES)


def test_image_and_buffers_are_gone_with_the_power(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    device.place(Finger.of(1), Placement.CLEAN)
    assert ask(host, Command.TAKE_IMAGE) == b"\0"
    assert ask(host, Command.EXTRACT, b"\1") == b"\0"
    device.lift()
    device.power_cycle()
    assert ask(host, Command.EXTRACT, b"\1") == bytes((Code.NO_IMAGE,))
    assert ask(host, Command.SEND_TEMPLATE, b"\1") == bytes((Code.SEND_TEMPLATE_FAILED,))


def test_a_transfer_that_breaks_off_leaves_nothing(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    device.power_cycle()
    assert ask(host, Command.RECEIVE_TEMPLATE, b"\2") == b"\0"
    host.write(encode_frame(Frame(Pid.DATA, enrolled(Finger.of(1))[:128])))
    assert ask(host, Command.SEND_TEMPLATE, b"\2") == bytes((Code.SEND_TEMPLATE_FAILED,))
    # And data that nobody asked for are passed over.
    host.write(encode_frame(Frame(Pid.END_OF_DATA, b"\1\2\3")))
    assert ask(host, Command.ECHO) == ALIVE


def test_the_window_sees_what_lies_on_the_sensor(host: serial.Serial, device: ZfmSimulator) -> None:
    device.power_cycle()
    assert ask(host, Command.TAKE_IMAGE) == bytes((Code.NO_FINGER,))
    assert device.view().waiting
    device.place(Finger.of(1), Placement.WET, "Sara's right index")
    view = device.view()
    assert (view.finger, view.how) == ("Sara's right index", Placement.WET)
    assert view.minutiae
    assert ask(host, Command.TAKE_IMAGE) == b"\0"
    assert device.view().result is Result.TAKEN
    ask(host, Command.EXTRACT, b"\1")
    assert device.view().result is Result.BAD_IMAGE
    device.lift()
    assert device.view().finger == ""
    assert not device.view().waiting


def test_a_module_that_is_not_asked_for_a_while_no_longer_waits(
    host: serial.Serial, device: ZfmSimulator
) -> None:
    ask(host, Command.TAKE_IMAGE)
    assert device.wait_for_scan(0)
    deadline = time.monotonic() + 5
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
        assert ask(host, Command.SET_PASSWORD, b"\0\0\0\x09") == b"\0"
        assert ask(host, Command.WRITE_PARAMETER, b"\5\1") == b"\0"
        simulator.place(Finger.of(1), Placement.CLEAN)
        assert ask(host, Command.TAKE_IMAGE) == b"\0"
        assert ask(host, Command.EXTRACT, b"\1") == b"\0"
        assert ask(host, Command.STORE, b"\1\0\x21") == b"\0"
    with (
        ZfmSimulator(
            tmp_path / "b", timing=INSTANT, paced=False, flash=Flash.load(file)
        ) as simulator,
        serial.Serial(simulator.path, 57600, timeout=0.3) as host,
    ):
        assert ask(host, Command.COUNT) == bytes((Code.PASSWORD_NEEDED,))
        assert ask(host, Command.VERIFY_PASSWORD, bytes(4)) == bytes((Code.WRONG_PASSWORD,))
        assert ask(host, Command.VERIFY_PASSWORD, b"\0\0\0\x09") == b"\0"
        assert ask(host, Command.COUNT) == b"\0\0\1"
        assert ask(host, Command.LIST, b"\0") == b"\0" + bytes(4) + b"\x02" + bytes(27)
        assert parse_parameters(ask(host, Command.READ_PARAMETERS)[1:]).security == 1
        assert ask(host, Command.LOAD, b"\1\0\x21") == b"\0"
    (tmp_path / "other.json").write_text('{"format": "else"}')
    with pytest.raises(ValueError, match="another file"):
        Flash.load(tmp_path / "other.json")


def test_address_and_speed_change_with_the_answer(tmp_path: Path) -> None:
    with (
        ZfmSimulator(tmp_path / "a", timing=INSTANT, paced=False) as simulator,
        serial.Serial(simulator.path, 57600, timeout=0.3) as host,
    ):
        host.write(encode_command(Command.SET_ADDRESS, b"\0\0\0\7"))
        (answer,) = frames(host, 1)
        assert (answer.address, answer.content) == (7, b"\0")
        host.write(encode_command(Command.WRITE_PARAMETER, b"\4\x0c", address=7))
        assert [frame.content for frame in frames(host, 1)] == [b"\0"]
        assert simulator.baud == 115200


def test_a_module_may_say_that_it_is_ready(tmp_path: Path) -> None:
    timing = Timing(power_on_s=0.05, scan_s=0, match_s=0, extract_s=0)
    with (
        ZfmSimulator(tmp_path / "a", timing=timing, ready_byte=True) as simulator,
        serial.Serial(simulator.path, 57600, timeout=2) as host,
    ):
        simulator.power_cycle()
        host.write(ECHO)
        assert host.read(1) == bytes((READY_BYTE,)), "and nothing that came before it was ready"


def test_bytes_and_work_take_their_time(tmp_path: Path) -> None:
    timing = Timing(power_on_s=0.0, scan_s=0.2, match_s=0.0, extract_s=0.15)
    with (
        ZfmSimulator(tmp_path / "a", timing=timing) as simulator,
        serial.Serial(simulator.path, 57600, timeout=2) as host,
    ):
        simulator.place(Finger.of(1), Placement.CLEAN)
        for command, parameters, least in [
            (Command.TAKE_IMAGE, b"", 0.2),
            (Command.EXTRACT, b"\1", 0.15),
        ]:
            begun = time.monotonic()
            assert ask(host, command, parameters) == b"\0"
            assert time.monotonic() - begun >= least
        begun = time.monotonic()
        host.write(encode_command(Command.SEND_TEMPLATE, b"\1"))
        got = frames(host, 5)
        # 12 bytes, then four packets of 128 + 11 bytes: 568 bytes of 10 bits at 57 600 baud.
        assert 0.09 < time.monotonic() - begun < 1.0
        assert b"".join(frame.content for frame in got[1:])[:2] == b"\3\1"
        # What comes while it is busy waits in its input.
        host.write(encode_command(Command.TAKE_IMAGE) + ECHO)
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
            lambda pid, content: encode_frame(Frame(pid, content)),
            st.sampled_from(list(Pid)),
            st.builds(
                lambda command, rest: bytes((command,)) + rest,
                # Not those that change password, address or speed.
                st.sampled_from(
                    [c for c in Command if c not in (Command.SET_PASSWORD, Command.SET_ADDRESS)]
                ),
                st.binary(max_size=34),
            ).filter(lambda c: c[0] != Command.WRITE_PARAMETER),
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


def _echo(host: serial.Serial) -> list[Frame]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        host.reset_input_buffer()
        host.write(ECHO)
        found = frames(host, 2, 0.1)
        if any(frame.content == ALIVE for frame in found):
            return found
    return []

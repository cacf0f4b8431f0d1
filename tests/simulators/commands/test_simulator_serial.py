"""Simulated serial devices, from outside: raw frames by pyserial, lines on standard input, signals."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from pyfingerprint.pyfingerprint import PyFingerprint

from simulators.commands.named import named_finger
from tests.simulators.commands.programs import AMIN, ANSWER_S, Program, refused, wait_for

# Read the status, read parameter 6E (firmware): 40 command param size flag sum 0A.
SFM_STATUS = bytes.fromhex("4004 00000000 00000000 00 44 0A")
SFM_ISO = bytes.fromhex("4001 00000000 31000000 96 08 0A")
PRINTER_PAPER = bytes.fromhex("100404")


@pytest.fixture
def finger(tmp_path: Path) -> Iterator[Program]:
    link = str(tmp_path / "finger")
    with Program("fingerprint", "--protocol", "sfm", "--link", link, "--unpaced") as program:
        yield program


def ask(line: serial.Serial, request: bytes, size: int) -> bytes:
    line.write(request)
    return bytes(line.read(size))


def opened(path: str, timeout: float = ANSWER_S) -> serial.Serial:
    return serial.Serial(path, 115200, timeout=timeout, exclusive=True)


def awake(path: str) -> serial.Serial:
    """Open a module and wait until it listens: it is silent for a moment after power-on."""
    line = opened(path, 0.3)
    wait_for(lambda: len(ask(line, SFM_STATUS, 13)) == 13)
    line.timeout = ANSWER_S
    return line


def good(packet: bytes) -> bool:
    return len(packet) == 13 and packet[12] == 0x0A and sum(packet[:11]) % 256 == packet[11]


def test_the_line_appears_answers_and_vanishes(finger: Program, tmp_path: Path) -> None:
    assert finger.where == str(tmp_path / "finger")
    with awake(finger.where) as line:
        assert good(ask(line, SFM_STATUS, 13))
    finger.end_input()
    finger.gone()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_well(tmp_path: Path, number: int) -> None:
    with Program("printer", "--link", str(tmp_path / "printer")) as program:
        program.terminate(number)
        program.gone()
    assert not list(tmp_path.iterdir())


def test_without_a_link_it_finds_a_place_and_cleans_it_up() -> None:
    with Program("printer") as program:
        assert Path(program.where).exists()
    assert not Path(program.where).parent.exists()


def test_the_finger_of_a_name_matches_its_template(finger: Program) -> None:
    template = named_finger("ali").template()
    request = bytearray(b"\x40\x22" + bytes((1, 0, 0, 0)))
    request += len(template).to_bytes(4, "little") + b"\0"
    request += bytes((sum(request) % 256, 0x0A)) + template + b"\x0a"
    with awake(finger.where) as line:
        assert ask(line, SFM_ISO, 13)[10] == 0x61
        for name, code in (("Ali", 0x61), ("sara", 0x6A)):
            finger.does(f"finger {name}")
            assert finger.state()["finger"] == name
            answers = ask(line, bytes(request), 26)
            assert (answers[10], answers[23]) == (0x62, code)
            finger.does("lift")
    assert finger.state()["finger"] is None


def test_faults_strike_when_told_and_only_then(finger: Program) -> None:
    with awake(finger.where) as line:
        whole = ask(line, SFM_STATUS, 13)
        finger.does("fault corrupt")
        damaged = ask(line, SFM_STATUS, 13)
        assert damaged != whole
        assert not good(damaged)
        assert ask(line, SFM_STATUS, 13) == whole
        finger.does("fault drop")
        line.timeout = 0.5
        assert len(ask(line, SFM_STATUS, 13)) == 12
        line.timeout = ANSWER_S
        finger.does("fault duplicate")
        assert ask(line, SFM_STATUS, 26) == whole * 2
        finger.does("fault split")
        assert ask(line, SFM_STATUS, 13) == whole


def test_a_fault_waits_for_its_turn(finger: Program) -> None:
    with awake(finger.where) as line:
        whole = ask(line, SFM_STATUS, 13)
        finger.does("fault corrupt at 3")
        assert [ask(line, SFM_STATUS, 13) == whole for _ in range(4)] == [True, True, False, True]
        finger.does("fault corrupt rate 1")
        assert not good(ask(line, SFM_STATUS, 13))
        assert not good(ask(line, SFM_STATUS, 13))
        finger.does("fault none")
        assert ask(line, SFM_STATUS, 13) == whole
        finger.does("fault cut")
        with pytest.raises((OSError, serial.SerialException)):
            ask(line, SFM_STATUS, 13)
    # The host sees its end of the line go a moment before the plug is out.
    wait_for(lambda: not finger.state()["plugged"])


def zfm(content: str) -> bytes:
    """A command frame of a ZFM module."""
    body = b"\x01" + (len(content) // 2 + 2).to_bytes(2, "big") + bytes.fromhex(content)
    return b"\xef\x01\xff\xff\xff\xff" + body + sum(body).to_bytes(2, "big")


def test_a_zfm_module_speaks_raw_frames(tmp_path: Path) -> None:
    arguments = ("--protocol", "zfm", "--link", str(tmp_path / "zfm"), "--unpaced")
    with Program("fingerprint", *arguments) as program, opened(program.where) as line:
        accepted = bytes.fromhex("EF01FFFFFFFF07000300000A")
        assert ask(line, zfm("1300000000"), 12) == accepted
        no_finger = ask(line, zfm("01"), 12)
        assert no_finger[9] == 0x02
        program.does("fault corrupt")
        damaged = ask(line, zfm("01"), 12)
        assert damaged[:10] == no_finger[:10]
        assert damaged[10:] != no_finger[10:]
        program.does("finger ali")
        assert ask(line, zfm("01"), 12) == accepted
        assert ask(line, zfm("0201"), 12) == accepted


@pytest.mark.slow
def test_stored_fingers_are_found_by_an_independent_client(tmp_path: Path) -> None:
    arguments = ("--protocol", "zfm", "--store", "sara", "--store", "ali", "--unpaced")
    with Program("fingerprint", *arguments, "--flash", str(tmp_path / "flash")) as program:
        module = PyFingerprint(program.where, 57600, 0xFFFFFFFF, 0)
        assert module.verifyPassword()
        assert module.getTemplateCount() == 2
        assert not module.readImage()
        for name, place in (("ali", 1), ("sara", 0), ("nobody", -1)):
            program.does(f"finger {name}")
            assert module.readImage()
            module.convertImage(1)
            assert module.searchTemplate()[0] == place
        program.does("fault corrupt")
        with pytest.raises(Exception, match="checksum"):
            module.readImage()


def test_unplugged_and_replugged_under_the_same_name(finger: Program) -> None:
    with awake(finger.where) as line:
        finger.does("unplug")
        assert not Path(finger.where).exists()
        assert not finger.state()["plugged"]
        assert finger.tell("unplug").startswith("error ")
        with pytest.raises((OSError, serial.SerialException)):
            ask(line, SFM_STATUS, 13)
    finger.does("replug")
    assert finger.tell("replug").startswith("error ")
    with awake(finger.where) as line:
        assert good(ask(line, SFM_STATUS, 13))


def test_what_it_does_not_understand_does_it_no_harm(finger: Program) -> None:
    for line in ("eject", "fault", "finger", "fault corrupt at 0", "x" * 100_000, "\0", "\ufffd"):
        assert finger.tell(line).startswith("error ")
    assert finger.process.stdin is not None
    finger.process.stdin.write("\n# a remark\n   \n")
    assert "finger NAME" in finger.tell("help")
    assert "corrupt" in finger.tell("help fault")


def test_commands_in_the_pipe_are_done_before_the_end() -> None:
    done = subprocess.run(
        [*AMIN, "printer"],
        input=b"paper out\nstate\n\xff\nhelp",
        capture_output=True,
        timeout=ANSWER_S,
        check=True,
    )
    ready, ok, state, error, unfinished = done.stdout.decode().splitlines()
    assert ready.startswith("ready ")
    assert ok == "ok"
    assert '"paper_left_mm": 0.0' in state
    assert error == "error write UTF-8"
    assert unfinished.startswith("ok ")


def test_a_reader_that_has_gone_ends_it_well(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*AMIN, "printer", "--link", str(tmp_path / "printer")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline().startswith(b"ready ")
        program.stdout.close()
        program.stdin.write(b"state\nstate\n")
        program.stdin.flush()
        assert program.wait(ANSWER_S) == 0
        assert program.stderr.read() == b""
    assert not list(tmp_path.iterdir())


def test_a_printer_says_what_it_lacks(tmp_path: Path) -> None:
    out = tmp_path / "receipts"
    with Program("printer", "--unpaced", "--out", str(out)) as program:
        with opened(program.where) as line:
            assert ask(line, PRINTER_PAPER, 1) == b"\x12"
            program.does("paper out")
            assert ask(line, PRINTER_PAPER, 1)[0] & 0x60 == 0x60
            program.does("paper ok")
            assert ask(line, PRINTER_PAPER, 1) == b"\x12"
            # Eight rows of one black byte, then a cut; the paper report says that it is out.
            line.write(
                bytes.fromhex("1D763000 0100 0800") + b"\xff" * 8 + bytes.fromhex("1D564200")
            )
            assert len(ask(line, bytes.fromhex("1D7201"), 1)) == 1
        assert program.state()["receipts"] == 1
    assert (out / "receipt-0001.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_of_others_is_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine")
    assert "is no link" in refused("printer", "--link", str(kept))
    assert kept.read_text() == "mine"
    assert "is missing" in refused("printer", "--link", str(tmp_path / "nowhere" / "printer"))


def test_a_stale_link_is_taken_over(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    link.symlink_to("/dev/pts/gone")
    with Program("printer", "--link", str(link)) as program, opened(program.where) as line:
        assert ask(line, PRINTER_PAPER, 1) == b"\x12"


def test_a_scanner_sends_what_it_is_shown() -> None:
    with Program("scanner", "--unpaced") as program, opened(program.where, 0.5) as line:
        program.does("scan B1 7F3A ")
        assert line.read(100) == b"]Q1B1 7F3A \r\n"
        program.does("no end")
        program.does("scan B2")
        assert line.read(100) == b"]Q1B2"
        program.does("fault glued")
        program.does("scan B3")
        assert line.read(100) == b"]Q1B3\r\n" * 2
        program.does("fault drop")
        program.does("scan B4")
        assert len(line.read(100)) == len(b"]Q1B4\r\n") - 1
        assert program.tell("scan").startswith("error ")
        assert program.state()["scans"] == 4


def test_a_ups_answers_as_upsd_does() -> None:
    with Program("ups", "--name", "branch") as program:
        host, _, port = program.where.rpartition(":")
        with socket.create_connection((host, int(port)), ANSWER_S) as client:
            lines = client.makefile("rw")

            def status() -> str:
                lines.write("GET VAR branch ups.status\n")
                lines.flush()
                return lines.readline().strip()

            assert status() == 'VAR branch ups.status "OL"'
            program.does("battery")
            assert status() == 'VAR branch ups.status "OB DISCHRG"'
            program.does("charge 12")
            assert '"OB LB' in status()
            program.does("stale")
            assert status() == "ERR DATA-STALE"
            program.does("fault none")
            assert '"OL' in status()
            program.does("unplug")
            assert lines.readline() == ""
            lines.close()
        program.does("replug")
        with socket.create_connection((host, int(port)), ANSWER_S):
            pass


def test_a_ups_that_cannot_be_is_named() -> None:
    assert "--name" in refused("ups", "--name", "a b")
    assert "HOST:PORT" in refused("ups", "--listen", "nowhere")


def test_a_line_can_be_reached_over_tcp() -> None:
    with Program("printer", "--unpaced", "--tcp", "127.0.0.1:0") as program:
        with serial.serial_for_url(f"socket://{program.where}", timeout=ANSWER_S) as line:
            line.write(PRINTER_PAPER)
            assert line.read(1) == b"\x12"
        program.does("unplug")
        assert not program.state()["plugged"]
    assert "--tcp" in refused("printer", "--tcp", "192.0.2.1:1")

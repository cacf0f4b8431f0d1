"""The serial line against a real pseudo-terminal: limits, and one error for every kind of loss."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceLost, DeviceNotFound, DeviceTimeout
from drivers.serial_line import SerialLine
from simulators.serial_line import SimulatedLine

BAUD = 115200


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[SimulatedLine]:
    with SimulatedLine(tmp_path / "line", BAUD, random.Random(1)) as line:
        yield line


@pytest.fixture
def line(far_end: SimulatedLine) -> Iterator[SerialLine]:
    line = SerialLine.open(str(far_end.path), BAUD, write_timeout_s=0.3)
    yield line
    line.close()


def test_bytes_go_both_ways(far_end: SimulatedLine, line: SerialLine) -> None:
    line.write(b"question")
    got = b""
    while len(got) < 8:
        got += far_end.read(1)
    assert got == b"question"
    far_end.write(b"answer")
    got = b""
    while len(got) < 6:
        got += line.read(1)
    assert got == b"answer"


def test_a_read_without_bytes_ends_in_time(far_end: SimulatedLine, line: SerialLine) -> None:
    begun = time.monotonic()
    assert line.read(0.2) == b""
    assert 0.19 < time.monotonic() - begun < 0.5


def test_bytes_take_the_time_of_their_baud_rate(far_end: SimulatedLine, line: SerialLine) -> None:
    sender = threading.Thread(target=far_end.write, args=(bytes(1152),))
    begun = time.monotonic()
    sender.start()
    count = 0
    while count < 1152:
        count += len(line.read(1))
    sender.join()
    assert 0.09 < time.monotonic() - begun < 0.4


def test_an_unplugged_device_is_lost_for_every_call(
    far_end: SimulatedLine, line: SerialLine
) -> None:
    far_end.unplug()
    with pytest.raises(DeviceLost):
        line.read(0.1)
    with pytest.raises(DeviceLost):
        line.write(b"x")
    with pytest.raises(DeviceLost):
        line.discard_input()
    line.close()
    line.close()
    with pytest.raises(DeviceNotFound):
        SerialLine.open(str(far_end.path), BAUD)


def test_unplugging_wakes_a_reader(far_end: SimulatedLine, line: SerialLine) -> None:
    threading.Timer(0.1, far_end.unplug).start()
    begun = time.monotonic()
    with pytest.raises(DeviceLost):
        line.read(10)
    assert time.monotonic() - begun < 1


def test_the_name_is_back_after_replugging(far_end: SimulatedLine, line: SerialLine) -> None:
    far_end.unplug()
    far_end.plug()
    line.close()
    again = SerialLine.open(str(far_end.path), BAUD)
    far_end.write(b"hello")
    got = b""
    while len(got) < 5:
        got += again.read(1)
    assert got == b"hello"
    again.close()


def test_a_device_that_takes_no_data_is_a_timeout(far_end: SimulatedLine, line: SerialLine) -> None:
    with pytest.raises(DeviceTimeout):
        line.write(bytes(200_000))


def test_a_second_opener_is_kept_out(far_end: SimulatedLine, line: SerialLine) -> None:
    with pytest.raises(DeviceNotFound):
        SerialLine.open(str(far_end.path), BAUD)


@pytest.mark.parametrize("path", ["/nonexistent/line", "nonsense://x", "/dev/null"])
def test_what_is_no_serial_line_is_not_found(path: str) -> None:
    with pytest.raises(DeviceNotFound):
        SerialLine.open(path, BAUD)

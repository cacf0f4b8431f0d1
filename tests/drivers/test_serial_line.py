"""The serial line against a real pseudo-terminal: limits, and one error for every kind of loss."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError
from drivers.serial_line import SerialLine
from simulators.serial_line import LATE_S, LineFault, SimulatedLine

BAUD = 115200
ON_A_BUSY_MACHINE_S = 20.0
"""What ends in time may end this late there; what does not end at all still shows."""


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
    assert 0.19 < time.monotonic() - begun < ON_A_BUSY_MACHINE_S


def test_bytes_take_the_time_of_their_baud_rate(far_end: SimulatedLine, line: SerialLine) -> None:
    sender = threading.Thread(target=far_end.write, args=(bytes(1152),))
    begun = time.monotonic()
    sender.start()
    count = 0
    while count < 1152:
        count += len(line.read(1))
    sender.join()
    assert 0.09 < time.monotonic() - begun < ON_A_BUSY_MACHINE_S


def test_an_unplugged_device_is_lost_for_every_call(
    far_end: SimulatedLine, line: SerialLine
) -> None:
    far_end.unplug()
    with pytest.raises(DeviceLostError):
        line.read(0.1)
    with pytest.raises(DeviceLostError):
        line.write(b"x")
    with pytest.raises(DeviceLostError):
        line.discard_input()
    line.close()
    line.close()
    with pytest.raises(DeviceNotFoundError):
        SerialLine.open(str(far_end.path), BAUD)


def test_unplugging_wakes_a_reader(far_end: SimulatedLine, line: SerialLine) -> None:
    threading.Timer(0.1, far_end.unplug).start()
    begun = time.monotonic()
    with pytest.raises(DeviceLostError):
        line.read(10)
    assert time.monotonic() - begun < ON_A_BUSY_MACHINE_S


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
    with pytest.raises(DeviceTimeoutError):
        line.write(bytes(200_000))


def test_a_second_opener_is_kept_out(far_end: SimulatedLine, line: SerialLine) -> None:
    with pytest.raises(DeviceNotFoundError):
        SerialLine.open(str(far_end.path), BAUD)


@pytest.mark.parametrize("path", ["/nonexistent/line", "nonsense://x", "/dev/null"])
def test_what_is_no_serial_line_is_not_found(path: str) -> None:
    with pytest.raises(DeviceNotFoundError):
        SerialLine.open(path, BAUD)


# ---------------------------------------------------------------- faults of the simulated end

ANSWER = bytes(range(40))


def heard(line: SerialLine, limit_s: float = 0.3) -> bytes:
    got = b""
    while chunk := line.read(limit_s):
        got += chunk
    return got


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        (LineFault.CORRUPT, lambda got: len(got) == 40 and _bits(got, ANSWER) == 1),
        (LineFault.DROP, lambda got: len(got) == 39 and set(got) < set(ANSWER)),
        (LineFault.GARBAGE, lambda got: len(got) > 40 and got.endswith(ANSWER)),
        (LineFault.DUPLICATE, lambda got: got == ANSWER + ANSWER),
        (LineFault.SILENCE, lambda got: got == b""),
        (LineFault.SHORT, lambda got: len(got) < 40 and ANSWER.startswith(got)),
        (LineFault.SPLIT, lambda got: got == ANSWER),
        (LineFault.LATE, lambda got: got == ANSWER),
    ],
)
def test_each_fault_does_what_its_name_says_once(
    far_end: SimulatedLine, line: SerialLine, kind: LineFault, holds: Callable[[bytes], bool]
) -> None:
    far_end.fault(kind)
    begun = time.monotonic()
    far_end.write(ANSWER)
    if kind is LineFault.LATE:
        assert time.monotonic() - begun > LATE_S * 0.9
    assert holds(heard(line))
    far_end.write(ANSWER)
    assert heard(line) == ANSWER


def _bits(a: bytes, b: bytes) -> int:
    return sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True))


def test_a_fault_may_strike_a_later_answer(far_end: SimulatedLine, line: SerialLine) -> None:
    far_end.fault(LineFault.SILENCE, at=3)
    far_end.fault(LineFault.SHORT, after=2)
    got = []
    for _ in range(4):
        far_end.write(ANSWER)
        got.append(heard(line, 0.1))
    assert got == [ANSWER[:2], ANSWER, b"", ANSWER]
    with pytest.raises(ValueError, match="counted from 1"):
        far_end.fault(LineFault.SILENCE, at=0)


def test_a_plug_is_pulled_after_so_many_bytes(far_end: SimulatedLine, line: SerialLine) -> None:
    told: list[bool] = []
    far_end.on_cut = lambda: told.append(far_end.plugged)
    far_end.fault(LineFault.CUT, after=5)
    sender = threading.Thread(target=far_end.write, args=(ANSWER,))
    sender.start()
    got: list[bytes] = []

    def read_on() -> None:
        while True:
            got.append(line.read(2))

    with pytest.raises(DeviceLostError):
        read_on()
    sender.join()
    assert ANSWER[:5].startswith(b"".join(got))
    assert told == [False]
    far_end.plug()
    line.close()
    again = SerialLine.open(str(far_end.path), BAUD)
    far_end.write(ANSWER)
    assert heard(again) == ANSWER
    again.close()


def test_faults_strike_at_their_rate(tmp_path: Path) -> None:
    with SimulatedLine(tmp_path / "rate", BAUD, random.Random(7), paced=False) as far_end:
        line = SerialLine.open(str(far_end.path), BAUD)
        far_end.faults_at_rate(LineFault.SILENCE, 0.25)
        for number in range(200):
            far_end.write(bytes((number,)))
        lost = 200 - len(heard(line))
        # Three standard deviations of 200 answers.
        assert abs(lost - 50) < 19
        far_end.faults_at_rate(LineFault.SILENCE, 0)
        far_end.write(ANSWER)
        assert heard(line) == ANSWER
        far_end.faults_at_rate(LineFault.SILENCE, 1)
        far_end.fault(LineFault.CORRUPT)
        far_end.clear_faults()
        far_end.write(ANSWER)
        assert heard(line) == ANSWER
        with pytest.raises(ValueError, match="0 to 1"):
            far_end.faults_at_rate(LineFault.SILENCE, 2)
        line.close()


def test_an_unpaced_line_waits_for_whoever_fetches_slowly(tmp_path: Path) -> None:
    with SimulatedLine(tmp_path / "fast", BAUD, random.Random(1), paced=False) as far_end:
        line = SerialLine.open(str(far_end.path), BAUD)
        sender = threading.Thread(target=far_end.write, args=(bytes(60_000),))
        sender.start()
        assert len(heard(line)) == 60_000
        sender.join()
        line.close()

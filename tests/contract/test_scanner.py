"""What every code scanner does, on a serial line and behind a network port."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceLostError, DeviceNotFoundError, DriverError
from drivers.scanner.seam import RejectedScan, ScanEvent, Scanned, Scanner, ScanRejection
from drivers.scanner.serial_scanner import ScannerLimits, SerialScanner
from drivers.scanner.wire import Framing
from simulators.scanner.serial_scanner import FAULTS, ScannerSimulator
from simulators.serial_line import LineFault
from simulators.serial_server import SerialServer

BAUD = 115_200
LONG_S = 10.0
"""More than anything here takes, also on a busy machine."""
QUIET_S = 0.3


@pytest.fixture
def device(tmp_path: Path) -> Iterator[ScannerSimulator]:
    with ScannerSimulator(tmp_path / "scanner", baud=BAUD, seed=1) as simulator:
        yield simulator


@pytest.fixture(params=["serial", "network"])
def scanner(request: pytest.FixtureRequest, device: ScannerSimulator) -> Iterator[Scanner]:
    if request.param == "serial":
        serial = SerialScanner.open(device.path, BAUD)
        yield serial
        serial.close()
        return
    with SerialServer(Path(device.path)) as server:
        network = SerialScanner.open(server.url, BAUD)
        # The box has to have opened its serial side before anything is scanned.
        device.scan("first")
        assert network.next(LONG_S) == Scanned("first", "Q")
        yield network
        network.close()


def test_a_code_is_given_without_its_frame(scanner: Scanner, device: ScannerSimulator) -> None:
    device.scan("AMIN:12-34/ab")
    assert scanner.next(LONG_S) == Scanned("AMIN:12-34/ab", "Q")
    assert scanner.next(0) is None


def test_two_codes_back_to_back_are_two(scanner: Scanner, device: ScannerSimulator) -> None:
    device.scan("one")
    device.scan("two")
    assert [scanner.next(LONG_S), scanner.next(LONG_S)] == [
        Scanned("one", "Q"),
        Scanned("two", "Q"),
    ]


@pytest.mark.parametrize("fault", ["repeated", "glued"])
def test_a_code_that_lies_before_the_scanner_is_given_once(
    scanner: Scanner, device: ScannerSimulator, fault: str
) -> None:
    device.strike(fault)
    device.scan("same")
    device.scan("other")
    device.scan("same")
    given = [scanner.next(LONG_S) for _ in range(3)]
    assert given == [Scanned("same", "Q"), Scanned("other", "Q"), Scanned("same", "Q")]
    assert scanner.next(QUIET_S) is None


def test_a_code_without_end_is_dropped_and_told(scanner: Scanner, device: ScannerSimulator) -> None:
    device.strike("no end")
    device.scan("half")
    assert scanner.next(LONG_S) == RejectedScan(ScanRejection.NO_END)
    device.scan("whole")
    assert scanner.next(LONG_S) == Scanned("whole", "Q")


def test_another_encoding_is_refused(scanner: Scanner, device: ScannerSimulator) -> None:
    device.strike("encoding")
    device.scan("abc")
    assert scanner.next(LONG_S) == RejectedScan(ScanRejection.CHARACTERS)
    device.scan("رأی")
    assert scanner.next(LONG_S) == RejectedScan(ScanRejection.CHARACTERS)


def test_noise_is_never_a_text_of_ours(scanner: Scanner, device: ScannerSimulator) -> None:
    device.strike("noise")
    seen: list[ScanEvent] = []
    while (event := scanner.next(QUIET_S)) is not None:
        seen.append(event)
    assert seen
    assert all(isinstance(event, RejectedScan) for event in seen)
    device.scan("AMIN-1")
    assert scanner.next(LONG_S) == Scanned("AMIN-1", "Q")


@pytest.mark.parametrize("kind", [LineFault.SPLIT, LineFault.DUPLICATE])
def test_a_line_that_stutters_changes_nothing(
    scanner: Scanner, device: ScannerSimulator, kind: LineFault
) -> None:
    device.fault(kind)
    device.scan("AMIN-1")
    assert scanner.next(LONG_S) == Scanned("AMIN-1", "Q")
    assert scanner.next(QUIET_S) is None


def only_broken_off(scanner: Scanner) -> None:
    while True:
        assert scanner.next(LONG_S) == RejectedScan(ScanRejection.NO_END)


def test_unplugged_in_the_middle_of_a_code_and_found_again(
    scanner: Scanner, device: ScannerSimulator
) -> None:
    device.strike("cut off")
    device.scan("AMIN-1")
    with pytest.raises(DeviceLostError):
        only_broken_off(scanner)
    with pytest.raises(DriverError):
        scanner.next(LONG_S)
    device.replug()
    deadline = time.monotonic() + LONG_S
    heard: ScanEvent | None = None
    while heard is None:
        assert time.monotonic() < deadline
        device.scan("AMIN-2")
        with contextlib.suppress(DriverError):
            heard = scanner.next(QUIET_S)
    assert heard == Scanned("AMIN-2", "Q")


def test_a_wait_can_be_cancelled(scanner: Scanner) -> None:
    begun = time.monotonic()
    threading.Timer(0.2, scanner.cancel).start()
    assert scanner.next(60) is None
    assert time.monotonic() - begun < 30


def test_a_scanner_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceNotFoundError, match="cable"):
        SerialScanner.open(str(tmp_path / "none"))


def test_what_was_scanned_while_nobody_listened_is_forgotten(tmp_path: Path) -> None:
    with ScannerSimulator(tmp_path / "scanner", baud=BAUD) as device:
        device.scan("old")
        scanner = SerialScanner.open(device.path, BAUD)
        device.scan("new")
        assert scanner.next(LONG_S) == Scanned("new", "Q")
        scanner.close()


def test_a_frame_of_its_own(tmp_path: Path) -> None:
    with ScannerSimulator(
        tmp_path / "s", baud=BAUD, prefix=b"\x02", suffix=b"\x03", aim=b"", end=b"\r"
    ) as device:
        scanner = SerialScanner.open(device.path, BAUD, Framing(b"\x02", b"\x03"))
        device.scan("AMIN-1")
        assert scanner.next(LONG_S) == Scanned("AMIN-1")
        scanner.close()


def test_every_fault_is_known_by_name(device: ScannerSimulator) -> None:
    with pytest.raises(ValueError, match="no end"):
        device.strike("coffee")
    for fault in FAULTS:
        device.strike(fault)


class ScriptedLine:
    """Chunks, with None for a silence, and then the end of the line."""

    def __init__(self, chunks: list[bytes | None], clock: list[float]) -> None:
        self._chunks = chunks
        self._clock = clock

    def read(self, timeout_s: float) -> bytes:
        if not self._chunks:
            raise DeviceLostError("end of the script")
        chunk = self._chunks.pop(0)
        self._clock[0] += timeout_s if chunk is None else 0.001
        return chunk or b""

    def write(self, data: bytes) -> None:
        raise AssertionError("a scanner is sent nothing")

    def discard_input(self) -> None: ...

    def close(self) -> None: ...


def script(
    chunks: list[bytes | None], limits: ScannerLimits | None = None
) -> tuple[list[float], Scanner]:
    clock = [0.0]
    return clock, SerialScanner(
        lambda: ScriptedLine(chunks, clock), limits=limits, clock=lambda: clock[0]
    )


def test_the_same_text_counts_again_after_its_time() -> None:
    _, scanner = script([b"a\r", b"a\r", *[None] * 30, b"a\r"])
    assert scanner.next(1) == Scanned("a")
    assert scanner.next(1) is None
    assert scanner.next(5) == Scanned("a")


def test_a_code_seen_all_the_time_is_one() -> None:
    """Each reading renews the time, so that a slip left in front of the scanner counts once."""
    _, scanner = script([b"a\r", *[None, None, None, None, None, b"a\r"] * 20])
    assert scanner.next(1) == Scanned("a")
    assert scanner.next(9) is None


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=30) | st.none(), max_size=20))
def test_whatever_comes_only_driver_errors_come_out(chunks: list[bytes | None]) -> None:
    _, scanner = script(chunks)
    with contextlib.suppress(DriverError):
        while True:
            scanner.next(0.5)

"""The simulated printer itself: what a window can show of it, automatic status, text, columns."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.serial_line import SerialLine
from simulators.printer.escpos import EscposSimulator, PrinterState, Trouble
from simulators.serial_server import SerialServer

RASTER_ROW = b"\x1dv0\x00\x48\x00"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[EscposSimulator]:
    with EscposSimulator(tmp_path / "printer", paced=False) as simulator:
        yield simulator


@pytest.fixture
def line(device: EscposSimulator) -> Iterator[SerialLine]:
    line = SerialLine.open(device.path, 115_200)
    yield line
    line.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def raster(rows: int) -> bytes:
    return RASTER_ROW + rows.to_bytes(2, "little") + b"\xaa" * 72 * rows


def test_the_strip_can_be_seen_growing(device: EscposSimulator, line: SerialLine) -> None:
    assert device.view().state is PrinterState.READY
    assert device.view().rows == b""
    line.write(raster(80)[:-72])
    until(lambda: device.hanging() == 79)
    seen = device.view(last_rows=10)
    assert seen.state is PrinterState.PRINTING
    assert (seen.rows, seen.first_row) == (b"\xaa" * 720, 69)
    assert seen.printed_mm == pytest.approx(79 / 8)
    line.write(b"\xaa" * 72 + b"\x1dV\x00")
    until(lambda: device.view().strips == 1)
    assert (device.view().printed_mm, device.view().state) == (0, PrinterState.READY)
    device.cause(Trouble.COVER_OPEN)
    assert device.view().state is PrinterState.STOPPED
    assert device.view().troubles == (Trouble.COVER_OPEN,)
    device.cause(Trouble.POWER_CUT)
    assert device.view().state is PrinterState.OFF


def test_feeding_stops_where_the_paper_ends(device: EscposSimulator, line: SerialLine) -> None:
    device.cause(Trouble.PAPER_END, after_rows=40)
    line.write(b"\x1bd\x05")
    until(lambda: device.view().state is PrinterState.STOPPED)
    assert device.hanging() == 40


def test_automatic_status_tells_each_change(device: EscposSimulator, line: SerialLine) -> None:
    line.write(b"\x1da\x0f")
    assert line.read(5) == b"\x10\0\0\0"
    device.cause(Trouble.COVER_OPEN)
    assert line.read(5) == b"\x38\0\0\0"
    device.mend(Trouble.COVER_OPEN)
    assert line.read(5) == b"\x10\0\0\0"
    device.cause(Trouble.PAPER_NEAR_END)
    assert line.read(5) == b"\x10\0\x03\0"
    line.write(b"\x1da\x00\x1dr\x01")
    assert line.read(5) == b"\x03"
    device.cause(Trouble.HEAD_HOT)
    assert line.read(0.2) == b""


def test_text_and_columns_are_drawn_in_lines(device: EscposSimulator, line: SerialLine) -> None:
    line.write(
        b"\x1b@AMIN\n\x1b3\x10\x1b*\x21\x02\x00" + b"\x80\x00\x01\xff\xff\xff" + b"\n\x1dV\x00"
    )
    until(lambda: bool(device.receipts()))
    rows = device.receipts()[0].rows
    assert len(rows) // 72 == 30 + 24
    text, columns = rows[: 30 * 72], rows[30 * 72 :]
    assert any(text)
    inked = [any(text[y * 72 + 6 : y * 72 + 72]) for y in range(30)]
    assert not any(inked)  # four characters of 12 dots
    assert [columns[y * 72] >> 6 for y in range(24)] == [0b11] + [0b01] * 22 + [0b11]


def test_a_command_longer_than_the_buffer_is_worked_off(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "p", paced=False, buffer_bytes=1024) as device:
        line = SerialLine.open(device.path, 115_200)
        data = b"0p0\x01\x011" + (576).to_bytes(2, "little") + (100).to_bytes(2, "little")
        data += b"\x55" * 7200
        line.write(
            b"\x1d(L" + len(data).to_bytes(2, "little") + data + b"\x1d(L\x02\x0002\x1dV\x00"
        )
        until(lambda: bool(device.receipts()))
        assert device.receipts()[0].rows == b"\x55" * 7200
        line.close()


def test_an_unknown_fault_is_refused_with_all_names(device: EscposSimulator) -> None:
    with pytest.raises(ValueError, match="head hot"):
        device.strike("paper eaten")


def test_a_network_port_takes_one_client_and_ends_with_the_cable(device: EscposSimulator) -> None:
    with SerialServer(Path(device.path)) as server:
        first = SerialLine.open(server.url, 115_200)
        first.write(b"\x10\x04\x01")
        assert first.read(5) == b"\x12"
        second = SerialLine.open(server.url, 115_200)
        with pytest.raises(Exception, match="gone"):
            until(lambda: bool(second.read(0.1)))
        device.unplug()
        with pytest.raises(Exception, match="gone"):
            until(lambda: bool(first.read(0.1)))
        first.close()
        second.close()
    assert not os.path.lexists(device.path)

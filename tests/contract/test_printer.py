"""What every printer does, whatever line leads to it: a serial port, a network port, a USB class device."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceNotFoundError, DriverError
from drivers.printer.escpos import EscposPrinter
from drivers.printer.lines import NodeLine, open_line
from drivers.printer.seam import (
    WIDTH_58_MM,
    WIDTH_80_MM,
    PaperState,
    Piece,
    Printer,
    PrintOutcome,
    Raster,
    StopCause,
)
from drivers.printer.strip import PrinterLimits
from drivers.serial_line import SerialLine
from simulators.printer.escpos import FAULTS, EscposSimulator, PrinterState, Trouble
from simulators.serial_server import SerialServer

BAUD = 115_200
LIMITS = PrinterLimits(status_s=0.5, confirm_s=3.0)
LINES = (("serial port", WIDTH_80_MM), ("network port", WIDTH_80_MM), ("usb device", WIDTH_58_MM))


@pytest.fixture(params=LINES, ids=lambda line: f"{line[0]} {line[1]}")
def line(request: pytest.FixtureRequest) -> tuple[str, int]:
    name, width = request.param
    return str(name), int(width)


@pytest.fixture
def width(line: tuple[str, int]) -> int:
    return line[1]


@pytest.fixture
def device(tmp_path: Path, width: int) -> Iterator[EscposSimulator]:
    with EscposSimulator(
        tmp_path / "printer", width_px=width, paced=False, boot_s=0.0
    ) as simulator:
        yield simulator


@pytest.fixture
def printer(line: tuple[str, int], device: EscposSimulator, width: int) -> Iterator[Printer]:
    match line[0]:
        case "network port":
            with SerialServer(Path(device.path)) as server:
                network = EscposPrinter.open(server.url, BAUD, width, limits=LIMITS)
                yield network
                network.close()
            return
        case "usb device":
            made = EscposPrinter(lambda: NodeLine.open(device.path), BAUD, width, limits=LIMITS)
        case _:
            made = EscposPrinter.open(device.path, BAUD, width, limits=LIMITS)
    yield made
    made.close()


def strip(width: int, rows: int = 300) -> Raster:
    return Raster(width, random.Random(rows).randbytes(width // 8 * rows))


def without_pairs(rows: bytes) -> bytes:
    """The strip as it may come out: a dot more where a real-time command would hide."""
    return rows.replace(b"\x10\x04", b"\x10\x0c").replace(b"\x10\x14", b"\x10\x1c")


def test_a_strip_comes_out_dot_for_dot(
    printer: Printer, device: EscposSimulator, width: int
) -> None:
    bitmap = strip(width)
    assert printer.print_raster(bitmap).outcome is PrintOutcome.PRINTED
    (receipt,) = device.receipts()
    assert receipt.width_px == width
    assert without_pairs(receipt.rows[: len(bitmap.rows)]) == without_pairs(bitmap.rows)


@pytest.mark.parametrize(
    ("fault", "mended", "cause"),
    [
        ("paper out", "paper ok", StopCause.PAPER_END),
        ("cover open", "cover closed", StopCause.COVER_OPEN),
        ("broken", "repaired", StopCause.MECHANICAL),
        ("power cut", "power on", StopCause.SILENT),
    ],
)
def test_a_strip_that_breaks_off_is_told_by_rows(
    printer: Printer, device: EscposSimulator, width: int, fault: str, mended: str, cause: StopCause
) -> None:
    device.strike(fault, after_rows=100)
    result = printer.print_raster(strip(width))
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, cause)
    assert (result.rows_confirmed, device.hanging()) == (96, 100)
    assert 100 <= result.rows_sent <= 144
    device.strike(mended)
    assert printer.print_raster(strip(width)).printed
    fragment, whole = device.receipts()
    assert any(fragment.rows)
    assert whole.rows.startswith(strip(width).rows[: width // 8])


def test_it_is_found_again_after_an_unplug(
    printer: Printer, device: EscposSimulator, width: int
) -> None:
    assert printer.print_raster(strip(width, 10)).printed
    device.unplug()
    assert device.view().state is PrinterState.UNPLUGGED
    with pytest.raises(DriverError):
        printer.status()
    device.replug()
    deadline = time.monotonic() + 20
    while True:
        try:
            assert printer.status().can_print
            break
        except DriverError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert printer.print_raster(strip(width, 10)).printed


def test_a_roll_near_its_end_stops_nothing(
    printer: Printer, device: EscposSimulator, width: int
) -> None:
    device.strike("paper near end")
    assert printer.status().paper is PaperState.NEAR_END
    result = printer.print_raster(strip(width, 50))
    assert (result.outcome, result.paper) == (PrintOutcome.PRINTED, PaperState.NEAR_END)


def test_a_node_that_is_no_terminal_is_opened_as_such(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "lp0")
    line = open_line(str(tmp_path / "lp0"), BAUD)
    assert isinstance(line, NodeLine)
    line.write(b"\x10\x04\x01")
    assert line.read(1) == b"\x10\x04\x01"
    line.write(b"old")
    line.discard_input()
    assert line.read(0.01) == b""
    line.close()
    line.close()
    with pytest.raises(DeviceNotFoundError, match="cable"):
        open_line(str(tmp_path / "lp1"), BAUD)


def test_a_terminal_is_opened_with_its_baud_rate(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer") as device:
        line = open_line(device.path, BAUD)
        assert isinstance(line, SerialLine)
        line.close()


def test_every_fault_has_a_name_and_an_end() -> None:
    begun = {trouble for trouble, begins in FAULTS.values() if begins}
    assert begun == set(Trouble)
    ended = {trouble for trouble, begins in FAULTS.values() if not begins}
    assert ended == begun - {Trouble.PAPER_NEAR_END}


def test_a_piece_is_begun_looked_at_and_ended(
    printer: Printer, device: EscposSimulator, width: int
) -> None:
    begun, end = strip(width, 60), strip(width, 20)
    assert printer.print_raster(begun, piece=Piece.BEGIN).printed
    assert device.receipts() == ()
    assert device.hanging() > 60, "the last row is fed out, so that it can be seen"
    assert printer.print_raster(end, piece=Piece.END).printed
    (receipt,) = device.receipts()
    rows = without_pairs(receipt.rows)
    assert rows.startswith(without_pairs(begun.rows))
    assert without_pairs(end.rows) in rows


def test_what_hangs_out_is_cut_off_before_anything_else(
    printer: Printer, device: EscposSimulator, width: int
) -> None:
    assert printer.print_raster(strip(width, 30), piece=Piece.BEGIN).printed
    assert printer.print_raster(strip(width, 31), piece=Piece.BEGIN).printed
    assert [any(each.rows) for each in device.receipts()] == [True]
    assert printer.part()
    assert device.hanging() == 0
    assert len(device.receipts()) == 2
    with pytest.raises(ValueError, match="no piece"):
        printer.print_raster(strip(width, 10), piece=Piece.END)
    device.strike("cover open")
    assert printer.part() is False

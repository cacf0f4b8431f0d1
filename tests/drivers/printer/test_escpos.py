"""The receipt printer over its real wire: what came out, and what is known about it."""

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceLost, DeviceNotFound, DriverError
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import Paper, PrintOutcome, Raster
from drivers.serial_line import SerialLine
from simulators.printer.escpos import EscposSimulator, Trouble
from simulators.serial_line import LineFault

BAUD = 115200
RECEIPT = Raster(576, bytes(random.Random(1).choices([0, 0xFF, 0x18, 0x81], k=72 * 500)))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[EscposSimulator]:
    with EscposSimulator(tmp_path / "printer", seed=1, paced=False) as simulator:
        yield simulator


@pytest.fixture
def printer(device: EscposSimulator) -> Iterator[EscposPrinter]:
    printer = EscposPrinter.open(device.path, BAUD)
    yield printer
    printer.close()


def test_a_receipt_comes_out_as_it_was_drawn(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    assert printer.print_raster(RECEIPT) is PrintOutcome.PRINTED
    (receipt,) = device.receipts()
    assert receipt.rows.startswith(RECEIPT.rows)
    assert not any(receipt.rows[len(RECEIPT.rows) :])


def test_a_narrow_bitmap_stands_at_the_left(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    assert printer.print_raster(Raster(16, b"\xff\xff" * 3)) is PrintOutcome.PRINTED
    row = b"\xff\xff".ljust(72, b"\0")
    assert device.receipts()[0].rows.startswith(row * 3)


def test_a_bitmap_wider_than_the_paper_is_a_mistake(printer: EscposPrinter) -> None:
    with pytest.raises(ValueError, match="576"):
        printer.print_raster(Raster(584, bytes(73)))


def test_hidden_real_time_commands_do_no_harm(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    rows = b"\x10\x04\x01\x10\x14\x08" * 12 * 10
    assert printer.print_raster(Raster(576, rows)) is PrintOutcome.PRINTED
    assert device.receipts()[0].rows.startswith(b"\x10\x0c\x01\x10\x1c\x08" * 12 * 10)


@pytest.mark.parametrize(
    "trouble", [t for t in Trouble if t not in (Trouble.PAPER_NEAR_END, Trouble.CUTTER_JAM)]
)
def test_a_printer_in_trouble_is_not_started(
    printer: EscposPrinter, device: EscposSimulator, trouble: Trouble
) -> None:
    device.cause(trouble)
    assert not printer.status().can_print
    assert printer.print_raster(RECEIPT) is PrintOutcome.NOT_STARTED
    assert device.hanging() == 0
    device.mend(trouble)
    assert printer.print_raster(RECEIPT) is PrintOutcome.PRINTED
    assert len(device.receipts()) == 1


@pytest.mark.parametrize(
    "trouble", [Trouble.PAPER_END, Trouble.COVER_OPEN, Trouble.CUTTER_JAM, Trouble.MECHANICAL]
)
def test_trouble_in_the_middle_is_unknown_and_parted_from_the_next_receipt(
    printer: EscposPrinter, device: EscposSimulator, trouble: Trouble
) -> None:
    device.cause(trouble, after_rows=200)
    assert printer.print_raster(RECEIPT) is PrintOutcome.UNKNOWN
    assert printer.print_raster(RECEIPT) is PrintOutcome.NOT_STARTED
    device.mend(trouble)
    assert printer.print_raster(RECEIPT) is PrintOutcome.PRINTED
    fragment, receipt = device.receipts()
    assert fragment.rows[: 200 * 72] == RECEIPT.rows[: 200 * 72]
    assert receipt.rows.startswith(RECEIPT.rows)


def test_a_hot_head_is_waited_for(printer: EscposPrinter, device: EscposSimulator) -> None:
    device.cause(Trouble.HEAD_HOT, after_rows=100)
    threading.Timer(1.5, device.mend, (Trouble.HEAD_HOT,)).start()
    assert printer.print_raster(RECEIPT) is PrintOutcome.PRINTED
    assert device.receipts()[0].rows.startswith(RECEIPT.rows)


def test_unplugged_while_printing_is_unknown(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer") as device:
        printer = EscposPrinter.open(device.path, BAUD)
        threading.Timer(0.5, device.unplug).start()
        assert printer.print_raster(RECEIPT) is PrintOutcome.UNKNOWN
        with pytest.raises(DeviceNotFound):
            printer.print_raster(RECEIPT)
        device.replug()
        assert printer.print_raster(Raster(576, bytes(72))) is PrintOutcome.PRINTED
        assert device.receipts()[-1].height_px < 500
        printer.close()


def test_printing_takes_the_time_of_line_and_head(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer") as device:
        printer = EscposPrinter.open(device.path, BAUD)
        begun = time.monotonic()
        assert printer.print_raster(Raster(576, bytes(72 * 300))) is PrintOutcome.PRINTED
        assert 1.8 < time.monotonic() - begun < 4
        printer.close()


def test_a_lost_confirmation_is_unknown(
    printer: EscposPrinter, device: EscposSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.printer.escpos.CONFIRM_S", 0.2)
    printer.status()
    # The four answers to the status questions go through, the confirmation does not.
    for _ in range(4):
        device.fault(LineFault.SPLIT)
    device.fault(LineFault.SILENCE)
    small = Raster(576, bytes(72))
    assert printer.print_raster(small) is PrintOutcome.UNKNOWN
    assert len(device.receipts()) == 1


def test_a_printer_that_holds_its_line_is_unknown_too(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer", paced=False, holds_line=True) as device:
        printer = EscposPrinter(
            lambda: SerialLine.open(device.path, BAUD, write_timeout_s=0.3), BAUD
        )
        device.cause(Trouble.COVER_OPEN, after_rows=10)
        long = Raster(576, bytes(72 * 2000))
        assert printer.print_raster(long) is PrintOutcome.UNKNOWN
        with pytest.raises(DriverError):
            printer.status()
        printer.close()


@pytest.mark.parametrize(
    "kind", [k for k in LineFault if k not in (LineFault.LATE, LineFault.CORRUPT, LineFault.CUT)]
)
def test_a_disturbed_status_answer_is_asked_for_again(
    printer: EscposPrinter, device: EscposSimulator, kind: LineFault
) -> None:
    device.fault(kind)
    assert printer.status().can_print


def test_paper_runs_low_and_out(printer: EscposPrinter, device: EscposSimulator) -> None:
    device.cause(Trouble.PAPER_NEAR_END)
    assert printer.status().paper is Paper.NEAR_END
    assert printer.status().can_print
    before = device.paper_left_mm()
    assert printer.print_raster(RECEIPT) is PrintOutcome.PRINTED
    assert 60 < before - device.paper_left_mm() < 90
    device.cause(Trouble.PAPER_END)
    assert printer.status().paper is Paper.END


class ScriptedLine:
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def read(self, timeout_s: float) -> bytes:
        if not self._chunks:
            raise DeviceLost("end of the script")
        return self._chunks.pop(0)

    def write(self, data: bytes) -> None: ...

    def discard_input(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.fuzz
@given(st.lists(st.binary(min_size=1, max_size=6) | st.just(b"\x12"), max_size=30))
def test_whatever_the_printer_says_only_driver_errors_come_out(chunks: list[bytes]) -> None:
    printer = EscposPrinter(lambda: ScriptedLine(chunks), BAUD)
    with contextlib.suppress(DriverError):
        printer.status()
    with contextlib.suppress(DriverError):
        printer.print_raster(Raster(8, b"\x01"))


@pytest.mark.fuzz
@given(st.lists(st.integers(0, 255).filter(lambda b: b & 0x90 != 0), max_size=30))
def test_nothing_but_a_paper_report_confirms_a_receipt(noise: list[int]) -> None:
    chunks = [b"\x12"] * 4 + [bytes((byte,)) for byte in noise]
    printer = EscposPrinter(lambda: ScriptedLine(chunks), BAUD)
    assert printer.print_raster(Raster(8, b"\x01")) is PrintOutcome.UNKNOWN

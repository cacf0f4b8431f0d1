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

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError, DriverError
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import PaperState, PrintOutcome, PrintResult, Raster, StopCause
from drivers.printer.strip import PrinterLimits
from drivers.serial_line import SerialLine
from simulators.printer.escpos import BOOT_S, EscposSimulator, Trouble
from simulators.serial_line import LineFault
from tests.needs import BUSY_S

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
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.PRINTED
    (receipt,) = device.receipts()
    assert receipt.rows.startswith(RECEIPT.rows)
    assert not any(receipt.rows[len(RECEIPT.rows) :])


def test_a_narrow_bitmap_stands_at_the_left(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    assert printer.print_raster(Raster(16, b"\xff\xff" * 3)).outcome is PrintOutcome.PRINTED
    row = b"\xff\xff".ljust(72, b"\0")
    assert device.receipts()[0].rows.startswith(row * 3)


def test_a_bitmap_wider_than_the_paper_is_a_mistake(printer: EscposPrinter) -> None:
    with pytest.raises(ValueError, match="576"):
        printer.print_raster(Raster(584, bytes(73)))


def test_hidden_real_time_commands_do_no_harm(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    rows = b"\x10\x04\x01\x10\x14\x08" * 12 * 10
    assert printer.print_raster(Raster(576, rows)).outcome is PrintOutcome.PRINTED
    assert device.receipts()[0].rows.startswith(b"\x10\x0c\x01\x10\x1c\x08" * 12 * 10)


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (Trouble.PAPER_END, StopCause.PAPER_END),
        (Trouble.COVER_OPEN, StopCause.COVER_OPEN),
        (Trouble.HEAD_HOT, StopCause.HEAD_HOT),
        (Trouble.MECHANICAL, StopCause.MECHANICAL),
        (Trouble.OFFLINE, StopCause.OFF_LINE),
    ],
)
def test_a_printer_in_trouble_is_not_started(
    printer: EscposPrinter, device: EscposSimulator, trouble: Trouble, cause: StopCause
) -> None:
    device.cause(trouble)
    assert not printer.status().can_print
    result = printer.print_raster(RECEIPT)
    assert (result.outcome, result.cause) == (PrintOutcome.NOT_STARTED, cause)
    assert (result.rows, result.rows_sent) == (500, 0)
    assert device.hanging() == 0
    device.mend(trouble)
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.PRINTED
    assert len(device.receipts()) == 1


@pytest.mark.parametrize(
    ("trouble", "cause", "confirmed"),
    [
        (Trouble.PAPER_END, StopCause.PAPER_END, 192),
        (Trouble.COVER_OPEN, StopCause.COVER_OPEN, 192),
        (Trouble.CUTTER_JAM, StopCause.CUTTER, 500),
        (Trouble.MECHANICAL, StopCause.MECHANICAL, 192),
    ],
)
def test_trouble_in_the_middle_is_unknown_and_parted_from_the_next_receipt(
    printer: EscposPrinter,
    device: EscposSimulator,
    trouble: Trouble,
    cause: StopCause,
    confirmed: int,
) -> None:
    device.cause(trouble, after_rows=200)
    result = printer.print_raster(RECEIPT)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, cause)
    assert result.rows_confirmed == confirmed
    assert confirmed <= min(device.hanging(), 500) <= result.rows_sent <= confirmed + 48
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.NOT_STARTED
    device.mend(trouble)
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.PRINTED
    fragment, receipt = device.receipts()
    assert fragment.rows[: 200 * 72] == RECEIPT.rows[: 200 * 72]
    assert receipt.rows.startswith(RECEIPT.rows)


def test_a_hot_head_is_waited_for(printer: EscposPrinter, device: EscposSimulator) -> None:
    device.cause(Trouble.HEAD_HOT, after_rows=100)
    threading.Timer(1.5, device.mend, (Trouble.HEAD_HOT,)).start()
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.PRINTED
    assert device.receipts()[0].rows.startswith(RECEIPT.rows)


def test_unplugged_while_printing_is_unknown(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer") as device:
        printer = EscposPrinter.open(device.path, BAUD)
        threading.Timer(0.5, device.unplug).start()
        assert printer.print_raster(RECEIPT).outcome is PrintOutcome.UNKNOWN
        with pytest.raises(DeviceNotFoundError):
            printer.print_raster(RECEIPT)
        device.replug()
        assert printer.print_raster(Raster(576, bytes(72))).outcome is PrintOutcome.PRINTED
        assert device.receipts()[-1].height_px < 500
        printer.close()


def test_printing_takes_the_time_of_line_and_head(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "printer") as device:
        printer = EscposPrinter.open(device.path, BAUD)
        begun = time.monotonic()
        assert printer.print_raster(Raster(576, bytes(72 * 300))).outcome is PrintOutcome.PRINTED
        assert 1.8 < time.monotonic() - begun < BUSY_S
        printer.close()


def test_a_lost_confirmation_is_unknown(device: EscposSimulator) -> None:
    printer = EscposPrinter.open(device.path, BAUD, limits=PrinterLimits(confirm_s=1.2))
    # The four answers to the status questions go through, the first confirmation does not.
    for _ in range(4):
        device.fault(LineFault.SPLIT)
    device.fault(LineFault.SILENCE)
    small = Raster(576, bytes(72 * 100))
    result = printer.print_raster(small)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.OFF_LINE)
    # All of it is out, but not known to be, and not cut off.
    assert (result.rows_confirmed, result.rows_sent, device.hanging()) == (96, 100, 100)
    assert device.receipts() == ()
    printer.close()


def test_a_confirmation_too_many_makes_all_of_them_worthless(device: EscposSimulator) -> None:
    printer = EscposPrinter.open(device.path, BAUD)
    for _ in range(4):
        device.fault(LineFault.SPLIT)
    device.fault(LineFault.DUPLICATE)
    result = printer.print_raster(RECEIPT)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.NONSENSE)
    assert result.rows_confirmed == 0
    printer.close()


def test_what_is_confirmed_is_told_while_it_prints_and_is_on_the_paper(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    seen: list[tuple[int, int]] = []

    def progress(rows: int) -> None:
        seen.append((rows, device.hanging()))

    result = printer.print_raster(RECEIPT, progress)
    assert result == PrintResult(PrintOutcome.PRINTED, 500, 500, 500)
    assert [rows for rows, _ in seen] == [*range(24, 500, 24), 500]
    # Nobody is told of a row that is not there; never more than two bands run ahead.
    assert all(rows <= hanging <= rows + 2 * 24 + 200 for rows, hanging in seen)


def test_a_power_cut_is_told_truly_and_the_next_strip_begins_anew(
    device: EscposSimulator,
) -> None:
    printer = EscposPrinter.open(
        device.path, BAUD, limits=PrinterLimits(status_s=0.3, confirm_s=1.5)
    )
    device.cause(Trouble.POWER_CUT, after_rows=300)
    result = printer.print_raster(RECEIPT)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.SILENT)
    assert (result.rows_confirmed, device.hanging()) == (288, 300)
    assert 300 <= result.rows_sent <= 288 + 48
    with pytest.raises(DeviceTimeoutError):
        printer.status()
    device.mend(Trouble.POWER_CUT)
    time.sleep(BOOT_S)
    # The same line, no unplug event: the old strip is cut off, its rest is forgotten.
    assert printer.print_raster(RECEIPT).printed
    fragment, strip = device.receipts()
    assert fragment.rows[: 300 * 72] == RECEIPT.rows[: 300 * 72]
    assert not any(fragment.rows[300 * 72 :])
    assert strip.rows.startswith(RECEIPT.rows)
    printer.close()


def test_a_power_cut_of_a_moment_is_noticed_too(device: EscposSimulator) -> None:
    """Half a band is lost with it; what the printer confirms afterwards would be believed otherwise."""
    printer = EscposPrinter.open(device.path, BAUD)
    device.cause(Trouble.POWER_CUT, after_rows=250)
    threading.Timer(0.3, device.mend, (Trouble.POWER_CUT,)).start()
    result = printer.print_raster(RECEIPT)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.SILENT)
    assert result.rows_confirmed == 240
    printer.close()


def test_a_printer_that_takes_no_more_data_is_told_apart() -> None:
    class Held(ScriptedLine):
        def write(self, data: bytes) -> None:
            if data.startswith(b"\x1b@"):
                raise DeviceTimeoutError("held")

    printer = EscposPrinter(lambda: Held([b"\x12"] * 4), BAUD)
    result = printer.print_raster(Raster(8, bytes(100)))
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.HELD)
    # Some of it may have got through.
    assert (result.rows_confirmed, result.rows_sent, result.rows) == (0, 24, 100)


def test_near_the_end_of_its_roll_it_prints_and_says_so(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "p", paced=False, roll_mm=120, near_end_mm=60) as device:
        printer = EscposPrinter.open(device.path, BAUD)
        first, second = printer.print_raster(RECEIPT), printer.print_raster(RECEIPT)
        assert (first.outcome, first.paper) == (PrintOutcome.PRINTED, PaperState.NEAR_END)
        # 120 mm are not enough for two strips of 62.5 mm and their feeds.
        assert (second.outcome, second.cause) == (PrintOutcome.UNKNOWN, StopCause.PAPER_END)
        assert second.paper is PaperState.END
        assert device.paper_left_mm() == 0
        printer.close()


def test_cancelling_stops_within_the_bands_under_way(
    printer: EscposPrinter, device: EscposSimulator
) -> None:
    def progress(rows: int) -> None:
        if rows == 120:
            printer.cancel()

    result = printer.print_raster(RECEIPT, progress)
    assert (result.outcome, result.cause) == (PrintOutcome.UNKNOWN, StopCause.CANCELLED)
    assert 120 <= result.rows_confirmed <= device.hanging() <= result.rows_sent <= 168
    assert printer.print_raster(RECEIPT).printed


def test_a_small_buffer_needs_no_flow_control(tmp_path: Path) -> None:
    """Two bands fit into 4 KiB, so that nothing is lost where no wire can say stop."""
    with EscposSimulator(tmp_path / "p", paced=False, buffer_bytes=4096) as device:
        most = 0

        def progress(_: int) -> None:
            nonlocal most
            most = max(most, device.view(0).waiting_bytes)

        printer = EscposPrinter.open(device.path, BAUD)
        assert printer.print_raster(Raster(576, RECEIPT.rows * 2), progress).printed
        assert most <= 4096
        printer.close()


def test_a_printer_that_holds_its_line_is_unknown_too(tmp_path: Path) -> None:
    with EscposSimulator(
        tmp_path / "printer", paced=False, holds_line=True, buffer_bytes=2048
    ) as device:
        printer = EscposPrinter(
            lambda: SerialLine.open(device.path, BAUD, write_timeout_s=0.3), BAUD
        )
        device.cause(Trouble.COVER_OPEN, after_rows=10)
        assert printer.print_raster(RECEIPT).cause is StopCause.SILENT
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
    assert printer.status().paper is PaperState.NEAR_END
    assert printer.status().can_print
    before = device.paper_left_mm()
    assert printer.print_raster(RECEIPT).outcome is PrintOutcome.PRINTED
    assert 60 < before - device.paper_left_mm() < 90
    device.cause(Trouble.PAPER_END)
    assert printer.status().paper is PaperState.END


class ScriptedLine:
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def read(self, timeout_s: float) -> bytes:
        if not self._chunks:
            raise DeviceLostError("end of the script")
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
    assert printer.print_raster(Raster(8, b"\x01")).outcome is PrintOutcome.UNKNOWN

"""The log of frames: off by default, kinds and lengths of every wire, and no secret in any form."""

from __future__ import annotations

import base64
import io
import logging
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.errors import WrongPinError
from drivers.fingerprint.limits import FingerprintLimits as FingerLimits
from drivers.fingerprint.seam import Capture, MatchOutcome, SensorFeedback, Template, TemplateFormat
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.power.nut import NutSource
from drivers.power.seam import Doubt, Supply, unknown
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import PrintOutcome, Raster, StopCause
from drivers.scanner.seam import RejectedScan, Scanned, ScanRejection
from drivers.scanner.serial_scanner import SerialScanner
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT, ModuleTiming
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import enrolled
from simulators.printer.escpos import EscposSimulator, Trouble
from simulators.ups.upsd import UpsSimulator
from tests.drivers.fingerprint.scripted import ScriptedLine
from tests.drivers.leaks import Log, assert_hidden, leaks
from tests.drivers.smartcard.test_frame_log import PIN, WRONG_PIN, operator_session

OWN, OTHER = Finger.of(1), Finger.of(2)


def ignore(_: SensorFeedback) -> None:
    """Nobody stands there."""


# ---------------------------------------------------------------- the search itself


@pytest.mark.parametrize("secret", [b"482915", bytes(range(30, 60)), "نمونه زاده".encode()])
def test_the_search_finds_a_secret_in_every_form(secret: bytes) -> None:
    part = secret[2:11] if len(secret) > 10 else secret
    shown = [
        secret.hex(),
        part.hex(" ").upper(),
        part.hex(":"),
        repr(part),
        f"sent {part!r} to the card",
        str(list(part)),
        *(base64.b64encode(bytes(before) + part).decode() for before in range(3)),
    ]
    if secret.isdigit():
        shown += [secret.decode(), "data 849251", f"digits {', '.join(map(str, secret))}"]
    for text in shown:
        assert leaks(secret, f"> command 00 20 00 80\n{text}\n< answer 9000"), text


def test_the_search_finds_nothing_in_kinds_and_lengths() -> None:
    text = "> command 00 20 00 80, 13 bytes\n< answer 9000, 2 bytes\n< answer 63C2, 2 bytes"
    for secret in (PIN.encode(), bytes(range(256)), b"\x20\x00\x80\x00\x02"):
        assert not leaks(secret, text)


# ---------------------------------------------------------------- off by default


def test_nothing_is_logged_until_a_program_asks_for_it_by_name(
    capfd: pytest.CaptureFixture[str],
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with pytest.raises(WrongPinError):
            operator_session().verify_pin(WRONG_PIN)
        assert not written.getvalue()
        package = logging.getLogger("drivers")
        assert package.level == logging.WARNING
        assert any(isinstance(handler, logging.NullHandler) for handler in package.handlers)
        package.setLevel(logging.DEBUG)
        with pytest.raises(WrongPinError):
            operator_session().verify_pin(WRONG_PIN)
        assert "> command 00 20 00 80" in written.getvalue()
    finally:
        logging.getLogger("drivers").setLevel(logging.WARNING)
        root.removeHandler(handler)
        root.setLevel(level)
    assert capfd.readouterr() == ("", "")


# ---------------------------------------------------------------- fingerprint modules


@pytest.fixture
def sfm(tmp_path: Path) -> Iterator[SfmSimulator]:
    timing = ModuleTiming(power_on_s=0.02, scan_s=0.02, match_s=0.02)
    with SfmSimulator(tmp_path / "sfm", seed=1, timing=timing) as simulator:
        time.sleep(2 * timing.power_on_s)
        yield simulator


def test_templates_of_an_sfm_module_are_hidden(log: Log, sfm: SfmSimulator) -> None:
    sfm.place(OWN, Placement.CLEAN)
    with closing(SfmModule.open(sfm.path)) as module:
        assert module.verify([Template(OWN.template())], 5, ignore) is MatchOutcome.MATCH
        assert module.verify([Template(OTHER.template())], 5, ignore) is MatchOutcome.NO_MATCH
        capture = module.capture(5, ignore)
    assert isinstance(capture, Capture)
    lines = log()
    assert_hidden(lines, own=OWN.template(), other=OTHER.template(), live=capture.template.data)
    for line in (
        "> CANCEL, 13 bytes",
        f"> VERIFY_HOST_TEMPLATE, {14 + len(OWN.template())} bytes",
        "< VERIFY_HOST_TEMPLATE SCANNED",
        "< VERIFY_HOST_TEMPLATE SUCCESS",
        "< VERIFY_HOST_TEMPLATE NOT_MATCH",
        "> SCAN_TEMPLATE, 13 bytes",
        f"< block, {len(capture.template.data) + 4} bytes",
    ):
        assert line in lines


def test_templates_and_password_of_a_zfm_module_are_hidden(log: Log, tmp_path: Path) -> None:
    password = 0x5A17C3E9
    right, wrong = enrolled(OWN), enrolled(OTHER)
    limits = FingerLimits(answer_s=0.3, work_s=0.6, settle_s=0.02, block_s=0.3, poll_s=0.01)
    with ZfmSimulator(
        tmp_path / "zfm", seed=1, timing=INSTANT, paced=False, flash=Flash(password=password)
    ) as sensor:
        sensor.place(OWN, Placement.CLEAN)
        settings = ZfmSettings(password=password)
        with closing(ZfmModule.open(sensor.path, limits=limits, settings=settings)) as module:
            for template, outcome in ((right, MatchOutcome.MATCH), (wrong, MatchOutcome.NO_MATCH)):
                finger = Template(template, TemplateFormat.ZFM_OWN)
                assert module.verify([finger], 5, ignore) is outcome
            capture = module.capture(5, ignore)
    assert isinstance(capture, Capture)
    lines = log()
    assert_hidden(
        lines,
        password=password.to_bytes(4, "big"),
        number=str(password).encode(),
        own=right,
        other=wrong,
        live=capture.template.data,
    )
    for line in (
        "> VERIFY_PASSWORD, 16 bytes",
        "< ACKNOWLEDGE DONE, 1 bytes",
        "< ACKNOWLEDGE NO_MATCH, 3 bytes",
        "> MATCH, 12 bytes",
        "< DATA, 128 bytes",
        "< END_OF_DATA, 128 bytes",
    ):
        assert line in lines


# ---------------------------------------------------------------- power, printer, scanner


def test_lines_of_a_power_service_are_logged_by_their_kind(log: Log) -> None:
    with UpsSimulator(capacity_s=1800) as ups, closing(NutSource(port=ups.port)) as source:
        assert source.read().supply is Supply.ON_LINE
        ups.strike("stale")
        assert source.read() == unknown(Doubt.STALE)
    lines = log()
    for line in (
        "> LIST UPS",
        "> GET VAR kiosk ups.status",
        "< ERR DATA_STALE, 14 bytes",
    ):
        assert line in lines
    kinds = {line.partition(",")[0] for line in lines if line.startswith("<")}
    assert kinds == {"< BEGIN", "< UPS", "< END", "< VAR", "< ERR DATA_STALE"}


def test_a_printer_logs_its_status_and_nothing_of_the_strip(log: Log, tmp_path: Path) -> None:
    rows = bytes(random.Random(1).choices([0, 0xFF, 0x18, 0x81], k=72 * 100))
    for count in (40, 100):
        with (
            EscposSimulator(tmp_path / f"printer{count}", seed=1, paced=False) as device,
            closing(EscposPrinter.open(device.path)) as printer,
        ):
            strip = Raster(576, rows[: 72 * count])
            assert printer.print_raster(strip).outcome is PrintOutcome.PRINTED
    lines = log()
    assert_hidden(lines, strip=rows)
    asked = [
        f"{way} status {number}{byte}"
        for number in (1, 2, 3, 4)
        for way, byte in ((">", ""), ("<", " 12"))
    ]
    # Twice for each printer: when it was opened, and before the strip. Nothing tells the lengths apart.
    assert lines == asked * 4


def test_a_stopped_printer_logs_the_status_that_tells_why(log: Log, tmp_path: Path) -> None:
    with (
        EscposSimulator(tmp_path / "printer", seed=1, paced=False) as device,
        closing(EscposPrinter.open(device.path)) as printer,
    ):
        device.cause(Trouble.COVER_OPEN)
        result = printer.print_raster(Raster(576, bytes(72 * 10)))
    assert (result.outcome, result.cause) == (PrintOutcome.NOT_STARTED, StopCause.COVER_OPEN)
    assert "< status 2 16" in log()


def test_scanned_texts_are_hidden(log: Log) -> None:
    code = b"AMIN1:K7Q2XM9DBT4WZ8HJ"
    chunks = [code + b"\r\n", b"\xd9\x86\xd9\x85\r\n"]
    with closing(SerialScanner(lambda: ScriptedLine(chunks))) as scanner:
        assert scanner.next(1) == Scanned(code.decode())
        assert scanner.next(1) == RejectedScan(ScanRejection.CHARACTERS)
    assert log() == ["< code", "< rejected CHARACTERS"]

"""The SFM session against a line that says whatever the test wants, and against the simulated module."""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import (
    CaptureError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
    ProtocolError,
)
from drivers.fingerprint import sfm
from drivers.fingerprint.iso19794 import parse_record
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import (
    Capture,
    MatchOutcome,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
)
from drivers.fingerprint.sfm import SfmModule, SfmSettings
from drivers.fingerprint.sfm_wire import Packet, Parameter, SfmCode, SfmCommand, encode_packet
from drivers.serial_line import ByteLine
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.matcher import compare
from simulators.fingerprint.module import ModuleTiming
from simulators.fingerprint.sfm import SfmSimulator
from simulators.serial_line import LineFault
from tests.drivers.fingerprint.scripted import ScriptedLine, SilentAfterLine
from tests.needs import BUSY_S

TEMPLATE = Template(b"\x01" * 30)
TINY = FingerprintLimits(
    answer_s=0.01,
    match_s=0.02,
    block_s=0.02,
    margin_s=0.01,
    cancel_s=0.02,
    settle_s=0.002,
)
QUICK = ModuleTiming(power_on_s=0.02, scan_s=0.02, match_s=0.02)
OWN, OTHER = Finger.of(1), Finger.of(2)
ENROLLED, OTHERS = Template(OWN.template()), Template(OTHER.template())


def ignore(_: SensorFeedback) -> None: ...


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[SfmSimulator]:
    with SfmSimulator(tmp_path / "fingerprint", seed=1, timing=QUICK) as simulator:
        time.sleep(2 * QUICK.power_on_s)
        yield simulator


@pytest.fixture
def module(sensor: SfmSimulator) -> Iterator[SfmModule]:
    module = SfmModule.open(sensor.path)
    yield module
    module.close()


# ---------------------------------------------------------------- any bytes

codes = st.sampled_from([*SfmCode, 0x00, 0x6F, 0xFF])
commands = st.sampled_from([*SfmCommand, 0x00, 0x55])
answers = st.builds(
    lambda command, param, size, flag: encode_packet(Packet(command, param, size, flag)),
    commands,
    st.integers(0, 200),
    st.integers(0, 0xFFFFFFFF) | st.sampled_from([0x31, 0x35]),
    codes,
)


@pytest.mark.fuzz
@given(st.lists(st.binary(min_size=1, max_size=40) | answers, max_size=40))
def test_whatever_the_module_says_only_driver_errors_come_out(chunks: list[bytes]) -> None:
    module = SfmModule(lambda: ScriptedLine(chunks), limits=TINY)
    with contextlib.suppress(DriverError):
        module.verify([TEMPLATE], 0.05, ignore)
    with contextlib.suppress(DriverError):
        module.capture(0.05, ignore)
    assert module.status().state in ReaderState


@pytest.mark.fuzz
@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40) | answers, max_size=20))
def test_whatever_it_says_before_it_falls_silent_every_call_ends(chunks: list[bytes]) -> None:
    module = SfmModule(lambda: SilentAfterLine(chunks), limits=TINY)
    begun = time.monotonic()
    with contextlib.suppress(DriverError):
        module.verify([TEMPLATE], 0.02, ignore)
    with contextlib.suppress(DriverError):
        module.capture(0.02, ignore)
    # Some forty waits of at most 20 ms, on a machine that may be busy.
    assert time.monotonic() - begun < BUSY_S


def test_a_line_that_fails_is_closed_and_opened_again_for_the_next_call() -> None:
    lines: list[ScriptedLine] = []

    def open_line() -> ByteLine:
        lines.append(ScriptedLine([]))
        return lines[-1]

    module = SfmModule(open_line)
    for _ in range(2):
        with pytest.raises(DeviceLostError):
            module.verify([TEMPLATE], 1.0, ignore)
    assert len(lines) == 2
    assert all(line.closed for line in lines)


def test_a_missing_device_is_a_status_and_no_error() -> None:
    def open_line() -> ByteLine:
        raise DeviceNotFoundError("nothing there")

    assert SfmModule(open_line).status() == ReaderStatus(ReaderState.ABSENT)


def test_a_module_that_refuses_iso_templates_is_refused() -> None:
    quiet = b""
    sync = encode_packet(Packet(SfmCommand.CANCEL, flag=SfmCode.SUCCESS))
    refused = encode_packet(Packet(SfmCommand.READ_PARAMETER, flag=SfmCode.UNSUPPORTED))
    module = SfmModule(lambda: ScriptedLine([sync, quiet, refused]))
    with pytest.raises(ProtocolError, match="supported model"):
        module.verify([TEMPLATE], 5.0, ignore)


def test_the_table_of_hints_is_the_one_that_works() -> None:
    assert sfm.__doc__ is not None
    rows = re.findall(r"^    ([0-9A-F]{2})  .*?\b([A-Z_]{5,})\b", sfm.__doc__, re.MULTILINE)
    assert {SfmCode(int(code, 16)): SensorFeedback[name] for code, name in rows} == sfm.HINTS


# ---------------------------------------------------------------- the simulated module


def test_a_status_names_model_firmware_and_capacity(module: SfmModule) -> None:
    assert module.status() == ReaderStatus(
        ReaderState.READY, "S1.0", "Suprema SFM, module 1A", 1900
    )


def test_a_capture_is_a_record_that_matches(module: SfmModule, sensor: SfmSimulator) -> None:
    sensor.place(OWN, Placement.CLEAN)
    capture = module.capture(5, ignore)
    assert isinstance(capture, Capture)
    assert capture.quality is not None
    assert capture.quality > 50
    live = parse_record(capture.template.data).views[0].minutiae
    enrolled = parse_record(OWN.template()).views[0].minutiae
    assert compare(live, enrolled).is_match


def test_templates_of_different_size_go_together(module: SfmModule, sensor: SfmSimulator) -> None:
    templates = [Template(Finger.of(seed).template()) for seed in (2, 1, 3)]
    assert len({len(template.data) for template in templates}) > 1
    sensor.place(OWN, Placement.CLEAN)
    assert module.verify(templates, 5, ignore) is MatchOutcome.MATCH


def test_a_suspected_fake_finger_is_an_error_of_its_own(
    module: SfmModule, sensor: SfmSimulator
) -> None:
    sensor.force(SfmCode.FAKE_FINGER)
    with pytest.raises(CaptureError):
        module.verify([ENROLLED], 5, ignore)


def test_a_busy_module_is_made_idle_and_asked_again(
    module: SfmModule, sensor: SfmSimulator
) -> None:
    sensor.force(SfmCode.BUSY)
    sensor.place(OWN, Placement.CLEAN)
    assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH


def test_a_module_that_stays_busy_is_an_error(module: SfmModule, sensor: SfmSimulator) -> None:
    for _ in range(4):
        sensor.force(SfmCode.BUSY)
    with pytest.raises(ProtocolError, match="80"):
        module.verify([ENROLLED], 5, ignore)


def test_a_scan_that_failed_asks_for_more_pressure(module: SfmModule, sensor: SfmSimulator) -> None:
    sensor.force(SfmCode.SCAN_FAIL)
    told: list[SensorFeedback] = []
    assert module.verify([ENROLLED], 5, told.append) is MatchOutcome.BAD_IMAGE
    assert told == [SensorFeedback.PLACE_FINGER, SensorFeedback.PRESS_HARDER]


def test_a_template_that_is_no_record_is_refused(module: SfmModule, sensor: SfmSimulator) -> None:
    sensor.place(OWN, Placement.CLEAN)
    with pytest.raises(ProtocolError):
        module.verify([Template(b"\x05" * 60)], 5, ignore)
    assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH


def test_a_match_without_a_scanned_finger_is_not_believed(
    module: SfmModule, sensor: SfmSimulator
) -> None:
    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.PLACE_FINGER:
            sensor.fault(LineFault.SILENCE)
            sensor.place(OWN, Placement.CLEAN)

    with pytest.raises(ProtocolError):
        module.verify([ENROLLED], 5, on_feedback)
    assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize("kind", [LineFault.CORRUPT, LineFault.DROP, LineFault.SILENCE])
def test_a_lost_result_is_no_result(sensor: SfmSimulator, kind: LineFault) -> None:
    module = SfmModule.open(sensor.path, limits=FingerprintLimits(match_s=0.5))

    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.SCANNED:
            sensor.fault(kind)

    sensor.place(OWN, Placement.CLEAN)
    with pytest.raises(DeviceTimeoutError):
        module.verify([ENROLLED], 5, on_feedback)
    # The driver has found its way back.
    assert module.verify([OTHERS], 5, ignore) is MatchOutcome.NO_MATCH
    module.close()


def test_without_the_announcement_the_result_is_enough(sensor: SfmSimulator) -> None:
    module = SfmModule.open(sensor.path, settings=SfmSettings(announce_scan=False))
    sensor.place(OWN, Placement.CLEAN)
    told: list[SensorFeedback] = []
    assert module.verify([ENROLLED], 5, told.append) is MatchOutcome.MATCH
    assert told == [SensorFeedback.PLACE_FINGER, SensorFeedback.SCANNED]
    assert isinstance(module.capture(5, ignore), Capture)
    assert module.verify([OTHERS], 5, ignore) is MatchOutcome.NO_MATCH
    module.close()


def test_the_security_level_is_set_and_read_back(sensor: SfmSimulator) -> None:
    module = SfmModule.open(sensor.path, settings=SfmSettings(security=0x36))
    sensor.place(OWN, Placement.CLEAN)
    assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH
    assert sensor.setting(Parameter.SECURITY_LEVEL) == 0x36
    module.close()
    with pytest.raises(ValueError, match="security levels"):
        SfmSettings(security=0x51)


def test_on_a_line_with_several_modules_only_the_one_meant_answers(tmp_path: Path) -> None:
    with SfmSimulator(tmp_path / "net", seed=1, timing=QUICK, network_id=7) as simulator:
        time.sleep(2 * QUICK.power_on_s)
        settings = SfmSettings(network_id=7)
        with contextlib.closing(SfmModule.open(simulator.path, settings=settings)) as module:
            simulator.place(OWN, Placement.CLEAN)
            assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH
        with pytest.raises(DeviceTimeoutError):
            SfmModule.open(simulator.path, settings=SfmSettings(network_id=8), limits=TINY)
        with pytest.raises(DeviceTimeoutError):
            SfmModule.open(simulator.path, limits=TINY)

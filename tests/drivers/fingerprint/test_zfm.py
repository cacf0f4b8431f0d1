"""The ZFM session against lines that say anything, and against the simulated module."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceLostError, DeviceTimeoutError, DriverError, ProtocolError
from drivers.fingerprint import zfm
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import (
    Capture,
    MatchOutcome,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
    TemplateFormat,
)
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.fingerprint.zfm_link import ZfmLink
from drivers.fingerprint.zfm_wire import (
    Pid,
    ZfmCode,
    ZfmCommand,
    ZfmFrame,
    ZfmParameters,
    encode_frame,
    encode_parameters,
)
from drivers.serial_line import SerialLine
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.zfm import R503, ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import TEMPLATE_BYTES, enrolled
from simulators.serial_line import Direction, LineFault
from tests.drivers.fingerprint.scripted import ScriptedLine, SilentAfterLine
from tests.needs import BUSY_S

OWN, OTHER = Finger.of(1), Finger.of(2)
LIMITS = FingerprintLimits(answer_s=0.3, work_s=0.6, settle_s=0.02, block_s=0.3, poll_s=0.01)
TINY = FingerprintLimits(
    answer_s=0.01,
    match_s=0.02,
    work_s=0.01,
    block_s=0.02,
    transfer_s=0.05,
    settle_s=0.002,
    poll_s=0.005,
)


def own(finger: Finger) -> Template:
    return Template(enrolled(finger), TemplateFormat.ZFM_OWN)


ENROLLED = own(OWN)


def ignore(_: SensorFeedback) -> None: ...


@pytest.fixture
def flash() -> Flash:
    return Flash()


@pytest.fixture
def sensor(tmp_path: Path, flash: Flash) -> Iterator[ZfmSimulator]:
    with ZfmSimulator(
        tmp_path / "zfm", seed=1, timing=INSTANT, paced=False, flash=flash
    ) as simulator:
        yield simulator


@pytest.fixture
def module(sensor: ZfmSimulator) -> Iterator[ZfmModule]:
    module = ZfmModule.open(sensor.path, limits=LIMITS)
    yield module
    module.close()


# ---------------------------------------------------------------- any bytes

GOOD = encode_parameters(ZfmParameters(0, 9, 162, 3, 0xFFFFFFFF, 2, 6))
acknowledgements = st.builds(
    lambda code, results: encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, bytes((code,)) + results)),
    st.sampled_from([*ZfmCode, 0x6F]),
    st.sampled_from([b"", b"\x00\x50", bytes(4), GOOD, bytes(16), bytes(32), bytes(50)]),
)
good = st.sampled_from(
    [
        encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, b"\x00")),
        encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, b"\x00" + GOOD)),
        encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, b"\x00\x00\x50")),
        encode_frame(ZfmFrame(Pid.DATA, bytes(128))),
        encode_frame(ZfmFrame(Pid.END_OF_DATA, bytes(128))),
    ]
)
mutated = st.builds(
    lambda raw, at, flip: (
        raw[: at % len(raw)] + bytes((raw[at % len(raw)] ^ flip,)) + raw[at % len(raw) + 1 :]
    ),
    good | acknowledgements,
    st.integers(0, 200),
    st.integers(1, 255),
)
anything = st.binary(min_size=1, max_size=40) | acknowledgements | good | mutated | st.just(b"")


def every_call(module: ZfmModule, timeout_s: float) -> None:
    with contextlib.suppress(DriverError):
        module.verify([Template(b"\x01" * 200, TemplateFormat.ZFM_OWN)], timeout_s, ignore)
    with contextlib.suppress(DriverError):
        module.capture(timeout_s, ignore)
    with contextlib.suppress(DriverError):
        module.enrol(timeout_s, ignore)
    assert module.status().state in ReaderState


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(st.lists(anything, max_size=60))
def test_whatever_the_module_says_only_driver_errors_come_out(chunks: list[bytes]) -> None:
    every_call(ZfmModule(lambda: ScriptedLine(chunks), limits=TINY), 0.02)


@pytest.mark.fuzz
@settings(max_examples=20, deadline=None)
@given(st.lists(anything, max_size=40))
def test_whatever_it_says_before_it_falls_silent_every_call_ends(chunks: list[bytes]) -> None:
    begun = time.monotonic()
    every_call(ZfmModule(lambda: SilentAfterLine(chunks), limits=TINY), 0.02)
    # Some hundred waits of at most 20 ms, on a machine that may be busy.
    assert time.monotonic() - begun < BUSY_S


class BabblingLine(ScriptedLine):
    """Never silent, never sensible."""

    def __init__(self) -> None:
        super().__init__([])

    def read(self, timeout_s: float) -> bytes:
        time.sleep(0.0005)
        return b"\xef\x01babble"


def test_a_module_that_never_stops_talking_is_an_error() -> None:
    module = ZfmModule(BabblingLine, limits=TINY)
    begun = time.monotonic()
    with pytest.raises(ProtocolError, match="does not stop talking"):
        module.verify([ENROLLED], 1, ignore)
    assert time.monotonic() - begun < BUSY_S


# ---------------------------------------------------------------- tables and settings


def test_the_table_of_hints_is_the_one_that_works() -> None:
    assert zfm.__doc__ is not None
    rows = re.findall(r"^    ([0-9A-F]{2})  .*?\b([A-Z_]{5,})$", zfm.__doc__, re.MULTILINE)
    assert {ZfmCode(int(code, 16)): SensorFeedback[name] for code, name in rows} == zfm.HINTS


@pytest.mark.parametrize(
    ("code", "hint"),
    [(code, hint) for code, hint in zfm.HINTS.items() if code != ZfmCode.NO_FINGER],
)
def test_every_code_is_told_in_its_words(
    module: ZfmModule, sensor: ZfmSimulator, code: ZfmCode, hint: SensorFeedback
) -> None:
    looking = code == ZfmCode.IMAGE_FAILED
    sensor.force(code, ZfmCommand.TAKE_IMAGE if looking else ZfmCommand.EXTRACT)
    sensor.place(OWN, Placement.CLEAN)
    told: list[SensorFeedback] = []
    outcome = module.verify([ENROLLED], 5, told.append)
    assert outcome is (MatchOutcome.MATCH if looking else MatchOutcome.BAD_IMAGE)
    assert hint in told


def test_a_module_that_tells_skin_is_understood(tmp_path: Path) -> None:
    with ZfmSimulator(tmp_path / "skin", timing=INSTANT, paced=False, tells_skin=True) as simulator:
        module = ZfmModule.open(simulator.path, limits=LIMITS)
        for how, hint in [
            (Placement.WET, SensorFeedback.TOO_WET),
            (Placement.DRY, SensorFeedback.TOO_DRY),
        ]:
            told: list[SensorFeedback] = []
            simulator.place(OWN, how)
            assert module.verify([ENROLLED], 5, told.append) is MatchOutcome.BAD_IMAGE
            assert told[-1] is hint
        module.close()


@pytest.mark.parametrize("code", [ZfmCode.HARDWARE_ERROR, ZfmCode.UNSUPPORTED])
@pytest.mark.parametrize("command", [ZfmCommand.TAKE_IMAGE, ZfmCommand.EXTRACT, ZfmCommand.MATCH])
def test_other_codes_are_errors(
    module: ZfmModule, sensor: ZfmSimulator, command: ZfmCommand, code: ZfmCode
) -> None:
    sensor.place(OWN, Placement.CLEAN)
    for _ in range(3):
        sensor.force(code, command)
    with pytest.raises(ProtocolError, match=f"{code:02X}"):
        module.verify([ENROLLED], 5, ignore)


def test_settings_are_written_where_they_differ_and_read_back(
    sensor: ZfmSimulator, flash: Flash
) -> None:
    settings = ZfmSettings(security=5, packet_size=32)
    with contextlib.closing(
        ZfmModule.open(sensor.path, limits=LIMITS, settings=settings)
    ) as module:
        assert (flash.security, flash.packet_size_code) == (5, 0)
        sensor.place(OWN, Placement.CLEAN)
        assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH


def test_a_module_that_does_not_keep_its_settings_is_an_error(sensor: ZfmSimulator) -> None:
    sensor.force(ZfmCode.DONE, ZfmCommand.WRITE_PARAMETER)
    with pytest.raises(ProtocolError, match="does not keep"):
        ZfmModule.open(sensor.path, limits=LIMITS, settings=ZfmSettings(security=5))


def test_settings_no_module_has_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        ZfmSettings(security=6)
    with pytest.raises(ValueError, match="32, 64"):
        ZfmSettings(packet_size=100)


def test_a_password_is_given_and_not_shown(sensor: ZfmSimulator, flash: Flash) -> None:
    flash.password = 0x12345678
    sensor.power_cycle()
    with pytest.raises(ProtocolError, match="password"):
        ZfmModule.open(sensor.path, limits=LIMITS)
    right = ZfmSettings(password=0x12345678)
    assert "305419896" not in repr(right)
    with contextlib.closing(ZfmModule.open(sensor.path, limits=LIMITS, settings=right)) as module:
        assert module.status().state is ReaderState.READY


def test_a_module_that_starts_anew_in_the_middle_is_noticed_by_its_password(
    sensor: ZfmSimulator, flash: Flash
) -> None:
    flash.password = 7
    sensor.power_cycle()
    right = ZfmSettings(password=7)
    with contextlib.closing(ZfmModule.open(sensor.path, limits=LIMITS, settings=right)) as module:

        def on_feedback(feedback: SensorFeedback) -> None:
            if feedback is SensorFeedback.SCANNED:
                sensor.power_cycle()

        sensor.place(OWN, Placement.CLEAN)
        with pytest.raises(ProtocolError, match="started anew"):
            module.verify([ENROLLED], 5, on_feedback)
        assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH


def test_only_the_module_with_the_address_answers(sensor: ZfmSimulator, flash: Flash) -> None:
    flash.address = 0x00000017
    with pytest.raises(DeviceTimeoutError):
        ZfmModule.open(sensor.path, limits=TINY)
    right = ZfmSettings(address=0x17)
    with contextlib.closing(ZfmModule.open(sensor.path, limits=LIMITS, settings=right)) as module:
        assert module.status().capacity == 162


def test_a_module_describes_itself_if_it_can(tmp_path: Path, module: ZfmModule) -> None:
    assert module.status() == ReaderStatus(ReaderState.READY, "", "ZFM, system 0009", 162)
    with (
        ZfmSimulator(
            tmp_path / "r503", timing=INSTANT, paced=False, product=R503, ready_byte=True
        ) as simulator,
        contextlib.closing(ZfmModule.open(simulator.path, limits=LIMITS)) as described,
    ):
        assert described.status() == ReaderStatus(ReaderState.READY, "1.4", "R503", 162)


# ---------------------------------------------------------------- scores and templates


def test_a_match_needs_code_and_score(sensor: ZfmSimulator) -> None:
    with contextlib.closing(ZfmModule.open(sensor.path, limits=LIMITS)) as module:
        sensor.place(OWN, Placement.CLEAN)
        # Code 00 with score 0: no module that is well says so.
        for _ in range(3):
            sensor.force(ZfmCode.DONE, ZfmCommand.MATCH)
        assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.NO_MATCH
    strict = ZfmSettings(min_score=1001)
    with contextlib.closing(ZfmModule.open(sensor.path, limits=LIMITS, settings=strict)) as module:
        assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.NO_MATCH


def test_an_earlier_persons_features_are_not_compared_again(
    module: ZfmModule, sensor: ZfmSimulator
) -> None:
    """The answer to the look arrives twice, and the extraction that follows fails: buffer 1 of the
    module still holds the finger before."""
    sensor.place(OWN, Placement.CLEAN)
    assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH
    sensor.place(OTHER, Placement.WET)

    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.PLACE_FINGER:
            sensor.fault(LineFault.DUPLICATE)

    assert module.verify([ENROLLED], 5, on_feedback) is MatchOutcome.BAD_IMAGE


@pytest.mark.parametrize("kind", [LineFault.CORRUPT, LineFault.DROP, LineFault.SILENCE])
@pytest.mark.parametrize("at", range(1, 7))
def test_a_template_that_arrives_damaged_is_sent_again(
    module: ZfmModule, sensor: ZfmSimulator, kind: LineFault, at: int
) -> None:
    """Extraction, its confirmation, the announcement, the data, the confirmation, the reading back."""

    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.SCANNED:
            sensor.fault(kind, Direction.TO_DEVICE, at=at)

    sensor.place(OWN, Placement.CLEAN)
    assert module.verify([ENROLLED], 5, on_feedback) is MatchOutcome.MATCH


@pytest.mark.parametrize("kind", [LineFault.SILENCE, LineFault.DUPLICATE, LineFault.CORRUPT])
def test_a_captured_template_is_whole_or_nothing(
    module: ZfmModule, sensor: ZfmSimulator, kind: LineFault
) -> None:
    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.SCANNED:
            # Extraction, confirmation, announcement, then the second packet of four.
            sensor.fault(kind, at=5)

    sensor.place(OWN, Placement.CLEAN)
    capture = module.capture(5, on_feedback)
    assert isinstance(capture, Capture)
    assert len(capture.template.data) == TEMPLATE_BYTES
    assert module.verify([capture.template], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize("packet_size", [32, 64, 128, 256])
def test_templates_travel_in_every_packet_size(sensor: ZfmSimulator, packet_size: int) -> None:
    settings = ZfmSettings(packet_size=packet_size)
    sensor.place(OWN, Placement.CLEAN)
    with contextlib.closing(
        ZfmModule.open(sensor.path, limits=LIMITS, settings=settings)
    ) as module:
        capture = module.capture(5, ignore)
        assert isinstance(capture, Capture)
        assert module.verify([capture.template], 5, ignore) is MatchOutcome.MATCH


def test_commands_that_must_not_run_twice_are_not_repeated(
    module: ZfmModule, sensor: ZfmSimulator
) -> None:
    with module.session() as (link, _):
        assert isinstance(link, ZfmLink)
        sensor.fault(LineFault.SILENCE)
        with pytest.raises(DeviceTimeoutError, match="begin again"):
            link.ask(ZfmCommand.MERGE)
        link.wait_until_quiet()
        # Damaged on the way there, so it did not run: asked again.
        sensor.fault(LineFault.CORRUPT, Direction.TO_DEVICE)
        with contextlib.suppress(DeviceTimeoutError):
            assert link.ask(ZfmCommand.MERGE).code == ZfmCode.MERGE_FAILED
        link.wait_until_quiet()


# ---------------------------------------------------------------- enrolment


def person(sensor: ZfmSimulator, second: Finger) -> threading.Thread:
    """Puts OWN on, lifts it when told, and puts `second` on."""

    def act() -> None:
        time.sleep(0.15)
        sensor.lift()
        time.sleep(0.15)
        sensor.place(second, Placement.CLEAN)

    sensor.place(OWN, Placement.CLEAN)
    return threading.Thread(target=act)


def test_enrolment_takes_the_finger_twice(module: ZfmModule, sensor: ZfmSimulator) -> None:
    told: list[SensorFeedback] = []
    helper = person(sensor, OWN)
    helper.start()
    capture = module.enrol(10, told.append)
    helper.join()
    assert isinstance(capture, Capture)
    place, scanned = SensorFeedback.PLACE_FINGER, SensorFeedback.SCANNED
    assert told == [place, scanned, SensorFeedback.LIFT_FINGER, place, scanned]
    assert module.verify([capture.template], 5, ignore) is MatchOutcome.MATCH
    sensor.place(OTHER, Placement.CLEAN)
    assert module.verify([capture.template], 5, ignore) is MatchOutcome.NO_MATCH


def test_enrolment_of_two_different_fingers_fails(module: ZfmModule, sensor: ZfmSimulator) -> None:
    helper = person(sensor, OTHER)
    helper.start()
    assert module.enrol(10, ignore) is MatchOutcome.BAD_IMAGE
    helper.join()


def test_enrolment_of_a_finger_that_stays_is_a_timeout(
    module: ZfmModule, sensor: ZfmSimulator
) -> None:
    sensor.place(OWN, Placement.CLEAN)
    assert module.enrol(0.2, ignore) is MatchOutcome.TIMEOUT


def test_a_line_that_fails_is_closed_and_opened_again_for_the_next_call() -> None:
    lines: list[ScriptedLine] = []

    def open_line() -> ScriptedLine:
        lines.append(ScriptedLine([]))
        return lines[-1]

    module = ZfmModule(open_line)
    for _ in range(2):
        with pytest.raises(DeviceLostError):
            module.verify([ENROLLED], 1.0, ignore)
    assert len(lines) == 2
    assert all(line.closed for line in lines)


def test_a_verification_costs_little_of_our_own_time(
    module: ZfmModule, sensor: ZfmSimulator
) -> None:
    """Processor time of the driver's thread, everything but waiting: 1.3 ms where it was written."""
    sensor.place(OWN, Placement.CLEAN)
    spent = []
    for _ in range(21):
        begun = time.thread_time()
        assert module.verify([ENROLLED], 5, ignore) is MatchOutcome.MATCH
        spent.append(time.thread_time() - begun)
    assert sorted(spent)[10] < 0.005


def test_the_line_is_the_serial_one(sensor: ZfmSimulator) -> None:
    module = ZfmModule(lambda: SerialLine.open(sensor.path, 57600), limits=LIMITS)
    assert module.status().state is ReaderState.READY
    sensor.unplug()
    assert module.status() == ReaderStatus(ReaderState.ABSENT)
    sensor.replug()
    assert module.status().state is ReaderState.READY
    module.close()

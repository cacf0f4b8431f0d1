"""What every fingerprint reader does, whatever family of modules stands behind the seam.

The readers are driven through their real wire. `any_rig` is also a real module with `--device`; a
person then puts fingers on it. `rig` can do harm to the line, so it is a simulated one.
"""

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError, DriverError
from drivers.fingerprint.iso19794 import FingerPosition
from drivers.fingerprint.seam import (
    Capture,
    MatchOutcome,
    ReaderState,
    SensorFeedback,
    Template,
    TemplateFormat,
    TemplateFormatError,
)
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import ModuleTiming, SimulatedModule
from simulators.fingerprint.sensor import CaptureResult
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.serial_line import Direction, LineFault
from tests.contract.devices import Device
from tests.contract.finger_rigs import (
    BRISK,
    SIMULATED,
    HandRig,
    Rig,
    SimulatedRig,
    readers_under_test,
)
from tests.needs import BUSY_S
from tests.shares import share

OWN, OTHER = Finger.of(1), Finger.of(2)
HARMLESS = [kind for kind in LineFault if kind is not LineFault.CUT]
"""Faults that do not end the line."""


def ignore(_: SensorFeedback) -> None: ...


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rig" in metafunc.fixturenames:
        metafunc.parametrize("rig", SIMULATED, indirect=True)
    if "any_rig" in metafunc.fixturenames:
        under_test = readers_under_test(metafunc.config)
        metafunc.parametrize("any_rig", under_test, indirect=True, ids=str)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatedRig]:
    made = SimulatedRig(request.param, tmp_path)
    yield made
    made.stop()


@pytest.fixture
def any_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if isinstance(request.param, Device):
        hand = HandRig(request.param, _say(request))
        yield hand
        hand.close()
    else:
        made = SimulatedRig(request.param, tmp_path)
        yield made
        made.stop()


def _say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n  ▶ {text}\n")
            sys.stderr.flush()

    return say


def captured(rig: Rig, finger: Finger) -> Template:
    rig.place(finger)
    capture = rig.reader.capture(rig.wait_s, ignore)
    assert isinstance(capture, Capture)
    return capture.template


# ---------------------------------------------------------------- any module


def test_a_captured_finger_matches_itself_and_no_other(any_rig: Rig) -> None:
    template = captured(any_rig, OWN)
    assert template.format in any_rig.reader.formats
    any_rig.lift()
    any_rig.place(OWN)
    told: list[SensorFeedback] = []
    assert any_rig.reader.verify([template], any_rig.wait_s, told.append) is MatchOutcome.MATCH
    assert told == [SensorFeedback.PLACE_FINGER, SensorFeedback.SCANNED]
    any_rig.lift()
    any_rig.place(OTHER)
    outcome = any_rig.reader.verify([template], any_rig.wait_s, ignore)
    assert outcome is MatchOutcome.NO_MATCH


def test_no_finger_is_a_timeout(any_rig: Rig) -> None:
    any_rig.lift()
    told: list[SensorFeedback] = []
    begun = time.monotonic()
    assert any_rig.reader.capture(1, told.append) is MatchOutcome.TIMEOUT
    assert 0.9 < time.monotonic() - begun < BUSY_S
    assert told == [SensorFeedback.PLACE_FINGER, SensorFeedback.NO_FINGER]


def test_cancelling_from_another_thread_ends_the_wait(any_rig: Rig) -> None:
    any_rig.lift()

    def officer() -> None:
        assert any_rig.wait_for_scan()
        any_rig.reader.cancel()

    helper = threading.Thread(target=officer)
    helper.start()
    begun = time.monotonic()
    assert any_rig.reader.capture(2 * BUSY_S, ignore) is MatchOutcome.CANCELLED
    assert time.monotonic() - begun < BUSY_S
    helper.join()
    assert isinstance(captured(any_rig, OWN), Template)


def test_a_status_says_what_it_is(any_rig: Rig) -> None:
    status = any_rig.reader.status()
    assert status.state is ReaderState.READY
    assert status.model
    assert status.capacity is None or status.capacity > 0


def test_templates_of_another_format_are_refused(any_rig: Rig) -> None:
    for foreign in set(TemplateFormat) - any_rig.reader.formats:
        with pytest.raises(TemplateFormatError, match="use another module"):
            any_rig.reader.verify([Template(b"\x01" * 30, foreign)], 1, ignore)


def test_a_second_opener_is_kept_out(any_rig: Rig) -> None:
    with pytest.raises(DeviceNotFoundError):
        any_rig.open_another()


# ---------------------------------------------------------------- fingers


def test_the_enrolled_finger_matches(rig: SimulatedRig) -> None:
    rig.place(OWN)
    told: list[SensorFeedback] = []
    assert rig.reader.verify([rig.template(OWN)], 5, told.append) is MatchOutcome.MATCH
    assert told == [SensorFeedback.PLACE_FINGER, SensorFeedback.SCANNED]
    assert rig.simulator.view().result is CaptureResult.MATCH


def test_another_finger_does_not_match(rig: SimulatedRig) -> None:
    rig.place(OTHER)
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.NO_MATCH
    assert rig.simulator.view().result is CaptureResult.NO_MATCH


def test_one_of_several_templates_is_enough(rig: SimulatedRig) -> None:
    templates = [rig.template(finger) for finger in (OTHER, OWN, Finger.of(3))]
    rig.place(OWN)
    assert rig.reader.verify(templates, 5, ignore) is MatchOutcome.MATCH
    rig.place(Finger.of(4))
    assert rig.reader.verify(templates, 5, ignore) is MatchOutcome.NO_MATCH


def test_the_persons_other_finger_does_not_match(rig: SimulatedRig) -> None:
    rig.place(Finger.of(1, FingerPosition.LEFT_INDEX))
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.NO_MATCH


@pytest.mark.parametrize("how", [Placement.WET, Placement.DRY])
def test_a_bad_placement_is_a_bad_image_with_a_hint(rig: SimulatedRig, how: Placement) -> None:
    rig.simulator.place(OWN, how)
    told: list[SensorFeedback] = []
    assert rig.reader.verify([rig.template(OWN)], 5, told.append) is MatchOutcome.BAD_IMAGE
    assert told[0] is SensorFeedback.PLACE_FINGER
    assert told[-1] in {SensorFeedback.TRY_AGAIN, SensorFeedback.MOVED, SensorFeedback.PARTIAL}
    assert rig.reader.capture(5, ignore) is MatchOutcome.BAD_IMAGE
    assert rig.simulator.view().result is CaptureResult.BAD_IMAGE


def test_a_finger_that_comes_later_is_waited_for(rig: SimulatedRig) -> None:
    def person() -> None:
        assert rig.wait_for_scan()
        rig.place(OWN)

    helper = threading.Thread(target=person)
    helper.start()
    # More than an SFM module can count by itself.
    assert rig.reader.verify([rig.template(OWN)], 30, ignore) is MatchOutcome.MATCH
    helper.join()


def test_cancelling_when_nothing_runs_does_nothing(rig: SimulatedRig) -> None:
    rig.reader.cancel()
    rig.place(OWN)
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize("templates", [[], [b""], [b"\x01" * 30] * 11])
def test_the_number_of_templates_is_the_callers_duty(
    rig: SimulatedRig, templates: list[bytes]
) -> None:
    (taken,) = rig.reader.formats
    with pytest.raises(ValueError, match="templates"):
        rig.reader.verify([Template(data, taken) for data in templates], 5, ignore)


# ---------------------------------------------------------------- plugs and power


def test_unplugged_in_the_middle_is_lost_and_replugged_works_again(rig: SimulatedRig) -> None:
    def thief() -> None:
        assert rig.wait_for_scan()
        rig.simulator.unplug()

    helper = threading.Thread(target=thief)
    helper.start()
    with pytest.raises(DeviceLostError):
        rig.reader.verify([rig.template(OWN)], 20, ignore)
    helper.join()
    assert rig.reader.status().state is ReaderState.ABSENT
    with pytest.raises(DeviceNotFoundError):
        rig.reader.verify([rig.template(OWN)], 20, ignore)
    rig.simulator.replug()
    rig.wake()
    rig.place(OWN)
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize(("at", "after"), [(1, 0), (1, 8), (2, 1), (3, 8)])
def test_a_plug_pulled_in_the_middle_of_an_answer_is_a_loss(
    rig: SimulatedRig, at: int, after: int
) -> None:
    rig.place(OWN)
    rig.simulator.fault(LineFault.CUT, at=at, after=after)
    with pytest.raises((DeviceLostError, DeviceNotFoundError)):
        rig.reader.verify([rig.template(OWN)], 5, ignore)
    rig.simulator.replug()
    rig.wake()
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH


def test_unplugged_while_idle_goes_unnoticed(rig: SimulatedRig) -> None:
    rig.simulator.unplug()
    rig.simulator.replug()
    rig.wake()
    rig.place(OWN)
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH


def test_what_the_power_took_is_set_up_again(rig: SimulatedRig) -> None:
    for _ in range(2):
        rig.place(OWN)
        assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH
        rig.simulator.power_cycle()
        rig.wake()


@pytest.mark.parametrize("kind", SIMULATED)
def test_a_silent_device_is_told_from_an_absent_one(tmp_path: Path, kind: str) -> None:
    deaf = ModuleTiming(power_on_s=60.0)
    module = SfmModule if kind == "sfm" else ZfmModule
    simulator: SimulatedModule = (
        SfmSimulator(tmp_path / "deaf", timing=deaf)
        if kind == "sfm"
        else ZfmSimulator(tmp_path / "deaf", timing=deaf)
    )
    with simulator, pytest.raises(DeviceTimeoutError):
        module.open(simulator.path, limits=BRISK)
    with pytest.raises(DeviceNotFoundError):
        module.open(str(tmp_path / "nothing"), limits=BRISK)


# ---------------------------------------------------------------- a bad line


@pytest.mark.parametrize(("kind", "direction"), share(itertools.product(HARMLESS, Direction), 3))
def test_a_damaged_exchange_before_the_finger_is_repeated(
    rig: SimulatedRig, kind: LineFault, direction: Direction
) -> None:
    rig.simulator.fault(kind, direction)
    rig.place(OWN)
    assert rig.reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize(
    "kind", [LineFault.SPLIT, LineFault.GARBAGE, LineFault.DUPLICATE, LineFault.CORRUPT]
)
@pytest.mark.parametrize("finger", [OWN, OTHER])
def test_a_disturbed_result_is_read_or_no_result(
    rig: SimulatedRig, kind: LineFault, finger: Finger
) -> None:
    reader = rig.open(BRISK)
    right = MatchOutcome.MATCH if finger is OWN else MatchOutcome.NO_MATCH

    def on_feedback(feedback: SensorFeedback) -> None:
        if feedback is SensorFeedback.SCANNED:
            rig.simulator.fault(kind)

    rig.place(finger)
    try:
        assert reader.verify([rig.template(OWN)], 5, on_feedback) is right
    except DeviceTimeoutError:
        # Only where the module cannot be asked for the result a second time.
        assert rig.kind == "sfm"
        assert kind is LineFault.CORRUPT
    # Nothing left over from it answers the next question.
    assert reader.verify([rig.template(OTHER)], 5, ignore) is (
        MatchOutcome.NO_MATCH if finger is OWN else MatchOutcome.MATCH
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    share((kind for kind in HARMLESS if kind not in (LineFault.LATE, LineFault.SPLIT)), 2),
)
def test_no_bad_line_makes_a_wrong_result(rig: SimulatedRig, kind: LineFault) -> None:
    """One answer in eight is hit: the finger's own result comes out, or none."""
    reader = rig.open(BRISK)
    for finger in (OTHER, OWN) * 2:
        rig.place(finger)
        rig.simulator.faults_at_rate(kind, 0.12)
        try:
            outcome = reader.verify([rig.template(OWN)], 5, ignore)
        except DriverError:
            continue
        finally:
            rig.simulator.clear_faults()
        assert outcome is (MatchOutcome.MATCH if finger is OWN else MatchOutcome.NO_MATCH)
    rig.place(OWN)
    assert reader.verify([rig.template(OWN)], 5, ignore) is MatchOutcome.MATCH

"""What every fingerprint reader does, whatever stands behind the seam.

The readers are driven through their real wire; a person stands for whoever puts fingers on the sensor.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import CaptureError, DeviceLost, DeviceNotFound, DeviceTimeout, ProtocolError
from drivers.fingerprint.iso19794 import FingerPosition, parse_record
from drivers.fingerprint.seam import (
    Feedback,
    FingerprintReader,
    MatchOutcome,
    ReaderState,
    ReaderStatus,
)
from drivers.fingerprint.sfm import ScannedTemplate, SfmModule
from drivers.fingerprint.sfm_wire import Code
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.matcher import compare
from simulators.fingerprint.sfm import SfmSimulator, Timing
from simulators.serial_line import Direction, LineFault

QUICK = Timing(power_on_s=0.02, scan_s=0.02, match_s=0.02)
OWN, OTHER = Finger.of(1), Finger.of(2)


def ignore(_: Feedback) -> None: ...


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


@pytest.fixture
def reader(module: SfmModule) -> FingerprintReader:
    return module


def test_the_own_finger_matches_and_feedback_comes_in_order(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    sensor.place(OWN, Placement.CLEAN)
    told: list[Feedback] = []
    assert reader.verify([OWN.template()], 5, told.append) is MatchOutcome.MATCH
    assert told == [Feedback.PLACE_FINGER, Feedback.SCANNED]


def test_another_finger_does_not_match(reader: FingerprintReader, sensor: SfmSimulator) -> None:
    sensor.place(OTHER, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.NO_MATCH


def test_one_of_several_templates_of_different_size_is_enough(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    templates = [OTHER.template(), OWN.template(), Finger.of(3).template()]
    assert len(set(map(len, templates))) > 1
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify(templates, 5, ignore) is MatchOutcome.MATCH


def test_the_persons_other_finger_does_not_match(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    sensor.place(Finger.of(1, FingerPosition.LEFT_INDEX), Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.NO_MATCH


def test_a_wet_finger_is_a_bad_image(reader: FingerprintReader, sensor: SfmSimulator) -> None:
    sensor.place(OWN, Placement.WET)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.BAD_IMAGE


def test_no_finger_is_a_timeout_of_the_module(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    told: list[Feedback] = []
    begun = time.monotonic()
    assert reader.verify([OWN.template()], 1, told.append) is MatchOutcome.TIMEOUT
    assert 0.9 < time.monotonic() - begun < 1.6
    assert told == [Feedback.PLACE_FINGER]


def test_a_finger_that_comes_later_is_waited_for(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    def person() -> None:
        assert sensor.wait_for_scan(5)
        sensor.place(OWN, Placement.CLEAN)

    helper = threading.Thread(target=person)
    helper.start()
    # More than the module can count by itself.
    assert reader.verify([OWN.template()], 30, ignore) is MatchOutcome.MATCH
    helper.join()


def test_cancelling_from_another_thread_ends_the_wait(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    def officer() -> None:
        assert sensor.wait_for_scan(5)
        reader.cancel()

    helper = threading.Thread(target=officer)
    helper.start()
    begun = time.monotonic()
    assert reader.verify([OWN.template()], 20, ignore) is MatchOutcome.CANCELLED
    assert time.monotonic() - begun < 2
    helper.join()
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_cancelling_when_nothing_runs_does_nothing(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    reader.cancel()
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_unplugged_in_the_middle_is_lost_and_replugged_works_again(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    def thief() -> None:
        assert sensor.wait_for_scan(5)
        sensor.unplug()

    helper = threading.Thread(target=thief)
    helper.start()
    with pytest.raises(DeviceLost):
        reader.verify([OWN.template()], 20, ignore)
    helper.join()
    assert reader.status().state is ReaderState.ABSENT
    with pytest.raises(DeviceNotFound):
        reader.verify([OWN.template()], 20, ignore)
    sensor.replug()
    time.sleep(2 * QUICK.power_on_s)
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_unplugged_while_idle_goes_unnoticed(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    sensor.unplug()
    sensor.replug()
    time.sleep(2 * QUICK.power_on_s)
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_settings_lost_with_the_power_are_written_again(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    for _ in range(2):
        sensor.place(OWN, Placement.CLEAN)
        assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH
        sensor.power_cycle()
        time.sleep(2 * QUICK.power_on_s)


def test_status_names_the_firmware(reader: FingerprintReader) -> None:
    assert reader.status() == ReaderStatus(ReaderState.READY, "S1.0")


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("kind", list(LineFault))
def test_a_damaged_exchange_of_settings_is_repeated(
    reader: FingerprintReader, sensor: SfmSimulator, kind: LineFault, direction: Direction
) -> None:
    sensor.fault(kind, direction)
    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


@pytest.mark.parametrize("kind", [LineFault.CORRUPT, LineFault.DROP, LineFault.SILENCE])
def test_a_lost_result_is_no_result(
    module: SfmModule, sensor: SfmSimulator, monkeypatch: pytest.MonkeyPatch, kind: LineFault
) -> None:
    monkeypatch.setattr("drivers.fingerprint.sfm.MATCH_S", 0.5)

    def on_feedback(feedback: Feedback) -> None:
        if feedback is Feedback.SCANNED:
            sensor.fault(kind)

    sensor.place(OWN, Placement.CLEAN)
    with pytest.raises(DeviceTimeout):
        module.verify([OWN.template()], 5, on_feedback)
    # The driver has found its way back.
    assert module.verify([OTHER.template()], 5, ignore) is MatchOutcome.NO_MATCH


@pytest.mark.parametrize("kind", [LineFault.SPLIT, LineFault.GARBAGE, LineFault.DUPLICATE])
def test_a_disturbed_result_is_read_all_the_same(
    reader: FingerprintReader, sensor: SfmSimulator, kind: LineFault
) -> None:
    def on_feedback(feedback: Feedback) -> None:
        if feedback is Feedback.SCANNED:
            sensor.fault(kind)

    sensor.place(OWN, Placement.CLEAN)
    assert reader.verify([OWN.template()], 5, on_feedback) is MatchOutcome.MATCH
    # Nothing left over from it answers the next question.
    assert reader.verify([OTHER.template()], 5, ignore) is MatchOutcome.NO_MATCH


def test_a_match_without_a_scanned_finger_is_not_believed(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    def on_feedback(feedback: Feedback) -> None:
        if feedback is Feedback.PLACE_FINGER:
            sensor.fault(LineFault.SILENCE)
            sensor.place(OWN, Placement.CLEAN)

    with pytest.raises(ProtocolError):
        reader.verify([OWN.template()], 5, on_feedback)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_a_suspected_fake_finger_is_an_error_of_its_own(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    sensor.force(Code.FAKE_FINGER)
    with pytest.raises(CaptureError):
        reader.verify([OWN.template()], 5, ignore)


def test_a_template_that_is_no_record_is_refused(
    reader: FingerprintReader, sensor: SfmSimulator
) -> None:
    sensor.place(OWN, Placement.CLEAN)
    with pytest.raises(ProtocolError):
        reader.verify([b"\x05" * 60], 5, ignore)
    assert reader.verify([OWN.template()], 5, ignore) is MatchOutcome.MATCH


def test_a_scanned_template_is_a_record_that_matches(
    module: SfmModule, sensor: SfmSimulator
) -> None:
    sensor.place(OWN, Placement.CLEAN)
    scanned = module.scan_template(5, ignore)
    assert isinstance(scanned, ScannedTemplate)
    assert scanned.quality > 50
    live = parse_record(scanned.record).views[0].minutiae
    enrolled = parse_record(OWN.template()).views[0].minutiae
    assert compare(live, enrolled).is_match


def test_a_scan_without_a_finger_is_a_timeout(module: SfmModule, sensor: SfmSimulator) -> None:
    assert module.scan_template(1, ignore) is MatchOutcome.TIMEOUT


def test_a_second_opener_is_kept_out(module: SfmModule, sensor: SfmSimulator) -> None:
    with pytest.raises(DeviceNotFound):
        SfmModule.open(sensor.path)


def test_a_silent_device_is_told_from_an_absent_one(tmp_path: Path) -> None:
    deaf = Timing(power_on_s=60.0)
    with SfmSimulator(tmp_path / "deaf", timing=deaf) as simulator, pytest.raises(DeviceTimeout):
        SfmModule.open(simulator.path)
    with pytest.raises(DeviceNotFound):
        SfmModule.open(str(tmp_path / "nothing"))

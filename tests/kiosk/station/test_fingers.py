"""The finger desk with modules of both families."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.fingerprint.limits import Limits
from drivers.fingerprint.seam import Feedback as SensorFeedback
from drivers.fingerprint.seam import FingerprintReader
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from kiosk.flows.identity import events as on
from kiosk.reports import Check
from kiosk.station.fingers import _FEEDBACK, FingerDesk
from simulators.fingerprint.fingers import Finger
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator


def ignore(*_: object) -> None: ...


def checked(reader: FingerprintReader, post: Callable[[on.Event], None] = ignore) -> Check:
    desk = FingerDesk(reader, post, ignore, ignore)
    try:
        return desk.check()
    finally:
        desk.stop()


def test_everything_a_sensor_may_say_is_shown() -> None:
    assert set(_FEEDBACK) == set(SensorFeedback)


def test_the_self_test_names_the_module(tmp_path: Path) -> None:
    with SfmSimulator(tmp_path / "sfm", timing=INSTANT, paced=False) as simulator:
        check = checked(SfmModule.open(simulator.path))
    assert check.passed
    assert check.detail == "Suprema SFM, module 1A S1.0"


def test_a_module_that_cannot_compare_what_cards_hold_fails_the_self_test(tmp_path: Path) -> None:
    with ZfmSimulator(tmp_path / "zfm", timing=INSTANT, paced=False) as simulator:
        check = checked(ZfmModule.open(simulator.path, limits=Limits(settle_s=0.02)))
    assert not check.passed
    assert "another model" in check.detail


def test_and_with_it_a_person_is_not_matched_but_sent_to_the_override(tmp_path: Path) -> None:
    events: list[on.Event] = []
    done = threading.Event()
    with ZfmSimulator(tmp_path / "zfm", timing=INSTANT, paced=False) as simulator:
        desk = FingerDesk(ZfmModule.open(simulator.path), events.append, ignore, ignore)
        desk.match(on.MatchFinger((Finger.of(1).template(),), 2.0))
        desk._worker.submit(done.set)
        assert done.wait(5)
        desk.stop()
    assert events == [on.FingerSensorLost()]


@pytest.mark.parametrize("feedback", [f for f in SensorFeedback if f.name.startswith("TOO_")])
def test_wet_and_dry_are_a_poor_image_on_the_screen(feedback: SensorFeedback) -> None:
    assert _FEEDBACK[feedback].value == "poor-image"

"""The finger desk with modules of both families."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest

from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import (
    FingerprintReader,
    MatchOutcome,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
    TemplateFormat,
)
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from kiosk.flows.identity import events as on
from kiosk.station.fingers import FingerprintService
from kiosk.status import CheckLine
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from words.message import Latin


def ignore(*_: object) -> None: ...


def checked(
    reader: FingerprintReader, post: Callable[[on.IdentityEvent], None] = ignore
) -> CheckLine:
    desk = FingerprintService(reader, post, ignore, ignore)
    try:
        return desk.check()
    finally:
        desk.stop()


def test_the_self_test_names_the_module(tmp_path: Path) -> None:
    with SfmSimulator(tmp_path / "sfm", timing=INSTANT, paced=False) as simulator:
        check = checked(SfmModule.open(simulator.path))
    assert check.passed
    assert check.detail == Latin("Suprema SFM, module 1A S1.0")


def test_a_module_that_cannot_compare_what_cards_hold_fails_the_self_test(tmp_path: Path) -> None:
    with ZfmSimulator(tmp_path / "zfm", timing=INSTANT, paced=False) as simulator:
        check = checked(ZfmModule.open(simulator.path, limits=FingerprintLimits(settle_s=0.02)))
    assert not check.passed
    assert "another model" in str(check.detail)


def test_and_with_it_a_person_is_not_matched_but_sent_to_the_override(tmp_path: Path) -> None:
    events: list[on.IdentityEvent] = []
    done = threading.Event()
    with ZfmSimulator(tmp_path / "zfm", timing=INSTANT, paced=False) as simulator:
        desk = FingerprintService(ZfmModule.open(simulator.path), events.append, ignore, ignore)
        desk.match(on.MatchFinger((Finger.of(1).template(),), 2.0))
        desk._worker.submit(done.set)
        assert done.wait(30)
        desk.stop()
    assert events == [on.FingerSensorLost()]


class Hinting:
    """A module that says what was bad about the finger, and then that it was bad."""

    formats = frozenset({TemplateFormat.ISO_19794_2})

    def __init__(self, *hints: SensorFeedback) -> None:
        self._hints = hints

    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        return self.capture(timeout_s, on_feedback)

    def capture(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Literal[MatchOutcome.BAD_IMAGE]:
        for hint in self._hints:
            on_feedback(hint)
        return MatchOutcome.BAD_IMAGE

    def cancel(self) -> None: ...

    def status(self) -> ReaderStatus:
        return ReaderStatus(ReaderState.READY)

    def close(self) -> None: ...


def outcome(reader: FingerprintReader, effect: on.MatchFinger) -> list[on.IdentityEvent]:
    events: list[on.IdentityEvent] = []
    done = threading.Event()
    desk = FingerprintService(reader, events.append, ignore, ignore)
    desk.match(effect)
    desk._worker.submit(done.set)
    assert done.wait(30)
    desk.stop()
    return events


@pytest.mark.parametrize(
    "hint",
    [
        SensorFeedback.TOO_DRY,
        SensorFeedback.TOO_WET,
        SensorFeedback.PARTIAL,
        SensorFeedback.MOVED,
        SensorFeedback.PRESS_HARDER,
        SensorFeedback.TRY_AGAIN,
    ],
)
@pytest.mark.parametrize("on_card", [None, 0])
def test_a_failed_try_says_what_was_bad(hint: SensorFeedback, on_card: int | None) -> None:
    effect = on.MatchFinger((b"template",), 1.0, on_card)
    place, lift = SensorFeedback.PLACE_FINGER, SensorFeedback.LIFT_FINGER
    events = outcome(Hinting(place, hint, lift), effect)
    assert events == [
        on.FingerFeedback(place),
        on.FingerFeedback(hint),
        on.FingerFeedback(lift),
        on.FingerNotMatched(hint),
    ]


def test_a_module_without_standard_templates_cannot_serve_cards_that_compare(
    tmp_path: Path,
) -> None:
    with ZfmSimulator(tmp_path / "zfm", timing=INSTANT, paced=False) as simulator:
        reader = ZfmModule.open(simulator.path, limits=FingerprintLimits(settle_s=0.02))
        desk = FingerprintService(reader, ignore, ignore, ignore, compare=ignore)
        check = desk.check()
        desk.stop()
        simulator.place(Finger.of(1), Placement.CLEAN)
        events = outcome(ZfmModule.open(simulator.path), on.MatchFinger((), 2.0, 0))
    assert not check.passed
    assert "give what cards compare" in str(check.detail)
    assert events[-1] == on.FingerSensorLost()

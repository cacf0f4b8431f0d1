"""A switch counts when it is held long enough: trembling and brushing against it do not."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from tests.ui.ballot.ways import Machine
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample, status
from ui.ballot.window import BallotWindow
from ui.keys.hold import GAP_S, HOLDS_S, Hold
from ui.keys.scan import Way

MS = 0.001
STEP = 10
"""Milliseconds between two looks."""
SHORT_GAPS = st.integers(1, round(GAP_S * 1000) - 3 * STEP)
LONG_GAPS = st.integers(round(GAP_S * 1000) + 3 * STEP, 900)
TOUCHES = st.lists(st.tuples(st.integers(10, 1200), SHORT_GAPS | LONG_GAPS), max_size=12)


def counted(hold: float, touches: list[tuple[int, int]]) -> int:
    """How often a switch counts that is down and up for these milliseconds."""
    now, count, state = 1000, 0, Hold(hold)

    def pass_by(milliseconds: int) -> None:
        nonlocal now, count, state
        for _ in range(0, milliseconds, STEP):
            state, counts = state.look(now * MS)
            count += counts > 0
            now += STEP

    for down, up in touches:
        state, counts = state.down(1, now * MS)
        count += counts > 0
        pass_by(down)
        state = state.up(1, now * MS)
        pass_by(up)
    return count


def held(touches: list[tuple[int, int]]) -> list[int]:
    """Return how long a hand means to hold, with short gaps as one."""
    merged: list[int] = []
    joined = False
    for down, up in touches:
        rounded, gap = -(-down // STEP) * STEP, -(-up // STEP) * STEP
        merged = [*merged[:-1], merged[-1] + rounded] if joined else [*merged, rounded]
        joined = up <= GAP_S * 1000
        if joined:
            merged[-1] += gap
    return merged


@given(st.sampled_from(HOLDS_S[1:]), TOUCHES)
def test_it_counts_once_for_each_time_that_it_is_meant(
    hold: float, touches: list[tuple[int, int]]
) -> None:
    touches = [*touches[:-1], (touches[-1][0], 500)] if touches else []
    lengths = held(touches)
    assume(all(abs(length - hold * 1000) > 12 * STEP for length in lengths))
    assert counted(hold, touches) == sum(length > hold * 1000 for length in lengths)


@given(TOUCHES)
def test_without_a_hold_every_press_counts_at_once(touches: list[tuple[int, int]]) -> None:
    assert counted(0.0, touches) == len(touches)


@given(st.lists(st.tuples(st.sampled_from(("down", "up", "look")), st.integers(1, 2))))
def test_no_order_of_events_makes_a_switch_count_that_was_not_held(
    events: list[tuple[str, int]],
) -> None:
    """Lost releases and two switches at once: at 5 ms an event nothing is held for 200 ms in 40 of them."""
    state = Hold(0.2)
    for number, (what, switch) in enumerate(events[:40]):
        now = number * 0.005
        if what == "up":
            state = state.up(switch, now)
            continue
        state, counts = state.down(switch, now) if what == "down" else state.look(now)
        assert counts == 0
    state, counts = state.down(2, 10.0)
    assert counts == 0
    state, counts = state.look(10.3)
    assert counts == 2, "whatever went before, a switch that is held counts"


# ---------------------------------------------------------------- at the window


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=220)


@pytest.fixture
def machine(qtbot: QtBot, sample: Sample) -> Machine:
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return Machine(window, sample)


class Hand:
    """Presses F11 and F12 by events; time is ours."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.now = machine, 100.0
        pilot = machine.window.pilot
        pilot._clock = pilot.hold._clock = lambda: self.now

    def press(self, key: Qt.Key, seconds: float) -> None:
        window = self.machine.window
        target = window.focusWidget() or window
        QTest.keyPress(target, key)
        self.now += seconds
        window.pilot.hold.look()
        settle()
        QTest.keyRelease(window.focusWidget() or window, key)
        self.now += 0.7
        window.pilot.hold.look()
        window.pilot.scanner._timer.stop()
        settle()

    def choose(self, key: str, seconds: float) -> None:
        """Go to a row with the first switch, into it with the second, to the key and choose it."""
        scanner = self.machine.window.pilot.scanner
        for inside in (False, True):
            for _ in range(40):
                if scanner.offers == (key,) or (not inside and key in scanner.offers):
                    break
                self.press(Qt.Key.Key_F11, seconds)
            alone = scanner.offers == (key,)
            assert alone or key in scanner.offers
            self.press(Qt.Key.Key_F12, seconds)
            if alone:
                return


@pytest.mark.slow
def test_two_switches_are_held_as_long_as_the_voter_wants_and_the_next_voter_begins_anew(
    machine: Machine,
) -> None:
    hand, window = Hand(machine), machine.window
    machine.insert()
    hand.press(Qt.Key.Key_F11, 0.05)
    hand.press(Qt.Key.Key_F12, 0.05)
    assert window.pilot.scanner.way is Way.TWO
    hand.choose("pat-longer", 0.05)
    hand.choose("pat-longer", 0.3)
    assert window.pilot.hold.step == 2
    for _ in range(9):
        hand.press(Qt.Key.Key_F12, 0.1)
    assert window.pilot.hold.step == 2, "brushed against"
    hand.choose("pat-begin", 0.5)
    assert window.findChild(QWidget, "pat-speed") is None
    before = window.pilot.scanner.offers
    for _ in range(5):
        hand.press(Qt.Key.Key_F11, 0.2)
    assert window.pilot.scanner.offers == before
    hand.press(Qt.Key.Key_F11, 0.5)
    assert window.pilot.scanner.offers != before
    state = machine.state
    assert isinstance(state, at.VoterState)
    window.show_state(at.Inactive(state, 1.0), status())
    assert window.pilot.hold.step == 0, "whoever cannot hold so long is not shut out"
    window.pilot.hold.longer(3)
    machine.act(on.CardRemoved())
    window.show_state(at.Closed(ClosedReason.PAUSED), status())
    assert window.pilot.hold.step == 0

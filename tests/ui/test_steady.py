"""A second touch within half a second is none: every control of every screen of the voter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from tests.shares import share
from tests.ui.ballot.ways import Machine, page_of, stop
from tests.ui.gallery import situations, touch
from tests.ui.hands import calm, settle
from tests.ui.sample import Sample, make_sample, status
from ui.ballot.window import BallotWindow
from ui.keys.stops import stops_of
from ui.widgets import Button, CodeBoxes, make_look
from ui.widgets.pinpad import PinPad
from ui.widgets.stage import Stage
from ui.widgets.steady import AGAIN_S
from words.languages import for_voters


class Hand:
    """A finger at a window whose clock is the test's."""

    def __init__(self, window: QWidget, stage: Stage) -> None:
        self.window, self.now = window, 100.0
        stage.steady.clock = lambda: self.now

    def touch(self, spot: QPoint) -> None:
        handle = self.window.windowHandle()
        assert handle is not None
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
        settle()


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=420)


@pytest.fixture
def window(qtbot: QtBot, sample: Sample) -> BallotWindow:
    made = BallotWindow(96.0, sample.portraits)
    made.hears = True
    qtbot.addWidget(made)
    made.resize(1285, 801)
    made.show()
    return made


def drawn(window: BallotWindow) -> tuple[str, ...]:
    """What can be read and touched."""
    seen = (w for w in window.findChildren(QWidget) if w.isVisible())
    return tuple(
        f"{w.objectName()} {w.accessibleName()} "
        f"{w.text() if isinstance(w, QLabel | QLineEdit) else ''}"
        for w in seen
        if isinstance(w, QLabel | QLineEdit | Button | CodeBoxes)
    )


def controls(window: BallotWindow, sample: Sample) -> Iterator[tuple[str, str]]:
    """Every control of every situation, by name; a share of both."""
    names = [
        name
        for name, (state, _) in situations(sample, at.Presentation()).items()
        if not isinstance(state, at.Closed | at.Idle | at.CheckingCard)
    ]
    for place, name in enumerate(share(names, 5)):
        show(window, sample, name)
        rows = stops_of(page_of(window))
        keys = [one.key for row in rows for one in row]
        yield from ((name, key) for key in share(keys, 9, place))


def show(window: BallotWindow, sample: Sample, name: str) -> None:
    state, touches = situations(sample, at.Presentation())[name]
    window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
    window.show_state(state, status())
    settle()
    for place in touches:
        touch(window, place)


CHOSEN = ("tab-", "lang-", "size-", "theme-")
"""Controls of which one is chosen already."""
EMPTY = {("05-marking-empty", "key-erase"), ("05-marking-alphabet", "key-erase")}
"""Nothing is typed there, so that nothing can be taken away."""


@pytest.mark.slow
def test_a_second_touch_of_any_control_is_none(window: BallotWindow, sample: Sample) -> None:
    hand = Hand(window, window._stage)
    acted: list[object] = []
    window.acted.connect(acted.append)
    told: list[str] = []
    shown = ""
    for name, key in controls(window, sample):
        shown = name
        show(window, sample, name)
        calm(window)
        page = page_of(window)
        spot = page.mapTo(window, stop(window, key).area.center())
        before = len(acted), drawn(window)
        hand.touch(spot)
        once = len(acted), drawn(window)
        for _ in range(3):
            hand.now += AGAIN_S * 0.9
            hand.touch(spot)
        if (len(acted), drawn(window)) != once:
            told.append(f"{name}: {key} acts again")
        idle = key.startswith(CHOSEN) or (name, key) in EMPTY
        if once == before and not idle:
            told.append(f"{name}: {key} does not act at all")
    assert shown
    assert told == []


def test_a_touch_that_is_meant_counts_and_so_does_one_elsewhere(
    window: BallotWindow, sample: Sample
) -> None:
    machine = Machine(window, sample)
    hand = Hand(window, window._stage)

    def spot(key: str) -> QPoint:
        return page_of(window).mapTo(window, stop(window, key).area.center())

    machine.insert()
    begin = spot("begin")
    hand.touch(begin)
    assert isinstance(machine.state, at.Marking)
    hand.touch(begin)
    settle()
    assert not machine.state.confirming_blank, "the next screen's main button stands there"
    hand.now += AGAIN_S
    machine.act(on.Toggled(sample.council.candidates[0].code))
    hand.touch(spot("tab-code"))
    for digit in "10":
        # Neighbours, as fast as anybody types.
        hand.touch(spot(f"digit-{digit}"))
    hand.touch(spot("digit-0"))
    boxes = window.findChild(CodeBoxes)
    assert boxes is not None
    assert boxes._code == "10"
    hand.now += AGAIN_S
    hand.touch(spot("digit-0"))
    assert boxes._code == "100"
    hand.touch(spot("digit-9"))
    hand.touch(spot("digit-0"))
    assert boxes._code in {"", "1009"} or boxes._code.startswith("1009")


def test_an_entry_that_moves_under_the_finger_stays(window: BallotWindow, sample: Sample) -> None:
    """Take one away: the next one stands where it was."""
    machine = Machine(window, sample)
    hand = Hand(window, window._stage)
    machine.insert()
    machine.act(on.Begin())
    for candidate in sample.council.candidates[:3]:
        machine.act(on.Toggled(candidate.code))
    settle()
    key = f"tray-{sample.council.candidates[2].code}"
    spot = page_of(window).mapTo(window, stop(window, key).area.center())
    for _ in range(3):
        hand.touch(spot)
        hand.now += AGAIN_S / 2
    assert isinstance(machine.state, at.Marking)
    assert len(machine.state.marks.persons) == 2
    machine.act(on.CardRemoved())
    steady = window._stage.steady
    assert steady._touched.isEmpty(), "nobody learns where the last voter touched"
    assert steady._at == 0.0


def test_a_pin_is_typed_as_fast_as_anybody_can(qtbot: QtBot) -> None:
    """Nobody would see that a digit was not taken."""
    look = make_look(96.0, at.Presentation(), for_voters())
    pad = PinPad(look)
    stage = Stage(pad)
    qtbot.addWidget(stage)
    stage.resize(600, 700)
    stage.show()
    settle()
    hand = Hand(stage, stage)
    entered: list[str] = []
    pad.entered.connect(entered.append)
    for key in ("pin-1", "pin-1", "pin-1", "pin-1", "pin-1", "pin-1", "pin-ok"):
        button = pad.findChild(Button, key)
        assert button is not None
        hand.touch(button.mapTo(stage, button.rect().center()))
    assert entered == ["111111"]

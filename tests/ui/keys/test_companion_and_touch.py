"""A companion, who sees or not; and touch to hear: the first touch says it, the second does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from tests.ui.ballot.looking import seen
from tests.ui.ballot.ways import Machine, page_of, stop
from tests.ui.gallery import situations
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample, status
from ui.ballot.window import BallotWindow
from ui.keys.acts import KeyAct
from ui.widgets.steady import AGAIN_S

SEES = at.Presentation(companion=at.Companion.SEES)
DARK = at.Presentation(companion=at.Companion.DARK)
HEARS = at.Presentation(touch=at.Touch.HEARS)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=220)


@pytest.fixture
def machine(qtbot: QtBot, sample: Sample) -> Machine:
    window = BallotWindow(96, sample.portraits)
    window.hears = True
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return Machine(window, sample)


def shown(machine: Machine, name: str) -> list[QWidget]:
    settle()
    return [w for w in machine.window.findChildren(QWidget, name) if w.isVisible()]


def press(machine: Machine, spot: QPoint) -> None:
    """Touch whatever lies uppermost there, through the window system."""
    handle = machine.window.windowHandle()
    assert handle is not None
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()


def spot_of(machine: Machine, key: str) -> QPoint:
    return page_of(machine.window).mapTo(machine.window, stop(machine.window, key).area.center())


# ---------------------------------------------------------------- a companion


def test_a_companion_who_sees_is_told_on_every_screen(machine: Machine) -> None:
    machine.insert()
    assert not shown(machine, "companion-banner")
    for button in machine.window.findChildren(QAbstractButton, "companion-sees"):
        button.click()
    assert shown(machine, "companion-banner")
    machine.act(on.Begin())
    assert shown(machine, "companion-banner")
    assert not shown(machine, "darkness")
    machine.act(on.CardRemoved())
    machine.insert()
    assert not shown(machine, "companion-banner"), "the next voter has not asked for one"


def test_where_choices_stay_dark_a_companion_sees_none_and_helps_with_all_else(
    machine: Machine, sample: Sample
) -> None:
    machine.insert(DARK)
    assert not shown(machine, "darkness"), "language and size can be helped with"
    machine.act(on.Begin())
    assert shown(machine, "darkness")
    picture = machine.window.grab().toImage()
    machine.act(on.Toggled(sample.council.candidates[0].code))
    assert machine.window.grab().toImage() == picture, "nothing of a choice is to be seen"
    press(machine, QPoint(640, 60))
    press(machine, QPoint(30, 770))
    assert isinstance(machine.state, at.Marking)
    assert machine.state.index == 0
    for event in (on.Next(), on.Toggled(sample.experts.candidates[0].code), on.Next()):
        machine.act(event)
    assert isinstance(machine.state, at.Review)
    assert shown(machine, "darkness")
    machine.act(on.ReviewAccepted())
    assert not shown(machine, "darkness"), "the tracking number is no choice"


def test_wherever_a_name_that_was_chosen_is_shown_it_is_dark(qtbot: QtBot) -> None:
    """Every situation of the terminal, the compared paper with them."""
    whole = make_sample()
    window = BallotWindow(96, whole.portraits)
    window.hears = True
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    names = {x.name.fa for x in whole.council.candidates} | {x.name.fa for x in whole.council.lists}
    showing, lit = set(), set()
    for name, (state, _) in situations(whole, DARK).items():
        if at.presentation_of(state, SEES).companion is not at.Companion.DARK:
            continue
        window.show_state(at.Idle(at.Presentation()), status())
        window.show_state(state, status())
        settle()
        texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
        if any(person in text for text in texts for person in names):
            showing.add(name)
            if not any(w.isVisible() for w in window.findChildren(QWidget, "darkness")):
                lit.add(name)
    assert {"14-review-full", "16-compare"} <= showing
    assert lit == set()


def test_the_voter_changes_their_mind_about_the_dark(machine: Machine) -> None:
    machine.insert(DARK)
    machine.act(on.Begin())
    seen(machine.window, "dark-light", QAbstractButton).click()
    assert not shown(machine, "darkness")
    assert shown(machine, "companion-banner")
    machine.window.pilot.act(KeyAct.DARK)
    assert shown(machine, "darkness")
    seen(machine.window, "dark-help", QAbstractButton).click()
    assert isinstance(machine.state, at.Helping)
    assert not shown(machine, "darkness"), "whoever helps reads a screen without marks"


@pytest.mark.parametrize("size", [(1020, 737), (1058, 1890)], ids=str)
def test_the_card_on_the_dark_screen_is_whole_at_the_largest_text(
    machine: Machine, size: tuple[int, int]
) -> None:
    """On the smallest screens, 270 × 195 and 280 × 500 mm."""
    machine.window.resize(*size)
    machine.insert(replace(DARK, size=at.TextSize.LARGEST))
    machine.act(on.Begin())
    (card,) = shown(machine, "dark-card")
    assert machine.window.rect().contains(card.geometry())
    assert card.height() >= card.heightForWidth(card.width())


def test_the_card_on_the_dark_screen_is_not_made_anew_under_a_finger(machine: Machine) -> None:
    machine.insert(DARK)
    machine.act(on.Begin())
    (card,) = shown(machine, "dark-card")
    machine.act(on.Attended())
    assert shown(machine, "dark-card") == [card]


def test_without_sound_nobody_is_offered_the_dark_or_touches_to_hear(
    qtbot: QtBot, sample: Sample
) -> None:
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.show()
    Machine(window, sample).insert()
    assert window.findChildren(QWidget, "companion-sees")
    for name in ("companion-dark", "touch-hears"):
        assert not window.findChildren(QWidget, name)


# ---------------------------------------------------------------- touch to hear


def test_the_first_touch_says_it_and_the_second_does_it(machine: Machine, sample: Sample) -> None:
    now = 0.0
    machine.window._stage.steady.clock = lambda: now
    machine.insert(HEARS)
    press(machine, spot_of(machine, "begin"))
    assert isinstance(machine.state, at.Preferences)
    assert machine.heard == [stop(machine.window, "begin").name]
    assert shown(machine, "touch-ring")
    now += AGAIN_S / 2
    press(machine, spot_of(machine, "begin"))
    assert isinstance(machine.state, at.Preferences), "a trembling hand"
    now += AGAIN_S
    press(machine, spot_of(machine, "begin"))
    assert isinstance(machine.state, at.Marking)
    assert not shown(machine, "touch-ring")
    code = sample.council.candidates[0].code
    key = f"candidates-{code}"
    press(machine, spot_of(machine, key))
    assert sample.council.candidates[0].name.fa in machine.heard[-1]
    assert machine.state.marks.empty
    press(machine, spot_of(machine, "tab-code"))
    now += 1
    press(machine, spot_of(machine, key))
    assert isinstance(machine.state, at.Marking)
    assert machine.state.marks.empty, "another thing was heard in between"
    now += 1
    press(machine, spot_of(machine, key))
    assert isinstance(machine.state, at.Marking)
    assert machine.state.marks.persons == (code,)


def test_a_text_is_heard_and_does_nothing(machine: Machine) -> None:
    machine.insert(HEARS)
    machine.act(on.Begin())
    title = seen(machine.window, "title", QLabel)
    press(machine, title.mapTo(machine.window, QPoint(title.width() - 8, title.height() // 2)))
    assert machine.heard == [title.text()]
    assert not shown(machine, "touch-ring")


def test_a_touch_that_slips_off_is_none(machine: Machine) -> None:
    machine.insert(HEARS)
    layer = machine.window.touch
    QTest.mousePress(layer, Qt.MouseButton.LeftButton, pos=spot_of(machine, "begin"))
    QTest.mouseRelease(layer, Qt.MouseButton.LeftButton, pos=spot_of(machine, "help"))
    assert machine.heard == []


@pytest.mark.parametrize("leave", [on.CardRemoved, on.HelpAsked])
def test_what_was_heard_is_forgotten_with_the_page(
    machine: Machine, leave: Callable[[], on.BallotEvent]
) -> None:
    machine.insert(HEARS)
    press(machine, spot_of(machine, "begin"))
    machine.act(leave())
    assert not shown(machine, "touch-ring")
    machine.act(on.StillHere())
    if isinstance(machine.state, at.Preferences):
        press(machine, spot_of(machine, "begin"))
        assert isinstance(machine.state, at.Preferences)
    else:
        machine.insert()
        assert not shown(machine, "touch-to-hear"), "the next voter has not asked for it"


def test_a_question_is_heard_and_answered_the_same_way(machine: Machine, sample: Sample) -> None:
    now = 0.0
    machine.window._stage.steady.clock = lambda: now
    machine.insert(HEARS)
    machine.act(on.Begin())
    machine.act(on.Next())
    for _ in range(2):
        now += 1
        press(machine, spot_of(machine, "confirm-no"))
    assert isinstance(machine.state, at.Marking)
    assert not machine.state.confirming_blank
    assert machine.recorded == []


def test_keys_go_on_beside_it(machine: Machine) -> None:
    machine.insert(HEARS)
    machine.window.pilot.act(KeyAct.SELECT)
    assert isinstance(machine.state, at.Marking)


def test_each_wish_has_its_sentence() -> None:
    from ui.ballot.heard import COMPANIONS, TOUCHES, heard

    plain = at.Presentation()
    session = at.Session(None, (), (), plain)  # type: ignore[arg-type]
    before = at.Preferences(session)
    for wish, sentence in (
        (SEES, COMPANIONS[at.Companion.SEES]),
        (DARK, COMPANIONS[at.Companion.DARK]),
        (HEARS, TOUCHES[at.Touch.HEARS]),
    ):
        after = at.Preferences(replace(session, presentation=wish))
        assert heard(before, after) == sentence
        assert heard(after, before) in {*COMPANIONS.values(), *TOUCHES.values()}

"""The operator console: every state in both languages, real clicks, the right events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from election import signing_in as signin
from election.definition import ENGLISH, PERSIAN, DeviceId, Language
from election.polls import PollsState
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.flows.operator.flow import FINAL
from kiosk.status import DeviceStatus, Mode
from tests.shares import share
from tests.ui import samples_station as samples
from tests.ui.hands import click, find, settle, texts
from ui.operator.panel import OperatorPanel
from ui.operator.words import ACTS, ORDER, POLLS, QUESTIONS
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.signin import REJECTIONS
from words.languages import installed

DPI = 96.0
SIZE = (1280, 800)
LANGUAGES = (PERSIAN, ENGLISH)
SIZES = (TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST)


@pytest.fixture
def panel(qtbot: QtBot) -> OperatorPanel:
    made = OperatorPanel(DPI, Presentation(ENGLISH))
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    return made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_state_is_drawn_inside_the_window(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    """Each in both languages, in each at another size; `make whole`: in each at all sizes."""
    panel = OperatorPanel(DPI, Presentation(language, size))
    qtbot.addWidget(panel)
    panel.resize(*SIZE)
    panel.show()
    place = SIZES.index(size) + LANGUAGES.index(language)
    for name, state in share(samples.operator_states().items(), len(SIZES), place):
        panel.show_state(at.Away())
        panel.show_state(state)
        settle()
        assert (panel.width(), panel.height()) == SIZE, f"{name} makes the window grow"
        assert texts(panel), name


def test_tables_are_complete() -> None:
    assert set(ACTS) == set(at.ConsoleAct) == set(ORDER)
    assert set(POLLS) == set(PollsState)
    assert set(REJECTIONS) == set(signin.Rejection)
    assert set(QUESTIONS) == FINAL


@pytest.mark.parametrize("polls", list(PollsState))
@pytest.mark.parametrize("can_be_ready", [False, True])
def test_exactly_the_allowed_acts_can_be_touched(
    panel: OperatorPanel, polls: PollsState, can_be_ready: bool
) -> None:
    sent: list[object] = []
    panel.acted.connect(sent.append)
    view = replace(samples.view(polls), can_be_ready=can_be_ready)
    panel.show_state(at.Console(samples.OFFICER, view))
    settle()
    shown = {
        w.objectName().removeprefix("act-")
        for w in panel.findChildren(QWidget)
        if w.isVisible() and w.objectName().startswith("act-")
    }
    assert shown == {act.value for act in at.allowed(view)}
    for act in at.allowed(view):
        click(panel, f"act-{act.value}")
        assert sent.pop() == on.ActChosen(act)


def test_final_acts_are_asked(panel: OperatorPanel) -> None:
    sent: list[object] = []
    panel.acted.connect(sent.append)
    console = at.Console(samples.OFFICER, samples.view(PollsState.OPEN))
    panel.show_state(replace(console, confirming=at.ConsoleAct.CLOSE))
    assert str(QUESTIONS[at.ConsoleAct.CLOSE].text) in texts(panel)
    click(panel, "confirm-no")
    click(panel, "confirm-yes")
    assert sent == [on.ConfirmAnswered(False), on.ConfirmAnswered(True)]
    panel.show_state(console)
    settle()
    assert not panel.findChildren(QWidget, "confirm-yes")


def test_tries_left_and_rejections_are_explained(panel: OperatorPanel) -> None:
    panel.show_state(at.SigningIn(signin.EnterPin(1)))
    assert "1 try left" in texts(panel)
    for reason in signin.Rejection:
        panel.show_state(at.SigningIn(signin.Rejected(reason)))
        assert str(REJECTIONS[reason]) in texts(panel)


def test_pin_is_sent_once_and_never_shown(panel: OperatorPanel) -> None:
    sent: list[object] = []
    panel.acted.connect(sent.append)
    panel.show_state(at.SigningIn(signin.EnterPin()))
    for digit in samples.PIN:
        click(panel, f"pin-{digit}")
    assert samples.PIN not in texts(panel)
    click(panel, "pin-ok")
    assert sent == [signin.PinEntered(samples.PIN)]
    panel.show_state(at.SigningIn(signin.CheckingPin()))
    settle()
    assert not panel.findChildren(QWidget, "pin-ok")


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.TRAINING])
@pytest.mark.parametrize("second", [False, True])
def test_digits_stay_when_the_mode_changes_while_they_are_typed(
    panel: OperatorPanel, mode: Mode, second: bool
) -> None:
    """A training ends, and whoever signs in next is typing when the device next says what it is.

    Half a PIN would be shown to the card, and cost a try.
    """
    sent: list[object] = []
    panel.acted.connect(sent.append)
    signing: at.ConsoleState = at.SigningIn(signin.EnterPin())
    if second:
        act = at.ConsoleAct.LOAD_PACKAGE
        view = samples.view(PollsState.READY)
        signing = at.SecondSignature(samples.OFFICER, act, view, signin.EnterPin())
    panel.show_status(DeviceStatus(mode=Mode.TRAINING))
    panel.show_state(signing)
    for number, digit in enumerate(samples.PIN):
        if number == len(samples.PIN) // 2:
            panel.show_status(DeviceStatus(mode=mode))
            settle()
        click(panel, f"pin-{digit}")
    click(panel, "pin-ok")
    assert sent == [signin.PinEntered(samples.PIN)]
    shown = [w for w in panel.findChildren(QWidget, "mode-banner") if w.isVisible()]
    assert len(shown) == (mode is not Mode.REAL), "the banner is the mode's"


def test_second_signature_names_the_other_role_and_can_be_given_up(panel: OperatorPanel) -> None:
    sent: list[object] = []
    panel.acted.connect(sent.append)
    states = samples.operator_states()
    panel.show_state(states["second-out"])
    assert "Take your card out" in texts(panel)
    assert samples.OFFICER.name in texts(panel)
    panel.show_state(states["second-card"])
    assert "Supervisor" in texts(panel)
    click(panel, "cancel")
    assert sent == [on.Cancelled()]


@pytest.mark.parametrize(
    ("act", "code", "shown"),
    [
        (at.ConsoleAct.TAKE_OVER, "2", "b0001-t2"),
        (at.ConsoleAct.BLOCK_CARD, "1007", "1007"),
        (at.ConsoleAct.SET_CLOCK, "140503241205", "140503241205"),
    ],
)
def test_who_signs_second_sees_what_was_typed(
    panel: OperatorPanel, act: at.ConsoleAct, code: str, shown: str
) -> None:
    """Whoever types another device's number than was agreed is seen by the other role."""
    devices = (DeviceId("b0001-t1"), DeviceId("b0001-t2"))
    view = replace(samples.view(PollsState.OPEN), replaceable=devices)
    panel.show_state(at.SecondSignature(samples.OFFICER, act, view, signin.NeedCard(), code))
    assert shown in texts(panel)
    assert "b0001-t1" not in texts(panel)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_clock_comes_first_it_is_the_main_act_and_nothing_asks_for_a_package(
    qtbot: QtBot, language: Language
) -> None:
    """At the largest text on the smallest screen, too, without turning a page."""
    panel = OperatorPanel(DPI, Presentation(language, TextSize.LARGEST))
    qtbot.addWidget(panel)
    panel.resize(1020, 737)
    panel.show()
    unconfigured = at.Console(samples.OFFICER, samples.view(PollsState.UNCONFIGURED))
    panel.show_state(unconfigured)
    settle()
    assert panel.findChild(QWidget, "bring-package")
    officer = replace(samples.OFFICER, clock_only=True)
    panel.show_state(at.Away())
    panel.show_state(replace(unconfigured, operator=officer))
    settle()
    clock = find(panel, Button, f"act-{at.ConsoleAct.SET_CLOCK.value}")
    assert clock.kind is ButtonKind.MAIN
    assert not clock.visibleRegion().isEmpty()
    assert find(panel, QWidget, "clock-first")
    assert panel.findChild(QWidget, "bring-package") is None


@pytest.mark.parametrize("size", [(1280, 800), (800, 1280), (1024, 600)])
@pytest.mark.parametrize("act", sorted(at.TYPED))
def test_keys_of_digits_are_no_stripes(
    panel: OperatorPanel, act: at.ConsoleAct, size: tuple[int, int]
) -> None:
    """Upright they were as narrow as a finger and five times as high."""
    panel.resize(*size)
    view = replace(samples.view(PollsState.OPEN), replaceable=(DeviceId("b0001-t1"),))
    panel.show_state(at.EnteringCode(samples.OFFICER, view, act))
    settle()
    key = find(panel, QWidget, "code-5")
    assert key.width() * 3 > key.height()


def test_checks_show_their_evidence_and_the_digest(panel: OperatorPanel) -> None:
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.READY)))
    shown, t = texts(panel), installed().speaker(ENGLISH)
    for check in samples.CHECKS:
        assert str(check.name) in shown
        assert check.detail is not None
        assert t.say(check.detail) in shown
    assert "4F2A 91BC 77D0 A1E3" in shown
    assert find(panel, QWidget, "check-3").property("passed") is False


def test_a_new_report_is_shown_at_once(panel: OperatorPanel) -> None:
    ready = at.Console(samples.OFFICER, samples.view(PollsState.READY))
    panel.show_state(ready)
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.OPEN)))
    assert "Zero report" in texts(panel)
    assert "20,417" in texts(panel)
    click(panel, "view-checks")
    assert "Zero report" not in texts(panel)
    click(panel, "view-report")
    assert "Zero report" in texts(panel)


def test_progress_and_the_card_that_is_out(panel: OperatorPanel) -> None:
    console = at.Console(
        samples.OFFICER, samples.view(PollsState.CLOSED), busy=at.ConsoleAct.EXPORT
    )
    panel.show_state(replace(console, progress=0.25))
    settle()
    bar = find(panel, QProgressBar, "progress")
    assert bar.value() == 250
    panel.show_state(replace(console, progress=0.5, card_out=True))
    settle()
    assert find(panel, QProgressBar, "progress") is bar
    assert bar.value() == 500
    assert "Your card is out" in texts(panel)
    panel.show_state(replace(console, busy=None))
    settle()
    assert not panel.findChildren(QProgressBar, "progress")


def test_outcomes_are_said_and_put_away(panel: OperatorPanel) -> None:
    sent: list[object] = []
    panel.acted.connect(sent.append)
    panel.show_state(samples.operator_states()["outcome-bad"])
    assert "was altered" in texts(panel)
    click(panel, "message-ok")
    assert sent == [on.Cancelled()]


def test_the_panel_has_its_own_language(panel: OperatorPanel) -> None:
    heard: list[object] = []
    panel.presentation_changed.connect(heard.append)
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.READY)))
    click(panel, "settings")
    click(panel, "language-fa")
    click(panel, "settings-close")
    assert heard == [Presentation(PERSIAN)]
    assert "آمادهٔ آغاز رأی‌گیری" in texts(panel)


def test_away_shows_nothing(panel: OperatorPanel) -> None:
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.READY)))
    panel.show_state(at.Away())
    assert samples.OFFICER.name not in texts(panel)


def test_no_question_stays_when_the_mode_changes_while_an_act_goes_on(panel: OperatorPanel) -> None:
    """A training ends: every screen says something else from then on, also the console's."""
    view = replace(samples.view(PollsState.READY), training=True)
    busy = at.Console(samples.OFFICER, view, busy=at.ConsoleAct.TRAIN)
    panel.show_status(DeviceStatus(mode=Mode.TRAINING))
    panel.show_state(busy)
    settle()
    panel.show_status(DeviceStatus(mode=Mode.REHEARSAL))
    settle()
    panel.show_state(replace(busy, busy=None))
    settle()
    assert not [w for w in panel.findChildren(QWidget, "working") if w.isVisible()]
    assert "act-train" in {b.objectName() for b in panel.findChildren(QWidget) if b.isVisible()}

"""The identity station's window: every state in both languages, real clicks, nothing of a person left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from election import signing_in as signin
from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from kiosk.status import DeviceStatus
from tests.shares import share
from tests.ui import samples_station as samples
from tests.ui.hands import click, everything, find, settle, texts, typed
from ui.identity.access import CanEntry
from ui.identity.window import IdentityWindow
from ui.identity.words import (
    ACCESS,
    CHOOSABLE,
    CLOSED,
    FINGERS,
    GUIDANCE,
    PROBLEMS,
    REASONS,
    REFUSALS,
)
from ui.widgets.buttons import Button
from ui.widgets.pinpad import PinPad

DPI = 96.0
SIZE = (1280, 800)
LANGUAGES = (PERSIAN, ENGLISH)
SIZES = (TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST)


@pytest.fixture
def window(qtbot: QtBot) -> IdentityWindow:
    made = IdentityWindow(DPI, Presentation(ENGLISH))
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    return made


def outside(window: QWidget) -> list[str]:
    """Visible things to touch that hang over the window's edge, unless a page can be turned."""
    settle()
    frame = window.rect()
    bad: list[str] = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.objectName().startswith(
            ("deny", "override", "settings", "access-give-up", "access-way")
        ):
            corner = widget.mapTo(window, QPoint(0, 0))
            if not frame.contains(widget.rect().translated(corner)):
                bad.append(widget.objectName())
    return bad


STATES = sorted(
    [f"closed-{r}" for r in ("no-package", "not-opened", "paused", "closed", "power", "replaced")]
    + ["idle", "reading", "claiming", "writing", "done", "done-document-out", "out-of-service"]
    + ["refused-may-protest", "override-protest"]
    + ["done-on-paper", "done-on-paper-document-out", "done-on-paper-many"]
    + ["battery-empty"]
    + [f"refused-{r.value}" for r in at.VoterRefusal]
    + [f"writing-{p.value}" for p in at.WriteProblem]
    + [f"access-{a}" for a in ("digits", "zone", "wrong", "unusable")]
    + [f"finger-{f.value}" for f in at.SensorFeedback if f.value not in ("no-finger", "no-match")]
    + ["finger-on-card", "failed-on-card"]
    + [f"failed-{f}" for f in ("no-finger", "try-again", "no-match")]
    + [f"override-{o}" for o in ("reason", "card", "pin", "wrong-pin", "checking", "first")]
    + ["override-second", "override-same-role", "override-reissue", "override-papers-cut"]
    + ["claiming-waiting", "no-answer", "no-answer-pin"]
    + [f"document-{d}" for d in ("kinds", "kinds-dead", "styles", "person", "checking")]
    + [f"document-{p.value}" for p in at.EntryProblem]
    + [f"document-{d}" for d in ("printing", "not-printed", "form", "card", "pin", "first")]
    + [f"document-{d}" for d in ("done", "refused", "reissue")]
)


def test_the_samples_hold_every_state(qtbot: QtBot) -> None:
    states = samples.identity_states()
    assert sorted(states) == STATES
    assert {type(s) for s in states.values()} == set(at.IdentityState.__args__)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_state_is_drawn_inside_the_window(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    """Each in both languages, in each at another size; `make whole`: in each at all sizes."""
    window = IdentityWindow(DPI, Presentation(language, size))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    place = SIZES.index(size) + LANGUAGES.index(language)
    for name, state in share(samples.identity_states().items(), len(SIZES), place):
        window.show_state(state, samples.status())
        settle()
        assert window.property("flow") == type(state).__name__
        assert (window.width(), window.height()) == SIZE, f"{name} makes the window grow"
        assert not outside(window), name
        shown = texts(window)
        if language == PERSIAN and not isinstance(state, at.OutOfService):
            assert not any(c.isascii() and c.isdigit() for c in shown), name


@pytest.mark.parametrize("theme", list(Theme))
def test_every_theme_draws(qtbot: QtBot, theme: Theme) -> None:
    window = IdentityWindow(DPI, Presentation(PERSIAN, theme=theme))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    window.show_state(samples.identity_states()["done"], samples.status())
    settle()
    image = window.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, 1280, 8) for y in range(0, 800, 8)}) > 3


@pytest.mark.parametrize("reason", list(at.VoterRefusal))
def test_a_refusal_says_why_and_what_to_do(window: IdentityWindow, reason: at.VoterRefusal) -> None:
    window.show_state(at.Refused(reason), samples.status())
    shown = texts(window)
    assert str(REFUSALS[reason].why) in shown
    assert str(REFUSALS[reason].todo) in shown


def test_tables_are_complete() -> None:
    assert set(REFUSALS) == set(at.VoterRefusal)
    assert set(PROBLEMS) == set(at.WriteProblem)
    assert set(GUIDANCE) == set(at.SensorFeedback)
    assert len({guidance.say for guidance in GUIDANCE.values()}) == len(GUIDANCE)
    assert set(REASONS) == set(at.OverrideReason)
    assert set(ACCESS) == set(at.AccessProblem)
    assert set(CLOSED) == set(ClosedReason)
    assert set(FINGERS) == set(at.FingerName) - {at.FingerName.ANY}


# ---------------------------------------------------------------- opening a card


def entered(window: IdentityWindow) -> list[object]:
    sent: list[object] = []
    window.acted.connect(sent.append)
    return sent


def test_six_digits_are_touched_and_opened(window: IdentityWindow) -> None:
    sent = entered(window)
    window.show_state(samples.identity_states()["access-digits"], samples.status())
    assert not find(window, Button, "access-open").isEnabled()
    for digit in "51838":
        click(window, f"access-{digit}")
    click(window, "access-erase")
    for digit in "29":
        click(window, f"access-{digit}")
    click(window, "access-7")
    click(window, "access-open")
    assert sent == [on.AccessEntered("518329")]
    assert "518329" not in everything(window).replace(" ", "")


def test_digits_come_from_a_keyboard_as_well(window: IdentityWindow) -> None:
    sent = entered(window)
    window.show_state(samples.identity_states()["access-digits"], samples.status())
    pad = window.findChild(CanEntry)
    assert pad is not None
    pad.setFocus()
    QTest.keyClicks(pad, "51a83299")
    QTest.keyClick(pad, Qt.Key.Key_Return)
    assert sent == [on.AccessEntered("518329")]


def test_the_fields_of_the_zone_are_touched(window: IdentityWindow) -> None:
    sent = entered(window)
    window.show_state(samples.identity_states()["access-digits"], samples.status())
    click(window, "access-way")
    for letter in "L898902C":
        click(window, f"zone-key-{letter}")
    click(window, "zone-birth")
    assert not find(window, Button, "zone-key-Q").isEnabled()
    for digit in "740812":
        click(window, f"zone-key-{digit}")
    for digit in "120415":
        click(window, f"zone-key-{digit}")
    click(window, "zone-open")
    assert sent == [on.AccessEntered("L898902C<3" + "7408122" + "1204159")]
    click(window, "access-way")
    assert find(window, Button, "access-0").isVisible()


def test_nothing_typed_is_left_for_the_next_card(window: IdentityWindow) -> None:
    states = samples.identity_states()
    window.show_state(states["access-digits"], samples.status())
    for digit in "5183":
        click(window, f"access-{digit}")
    window.show_state(at.Idle(), samples.status())
    window.show_state(states["access-digits"], samples.status())
    pad = window.findChild(CanEntry)
    assert pad is not None
    assert pad._digits == ""


def test_a_wrong_secret_is_said(window: IdentityWindow) -> None:
    window.show_state(samples.identity_states()["access-wrong"], samples.status())
    assert str(ACCESS[at.AccessProblem.WRONG].why) in texts(window)
    assert "Try 2" in texts(window)
    sent = entered(window)
    click(window, "access-give-up")
    assert sent == [on.AccessGivenUp()]


def test_the_finger_the_card_wants_is_named(window: IdentityWindow) -> None:
    states = samples.identity_states()
    window.show_state(states["finger-on-card"], samples.status())
    assert "Right index finger" in texts(window)
    window.show_state(states["failed-on-card"], samples.status())
    shown = texts(window)
    assert "3 tries left on the card" in shown
    assert "another finger" not in shown


@pytest.mark.parametrize("feedback", sorted(at.SensorFeedback))
def test_what_the_sensor_says_is_said_and_drawn(
    window: IdentityWindow, feedback: at.SensorFeedback
) -> None:
    window.show_state(at.Fingerprint(samples.holder(), 1, feedback), samples.status())
    assert str(GUIDANCE[feedback].say) in texts(window)
    for scene in GUIDANCE[feedback].scenes:
        assert find(window, QWidget, f"picture-{scene.value}").isVisible()


def test_buttons_send_the_events_of_the_flow(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    states = samples.identity_states()
    for state, name, event in (
        ("finger-place-finger", "override", on.OverrideAsked()),
        ("failed-no-match", "override", on.OverrideAsked()),
        ("failed-no-match", "try-again", on.TryAgain()),
        ("override-reason", "reason-injured", on.ReasonChosen(at.OverrideReason.INJURED)),
        ("writing-occupied", "overwrite", on.TryAgain()),
        ("writing-not-written", "try-again", on.TryAgain()),
    ):
        window.show_state(at.Idle(), samples.status())
        window.show_state(states[state], samples.status())
        click(window, name)
        assert sent == [event], state
        sent.clear()


def test_every_reason_can_be_chosen_and_changed(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    who = samples.holder()
    window.show_state(at.Overriding(who), samples.status())
    for reason in CHOOSABLE:
        click(window, f"reason-{reason.value}")
        assert sent.pop() == on.ReasonChosen(reason)
        window.show_state(at.Overriding(who, reason=reason), samples.status())
        assert str(REASONS[reason]) in texts(window)
        click(window, "change-reason")


def test_a_reissue_has_no_other_reason(window: IdentityWindow) -> None:
    window.show_state(samples.identity_states()["override-reissue"], samples.status())
    settle()
    assert not [
        w
        for w in window.findChildren(QWidget)
        if w.isVisible() and w.objectName().startswith(("reason-", "change-reason"))
    ]


def test_deny_is_always_there_and_asks_first(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    for name, state in samples.identity_states().items():
        if not name.startswith("override"):
            continue
        window.show_state(at.Idle(), samples.status())
        window.show_state(state, samples.status())
        click(window, "deny")
        click(window, "deny-no")
        assert not sent
        click(window, "deny")
        click(window, "deny-yes")
        assert sent == [on.OverrideDenied()], name
        sent.clear()


def test_a_pin_is_typed_blind_and_handed_on_once(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    window.show_state(samples.identity_states()["override-pin"], samples.status())
    for digit in samples.PIN:
        click(window, f"pin-{digit}")
        assert samples.PIN not in everything(window)
        assert set(find(window, QLabel, "pin-dots").text()) <= {"●", " "}
    assert find(window, QLabel, "pin-dots").text().count("●") == len(samples.PIN)
    click(window, "pin-ok")
    assert sent == [signin.PinEntered(samples.PIN)]
    assert "●" not in find(window, QLabel, "pin-dots").text()
    click(window, "pin-ok")
    assert len(sent) == 1


def test_a_pin_half_typed_is_gone_with_the_card(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    states = samples.identity_states()
    window.show_state(states["override-pin"], samples.status())
    for digit in "1234":
        click(window, f"pin-{digit}")
    window.show_state(states["override-card"], samples.status())
    window.show_state(states["override-pin"], samples.status())
    for digit in "5678":
        click(window, f"pin-{digit}")
    click(window, "pin-ok")
    assert sent == [signin.PinEntered("5678")]


def test_a_pin_can_be_corrected_and_typed_on_a_keyboard(window: IdentityWindow) -> None:
    sent: list[object] = []
    window.acted.connect(sent.append)
    window.show_state(samples.identity_states()["override-pin"], samples.status())
    click(window, "pin-9")
    click(window, "pin-erase")
    click(window, "pin-8")
    click(window, "pin-clear")
    typed(find(window, PinPad, "pin-pad"), "246۸۱۳")
    click(window, "pin-ok")
    assert sent == [signin.PinEntered("246813")]


def test_nothing_of_a_person_remains(window: IdentityWindow) -> None:
    states = samples.identity_states()
    marks = ("HOSSEINI", "حسینی", "001-234567-9", samples.NUMBER, "1987")
    for name in ("finger-place-finger", "override-second", "claiming", "done", "refused-under-age"):
        window.show_state(at.Idle(), samples.status())
        settle()
        clean = window.grab().toImage()
        window.show_state(states[name], samples.status())
        settle()
        window.show_state(at.Idle(), samples.status())
        shown = everything(window)
        assert not any(mark in shown for mark in marks), name
        assert not window.findChildren(QWidget, "holder-photo"), name
        settle()
        assert window.grab().toImage() == clean, name


def test_feedback_changes_without_losing_a_press(window: IdentityWindow) -> None:
    """The page stays the same widget while the sensor talks, so a finger on a button is not lost."""
    who = samples.holder()
    window.show_state(at.Fingerprint(who, 1), samples.status(deadline=30))
    settle()
    button = find(window, QWidget, "override")
    for feedback in at.SensorFeedback:
        window.show_state(at.Fingerprint(who, 1, feedback, 30.0), samples.status(deadline=20))
        settle()
        assert find(window, QWidget, "override") is button
        assert str(GUIDANCE[feedback].say) in texts(window)
    assert find(window, QLabel, "time-left").text().strip("\u2066\u2069") == "20"


def test_lamps_and_counters(window: IdentityWindow) -> None:
    window.show_state(at.Idle(), samples.status(broken=True))
    settle()
    lamp = find(window, QWidget, "lamp-fingerprint")
    assert lamp.property("ok") is False
    assert "does not work" in lamp.accessibleName()
    assert "Check the cable of the sensor." in texts(window)
    assert "1,412" in texts(window)
    window.show_state(at.Idle(), samples.status())
    settle()
    assert find(window, QWidget, "lamp-fingerprint").property("ok") is True


def test_language_size_and_contrast_can_be_set(window: IdentityWindow) -> None:
    window.show_state(samples.identity_states()["finger-place-finger"], samples.status())
    click(window, "settings")
    click(window, "language-fa")
    assert window.layoutDirection() == Qt.LayoutDirection.RightToLeft
    click(window, "size-small")
    click(window, "theme-white-on-black")
    click(window, "settings-close")
    assert window.presentation == Presentation(PERSIAN, TextSize.SMALL, Theme.WHITE_ON_BLACK)
    assert "انگشت را روی حسگر بگذارید" in texts(window)


def test_the_console_takes_the_window(window: IdentityWindow) -> None:
    window.show_state(samples.identity_states()["override-reason"], samples.status())
    window.show_operator(console.SigningIn(signin.EnterPin()))
    assert window.property("console") == "SigningIn"
    settle()
    assert not [w for w in window.findChildren(QWidget, "deny") if w.isVisible()]
    sent: list[object] = []
    window.operator_event.connect(sent.append)
    for digit in samples.PIN:
        click(window, f"pin-{digit}")
    click(window, "pin-ok")
    assert sent == [signin.PinEntered(samples.PIN)]
    window.show_operator(console.Away())
    settle()
    assert [w for w in window.findChildren(QWidget, "deny") if w.isVisible()]


def test_an_empty_status_is_drawn(window: IdentityWindow) -> None:
    window.show_state(at.Idle(), DeviceStatus())
    assert "Ready" in texts(window)

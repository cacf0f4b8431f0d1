"""Behind a question nothing acts, paints or can be reached, and the focus is always where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.common import ClosedReason
from simulators.bench.protocol import Cable
from simulators.bench.window import BenchWindow
from tests.shares import WHOLE, share
from tests.simulators.bench.fake import FakeBench, scenes
from tests.ui import gallery, samples_station
from tests.ui.hands import click, settle
from tests.ui.sample import Sample, make_sample, status
from ui.ballot.window import BallotWindow
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.stage import Stage, Veil, stage_of

LANGUAGES = [PERSIAN, ENGLISH]
SIZES = [TextSize.SMALL, TextSize.LARGEST]
KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=240)


def present(qtbot: QtBot, window: QWidget) -> None:
    """Show the window as the one that the keys go to."""
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()


def ballot_screens(
    qtbot: QtBot, sample: Sample, look: Presentation, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, BallotWindow]]:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    for name, (state, touches) in gallery.situations(sample, look).items():
        if only and name not in only:
            continue
        window.show_state(at.Closed(ClosedReason.PAUSED), status())
        window.show_state(state, status())
        settle()
        for place in touches:
            gallery.touch(window, place)
        yield name, window


def officer_screens(
    qtbot: QtBot, look: Presentation, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, QWidget]]:
    window = IdentityWindow(96, look)
    present(qtbot, window)
    for name, state in samples_station.identity_states().items():
        if only and name not in only:
            continue
        window.show_state(state, samples_station.status())
        settle()
        yield name, window
        if name == "override-reason":
            click(window, "deny")
            yield "deny", window
        if name == "idle":
            click(window, "settings")
            yield "settings", window
            click(window, "settings-close")
    for name, shown in samples_station.operator_states().items():
        if only and name not in only:
            continue
        window.show_operator(shown)
        settle()
        yield name, window


def bench_screens(qtbot: QtBot, look: Presentation) -> Iterator[tuple[str, QWidget]]:
    window = BenchWindow(96, FakeBench(scenes()["busy"]), look)
    present(qtbot, window)
    window.look_again()
    for device in Cable:
        click(window, f"more-{device.value}")
        yield device.value, window
        click(window, "sheet-close")
    click(window, "tour")
    yield "tour", window


ASKING = frozenset({"10-question-list", "11-question-blank", "12-question-clear", "15-settings"})
OFFICERS_ASKING = frozenset(
    {"idle", "override-reason", "confirm-ready", "confirm-open", "confirm-close", "busy-load"}
)


def veil_of(window: QWidget) -> Veil | None:
    """The open question, if there is one."""
    shown = [v for v in window.findChildren(Veil) if v.isVisible()]
    assert len(shown) <= 1, "one question at a time"
    return shown[0] if shown else None


def assert_alone(window: QWidget, veil: Veil, name: str) -> None:
    """Nothing but the question is seen, can be touched, or is reached with the Next key."""
    stage = stage_of(veil)
    assert stage is not None, name
    seen = [w for w in stage.findChildren(QWidget) if w.isVisible()]
    assert [w for w in seen if w is not veil and not veil.isAncestorOf(w)] == [], name
    assert veil.rect() == stage.rect(), name
    focus = window.focusWidget()
    assert focus is veil or (focus is not None and veil.isAncestorOf(focus)), name
    for _ in range(12):
        QTest.keyClick(window.focusWidget() or veil, Qt.Key.Key_Tab)
        focus = window.focusWidget()
        assert focus is None or focus is veil or veil.isAncestorOf(focus), (name, focus)


@pytest.mark.parametrize(
    ("language", "size"),
    [
        (language, size)
        for i, language in enumerate(LANGUAGES)
        for j, size in enumerate(SIZES)
        if WHOLE or i == j
    ],
)
def test_nothing_behind_a_question_can_be_reached(
    qtbot: QtBot, sample: Sample, language: Language, size: TextSize
) -> None:
    look = Presentation(language, size)
    asked: list[str] = []
    walks: tuple[Callable[[], Iterator[tuple[str, QWidget]]], ...] = (
        lambda: ballot_screens(qtbot, sample, look, ASKING),
        lambda: officer_screens(qtbot, look, OFFICERS_ASKING),
        lambda: bench_screens(qtbot, look),
    )
    for walk in walks:
        for name, window in walk():
            veil = veil_of(window)
            if veil is not None:
                asked.append(name)
                assert_alone(window, veil, name)
    wanted = ASKING | OFFICERS_ASKING - {"idle", "override-reason"} | {"settings", "deny", "tour"}
    assert wanted <= set(asked)


def test_a_notice_that_comes_during_a_question_paints_nothing(qtbot: QtBot, sample: Sample) -> None:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    session = sample.session(Presentation(ENGLISH))
    window.show_state(at.Marking(session, 0), status())
    window.show_state(at.Marking(session, 0, confirming_blank=True), status())
    settle()
    before = window.grab().toImage()
    screen = window.findChild(QWidget, "notice")
    assert screen is not None
    late = Label(window._look, "LATE")
    late.setParent(screen.parentWidget())
    late.setGeometry(0, 0, 1280, 800)
    late.show()
    screen.show()
    screen.raise_()
    settle()
    assert window.grab().toImage() == before


@pytest.mark.parametrize("key", KEYS)
def test_keys_give_the_safe_answer_and_the_focus_comes_back(
    qtbot: QtBot, sample: Sample, key: Qt.Key
) -> None:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    (state, touches) = gallery.situations(sample, Presentation(ENGLISH))["12-question-clear"]
    window.show_state(state, status())
    settle()
    sent: list[object] = []
    window.acted.connect(sent.append)
    clear_all = next(b for b in window.findChildren(Button, "clear-all") if b.isVisible())
    clear_all.setFocus()
    QTest.keyClick(clear_all, key)
    settle()
    safe = window.focusWidget()
    assert safe is not None
    assert safe.objectName() == "confirm-no"
    QTest.keyClick(safe, key)
    settle()
    assert sent == []
    assert veil_of(window) is None
    assert window.focusWidget() is clear_all
    assert touches == ("clear-all",)


# ---------------------------------------------------------------- focus

ENTRIES = {"access-digits", "access-zone", "pin-pad"}


def belongs(window: QWidget) -> str:
    """Why the focus is not where it belongs; empty if it is."""
    focus = window.focusWidget()
    if focus is None or not focus.isVisible():
        return "nothing has the focus"
    veil = veil_of(window)
    if veil is not None:
        return "" if veil.isAncestorOf(focus) or focus is veil else "behind the question"
    entries = [
        w for w in window.findChildren(QWidget) if w.isVisible() and w.objectName() in ENTRIES
    ]
    if entries:
        return "" if focus in entries else "not where the digits go"
    return ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_each_change_something_has_the_focus(
    qtbot: QtBot, sample: Sample, language: Language
) -> None:
    """Each screen in one of the languages; `make whole`: in both."""
    look = Presentation(language)
    wrong: dict[str, str] = {}
    parts, place = len(LANGUAGES), LANGUAGES.index(language)
    ballots = share(gallery.situations(sample, look), parts, place)
    checked_in = share(samples_station.identity_states(), parts, place)
    officers = *checked_in, *share(samples_station.operator_states(), parts, place)
    for walk in (
        ballot_screens(qtbot, sample, look, frozenset(ballots)),
        officer_screens(qtbot, look, frozenset(officers)),
    ):
        for name, window in walk:
            if why := belongs(window):
                wrong[name] = why
    turned = VoterWindow(96, look)
    present(qtbot, turned)
    for name in checked_in:
        turned.show_state(samples_station.identity_states()[name], samples_station.status())
        settle()
        if why := belongs(turned):
            wrong[f"voter-{name}"] = why
    assert wrong == {}


def test_a_new_screen_is_read_from_its_question(qtbot: QtBot, sample: Sample) -> None:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    for name, (state, _) in gallery.situations(sample, Presentation(ENGLISH)).items():
        window.show_state(at.Closed(ClosedReason.PAUSED), status())
        window.show_state(state, status())
        settle()
        focus = window.focusWidget()
        assert focus is not None, name
        if veil_of(window) is None:
            assert isinstance(focus, Label), (name, focus)
            assert focus.text(), name
            assert focus.objectName() in {"title", "message-title", "notice-text"}, name
            if isinstance(state, at.Preferences):
                continue  # Who hears it is told that select begins (tests/ui/ballot/test_pilot.py).
            if focus.objectName() == "notice-text":
                continue  # It stands in the middle of the screen: the turn begins elsewhere.
            # Enter on what is asked does nothing but bring to the main action.
            acted: list[object] = []
            window.acted.connect(acted.append)
            QTest.keyClick(focus, Qt.Key.Key_Return)
            assert acted == [], name
            window.acted.disconnect(acted.append)
            focus.setFocus()
            stops: list[str] = []
            for _ in range(80):
                QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
                now = window.focusWidget()
                stops.append(now.objectName() if now is not None else "")
            if "settings" in stops:
                turn = stops[: stops.index("settings") + 1]
                assert turn[-2:] == ["help", "settings"], name
                assert {b.objectName() for b in window.findChildren(Button) if reachable(b)} <= {
                    *turn
                }, name


def reachable(button: Button) -> bool:
    return button.isVisible() and button.isEnabled()


def test_the_focus_survives_the_loss_of_what_had_it(qtbot: QtBot, sample: Sample) -> None:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    situations = gallery.situations(sample, Presentation(ENGLISH))
    full, empty = situations["08-marking-all"][0], situations["05-marking-empty"][0]
    window.show_state(full, status())
    settle()
    tray = next(b for b in window.findChildren(Button) if b.objectName().startswith("tray-"))
    tray.setFocus()
    window.show_state(empty, status())
    settle()
    focus = window.focusWidget()
    assert focus is not None
    assert focus.isVisible()
    assert window.findChild(Stage) is not None


def test_the_ring_is_drawn_only_after_a_key(
    qtbot: QtBot, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = BallotWindow(96, sample.portraits)
    present(qtbot, window)
    window.show_state(
        gallery.situations(sample, Presentation(ENGLISH))["14-review-full"][0], status()
    )
    settle()
    button = next(b for b in window.findChildren(Button, "accept") if b.isVisible())
    plain = button.grab().toImage()
    for reason, ring in (
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.OtherFocusReason, False),
        (Qt.FocusReason.BacktabFocusReason, True),
    ):
        monkeypatch.setattr(button, "hasFocus", lambda: True)
        button.focusInEvent(QFocusEvent(QFocusEvent.Type.FocusIn, reason))
        assert (button.grab().toImage() != plain) is ring, reason


def test_digits_go_where_they_belong_on_a_screen_that_appears_with_them(qtbot: QtBot) -> None:
    """Without the screen before it: after a change of language, or from one page to another."""
    look = Presentation(LANGUAGES[0])
    asking = [name for name in samples_station.identity_states() if "pin" in name]
    assert len(asking) > 2
    for name in asking:
        for _, window in officer_screens(qtbot, look, frozenset({name})):
            assert belongs(window) == "", name

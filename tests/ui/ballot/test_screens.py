"""Every situation of the ballot terminal, in both languages, all sizes and themes: it is drawn without a
warning, nothing is cut off, everything to touch is large enough, and it fits the screen.

Every run draws a quarter of them in each form, and each of them in two forms of each kind; `make
whole` draws all, and `make walks` more forms with a stricter judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.authorization import AuthorizationRefusal
from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from kiosk.status import STARTED_TWICE, Lamp, Mode
from tests.shares import share
from tests.ui.ballot.looking import cut_off, touchable
from tests.ui.gallery import settle, situations, touch
from tests.ui.sample import Sample, status
from ui.ballot.messages import CLOSED, REFUSED
from ui.ballot.notices import WHY_NOT_RECORDED
from ui.ballot.window import BallotWindow
from ui.theme import GAP_MM, TARGET_MM, palettes
from words.message import m

SIZES = list(at.TextSize)
LANGUAGES = [PERSIAN, ENGLISH]
DPI = 96.0
PARTS = 4
"""Shares of the situations, of which a form draws one."""


@pytest.fixture
def no_qt_warnings(qtlog: object) -> Iterator[None]:
    yield
    harmless = ("propagateSizeHints",)
    records = getattr(qtlog, "records", [])
    warnings = [r.message for r in records if not any(h in r.message for h in harmless)]
    assert warnings == []


def _played(
    window: BallotWindow, sample: Sample, look: at.Presentation, place: int
) -> Iterator[str]:
    """Draws one situation of a share after the other and gives its name."""
    for name, (state, touches) in share(situations(sample, look).items(), PARTS, place):
        window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
        window.show_state(state, status())
        settle()
        for what in touches:
            touch(window, what)
        yield name


@pytest.mark.slow
@pytest.mark.usefixtures("no_qt_warnings")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_and_all_can_be_touched(
    open_window: Callable[..., BallotWindow], sample: Sample, language: Language, size: at.TextSize
) -> None:
    window = open_window()
    wrong: dict[str, list[str]] = {}
    # In the other language the share of two sizes further on.
    place = SIZES.index(size) + 2 * LANGUAGES.index(language)
    for name in _played(window, sample, at.Presentation(language, size), place):
        found = cut_off(window) + _hard_to_touch(window, DPI)
        if (window.width(), window.height()) != (1280, 800):
            found.append(f"the window grew to {window.size()}")
            window.resize(1280, 800)
        if found:
            wrong[name] = found
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [at.TextSize.SMALL, at.TextSize.LARGEST])
def test_all_can_be_touched_on_a_larger_screen(
    open_window: Callable[..., BallotWindow], sample: Sample, language: Language, size: at.TextSize
) -> None:
    dpi = 102.0
    window = open_window((1920, 1080), dpi)
    place = (size is at.TextSize.LARGEST) + 2 * LANGUAGES.index(language)
    for name in _played(window, sample, at.Presentation(language, size), place):
        assert _hard_to_touch(window, dpi) == [], name


def _hard_to_touch(window: BallotWindow, dpi: float) -> list[str]:
    """What is too small to touch, or too near to something else."""
    least, apart = TARGET_MM / 25.4 * dpi, (GAP_MM - 0.1) / 25.4 * dpi
    boxes = {
        b.objectName(): QRect(b.mapTo(window, QPoint(0, 0)), b.size())
        for b in touchable(window)
        if window.childAt(b.mapTo(window, b.rect().center())) is b
    }
    found: list[str] = []
    for what, box in boxes.items():
        if min(box.width(), box.height()) < least - 0.5:
            found.append(f"{what} is {box.width()} wide and {box.height()} high")
        around = box.adjusted(*(round(s * (apart - 1)) for s in (-1, -1, 1, 1)))
        near = [w for w, other in boxes.items() if w != what and around.intersects(other)]
        if near:
            found.append(f"{what} is too near to {near}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("theme", list(at.Theme))
def test_every_theme_is_drawn(window: BallotWindow, sample: Sample, theme: at.Theme) -> None:
    """The corner of the window shows the theme's own ground, so its stylesheet is in force."""
    look = at.Presentation(theme=theme)
    for _ in _played(window, sample, look, list(at.Theme).index(theme)):
        pass
    window.show_state(at.Helping(at.Preferences(sample.session(look))), status(Mode.REAL))
    settle()
    assert window.grab().toImage().pixelColor(3, 3).name() == palettes()[theme].background


def test_every_reason_has_its_words(window: BallotWindow, qtbot: QtBot) -> None:
    assert set(CLOSED) == set(ClosedReason)
    assert set(REFUSED) == {*AuthorizationRefusal, *at.CardProblem}
    assert set(WHY_NOT_RECORDED) == set(at.RecordingProblem)
    for reason in REFUSED:
        window.show_state(at.Refused(reason), status())
    for closed in CLOSED:
        window.show_state(at.Closed(closed), status())


def test_the_banner_says_when_no_vote_counts(window: BallotWindow) -> None:
    def banner() -> bool:
        return any(w.isVisible() for w in window.findChildren(QWidget, "mode-banner"))

    window.show_state(at.Idle(), status(Mode.REAL))
    assert not banner()
    window.show_state(at.Idle(), status(Mode.REHEARSAL))
    settle()
    assert banner()


def test_officers_are_told_where_no_voter_is(window: BallotWindow, sample: Sample) -> None:
    """Not to a voter, whose screen keeps its place for the ballot."""

    def told() -> bool:
        return any(w.isVisible() for w in window.findChildren(QWidget, "notice-started-twice"))

    lamp = Lamp(STARTED_TWICE, m("Started twice: go on here."), ok=False)
    window.show_state(at.Idle(), replace(status(), lamps=(lamp,)))
    settle()
    assert told()
    window.show_state(
        at.Preferences(sample.session(at.Presentation())), replace(status(), lamps=(lamp,))
    )
    settle()
    assert not told()
    window.show_state(at.Idle(), status())
    settle()
    assert not told()

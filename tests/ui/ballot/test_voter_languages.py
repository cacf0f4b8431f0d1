"""The voters' languages on the real screens: in our fonts, switched at any moment, marks kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFont, QFontDatabase, QRawFont, QRegion
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from election.definition import Language, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from tests.shares import share
from tests.ui.ballot.looking import cut_off
from tests.ui.ballot.ways import Machine
from tests.ui.gallery import situations, touch
from tests.ui.hands import settle
from tests.ui.sample import COUNCIL, EXPERTS, Sample, status
from tests.ui.walks.forms import SCREENS_MM, DrawnForm
from tests.ui.walks.judge import faults, seen
from tests.words.test_catalogues import _forms, entries
from ui.ballot.tray import SelectionTray
from ui.ballot.window import BallotWindow
from ui.theme import CAP_HEIGHTS, Style, load_fonts
from ui.widgets import Button, Label
from words.languages import VOTERS, for_voters

LANGUAGES = [language.id for language in for_voters()]
CHANGE_S = 0.1


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x not in {"fa", "en"}])
def test_our_fonts_have_every_letter_of_a_language(qtbot: QtBot, language: str) -> None:
    """No letter comes from whatever font the machine happens to have."""
    load_fonts()
    data = for_voters()[next(x for x in LANGUAGES if x == language)]
    texts = [form for entry in entries(VOTERS, language).values() for form in _forms(entry.string)]
    written = [re.sub(r"\{\w+\}", "", text) for text in texts]
    letters = set(
        "".join((*written, *data.standard_keys, *data.alphabetical_keys, data.name, data.sample))
    )
    fonts = [QRawFont.fromFont(QFont(family)) for family in Style(96, family=data.font).families]
    missing = {
        letter
        for letter in letters
        if letter.isprintable() and not any(font.supportsCharacter(ord(letter)) for font in fonts)
    }
    assert missing == set()
    own = {letter for letter in letters if letter.isalpha()}
    assert {x for x in own if not fonts[0].supportsCharacter(ord(x))} == set()


def test_capitals_are_as_high_in_every_font(qtbot: QtBot) -> None:
    load_fonts()
    flat = {"Vazirmatn": "H", "Noto Sans Armenian": "Ի"}
    """Capitals without overshoot."""
    for family, capital in CAP_HEIGHTS.items():
        assert family in QFontDatabase.families()
        font = QFont(family)
        font.setPixelSize(1000)
        raw = QRawFont.fromFont(font)
        (glyph,) = raw.glyphIndexesForString(flat[family])
        top = -raw.pathForGlyph(glyph).boundingRect().top()
        assert top / 1000 == pytest.approx(capital, abs=0.01)


@pytest.mark.slow
def test_a_language_is_changed_at_any_moment_and_marks_stay(
    window: BallotWindow,
    sample: Sample,
) -> None:
    machine = Machine(window, sample)
    machine.insert()
    chosen = sample.council.candidates[3].code
    steps: list[tuple[on.BallotEvent, ...]] = [
        (),
        (on.Begin(), on.Toggled(SelectionCode(chosen))),
        (on.Next(), on.Skipped()),
        (on.ReviewAccepted(),),
    ]
    took: dict[str, list[float]] = {language: [] for language in LANGUAGES}
    for events in steps:
        for event in events:
            machine.act(event)
        for language in LANGUAGES:
            state = machine.state
            assert isinstance(state, at.VoterState)
            before = state.session.marks
            look = replace(state.session.presentation, language=language)
            settle()
            began = time.process_time()
            machine.act(on.PresentationChosen(look))
            settle()
            window.grab()
            took[language].append(time.process_time() - began)
            now = machine.state
            assert type(now) is type(state)
            assert isinstance(now, at.VoterState)
            assert now.session.marks == before
            assert window.layoutDirection() is window.look.direction
            shown = "".join(label.text() for label in window.findChildren(QLabel))
            assert "{" not in shown
            assert cut_off(window) == [], (language, type(now))
    # With the picture drawn, which a screen does beside it.
    best = {language: min(times) for language, times in took.items()}
    assert max(best.values()) <= CHANGE_S, best


@pytest.mark.slow
@pytest.mark.parametrize("size", [at.TextSize.SMALL, at.TextSize.LARGEST])
def test_before_a_language_is_chosen_all_six_are_on_the_screen(
    open_window: Callable[..., BallotWindow],
    sample: Sample,
    size: at.TextSize,
) -> None:
    window = open_window()
    machine = Machine(window, sample)
    settle()
    titles = [
        label.text() for label in window.findChildren(QLabel) if "title" in label.objectName()
    ]
    assert len(set(titles)) >= 6
    assert cut_off(window) == []
    machine.insert(at.Presentation(size=size))
    settle()
    assert cut_off(window) == []


SMALLEST = ((1058, 1890), (1020, 737))
"""280 × 500 mm and 270 × 195 mm at 96 dpi."""


@pytest.mark.slow
def test_no_screen_in_any_language_is_larger_than_the_smallest_screen(
    open_window: Callable[..., BallotWindow], sample: Sample
) -> None:
    """With a companion's banner: every situation in every language and size, a share each."""
    looks = {
        (language, size): at.Presentation(language, size, companion=at.Companion.SEES)
        for language in LANGUAGES
        for size in at.TextSize
    }
    drawn = [
        (screen, name, form)
        for screen in SMALLEST
        for name in situations(sample, at.Presentation())
        for form in looks
    ]
    windows = {screen: open_window(screen) for screen in SMALLEST}
    made = {form: situations(sample, look) for form, look in looks.items()}
    wide: list[str] = []
    for screen, name, form in share(drawn, 97):
        window = windows[screen]
        window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
        window.show_state(made[form][name][0], status())
        settle()
        if (window.width(), window.height()) != screen:
            wide.append(f"{name}, {form}: {window.width()} × {window.height()}")
            window.resize(*screen)
    assert wide == []


CHOSEN = (0, 1, 3, 21)
WAYS = (("tab-name", "key-order"), ("tab-code",), ("tab-list",), ("tab-all",))


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_a_contest_is_cut_at_the_largest_text(
    open_window: Callable[..., BallotWindow], sample: Sample, language: Language
) -> None:
    """On both screens that have few lines then; every chosen name stands beside its button."""
    look = at.Presentation(language, at.TextSize.LARGEST)
    codes = tuple(one.code for one in sample.council.candidates[::20])
    assert len(codes) == max(CHOSEN)
    chosen = {n: sample.session(look, Marks(COUNCIL, codes[:n]), Marks(EXPERTS)) for n in CHOSEN}
    drawn: list[tuple[int, at.BallotState, tuple[str, ...]]] = [
        *((n, at.Marking(chosen[n], 0), ("tab-name",)) for n in CHOSEN),
        *((3, at.Marking(chosen[3], 0), way) for way in WAYS),
        *((n, at.Review(chosen[n]), ()) for n in CHOSEN),
    ]
    place = LANGUAGES.index(language)
    for screen, some in ((SCREENS_MM[0], drawn), (SCREENS_MM[1], share(drawn, 3, place))):
        form = DrawnForm(look, screen)
        window = open_window(form.px)
        for count, state, touches in some:
            window.show_state(at.Closed(ClosedReason.NOT_OPENED), status())
            window.show_state(state, status())
            settle()
            for name in touches:
                touch(window, name)
            settle()
            what = (str(form), type(state).__name__, count, touches)
            assert faults(window, form, pixels=False) == [], what
            if touches == ("tab-name",):
                assert taken_away(window) >= min(count, 3), what
        window.close()


def taken_away(window: BallotWindow, most: int = 3) -> int:
    """Go through the tray's pages; return how many names have a button, which is never without its name."""
    met: set[str] = set()
    (down,) = window.findChildren(Button, "tray-pages-down")
    (tray,) = window.findChildren(SelectionTray)
    page = tray.findChildren(QScrollArea)[0].viewport()
    while True:
        for button in tray.findChildren(Button):
            if re.fullmatch(r"tray-\d+", button.objectName()) and seen(button, window):
                entry = button.parentWidget()
                assert entry is not None
                (name,) = entry.findChildren(Label)
                first = name.lines()[0].translated(name.mapTo(page, QPoint(0, 0)))
                in_sight = QRegion(page.rect()) if page.mask().isEmpty() else page.mask()
                assert QRegion(first).subtracted(in_sight).isEmpty(), name.text()
                met.add(button.objectName())
        if len(met) >= most or not (down.isVisible() and down.isEnabled()):
            return len(met)
        down.click()
        settle()

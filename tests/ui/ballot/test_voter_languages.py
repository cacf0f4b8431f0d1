"""The voters' languages on the real screens: in our fonts, switched at any moment, marks kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QRawFont
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from election.definition import SelectionCode
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from tests.shares import share
from tests.ui.ballot.looking import cut_off
from tests.ui.ballot.ways import Machine
from tests.ui.gallery import situations
from tests.ui.hands import settle
from tests.ui.sample import Sample, status
from tests.words.test_catalogues import _forms, entries
from ui.ballot.window import BallotWindow
from ui.theme import CAP_HEIGHTS, Style, load_fonts
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

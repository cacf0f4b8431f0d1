"""Each screen once at the largest text, each pair of the other axes once; the judge sees what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from tests.ui.hands import settle
from tests.ui.walks import judge
from tests.ui.walks.forms import (
    DPI,
    LANGUAGES,
    OFFICERS,
    SCREENS_MM,
    SIZES,
    DrawnForm,
    all_forms,
    pairs,
)
from tests.ui.walks.pixels import contrast
from tests.ui.walks.screens import WalkedScreen, officers_screens, screens, voters_screens
from tests.ui.walks.walk import walk
from ui.theme import Ink
from ui.widgets import Button, ButtonKind, Dialog, Label, Look, Stage, make_look
from words.languages import for_voters, installed
from words.text import ENGLISH

OFFICERS_FORMS, VOTERS_FORMS = pairs(OFFICERS), pairs(LANGUAGES)
FORM = DrawnForm(Presentation(ENGLISH), (340, 212))


@pytest.mark.slow
@pytest.mark.parametrize("form", VOTERS_FORMS, ids=str)
def test_every_screen_of_voters(qtbot: QtBot, form: DrawnForm) -> None:
    """Each screen once, in one of six languages."""
    _walked(form, VOTERS_FORMS.index(form), len(VOTERS_FORMS), list(voters_screens(form)))


@pytest.mark.slow
@pytest.mark.parametrize("form", OFFICERS_FORMS, ids=str)
def test_every_screen_of_officers(qtbot: QtBot, form: DrawnForm) -> None:
    _walked(form, OFFICERS_FORMS.index(form), len(OFFICERS_FORMS), list(officers_screens()))


def _walked(form: DrawnForm, place: int, parts: int, every: Sequence[WalkedScreen]) -> None:
    chosen = every[place::parts]
    assert chosen
    assert walk(form, chosen) == {}


def test_the_forms() -> None:
    every = list(all_forms())
    assert len(set(map(str, every))) == 6 * len(SIZES) * len(Theme) * len(SCREENS_MM)
    assert {form.look.language for form in every} == {one.id for one in for_voters()}
    for languages in (OFFICERS, LANGUAGES):
        seen = {
            pair
            for form in pairs(languages)
            for pair in (
                (form.look.theme, form.screen_mm),
                (form.look.language, form.screen_mm),
                (form.look.language, form.look.theme),
            )
        }
        assert len(seen) == 4 * 4 + 2 * 4 * len(languages)
        assert {form.look.size for form in pairs(languages)} == {TextSize.LARGEST}


def test_voters_have_their_screens_in_every_language_and_officers_in_theirs() -> None:
    kinds = {
        language: {screen.kind for screen in screens(DrawnForm(Presentation(language), (340, 212)))}
        for language in LANGUAGES
    }
    assert len(kinds) == 6
    assert all({"voter", "turned"} <= found for found in kinds.values())
    assert {language for language, found in kinds.items() if "console" in found} == set(OFFICERS)


# ---------------------------------------------------------------- the judge sees


@pytest.fixture
def look(qtbot: QtBot) -> Look:
    return make_look(DPI, FORM.look, installed().load())


def shown(qtbot: QtBot, look: Look, *parts: QWidget) -> QWidget:
    """Parts below each other on a window of the form's size."""
    window, content = QWidget(), QWidget()
    window.setObjectName("window")
    window.setPalette(look.style.qt_palette())
    window.setStyleSheet(look.style.stylesheet())
    column = QVBoxLayout(content)
    column.setSpacing(look.style.gap)
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    outer = QVBoxLayout(window)
    outer.addWidget(Stage(content))
    qtbot.addWidget(window)
    window.resize(*FORM.px)
    window.show()
    settle()
    return window


def said(window: QWidget, word: str) -> bool:
    return any(line.startswith(word) for line in judge.faults(window, FORM))


def button(look: Look, name: str = "one") -> Button:
    return Button(look, name, "Go on", kind=ButtonKind.PLAIN)


def test_a_good_screen_has_no_faults(qtbot: QtBot, look: Look) -> None:
    one, other = button(look), button(look, "other")
    window = shown(qtbot, look, Label(look, "A question", Ink.TITLE), one, other)
    one.setFocus()
    assert judge.faults(window, FORM) == []


def _small(one: Button, _: Button) -> None:
    one.setGeometry(QRect(one.pos(), one.size()).adjusted(0, 0, 0, -20))


def _near(one: Button, other: Button) -> None:
    other.move(one.x(), one.geometry().bottom() + 3)


def _overlapping(one: Button, other: Button) -> None:
    other.move(one.x(), one.geometry().bottom() - 12)


def _cut(one: Button, _: Button) -> None:
    one.setFixedWidth(30)


def _outside(one: Button, _: Button) -> None:
    one.move(-40, one.y())


def _nameless(one: Button, _: Button) -> None:
    one.setText("")
    one.setAccessibleName("")


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (_small, "small"),
        (_near, "near"),
        (_overlapping, "overlapping"),
        (_cut, "cut"),
        (_outside, "cut"),
        (_nameless, "no name"),
    ],
)
def test_the_judge_sees(
    qtbot: QtBot, look: Look, harm: Callable[[Button, Button], None], word: str
) -> None:
    one, other = button(look), button(look, "other")
    window = shown(qtbot, look, one, other)
    one.setFocus()
    assert not said(window, word)
    harm(one, other)
    assert said(window, word)


def test_the_judge_sees_pale_text_and_borders(qtbot: QtBot, look: Look) -> None:
    label = Label(look, "Hardly to be read")
    one = button(look)
    window = shown(qtbot, look, label, one)
    one.setFocus()
    label.setStyleSheet("color: #9aa0a0;")
    assert said(window, "pale")
    label.setStyleSheet("")
    assert not said(window, "pale")
    one.setStyleSheet("")
    one.set_kind(ButtonKind.KEY)
    faint = make_look(DPI, FORM.look, installed().load())
    assert contrast(0x77868A, 0xF6F8F8) >= judge.BORDER > contrast(0xA9B5B7, 0xF6F8F8)
    assert faint.style.palette.line != faint.style.palette.divider


def test_the_judge_sees_focus_and_what_lies_behind(qtbot: QtBot, look: Look) -> None:
    one = button(look)
    window = shown(qtbot, look, one)
    one.setFocus()
    behind = one.parentWidget()
    assert behind is not None
    no, yes = button(look, "no"), button(look, "yes")
    dialog = Dialog(look, behind, "question", "Really?", "It cannot be undone.", no, yes)
    dialog.show()
    settle()
    assert judge.faults(window, FORM) == []
    yes.setFocus()
    assert said(window, "focus")
    no.setFocus()
    behind.show()
    assert said(window, "behind")

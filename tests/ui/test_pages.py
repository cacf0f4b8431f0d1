"""Nothing is shown half: what does not fit a page is whole on the next one."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize
from tests.shares import share
from tests.ui import samples_station
from tests.ui.hands import settle
from ui.identity.window import IdentityWindow
from ui.widgets.buttons import Button
from ui.widgets.frames import Pages, column
from ui.widgets.labels import Label
from ui.widgets.look import make_look
from words.languages import installed

LANGUAGES = [PERSIAN, ENGLISH]
SIZES = [TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST]


def shown(qtbot: QtBot, language: Language, size: TextSize) -> IdentityWindow:
    window = IdentityWindow(96, Presentation(language, size))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return window


def seen_of(widget: QWidget) -> QRect:
    """The box of what is seen of a widget, on its page and not masked there."""
    seen = widget.visibleRegion()
    parent = widget.parentWidget()
    while parent is not None:
        if not parent.mask().isEmpty():
            seen &= parent.mask().translated(widget.mapFrom(parent, QPoint(0, 0)))
        parent = parent.parentWidget()
    return seen.boundingRect()


def page_height(widget: QWidget) -> int:
    """Height of the page that the widget is on; what is higher than its page cannot be whole on it."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, Pages):
            return parent.area.viewport().height()
        parent = parent.parentWidget()
    return widget.window().height()


def half_shown(window: QWidget) -> list[str]:
    """Texts of which a part is seen and a part is not."""
    found: list[str] = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, Label | Button) or not widget.isVisible() or not widget.text():
            continue
        seen = seen_of(widget)
        if not seen.isEmpty() and seen.height() < widget.height() <= page_height(widget):
            found.append(f"{widget.objectName()} {widget.text()!r}: {seen} of {widget.rect()}")
    return found


def at(language: Language, size: TextSize) -> int:
    """Place of the share that is drawn: each state in both languages, in each at another size."""
    return SIZES.index(size) + LANGUAGES.index(language)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_identity_station_is_shown_half(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    window = shown(qtbot, language, size)
    wrong: dict[str, list[str]] = {}
    for name, state in share(
        samples_station.identity_states().items(), len(SIZES), at(language, size)
    ):
        window.show_state(state, samples_station.status(broken=name == "out-of-service"))
        settle()
        settle()  # one page of signatures after another, which no visit has, takes longer
        if found := half_shown(window):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_console_is_shown_half(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    window = shown(qtbot, language, size)
    wrong: dict[str, list[str]] = {}
    for name, state in share(
        samples_station.operator_states().items(), len(SIZES), at(language, size)
    ):
        window.show_operator(state)
        settle()
        if found := half_shown(window):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_whole_on_one_of_the_pages(qtbot: QtBot, language: Language) -> None:
    window = shown(qtbot, language, TextSize.LARGEST)
    window.show_operator(samples_station.operator_states()["console-closed"])
    settle()
    for pages in (p for p in window.findChildren(Pages) if p.isVisible()):
        texts = [w for w in pages.area.findChildren(Label) if w.isVisible() and w.text()]
        whole: set[int] = set()
        while pages.up.isVisible() and pages.up.isEnabled():
            # The guide opens on what comes next.
            pages.up.click()
            settle()
        for _ in range(40):
            whole |= {id(w) for w in texts if seen_of(w).height() == w.height()}
            if not pages.down.isEnabled():
                break
            pages.down.click()
            settle()
            assert half_shown(window) == []
        high = pages.area.viewport().height()
        missing = [w.text() for w in texts if id(w) not in whole and w.height() <= high]
        assert missing == []


@pytest.mark.parametrize("place", [0, 2, 5])
def test_a_page_begins_where_it_should_however_its_window_is_laid_out_and_stays_turned(
    qtbot: QtBot, place: int
) -> None:
    """The step of the day that comes next was out of sight once the window had its size."""
    look = make_look(96, Presentation(ENGLISH), installed().load())
    cards = [Button(look, f"card-{number}", f"Card {number}") for number in range(8)]
    content = QWidget()
    content.setLayout(column(*cards))
    pages = Pages(look, "cards", content)
    qtbot.addWidget(pages)
    pages.resize(400, 4000)
    pages.show()
    pages.begin(cards[place])
    settle()
    for high in (260, 330, 900, 240):
        pages.resize(400, high)
        settle()
        assert seen_of(cards[place]).height() == cards[place].height(), high
    pages.down.click()
    settle()
    turned = pages.area.verticalScrollBar().value()
    pages.update()
    content.layout().invalidate()  # type: ignore[union-attr]
    settle()
    assert pages.area.verticalScrollBar().value() == turned, "who has turned stays there"


@pytest.mark.parametrize("seed", range(4))
def test_what_turns_is_there_whenever_it_is_needed_and_never_otherwise(
    qtbot: QtBot, seed: int
) -> None:
    """A button that was hidden while it was being shown stayed painted over what fits."""
    rng, look = random.Random(seed), make_look(96, Presentation(ENGLISH), installed().load())
    window, above, low, high = QWidget(), QWidget(), QWidget(), QWidget()
    content = QWidget()
    content.setLayout(column(low, high))
    pages = Pages(look, "more", content)
    window.setLayout(column(above, pages))
    qtbot.addWidget(window)
    window.resize(600, 600)
    window.show()
    for _ in range(60):
        for part in rng.sample([above, low, high], rng.randint(1, 3)):
            part.setFixedHeight(rng.choice((0, 100, 190, 200, 210, 300, 400)))
            part.setHidden(rng.random() < 0.3)
        if rng.random() < 0.3:
            window.resize(600, rng.choice((500, 590, 600, 700)))
        settle()
        for button in (pages.up, pages.down):
            assert button.isVisible() is not button.isHidden()
        assert pages.up.isVisible() is (content.minimumSizeHint().height() > pages.height())
        if pages.up.isVisible():
            assert pages.up.y() >= pages.area.geometry().bottom()

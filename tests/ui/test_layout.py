"""The form of a screen follows from the lines it holds, and in each form what matters is in sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot import states as ballot
from kiosk.flows.ballot.states import Presentation, TextSize
from tests.shares import WHOLE, share
from tests.ui import gallery, samples_station
from tests.ui.hands import settle
from tests.ui.sample import make_sample, status
from ui.ballot.window import BallotWindow
from ui.identity.page import PHOTO_MM
from ui.identity.window import IdentityWindow
from ui.layout import Form, layout_of
from ui.theme import Style, load_fonts

DPI = 96.0
LANGUAGES = [PERSIAN, ENGLISH]
SIZES = list(TextSize)


def px(mm: float) -> int:
    return round(mm / 25.4 * DPI)


PORTRAIT = QSize(px(280), px(500))
SCREENS = [QSize(px(340), px(212)), QSize(px(480), px(270)), PORTRAIT]
WITH_PERSON = {
    "finger-place-finger",
    "finger-on-card",
    "failed-no-match",
    "override-reason",
    "override-wrong-pin",
    "claiming",
    "writing-occupied",
}


@pytest.mark.parametrize(
    ("screen", "size", "form"),
    [
        (PORTRAIT, TextSize.LARGEST, Form.PORTRAIT),
        (PORTRAIT, TextSize.SMALL, Form.PORTRAIT),
        (QSize(1280, 800), TextSize.NORMAL, Form.LANDSCAPE),
        (QSize(1280, 800), TextSize.LARGE, Form.COMPACT),
        (QSize(1280, 800), TextSize.LARGEST, Form.COMPACT),
        (QSize(1920, 1200), TextSize.LARGE, Form.LANDSCAPE),
    ],
)
def test_the_form_follows_from_the_lines(
    qtbot: QtBot, screen: QSize, size: TextSize, form: Form
) -> None:
    load_fonts()
    assert layout_of(screen, Style(DPI, size)).form is form


PLAIN_SIZES = (TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST)


@pytest.mark.parametrize("size", PLAIN_SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ballot_terminal_fits_a_portrait_screen(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    """Each situation in both languages, in each at another size; `make whole`: at all sizes."""
    sample = make_sample(candidates=240)
    window = BallotWindow(DPI, sample.portraits)
    qtbot.addWidget(window)
    window.resize(PORTRAIT)
    window.show()
    look = Presentation(language, size)
    grown: dict[str, QSize] = {}
    place = PLAIN_SIZES.index(size) + LANGUAGES.index(language)
    situations = gallery.situations(sample, look).items()
    for name, (state, touches) in share(situations, len(PLAIN_SIZES), place):
        window.show_state(ballot.Idle(look), status())
        window.show_state(state, status())
        settle()
        for what in touches:
            gallery.touch(window, what)
        if window.size() != PORTRAIT:
            grown[name] = window.size()
            window.resize(PORTRAIT)
    assert grown == {}


FORMS = [
    (language, size, screen)
    for i, screen in enumerate(SCREENS)
    for j, size in enumerate(SIZES)
    for k, language in enumerate(LANGUAGES)
    if WHOLE or (i + j + k) % len(LANGUAGES) == 0
]
"""Each size on each screen in one language, or in both."""


@pytest.mark.parametrize(("language", "size", "screen"), FORMS, ids=str)
def test_the_photo_is_in_sight_while_the_finger_is_placed(
    qtbot: QtBot, language: Language, size: TextSize, screen: QSize
) -> None:
    window = IdentityWindow(DPI, Presentation(language, size))
    qtbot.addWidget(window)
    window.resize(screen)
    window.show()
    for name, state in samples_station.identity_states().items():
        if name not in WITH_PERSON:
            continue
        window.show_state(state, samples_station.status(deadline=23.0))
        settle()
        photo = window.findChild(QWidget, "holder-photo")
        assert photo is not None, name
        assert photo.width() >= px(PHOTO_MM), name
        assert photo.visibleRegion().boundingRect() == photo.rect(), name
        at = QRect(photo.mapTo(window, QPoint(0, 0)), photo.size())
        assert window.rect().contains(at), name


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [TextSize.SMALL, TextSize.NORMAL])
def test_broken_devices_and_the_days_numbers_need_no_page(
    qtbot: QtBot, language: Language, size: TextSize, broken: bool
) -> None:
    """Beside the page, where there are more lamps than lines."""
    window = IdentityWindow(DPI, Presentation(language, size))
    qtbot.addWidget(window)
    window.resize(SCREENS[0])
    window.show()
    now = samples_station.status(broken=broken)
    window.show_state(samples_station.identity_states()["finger-place-finger"], now)
    settle()
    names = [f"counter-{one.key}" for one in now.counters]
    names += [f"lamp-{lamp.key}" for lamp in now.lamps if not lamp.ok]
    assert len(names) == len(now.counters) + broken
    for name in names:
        (shown,) = window.findChildren(QWidget, name)
        assert not shown.visibleRegion().isEmpty(), name
        assert shown.visibleRegion().boundingRect().height() == shown.height(), name

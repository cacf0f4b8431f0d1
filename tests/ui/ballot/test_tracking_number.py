"""The tracking number is the same wherever a voter sees it, in the digits of the voter's language."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from election.challenge import tracking_groups
from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot import states as at
from tests.ui.hands import find, settle
from tests.ui.sample import TRACKING, make_sample, status
from tests.ui.test_pages import seen_of
from tests.ui.walks.forms import LANGUAGES
from ui.ballot.window import BallotWindow
from ui.widgets.frames import Pages
from ui.widgets.qr import QrCode, qr_matrix
from words.digits import to_persian_digits

TICKET = "AMIN1:" + "AEQG6WCC" * 24


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_one_number_on_every_screen(qtbot: QtBot, language: Language) -> None:
    sample = make_sample()
    look = at.Presentation(language=language)
    session = sample.session(look)
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    number = "".join(tracking_groups(TRACKING))
    wanted = to_persian_digits(number) if language == PERSIAN else number
    for state in (
        at.CastOrChallenge(session, TRACKING),
        at.Challenged(session, TRACKING, TICKET),
        at.Recorded(TRACKING, look),
    ):
        window.show_state(state, status())
        settle()
        labels = [one for one in window.findChildren(QLabel, "tracking") if one.isVisible()]
        assert ["".join(filter(str.isdigit, one.text())) for one in labels] == [wanted], state
    window.show_state(at.Challenged(session, TRACKING, TICKET), status())
    settle()
    shown = find(window, QrCode, "opening-qr")
    assert shown._matrix == qr_matrix(TICKET)
    assert shown.module_px >= 6, "a phone reads it from half a metre"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_its_heading_is_on_the_page_of_the_number(qtbot: QtBot, language: Language) -> None:
    """At the largest text it stood alone at the end of the first page."""
    sample = make_sample(220)
    look = at.Presentation(language, at.TextSize.LARGEST)
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    for wide, high in ((1285, 801), (1020, 737)):
        window.resize(wide, high)
        window.show()
        window.show_state(at.Idle(), status())
        window.show_state(at.CastOrChallenge(sample.session(look), TRACKING), status())
        pages = next(x for x in window.findChildren(Pages) if x.isVisible())
        for _ in range(4):
            settle()
            number = find(window, QLabel, "tracking")
            holder = number.parentWidget()
            assert holder is not None
            heading, other = holder.findChildren(QLabel)
            assert other is number
            assert seen_of(heading).isEmpty() is seen_of(number).isEmpty()
            pages.down.click()

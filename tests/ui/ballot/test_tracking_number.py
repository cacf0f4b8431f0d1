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
from ui.ballot.window import BallotWindow
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

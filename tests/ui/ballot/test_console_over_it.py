"""The operator console covers the booth, and only while an operator is there."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kiosk.flows.ballot import states as at
from kiosk.flows.operator import states as console
from tests.ui.ballot.looking import seen
from tests.ui.gallery import settle
from tests.ui.sample import Sample, status
from ui.ballot.window import BallotWindow


def test_the_console_covers_the_booth(window: BallotWindow, sample: Sample) -> None:
    window.show_state(at.Preferences(sample.session(at.Presentation())), status())
    settle()
    seen(window, "begin", QWidget)
    assert window.property("console") == "Away"
    window.show_operator(console.SigningIn())
    settle()
    assert window.property("console") == "SigningIn"
    assert not _visible(window, "begin")
    seen(window, "console", QWidget)
    window.show_state(at.Idle(), status())
    assert window.property("flow") == "Idle"
    window.show_operator(console.Away())
    settle()
    seen(window, "message-title", QWidget)
    assert not _visible(window, "console")


def _visible(window: BallotWindow, name: str) -> bool:
    return any(w.isVisible() for w in window.findChildren(QWidget, name))

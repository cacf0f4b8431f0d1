"""The banner on the officer's and on the voter's screen while documents are checked."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.status import Mode
from tests.ui import samples_station as samples
from tests.ui.hands import everything, settle
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from words.text import Language

STATES = samples.identity_states()
PAGES = [name for name in STATES if name.startswith("document-")]
ONLY_HERE = "Rehearsal with documents that only this station trusts: no vote counts."


def banners(window: QWidget) -> list[str]:
    """Return what the banners say that can be seen; a console that is hidden has one of its own."""
    found = window.findChildren(QWidget, "mode-banner")
    return [everything(banner) for banner in found if banner.isVisible()]


def screens(qtbot: QtBot, language: Language) -> tuple[IdentityWindow, VoterWindow]:
    presentation = Presentation(language, TextSize.LARGEST)
    both = IdentityWindow(96.0, presentation), VoterWindow(96.0, presentation)
    for window in both:
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
    return both


def shown(both: tuple[IdentityWindow, VoterWindow], name: str, mode: Mode) -> list[str]:
    for window in both:
        window.show_state(STATES[name], replace(samples.status(), mode=mode))
    settle()
    officer, voter = map(banners, both)
    assert officer == voter
    return officer


def test_every_page_says_that_documents_of_this_station_alone_are_trusted(qtbot: QtBot) -> None:
    both = screens(qtbot, ENGLISH)
    for name in ("idle", *PAGES):
        (said,) = shown(both, name, Mode.OWN_DOCUMENTS)
        assert ONLY_HERE in said, name


def test_each_mode_has_words_of_its_own_and_none_where_votes_count(qtbot: QtBot) -> None:
    both = screens(qtbot, PERSIAN)
    said = {mode: shown(both, "document-person", mode) for mode in Mode}
    assert said.pop(Mode.REAL) == []
    assert len({text for (text,) in said.values()}) == len(said)

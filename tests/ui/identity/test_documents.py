"""Pages for documents without a chip: what is typed goes on once, and nothing of it stays."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from election.definition import PERSIAN
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from tests.ui import samples_station as samples
from tests.ui.hands import click, everything, settle
from ui.identity.window import IdentityWindow
from words.conventions import Calendar

NUMBER, BIRTH = "0012345679", "13651218"
PAGES = sorted(name for name in samples.identity_states() if name.startswith("document-"))
ENDED = {"document-done", "document-refused", "document-reissue"}


def window_with(qtbot: QtBot, name: str, *, size: TextSize = TextSize.NORMAL) -> IdentityWindow:
    window = IdentityWindow(96.0, Presentation(PERSIAN, size))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.show_state(samples.identity_states()[name], samples.status())
    settle()
    return window


def words_on(window: QWidget) -> str:
    return everything(window).translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))


@pytest.mark.parametrize("size", [TextSize.SMALL, TextSize.LARGEST])
def test_number_and_date_go_on_once_and_leave_the_screen(qtbot: QtBot, size: TextSize) -> None:
    window = window_with(qtbot, "document-person", size=size)
    said: list[object] = []
    window.acted.connect(said.append)
    for digit in NUMBER + BIRTH:
        click(window, f"person-{digit}")
    if size is TextSize.SMALL:
        assert "1365" in words_on(window)  # the date in words
    click(window, "person-check")
    assert said == [on.PersonEntered(NUMBER, BIRTH, Calendar.JALALI)]
    assert NUMBER not in words_on(window)
    assert "1365" not in words_on(window)
    checking = samples.identity_states()["document-checking"]
    window.show_state(checking, samples.status())
    gc.collect()
    assert not any(NUMBER in str(vars(w)) for w in window.findChildren(QWidget) if vars(w))


def test_a_passport_says_its_dates_in_the_other_calendar_too(qtbot: QtBot) -> None:
    window = window_with(qtbot, "document-person")
    said: list[object] = []
    window.acted.connect(said.append)
    click(window, "person-calendar")
    for digit in NUMBER + "19870309":
        click(window, f"person-{digit}")
    click(window, "person-check")
    assert said == [on.PersonEntered(NUMBER, "19870309", Calendar.GREGORIAN)]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ENDED])
def test_every_page_can_be_left(qtbot: QtBot, name: str) -> None:
    window = window_with(qtbot, name, size=TextSize.LARGEST)
    said: list[object] = []
    window.acted.connect(said.append)
    click(window, "document-cancel")
    if isinstance(samples.identity_states()[name], at.ConfirmingDocument):
        assert not said
        click(window, "leave-no")
        click(window, "document-cancel")
        click(window, "leave-yes")
    assert said == [on.DocumentGivenUp()]


def test_the_way_without_a_chip_is_offered_where_it_is_allowed(qtbot: QtBot) -> None:
    window = window_with(qtbot, "idle")

    def offered(name: str, *, allowed: bool) -> bool:
        status = replace(samples.status(), document_check=allowed)
        window.show_state(samples.identity_states()[name], status)
        settle()
        return any(b.isVisible() for b in window.findChildren(QAbstractButton, "by-document"))

    assert offered("idle", allowed=True)
    assert not offered("idle", allowed=False)
    for reason in at.VoterRefusal:
        dead = reason is at.VoterRefusal.CHIP_DEAD
        assert offered(f"refused-{reason.value}", allowed=True) is dead
    assert not offered("refused-chip-dead", allowed=False)


def test_kinds_with_a_chip_wait_for_the_reader(qtbot: QtBot) -> None:
    window = window_with(qtbot, "document-kinds")
    enabled = {
        b.objectName(): b.isEnabled()
        for b in window.findChildren(QAbstractButton)
        if b.objectName().startswith("document-") and b.objectName() != "document-cancel"
    }
    assert [name for name, can in enabled.items() if not can] == [
        "document-national-card",
        "document-passport",
    ]

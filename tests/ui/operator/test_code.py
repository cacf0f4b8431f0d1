"""The page for a code of headquarters: twelve digits that go on once and leave the screen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from election.definition import PERSIAN
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.operator import events as on
from tests.ui import samples_station as samples
from tests.ui.hands import click, everything, settle
from ui.operator.panel import OperatorPanel

CODE = "402318876513"


@pytest.mark.parametrize("size", [TextSize.SMALL, TextSize.LARGEST])
def test_a_code_is_typed(qtbot: QtBot, size: TextSize) -> None:
    panel = OperatorPanel(96.0, Presentation(PERSIAN, size))
    qtbot.addWidget(panel)
    panel.resize(1280, 800)
    panel.show()
    panel.show_state(samples.operator_states()["entering-code"])
    settle()
    said: list[object] = []
    panel.acted.connect(said.append)
    go_on = panel.findChild(QAbstractButton, "code-ok")
    assert isinstance(go_on, QAbstractButton)
    for place, digit in enumerate(CODE):
        assert not go_on.isEnabled(), place
        click(panel, f"code-{digit}")
    assert "۴۰۲۳ ۱۸۸۷ ۶۵۱۳" in everything(panel)
    click(panel, "code-ok")
    assert said == [on.CodeEntered(CODE)]
    assert "۴۰۲۳" not in everything(panel)
    click(panel, "cancel")
    assert said[1:] == [on.Cancelled()]


def test_a_card_number_may_be_short_and_whoever_signs_second_sees_it(qtbot: QtBot) -> None:
    panel = OperatorPanel(96.0, Presentation(PERSIAN))
    qtbot.addWidget(panel)
    panel.resize(1280, 800)
    panel.show()
    panel.show_state(samples.operator_states()["blocking-card"])
    settle()
    said: list[object] = []
    panel.acted.connect(said.append)
    for digit in "1004":
        click(panel, f"code-{digit}")
    click(panel, "code-ok")
    assert said == [on.CodeEntered("1004")]
    panel.show_state(samples.operator_states()["blocking-second"])
    settle()
    assert "۱۰۰۴" in everything(panel)

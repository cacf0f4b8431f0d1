"""Whole visits at the identity station by the keys of a keyboard and cards alone: nobody touches anything."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from election.audit_events import AuditEvent
from election.definition import ENGLISH, PERSIAN, Language, Rules
from election.polls import Operator
from election.signing_in import (
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    PinEntered,
    SignInEvent,
)
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.common import CommonEffect, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import IdentityFlow
from kiosk.flows.identity.states import VoterRefusal
from tests.ui import samples_station as samples
from tests.ui.hands import calm, settle, texts
from ui.identity.window import IdentityWindow
from words.languages import installed

PIN = "246810"
MOST_STEPS = 40
"""Of the tabulator, on one screen."""
SMALLEST, LARGEST = (1020, 737), TextSize.LARGEST
LANGUAGES = (PERSIAN, ENGLISH)


class Desk:
    """A window and the flow behind it; keys go to whatever has the focus."""

    def __init__(self, qtbot: QtBot, language: Language, flow: IdentityFlow) -> None:
        self.window = IdentityWindow(96.0, Presentation(language, LARGEST))
        qtbot.addWidget(self.window)
        self.window.resize(*SMALLEST)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.flow = flow
        self.state: at.IdentityState = at.Idle()
        self.effects: list[on.IdentityEffect | CommonEffect] = []
        self.typed: list[object] = []
        self.window.acted.connect(self.act)
        self.see(self.state)

    def act(self, event: on.IdentityEvent) -> None:
        self.typed.append(event)
        self.happen(event)

    def happen(self, *events: on.IdentityEvent | SignInEvent) -> None:
        for event in events:
            step = self.flow.step(self.state, event)
            self.effects += step.effects
            self.see(step.state)

    def see(self, state: at.IdentityState) -> None:
        self.state = state
        self.window.show_state(state, samples.status())
        settle()

    def press(self, name: str) -> None:
        """Go with the tabulator to what is called so, and press the space bar on it."""
        for _ in range(MOST_STEPS):
            held = self.window.focusWidget()
            if held is not None and held.objectName() == name:
                calm(self.window)
                self.key(Qt.Key.Key_Space)
                return
            self.key(Qt.Key.Key_Tab)
        raise AssertionError(f"no key leads to {name}")

    def key(self, key: Qt.Key) -> None:
        """Press a key of the keyboard, which knows of no widget."""
        handle = self.window.windowHandle()
        assert handle is not None
        QTest.keyClick(handle, key)
        settle()

    def sign(self, operator: Operator) -> None:
        """Put a card in, type its PIN and end with Enter, as the screen asks for it."""
        self.happen(OperatorCardSeen())
        for digit in PIN:
            self.key(Qt.Key(ord(digit)))
        self.key(Qt.Key.Key_Return)
        assert self.typed[-1] == PinEntered(PIN)
        self.happen(OperatorProven(operator))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_voter_gets_papers_and_nobody_touches_anything(qtbot: QtBot, language: Language) -> None:
    desk = Desk(qtbot, language, IdentityFlow(Rules(), on_paper=True))
    desk.happen(on.IdentityCardInserted(), on.HolderAccepted(samples.holder()))
    desk.happen(on.FingerMatched(), on.VoterClaimed(samples.PAPERS))
    speaker = installed().speaker(language)
    shown = " ".join(texts(desk.window).split())
    for paper in samples.PAPERS:
        assert speaker.of(paper) in shown
    desk.happen(on.IdentityCardRemoved())
    assert isinstance(desk.state, at.Idle)
    assert WriteAudit(AuditEvent.CHECKED_IN) in desk.effects
    assert desk.typed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_protest_is_heard_by_keys_alone(qtbot: QtBot, language: Language) -> None:
    desk = Desk(qtbot, language, IdentityFlow(Rules(), protests=True))
    desk.happen(on.IdentityCardInserted(), on.HolderAccepted(samples.holder()))
    desk.happen(on.FingerMatched(), on.ClaimRefused(VoterRefusal.ALREADY_VOTED))
    desk.press("protest")
    assert isinstance(desk.state, at.Overriding)
    desk.sign(samples.OFFICER)
    desk.happen(OperatorCardRemoved())
    desk.sign(samples.SUPERVISOR)
    assert isinstance(desk.state, at.ClaimingBallot)
    ways = [each.way for each in desk.effects if isinstance(each, on.ClaimVoter)]
    assert ways == [on.ClaimWay.FIRST, on.ClaimWay.PROTEST]
    assert desk.typed == [on.Protested(), PinEntered(PIN), PinEntered(PIN)]

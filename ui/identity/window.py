"""Window of the identity station."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from kiosk.status import DeviceStatus
from ui.forgetting import Forgetting
from ui.identity.access import AccessPage
from ui.identity.day import DeskDay
from ui.identity.documents import (
    CheckingPersonPage,
    ChoosingDocumentPage,
    ConfirmingDocumentPage,
    EnteringPersonPage,
)
from ui.identity.finger import FingerPage
from ui.identity.override import OverridePage
from ui.identity.pages import (
    BrokenPage,
    ClaimingPage,
    ClosedPage,
    DonePage,
    IdlePage,
    ReadingPage,
    RefusedPage,
    WritingPage,
)
from ui.identity.rail import Rail
from ui.operator.panel import OperatorPanel
from ui.screen import Screen, ScreenPlace
from ui.widgets.frames import column, row
from ui.widgets.look import Look
from ui.widgets.presented import Presented
from ui.widgets.settings import TurnedSide
from words.languages import Languages, for_voters
from words.text import Language


class IdentityWindow(Presented):
    """Window that draws the identity flow's state; the console takes its place for an operator.

    Properties for robots: `flow` and `console`, the class names of the two states.
    """

    acted = Signal(object)
    """kiosk.flows.identity.events.IdentityEvent"""
    voters_language_changed = Signal(object)
    """words.text.Language of the voter's side"""
    operator_event = Signal(object)
    """kiosk.flows.operator.events.ConsoleEvent"""

    def __init__(
        self,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        super().__init__("window", dpi, presentation, languages)
        self._state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
        self._status = DeviceStatus()
        self._day = DeskDay()
        self._voters_language: Language | None = None
        """Chosen for the present voter; None: the officer's."""
        self.setProperty("flow", type(self._state).__name__)
        self.setProperty("console", console.Away.__name__)
        self._panel = OperatorPanel(dpi, self._presentation, self._languages)
        self._panel.acted.connect(self.operator_event)
        self._panel.presentation_changed.connect(self.set_presentation)
        self._forgetting = Forgetting(self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._stage)
        self._stack.addWidget(self._panel)
        self.setLayout(column(self._stack))
        self._build()

    def show_state(self, state: at.IdentityState, status: DeviceStatus) -> None:
        """Draw `state`; cheap if only status, progress or the sensor's feedback changed."""
        over = isinstance(state, at.Idle) and not isinstance(self._state, at.Idle)
        self._day = self._day.after(state, status)
        self._state, self._status = state, status
        if over and self._voters_language is not None:
            # The next voter speaks another language, or none that anybody knows of.
            self._speak_to_voter(None)
        self._set_mode(status.mode)
        self._forgetting.seen(served=not isinstance(state, at.Idle | at.Closed | at.OutOfService))
        self.setProperty("flow", type(state).__name__)
        full = replace(status, counters=self._day.counters(status.counters))
        self._rail.show_status(full)
        self._rail.show_day(self._day)
        self._panel.show_status(full)
        self._place.show_state(_situation(state), lambda: _screen(self._look, state), state, status)

    def show_operator(self, state: console.ConsoleState) -> None:
        """Cover the station with the console unless no operator is there."""
        self.setProperty("console", type(state).__name__)
        self._panel.show_state(state)
        away = isinstance(state, console.Away)
        self._stack.setCurrentWidget(self._stage if away else self._panel)
        if not away:
            self._close_settings()
        else:
            self._stage.keep_focus_later()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the hidden console the size that it will have."""
        self._panel.resize(self.size())
        super().resizeEvent(event)

    # ---------------------------------------------------------------- the voter's side

    @property
    def voters_language(self) -> Language:
        """Language in which the voter's side is seen and heard: chosen for one voter, else the officer's."""
        return self._voters_language or self._presentation.language

    def _turned_side(self) -> TurnedSide:
        return TurnedSide(for_voters(), self.voters_language)

    def _turned_chosen(self, language: Language) -> None:
        self._speak_to_voter(language)
        self._ask_settings()

    def _speak_to_voter(self, language: Language | None) -> None:
        self._voters_language = language
        self.voters_language_changed.emit(self.voters_language)

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        super()._build()
        self._panel.set_presentation(self._presentation)
        self.setWindowTitle(self._look.t("Identity station"))
        self._rail = Rail(self._look)
        self._rail.settings_asked.connect(self._ask_settings)
        self._place = ScreenPlace(self._stage)
        self._place.acted.connect(self.acted)
        aside = self._look.layout.aside
        body = (row if aside else column)(self._place, self._rail)
        body.setStretch(0, 1)
        self._whole.addLayout(body, 1)
        self.show_state(self._state, self._status)


def _situation(state: at.IdentityState) -> object:
    """Return a key of the page for `state`.

    Progress, feedback and signatures are not part of it: a new page would lose a press under
    way.
    """
    match state:
        case at.Closed(reason):
            return at.Closed, reason
        case at.Idle() | at.ReadingCard() | at.OutOfService():
            return state if isinstance(state, at.OutOfService) else type(state)
        case at.AwaitingAccess():
            return state
        case at.Refused(reason, holder, card_out):
            return at.Refused, reason, id(holder), card_out
        case at.Fingerprint(holder, attempt) | at.FingerFailed(holder, attempt):
            return type(state), id(holder), attempt, state.finger
        case at.Overriding(holder, reissue):
            return at.Overriding, id(holder), reissue
        case at.ChoosingDocument() | at.EnteringPerson() | at.CheckingPerson():
            return state
        case at.ConfirmingDocument(holder):
            return at.ConfirmingDocument, id(holder)
        case at.ClaimingBallot(holder):
            return at.ClaimingBallot, id(holder), state.waiting
        case at.WritingAuthorization(holder, problem):
            return at.WritingAuthorization, id(holder), problem
        case at.Done(holder, identity_out, authorization_out):
            return at.Done, id(holder), identity_out, authorization_out
        case _:
            assert_never(state)


def _screen(look: Look, state: at.IdentityState) -> Screen:
    match state:
        case at.Closed(reason):
            return ClosedPage(look, reason)
        case at.Idle():
            return IdlePage(look)
        case at.ReadingCard():
            return ReadingPage(look)
        case at.AwaitingAccess():
            return AccessPage(look, state)
        case at.Fingerprint() | at.FingerFailed():
            return FingerPage(look, state)
        case at.Overriding():
            return OverridePage(look, state)
        case at.ChoosingDocument():
            return ChoosingDocumentPage(look, state)
        case at.EnteringPerson():
            return EnteringPersonPage(look, state)
        case at.CheckingPerson():
            return CheckingPersonPage(look, state)
        case at.ConfirmingDocument():
            return ConfirmingDocumentPage(look, state)
        case at.ClaimingBallot():
            return ClaimingPage(look, state)
        case at.WritingAuthorization():
            return WritingPage(look, state)
        case at.Done():
            return DonePage(look, state)
        case at.Refused():
            return RefusedPage(look, state)
        case at.OutOfService(incident):
            return BrokenPage(look, incident)
        case _:
            assert_never(state)

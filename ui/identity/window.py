"""Window of the identity station."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from kiosk.status import DeviceStatus
from ui.identity.access import AccessPage
from ui.identity.finger import FingerPage
from ui.identity.override import OverridePage
from ui.identity.page import SituationPage
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
from ui.widgets.frames import ModeBanner, clear, column, row
from ui.widgets.look import Look, make_look
from ui.widgets.settings import Settings
from words.languages import Languages, installed


class IdentityWindow(QWidget):
    """Window that draws the identity flow's state; the console takes its place for an operator.

    Properties for robots: `flow` and `console`, the class names of the two states.
    """

    event = Signal(object)  # type: ignore[assignment]  # hides QWidget.event
    """kiosk.flows.identity.events.IdentityEvent"""
    presentation_changed = Signal(object)
    """Presentation: for the voter's half."""
    operator_event = Signal(object)
    """kiosk.flows.operator.events.ConsoleEvent"""

    def __init__(
        self,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self._dpi = dpi
        self._languages = (languages or installed()).load()
        self._presentation = presentation or Presentation()
        self._state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
        self._status = DeviceStatus()
        self._console: console.ConsoleState = console.Away()
        self._page: SituationPage | None = None
        self._key: object = None
        self._settings: Settings | None = None
        self.setProperty("flow", type(self._state).__name__)
        self.setProperty("console", type(self._console).__name__)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack)
        self._station = QWidget()
        self._panel = OperatorPanel(dpi, self._presentation, self._languages)
        self._panel.event.connect(self.operator_event)
        self._panel.presentation_changed.connect(self.set_presentation)
        self._stack.addWidget(self._station)
        self._stack.addWidget(self._panel)
        self._whole = QVBoxLayout(self._station)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        self._build()

    def show_state(self, state: at.IdentityState, status: DeviceStatus) -> None:
        """Draw `state`; cheap if only status, progress or the sensor's feedback changed."""
        if status.mode is not self._status.mode:
            self._status = status
            self._build()
        self._state, self._status = state, status
        self.setProperty("flow", type(state).__name__)
        self._rail.show_status(status)
        self._panel.show_status(status)
        key = _situation(state)
        if key != self._key or self._page is None:
            self._key = key
            self._turn(_page(self._look, state))
        if self._page is not None:
            self._page.refresh(state, status)

    def show_operator(self, state: console.ConsoleState) -> None:
        """Cover the station with the console unless no operator is there."""
        self._console = state
        self.setProperty("console", type(state).__name__)
        self._panel.show_state(state)
        away = isinstance(state, console.Away)
        self._stack.setCurrentWidget(self._station if away else self._panel)
        if not away:
            self._close_settings()

    def set_presentation(self, presentation: Presentation) -> None:
        """Set language, text size and contrast of this station and of its console."""
        if presentation == self._presentation:
            return
        asked = self._settings is not None
        self._presentation = presentation
        self._panel.set_presentation(presentation)
        self._build()
        self.presentation_changed.emit(presentation)
        if asked:
            self._ask_settings()

    @property
    def presentation(self) -> Presentation:
        """Language, text size and contrast in use."""
        return self._presentation

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        self._close_settings()
        self._look: Look = make_look(self._dpi, self._presentation, self._languages)
        self.setLayoutDirection(self._look.direction)
        self.setPalette(self._look.style.qt_palette())
        self.setStyleSheet(self._look.style.stylesheet())
        self.setWindowTitle(self._look.t("Identity station"))
        clear(self._whole)
        self._page = None
        self._rail = Rail(self._look)
        self._rail.settings_asked.connect(self._ask_settings)
        self._place = column()
        body = row(self._place, self._rail)
        body.setStretch(0, 1)
        self._whole.addWidget(ModeBanner(self._look, self._status.mode))
        self._whole.addLayout(body, 1)
        self._key = None
        self.show_state(self._state, self._status)

    def _turn(self, page: SituationPage) -> None:
        """Replace the page; everything of the person goes with the old one."""
        clear(self._place)
        page.event.connect(self.event)
        self._place.addWidget(page, 1)
        self._page = page

    def _ask_settings(self) -> None:
        self._close_settings()
        dialog = Settings(self._look, self, self._presentation)
        dialog.changed.connect(self.set_presentation)
        dialog.closed.connect(self._close_settings)
        self._settings = dialog

    def _close_settings(self) -> None:
        if self._settings is not None:
            self._settings.hide()
            self._settings.deleteLater()
            self._settings = None


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
        case at.ClaimingBallot(holder):
            return at.ClaimingBallot, id(holder)
        case at.WritingAuthorization(holder, problem):
            return at.WritingAuthorization, id(holder), problem
        case at.Done(holder, identity_out, authorization_out):
            return at.Done, id(holder), identity_out, authorization_out
        case _:
            assert_never(state)


def _page(look: Look, state: at.IdentityState) -> SituationPage:
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

"""Operator console as one widget that covers a device's window."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.operator import states as at
from kiosk.status import DeviceStatus, Mode
from ui.operator.overview import Overview
from ui.operator.page import ConsolePage
from ui.operator.pages import ActingPage, SecondPage, SignInPage
from ui.widgets.frames import ModeBanner, clear
from ui.widgets.look import Look, make_look
from ui.widgets.settings import Settings
from words.languages import Languages, installed


class OperatorPanel(QWidget):
    """Console with its own language, text size and contrast: an operator's, never a voter's.

    `presentation_changed` tells a window that follows the console's presentation.
    """

    event = Signal(object)  # type: ignore[assignment]  # hides QWidget.event
    """kiosk.flows.operator.events.ConsoleEvent"""
    presentation_changed = Signal(object)
    """kiosk.flows.ballot.states.Presentation"""

    def __init__(
        self,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("console")
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dpi = dpi
        self._languages = (languages or installed()).load()
        self._presentation = presentation or Presentation()
        self._mode = Mode.REAL
        self._state: at.ConsoleState = at.Away()
        self._page: ConsolePage | None = None
        self._key: object = None
        self._settings: Settings | None = None
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        self._build()

    def show_state(self, state: at.ConsoleState) -> None:
        """Draw `state`; the panel is empty when no operator is there, and its owner hides it."""
        self._state = state
        key = _situation(state)
        if key != self._key:
            self._key = key
            self._turn(state)
        if self._page is not None:
            self._page.refresh(state)

    def show_status(self, status: DeviceStatus) -> None:
        """Show the banner when votes do not count."""
        if status.mode is not self._mode:
            self._mode = status.mode
            self._build()

    def set_presentation(self, presentation: Presentation) -> None:
        """Set language, text size and contrast and draw everything anew."""
        if presentation == self._presentation:
            return
        asked = self._settings is not None
        self._presentation = presentation
        self._build()
        self.presentation_changed.emit(presentation)
        if asked:
            self._ask_settings()

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        self._close_settings()
        self._look: Look = make_look(self._dpi, self._presentation, self._languages)
        self.setLayoutDirection(self._look.direction)
        self.setPalette(self._look.style.qt_palette())
        self.setStyleSheet(self._look.style.stylesheet())
        clear(self._whole)
        self._whole.addWidget(ModeBanner(self._look, self._mode))
        self._page = None
        self._key = None
        self.show_state(self._state)

    def _turn(self, state: at.ConsoleState) -> None:
        self._close_settings()
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.hide()
            self._page.setParent(None)
            self._page.deleteLater()
        self._page = _page(self._look, state)
        if self._page is not None:
            self._page.event.connect(self.event)
            self._page.settings_asked.connect(self._ask_settings)
            self._whole.addWidget(self._page, 1)

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


def _situation(state: at.ConsoleState) -> object:
    match state:
        case at.Away() | at.SigningIn() | at.Console():
            return type(state)
        case at.SecondSignature(first, act):
            return at.SecondSignature, first, act
        case at.Acting(first, second, act):
            return at.Acting, first, second, act
        case _:
            assert_never(state)


def _page(look: Look, state: at.ConsoleState) -> ConsolePage | None:
    match state:
        case at.Away():
            return None
        case at.SigningIn():
            return SignInPage(look)
        case at.Console():
            return Overview(look)
        case at.SecondSignature():
            return SecondPage(look, state)
        case at.Acting():
            return ActingPage(look, state)
        case _:
            assert_never(state)

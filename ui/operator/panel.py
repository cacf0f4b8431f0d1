"""Operator console as one widget that covers a device's window."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import Qt, Signal

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.operator import states as at
from kiosk.status import DeviceStatus
from ui.operator.closing import CardsPage, DevicesPage
from ui.operator.overview import Overview
from ui.operator.page import ConsolePage
from ui.operator.pages import ActingPage, SecondPage, SignInPage
from ui.widgets.frames import clear, column
from ui.widgets.look import Look
from ui.widgets.presented import Presented
from words.languages import Languages


class OperatorPanel(Presented):
    """Console with its own language, text size and contrast: an operator's, never a voter's.

    `presentation_changed` tells a window that follows the console's presentation.
    """

    acted = Signal(object)
    """kiosk.flows.operator.events.ConsoleEvent"""

    def __init__(
        self,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        super().__init__("console", dpi, presentation, languages)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._state: at.ConsoleState = at.Away()
        self._status = DeviceStatus()
        self._page: ConsolePage | None = None
        self._key: object = None
        self.setLayout(column(self._stage))
        self._build()

    def show_state(self, state: at.ConsoleState) -> None:
        """Draw `state`; the panel is empty when no operator is there, and its owner hides it."""
        self._state = state
        key = _situation(state)
        changed = key != self._key
        if changed:
            self._key = key
            self._turn(state)
        if self._page is not None:
            self._page.show_status(self._status)
            self._page.refresh(state)
        if changed:
            self._stage.new_screen()
        else:
            self._stage.keep_focus_later()

    def show_status(self, status: DeviceStatus) -> None:
        """Show the banner when votes do not count."""
        self._status = status
        self._set_mode(status.mode)
        if self._page is not None:
            self._page.show_status(status)

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        super()._build()
        self._place = column()
        self._whole.addLayout(self._place, 1)
        self._page = None
        self._key = None
        self.show_state(self._state)

    def _turn(self, state: at.ConsoleState) -> None:
        self._close_settings()
        clear(self._place)
        self._page = _page(self._look, state)
        if self._page is not None:
            self._page.acted.connect(self.acted)
            self._page.settings_asked.connect(self._ask_settings)
            self._place.addWidget(self._page)


def _situation(state: at.ConsoleState) -> object:
    match state:
        case at.Away() | at.SigningIn() | at.Console() | at.AskingCards():
            return type(state)
        case at.AskingDevices(view=view):
            return at.AskingDevices, view.order and view.order.neighbours
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
        case at.AskingDevices():
            return DevicesPage(look, state)
        case at.AskingCards():
            return CardsPage(look)
        case at.SecondSignature():
            return SecondPage(look, state)
        case at.Acting():
            return ActingPage(look, state)
        case _:
            assert_never(state)

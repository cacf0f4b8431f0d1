"""Operator console as one widget that covers a device's window."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import Qt, Signal

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.operator import states as at
from kiosk.status import DeviceStatus
from ui.operator.closing import CardsPage, DevicesPage
from ui.operator.code import CodePage
from ui.operator.overview import Overview
from ui.operator.pages import ActingPage, SecondPage, SignInPage
from ui.operator.plugged import PluggedPage
from ui.operator.ways_out import GuidedPage
from ui.screen import Screen, ScreenPlace
from ui.widgets.frames import column
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
        self.setLayout(column(self._stage))
        self._build()

    def show_state(self, state: at.ConsoleState) -> None:
        """Draw `state`; the panel is empty when no operator is there, and its owner hides it."""
        self._state = state
        if self._place.show_state(
            _situation(state), lambda: _screen(self._look, state), state, self._status
        ):
            self._close_settings()

    def show_status(self, status: DeviceStatus) -> None:
        """Show the banner when votes do not count."""
        self._status = status
        self._set_mode(status.mode)
        self._place.show_status(status)

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        super()._build()
        self._place = ScreenPlace(self._stage)
        self._place.acted.connect(self.acted)
        self._place.settings_asked.connect(self._ask_settings)
        self._whole.addWidget(self._place, 1)
        self.show_state(self._state)


def _situation(state: at.ConsoleState) -> object:
    match state:
        case at.Away() | at.SigningIn() | at.Console() | at.AskingCards():
            return type(state)
        case at.EnteringCode(view=view, act=act):
            return at.EnteringCode, act, view.replaceable
        case at.Guided(path=path):
            return at.Guided, path
        case at.ChoosingDevices(view=view):
            return at.ChoosingDevices, view.devices, view.checks
        case at.AskingDevices(view=view):
            return at.AskingDevices, view.order and view.order.neighbours
        case at.SecondSignature(first, act):
            return at.SecondSignature, first, act
        case at.Acting(first, second, act):
            return at.Acting, first, second, act
        case _:
            assert_never(state)


def _screen(look: Look, state: at.ConsoleState) -> Screen | None:
    match state:
        case at.Away():
            return None
        case at.SigningIn():
            return SignInPage(look)
        case at.Console():
            return Overview(look)
        case at.Guided(path=path):
            return GuidedPage(look, path)
        case at.ChoosingDevices():
            return PluggedPage(look, state)
        case at.AskingDevices():
            return DevicesPage(look, state)
        case at.AskingCards():
            return CardsPage(look)
        case at.EnteringCode(act=act):
            return CodePage(look, act, state.view.replaceable)
        case at.SecondSignature():
            return SecondPage(look, state)
        case at.Acting():
            return ActingPage(look, state)
        case _:
            assert_never(state)

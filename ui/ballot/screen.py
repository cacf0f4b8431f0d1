"""Base class of the ballot terminal's screens."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.status import DeviceStatus
from ui.ballot.way import Step, StepStrip
from ui.theme import Ink
from ui.widgets import Button, ButtonKind, HeaderBar, Look


class Screen(QWidget):
    """Draws one kind of state, emits what the voter does and decides nothing."""

    acted = Signal(object)
    """kiosk.flows.ballot.events.BallotEvent"""
    presentation_asked = Signal()
    """The voter wants to change language, size or contrast."""

    STEP: ClassVar[Step | None] = None
    """Where on the voter's way the screen stands; None: on none of its steps."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def show_state(self, state: at.BallotState) -> None:
        """Draw `state`, on every change; only the kinds of state the screen was made for arrive."""

    def show_status(self, status: DeviceStatus) -> None:
        """Draw the device's status, about once a second; most screens show none of it."""

    def page(self) -> QVBoxLayout:
        """Return a column from edge to edge, with the strip of steps at its top."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if self.STEP is not None:
            layout.addWidget(StepStrip(self.look, self.STEP))
        return layout

    def header(self, title: str, note: str = "", *, inline: bool = False) -> HeaderBar:
        """Return the title bar with the buttons for presentation and help, alike on every voter's screen."""
        t = self.look.t
        looks = Button(
            self.look,
            "settings",
            "" if self.look.layout.brief else t("Display"),
            icon="settings",
            kind=ButtonKind.QUIET,
            said=t("Language, text size and contrast"),
        )
        help_ = Button(self.look, "help", t("Help"), icon="help")
        looks.clicked.connect(self.presentation_asked)
        help_.clicked.connect(lambda: self.acted.emit(on.HelpAsked()))
        return HeaderBar(self.look, title, note, looks, help_, inline=inline)

    def button(
        self,
        name: str,
        text: str,
        event: on.BallotEvent | None = None,
        *,
        icon: str = "",
        kind: ButtonKind = ButtonKind.PLAIN,
        trailing: bool = False,
        ink: Ink = Ink.STRONG,
    ) -> Button:
        """Return a button that emits `event` when it is touched."""
        made = Button(self.look, name, text, icon=icon, kind=kind, trailing=trailing, ink=ink)
        if event is not None:
            made.clicked.connect(lambda: self.acted.emit(event))
        return made

"""Base class of the console's pages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from kiosk.flows.operator import states as at
from kiosk.status import DeviceStatus
from ui.widgets.band import Band
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, column, row
from ui.widgets.look import Look


class ConsolePage(QWidget):
    """Draws one kind of state; a change of kind makes a new page."""

    acted = Signal(object)
    """kiosk.flows.operator.events.ConsoleEvent"""
    settings_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        style = look.style
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(style.margin, style.mm(3), style.margin, style.mm(3))
        self._layout.setSpacing(style.mm(3))

    def refresh(self, state: at.ConsoleState) -> None:
        """Draw another state of the same kind; a page that looks the same in all of them does nothing."""

    def show_status(self, status: DeviceStatus) -> None:
        """Draw the device's status; most pages show none of it."""

    def put_head(self, band: Band) -> None:
        """Add the band with the settings button at its end."""
        self._band, self._state = band, band.state.text()
        settings = Button(
            self.look,
            "settings",
            icon="settings",
            kind=ButtonKind.PLAIN,
            said=self.look.t("Language, text size and contrast"),
        )
        settings.clicked.connect(self.settings_asked)
        line = row(band, settings, spacing=self.look.style.gap)
        line.setStretch(0, 1)
        self._layout.addLayout(line)

    def tell(self, told: str) -> None:
        """Say what to do now in the band, or its state again if there is nothing to tell."""
        self._band.say(told or self._state)


def paged(look: Look, card: BorderedFrame) -> Pages:
    """Return the card in pages, so that it may be higher than the screen."""
    content = QWidget()
    content.setLayout(column(card))
    return Pages(look, "more", content)


def progress_bar(look: Look) -> QProgressBar:
    """Return a progress bar called `progress`, without text."""
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setObjectName("progress")
    bar.setAccessibleName(look.t("Progress"))
    return bar


def set_progress(bar: QProgressBar, progress: float | None) -> None:
    """Set the progress (0…1); None shows a bar that runs to and fro."""
    if progress is None:
        bar.setRange(0, 0)
    else:
        bar.setRange(0, 1000)
        bar.setValue(round(progress * 1000))

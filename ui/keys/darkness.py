"""Dark screen: who listens needs no picture, and nobody else sees what is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.flows.ballot import states as at
from ui.keys.companion import companion_card
from ui.widgets import Look, discard


class Darkness(QWidget):
    """Covers a window in black. A touch does nothing: a key lights the screen again.

    Where a companion helps, a card says so, with two buttons: light, and help.
    """

    acted = Signal(object)
    """kiosk.flows.ballot.events.BallotEvent"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("darkness")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._card: QWidget | None = None
        self._for: tuple[at.Presentation, Look] | None = None
        """What the card was made for: it is touched, and not made anew under a finger."""
        self.hide()

    def cover(self, state: at.BallotState, look: Look) -> None:
        """Cover everything, or nothing, as the voter of a state wishes."""
        dark = at.is_dark(state)
        self.setVisible(dark)
        parent = self.parentWidget()
        if dark and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()
        wish = at.presentation_of(state, at.Presentation())
        card = dark and isinstance(state, at.VoterState) and wish.companion is at.Companion.DARK
        wanted = (wish, look) if card else None
        if wanted != self._for:
            discard(self._card)
            self._for = wanted
            self._card = companion_card(look, self, wish, self.acted.emit) if card else None
        self._place()

    def _place(self) -> None:
        if self._card is not None:
            size = self._card.sizeHint().boundedTo(self.size())
            wide = min(self.width(), max(size.width(), self.width() * 3 // 4))
            high = min(self.height(), max(size.height(), self._card.heightForWidth(wide)))
            self._card.setGeometry(
                (self.width() - wide) // 2, (self.height() - high) // 2, wide, high
            )
            self._card.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint black."""
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a touch from what lies behind."""
        event.accept()

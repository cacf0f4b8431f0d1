"""Dark screen: who listens needs no picture, and nobody else sees what is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class Darkness(QWidget):
    """Covers a window in black. A touch does nothing: a key lights the screen again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("darkness")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def cover(self, dark: bool) -> None:
        """Cover everything, or nothing."""
        self.setVisible(dark)
        parent = self.parentWidget()
        if dark and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint black."""
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a touch from what lies behind."""
        event.accept()

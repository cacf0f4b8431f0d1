"""Sign that the machine is at work."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.look import Look

STEP_MS = 40
STEP_DEGREES = 12


class Busy(QWidget):
    """Arc that goes round while it is visible."""

    def __init__(self, look: Look, mm: float = 22) -> None:
        super().__init__()
        self._look = look
        self._angle = 0
        side = look.style.mm(mm)
        self.setFixedSize(side, side)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._turn)

    def _turn(self) -> None:
        self._angle = (self._angle + STEP_DEGREES) % 360
        self.update()

    def showEvent(self, _event: QShowEvent) -> None:
        """Start the motion."""
        self._timer.start()

    def hideEvent(self, _event: QHideEvent) -> None:
        """Stop the motion, so that a hidden sign costs nothing."""
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring and the arc at its present angle."""
        c = self._look.style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = self.width() / 11
        box = QRectF(self.rect()).adjusted(thick, thick, -thick, -thick)
        painter.setPen(QPen(QColor(c.soft), thick))
        painter.drawEllipse(box)
        painter.setPen(
            QPen(QColor(c.accent), thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        painter.drawArc(box, -self._angle * 16, -100 * 16)

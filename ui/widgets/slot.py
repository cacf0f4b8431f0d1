"""Picture of a card that slides into the slot, again and again."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.look import Look

ROUND_MS = 2600
OUT_TO_IN = 0.55
"""Depth to which the card goes in, in parts of its length."""


class CardSlotPicture(QWidget):
    """Card, chip first, and the reader. `outwards`: the card comes out instead."""

    def __init__(self, look: Look, *, outwards: bool = False, mm: float = 62) -> None:
        super().__init__()
        self._look = look
        self.setFixedSize(QSize(look.style.mm(mm), look.style.mm(mm)))
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(ROUND_MS)
        self._motion.setLoopCount(-1)
        self._motion.setEasingCurve(QEasingCurve.Type.InOutCubic)
        start, end = (1.0, 0.0) if outwards else (0.0, 1.0)
        self._motion.setStartValue(start)
        self._motion.setKeyValueAt(0.6, end)
        self._motion.setEndValue(end)
        self._motion.valueChanged.connect(self.update)
        self._still = 0.25

    def showEvent(self, _event: QShowEvent) -> None:
        """Start the motion."""
        self._motion.start()

    def hideEvent(self, _event: QHideEvent) -> None:
        """Stop the motion, so that a hidden picture costs nothing."""
        self._motion.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card at its present depth in the slot."""
        c, unit = self._look.style.palette, self.width() / 100
        running = self._motion.state() == QVariantAnimation.State.Running
        value = self._motion.currentValue()
        depth = float(value) if running and value is not None else self._still
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = max(2.0, 1.1 * unit)
        slot_y = 34 * unit
        painter.save()
        painter.setClipRect(QRectF(0, slot_y, self.width(), self.height()))
        self._paint_card(
            painter, QPointF(27 * unit, slot_y + (6 - 46 * depth * OUT_TO_IN * 2) * unit)
        )
        painter.restore()
        painter.setPen(QPen(QColor(c.accent), line))
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(
            QRectF(8 * unit, 8 * unit, 84 * unit, 26 * unit), 5 * unit, 5 * unit
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.accent))
        painter.drawRoundedRect(
            QRectF(22 * unit, 29 * unit, 56 * unit, 5 * unit), 2.5 * unit, 2.5 * unit
        )
        painter.drawEllipse(QPointF(50 * unit, 18.5 * unit), 2.2 * unit, 2.2 * unit)

    def _paint_card(self, painter: QPainter, at: QPointF) -> None:
        c, unit = self._look.style.palette, self.width() / 100
        painter.setPen(QPen(QColor(c.accent), max(2.0, 1.1 * unit)))
        painter.setBrush(QColor(c.soft))
        painter.drawRoundedRect(QRectF(at.x(), at.y(), 46 * unit, 58 * unit), 4 * unit, 4 * unit)
        painter.setBrush(QColor(c.surface))
        chip = QRectF(at.x() + 16 * unit, at.y() + 8 * unit, 14 * unit, 12 * unit)
        painter.drawRoundedRect(chip, 2 * unit, 2 * unit)
        painter.drawLine(
            QPointF(chip.left(), chip.center().y()), QPointF(chip.right(), chip.center().y())
        )
        painter.drawLine(
            QPointF(chip.center().x(), chip.top()), QPointF(chip.center().x(), chip.bottom())
        )

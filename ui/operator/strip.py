"""Report on the screen, drawn like the printer's paper strip."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from election.papers import Report
from ui.raster import kind_text
from ui.theme import Ink
from ui.widgets.flowing import Flowing
from ui.widgets.labels import Label
from ui.widgets.look import Look

PAPER, INK, EDGE = "#fffef9", "#101010", "#8a8a80"
"""Paper is paper in every theme: 19:1."""


class Strip(QWidget):
    """Readable text on white with torn ends. Lines are called `report-<n>`."""

    def __init__(self, look: Look, report: Report) -> None:
        super().__init__()
        t, style = look.t, look.style
        self._tooth = style.mm(2)
        self.setObjectName("report")
        self.setStyleSheet(f"QLabel {{ color: {INK}; }}")
        self.setMaximumWidth(style.mm(180 if look.layout.crowded else 150))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        pad = style.mm(5)
        layout.setContentsMargins(pad, pad + self._tooth, pad, pad + self._tooth)
        layout.setSpacing(style.mm(1))
        layout.addWidget(Label(look, t.of(report.title), Ink.STRONG, centred=True))
        layout.addWidget(
            Label(look, kind_text(t, report.kind), Ink.TITLE, name="report-kind", centred=True)
        )
        made = f"{t.date(report.made)}  {t.time(report.made)}"
        layout.addWidget(Label(look, made, Ink.SMALL, centred=True))
        layout.addWidget(_rule(style.mm(0.4)))
        for number, line in enumerate(report.lines):
            layout.addWidget(self._line(look, number, t(line.label), t.say(line.value)))
        layout.addWidget(_rule(style.mm(0.4)))

    def _line(self, look: Look, number: int, label: str, value: str) -> QWidget:
        line = Flowing(look.style.mm(3), spread=True)
        line.setObjectName(f"report-{number}")
        line.add(Label(look, label, Ink.SMALL))
        line.add(Label(look, value, Ink.STRONG))
        return line

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper with its torn ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(EDGE), 1))
        painter.setBrush(QColor(PAPER))
        painter.drawPolygon(torn(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._tooth))


def torn(box: QRectF, tooth: float) -> QPolygonF:
    """Return a rectangle with sawtooth edges of `tooth` px at top and bottom."""
    count = max(2, round(box.width() / (tooth * 1.6)))
    step = box.width() / count
    points: list[QPointF] = []
    for i in range(count):
        points.append(QPointF(box.left() + i * step, box.top() + tooth))
        points.append(QPointF(box.left() + (i + 0.5) * step, box.top()))
    points.append(QPointF(box.right(), box.top() + tooth))
    for i in range(count):
        points.append(QPointF(box.right() - i * step, box.bottom() - tooth))
        points.append(QPointF(box.right() - (i + 0.5) * step, box.bottom()))
    points.append(QPointF(box.left(), box.bottom() - tooth))
    return QPolygonF(points)


def _rule(height: int) -> QFrame:
    line = QFrame()
    line.setFixedHeight(max(1, height))
    line.setStyleSheet(f"background: {INK};")
    return line

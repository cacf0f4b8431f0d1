"""All devices of a branch in a row, two by two: small live pictures; a touch puts a pair on the table."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from simulators.bench.protocol import BenchPair, BenchState, Monitor
from ui.theme import Ink
from ui.widgets.look import Look
from words.message import Latin

HIGH_MM = 21
SCREEN_MM = 23
"""Width of a small picture."""
PAD_MM = 1.2


class PairButton(QAbstractButton):
    """One pair. Called `pair-<number from 1>`."""

    def __init__(self, look: Look, number: int, pair: BenchPair) -> None:
        super().__init__()
        self._look, self.pair = look, pair
        self._pictures: dict[Monitor, tuple[bytes, QPixmap]] = {}
        self.setObjectName(f"pair-{number}")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self._text = " · ".join(name for _, name in pair.names)
        said = look.t("Put {devices} on the table", devices=Latin(self._text))
        self.setAccessibleName(said)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_pair(pair)

    def show_pair(self, pair: BenchPair) -> None:
        """Show what the devices show; empty where one is not on."""
        now = dict(pair.screens)
        for monitor, _ in pair.names:
            png = now.get(monitor, b"")
            if self._pictures.get(monitor, (None, None))[0] != png:
                picture = QPixmap()
                picture.loadFromData(png)
                self._pictures[monitor] = (png, picture)
                self.update()

    def sizeHint(self) -> QSize:
        """Return the size, which is always the same."""
        style, count = self._look.style, len(self.pair.names)
        wide = count * SCREEN_MM + (count + 1) * PAD_MM
        needed = self.fontMetrics().horizontalAdvance(self._text) + 2 * style.mm(PAD_MM)
        return QSize(max(style.mm(wide), needed), style.mm(HIGH_MM))

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pictures above the names, in the frame of a thing that is chosen or not."""
        style, c = self._look.style, self._look.style.palette
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        chosen = self.isChecked() or self.hasFocus()
        pad = style.mm(PAD_MM)
        width = 2 * style.hairline if chosen else style.hairline
        frame = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(QColor(c.accent if chosen else c.line), width))
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(frame, style.radius / 2, style.radius / 2)
        painter.setFont(style.font(Ink.SMALL))
        line = painter.fontMetrics().height()
        count = len(self.pair.names)
        wide = (self.width() - (count + 1) * pad) / count
        order = self.pair.names
        if self._look.direction is Qt.LayoutDirection.RightToLeft:
            order = tuple(reversed(order))
        for place, (monitor, _) in enumerate(order):
            room = QRectF(pad + place * (wide + pad), pad, wide, self.height() - line - 2.5 * pad)
            _, picture = self._pictures.get(monitor, (b"", QPixmap()))
            size = picture.size() if not picture.isNull() else QSize(16, 10)
            size.scale(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRectF(0, 0, size.width(), size.height())
            box.moveCenter(room.center())
            if picture.isNull():
                painter.fillRect(box, QColor(c.sunken))
            else:
                painter.drawPixmap(box, picture, QRectF(picture.rect()))
        painter.setPen(QColor(c.text))
        below = QRectF(0, self.height() - line - pad, self.width(), line)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self._text)


class Pairs(QScrollArea):
    """The row; not there for a branch of one pair."""

    chosen = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._buttons: list[PairButton] = []
        inner = QWidget()
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(look.style.mm(2.5), look.style.mm(1), look.style.mm(2.5), 0)
        self._row.setSpacing(look.style.gap)
        self._row.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(
            look.style.mm(HIGH_MM + 1) + self.horizontalScrollBar().sizeHint().height()
        )
        self.setVisible(False)

    def show_state(self, state: BenchState) -> None:
        """Show all pairs, and which one is on the table."""
        self.setVisible(len(state.pairs) > 1)
        if [x.pair.names for x in self._buttons] != [x.names for x in state.pairs]:
            for button in self._buttons:
                button.deleteLater()
            self._buttons = [
                PairButton(self._look, number, pair) for number, pair in enumerate(state.pairs, 1)
            ]
            for number, button in enumerate(self._buttons):
                button.clicked.connect(lambda _=False, at=number: self.chosen.emit(at))
                self._row.insertWidget(number, button)
        for number, (button, pair) in enumerate(zip(self._buttons, state.pairs, strict=True)):
            button.show_pair(pair)
            if number == state.pair and not button.isChecked():
                button.setChecked(True)
                self.ensureWidgetVisible(button)

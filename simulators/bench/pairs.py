"""All devices of a branch in a row, two by two: small live pictures; a touch puts a pair on the table."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap
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

HIGH_MM = 23
SCREEN_MM = 26
"""Width of a small picture."""
PAD_MM = 1.2
ROOM_MM = 240
"""Height of the window below which the row has names alone: the table needs the rest."""
IN_SIGHT = 6
"""So many pairs stand on every screen without a bar to move the row by."""


class PairButton(QAbstractButton):
    """One pair. Called `pair-<number from 1>`."""

    def __init__(self, look: Look, number: int, pair: BenchPair) -> None:
        super().__init__()
        self._look, self.pair = look, pair
        self._pictures: dict[Monitor, tuple[bytes, QPixmap]] = {}
        self.low = False
        self.setObjectName(f"pair-{number}")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        names = " · ".join(name for _, name in pair.names)
        said = look.t("Put {devices} on the table", devices=Latin(names))
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
        letters = QFontMetrics(style.font(Ink.SMALL))
        longest = max(letters.horizontalAdvance(name) for _, name in self.pair.names)
        one = longest if self.low else max(style.mm(SCREEN_MM), longest)
        pad = style.mm(PAD_MM)
        low = max(letters.height() + 3 * pad, style.target)
        high = low if self.low else style.mm(HIGH_MM)
        return QSize(count * one + (count + 1) * pad, high)

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
        order = self.pair.names
        if self._look.direction is Qt.LayoutDirection.RightToLeft:
            order = tuple(reversed(order))
        wide = (self.width() - (len(order) + 1) * pad) / len(order)
        high = self.height() - line - 2.5 * pad
        for place, (monitor, name) in enumerate(order):
            left = pad + place * (wide + pad)
            room = QRectF(left, 1.5 * pad, wide, high - pad)
            if not self.low:
                self._paint_screen(painter, room, monitor)
            painter.setPen(QColor(c.text))
            below = QRectF(left, self.height() - line - pad, wide, line)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), name)

    def _paint_screen(self, painter: QPainter, room: QRectF, monitor: Monitor) -> None:
        _, picture = self._pictures.get(monitor, (b"", QPixmap()))
        size = picture.size() if not picture.isNull() else QSize(16, 10)
        size.scale(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(0, 0, size.width(), size.height())
        box.moveCenter(room.center())
        if picture.isNull():
            painter.fillRect(box, QColor(self._look.style.palette.sunken))
        else:
            painter.drawPixmap(box, picture, QRectF(picture.rect()))


class Pairs(QScrollArea):
    """The row; not there for a branch of one pair."""

    chosen = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._buttons: list[PairButton] = []
        self._low = False
        inner = QWidget()
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(look.style.mm(2.5), look.style.mm(1), look.style.mm(2.5), 0)
        self._row.setSpacing(look.style.gap)
        self._row.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        for part in (inner, self.viewport()):
            part.setAutoFillBackground(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVisible(False)

    def stand(self, *, low: bool) -> None:
        """Show names alone, or small pictures as well."""
        self._low = low
        for button in self._buttons:
            button.low = low
            button.updateGeometry()
            button.update()
        bar = self.horizontalScrollBar().sizeHint().height()
        high = max((button.sizeHint().height() for button in self._buttons), default=0)
        above = self._row.contentsMargins().top()
        self.setFixedHeight(high + above + (bar if len(self._buttons) > IN_SIGHT else 0))

    @property
    def wanted(self) -> int:
        """Width in which the whole row is seen."""
        # The layout does not count buttons that were just added.
        around = self._row.contentsMargins()
        buttons = sum(button.sizeHint().width() + self._row.spacing() for button in self._buttons)
        return around.left() + buttons + around.right()

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
            self.stand(low=self._low)
        for number, (button, pair) in enumerate(zip(self._buttons, state.pairs, strict=True)):
            button.show_pair(pair)
            if number == state.pair and not button.isChecked():
                button.setChecked(True)
                self.ensureWidgetVisible(button)

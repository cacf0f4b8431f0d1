"""Live pictures of the devices: a self-test that is seen.

A picture stays while its device does something else: nothing moves and no page turns back. What is drawn is
a state, never what lies on the device: no image of a finger leaves the module, and no card says whose it is.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from kiosk.status import DeviceKind, DeviceNow, Doing, Lamp
from ui.theme import Ink
from ui.widgets.frames import BorderedFrame, clear, column, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look

PICTURE_MM = 16
UNITS = 100.0


class DevicePictures(QWidget):
    """One tile a device, called `device-<lamp's key>`; property `now`."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._tiles: dict[str, DeviceTile] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(look.style.gap)

    def show_lamps(self, lamps: tuple[Lamp, ...]) -> None:
        """Draw what each device does; new tiles only if there are other devices."""
        drawn = {lamp.key: lamp for lamp in lamps if lamp.doing is not None}
        if drawn.keys() != self._tiles.keys():
            clear(self._grid)
            self._tiles = {key: DeviceTile(self._look, lamp) for key, lamp in drawn.items()}
            across = 1 if self._look.layout.crowded else 2
            for place, tile in enumerate(self._tiles.values()):
                self._grid.addWidget(tile, place // across, place % across)
            for part in range(across):
                self._grid.setColumnStretch(part, 1)
        for key, lamp in drawn.items():
            self._tiles[key].show_lamp(lamp)


class DeviceTile(BorderedFrame):
    """Picture, name, and what the device does in words: never a picture alone."""

    def __init__(self, look: Look, lamp: Lamp) -> None:
        super().__init__(look, name=f"device-{lamp.key}", pad_mm=2)
        self._look = look
        self._picture = DevicePicture(look)
        self._words = Label(look, "", Ink.SMALL, Tone.MUTED, given=True)
        said = column(Label(look, look.t(lamp.name), Ink.STRONG, given=True), self._words)
        line = row(self._picture, said, spacing=look.style.mm(2))
        line.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        line.setStretch(1, 1)
        self.hold(line)

    def show_lamp(self, lamp: Lamp) -> None:
        """Draw what the device does."""
        if lamp.doing is None:
            return
        words = lamp.doing.words if lamp.ok or lamp.detail is None else lamp.detail
        said = self._look.t(words)
        if self._words.text() != said:
            self._words.setText(said)
        self._words.set_tone(Tone.MUTED if lamp.ok else Tone.BAD)
        self.set_role("card" if lamp.ok else "bad")
        self.setAccessibleName(f"{self._look.t(lamp.name)}: {said}")
        self.setProperty("now", lamp.doing.now.value)
        self._picture.show_doing(lamp.doing, works=lamp.ok)


class DevicePicture(QWidget):
    """One device, drawn from its kind and what it does."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._doing: Doing | None = None
        self._works = True
        side = look.style.mm(PICTURE_MM)
        self.setFixedSize(QSize(side, side))

    def show_doing(self, doing: Doing, *, works: bool) -> None:
        """Draw it anew if it does something else."""
        if (doing, works) != (self._doing, self._works):
            self._doing, self._works = doing, works
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the device, crossed out if it does not work."""
        if self._doing is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / UNITS, self.height() / UNITS)
        c = self._look.style.palette
        ink = c.accent if self._works else c.bad
        pen = QPen(QColor(ink), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(QColor(c.surface))
        _DRAWN[self._doing.kind](painter, self._doing, QColor(c.soft), QColor(ink))
        if not self._works:
            painter.setPen(QPen(QColor(c.bad), 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(12, 88), QPointF(88, 12))


def _reader(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    card_in = doing.now is DeviceNow.BUSY
    if card_in:
        painter.setBrush(soft)
        painter.drawRoundedRect(QRectF(28, 6, 44, 52), 5, 5)
    painter.setBrush(ink if card_in else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(8, 46, 84, 44), 8, 8)
    painter.drawLine(QPointF(26, 47), QPointF(74, 47))
    painter.setBrush(soft if card_in else ink)
    painter.drawEllipse(QPointF(50, 70), 5, 5)


def _finger(painter: QPainter, doing: Doing, soft: QColor, _ink: QColor) -> None:
    lies = doing.now is DeviceNow.BUSY
    painter.drawRoundedRect(QRectF(14, 8, 72, 84), 10, 10)
    painter.setBrush(soft if doing.now is not DeviceNow.REST else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(30, 20, 40, 60))
    if lies:
        # An outline that says that something lies there: the ridges are the drawing's own.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for step in range(3):
            edge = 8.0 * (step + 1)
            painter.drawArc(
                QRectF(30 + edge / 1.6, 20 + edge, 40 - edge * 1.25, 60 - edge), 0, 2880
            )


def _printer(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    if doing.now is not DeviceNow.EMPTY:
        high = 16 if doing.now is DeviceNow.LOW else 38
        painter.setBrush(soft)
        painter.drawRect(QRectF(28, 48 - high, 44, high))
        for place in range(high // 12):
            painter.drawLine(QPointF(36, 40 - 11 * place), QPointF(64, 40 - 11 * place))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(8, 46, 84, 44), 8, 8)
    painter.drawLine(QPointF(26, 48), QPointF(74, 48))
    painter.setBrush(ink)
    painter.drawEllipse(QPointF(76, 74), 4, 4)


def _scanner(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    for place, wide in enumerate((3, 6, 3, 8, 4)):
        painter.fillRect(QRectF(58 + 8 * place, 20, wide, 42), ink)
    painter.drawRoundedRect(QRectF(8, 28, 34, 26), 6, 6)
    painter.drawLine(QPointF(18, 54), QPointF(14, 88))
    if doing.now is DeviceNow.BUSY:
        painter.setBrush(soft)
        painter.drawLine(QPointF(42, 41), QPointF(96, 41))
        painter.drawEllipse(QPointF(76, 80), 11, 11)
        painter.drawLine(QPointF(70, 80), QPointF(75, 85))
        painter.drawLine(QPointF(75, 85), QPointF(83, 74))


def _power(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    painter.drawRoundedRect(QRectF(10, 32, 72, 40), 7, 7)
    painter.fillRect(QRectF(84, 44, 8, 16), ink)
    level = 1.0 if doing.level is None else min(1.0, max(0.0, doing.level))
    if doing.now is not DeviceNow.EMPTY:
        painter.fillRect(QRectF(16, 38, 60 * level, 28), ink if doing.level is not None else soft)
    if doing.now is DeviceNow.REST:
        # Line power: a plug above the battery.
        painter.drawLine(QPointF(46, 32), QPointF(46, 18))
        painter.drawLine(QPointF(36, 18), QPointF(56, 18))
        for x in (40, 52):
            painter.drawLine(QPointF(x, 18), QPointF(x, 8))


def _board(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    pressed = doing.now is DeviceNow.BUSY
    painter.drawRoundedRect(QRectF(8, 30, 84, 50), 8, 8)
    painter.setBrush(ink if pressed else soft)
    for x in (32, 68):
        painter.drawEllipse(QPointF(x, 55), 13, 13)


def _sound(painter: QPainter, _doing: Doing, soft: QColor, _ink: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(16, 14, 68, 72), 0, 2880)
    painter.setBrush(soft)
    for x in (10, 72):
        painter.drawRoundedRect(QRectF(x, 50, 18, 34), 6, 6)


def _line(painter: QPainter, doing: Doing, soft: QColor, ink: QColor) -> None:
    for x in (8, 64):
        painter.drawRoundedRect(QRectF(x, 38, 28, 24), 5, 5)
    if doing.now is not DeviceNow.EMPTY:
        painter.drawLine(QPointF(36, 50), QPointF(64, 50))
    painter.setBrush(soft if doing.now is DeviceNow.EMPTY else ink)
    painter.drawEllipse(QPointF(50, 50), 5, 5)


_DRAWN = {
    DeviceKind.READER: _reader,
    DeviceKind.FINGER: _finger,
    DeviceKind.PRINTER: _printer,
    DeviceKind.SCANNER: _scanner,
    DeviceKind.POWER: _power,
    DeviceKind.BOARD: _board,
    DeviceKind.SOUND: _sound,
    DeviceKind.LINE: _line,
}

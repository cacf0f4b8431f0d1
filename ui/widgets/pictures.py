"""Drawn scenes that show a hand what to do: fingers on the sensor, cards in and out of readers.

Everything is drawn in a square of 100 × 100 units with the theme's colours, so that a scene is
sharp at every size and in every contrast. Scenes are no text: a sentence always stands beside.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Palette
from ui.widgets.look import Look

UNITS = 100.0


class Scene(StrEnum):
    """Scene that can be drawn."""

    FINGER_PLACE = "finger-place"
    FINGER_PRESS = "finger-press"
    FINGER_CENTRE = "finger-centre"
    FINGER_CLEAN = "finger-clean"
    FINGER_OTHER = "finger-other"
    FINGER_BREATHE = "finger-breathe"
    """Too dry."""
    FINGER_WIPE = "finger-wipe"
    """Too wet."""
    FINGER_STILL = "finger-still"
    FINGER_LIFT = "finger-lift"
    FINGER_SCANNED = "finger-scanned"
    CARD_IN = "card-in"
    CARD_IN_BLANK = "card-in-blank"
    """A card with a chip and no portrait."""
    CARD_OUT = "card-out"
    CARD_STAYS = "card-stays"
    CARD_DIGITS = "card-digits"
    """Where the six digits are."""
    CARD_ZONE = "card-zone"
    """Where the machine readable zone is."""
    GIVE_CARD = "give-card"
    GIVE_DOCUMENT = "give-document"


class Picture(QWidget):
    """One scene in the middle of the widget, as large as allowed."""

    def __init__(self, look: Look, scene: Scene, side: int, *, dim: bool = False) -> None:
        """Create a picture of at most `side` px; it takes the room there is, at least half of that."""
        super().__init__()
        self._look, self._scene, self._side, self._dim = look, scene, side, dim
        self.setObjectName(f"picture-{scene.value}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the minimum size."""
        # Small on purpose: a picture gives way to text, never the other way round.
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return half of the largest side, both ways."""
        return QSize(self._side // 2, self._side // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the scene in the largest square that fits, pale if dimmed."""
        painter = QPainter(self)
        side = min(self.width(), self.height(), self._side)
        if self._dim:
            painter.setOpacity(0.4)
        left, top = (self.width() - side) / 2, (self.height() - side) / 2
        draw_scene(painter, self._scene, QRectF(left, top, side, side), self._look)


def draw_scene(painter: QPainter, scene: Scene, box: QRectF, look: Look) -> None:
    """Draw a scene into a square.

    Cards move along the reading direction, so scenes with cards are mirrored.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / UNITS, box.height() / UNITS)
    if look.t.right_to_left:
        painter.translate(UNITS, 0)
        painter.scale(-1, 1)
    _SCENES[scene](_Pencil(painter, look.style.palette, look.t.right_to_left))
    painter.restore()


class _Pencil:
    """Shapes that scenes are made of."""

    def __init__(self, painter: QPainter, colours: Palette, mirrored: bool) -> None:
        self.p = painter
        self.c = colours
        self.mirrored = mirrored

    def pen(self, colour: str, width: float = 2.0) -> None:
        pen = QPen(QColor(colour), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        self.p.setPen(pen)

    def fill(self, colour: str) -> None:
        self.p.setBrush(QBrush(QColor(colour)) if colour else Qt.BrushStyle.NoBrush)

    def box(self, x: float, y: float, w: float, h: float, r: float = 3) -> None:
        self.p.drawRoundedRect(QRectF(x, y, w, h), r, r)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.p.drawLine(QPointF(x1, y1), QPointF(x2, y2))

    def arrow(self, x1: float, y1: float, x2: float, y2: float, width: float = 5.0) -> None:
        """Draw a bold arrow in the accent colour."""
        dx, dy = x2 - x1, y2 - y1
        length = (dx * dx + dy * dy) ** 0.5
        ux, uy = dx / length, dy / length
        head = width * 1.9
        bx, by = x2 - ux * head, y2 - uy * head
        self.pen(self.c.accent, width)
        self.line(x1, y1, bx, by)
        self.p.setPen(Qt.PenStyle.NoPen)
        self.fill(self.c.accent)
        self.p.drawPolygon(
            QPolygonF(
                [
                    QPointF(x2, y2),
                    QPointF(bx - uy * head * 0.75, by + ux * head * 0.75),
                    QPointF(bx + uy * head * 0.75, by - ux * head * 0.75),
                ]
            )
        )

    def sensor(self, lit: bool = True) -> None:
        """Draw the fingerprint module from the side, its window on top."""
        self.pen(self.c.text, 2)
        self.fill(self.c.sunken)
        self.box(12, 72, 76, 20, 5)
        self.p.setPen(Qt.PenStyle.NoPen)
        self.fill(self.c.accent if lit else self.c.line)
        self.box(26, 69.5, 44, 5, 2)

    def finger(self, x: float, y: float, turn: float = -14) -> None:
        """Draw a finger from the side, tip at (x, y), from the upper end of the reading direction."""
        self.p.save()
        self.p.translate(x, y)
        self.p.rotate(turn)
        path = QPainterPath(QPointF(64, -21))
        path.lineTo(14, -21)
        path.cubicTo(QPointF(2, -21), QPointF(-3, -15), QPointF(-3, -9))
        path.cubicTo(QPointF(-3, -2), QPointF(4, 0), QPointF(12, 0))
        path.cubicTo(QPointF(24, 0), QPointF(26, -2), QPointF(36, -1))
        path.lineTo(64, -1)
        self.pen(self.c.text, 2)
        self.fill(self.c.surface)
        self.p.drawPath(path)
        nail = QPainterPath(QPointF(0, -17))
        nail.cubicTo(QPointF(4, -13.5), QPointF(10, -14), QPointF(15, -16.5))
        self.pen(self.c.text, 1.6)
        self.fill("")
        self.p.drawPath(nail)
        self.line(31, -16, 31, -11)
        self.line(34.5, -16, 34.5, -11)
        self.p.restore()

    def print_(self, cx: float, cy: float, scale: float, ink: str, paper: str) -> None:
        """Draw a fingertip from below, with ridges."""
        self.p.save()
        self.p.translate(cx, cy)
        self.p.scale(scale, scale)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(-17, -24, 34, 48), 17, 19)
        self.pen(ink, 2)
        self.fill(paper)
        self.p.drawPath(outline)
        self.fill("")
        self.pen(ink, 1.7)
        for r in (3.2, 7.2, 11.2):
            arch = QPainterPath(QPointF(-r, 13 - r * 0.2))
            arch.lineTo(-r, -3)
            arch.arcTo(QRectF(-r, -3 - r, 2 * r, 2 * r), 180, -180)
            arch.lineTo(r, 13 - r * 0.2)
            self.p.drawPath(arch)
        self.p.restore()

    def card(self, x: float, y: float, *, w: float = 44, photo: bool = False) -> None:
        """Draw a card in landscape, with a chip, or with a portrait."""
        h = w * 0.63
        self.pen(self.c.text, 2)
        self.fill(self.c.surface)
        self.box(x, y, w, h, 3.5)
        if photo:
            self.pen(self.c.text, 1.5)
            self.fill(self.c.soft)
            self.box(x + w * 0.1, y + h * 0.18, w * 0.26, h * 0.6, 1.5)
            self.p.setPen(Qt.PenStyle.NoPen)
            self.fill(self.c.text)
            self.p.drawEllipse(QPointF(x + w * 0.23, y + h * 0.38), w * 0.06, w * 0.06)
            self.p.drawPie(QRectF(x + w * 0.13, y + h * 0.52, w * 0.2, h * 0.5), 0, 180 * 16)
            left = x + w * 0.46
        else:
            self.pen(self.c.text, 1.4)
            self.fill(self.c.warn_soft)
            self.box(x + w * 0.1, y + h * 0.3, w * 0.22, h * 0.36, 1.5)
            self.line(x + w * 0.1, y + h * 0.48, x + w * 0.32, y + h * 0.48)
            left = x + w * 0.44
        self.pen(self.c.line, 2)
        self.line(left, y + h * 0.32, x + w * 0.88, y + h * 0.32)
        self.line(left, y + h * 0.54, x + w * 0.78, y + h * 0.54)

    def reader(self, lit: bool = True) -> None:
        """Draw a card reader from above; the card comes from the beginning of the line."""
        self.pen(self.c.text, 2)
        self.fill(self.c.sunken)
        self.box(52, 26, 40, 48, 6)
        self.pen(self.c.text, 3)
        self.line(56, 32, 56, 68)
        self.p.setPen(Qt.PenStyle.NoPen)
        self.fill(self.c.accent if lit else self.c.line)
        self.p.drawEllipse(QPointF(84, 34), 2.6, 2.6)

    def hand(self, x: float, y: float) -> None:
        """Draw an open palm under what it holds out."""
        path = QPainterPath(QPointF(x + 46, y + 16))
        path.lineTo(x + 22, y + 17)
        path.cubicTo(QPointF(x + 8, y + 17), QPointF(x + 2, y + 11), QPointF(x - 6, y + 4))
        path.cubicTo(QPointF(x - 9, y + 1), QPointF(x - 4, y - 3), QPointF(x, y))
        path.cubicTo(QPointF(x + 6, y + 4), QPointF(x + 9, y + 6), QPointF(x + 14, y + 5))
        path.lineTo(x + 26, y + 3)
        path.cubicTo(QPointF(x + 32, y + 2), QPointF(x + 33, y + 7), QPointF(x + 28, y + 9))
        path.lineTo(x + 20, y + 11)
        self.pen(self.c.text, 2)
        self.fill(self.c.surface)
        self.p.drawPath(path)
        self.fill(self.c.accent)
        self.box(x + 44, y + 9, 14, 13, 2)

    def tick(self, cx: float, cy: float, r: float) -> None:
        self.p.setPen(Qt.PenStyle.NoPen)
        self.fill(self.c.good)
        self.p.drawEllipse(QPointF(cx, cy), r, r)
        self.pen(self.c.surface, r * 0.26)
        self.fill("")
        path = QPainterPath(QPointF(-r * 0.45, r * 0.02))
        path.lineTo(-r * 0.1, r * 0.38)
        path.lineTo(r * 0.48, -r * 0.34)
        self.p.save()
        self.p.translate(cx, cy)
        # A tick is the same in every language: undo the mirror.
        self.p.scale(-1 if self.mirrored else 1, 1)
        self.p.drawPath(path)
        self.p.restore()


def _finger_place(d: _Pencil) -> None:
    d.sensor()
    d.finger(37, 56)
    d.arrow(20, 22, 20, 58)


def _finger_press(d: _Pencil) -> None:
    d.sensor()
    d.finger(37, 69, -8)
    d.arrow(30, 8, 30, 40)
    d.arrow(46, 4, 46, 36)
    d.pen(d.c.accent, 2)
    d.line(22, 64, 17, 60)
    d.line(20, 69, 14, 69)


def _finger_centre(d: _Pencil) -> None:
    d.pen(d.c.text, 2)
    d.fill(d.c.sunken)
    d.box(14, 10, 72, 80, 8)
    d.pen(d.c.accent, 2.4)
    d.fill("")
    d.box(24, 18, 52, 64, 5)
    d.print_(50, 50, 1.05, d.c.text, d.c.surface)
    for x1, y1, x2, y2 in ((27, 50, 33, 50), (67, 50, 73, 50), (50, 20, 50, 24), (50, 76, 50, 80)):
        d.pen(d.c.accent, 3)
        d.line(x1, y1, x2, y2)


def _finger_clean(d: _Pencil) -> None:
    d.print_(42, 56, 1.2, d.c.text, d.c.surface)
    cloth = QPainterPath(QPointF(40, 30))
    cloth.cubicTo(QPointF(56, 14), QPointF(78, 16), QPointF(92, 30))
    cloth.cubicTo(QPointF(84, 42), QPointF(88, 54), QPointF(80, 64))
    cloth.cubicTo(QPointF(70, 54), QPointF(58, 58), QPointF(48, 48))
    cloth.closeSubpath()
    d.pen(d.c.text, 2)
    d.fill(d.c.soft)
    d.p.drawPath(cloth)
    d.pen(d.c.accent, 2.2)
    d.fill("")
    for shift in (0.0, 7.0):
        wave = QPainterPath(QPointF(56 + shift, 32 + shift * 0.9))
        wave.cubicTo(
            QPointF(63 + shift, 28 + shift), QPointF(70 + shift, 34 + shift),
            QPointF(77 + shift * 0.6, 30 + shift),
        )  # fmt: skip
        d.p.drawPath(wave)
    d.pen(d.c.accent, 3)
    d.line(70, 78, 84, 78)
    d.line(77, 71, 77, 85)


def _finger_other(d: _Pencil) -> None:
    """Draw a hand from above: one finger crossed out quietly, the next one in the accent."""
    fingers = ((16, 42, 11, 30), (31, 22, 12, 44), (47, 14, 12, 50), (63, 24, 12, 42))
    d.pen(d.c.text, 2)
    d.fill(d.c.surface)
    for i, (x, y, w, h) in enumerate(fingers):
        d.fill(d.c.soft if i == 2 else d.c.surface)
        d.pen(d.c.accent if i == 2 else d.c.text, 3 if i == 2 else 2)
        d.box(x, y, w, h + 6, 6)
    palm = QPainterPath(QPointF(75, 62))
    palm.cubicTo(QPointF(80, 60), QPointF(84, 54), QPointF(90, 52))
    palm.cubicTo(QPointF(97, 52), QPointF(95, 60), QPointF(91, 64))
    palm.cubicTo(QPointF(82, 76), QPointF(78, 90), QPointF(58, 95))
    palm.lineTo(34, 95)
    palm.cubicTo(QPointF(20, 90), QPointF(17, 78), QPointF(16, 66))
    d.p.setPen(Qt.PenStyle.NoPen)
    d.fill(d.c.surface)
    d.p.drawPath(palm)
    d.pen(d.c.text, 2)
    d.fill("")
    d.p.drawPath(palm)
    d.arrow(36, 8, 50, 8, 4)


def _finger_breathe(d: _Pencil) -> None:
    """Draw a fingertip in front of a mouth that breathes on it."""
    d.print_(26, 52, 1.05, d.c.text, d.c.surface)
    face = QPainterPath(QPointF(96, 12))
    face.cubicTo(QPointF(80, 14), QPointF(74, 26), QPointF(76, 36))
    face.cubicTo(QPointF(74, 42), QPointF(68, 46), QPointF(68, 49))
    face.lineTo(75, 50)
    face.lineTo(76, 55)
    face.lineTo(72, 60)
    face.lineTo(76, 64)
    face.cubicTo(QPointF(76, 76), QPointF(84, 78), QPointF(96, 80))
    d.pen(d.c.text, 2)
    d.fill(d.c.surface)
    d.p.drawPath(face)
    d.pen(d.c.accent, 3)
    d.fill("")
    for shift in (-9.0, 0.0, 9.0):
        wave = QPainterPath(QPointF(68, 60 + shift * 0.4))
        wave.cubicTo(
            QPointF(62, 55 + shift), QPointF(57, 64 + shift), QPointF(50, 57 + shift * 1.4)
        )
        d.p.drawPath(wave)


def _finger_wipe(d: _Pencil) -> None:
    """Draw drops on a fingertip, and a cloth."""
    _finger_clean(d)
    for x, y in ((24, 22), (12, 44), (70, 86)):
        drop = QPainterPath(QPointF(x, y - 9))
        drop.cubicTo(QPointF(x + 7, y), QPointF(x + 6, y + 7), QPointF(x, y + 7))
        drop.cubicTo(QPointF(x - 6, y + 7), QPointF(x - 7, y), QPointF(x, y - 9))
        d.pen(d.c.accent, 2)
        d.fill(d.c.soft)
        d.p.drawPath(drop)


def _finger_still(d: _Pencil) -> None:
    """Draw a finger on the sensor, with a movement to and fro crossed out."""
    d.sensor()
    d.finger(37, 69, -8)
    d.arrow(30, 22, 6, 22, 4)
    d.arrow(34, 22, 58, 22, 4)
    d.pen(d.c.bad, 4)
    d.line(20, 8, 44, 36)
    d.line(44, 8, 20, 36)


def _finger_lift(d: _Pencil) -> None:
    d.sensor(lit=False)
    d.finger(37, 48)
    d.arrow(20, 60, 20, 24)


def _finger_scanned(d: _Pencil) -> None:
    d.print_(44, 48, 1.5, d.c.text, d.c.surface)
    d.tick(74, 74, 17)


def _card_in(d: _Pencil) -> None:
    d.card(2, 36, w=42, photo=True)
    d.reader()
    d.arrow(14, 80, 48, 80)


def _card_in_blank(d: _Pencil) -> None:
    d.card(2, 36, w=42)
    d.reader()
    d.arrow(14, 80, 48, 80)


def _card_out(d: _Pencil) -> None:
    d.card(2, 36, w=42, photo=True)
    d.reader(lit=False)
    d.arrow(44, 80, 10, 80)


def _card_stays(d: _Pencil) -> None:
    d.card(24, 36, w=42, photo=True)
    d.reader()


def _large_card(d: _Pencil) -> None:
    d.card(4, 16, w=92, photo=True)


def _card_digits(d: _Pencil) -> None:
    _large_card(d)
    d.pen(d.c.accent, 3)
    d.fill(d.c.soft)
    d.box(44, 53, 46, 15, 4)
    d.p.setPen(Qt.PenStyle.NoPen)
    d.fill(d.c.on_soft)
    for place in range(6):
        d.box(48.5 + place * 6.6, 57, 3.6, 7, 1)
    d.arrow(67, 94, 67, 71)


def _card_zone(d: _Pencil) -> None:
    _large_card(d)
    d.pen(d.c.accent, 3)
    d.fill(d.c.soft)
    d.box(7, 58, 86, 14, 3)
    d.pen(d.c.on_soft, 2)
    for line in (62.5, 67.5):
        for place in range(13):
            x = 11 + place * 6
            if place < 8:
                d.line(x, line, x + 3, line)
            else:
                d.line(x + 3, line - 1.6, x, line)
                d.line(x, line, x + 3, line + 1.6)
    d.arrow(50, 96, 50, 75)


def _give_card(d: _Pencil) -> None:
    d.card(16, 22, w=52)
    d.hand(30, 58)


def _give_document(d: _Pencil) -> None:
    d.card(16, 22, w=52, photo=True)
    d.hand(30, 58)


_SCENES: dict[Scene, Callable[[_Pencil], None]] = {
    Scene.FINGER_PLACE: _finger_place,
    Scene.FINGER_PRESS: _finger_press,
    Scene.FINGER_CENTRE: _finger_centre,
    Scene.FINGER_CLEAN: _finger_clean,
    Scene.FINGER_OTHER: _finger_other,
    Scene.FINGER_BREATHE: _finger_breathe,
    Scene.FINGER_WIPE: _finger_wipe,
    Scene.FINGER_STILL: _finger_still,
    Scene.FINGER_LIFT: _finger_lift,
    Scene.FINGER_SCANNED: _finger_scanned,
    Scene.CARD_IN: _card_in,
    Scene.CARD_IN_BLANK: _card_in_blank,
    Scene.CARD_OUT: _card_out,
    Scene.CARD_STAYS: _card_stays,
    Scene.CARD_DIGITS: _card_digits,
    Scene.CARD_ZONE: _card_zone,
    Scene.GIVE_CARD: _give_card,
    Scene.GIVE_DOCUMENT: _give_document,
}

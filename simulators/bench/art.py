"""Drawings of cards, chips and cables on the bench."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QTextOption,
)

from simulators.bench.protocol import BenchCard, BenchCardId, BenchCardKind, Grey
from ui.theme import Ink
from ui.widgets.labels import draw_photo
from ui.widgets.look import Look
from ui.widgets.photos import photo_of

PHOTO_PX = 400
"""Width in which a person's photo is kept."""
CARD_RATIO = 53.98 / 85.60
"""Height to width of an ID-1 card (ISO/IEC 7810)."""


def dip(
    painter: QPainter, line: str = "", fill: str = "", width: float = 1.0, *, dashed: bool = False
) -> None:
    """Set the outline (`width` in px) and the filling of what is drawn next; no colour: none of it."""
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(line), width, style) if line else QPen(Qt.PenStyle.NoPen))
    painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)


def outline(*points: tuple[float, float]) -> QPainterPath:
    """Return a path of straight lines through `points`, not closed."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    return path


def grey_image(grey: Grey | None) -> QImage | None:
    """Return a grey picture as a Qt image, None for None."""
    if grey is None:
        return None
    form = QImage.Format.Format_Grayscale8
    # The copy owns its bytes; the picture's may go at any time.
    return QImage(grey.pixels, grey.width, grey.height, grey.width, form).copy()


class Art:
    """Draws cards; decodes each photo once."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._photos: dict[BenchCardId, tuple[bytes, QPixmap | None]] = {}

    def photo(self, card: BenchCard) -> QPixmap | None:
        """Return the card's decoded photo, None if it has none or it cannot be decoded."""
        known = self._photos.get(card.key)
        if known is None or known[0] is not card.photo:
            known = (card.photo, photo_of(card.photo, PHOTO_PX))
            self._photos[card.key] = known
        return known[1]

    def card(
        self, painter: QPainter, box: QRectF, card: BenchCard, *, chosen: bool = False
    ) -> None:
        """Draw a whole card into `box`; text takes what room the box gives."""
        c, style = self.look.style.palette, self.look.style
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paper, ink = self._colours(card.kind)
        line = style.mm(0.9) if chosen else max(1.0, style.mm(0.3))
        dip(painter, c.accent if chosen else c.line, paper, line)
        inset = line / 2
        body = box.adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(body, box.width() * 0.05, box.width() * 0.05)
        pad = box.width() * 0.06
        rtl = self.look.t.right_to_left
        person = card.kind is BenchCardKind.PERSON
        wide = box.height() * 0.46 if person else box.width() * 0.17
        high = wide * 4 / 3 if person else wide * 0.8
        photo = QRectF(box.left() + pad, box.top() + pad * (1 if person else 1.3), wide, high)
        if rtl:
            photo.moveRight(box.right() - pad)
        if person:
            draw_photo(painter, photo, self.photo(card), self.look)
        else:
            self.chip(painter, photo, ink)
        left = photo.right() + pad * 0.8 if not rtl else box.left() + pad * 0.7
        right = box.right() - pad * 0.7 if not rtl else photo.left() - pad * 0.8
        self._words(painter, QRectF(left, box.top() + pad * 0.7, right - left, 0), box, card, ink)
        painter.restore()

    def _words(self, painter: QPainter, at: QRectF, box: QRectF, card: BenchCard, ink: str) -> None:
        t = self.look.t
        room = box.bottom() - at.top() - box.height() * 0.06
        name = QRectF(at.left(), at.top(), at.width(), room * 0.64)
        painter.setPen(QColor(ink))
        painter.setFont(self._font(Ink.STRONG, box))
        option = QTextOption(
            Qt.AlignmentFlag.AlignRight if t.right_to_left else Qt.AlignmentFlag.AlignLeft
        )
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        option.setTextDirection(self.look.direction)
        painter.drawText(name, t.digits(t.say(card.name)), option)
        note = t(card.note) if card.note is not None else ""
        if card.pin:
            note = t("PIN {code}", code=t.code(card.pin))
        if not note:
            return
        font = self._font(Ink.SMALL, box)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        high = metrics.height() * 1.05
        lower = QRectF(box.left(), box.bottom() - high - box.height() * 0.05, box.width(), high)
        lower.adjust(box.width() * 0.06, 0, -box.width() * 0.06, 0)
        fitting = metrics.elidedText(note, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, fitting, option)

    def _font(self, ink: Ink, box: QRectF) -> QFont:
        font = self.look.style.font(ink)
        font.setPixelSize(max(11, round(min(font.pixelSize(), box.height() * 0.155))))
        return font

    def _colours(self, kind: BenchCardKind) -> tuple[str, str]:
        c = self.look.style.palette
        return {
            BenchCardKind.PERSON: (c.surface, c.text),
            BenchCardKind.OFFICER: (c.soft, c.on_soft),
            BenchCardKind.SUPERVISOR: (c.warn_soft, c.warn),
            BenchCardKind.AUTHORIZATION: (c.good_soft, c.good),
            BenchCardKind.OTHER: (c.sunken, c.text),
        }[kind]

    def chip(self, painter: QPainter, box: QRectF, ink: str) -> None:
        """Draw a chip with its contacts into `box`."""
        dip(painter, ink, "#e3c66f", max(1.0, box.width() * 0.05))
        painter.drawRoundedRect(box, box.width() * 0.16, box.width() * 0.16)
        x, y = box.center().x(), box.center().y()
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))

    def cable(self, painter: QPainter, start: QPointF, end: QPointF, *, plugged: bool) -> None:
        """Draw a cable from a device down to its plug; a pulled plug hangs beside its socket."""
        c, style = self.look.style.palette, self.look.style
        width = style.mm(1.1)
        drop = QPointF(
            end.x() + (0 if plugged else style.mm(7)), end.y() - (0 if plugged else style.mm(3))
        )
        path = QPainterPath(start)
        middle = (drop.y() - start.y()) * 0.6
        path.cubicTo(
            QPointF(start.x(), start.y() + middle), QPointF(drop.x(), drop.y() - middle), drop
        )
        dip(painter, c.text if plugged else c.bad, width=width)
        painter.drawPath(path)
        plug = style.mm(3.4)
        dip(painter, c.text, c.sunken, max(1.0, style.mm(0.4)))
        painter.drawRoundedRect(
            QRectF(end.x() - plug * 0.8, end.y() + plug * 0.2, plug * 1.6, plug * 0.7), 2, 2
        )
        painter.setBrush(QColor(c.accent if plugged else c.bad))
        painter.drawRoundedRect(
            QRectF(drop.x() - plug / 2, drop.y() - plug * 0.7, plug, plug), 2, 2
        )

"""Drawn UPS and code scanner."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from simulators.bench.art import Art, dip
from simulators.bench.devices import Drawn
from simulators.bench.protocol import BenchScanner, BenchUps, SupplySetting
from ui.theme import Ink
from words.message import Message, m

SUPPLIES: dict[SupplySetting, Message] = {
    SupplySetting.LINE: m("line power"),
    SupplySetting.BATTERY: m("on battery"),
    SupplySetting.LOW: m("battery low"),
    SupplySetting.STALE: m("says nothing"),
    SupplySetting.GONE: m("unplugged"),
}


class Ups(Drawn):
    """Box with its charge as a bar, and the plug in the wall or beside it."""

    SMALLEST_MM = (33, 20)
    TALLEST = 1.1

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "ups", said)
        self._ups = BenchUps()

    def show_ups(self, ups: BenchUps) -> None:
        """Show charge and supply."""
        if ups != self._ups:
            self._ups = ups
            self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the box, the bar, the remaining charge and the plug."""
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        ups = self._ups
        width, height = self.width(), self.height()
        line = ups.supply is SupplySetting.LINE
        known = ups.supply not in {SupplySetting.STALE, SupplySetting.GONE}
        box = QRectF(style.mm(1), style.mm(1), width - style.mm(2), height - style.mm(2))
        self.body(painter, box, plugged=ups.supply is not SupplySetting.GONE)
        # The words need three lines; the battery gets what is left of the height.
        words = 3 * style.font_px(Ink.SMALL) * 1.6
        high = max(style.mm(3), min(box.height() * 0.26, box.height() - words))
        bar = QRectF(0, 0, box.width() * 0.72, high)
        bar.moveTop(box.top() + max(style.mm(1), (box.height() - words - high) / 2))
        bar.moveLeft(box.center().x() - bar.width() / 2)
        dip(painter, c.text, c.surface, max(1.5, style.mm(0.4)))
        painter.drawRoundedRect(bar, 4, 4)
        painter.setBrush(QColor(c.text))
        pole = QRectF(bar.right(), 0, style.mm(1), bar.height() * 0.4)
        pole.moveTop(bar.center().y() - bar.height() * 0.2)
        painter.drawRoundedRect(pole, 1, 1)
        full = c.good if line else c.bad if ups.supply is SupplySetting.LOW else c.warn
        inner = bar.adjusted(3, 3, -3, -3)
        inner.setWidth(inner.width() * max(0.0, min(100.0, ups.charge)) / 100)
        painter.setBrush(QColor(full if known else c.line))
        painter.drawRoundedRect(inner, 2, 2)
        charge = t("{count} %", count=round(ups.charge)) if known else "?"
        text = t(SUPPLIES[ups.supply])
        if known:
            text += "\n" + charge
        if ups.supply in {SupplySetting.BATTERY, SupplySetting.LOW}:
            text += " · " + t("{count} minutes", count=int(ups.runtime_s // 60))
        below = QRectF(box.left(), bar.bottom(), box.width(), box.bottom() - bar.bottom())
        self.words(painter, below, text, c.text if line else c.bad, Ink.SMALL)
        self.setAccessibleDescription(f"{t(SUPPLIES[ups.supply])}, {charge}")


class ScannerBox(Drawn):
    """Hand scanner and its beam."""

    SMALLEST_MM = (33, 18)

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "scanner", said)
        self._scanner = BenchScanner()

    def show_scanner(self, scanner: BenchScanner) -> None:
        """Show whether the scanner is plugged in."""
        if scanner != self._scanner:
            self._scanner = scanner
            self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the scanner, with its beam while it is plugged in."""
        c, style = self.art.look.style.palette, self.art.look.style
        width, height = self.width(), self.height()
        side = min(width * 0.9, height * 1.3)
        x, y = width / 2 - side * 0.5, height * 0.12
        head = (
            (0, 0.1), (0.44, 0), (0.5, 0.22), (0.3, 0.28), (0.24, 0.62), (0.08, 0.6), (0.12, 0.3), (0, 0.3),
        )  # fmt: skip
        dip(painter, c.text if self._scanner.plugged else c.bad, c.sunken, style.mm(0.6))
        painter.drawPolygon([QPointF(x + side * dx, y + side * dy) for dx, dy in head])
        if self._scanner.plugged:
            dip(painter, c.bad, c.bad_soft)
            beam = ((0.49, 0.1), (0.84, -0.02), (0.84, 0.24))
            painter.drawPolygon([QPointF(x + side * dx, y + side * dy) for dx, dy in beam])
        for place, wide in enumerate((1, 2, 1, 3, 1)):
            at = x + side * (0.88 + place * 0.03)
            painter.setPen(QPen(QColor(c.text), wide))
            painter.drawLine(QPointF(at, y - side * 0.02), QPointF(at, y + side * 0.24))

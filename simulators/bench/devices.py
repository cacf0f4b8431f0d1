"""Drawn devices on the table: card readers, finger sensor, printer.

A touch acts on them. `simulators.bench.power` has the UPS and the scanner.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from simulators.bench.art import CARD_RATIO, Art, dip, grey_image, outline
from simulators.bench.cards import MIME
from simulators.bench.protocol import (
    BenchCard,
    BenchCardId,
    BenchPrinter,
    BenchSensor,
    Printing,
    ReaderSlot,
    Seen,
    TouchStyle,
)
from ui.operator.strip import torn
from ui.raster import to_image
from ui.theme import Ink
from words.message import Message, m

SKIN = {
    TouchStyle.WRONG: "#c99873",
    TouchStyle.WET: "#d9c2b4",
    TouchStyle.DRY: "#efd3b8",
    TouchStyle.WORN: "#dcae86",
}
SEEN: dict[Seen, tuple[Message, str]] = {
    Seen.MATCH: (m("match"), "good"),
    Seen.NO_MATCH: (m("no match"), "bad"),
    Seen.BAD_IMAGE: (m("bad picture"), "warn"),
    Seen.TAKEN: (m("picture taken"), "text"),
}
"""Outcome of the finger, and the colour of its text."""
HOW: dict[TouchStyle, Message] = {
    TouchStyle.RIGHT: m("Right finger"),
    TouchStyle.WRONG: m("Wrong finger"),
    TouchStyle.WET: m("Wet finger"),
    TouchStyle.DRY: m("Dry finger"),
    TouchStyle.PARTIAL: m("Only the tip"),
    TouchStyle.TURNED: m("Turned finger"),
    TouchStyle.MOVED: m("Moved finger"),
    TouchStyle.WORN: m("Worn finger"),
}

LEAST_PX = 11
"""Height of letters below which a text that does not fit is cut: nobody could read it."""


class Drawn(QAbstractButton):
    """Device that is drawn and can be touched as a whole."""

    SMALLEST_MM = (33, 36)
    TALLEST = 2.7
    """Height to width of the drawing; a device is no tower where there is room for one."""

    def __init__(self, art: Art, name: str, said: str) -> None:
        super().__init__()
        self.art = art
        self.setObjectName(name)
        self.setAccessibleName(said)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the minimum size."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return `SMALLEST_MM` on this screen."""
        wide, high = self.SMALLEST_MM
        return QSize(self.art.look.style.mm(wide), self.art.look.style.mm(high))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take no more height than the width is worth."""
        super().resizeEvent(event)
        self.setMaximumHeight(
            max(self.minimumSizeHint().height(), round(self.TALLEST * self.width()))
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the device and, if it has the focus, a dashed frame."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self.draw(painter)
        if self.hasFocus():
            style = self.art.look.style
            dip(painter, style.palette.accent, width=style.focus_line, dashed=True)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)

    def draw(self, painter: QPainter) -> None:
        """Draw the device into the whole widget. Subclasses must implement it."""
        raise NotImplementedError

    def body(self, painter: QPainter, box: QRectF, *, plugged: bool) -> None:
        """Draw a device's housing."""
        c, style = self.art.look.style.palette, self.art.look.style
        dip(painter, c.text, c.sunken if plugged else c.background, max(1.5, style.mm(0.5)))
        painter.drawRoundedRect(box, style.mm(2.4), style.mm(2.4))

    def cable(self, painter: QPainter, box: QRectF, *, plugged: bool, above: float = 0.0) -> None:
        """Draw the cable from a housing down to its plug, `above` px over the lower edge."""
        x, socket = self.width() / 2, self.height() - self.art.look.style.mm(3.4) - above
        self.art.cable(painter, QPointF(x, box.bottom()), QPointF(x, socket), plugged=plugged)

    def lamp(self, painter: QPainter, at: QPointF, colour: str) -> None:
        """Draw a lamp with its centre at `at`."""
        style = self.art.look.style
        dip(painter, style.palette.text, colour)
        painter.drawEllipse(at, style.mm(1.3), style.mm(1.3))

    def words(self, painter: QPainter, box: QRectF, text: str, ink: str, size: Ink) -> None:
        """Draw text, wrapped and centred in `box`, as much smaller than `size` as it needs to fit."""
        painter.setPen(QColor(ink))
        font = self.art.look.style.font(size)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.setFont(font)
        while font.pixelSize() > LEAST_PX and not box.contains(
            painter.boundingRect(box, flags, text)
        ):
            font.setPixelSize(font.pixelSize() - 1)
            painter.setFont(font)
        painter.drawText(box, flags, text)


class ReaderDrawing(Drawn):
    """Card reader; a card that is in stands out of its slot by half."""

    dropped = Signal(object)
    """BenchCardId"""

    def __init__(self, art: Art, slot: ReaderSlot, said: str) -> None:
        super().__init__(art, f"slot-{slot.value}", said)
        self.slot = slot
        self._said, self._takes = said, ""
        self._card: BenchCard | None = None
        self._plugged = True
        self._inviting = False
        self.setAcceptDrops(True)

    def show_reader(
        self, card: BenchCard | None, takes: str, *, plugged: bool, inviting: bool
    ) -> None:
        """Show the card in the slot, or what it `takes`; `inviting`: a card in the hand could go in."""
        shown = (card, takes, plugged, inviting)
        if shown != (self._card, self._takes, self._plugged, self._inviting):
            self._card, self._takes, self._plugged, self._inviting = shown
            self.setAccessibleName(f"{self._said}: {takes}")
            self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the card, the reader over its lower half, and the cable."""
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        wide = min(width * 0.96, height * 0.95)
        high = wide * CARD_RATIO
        left = (width - wide) / 2
        slot_y = height * 0.5
        card = QRectF(left + wide * 0.05, slot_y - high * 0.88, wide * 0.9, high * 0.9)
        painter.save()
        painter.setClipRect(QRectF(0, 0, width, slot_y))
        if self._card is not None:
            self.art.card(painter, card, self._card)
        elif self._inviting and self._plugged:
            dip(painter, c.accent, c.soft, style.mm(0.6), dashed=True)
            painter.drawRoundedRect(card, 8, 8)
            here = card.adjusted(4, 0, -4, -card.height() * 0.3)
            self.words(painter, here, t("Here"), c.on_soft, Ink.STRONG)
        painter.restore()
        box = QRectF(left, slot_y - style.mm(1), wide, height * 0.32)
        self.cable(painter, box, plugged=self._plugged)
        self.body(painter, box, plugged=self._plugged)
        dip(painter, fill=c.text)
        slit = QRectF(left + wide * 0.03, slot_y - style.mm(0.6), wide * 0.94, style.mm(1.6))
        painter.drawRoundedRect(slit, 2, 2)
        lit = c.line if not self._plugged else c.good if self._card is not None else c.surface
        self.lamp(painter, QPointF(box.right() - style.mm(5), box.center().y()), lit)
        state = t("card in") if self._card is not None else self._takes
        if not self._plugged:
            state = t("unplugged")
        said = box.adjusted(style.mm(2), style.mm(1), -style.mm(8), 0)
        self.words(painter, said, state, c.text if self._plugged else c.bad, Ink.SMALL)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged card, nothing else."""
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit `dropped` with the key of the dragged card."""
        key = bytes(event.mimeData().data(MIME).data()).decode()
        event.acceptProposedAction()
        self.dropped.emit(BenchCardId(key))


class SensorDrawing(Drawn):
    """Finger module from above: the finger, and in its window what the sensor sees of it."""

    TALLEST = 1.8

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "sensor", said)
        self._sensor = BenchSensor()
        self._whose = ""
        self._ridges: QImage | None = None

    def show_sensor(self, sensor: BenchSensor, whose: str) -> None:
        """Show the sensor's state; `whose` names the person whose finger lies on it."""
        if sensor.picture is not self._sensor.picture:
            self._ridges = grey_image(sensor.picture)
        if (sensor, whose) != (self._sensor, self._whose):
            self._sensor, self._whose = sensor, whose
            self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw housing, lamp, window and finger, and the outcome of the latest capture."""
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        sensor = self._sensor
        tag = max(height * 0.1, style.font_px(Ink.SMALL) * 1.5)
        high = height - tag * 2 - style.mm(9)
        wide = min(width * 0.92, high * 1.05)
        box = QRectF((width - wide) / 2, tag, wide, high)
        self.cable(painter, box, plugged=sensor.plugged, above=tag)
        self.body(painter, box, plugged=sensor.plugged)
        inner = min(wide * 0.6, (high - style.mm(4)) * 0.76)
        window = QRectF(0, 0, inner, inner / 0.76)
        window.moveCenter(box.center())
        lit = sensor.plugged and sensor.waiting
        edge, glass, width_mm = (c.accent, c.soft, 1.3) if lit else (c.line, c.surface, 0.5)
        dip(painter, edge, glass, style.mm(width_mm))
        painter.drawRoundedRect(window, 6, 6)
        there = sensor.how is not TouchStyle.NONE
        if there:
            self._finger(painter, window, sensor.how)
        if not sensor.plugged:
            text, ink = t("unplugged"), c.bad
        elif there:
            text, ink = self._whose or t(HOW[sensor.how]), c.text
        else:
            text, ink = (t("waiting for a finger"), c.accent) if lit else (t("resting"), c.muted)
        self._tag(painter, QRectF(0, 0, width, tag), text, ink)
        said = SEEN.get(sensor.seen)
        if said is not None and sensor.plugged:
            ink = getattr(c, said[1])
            self._tag(painter, QRectF(0, height - tag, width, tag), t(said[0]), ink)

    def _tag(self, painter: QPainter, box: QRectF, text: str, ink: str) -> None:
        """Draw text on a tag, readable over a finger."""
        c, style = self.art.look.style.palette, self.art.look.style
        painter.setFont(style.font(Ink.SMALL))
        metrics = painter.fontMetrics()
        fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(box.width()) - 12)
        wide = metrics.horizontalAdvance(fitting) + style.mm(3)
        tag = QRectF(box.center().x() - wide / 2, box.top(), wide, metrics.height() * 1.05)
        dip(painter, fill=c.surface)
        painter.drawRoundedRect(tag, style.mm(1.5), style.mm(1.5))
        self.words(painter, tag, fitting, ink, Ink.SMALL)

    def _finger(self, painter: QPainter, window: QRectF, how: TouchStyle) -> None:
        """Draw a finger from above, seen through the glass: its ridges, once they are captured."""
        c, style = self.art.look.style.palette, self.art.look.style
        wide = window.width() * 0.86
        tip = window.bottom() - window.height() * (0.42 if how is TouchStyle.PARTIAL else 0.08)
        left = window.center().x() - wide / 2
        path = QPainterPath(QPointF(left, 0))
        path.lineTo(left, tip - wide * 0.62)
        path.arcTo(QRectF(left, tip - wide * 1.24, wide, wide * 1.24), 180, 180)
        path.lineTo(left + wide, 0)
        painter.save()
        if how in {TouchStyle.TURNED, TouchStyle.MOVED}:
            painter.translate(window.center())
            painter.rotate(24 if how is TouchStyle.TURNED else 8)
            painter.translate(-window.center())
        dip(painter, "#5a3b28", SKIN.get(how, "#e8bd98"), max(1.5, style.mm(0.45)))
        painter.drawPath(path)
        if self._ridges is not None:
            # The picture is of the whole sensor: it lies where it was taken.
            clip = QPainterPath()
            clip.addRoundedRect(window.adjusted(2, 2, -2, -2), 5, 5)
            painter.restore()
            painter.save()
            painter.setClipPath(clip)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            painter.drawImage(window, self._ridges)
        painter.restore()
        if how is TouchStyle.WET:
            dip(painter, "#1d5f86", "#8fd0f2", 1.5)
            for dx, dy in ((-0.62, -0.3), (0.56, -0.7), (0.3, 0.02)):
                x, top = window.center().x() + dx * wide, tip + dy * wide - wide * 0.2
                drop = QPainterPath(QPointF(x, top))
                drop.cubicTo(
                    QPointF(x + 9, top + 11), QPointF(x + 6, top + 19), QPointF(x, top + 19)
                )
                drop.cubicTo(QPointF(x - 6, top + 19), QPointF(x - 9, top + 11), QPointF(x, top))
                painter.drawPath(drop)
        if how is TouchStyle.WRONG:
            side = round(wide * 0.42)
            icon = self.art.look.icons.pixmap("cross", c.bad, side, self.devicePixelRatioF())
            corner = QPointF(window.right() - side * 0.7, window.top() - side * 0.3)
            painter.drawPixmap(corner, icon)


TROUBLES: dict[str, Message] = {
    "paper near end": m("paper near end"),
    "paper end": m("paper out"),
    "cover open": m("cover open"),
    "cutter jam": m("jammed"),
    "head hot": m("head too hot"),
    "mechanical fault": m("broken"),
    "off line": m("off line"),
    "power cut": m("no power"),
}
HARMLESS = frozenset({"paper near end"})


class PrinterDrawing(Drawn):
    """Receipt printer; the strip grows out of its top while it prints."""

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "printer", said)
        self._printer = BenchPrinter()
        self._image: QImage | None = None

    def show_printer(self, printer: BenchPrinter) -> None:
        """Show the printer's state; the strip is converted only if it changed."""
        before, self._printer = self._printer, printer
        if printer.strip != before.strip or (self._image is None) != (printer.strip is None):
            self._image = to_image(printer.strip) if printer.strip is not None else None
        if printer != before:
            self.update()

    @property
    def image(self) -> QImage | None:
        """Strip that hangs out or was cut off last, None if there is none."""
        return self._image

    def draw(self, painter: QPainter) -> None:
        """Draw the strip, the housing and the printer's troubles."""
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        printer = self._printer
        wide = min(width * 0.96, height * 1.0)
        box = QRectF((width - wide) / 2, height * 0.6, wide, height * 0.24)
        plugged = printer.state is not Printing.UNPLUGGED
        self.cable(painter, box, plugged=plugged)
        self._strip(painter, QRectF(box.left() + wide * 0.14, 2, wide * 0.72, box.top() + 4))
        self.body(painter, box, plugged=plugged)
        if "cover open" in printer.troubles:
            x, y = box.left(), box.top()
            painter.setBrush(QColor(c.warn_soft))
            painter.drawPath(
                outline(
                    (x + 6, y),
                    (x - wide * 0.02, y - height * 0.2),
                    (x + wide * 0.16, y - height * 0.22),
                    (x + wide * 0.3, y),
                )
            )
        dip(painter, fill=c.text)
        slit = QRectF(box.left() + wide * 0.1, box.top() - 1, wide * 0.8, style.mm(1.4))
        painter.drawRoundedRect(slit, 2, 2)
        fine = plugged and not set(printer.troubles) - HARMLESS
        lamp = QPointF(box.right() - style.mm(4), box.center().y())
        self.lamp(painter, lamp, c.good if fine else c.bad)
        said = box.adjusted(style.mm(1), style.mm(1), -style.mm(6.4), 0)
        self.words(painter, said, self._said(), c.text if fine else c.bad, Ink.SMALL)
        metres = round(printer.paper_left_mm / 1000)
        self.setAccessibleDescription(t("{count} metres of paper", count=metres))

    def _said(self) -> str:
        t, printer = self.art.look.t, self._printer
        worst = [name for name in printer.troubles if name not in HARMLESS] or printer.troubles
        if printer.state is Printing.UNPLUGGED:
            return t("unplugged")
        if printer.state is Printing.PRINTING:
            return t("printing")
        if worst:
            return t(TROUBLES[worst[0]]) if worst[0] in TROUBLES else worst[0]
        return t("no power") if printer.state is Printing.OFF else t("ready")

    def _strip(self, painter: QPainter, room: QRectF) -> None:
        """Draw the strip that hangs out of the slot, or the one cut off last until the next comes."""
        if self._image is None:
            return
        scale = room.width() / self._image.width()
        whole = self._image.height() * scale
        high = min(room.height(), whole + 12)
        paper = QRectF(room.left(), room.bottom() - high, room.width(), high)
        painter.save()
        painter.setClipRect(paper)
        dip(painter, "#8a8a80", "#fffef9")
        painter.drawPolygon(torn(QRectF(paper.left(), paper.top(), paper.width(), high + 40), 6))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        shown = QRectF(paper.left(), paper.top() + 8, paper.width(), high - 8)
        rows = shown.height() / scale
        # While it prints the newest rows are at the slot; a whole strip is read from its beginning.
        first = max(0.0, self._image.height() - rows) if self._printer.hanging else 0.0
        painter.drawImage(shown, self._image, QRectF(0, first, self._image.width(), rows))
        painter.restore()

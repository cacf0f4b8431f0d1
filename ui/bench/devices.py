"""The devices on the table, drawn: card readers, finger sensor, printer. A touch acts on them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from ui.bench.art import CARD_RATIO, Art
from ui.bench.cards import MIME
from ui.bench.protocol import (
    BenchCard,
    BenchPrinter,
    BenchSensor,
    CardKey,
    PrinterFault,
    Slot,
    Touch,
)
from ui.operator.strip import torn
from ui.raster import to_image
from ui.theme import Ink

PRINT_MS = 1400


class Drawn(QAbstractButton):
    """A device that is drawn and can be touched as a whole."""

    def __init__(self, art: Art, name: str, said: str) -> None:
        super().__init__()
        self.art = art
        self.setObjectName(name)
        self.setAccessibleName(said)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.art.look.style.mm(38), self.art.look.style.mm(40))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self.draw(painter)
        if self.hasFocus():
            style = self.art.look.style
            painter.setPen(
                QPen(QColor(style.palette.accent), style.focus_line, Qt.PenStyle.DashLine)
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)

    def draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def body(self, painter: QPainter, box: QRectF, *, plugged: bool) -> None:
        """A device's housing."""
        c, style = self.art.look.style.palette, self.art.look.style
        painter.setPen(QPen(QColor(c.text), max(1.5, style.mm(0.5))))
        painter.setBrush(QColor(c.sunken if plugged else c.background))
        painter.drawRoundedRect(box, style.mm(2.4), style.mm(2.4))

    def lamp(self, painter: QPainter, at: QPointF, colour: str) -> None:
        c, style = self.art.look.style.palette, self.art.look.style
        painter.setPen(QPen(QColor(c.text), 1))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(at, style.mm(1.3), style.mm(1.3))

    def words(self, painter: QPainter, box: QRectF, text: str, ink: str, size: Ink) -> None:
        painter.setPen(QColor(ink))
        painter.setFont(self.art.look.style.font(size))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(box, flags, text)


class Reader(Drawn):
    """A slot. A card that is in looks out of it by half."""

    dropped = Signal(object)
    """CardKey"""

    def __init__(self, art: Art, slot: Slot, said: str, takes: str) -> None:
        """`takes`: what goes in, said on it while it is empty."""
        super().__init__(art, f"slot-{slot.value}", f"{said}: {takes}")
        self.slot = slot
        self._takes = takes
        self._card: BenchCard | None = None
        self._plugged = True
        self._inviting = False
        self.setAcceptDrops(True)

    def show_reader(self, card: BenchCard | None, *, plugged: bool, inviting: bool) -> None:
        if (card, plugged, inviting) != (self._card, self._plugged, self._inviting):
            self._card, self._plugged, self._inviting = card, plugged, inviting
            self.update()

    def draw(self, painter: QPainter) -> None:
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        wide = min(width * 0.96, height * 0.95)
        high = wide * CARD_RATIO
        left = (width - wide) / 2
        slot_y = height * 0.52
        card = QRectF(left + wide * 0.05, slot_y - high * 0.88, wide * 0.9, high * 0.9)
        if self._card is not None:
            painter.save()
            painter.setClipRect(QRectF(0, 0, width, slot_y))
            self.art.card(painter, card, self._card)
            painter.restore()
        elif self._inviting and self._plugged:
            painter.setPen(QPen(QColor(c.accent), style.mm(0.6), Qt.PenStyle.DashLine))
            painter.setBrush(QColor(c.soft))
            painter.save()
            painter.setClipRect(QRectF(0, 0, width, slot_y))
            painter.drawRoundedRect(card, 8, 8)
            painter.restore()
            self.words(
                painter, card.adjusted(4, 0, -4, -card.height() * 0.3), t("Here"), c.on_soft,
                Ink.STRONG,
            )  # fmt: skip
        cable_end = QPointF(width / 2, height - style.mm(3.4))
        box = QRectF(left, slot_y - style.mm(1), wide, height * 0.28)
        self.art.cable(painter, QPointF(width / 2, box.bottom()), cable_end, plugged=self._plugged)
        self.body(painter, box, plugged=self._plugged)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.text))
        painter.drawRoundedRect(
            QRectF(left + wide * 0.03, slot_y - style.mm(0.6), wide * 0.94, style.mm(1.6)), 2, 2
        )
        lit = c.line if not self._plugged else c.good if self._card is not None else c.surface
        self.lamp(painter, QPointF(box.right() - style.mm(5), box.center().y()), lit)
        state = (
            t("unplugged")
            if not self._plugged
            else t("card in")
            if self._card is not None
            else self._takes
        )
        said = box.adjusted(style.mm(2), style.mm(1), -style.mm(8), 0)
        self.words(painter, said, state, c.text if self._plugged else c.bad, Ink.SMALL)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        key = bytes(event.mimeData().data(MIME).data()).decode()
        event.acceptProposedAction()
        self.dropped.emit(CardKey(key))


class Sensor(Drawn):
    """The finger module from above; the finger lies on its window."""

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "sensor", said)
        self._sensor = BenchSensor()
        self._whose = ""

    def show_sensor(self, sensor: BenchSensor, whose: str) -> None:
        if (sensor, whose) != (self._sensor, self._whose):
            self._sensor, self._whose = sensor, whose
            self.update()

    def draw(self, painter: QPainter) -> None:
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        sensor = self._sensor
        tag = max(height * 0.16, style.font_px(Ink.SMALL) * 1.7)
        side = min(width * 0.86, height * 0.84 - tag)
        box = QRectF((width - side) / 2, tag, side, side)
        cable_end = QPointF(width / 2, height - style.mm(3.4))
        self.art.cable(painter, QPointF(width / 2, box.bottom()), cable_end, plugged=sensor.plugged)
        self.body(painter, box, plugged=sensor.plugged)
        window = box.adjusted(side * 0.26, side * 0.14, -side * 0.26, -side * 0.14)
        lit = sensor.plugged and sensor.waiting
        painter.setPen(QPen(QColor(c.accent if lit else c.line), style.mm(1.3 if lit else 0.5)))
        painter.setBrush(QColor(c.soft if lit else c.surface))
        painter.drawRoundedRect(window, 6, 6)
        if sensor.finger is not None and sensor.how is not Touch.NONE:
            self._finger(painter, window, sensor.how)
        if not sensor.plugged:
            text, ink = t("unplugged"), c.bad
        elif sensor.finger is not None and sensor.how is not Touch.NONE:
            text, ink = self._whose, c.text
        else:
            text, ink = (t("waiting for a finger"), c.accent) if lit else (t("resting"), c.muted)
        self._tag(painter, QRectF(0, 0, width, tag), text, ink)

    def _tag(self, painter: QPainter, box: QRectF, text: str, ink: str) -> None:
        """Words on a tag, readable over a finger."""
        c, style = self.art.look.style.palette, self.art.look.style
        painter.setFont(style.font(Ink.SMALL))
        metrics = painter.fontMetrics()
        fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(box.width()) - 12)
        wide = metrics.horizontalAdvance(fitting) + style.mm(3)
        tag = QRectF(box.center().x() - wide / 2, box.top(), wide, metrics.height() * 1.05)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(tag, style.mm(1.5), style.mm(1.5))
        self.words(painter, tag, fitting, ink, Ink.SMALL)

    def _finger(self, painter: QPainter, window: QRectF, how: Touch) -> None:
        """Coming from above, the tip on the window, with the nail."""
        c, style = self.art.look.style.palette, self.art.look.style
        wide = window.width() * 0.74
        tip = window.center().y() + window.height() * 0.2
        left = window.center().x() - wide / 2
        path = QPainterPath(QPointF(left, 0))
        path.lineTo(left, tip - wide * 0.5)
        path.arcTo(QRectF(left, tip - wide, wide, wide * 1.1), 180, 180)
        path.lineTo(left + wide, 0)
        skin = {Touch.RIGHT: "#e8bd98", Touch.WRONG: "#c99873", Touch.WET: "#d9c2b4"}
        painter.setPen(QPen(QColor("#5a3b28"), max(1.5, style.mm(0.45))))
        painter.setBrush(QColor(skin.get(how, "#e8bd98")))
        painter.drawPath(path)
        nail = QRectF(left + wide * 0.2, tip - wide * 0.42, wide * 0.6, wide * 0.5)
        painter.setBrush(QColor("#f6dfcf"))
        painter.drawRoundedRect(nail, wide * 0.26, wide * 0.26)
        y = tip - wide * 1.15
        for i in (0, 1):
            painter.drawLine(
                QPointF(left + wide * 0.25, y + i * 5), QPointF(left + wide * 0.75, y + i * 5)
            )
        if how is Touch.WET:
            painter.setPen(QPen(QColor("#1d5f86"), 1.5))
            painter.setBrush(QColor("#8fd0f2"))
            for dx, dy in ((-0.55, 0.1), (0.5, -0.25), (0.2, 0.42)):
                x, top = window.center().x() + dx * wide, tip + dy * wide - wide * 0.2
                drop = QPainterPath(QPointF(x, top))
                drop.cubicTo(
                    QPointF(x + 9, top + 11), QPointF(x + 6, top + 19), QPointF(x, top + 19)
                )
                drop.cubicTo(QPointF(x - 6, top + 19), QPointF(x - 9, top + 11), QPointF(x, top))
                painter.drawPath(drop)
        if how is Touch.WRONG:
            icon = self.art.look.icons.pixmap(
                "cross", c.bad, round(wide * 0.5), self.devicePixelRatioF()
            )
            painter.drawPixmap(QPointF(left + wide * 0.25, tip - wide * 2.0), icon)


class Printer(Drawn):
    """The receipt printer; the strip comes out of its top while it prints."""

    def __init__(self, art: Art, said: str) -> None:
        super().__init__(art, "printer", said)
        self._printer = BenchPrinter()
        self._image: QImage | None = None
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(PRINT_MS)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(1.0)
        self._motion.valueChanged.connect(self.update)
        self._out = 1.0

    def show_printer(self, printer: BenchPrinter) -> None:
        before, self._printer = self._printer, printer
        if printer.number != before.number or (self._image is None) != (printer.strip is None):
            self._image = to_image(printer.strip) if printer.strip is not None else None
            if before.number and printer.number != before.number:
                self._motion.stop()
                self._motion.start()
        if printer != before:
            self.update()

    @property
    def image(self) -> QImage | None:
        return self._image

    def draw(self, painter: QPainter) -> None:
        c, style, t = self.art.look.style.palette, self.art.look.style, self.art.look.t
        width, height = self.width(), self.height()
        printer = self._printer
        wide = min(width * 0.96, height * 1.0)
        box = QRectF((width - wide) / 2, height * 0.56, wide, height * 0.28)
        cable_end = QPointF(width / 2, height - style.mm(3.4))
        self.art.cable(
            painter, QPointF(width / 2, box.bottom()), cable_end, plugged=printer.plugged
        )
        self._strip(painter, QRectF(box.left() + wide * 0.14, 2, wide * 0.72, box.top() + 4))
        self.body(painter, box, plugged=printer.plugged)
        if printer.fault is PrinterFault.COVER:
            lid = QPainterPath(QPointF(box.left() + 6, box.top()))
            lid.lineTo(box.left() - wide * 0.02, box.top() - height * 0.2)
            lid.lineTo(box.left() + wide * 0.16, box.top() - height * 0.22)
            lid.lineTo(box.left() + wide * 0.3, box.top())
            painter.setBrush(QColor(c.warn_soft))
            painter.drawPath(lid)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.text))
        painter.drawRoundedRect(
            QRectF(box.left() + wide * 0.1, box.top() - 1, wide * 0.8, style.mm(1.4)), 2, 2
        )
        states = {
            PrinterFault.NONE: t("printing") if printer.printing else t("ready"),
            PrinterFault.PAPER_OUT: t("paper out"),
            PrinterFault.JAM: t("jammed"),
            PrinterFault.COVER: t("cover open"),
        }
        fine = printer.plugged and printer.fault is PrinterFault.NONE
        text = states[printer.fault] if printer.plugged else t("unplugged")
        self.lamp(
            painter,
            QPointF(box.right() - style.mm(5), box.center().y()),
            c.good if fine else c.bad,
        )
        said = box.adjusted(style.mm(2), style.mm(1), -style.mm(8), 0)
        self.words(painter, said, text, c.text if fine else c.bad, Ink.SMALL)

    def _strip(self, painter: QPainter, room: QRectF) -> None:
        """The end of the strip stands out of the slot, as far as there is room."""
        if self._image is None:
            return
        running = self._motion.state() == QVariantAnimation.State.Running
        value = self._motion.currentValue()
        out = float(value) if running and value is not None else 1.0
        scale = room.width() / self._image.width()
        high = min(room.height(), self._image.height() * scale) * out
        paper = QRectF(room.left(), room.bottom() - high, room.width(), high)
        painter.save()
        painter.setClipRect(paper)
        painter.setPen(QPen(QColor("#8a8a80"), 1))
        painter.setBrush(QColor("#fffef9"))
        painter.drawPolygon(torn(QRectF(paper.left(), paper.top(), paper.width(), high + 40), 6))
        source = QRectF(0, 0, self._image.width(), high / scale)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(paper.adjusted(0, 8, 0, 8), self._image, source)
        painter.restore()

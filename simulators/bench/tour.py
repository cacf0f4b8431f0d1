"""Short guided tour: bubbles that point at parts of a window, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from simulators.bench.art import dip
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, column, discard, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.stage import Veil
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Stop:
    """One bubble; without a widget it stands in the middle."""

    at: QWidget | None
    title: str
    text: str


STOPS: tuple[tuple[str, Message, Message], ...] = (
    ("", m("Welcome to the polling day"),
     m("You play the hands of everybody: voters, officer, supervisor. The two screens are those of the "
       "identity station and the ballot terminal: touch one to use it.")),
    ("steps", m("The day has steps"),
     m("What is next is marked. Do it by hand, or let it be done for you.")),
    ("tray", m("These are the cards"),
     m("Touch one to take it into your hand, then touch a slot. Every person has a story: under age, "
       "a worn finger, a card of another issuer.")),
    ("station", m("The identity station"),
     m("The identity card goes into the first reader, an authorization card into the second. Then put "
       "the finger on the sensor – the right one, or not.")),
    ("terminal", m("The ballot terminal"),
     m("The authorization card opens the ballot. When the vote is recorded, put the card back into the "
       "station's second reader: it brings the receipt. Slips and reports come out of the printer; "
       "touch the strip to read it.")),
    ("station", m("Break it"),
     m("Pull a cable or a card in the middle of something, take the paper out, let the power fail: ⋯ "
       "has all that can happen to a device. Nothing may get lost.")),
)  # fmt: skip
"""Bubbles of the bench: the part they point at (empty: none), a title and a text."""


class Tour(Veil):
    """Tour over a window; the explained part stays bright. Buttons: `tour-next`, `tour-skip`."""

    finished = Signal()

    def __init__(self, look: Look, window: QWidget, stops: tuple[Stop, ...]) -> None:
        super().__init__(look, window)
        t, style = look.t, look.style
        self.setObjectName("tour-veil")
        self._stops = stops
        self._now = 0
        self._title = Label(look, "", Ink.TITLE, name="tour-title")
        self._text = Label(look, "", Ink.BODY, name="tour-text")
        self._count = Label(look, "", Ink.SMALL, Tone.MUTED)
        self._skip = Button(look, "tour-skip", t("Skip"), kind=ButtonKind.QUIET)
        self._next = Button(look, "tour-next", "", icon="next", kind=ButtonKind.MAIN, trailing=True)
        self._skip.clicked.connect(self.leave)
        self._next.clicked.connect(self._go_on)
        self._bubble = BorderedFrame(look, pad_mm=5, name="tour-bubble")
        foot = row(self._count, 1, self._skip, self._next, spacing=style.gap)
        self._bubble.hold(column(self._title, self._text, foot, spacing=style.mm(3)))
        self._bubble.setParent(self)
        self._say()
        self.show()
        self._place()

    def leave(self) -> None:
        """End the tour, skipped or read to the end."""
        discard(self)
        self.finished.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the bubble for the new size."""
        super().resizeEvent(event)
        if hasattr(self, "_bubble"):
            self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Darken the window except for the part that is explained, and point at it."""
        painter = QPainter(self)
        self.paint_behind(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style, c = self._look.style, self._look.style.palette
        dark = QPainterPath()
        dark.addRect(QRectF(self.rect()))
        hole = self._hole()
        if hole is not None:
            bright = QPainterPath()
            bright.addRoundedRect(hole, style.radius, style.radius)
            dark = dark.subtracted(bright)
        colour = QColor(c.scrim)
        colour.setAlphaF(0.66)
        painter.fillPath(dark, colour)
        if hole is None:
            return
        dip(painter, c.accent, width=style.mm(0.9))
        painter.drawRoundedRect(hole, style.radius, style.radius)
        self._paint_pointer(painter, hole)

    # ---------------------------------------------------------------- parts

    def _go_on(self) -> None:
        if self._now + 1 >= len(self._stops):
            self.leave()
            return
        self._now += 1
        self._say()
        self._place()
        self.update()

    def _say(self) -> None:
        t, stop = self._look.t, self._stops[self._now]
        last = self._now + 1 == len(self._stops)
        self._title.setText(stop.title)
        self._text.setText(stop.text)
        total = len(self._stops)
        self._count.setText(t("{count} of {total}", count=self._now + 1, total=total))
        self._next.setText(t("Begin") if last else t("Next"))
        self._skip.setVisible(not last)
        self._next.setFocus()

    def safe(self) -> QWidget | None:
        """Return the button that goes on."""
        return self._next

    def _hole(self) -> QRectF | None:
        at = self._stops[self._now].at
        if at is None or not at.isVisibleTo(self._owner):
            return None
        pad = self._look.style.mm(1)
        corner = at.mapTo(self.window(), QPoint(0, 0))
        return QRectF(QRect(corner, at.size())).adjusted(-pad, -pad, pad, pad)

    def _place(self) -> None:
        """Place the bubble on the roomiest side of what is explained, inside the window."""
        style = self._look.style
        margin = style.margin
        wide = min(self.width() - 2 * margin, style.mm(125))
        layout = self._bubble.layout()

        def height(width: int) -> int:
            wanted = layout.totalHeightForWidth(width) if layout is not None else 0
            wanted += 2 * style.mm(1)  # the border
            return max(wanted, self._bubble.minimumSizeHint().height())

        high = height(wide)
        hole = self._hole()
        if hole is None:
            x, y = (self.width() - wide) / 2, (self.height() - high) / 2
        else:
            gap = style.mm(6)
            rooms = {
                "left": hole.left() - gap,
                "right": self.width() - hole.right() - gap,
                "above": hole.top() - gap,
                "below": self.height() - hole.bottom() - gap,
            }
            beside = round(max(rooms["left"], rooms["right"])) - margin
            beyond = round(max(rooms["above"], rooms["below"])) - margin
            if beside < wide and beyond < high and beside >= style.mm(75):
                wide, high = beside, height(beside)
            if beside >= wide:
                right = rooms["right"] >= rooms["left"]
                x = hole.right() + gap if right else hole.left() - gap - wide
                y = hole.center().y() - high / 2
            else:
                below = rooms["below"] >= rooms["above"]
                x = hole.center().x() - wide / 2
                y = hole.bottom() + gap if below else hole.top() - gap - high
        x = max(margin, min(x, self.width() - wide - margin))
        y = max(margin, min(y, self.height() - high - margin))
        self._bubble.setGeometry(round(x), round(y), wide, high)

    def _paint_pointer(self, painter: QPainter, hole: QRectF) -> None:
        """Paint a small triangle from the bubble towards what it explains."""
        bubble = QRectF(self._bubble.geometry())
        if bubble.intersects(hole):
            return
        c, size = self._look.style.palette, self._look.style.mm(5)
        middle = bubble.center()
        if bubble.left() >= hole.right() or bubble.right() <= hole.left():
            right = bubble.left() >= hole.right()
            x = bubble.left() if right else bubble.right()
            tip = QPointF(x - size if right else x + size, middle.y())
            base = (QPointF(x, middle.y() - size), QPointF(x, middle.y() + size))
        else:
            below = bubble.top() >= hole.bottom()
            y = bubble.top() if below else bubble.bottom()
            tip = QPointF(middle.x(), y - size if below else y + size)
            base = (QPointF(middle.x() - size, y), QPointF(middle.x() + size, y))
        dip(painter, fill=c.surface)
        painter.drawPolygon(QPolygonF([tip, base[0], base[1]]))

"""Band across the whole width with the state in one word, legible from two metres."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from ui.theme import Ink
from ui.widgets.frames import row
from ui.widgets.labels import Icon, Label
from ui.widgets.look import Look
from ui.widgets.stage import FocusRank, claim_focus
from ui.widgets.typesetting import natural_width


class Mood(StrEnum):
    """Tone of a band, which sets its colours."""

    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    STILL = "still"


class Band(QFrame):
    """Icon, state, a second line, and the time left at its end. Labels: `state`, `note`, `time-left`."""

    def __init__(self, look: Look, mood: Mood, icon: str, state: str, note: str = "") -> None:
        super().__init__()
        self._look = look
        style = look.style
        self.setObjectName("band")
        self._icon = Icon(look, icon, round(style.font_px(Ink.DISPLAY) * 1.35), "")
        self.state = Label(look, state, Ink.DISPLAY, name="state")
        claim_focus(self.state, FocusRank.HEADING)
        self.note = Label(look, note, Ink.BODY, name="note")
        self.note.setVisible(bool(note))
        self.ring = TimeRing(look)
        self.ring.hide()
        self.become(mood, icon)
        self._words = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words.setContentsMargins(0, 0, 0, 0)
        self._words.setSpacing(style.mm(4))
        self._words.addWidget(self.state, 1)
        self._words.addWidget(self.note)
        layout = row(
            self._icon,
            self._words,
            self.ring,
            spacing=style.mm(4),
        )
        layout.setStretch(1, 1)
        layout.setContentsMargins(style.mm(5), style.mm(1.6), style.mm(4), style.mm(1.6))
        self.setLayout(layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def become(self, mood: Mood, icon: str) -> None:
        """Take another tone and icon."""
        style, c = self._look.style, self._look.style.palette
        paper = {
            Mood.GOOD: c.good, Mood.BUSY: c.accent, Mood.WARN: c.warn, Mood.BAD: c.bad,
            Mood.STILL: c.muted,
        }[mood]  # fmt: skip
        ink = c.on_accent if mood is Mood.BUSY else c.surface
        self.setStyleSheet(
            f"QFrame#band {{ background: {paper}; border-radius: {style.radius}px; }}"
            f"QFrame#band QLabel {{ color: {ink}; }}"
        )
        self._icon.become(icon, ink)
        self.ring.ink = ink

    def show_left(self, seconds: float | None) -> None:
        """Show the seconds left at the end; None means that no limit is running."""
        shown = not self.ring.isHidden()
        self.ring.show_left(seconds)
        if shown == self.ring.isHidden():
            self._arrange()

    def say(self, state: str, note: str = "") -> None:
        """Set the state and the second line; an empty `note` hides the latter."""
        self.state.setText(state)
        self.note.setText(note)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange state and note for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put state and note on one line if they fit, the note at its end, else below each other."""
        ring = 0 if self.ring.isHidden() else self.ring.width()
        beside = round(self._look.style.font_px(Ink.DISPLAY) * 1.35) + ring
        wide = sum(natural_width(label.text(), label.font()) for label in (self.state, self.note))
        flat = wide + beside + self._look.style.mm(22) < self.width()
        # A second line would take the room of what is to be done. Whether it is shown is decided here
        # alone: Qt lays out while it shows, and what is hidden meanwhile would count as visible.
        room = flat or not self._look.layout.brief
        self.note.setVisible(room and bool(self.note.text()))
        # One line needs its whole width, which a text that wraps would not ask for.
        self.note.setWordWrap(not flat)
        way = QBoxLayout.Direction.LeftToRight if flat else QBoxLayout.Direction.TopToBottom
        if self._words.direction() != way:
            self._words.setDirection(way)
            self._words.setSpacing(self._look.style.mm(4) if flat else 0)


class TimeRing(QWidget):
    """Rest of a time limit: a number in a ring that runs empty."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        style = look.style
        self._look = look
        self.ink = style.palette.accent
        self._most = 0.0
        self._left = 0.0
        self.text = Label(look, "", Ink.TITLE, name="time-left", centred=True, wrap=False)
        layout = row(self.text)
        self.setLayout(layout)
        side = max(style.mm(14), round(style.font_px(Ink.TITLE) * 1.9))
        self.setFixedSize(QSize(side, side))

    def show_left(self, seconds: float | None) -> None:
        """Show the seconds left; None means that no limit is running."""
        self.setVisible(seconds is not None)
        if seconds is None:
            self._most = 0.0
            return
        if seconds > self._most or seconds > self._left + 1:
            self._most = seconds
        self._left = max(0.0, seconds)
        self.text.setText(self._look.t.number(int(self._left + 0.999)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring's remaining part and the number in it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._look.style.mm(1.3)
        box = QRectF(self.rect()).adjusted(width, width, -width, -width)
        colour = QColor(self.ink)
        faint = QColor(colour)
        faint.setAlphaF(0.3)
        painter.setPen(QPen(faint, width))
        painter.drawEllipse(box)
        share = self._left / self._most if self._most else 0.0
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(box, 90 * 16, round(share * 360 * 16))

"""The strip above the voter's screens: four steps of the way, and at which one the voter is."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk.flows.ballot import states as at
from ui.theme import Ink
from ui.widgets import Label, Look, Tone
from words.message import m

BAR_MM = 1.2


class Step(Enum):
    """A step of the voter's way, by its word."""

    CARD = m("Card")
    CHOOSE = m("Choose")
    LOOK = m("Look")
    RECORD = m("Record")


def step_of(state: at.BallotState) -> Step | None:
    """Return where on the way a state stands; None where no voter goes on, or something is awaited."""
    match state:
        case at.Preferences() | at.ProvisionalNotice():
            return Step.CARD
        case at.Marking():
            return Step.CHOOSE
        case at.Review() | at.Comparing() | at.PaperVoid():
            return Step.LOOK
        case at.CastOrChallenge() | at.Recorded():
            return Step.RECORD
        case _:
            return None


class StepStrip(QWidget):
    """Words with a bar below each, filled up to the present step; bars alone where lines are few."""

    def __init__(self, look: Look, step: Step) -> None:
        super().__init__()
        self.setObjectName("steps")
        self._look = look
        t, style = look.t, look.style
        self._steps = tuple(Step)
        self._now = self._steps.index(step)
        said = t(
            "Step {place} of {count}: {step}", place=self._now + 1, count=len(Step), step=step.value
        )
        self.setAccessibleName(said)
        layout = QHBoxLayout(self)
        bar = style.mm(BAR_MM)
        layout.setContentsMargins(style.margin, 0, style.margin, 0)
        layout.setSpacing(style.mm(2))
        self._words: list[Label] = []
        if look.layout.brief:
            self.setFixedHeight(bar + style.mm(0.6))
        else:
            layout.setContentsMargins(
                style.margin, style.mm(0.6), style.margin, bar + style.mm(0.6)
            )
            for each in self._steps:
                tone = Tone.ACCENT if each is step else Tone.MUTED
                word = Label(look, t(each.value), Ink.SMALL, tone, centred=True)
                word.setAccessibleName(said if each is step else word.text())
                layout.addWidget(word, 1)
                self._words.append(word)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        style, c = self._look.style, self._look.style.palette
        gap, margin, bar = style.mm(2), style.margin, style.mm(BAR_MM)
        count = len(self._steps)
        wide = (self.width() - 2 * margin - (count - 1) * gap) / count
        for place in range(count):
            at = count - 1 - place if self._look.t.right_to_left else place
            box = QRectF(margin + at * (wide + gap), self.height() - bar, wide, bar)
            painter.setBrush(QColor(c.accent if place <= self._now else c.line))
            painter.drawRoundedRect(box, bar / 2, bar / 2)

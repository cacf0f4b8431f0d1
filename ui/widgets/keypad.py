"""Digit keys for selection codes, PINs and national numbers."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.look import Look
from ui.widgets.steady import REPEATS

ROWS = ("123", "456", "789")


class Keypad(QWidget):
    """Ten digits, erase and clear, always in the telephone's order from left to right.

    Keys are called `<prefix>-5`, `<prefix>-erase`, `<prefix>-clear`. Text is Latin digits.
    """

    digit = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, look: Look, prefix: str = "digit", *, repeats: bool = False) -> None:
        """`repeats`: a digit counts twice however soon, because nobody would see that it did not."""
        super().__init__()
        t, style = look.t, look.style
        self._repeats = repeats
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(style.gap)
        for y, digits in enumerate(ROWS):
            for x, digit in enumerate(digits):
                grid.addWidget(self._key(look, prefix, digit), y, x)
        clear = Button(
            look,
            f"{prefix}-clear",
            "" if look.layout.brief else t("Clear"),
            icon="trash",
            kind=ButtonKind.KEY,
            ink=Ink.SMALL,
            stacked=True,
            said=t("Clear everything"),
        )
        erase = Button(
            look,
            f"{prefix}-erase",
            "" if look.layout.brief else t("Erase"),
            icon="erase",
            kind=ButtonKind.KEY,
            ink=Ink.SMALL,
            stacked=True,
            said=t("Erase the last one"),
        )
        clear.clicked.connect(self.cleared)
        erase.clicked.connect(self.erased)
        grid.addWidget(clear, 3, 0)
        grid.addWidget(self._key(look, prefix, "0"), 3, 1)
        grid.addWidget(erase, 3, 2)
        for button in (clear, erase):
            _spread(button)

    def _key(self, look: Look, prefix: str, digit: str) -> Button:
        key = Button(
            look,
            f"{prefix}-{digit}",
            look.t.digits(digit),
            kind=ButtonKind.KEY,
            ink=Ink.TITLE,
            digit=True,
        )
        key.clicked.connect(lambda: self.digit.emit(digit))
        key.setProperty(REPEATS, self._repeats)
        _spread(key)
        return key


class CodeBoxes(QWidget):
    """Boxes for the digits of a code, filled from the left in every language."""

    def __init__(self, look: Look, width: int, *, hidden: bool = False) -> None:
        """Create `width` boxes; `hidden` shows dots instead of digits, for PINs."""
        super().__init__()
        style = look.style
        self._look, self._hidden, self._count = look, hidden, width
        self._code = ""
        self.setObjectName("code-boxes")
        self._gap = style.mm(1.6)
        em = style.font_px(Ink.DISPLAY)
        self._box = QSizeF(max(style.mm(11), em * 0.95), max(style.mm(14), em * 1.55))
        whole = width * self._box.width() + (width - 1) * self._gap
        self.setFixedSize(ceil(whole), ceil(self._box.height()))

    def show_code(self, code: str) -> None:
        """Show Latin digits, at most as many as there are boxes."""
        self._code = code
        self.setAccessibleName("" if self._hidden else " ".join(self._look.t.digits(code)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the boxes, the digits or dots in them, and the place of the next digit."""
        style, c = self._look.style, self._look.style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(style.font(Ink.DISPLAY))
        for place in range(self._count):
            there, here = place < len(self._code), place == len(self._code)
            line = max(style.hairline, style.mm(0.8 if here else 0.4))
            at = QPointF(place * (self._box.width() + self._gap), 0)
            box = QRectF(at, self._box).adjusted(line / 2, line / 2, -line / 2, -line / 2)
            painter.setPen(QPen(QColor(c.accent if here or there else c.line), line))
            painter.setBrush(QColor(c.surface))
            painter.drawRoundedRect(box, style.mm(1.5), style.mm(1.5))
            if there:
                digit = "●" if self._hidden else self._look.t.digits(self._code[place])
                painter.setPen(QColor(c.text))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), digit)


def _spread(button: Button) -> None:
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    button.setSizePolicy(policy)

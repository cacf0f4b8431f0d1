"""Digits to touch: for selection codes, PINs, national numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from ui.theme import Ink
from ui.widgets.buttons import Button, Kind
from ui.widgets.labels import Label
from ui.widgets.look import Look

ROWS = ("123", "456", "789")


class Keypad(QWidget):
    """Ten digits, erase and clear, always in the telephone's order from left to right.

    Keys are called `<prefix>-5`, `<prefix>-erase`, `<prefix>-clear`. Text is Latin digits.
    """

    digit = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, look: Look, prefix: str = "digit") -> None:
        super().__init__()
        t, style = look.t, look.style
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(style.gap)
        for y, digits in enumerate(ROWS):
            for x, digit in enumerate(digits):
                grid.addWidget(self._key(look, prefix, digit), y, x)
        clear = Button(
            look, f"{prefix}-clear", icon="trash", kind=Kind.KEY, said=t("Clear everything")
        )
        erase = Button(
            look, f"{prefix}-erase", icon="erase", kind=Kind.KEY, said=t("Erase the last one")
        )
        # The layout is left to right in every language, and so is this arrow: digits are.
        clear.clicked.connect(self.cleared)
        erase.clicked.connect(self.erased)
        grid.addWidget(clear, 3, 0)
        grid.addWidget(self._key(look, prefix, "0"), 3, 1)
        grid.addWidget(erase, 3, 2)
        for button in (clear, erase):
            _spread(button)

    def _key(self, look: Look, prefix: str, digit: str) -> Button:
        key = Button(look, f"{prefix}-{digit}", look.t.digits(digit), kind=Kind.KEY, ink=Ink.TITLE)
        key.clicked.connect(lambda: self.digit.emit(digit))
        _spread(key)
        return key


class CodeBoxes(QWidget):
    """One box per digit of a code, filled from the left in every language."""

    def __init__(self, look: Look, width: int, *, hidden: bool = False) -> None:
        """`width`: number of digits. `hidden`: dots instead of digits, for PINs."""
        super().__init__()
        style = look.style
        self._look, self._hidden = look, hidden
        self.setObjectName("code-boxes")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._boxes: list[Label] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(style.mm(1.6))
        for _ in range(width):
            box = Label(look, "", Ink.DISPLAY, centred=True, wrap=False)
            box.setFixedSize(
                max(style.mm(11), round(style.font_px(Ink.DISPLAY) * 0.95)),
                max(style.mm(14), round(style.font_px(Ink.DISPLAY) * 1.55)),
            )
            layout.addWidget(box)
            self._boxes.append(box)
        self.show_code("")

    def show_code(self, code: str) -> None:
        c, style = self._look.style.palette, self._look.style
        for place, box in enumerate(self._boxes):
            there = place < len(code)
            digit = self._look.t.digits(code[place]) if there else ""
            box.setText("●" if there and self._hidden else digit)
            here = place == len(code)
            colour = c.accent if here or there else c.line
            line = max(style.hairline, style.mm(0.8 if here else 0.4))
            box.setStyleSheet(
                f"background: {c.surface}; border: {line}px solid {colour};"
                f"border-radius: {style.mm(1.5)}px;"
            )
        self.setAccessibleName(" ".join(code) if not self._hidden else "")


def _spread(button: Button) -> None:
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    button.setSizePolicy(policy)

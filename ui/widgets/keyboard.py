"""On-screen keyboard for names."""

from __future__ import annotations

from enum import StrEnum
from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import Ink, line_height
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import clear
from ui.widgets.look import Look


class KeyOrder(StrEnum):
    """Order of the letters."""

    STANDARD = "standard"
    """As on a computer or telephone (ISIRI 9147; QWERTY)."""
    ALPHABETICAL = "alphabetical"
    """For those who have never typed."""


class Keyboard(QWidget):
    """Letters in either order.

    Keys are called `key-<letter>`, `key-space`, `key-erase`, `key-order`, `key-hide`.
    """

    typed = Signal(str)
    erased = Signal()
    hidden = Signal()
    order_changed = Signal(object)
    """Order"""

    def __init__(self, look: Look, order: KeyOrder = KeyOrder.STANDARD) -> None:
        super().__init__()
        self._look, self._order = look, order
        self._may_hide = True
        self._height = max(look.style.target, ceil(line_height(look.style.key_font())))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(look.style.gap)
        self._build()

    def _build(self) -> None:
        t = self._look.t
        clear(self._rows)
        keys = self._look.languages[t.language]
        standard = self._order is KeyOrder.STANDARD
        # A computer's keys stand alike in every language: ض and Q are at the left (ISIRI 9147).
        left = Qt.LayoutDirection.LeftToRight
        self.setLayoutDirection(left if standard else self._look.direction)
        letters = keys.standard_keys if standard else keys.alphabetical_keys
        for place, line in enumerate(letters):
            letter_keys = [self._letter(letter) for letter in line]
            if place == len(letters) - 1:
                # Where lines are few the word has the room: letters come first.
                symbol = "" if self._look.layout.brief else "erase"
                erase = self._control("key-erase", t("Erase"), symbol)
                erase.clicked.connect(self.erased)
                self._add(letter_keys, [(erase, 3)], centred=False)
            else:
                self._add(letter_keys, [], centred=place > 0)
        swap = self._control("key-order", t("Alphabetical") if standard else t("Standard"))
        swap.clicked.connect(self._swap)
        space = self._control("key-space", t("Space"))
        space.clicked.connect(lambda: self.typed.emit(" "))
        self._hide = self._control("key-hide", t("Hide"), "keyboard")
        self._hide.clicked.connect(self.hidden)
        self._hide.setVisible(self._may_hide)
        self._add([], [(swap, 3), (space, 5), (self._hide, 3)], centred=False)
        lines = len(letters) + 1
        self.setFixedHeight(lines * self._height + (lines - 1) * self._look.style.gap)

    def show_hide_key(self, visible: bool) -> None:
        """Show or hide the key `key-hide`, which is not needed where something else hides the keyboard."""
        self._may_hide = visible
        self._hide.setVisible(visible)

    def _letter(self, letter: str) -> Button:
        key = Button(self._look, f"key-{letter}", letter, kind=ButtonKind.KEY, ink=Ink.BODY)
        key.setFont(self._look.style.key_font())
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        key.setMinimumWidth(self._look.style.target)
        key.setFixedHeight(self._height)
        key.clicked.connect(lambda: self.typed.emit(letter))
        return key

    def _control(self, name: str, text: str, icon: str = "") -> Button:
        key = Button(self._look, name, text, icon=icon, kind=ButtonKind.KEY, ink=Ink.SMALL)
        if key.font().pixelSize() > self._look.style.key_font().pixelSize():
            key.setFont(self._look.style.key_font())
        key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        key.setFixedHeight(self._height)
        return key

    def _add(self, keys: list[Button], wide: list[tuple[Button, int]], *, centred: bool) -> None:
        line = QHBoxLayout()
        line.setSpacing(self._look.style.gap)
        if centred:
            line.addStretch(1)
        for key in keys:
            line.addWidget(key, 2)
        for key, share in wide:
            line.addWidget(key, share)
        if centred:
            line.addStretch(1)
        self._rows.addLayout(line)

    def _swap(self) -> None:
        alphabetical = self._order is KeyOrder.STANDARD
        self._order = KeyOrder.ALPHABETICAL if alphabetical else KeyOrder.STANDARD
        self._build()
        self.order_changed.emit(self._order)

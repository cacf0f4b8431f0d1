"""Number that is typed by touch or on keys, in any script, and forgotten when handed on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.keypad import Keypad
from ui.widgets.stage import FocusRank, claim_focus
from words.digits import to_latin_digits


class TypedDigits(QWidget):
    """Number of `least` to `most` digits; subclasses draw it when it has `changed`."""

    changed = Signal()
    entered = Signal(str)

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self._least, self._most = least, most
        self._digits = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        claim_focus(self, FocusRank.ENTRY)

    @property
    def _complete(self) -> bool:
        return len(self._digits) >= self._least

    def clear(self) -> None:
        """Forget the digits."""
        self._digits = ""
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept digits in any script, Backspace and Enter, once per press."""
        typed = to_latin_digits(event.text())
        if event.isAutoRepeat():
            event.ignore()
        elif len(typed) == 1 and typed.isascii() and typed.isdigit():
            self._add(typed)
        elif event.key() == Qt.Key.Key_Backspace:
            self._erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter()
        else:
            super().keyPressEvent(event)

    def _listen_to(self, keys: Keypad) -> None:
        keys.digit.connect(self._add)
        keys.erased.connect(self._erase)
        keys.cleared.connect(self.clear)

    def _add(self, digit: str) -> None:
        if len(self._digits) < self._most:
            self._digits += digit
            self.changed.emit()

    def _erase(self) -> None:
        self._digits = self._digits[:-1]
        self.changed.emit()

    def _enter(self) -> None:
        if self._complete:
            digits = self._digits
            self.clear()
            self.entered.emit(digits)

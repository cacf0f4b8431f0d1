"""Labels that stand on one line while they fit, and below each other otherwise."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.widgets.labels import Label
from ui.widgets.typesetting import natural_width


class Flowing(QWidget):
    """Two labels; the second begins where the first ends, or on a new line of its own.

    `spread`: the second one stands at the end of the line.
    """

    def __init__(self, space: int, *, spread: bool = False) -> None:
        super().__init__()
        self._space, self._spread = space, spread
        self._labels: list[Label] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, label: Label) -> None:
        """Append a label."""
        label.setParent(self)
        self._labels.append(label)

    def hasHeightForWidth(self) -> bool:
        """Return True: the labels may stand below each other."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height in px of one line if the labels fit, else of all of them."""
        if self._flat(width):
            return max(label.heightForWidth(width) for label in self._labels)
        return sum(label.heightForWidth(width) for label in self._labels)

    def sizeHint(self) -> QSize:
        """Return the size of all labels on one line."""
        wide = sum(_wide(label) for label in self._labels) + self._space
        return QSize(wide, max(label.heightForWidth(10_000) for label in self._labels))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest label's longest word."""
        wide = max(label.minimumSizeHint().width() for label in self._labels)
        return QSize(wide, max(label.heightForWidth(10_000) for label in self._labels))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the labels for the new width, in reading direction."""
        super().resizeEvent(event)
        width, rtl = self.width(), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if not self._flat(width):
            top = 0
            for label in self._labels:
                high = label.heightForWidth(width)
                label.setGeometry(0, top, width, high)
                top += high
            return
        at = 0
        for label in self._labels:
            wide = _wide(label)
            if self._spread and at > 0:
                at = width - wide
            label.setGeometry(width - at - wide if rtl else at, 0, wide, self.height())
            at += wide + self._space

    def _flat(self, width: int) -> bool:
        wide = sum(_wide(label) for label in self._labels)
        return wide + self._space * (len(self._labels) - 1) <= width


def _wide(label: Label) -> int:
    return ceil(natural_width(label.text(), label.font())) + 2

"""Steady hand of a window: a second touch of the same thing within half a second is a tremble, and no act.

Every touch of every screen comes by here, before any widget sees it; a screen that takes another's place
under the finger is covered, too (VVSG 2.0, 7.2; EN 301 549 V3.2.1, 5.8). What is typed and not seen, as a
PIN, is left alone: a digit that was not taken would be missed by nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QStackedWidget, QWidget

AGAIN_S: Final = 0.5
"""From the end of a touch, or of one that was ignored."""
REPEATS: Final = "repeats"
"""Property of a button that may be touched twice at once."""

_PRESSES = {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick}
_TOUCHES = {*_PRESSES, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseMove}


class SteadyHand(QObject):
    """Filter of the window that a stage stands in."""

    def __init__(self, stage: QStackedWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stage)
        self.setObjectName("steady-hand")
        self._stage = stage
        self.clock = clock
        """Seconds; they only grow."""
        self._touched = QRect()
        """Where what was touched last stood, in the window."""
        self._at = 0.0
        self._ignoring = False

    def forget(self) -> None:
        """Take the next touch, wherever it is: nothing is kept of where and when the last one was."""
        self._touched, self._at = QRect(), 0.0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep a touch that comes too soon from the window, whole: press, moves and release."""
        kind = event.type()
        if kind not in _TOUCHES or not isinstance(event, QMouseEvent):
            return False
        if kind in _PRESSES:
            spot = event.position().toPoint()
            again = self._touched.contains(spot) and self.clock() - self._at < AGAIN_S
            self._ignoring = again
            if not again:
                self._touched = self._thing_at(spot)
        ignored = self._ignoring
        if kind is QEvent.Type.MouseButtonRelease:
            self._at, self._ignoring = self.clock(), False
        return ignored

    def _thing_at(self, spot: QPoint) -> QRect:
        """Return where what can be touched stands, empty if there is nothing or it may be touched again."""
        window = self._stage.window()
        page = self._stage.currentWidget()
        places = [(window, spot)]
        if page is not None and page.isVisible():
            # What is heard before it is touched lies below a layer.
            places.append((page, page.mapFrom(window, spot)))
        for place, at in places:
            found = place.childAt(at)
            if found is not None and not (box := _box(found, place, at)).isEmpty():
                again = bool(found.property(REPEATS))
                return QRect() if again else QRect(place.mapTo(window, box.topLeft()), box.size())
        return QRect()


def _box(found: QWidget, place: QWidget, at: QPoint) -> QRect:
    """Return the box of a button or of one item of a list, in a widget around it; else an empty one."""
    view = found.parentWidget()
    if isinstance(found, QAbstractButton):
        box = found.rect()
    elif isinstance(view, QAbstractItemView) and view.viewport() is found:
        box = view.visualRect(view.indexAt(found.mapFrom(place, at)))
    else:
        return QRect()
    return QRect(found.mapTo(place, box.topLeft()), box.size())

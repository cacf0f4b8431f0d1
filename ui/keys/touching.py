"""Touch to hear: the first touch says what is there, the second one does it.

For who sees and does not read. The layer lies over the page and takes every touch; what can be touched
are the stops of keys and switches, and beside them every text can be heard. A second touch that comes too
soon is none, as everywhere (`ui.widgets.steady`).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from ui.keys.scanning import Overlay
from ui.keys.stops import Stop, stops_of
from ui.widgets import Look, Stage


class TouchToHear(QWidget):
    """Layer over a window; there only while a voter has chosen it."""

    said = Signal(str)
    """What was touched, to be heard."""

    def __init__(
        self,
        window: QWidget,
        stage: Stage,
        look: Callable[[], Look],
    ) -> None:
        super().__init__(window)
        self.setObjectName("touch-to-hear")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stage, self._look = stage, look
        self._ring = Overlay(window)
        self._ring.setObjectName("touch-ring")
        self._heard = ""
        """Key of the stop that was heard last."""
        self._down = ""
        self.hide()

    def use(self, wanted: bool, *, fresh: bool) -> None:
        """Begin or end it; a new page forgets what was heard on the last one."""
        if fresh or not wanted:
            self._forget()
        self.setVisible(wanted)
        window = self.parentWidget()
        if wanted and window is not None:
            self.setGeometry(window.rect())
            self.raise_()
            self._ring.raise_()

    def _forget(self) -> None:
        self._heard = ""
        self._ring.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where the touch begins; nothing is done on press."""
        event.accept()
        found = self._stop(event.position().toPoint())
        self._down = found.key if found is not None else ""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say what is there, or do what was said before."""
        event.accept()
        spot = event.position().toPoint()
        found = self._stop(spot)
        if found is None:
            self._forget()
            if text := self._text(spot):
                self.said.emit(text)
        elif found.key != self._down:
            return
        elif found.key == self._heard:
            self._forget()
            found.act()
        else:
            self._heard = found.key
            found.focus()
            self._ring.show_at(self._on_window(found.area), self._look())
            self.said.emit(found.name)

    def _page(self) -> QWidget | None:
        return self._stage.currentWidget()

    def _on_window(self, area: QRect) -> QRect:
        page = self._page()
        corner = area.topLeft() if page is None else page.mapTo(self.window(), area.topLeft())
        return QRect(corner, area.size())

    def _stop(self, spot: QPoint) -> Stop | None:
        page = self._page()
        rows = () if page is None else stops_of(page)
        return next(
            (one for line in rows for one in line if self._on_window(one.area).contains(spot)), None
        )

    def _text(self, spot: QPoint) -> str:
        """Return the text that is seen at a place."""
        page = self._page()
        under = None if page is None else page.childAt(page.mapFrom(self.window(), spot))
        return under.text() if isinstance(under, QLabel) else ""

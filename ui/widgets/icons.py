"""Line icons (`ui/icons/*.svg`), drawn for this program; each stands beside a word."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer

from ui.theme import FOLDER

TURNING = frozenset({"next", "back", "list", "search"})
"""Icons that point along the reading direction. "erase" does not: codes run left to right."""


class Icons:
    """Cache that draws icons in any colour and keeps what it drew."""

    def __init__(self, right_to_left: bool) -> None:
        self._right_to_left = right_to_left
        self._drawn: dict[tuple[str, str, int, float], QPixmap] = {}

    def pixmap(self, name: str, colour: str, px: int, ratio: float = 1.0) -> QPixmap:
        """Return a square of `px` logical pixels for a screen with `ratio` real pixels each.

        `name` is a file's name without `.svg`; an unknown one raises FileNotFoundError.
        """
        key = (name, colour, px, ratio)
        if key not in self._drawn:
            self._drawn[key] = self._draw(name, colour, px, ratio)
        return self._drawn[key]

    def _draw(self, name: str, colour: str, px: int, ratio: float) -> QPixmap:
        shape = (
            (FOLDER / "icons" / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
        )
        real = round(px * ratio)
        pixmap = QPixmap(real, real)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._right_to_left and name in TURNING:
            painter.setTransform(QTransform(-1, 0, 0, 1, real, 0))
        QSvgRenderer(QByteArray(shape.encode())).render(painter, QRectF(0, 0, real, real))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

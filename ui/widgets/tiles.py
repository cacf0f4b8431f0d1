"""Equal tiles in as many columns as their words leave room for."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Tiles(QWidget):
    """Widgets of equal size, row by row in reading direction; the rows are as equal as possible."""

    def __init__(self, tiles: Sequence[QWidget], gap: int) -> None:
        super().__init__()
        self._tiles, self._gap = tuple(tiles), gap
        for tile in self._tiles:
            tile.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Return True: fewer columns are higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height in px of all rows."""
        columns = self._columns(width)
        rows = ceil(len(self._tiles) / columns)
        return rows * self._tile_height(width, columns) + (rows - 1) * self._gap

    def sizeHint(self) -> QSize:
        """Return the size of one row."""
        count = len(self._tiles)
        wide = max(tile.sizeHint().width() for tile in self._tiles)
        width = count * wide + (count - 1) * self._gap
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest tile's longest word."""
        return QSize(self._least(), max(tile.sizeHint().height() for tile in self._tiles))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the tiles for the new width."""
        super().resizeEvent(event)
        columns = self._columns(self.width())
        wide = (self.width() - (columns - 1) * self._gap) // columns
        high = self._tile_height(self.width(), columns)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for place, tile in enumerate(self._tiles):
            x = place % columns * (wide + self._gap)
            y = place // columns * (high + self._gap)
            tile.setGeometry(self.width() - x - wide if rtl else x, y, wide, high)

    def _least(self) -> int:
        return max(tile.minimumSizeHint().width() for tile in self._tiles)

    def _columns(self, width: int) -> int:
        count = len(self._tiles)
        most = max(1, min(count, (width + self._gap) // (self._least() + self._gap)))
        rows = ceil(count / most)
        return ceil(count / rows)

    def _tile_height(self, width: int, columns: int) -> int:
        wide = (width - (columns - 1) * self._gap) // columns
        return max(
            tile.heightForWidth(wide) if tile.hasHeightForWidth() else tile.sizeHint().height()
            for tile in self._tiles
        )

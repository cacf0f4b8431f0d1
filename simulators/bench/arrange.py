"""Arrangement of the branch on one screen: all devices, two devices' screens, steps of the day, table, cards.

The screens stand above where the height allows it, else beside; where neither the height nor the width
does, they are a page of their own. The row of all devices stands over the screens if that leaves it room:
then the steps are as high as both.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from simulators.bench.monitors import Monitors
from simulators.bench.pairs import Pairs
from simulators.bench.steps import Steps
from ui.widgets.frames import column
from ui.widgets.look import Look

LEAST_HIGH_MM = 62
"""Height below which the screens do not stand above."""
LEAST_WIDE_MM = 76
"""Width below which they do not stand beside."""
TABLE_MORE_MM = 16
"""Height that the table has before the screens grow."""
STEPS_MM = 78
"""Width of the steps beside the screens."""


class Place(StrEnum):
    """Where the screens stand."""

    ABOVE = "above"
    BESIDE = "beside"
    PAGE = "page"


class Arrangement(QWidget):
    """`pairs`, `watching` (screens), `steps` and `desk`, placed by the room there is."""

    def __init__(
        self, look: Look, pairs: Pairs, watching: Monitors, steps: Steps, desk: QWidget
    ) -> None:
        super().__init__()
        self._look = look
        self._pairs, self._watching, self._steps, self._desk = pairs, watching, steps, desk
        self._page_open = False
        self.place = Place.ABOVE
        style = look.style
        self._first, beside_steps = QWidget(), QWidget()
        way = QBoxLayout.Direction
        self._inner = QBoxLayout(way.LeftToRight, self._first)
        self._over_screens = QBoxLayout(way.TopToBottom, beside_steps)
        self._top = QBoxLayout(way.TopToBottom, self)
        self._outer = QBoxLayout(way.TopToBottom)
        for layout in (self._inner, self._over_screens, self._top, self._outer):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(style.gap)
        margin = style.mm(2.5)
        self._outer.setContentsMargins(margin, margin, margin, margin)
        self._top.setSpacing(0)
        self._top.addWidget(pairs)
        self._top.addLayout(self._outer, 1)
        self._over_screens.addWidget(watching, 1)
        self._inner.addWidget(beside_steps, 1)
        self._inner.addWidget(steps)
        self._outer.addWidget(self._first)
        self._outer.addWidget(desk)

    def open_page(self, *, screens: bool) -> None:
        """Show the screens, or the table, where there is room for one of them only."""
        self._page_open = screens
        self._show()

    @property
    def page_open(self) -> bool:
        """Whether the screens' page is open."""
        return self._page_open

    def minimumSizeHint(self) -> QSize:
        """Return the least size of table and devices: the screens take what is left."""
        margin = 2 * self._look.style.mm(2.5)
        return self._desk.minimumSizeHint() + QSize(margin, margin + self._row_high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the place for the new size."""
        super().resizeEvent(event)
        self._choose()

    def fit(self) -> None:
        """Choose the place anew: there may be other devices now."""
        self.updateGeometry()
        self._choose()

    @property
    def _row_high(self) -> int:
        return 0 if self._pairs.isHidden() else self._pairs.height()

    def _place_row(self, room: int) -> bool:
        """Put the row of all devices over the screens if it fits there, and return whether it does."""
        inside = self.place is Place.ABOVE and self._pairs.wanted <= room
        (self._over_screens if inside else self._top).insertWidget(0, self._pairs)
        return inside

    def _choose(self) -> None:
        style, desk = self._look.style, self._desk.minimumSizeHint()
        around = 2 * style.mm(2.5)
        high = self.height() - self._row_high
        spare_high = high - desk.height() - around - style.gap
        spare_wide = self.width() - desk.width() - around - style.gap
        if spare_high >= style.mm(LEAST_HIGH_MM):
            self.place = Place.ABOVE
        elif spare_wide >= style.mm(LEAST_WIDE_MM):
            self.place = Place.BESIDE
        else:
            self.place = Place.PAGE
        way = QBoxLayout.Direction
        above = self.place is not Place.BESIDE
        self._outer.setDirection(way.TopToBottom if above else way.LeftToRight)
        self._inner.setDirection(way.LeftToRight if above else way.TopToBottom)
        self._watching.stand(upright=not above)
        wide = max(style.mm(STEPS_MM), self.width() // 4)
        row_inside = self._place_row(self.width() - wide - around - style.gap)
        self._steps.setMaximumWidth(wide if above else 16_777_215)
        self._steps.setMinimumSize(wide if above else 0, 0)
        self._first.setMinimumSize(0, 0)
        self._first.setMaximumSize(16_777_215, 16_777_215)
        if self.place is Place.ABOVE:
            # Not higher than the screens are wide: below them everything has its room.
            # The devices' screens have the shape of this one.
            most = (self.width() - wide) // 2 * high // self.width() + style.mm(10)
            least = style.mm(LEAST_HIGH_MM)
            shared = max(least, spare_high - style.mm(TABLE_MORE_MM))
            more = self._row_high if row_inside else 0
            self._first.setFixedHeight(min(shared, max(most, least)) + more)
        elif self.place is Place.BESIDE:
            beside = min(spare_wide, style.mm(180))
            self._first.setFixedWidth(beside)
            # The screens grow with what the step that is next does not need.
            most = high - around - style.gap - self._watching.minimumSizeHint().height()
            self._steps.setMinimumHeight(max(0, min(self._steps.wanted(beside), most)))
        self._inner.setStretch(0, 1 if above else 3)
        self._inner.setStretch(1, 0 if above else 2)
        self._show()

    def _show(self) -> None:
        one_only = self.place is Place.PAGE
        self._first.setVisible(not one_only or self._page_open)
        self._desk.setVisible(not one_only or not self._page_open)


def desk_of(look: Look, table: QWidget, tray: QWidget) -> QWidget:
    """Return table and tray below each other."""
    desk = QWidget()
    layout = column(table, tray, spacing=look.style.gap)
    layout.setStretch(0, 1)
    desk.setLayout(layout)
    return desk

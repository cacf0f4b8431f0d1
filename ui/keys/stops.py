"""Say what can be chosen on a page: rectangles, names and acts, row by row in the order of reading.

What is painted (cards of candidates) and what is a widget are stops alike, so that a scan and a keypad
reach both. Help and the display's settings come last, as when the page is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from ui.ballot.candidates import CandidateView, CardList
from ui.ballot.rows import CODE_ROLE
from ui.ballot.tray import SelectionTray
from ui.widgets import SPELLS, Dialog, Keyboard, Keypad
from ui.widgets.frames import pages_around
from ui.widgets.order import in_reading_order
from ui.widgets.stage import LAST

Row = tuple["Stop", ...]

_REGIONS = (Keypad, Keyboard, CandidateView, SelectionTray, Dialog)
"""What stands together, whatever stands beside it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that can be chosen."""

    key: str
    """The widget's objectName, and a card's selection code: the same on the page that comes next."""
    name: str
    """What is heard when the voter comes to it."""
    area: QRect
    """On the page."""
    act: Callable[[], None]
    focus: Callable[[], None]
    region: str
    """Kind of what it stands in; a voter who types goes on there."""
    spells: str = ""
    """The name that is spelled when the voter asks for it; empty: what is heard."""


def stops_of(page: QWidget, *, turned_away: bool = False) -> tuple[Row, ...]:
    """Return the rows of a page. A row is at one height in one region.

    `turned_away`: also what is on another page of something that is turned; its `focus` turns there.
    """
    rows: list[list[Stop]] = []
    last: list[Row] = []
    before: QWidget | None = None
    for region, widget in _walk(page):
        if not turned_away and _is_turned_away(widget):
            continue
        for stop in _stops(widget, page, region):
            if stop.key in LAST:
                last.append((stop,))
            elif rows and region is before and _level(rows[-1][0].area, stop.area):
                rows[-1].append(stop)
            else:
                rows.append([stop])
            before = region
    last.sort(key=lambda row: LAST.index(row[0].key))
    return (*map(tuple, rows), *last)


def beside(stops: Sequence[Stop], here: Stop, way: int) -> Stop | None:
    """Return the nearest stop at the left (-1) or right (1) of a stop, as it is seen."""
    x = here.area.center().x()
    level = [
        one
        for one in stops
        if (one.area.center().x() - x) * way > 0
        and one.area.top() <= here.area.center().y() <= one.area.bottom()
    ]
    return min(level, key=lambda one: abs(one.area.center().x() - x), default=None)


def _level(one: QRect, other: QRect) -> bool:
    return abs(one.center().y() - other.center().y()) <= other.height() // 3


def _walk(page: QWidget) -> Iterator[tuple[QWidget, QWidget]]:
    """Yield (region, widget) as the page is read."""
    for widget in in_reading_order(page):
        if widget.isVisible():
            region: QWidget | None = widget
            while region is not None and region is not page and not isinstance(region, _REGIONS):
                region = region.parentWidget()
            yield region or page, widget


def _stops(widget: QWidget, page: QWidget, region: QWidget) -> Iterator[Stop]:
    kind = type(region).__name__
    if isinstance(widget, CardList):
        yield from _cards(widget, page, kind)
    elif (
        widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(widget, QLineEdit)
        and isinstance(widget, QAbstractButton)
    ):
        area = QRect(widget.mapTo(page, QPoint(0, 0)), widget.size())
        name, spells = spoken_name(widget), str(widget.property(SPELLS) or "")
        yield Stop(widget.objectName(), name, area, widget.click, _to(widget), kind, spells)


def _cards(view: CardList, page: QWidget, kind: str) -> Iterator[Stop]:
    for row in view.visible_rows():
        index = view.model().index(row, 0)
        code = int(index.data(CODE_ROLE))
        box = view.visualRect(index)
        area = QRect(view.viewport().mapTo(page, box.topLeft()), box.size())
        name = str(index.data(Qt.ItemDataRole.AccessibleTextRole))

        def choose(code: int = code) -> None:
            view.touched.emit(code)

        def focus(row: int = row) -> None:
            view.setFocus(Qt.FocusReason.TabFocusReason)
            view.focus_row(row)

        spells = str(index.data(Qt.ItemDataRole.DisplayRole))
        yield Stop(f"{view.objectName()}-{code}", name, area, choose, focus, kind, spells)


def _to(widget: QWidget) -> Callable[[], None]:
    def focus() -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        for pages in pages_around(widget):
            if _is_turned_away(widget):
                pages.turn_to(widget)

    return focus


def _is_turned_away(widget: QWidget) -> bool:
    """Return whether a part of it is on another page: it cannot be touched, and no ring goes around it."""
    for pages in pages_around(widget):
        seen = pages.area.viewport()
        box = QRect(widget.mapTo(seen, QPoint(0, 0)), widget.size())
        whole = box if box.height() <= seen.height() else QRect(box.center(), box.center())
        if not seen.rect().contains(whole):
            return True
    return False


def spoken_name(button: QAbstractButton) -> str:
    """Return what is heard of a button: its name, for one that changes its text the present text."""
    return button.accessibleName() or button.text()

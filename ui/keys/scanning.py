"""Offer the stops of a page one after another, with a ring around what a switch would choose now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.keys.scan import STEPS_S, USUAL_STEP, Scan, Way
from ui.keys.stops import Row, Stop, stops_of
from ui.widgets import Button, ButtonKind, Look


class Overlay(QWidget):
    """Paints the ring; nothing on it can be touched, and no screen reader sees it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("scan-ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area = QRect()
        self._look: Look | None = None
        self.hide()

    def show_at(self, area: QRect, look: Look) -> None:
        """Put the ring around an area of the parent."""
        self._look = look
        margin = look.style.focus_line * 2
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self._area = area.adjusted(-margin, -margin, margin, margin).intersected(self.rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw two lines, light in dark, so that one of them is seen on any ground."""
        if self._look is None:
            return
        style, c = self._look.style, self._look.style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = style.focus_line * 2
        inner = self._area.adjusted(line // 2, line // 2, -line // 2, -line // 2)
        for colour, width in ((c.background, line * 2), (c.text, line)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(inner, style.radius, style.radius)


class Scanner(QObject):
    """The scan of one voter: off until a way is chosen, and off again with the next voter."""

    offered = Signal(str)
    """Name of what is offered now, to be heard."""
    began = Signal(str)
    """The same at the beginning of a page, to be heard after what the page says itself."""
    advanced = Signal()

    def __init__(
        self, page: Callable[[], QWidget | None], look: Callable[[], Look], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._page, self._look = page, look
        self.way: Way | None = None
        self.step = USUAL_STEP
        self._scan = Scan(())
        self._rows: tuple[Row, ...] = ()
        self._overlay: Overlay | None = None
        self._region = ""
        self._fresh = True
        """The page has changed: the scan begins where its main action is, or where it was typed."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    # ---------------------------------------------------------------- on and off

    def begin(self, way: Way) -> None:
        """Scan from now on."""
        self.way = way
        self._region, self._fresh = "", True
        self._refresh()
        self._time()

    def end(self) -> None:
        """Scan no more, and forget how fast."""
        self.way, self.step, self._region = None, USUAL_STEP, ""
        self._timer.stop()
        self._rows = ()
        self._hide()

    def faster(self, by: int) -> None:
        """Offer each stop for a shorter time, or a longer one with a negative number."""
        self.step = min(max(0, self.step - by), len(STEPS_S) - 1)
        self._time()

    def page_changed(self) -> None:
        """Begin anew on a page that has just been drawn."""
        if self.way is not None:
            self._fresh = True
            self._hide()
            QTimer.singleShot(0, self._refresh)

    def look_again(self) -> None:
        """Go on where it is, unless what can be chosen has changed."""
        if self.way is not None:
            QTimer.singleShot(0, self._refresh)

    @property
    def running(self) -> bool:
        """Whether stops are being offered by themselves."""
        return self.way is Way.ONE and not self._scan.resting

    @property
    def offers(self) -> tuple[str, ...]:
        """Keys of the stops in the ring: a whole row, or one of it; empty while a press chooses nothing."""
        if self.way is None or self._fresh or not self._rows or self._scan.resting:
            return ()
        row, place = self._rows[self._scan.row], self._scan.place
        return tuple(stop.key for stop in (row if place is None else (row[place],)))

    @property
    def in_row(self) -> bool:
        """Whether stops are offered one by one."""
        return self._scan.place is not None

    # ---------------------------------------------------------------- switches

    def press(self, switch: int) -> None:
        """Take a press of switch 1 or 2; one that comes as the page changes was meant for what is gone."""
        if self._refresh():
            return
        if self.way is Way.TWO and switch == 1:
            self._advance()
            return
        self._scan, chosen = self._scan.select()
        self._time()
        if chosen is None:
            self._offer()
            return
        stop = self._rows[chosen[0]][chosen[1]]
        self._region = stop.region
        self._fresh = True
        stop.act()
        QTimer.singleShot(0, self._refresh)

    def _advance(self) -> None:
        self._scan = replace(self._scan.advance(), passes=0)
        self._offer()

    def _tick(self) -> None:
        if self._refresh():
            return
        self._scan = self._scan.advance()
        if not self._scan.resting:
            self.advanced.emit()
        self._offer()

    def _time(self) -> None:
        self._timer.stop()
        if self.way is Way.ONE:
            self._timer.start(round(STEPS_S[self.step] * 1000))

    # ---------------------------------------------------------------- stops

    def _refresh(self) -> bool:
        """Look what is on the page now; begin anew if that is something else, and return whether it is."""
        page = self._page()
        if self.way is None or page is None:
            return False
        rows = stops_of(page)
        changed = [_keys(row) for row in rows] != [_keys(row) for row in self._rows]
        if changed and not self._fresh:
            self._keep_place(rows)
        self._rows = rows
        if not self._fresh:
            if changed:
                self._draw(page)
            return False
        self._fresh = False
        lengths = tuple(map(len, rows))
        self._scan = Scan(lengths, self._first(rows, page) if rows else 0)
        self._time()
        self._offer(first=True)
        return True

    def _keep_place(self, rows: tuple[Row, ...]) -> None:
        """Stay where the scan is while other stops come and go; begin anew if what it offers is gone."""
        offered = _keys(self._rows[self._scan.row]) if self._rows else []
        place = next((at for at, row in enumerate(rows) if _keys(row) == offered), None)
        if place is None:
            self._fresh = True
        else:
            self._scan = replace(self._scan, rows=tuple(map(len, rows)), row=place)

    def _first(self, rows: tuple[Row, ...], page: QWidget) -> int:
        """Return the row to begin with: an answer, what is being typed, the main action."""

        def row_with(fits: Callable[[Stop], bool]) -> int | None:
            return next((at for at, row in enumerate(rows) if any(map(fits, row))), None)

        main = {
            button.objectName()
            for button in page.findChildren(Button)
            if button.isVisible() and button.kind is ButtonKind.MAIN
        }
        for fits in (
            lambda stop: stop.key == "confirm-yes",
            lambda stop: stop.region == self._region and stop.region in {"Keypad", "Keyboard"},
            lambda stop: stop.region in {"Keypad", "Keyboard", "CandidateView"},
            lambda stop: stop.key in main,
        ):
            found = row_with(fits)
            if found is not None:
                return found
        return 0

    def _hide(self) -> None:
        if self._overlay is not None:
            self._overlay.hide()

    def _offer(self, *, first: bool = False) -> None:
        page = self._page()
        if page is None or not self._rows or self.way is None:
            # The ring of the page before would lie over what is said now.
            self._hide()
            return
        shown = self._draw(page)
        name = shown[0].name if len(shown) == 1 else _from_to(shown)
        (self.began if first else self.offered).emit(name)

    def _draw(self, page: QWidget) -> Row:
        """Put the ring around what is offered, and return that."""
        scan = self._scan
        row = self._rows[scan.row]
        shown = row if scan.place is None else (row[scan.place],)
        area = shown[0].area
        for stop in shown[1:]:
            area = area.united(stop.area)
        window = page.window()
        if self._overlay is None:
            self._overlay = Overlay(window)
        corner = page.mapTo(window, area.topLeft())
        self._overlay.show_at(QRect(corner, area.size()), self._look())
        return shown


def _keys(row: Row) -> list[str]:
    return [stop.key for stop in row]


def _from_to(row: Row) -> str:
    """Name a row by its first and its last stop."""
    return f"{row[0].name} … {row[-1].name}"

"""What is wrong with a screen, found in its widgets and its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from kiosk.flows.ballot.states import Theme
from tests.ui.walks.forms import DPI, DrawnForm
from tests.ui.walks.pixels import Picture, contrast_of_border, contrast_of_text
from ui.ballot.candidates import CardList
from ui.ballot.preferences import SampleButton
from ui.keys.stops import stops_of
from ui.operator.strip import Strip
from ui.screen import Screen
from ui.theme import MM_PER_INCH
from ui.widgets import Button, Label, Photo
from ui.widgets.stage import FOCUS, Stage, Veil

TARGET_MM, GAP_MM = 12.7, 2.5
TEXT, BORDER = 10.0, 3.0
SOFT = (4.5, 8.0)
"""Least and highest contrast of text in the soft theme."""
NO_ROLE = {QAccessible.Role.NoRole, QAccessible.Role.Client}
PIXEL = 1
"""Rounding of a length to px."""


def faults(window: QWidget, form: DrawnForm, *, pixels: bool = True) -> list[str]:
    """Return what is wrong with the screen that the window shows, a line each."""
    found = [
        *_sizes(window, form),
        *_cut(window),
        *_overlapping(window),
        *_targets(window),
        *_names(window),
        *_focus(window),
        *_titles(window),
        *_order(window),
        *_behind(window),
    ]
    if pixels:
        found += _contrast(window, form)
    return found


def _px(mm: float) -> float:
    return mm / MM_PER_INCH * DPI


def box_in(widget: QWidget, window: QWidget) -> QRect:
    """Return the widget's box in px of the window."""
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def seen(widget: QWidget, window: QWidget) -> bool:
    """Whether the widget is visible and wholly on its page: not scrolled away."""
    if not widget.isVisible():
        return False
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        area = parent.parentWidget()
        if isinstance(area, QScrollArea) and area.viewport() is parent:
            box = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
            if not parent.rect().contains(box):
                return False
            if not parent.mask().isEmpty() and not QRegion(box).subtracted(parent.mask()).isEmpty():
                return False
        parent = area
    return True


def what(widget: QWidget) -> str:
    """Return how a fault names a widget."""
    text = getattr(widget, "text", lambda: "")() or widget.accessibleName()
    return f"{type(widget).__name__} {widget.objectName() or '-'} «{text[:40]}»"


def pieces(window: QWidget) -> list[QWidget]:
    """Return the widgets that show something themselves and are in sight."""
    kinds = (Label, QAbstractButton, QLineEdit, Photo)
    return [w for w in window.findChildren(QWidget) if isinstance(w, kinds) and seen(w, window)]


def _sizes(window: QWidget, form: DrawnForm) -> Iterator[str]:
    if (window.width(), window.height()) != form.px:
        yield f"the window grew to {window.width()} × {window.height()}, not {form.px}"


def _cut(window: QWidget) -> Iterator[str]:
    for view in window.findChildren(CardList):
        if view.isVisible() and view.model().rowCount():
            high = view.gridSize().height()
            if view.viewport().height() < high:
                yield f"cut: {view.objectName()} is lower than a card"
    for area in window.findChildren(QScrollArea):
        if area.isVisible():
            yield from _too_high_for_a_page(area)
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, Label | Button) or not widget.isVisible() or not widget.text():
            continue
        if widget.width() + PIXEL < widget.minimumSizeHint().width():
            yield f"cut: {what(widget)} is narrower than its longest word"
        needed = widget.heightForWidth if isinstance(widget, Label) else widget.needed_height
        if widget.height() + PIXEL < needed(widget.width()):
            yield f"cut: {what(widget)} is lower than its text"
        if seen(widget, window):
            box = box_in(widget, window)
            if not window.rect().contains(box):
                yield f"cut: {what(widget)} is outside the window at {box}"
            elif not QRegion(widget.rect()).subtracted(widget.visibleRegion()).isEmpty():
                yield f"cut: {what(widget)} is partly hidden"


def _too_high_for_a_page(area: QScrollArea) -> Iterator[str]:
    """Nothing that cannot be shown whole: a page turns by whole things."""
    content, room = area.widget(), area.viewport().size()
    if content is None:
        return
    if content.width() > room.width() + PIXEL:
        yield f"cut: {area.objectName()} is narrower than what it holds"
    for widget in content.findChildren(QWidget):
        shown = isinstance(widget, QAbstractButton | Photo)
        if shown and widget.isVisibleTo(content) and widget.height() > room.height() + PIXEL:
            yield f"cut: {what(widget)} is higher than a page of {area.objectName()}"


def _overlapping(window: QWidget) -> Iterator[str]:
    boxes = [(w, box_in(w, window)) for w in pieces(window)]
    for (one, here), (other, there) in combinations(boxes, 2):
        if one.isAncestorOf(other) or other.isAncestorOf(one):
            continue
        common = here.intersected(there)
        if common.width() > PIXEL and common.height() > PIXEL:
            yield f"overlapping: {what(one)} and {what(other)}"


def targets(window: QWidget) -> list[tuple[str, QRect]]:
    """Return what can be touched, with its box in the window."""
    found = []
    for widget in window.findChildren(QWidget):
        if not seen(widget, window):
            continue
        if isinstance(widget, QAbstractButton | QLineEdit) and widget.isEnabled():
            found.append((what(widget), box_in(widget, window)))
        elif isinstance(widget, CardList) and widget.isEnabled():
            corner = box_in(widget.viewport(), window).topLeft()
            for row in widget.visible_rows():
                cell = widget.visualRect(widget.model().index(row, 0))
                card = widget.cards.card_rect(cell).translated(corner)
                found.append((f"card {row} of {widget.objectName()}", card))
    return found


def _owners(widget: QWidget) -> Iterator[QWidget]:
    parent = widget.parentWidget()
    while parent is not None:
        yield parent
        parent = parent.parentWidget()


def _targets(window: QWidget) -> Iterator[str]:
    every = targets(window)
    for name, box in every:
        if min(box.width(), box.height()) < _px(TARGET_MM) - PIXEL:
            yield f"small: {name} is {box.width()} × {box.height()} px"
    for (one, here), (other, there) in combinations(every, 2):
        across = max(here.left(), there.left()) - min(here.right(), there.right()) - 1
        down = max(here.top(), there.top()) - min(here.bottom(), there.bottom()) - 1
        if max(across, down) < _px(GAP_MM) - PIXEL:
            yield f"near: {one} and {other}, {max(across, down)} px"


def _names(window: QWidget) -> Iterator[str]:
    for widget in window.findChildren(QWidget):
        acts = isinstance(widget, QAbstractButton | QLineEdit | QAbstractItemView)
        if not acts or not widget.isVisible():
            continue
        said = QAccessible.queryAccessibleInterface(widget)
        if said is None or said.role() in NO_ROLE:
            yield f"no role: {what(widget)}"
        elif not said.text(QAccessible.Text.Name).strip():
            yield f"no name: {what(widget)}"


def _focus(window: QWidget) -> Iterator[str]:
    now = window.focusWidget()
    stages = [s for s in window.findChildren(Stage) if s.isVisible()]
    if not stages:
        return
    page = stages[-1].currentWidget() or stages[-1]
    if now is None:
        yield "focus: nothing has it"
    elif not now.isVisible() or not (now is page or page.isAncestorOf(now)):
        yield f"focus: {what(now)} has it, which is not on the page"
    elif isinstance(page, Veil) and page.safe() is not None and now is not page.safe():
        yield f"focus: {what(now)} has it, not the safe answer"


def _titles(window: QWidget) -> Iterator[str]:
    """Every screen asks or says one thing, and that is where the focus comes to."""
    for screen in window.findChildren(Screen):
        if not screen.isVisible():
            continue
        title = screen.title
        if title is None or not title.text().strip():
            yield f"title: {type(screen).__name__} has none"
        elif not screen.isAncestorOf(title) or not title.property(FOCUS):
            yield f"title: the focus does not come to that of {type(screen).__name__}"


def _order(window: QWidget) -> Iterator[str]:
    """Keys go through a page as it is read and heard, and the display's settings come last."""
    for stage in window.findChildren(Stage):
        page = stage.currentWidget()
        if page is None or not page.isVisible():
            continue
        keys = [w for w in stage.stops() if isinstance(w, QAbstractButton)]
        read = [stop.key for row in stops_of(page, turned_away=True) for stop in row]
        named = [w.objectName() for w in keys]
        seen_keys = [key for key in read if key in set(named)]
        if named != seen_keys:
            yield f"order: keys go {named}, it reads {seen_keys}"
        if "settings" in named and named[-1] != "settings":
            yield f"order: {named[-1]} comes after the display's settings"


def _behind(window: QWidget) -> Iterator[str]:
    for veil in window.findChildren(Veil):
        if not veil.isVisible():
            continue
        for widget in window.findChildren(QAbstractButton):
            if widget.isVisible() and not veil.isAncestorOf(widget):
                yield f"behind: {what(widget)} acts behind a question"


def _contrast(window: QWidget, form: DrawnForm) -> Iterator[str]:
    soft = form.look.theme is Theme.LOW_CONTRAST
    least, most = SOFT if soft else (TEXT, 22.0)
    QApplication.processEvents()
    picture = Picture(window)
    for widget in pieces(window):
        on_paper = any(isinstance(p, Strip) for p in _owners(widget))
        if isinstance(widget, Photo) or on_paper or not widget.isEnabled():
            continue
        box = box_in(widget, window)
        if isinstance(widget, Label | Button) and widget.text():
            ratio = contrast_of_text(picture, box.adjusted(4, 4, -4, -4))
            # A sample of another theme has the contrast of that theme.
            highest = 22.0 if isinstance(widget, SampleButton) else most
            if not least <= ratio <= highest:
                yield f"pale: {what(widget)} has {ratio:.1f}:1"
        if isinstance(widget, Button) and widget.has_border:
            ratio = contrast_of_border(picture, box)
            if ratio < BORDER:
                yield f"pale: the border of {what(widget)} has {ratio:.1f}:1"

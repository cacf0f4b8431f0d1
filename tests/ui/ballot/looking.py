"""What a person would find on a window: texts, things to touch, what is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from tests.ui.hands import turn_to
from ui.ballot.candidates import CardList
from ui.widgets import Button, Label

W = TypeVar("W", bound=QWidget)


def seen(window: QWidget, name: str, kind: type[W]) -> W:
    """The one visible widget of this name."""
    found = [w for w in window.findChildren(kind, name) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} visible widgets are called {name}"
    return found[0]


def click(window: QWidget, name: str) -> None:
    """A press and a release in the middle of the button, if nothing covers it."""
    button = seen(window, name, QAbstractButton)
    turn_to(button)
    middle = button.mapTo(window, button.rect().center())
    assert window.childAt(middle) is button, f"{name} is covered"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def click_row(window: QWidget, name: str, code: int) -> None:
    """A press and a release on the row with this selection code."""
    view = seen(window, name, QAbstractItemView)
    model = view.model()
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    index = next(i for i in rows if i.data(Qt.ItemDataRole.UserRole) == code)
    view.scrollTo(index)
    at = view.visualRect(index).center()
    assert view.viewport().rect().contains(at)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def texts(window: QWidget) -> Iterator[str]:
    """Everything written anywhere in the widget tree, visible or not, and in its models."""
    for widget in (window, *window.findChildren(QWidget)):
        yield widget.accessibleName()
        yield widget.accessibleDescription()
        yield widget.toolTip()
        yield widget.objectName()
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            yield widget.text()
        if isinstance(widget, QAbstractItemView):
            model = widget.model()
            for row in range(model.rowCount() if model is not None else 0):
                yield str(model.index(row, 0).data())


def _in_reach(widget: QWidget, window: QWidget) -> bool:
    """Not scrolled away, wholly or in part."""
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        area = parent.parentWidget()
        if isinstance(area, QScrollArea) and area.viewport() is parent:
            box = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
            return parent.rect().contains(box)
        parent = area
    return True


def cut_off(window: QWidget) -> list[str]:
    """Labels and buttons whose text does not fit them, or that stick out of the window."""
    wrong: list[str] = []
    for view in window.findChildren(CardList):
        high = view.gridSize().height()
        if view.isVisible() and view.model().rowCount() and view.viewport().height() < high:
            wrong.append(f"{view.objectName()}: lower than a card ({high})")
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, Label | Button) or not widget.isVisible():
            continue
        what = f"{type(widget).__name__} {widget.objectName()} {widget.text()!r} {widget.size()}"
        if not widget.text():
            continue
        least = widget.minimumSizeHint().width()
        if widget.width() < least:
            wrong.append(f"{what}: narrower than its longest word ({least})")
        needed = widget.heightForWidth if isinstance(widget, Label) else widget.needed_height
        high = needed(widget.width())
        if widget.height() + 1 < high:
            wrong.append(f"{what}: lower than its text ({high})")
        at = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        if _in_reach(widget, window) and not window.rect().contains(at):
            wrong.append(f"{what}: outside the window at {at}")
    return wrong


def touchable(window: QWidget) -> list[QAbstractButton]:
    return [
        b
        for b in window.findChildren(QAbstractButton)
        if b.isVisible() and b.isEnabled() and _in_reach(b, window)
    ]

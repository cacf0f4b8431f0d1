"""What tests of windows do like a person: find things, touch them, read them."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from ui.widgets.frames import Pages
from ui.widgets.stage import Stage

W = TypeVar("W", bound=QWidget)


def find(window: QWidget, kind: type[W], name: str) -> W:
    found = window.findChild(kind, name)
    assert found is not None, f"nothing is called {name}"
    return found


def typed(widget: QWidget, text: str) -> None:
    """Keys of a keyboard, in any script."""
    for letter in text:
        for way in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(way, 0, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(widget, event)


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def turn_to(widget: QWidget) -> None:
    """Turn the pages that the widget stands on to where it is seen."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, Pages):
            parent.turn_to(widget)
            settle()
        parent = parent.parentWidget()


def click(window: QWidget, name: str) -> None:
    """A press and a release where a finger would be, through the window system."""
    settle()
    found = [w for w in window.findChildren(QWidget, name) if w.isVisible()]
    assert found, f"nothing visible is called {name}"
    widget = found[0]
    turn_to(widget)
    spot = widget.mapTo(window, widget.rect().center())
    hit = window.childAt(spot)
    assert hit is widget or (hit is not None and widget.isAncestorOf(hit)), f"{name} is covered"
    handle = window.windowHandle()
    assert handle is not None
    calm(window)
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()


def calm(window: QWidget) -> None:
    """Wait, as calm hands do, until another touch of the same thing is one."""
    for stage in window.findChildren(Stage):
        stage.steady.forget()


def texts(window: QWidget) -> str:
    settle()
    return "\n".join(w.text() for w in window.findChildren(QLabel) if w.isVisible())


def everything(window: QWidget) -> str:
    """Also what is hidden, and what is said aloud."""
    settle()
    parts: list[str] = []
    for widget in [window, *window.findChildren(QWidget)]:
        parts += [widget.accessibleName(), widget.toolTip()]
        if isinstance(widget, QLabel):
            parts.append(widget.text())
    return "\n".join(parts)

"""Robot's fingers beside the mouse: touches and keys as a window system sends them, and where they are.

Keys go to the window, which gives them to whatever has the focus: what a widget keeps for itself is lost for
the robot as it is for a voter.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


@runtime_checkable
class _Cards(Protocol):
    """A list of painted cards, one of which may have the focus."""

    focused_code: int | None


class NoSuchKeyError(Exception):
    """Qt has no key of this name, or the window is on no screen."""


def press_key(window: QWidget, name: str) -> None:
    """Press and release one of Qt's keys, `Down` or `F11`. Raises NoSuchKeyError."""
    key, handle = getattr(Qt.Key, f"Key_{name}", None), window.windowHandle()
    if not isinstance(key, Qt.Key) or handle is None:
        raise NoSuchKeyError(f"there is no key {name!r}")
    QTest.keyClick(handle, key)


def type_text(window: QWidget, text: str) -> None:
    """Press and release keys with these letters or digits, in any script. Raises NoSuchKeyError."""
    handle = window.windowHandle()
    if handle is None:
        raise NoSuchKeyError("the window is on no screen")
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(handle, event)


def touch(window: QWidget, spot: QPoint, screens: list[QPointingDevice]) -> None:
    """Put a finger on a place of the window and lift it; `screens` keeps the touch screen."""
    handle = window.windowHandle()
    if handle is None:
        raise NoSuchKeyError("the window is on no screen")
    if not screens:
        screens.append(QTest.createTouchDevice())
    QTest.touchEvent(handle, screens[0]).press(0, spot, handle).commit()
    QTest.touchEvent(handle, screens[0]).release(0, spot, handle).commit()


def focus(window: QWidget) -> str:
    """Return the name of what has the focus, of a card with its code."""
    now = window.focusWidget()
    name = "" if now is None else now.objectName()
    if isinstance(now, _Cards) and now.focused_code is not None:
        return f"{name}-{int(now.focused_code)}"
    return name


def ring(window: QWidget) -> tuple[list[str], bool]:
    """Return what a scan offers, and whether that is one of a row."""
    scanner = getattr(getattr(window, "pilot", None), "scanner", None)
    if scanner is None:
        return [], False
    return [str(one) for one in scanner.offers], bool(scanner.in_row)

"""Robot for a running station: it clicks what a person could click, in the real windows.

The robot listens on a Unix socket inside the station's process and takes one JSON object a line::

    {"do": "look"}                         what is on the screen: the window's properties `flow`, `detail`,
                                           `console`, `consoleDetail`, and the `names` of what can be touched
    {"do": "click", "name": "next"}        a mouse press and release in the middle of the widget
    {"do": "touch", "name": "next"}        the same by a finger on a touch screen
    {"do": "key", "key": "Down"}           one of Qt's keys, to the window
    {"do": "key", "key": "F11", "offered": "next", "inRow": false}   the same once a scan offers it
    {"do": "type", "text": "1044"}         keys with these letters or digits
    {"do": "where"}                        what has the `focus`, what a scan's `ring` is around, and
                                           whether that is one of a row (`inRow`)
    {"do": "row", "name": V, "code": 17}   a row of a list view, scrolled to and clicked
    {"do": "grab", "path": FILE}           a picture of the window as it is
    {"do": "watch", "prefix": PATH}        from now on a picture of every screen when it first appears,
                                           also of those that pass in a moment: PATH + flow or console
    {"do": "texts"}                        everything readable in the window
    {"do": "behind", "box": [x, y, w, h]}  moves the window there, in px, behind the others
    {"do": "picture", "width": W}          what the window shows now, W px wide, as PNG in base64
    {"do": "front"}                        brings the window to the front, with a button that leads back

Events go in where the window system's would, so a widget that is covered, hidden or disabled cannot
be operated. Only the composition root loads this module, by name; an installation without
`simulators` has no robot and no way to switch one on.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Protocol, runtime_checkable

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QIODevice,
    QObject,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImageWriter, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from shiboken6 import isValid

from simulators.robot_keys import NoSuchKeyError, focus, press_key, ring, touch, type_text

CODE_ROLE = int(Qt.ItemDataRole.UserRole)
"""Under this role a list model gives a row's selection code."""

LAYOUT_ROUNDS = 6
WAY_BACK = 50
"""Side in px of the button that leads back: 12.7 mm at 96 dpi and more."""
ANSWER_S = 30.0
"""A station that does not draw for so long is taken for dead."""
PARENT_S = 1.0
"""How often a robot looks whether somebody is still there for it."""

RobotAnswer = dict[str, object]


class RobotError(Exception):
    """The command cannot be done as a person could; the message says why."""


class RobotHands(QObject):
    """Carries out commands on the GUI thread."""

    _asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._asked.connect(self._carry_out, Qt.ConnectionType.QueuedConnection)
        self._album: _Album | None = None
        self._touch_screens: list[QPointingDevice] = []
        self._way_back: WayBack | None = None

    def ask(self, command: dict[str, object]) -> RobotAnswer:
        """Carry out a command on the GUI thread and return the answer; to be called from any other thread."""
        answers: Queue[RobotAnswer] = Queue()
        self._asked.emit((command, answers.put))
        return answers.get()

    def _carry_out(self, asked: tuple[dict[str, object], Callable[[RobotAnswer], None]]) -> None:
        command, answer = asked
        try:
            answer({"ok": True, **self._do(command)})
        except (RobotError, NoSuchKeyError) as problem:
            answer({"ok": False, "why": str(problem)})
        except RuntimeError:
            # The screen was exchanged while the finger was on its way (Qt's object is deleted).
            answer({"ok": False, "why": "the screen changed"})

    def _do(self, command: dict[str, object]) -> RobotAnswer:
        match command:
            case {"do": "look"}:
                window = _window()
                return {
                    "flow": window.property("flow"),
                    "console": window.property("console"),
                    "detail": window.property("detail") or "",
                    "consoleDetail": window.property("consoleDetail") or "",
                    "names": sorted(_operable(window)),
                }
            case {"do": "click", "name": str(name)}:
                widget = _find(_window(), name)
                _into_view(widget)
                _click(widget, None)
                return {}
            case {"do": "touch", "name": str(name)}:
                widget = _find(_window(), name)
                _into_view(widget)
                _click(widget, None, self._touch_screens)
                return {}
            case {"do": "key", "key": str(key), "offered": str(name), "inRow": bool(alone)}:
                offered, in_row = ring(_window())
                if name not in offered or in_row is not alone:
                    raise RobotError(f"{name} is not offered now")
                press_key(_window(), key)
                return {"offered": len(offered)}
            case {"do": "key", "key": str(key)}:
                press_key(_window(), key)
                return {}
            case {"do": "type", "text": str(text)}:
                type_text(_window(), text)
                return {}
            case {"do": "where"}:
                offered, in_row = ring(_window())
                return {"focus": focus(_window()), "ring": offered, "inRow": in_row}
            case {"do": "row", "name": str(name), "code": int(code)}:
                self._click_row(name, code)
                return {}
            case {"do": "grab", "path": str(path)}:
                _photograph(_window(), path)
                return {}
            case {"do": "watch", "prefix": str(prefix)}:
                self._album = _Album(_window(), prefix)
                return {}
            case {"do": "texts"}:
                return {"texts": _texts(_window())}
            case {"do": "behind", "box": [int(x), int(y), int(width), int(height)]}:
                window = _window()
                window.setGeometry(x, y, width, height)
                window.lower()
                return {}
            case {"do": "picture", "width": int(width)}:
                return {"png": _picture(_window(), width)}
            case {"do": "front"}:
                self._way_back = self._way_back or WayBack()
                self._way_back.bring(_window())
                return {}
            case _:
                raise RobotError("unknown command")

    def _click_row(self, name: str, code: int) -> None:
        view = _find(_window(), name)
        if not isinstance(view, QAbstractItemView):
            raise RobotError(f"{name} is no list")
        model = view.model()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            if index.data(CODE_ROLE) == code:
                view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
                QApplication.processEvents()
                _click(view.viewport(), view.visualRect(index).center())
                return
        raise RobotError(f"no row with code {code} in {name}")


class _Album(QObject):
    """Keeps one picture of every screen of a window."""

    def __init__(self, window: QWidget, prefix: str) -> None:
        super().__init__(window)
        self._shown = window
        self._prefix = prefix
        self._kept: set[str] = set()
        window.installEventFilter(self)
        self._keep()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.DynamicPropertyChange:
            # The property changes before the screen is drawn, in the same call.
            QTimer.singleShot(0, self._keep)
        return super().eventFilter(watched, event)

    def _keep(self) -> None:
        window = self._shown
        flow, console = window.property("flow"), window.property("console")
        name = flow if console in (None, "Away") else f"operator-{console}"
        if name not in self._kept:
            self._kept.add(name)
            _photograph(window, f"{self._prefix}{name}.png")


class WayBack(QPushButton):
    """Button over a window that was brought to the front; a touch sends the window behind the others."""

    def __init__(self) -> None:
        super().__init__("⤓")
        flags = Qt.WindowType
        self.setWindowFlags(flags.Tool | flags.FramelessWindowHint | flags.WindowStaysOnTopHint)
        self.setObjectName("to-branch")
        self.setFixedSize(WAY_BACK, WAY_BACK)
        self.setStyleSheet(
            "background: #003f47; color: #ffffff; font-size: 28px; border: 2px solid #ffffff;"
            f"border-radius: {WAY_BACK // 2}px;"
        )
        self._fronted: QWidget | None = None
        self.clicked.connect(self._send_back)

    def bring(self, window: QWidget) -> None:
        """Bring a window to the front and stand in the middle of its upper edge."""
        self._fronted = window
        window.show()
        window.raise_()
        window.activateWindow()
        place = window.geometry()
        self.move(place.center().x() - WAY_BACK // 2, place.top() + 2)
        self.show()
        self.raise_()

    def _send_back(self) -> None:
        self.hide()
        if self._fronted is not None:
            self._fronted.lower()


def _picture(window: QWidget, width: int) -> str:
    """Return what a window shows, `width` px wide, as PNG in base64."""
    shown = window.grab().toImage()
    small = shown.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(small)
    return base64.b64encode(bytes(data.data())).decode()


def _photograph(window: QWidget, path: str) -> None:
    """Let the window finish its layout and nothing else happen, then keep a picture of it."""
    for _ in range(LAYOUT_ROUNDS):
        for part in (window, *window.findChildren(QObject)):
            if isValid(part):
                QCoreApplication.sendPostedEvents(part, 0)
    if not window.grab().save(path):
        raise RobotError(f"cannot write {path}")


def _window() -> QWidget:
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isWindow()]
    if not windows:
        raise RobotError("no window is open")
    return max(windows, key=lambda w: w.width() * w.height())


def _find(window: QWidget, name: str) -> QWidget:
    seen = [w for w in window.findChildren(QWidget, name) if w.isVisible()]
    if not seen:
        raise RobotError(f"nothing visible is called {name}")
    if not seen[0].isEnabled():
        raise RobotError(f"{name} is disabled")
    return seen[0]


@runtime_checkable
class _Guard(Protocol):
    """What takes a second touch that comes soon for a tremble."""

    def forget(self) -> None:
        """Take the next one."""


@runtime_checkable
class _Turned(Protocol):
    """Content that may be higher than the screen, and is turned to what is wanted."""

    def turn_to(self, widget: QWidget) -> None:
        """Show this part of it."""


def _into_view(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, _Turned):
            parent.turn_to(widget)
            QApplication.processEvents()
        parent = parent.parentWidget()


def _click(
    widget: QWidget, where: QPoint | None, screens: list[QPointingDevice] | None = None
) -> None:
    """Press and release, in the middle or at `where`; through the window system, so that hits are real.

    By a finger if `screens` is given, which keeps the touch screen.
    """
    window = widget.window()
    at = _settled(widget, where)
    hit = window.childAt(at)
    if hit is None or not (hit is widget or widget.isAncestorOf(hit)):
        covering = hit.objectName() or type(hit).__name__ if hit else "nothing"
        raise RobotError(f"{widget.objectName()} is covered by {covering}")
    handle = window.windowHandle()
    if handle is None:
        raise RobotError("the window is not on any screen")
    felt: list[bool] = []
    if isinstance(widget, QAbstractButton):
        widget.clicked.connect(lambda: felt.append(True))
    for guard in window.findChildren(QObject, "steady-hand"):
        if isinstance(guard, _Guard):
            # A robot does not tremble: a second touch is meant, however soon it comes.
            guard.forget()
    if screens is None:
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    else:
        touch(window, at, screens)
    if isinstance(widget, QAbstractButton) and not felt:
        raise RobotError(f"{widget.objectName()} moved away under the finger")


def _settled(widget: QWidget, where: QPoint | None) -> QPoint:
    """Return the place in the window, once a screen that has just appeared has found its layout."""
    at = _in_window(widget, where)
    for _ in range(LAYOUT_ROUNDS):
        QApplication.processEvents()
        before, at = at, _in_window(widget, where)
        if at == before:
            break
    return at


def _in_window(widget: QWidget, where: QPoint | None) -> QPoint:
    return widget.mapTo(widget.window(), widget.rect().center() if where is None else where)


def _operable(window: QWidget) -> list[str]:
    widgets = [*window.findChildren(QAbstractButton), *window.findChildren(QAbstractItemView)]
    return [w.objectName() for w in widgets if w.isVisible() and w.isEnabled() and w.objectName()]


def _texts(window: QWidget) -> list[str]:
    written: list[QLabel | QAbstractButton | QLineEdit] = [
        *window.findChildren(QLabel),
        *window.findChildren(QAbstractButton),
        *window.findChildren(QLineEdit),
    ]
    return [widget.text() for widget in written if widget.isVisible() and widget.text()]


class Robot:
    """Serves one client after another on `path` until the process, or the one that started it, ends.

    A station nobody drives any more would hold serial lines that the next simulators are given.
    """

    def __init__(self, path: Path) -> None:
        self._hands = RobotHands()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        threading.Thread(target=self._serve, name="robot", daemon=True).start()
        threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with client, client.makefile("rw", encoding="utf-8") as lines:
                for line in lines:
                    answer = self._hands.ask(json.loads(line))
                    lines.write(json.dumps(answer, ensure_ascii=False) + "\n")
                    lines.flush()


def _end_with(parent: int) -> None:
    """Ask this process to end once its parent has."""
    while os.getppid() == parent:
        time.sleep(PARENT_S)
    os.kill(os.getpid(), signal.SIGTERM)


class RobotClient:
    """Client's end of the socket, for a test or the demo's driver."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self._lock = threading.Lock()

    def ask(self, **command: object) -> RobotAnswer:
        """Send one command. Raises RobotError if it could not be done, or the station is gone."""
        try:
            with self._lock:
                self._lines.write(json.dumps(command) + "\n")
                self._lines.flush()
                line = self._lines.readline()
        except TimeoutError as problem:
            raise RobotError(f"the station did not answer for {ANSWER_S:.0f} s") from problem
        except (OSError, ValueError) as problem:  # ValueError: closed meanwhile
            raise RobotError("the station is gone") from problem
        if not line:
            raise RobotError("the station is gone")
        answer: RobotAnswer = json.loads(line)
        if not answer["ok"]:
            raise RobotError(str(answer["why"]))
        return answer

    def close(self) -> None:
        """Close the connection."""
        # What was not sent to a station that is gone has nowhere to go.
        with contextlib.suppress(OSError):
            self._lines.close()
        self._socket.close()

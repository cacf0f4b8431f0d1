"""Stage of a window: its content, and the one layer above it for questions, on which nothing else can act.

While a question is open the content is hidden and a dimmed picture of it is shown: no touch, no key and no
screen reader reaches it, and nothing in it can paint. The stage also keeps the focus where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

from ui.widgets.look import Look
from ui.widgets.order import in_reading_order
from ui.widgets.steady import SteadyHand

FOCUS = "focus-rank"
"""Property of what the focus may go to when a screen appears."""


LAST = ("help", "settings")
"""Names of what comes last when a screen is heard."""


class FocusRank(IntEnum):
    """Claim to the focus when a screen appears; the highest that is visible has it."""

    HEADING = 1
    """What the screen says or asks: it is read first, and Enter on it does nothing."""
    ENTRY = 2
    """Where the digits or letters of a keyboard go."""


class Stage(QStackedWidget):
    """Content, or the last question that was opened over it."""

    opened = Signal(QWidget)
    """A question has come, and has the focus."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self._questions: list[Veil] = []
        self._taking = False
        self.tabbed: Callable[[bool], None] | None = None
        """Takes the tab key, True for forward; None: it goes to the next widget as the page is read."""
        self._before: list[QWidget | None] = []
        """What had the focus before each question."""
        self.steady = SteadyHand(self)
        self.addWidget(content)
        self.widgetRemoved.connect(self._removed)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.keep_focus)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at every touch of the window before it acts."""
        super().showEvent(event)
        handle = self.window().windowHandle()
        if handle is not None:
            # Once: Qt moves a filter that is there already.
            handle.installEventFilter(self.steady)

    @property
    def taking(self) -> bool:
        """Whether a picture of the content is being taken, for which its size may change."""
        return self._taking

    @property
    def asking(self) -> bool:
        """Whether a question is open."""
        return bool(self._questions)

    def picture(self) -> QPixmap:
        """Return what the content would show now."""
        self._taking = True
        # What has just been filled is laid out first: it would be a picture of squeezed lines.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        if self._content.size() != self.size():
            self._content.resize(self.size())
        picture = self._content.grab()
        self._taking = False
        if not self._content.isVisible():
            # What was laid out anew for the picture counts as visible otherwise.
            for part in self._content.findChildren(QWidget):
                if part.isVisible():
                    part.setAttribute(Qt.WidgetAttribute.WA_WState_Visible, False)
        return picture

    def open(self, question: Veil) -> None:
        """Show a question in place of what is there, with the focus on its safe answer."""
        if question in self._questions:
            return
        self._before.append(self.window().focusWidget())
        self._questions.append(question)
        self.addWidget(question)
        self.setCurrentWidget(question)
        # Qt has given it to the first widget of the question meanwhile.
        (question.safe() or question).setFocus(Qt.FocusReason.OtherFocusReason)
        self.opened.emit(question)

    def keep_focus(self) -> None:
        """Give the focus to what the shown page asks, unless something visible on it has it."""
        page = self.currentWidget()
        now = self.window().focusWidget()
        if page is None or not page.isVisible() or (now and _may_have_focus(now, page)):
            return
        wanted = page.safe() if isinstance(page, Veil) else None
        (wanted or _highest(page) or page).setFocus(Qt.FocusReason.OtherFocusReason)

    def new_screen(self) -> None:
        """Move the focus to what a screen asks that has just appeared."""
        self.keep_focus_later()
        if not self.asking and (wanted := _highest(self._content)) is not None:
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_focus_later(self) -> None:
        """Look after the focus once what is being changed is changed."""
        self._later.start(0)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus as the page is read; help and the display's settings come last."""
        if self.tabbed is not None:
            self.tabbed(forward)
            return True
        read, now = self.in_order(), self.window().focusWidget()
        here = read.index(now) if now in read else -1
        around = read[here + 1 :] + read[: max(0, here)]
        if not forward:
            around.reverse()
        stop = next((w for w in around if _is_stop(w)), None)
        if stop is None:
            return False
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stop.setFocus(reason)
        return True

    def in_order(self) -> list[QWidget]:
        """Return what is on the shown page as it is read; help and the display's settings come last."""
        page = self.currentWidget()
        read = list(in_reading_order(page)) if page is not None else []
        return sorted(
            read, key=lambda w: LAST.index(w.objectName()) if w.objectName() in LAST else -1
        )

    def stops(self) -> list[QWidget]:
        """Return what keys go to on the shown page, in that order."""
        return [widget for widget in self.in_order() if _is_stop(widget)]

    def _removed(self, _index: int) -> None:
        """Go back to what was there before a question that has left, and to its focus."""
        kept = [q for q in self._questions if self.indexOf(q) >= 0]
        if kept == self._questions:
            return
        before = self._before[len(kept)]
        self._questions, self._before = kept, self._before[: len(kept)]
        page = kept[-1] if kept else self._content
        self.setCurrentWidget(page)
        if before is not None and isValid(before) and _may_have_focus(before, page):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.keep_focus_later()


class Veil(QWidget):
    """Layer over the stage that its owner stands on, with a dimmed picture of what is there.

    `show` opens it. It leaves with its owner, or when it is discarded. Without a stage it covers
    its owner alone.
    """

    def __init__(self, look: Look, owner: QWidget) -> None:
        super().__init__(stage_of(owner) or owner)
        self._look, self._owner = look, owner
        self._behind: QPixmap | None = None
        self._taken = QSize()
        """Size of the stage when the picture was taken; the content may not be able to be as small."""
        self.hide()
        self.setGeometry(owner.rect())
        owner.installEventFilter(self)
        owner.destroyed.connect(self._leave)

    def safe(self) -> QWidget | None:
        """Return what has the focus first: the answer that changes nothing; None if there is none."""
        return None

    def show(self) -> None:
        """Open it over everything else."""
        stage = stage_of(self._owner)
        if stage is None:
            super().show()
            self.raise_()
            return
        self._taken = stage.size()
        self._behind = stage.picture()
        stage.open(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave with the owner; the event is never consumed."""
        if watched is self._owner and event.type() == QEvent.Type.ParentChange:
            self._leave()
        return False

    def _leave(self) -> None:
        """Leave the stage, also when the owner went with what it stood in."""
        if isValid(self):
            self.hide()
            self.setParent(None)
            self.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take a new picture of what is behind."""
        super().resizeEvent(event)
        stage = stage_of(self)
        if stage is None or stage.taking or self._behind is None:
            return
        if self._taken != stage.size():
            self._taken = stage.size()
            self._behind = stage.picture()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim what is behind."""
        painter = QPainter(self)
        self.paint_behind(painter)
        colour = QColor(self._look.style.palette.scrim)
        colour.setAlphaF(0.72)
        painter.fillRect(self.rect(), colour)

    def paint_behind(self, painter: QPainter) -> None:
        """Paint the picture of what was there."""
        if self._behind is not None:
            painter.drawPixmap(0, 0, self._behind)


def stage_of(widget: QWidget) -> Stage | None:
    """Return the stage that a widget stands on, None if there is none."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, Stage):
        parent = parent.parentWidget()
    return parent


def claim_focus(widget: QWidget, rank: FocusRank) -> None:
    """Let the focus come to the widget when its screen appears."""
    widget.setProperty(FOCUS, int(rank))


def _is_stop(widget: QWidget) -> bool:
    tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tab and widget.isVisible() and widget.isEnabled()


def _may_have_focus(widget: QWidget, page: QWidget) -> bool:
    inside = widget is page or page.isAncestorOf(widget)
    return inside and widget.isVisibleTo(page) and widget.isEnabled()


def _highest(page: QWidget) -> QWidget | None:
    """Return the visible widget with the highest claim, the first of equals."""
    claims = [
        (int(w.property(FOCUS)), w)
        for w in page.findChildren(QWidget)
        if w.property(FOCUS) and w.isVisibleTo(page)
    ]
    return max(claims, key=lambda claim: claim[0])[1] if claims else None

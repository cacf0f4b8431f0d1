"""Cards, bars and rows that hold other widgets."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kiosk.status import Mode
from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.look import Look
from ui.widgets.stage import FocusRank, claim_focus
from ui.widgets.typesetting import natural_width

Item = QWidget | QLayout | int
"""A widget, a layout, or an integer: a stretch."""


def row(*items: Item, spacing: int = 0) -> QHBoxLayout:
    """Return a layout whose items stand side by side in reading direction, `spacing` px apart."""
    layout = QHBoxLayout()
    fill(layout, items, spacing)
    return layout


def column(*items: Item, spacing: int = 0) -> QVBoxLayout:
    """Return a layout whose items stand below each other, `spacing` px apart."""
    layout = QVBoxLayout()
    fill(layout, items, spacing)
    return layout


def fill(layout: QBoxLayout, items: tuple[Item, ...], spacing: int) -> None:
    """Add widgets, layouts and stretches (integers) to a layout without margins."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        match item:
            case int():
                layout.addStretch(item)
            case QWidget():
                layout.addWidget(item)
            case QLayout():
                layout.addLayout(item)


def discard(widget: QWidget | None) -> None:
    """Let a widget, if there is one, leave the window at once."""
    if widget is not None:
        widget.hide()
        widget.setParent(None)
        widget.deleteLater()


def clear(layout: QLayout) -> None:
    """Remove everything from a layout; the widgets leave the window at once."""
    while (item := layout.takeAt(0)) is not None:
        discard(item.widget())
        inner = item.layout()
        if inner is not None:
            clear(inner)


class BorderedFrame(QFrame):
    """Bordered area. `role`: card, sunken, soft, good, warn, bad (see `Style.stylesheet`)."""

    def __init__(
        self, look: Look, role: str = "card", *, name: str = "", pad_mm: float = 4
    ) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setObjectName(name)
        self._pad = look.style.mm(pad_mm)

    def hold(self, layout: QLayout) -> None:
        """Set the layout with the card's padding around it."""
        layout.setContentsMargins(self._pad, self._pad, self._pad, self._pad)
        self.setLayout(layout)

    def set_role(self, role: str) -> None:
        """Change the role and apply the stylesheet again."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


class HeaderBar(QFrame):
    """Title and note at the start, buttons at the end. `inline`: the note beside the title."""

    def __init__(
        self, look: Look, title: str, note: str = "", *buttons: QWidget, inline: bool = False
    ) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        style = look.style
        self.title = Label(look, title, Ink.TITLE, name="title")
        claim_focus(self.title, FocusRank.HEADING)
        self.note = Label(look, note, Ink.SMALL, Tone.MUTED, name="note")
        words: QBoxLayout
        if inline:
            words = row(self.title, self.note, spacing=style.mm(4))
            words.setStretch(0, 1000)
            words.addStretch(1)
            self.note.setWordWrap(False)
        else:
            words = column(self.title, self.note)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(style.margin, style.mm(1.6), style.margin, style.mm(1.6))
        layout.setSpacing(style.gap)
        layout.addLayout(words, 1)
        self._words, self._inline = words, inline
        self.say(title, note)
        for button in buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def words_rect(self) -> QRect:
        """Return the area of title and note, where nothing is to be touched."""
        return self._words.geometry()

    def show_words(self, *, visible: bool) -> None:
        """Show title and note, or leave their room empty for what lies over it."""
        for words in (self.title, self.note):
            policy = words.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            words.setSizePolicy(policy)
        self.title.setVisible(visible)
        self.note.setVisible(visible and bool(self.note.text()))

    def say(self, title: str, note: str = "") -> None:
        """Set title and note; an empty `note` is hidden."""
        self.title.setText(title)
        if self._inline:
            # No wider than its text, so that the note stands right after it.
            self.title.setMaximumWidth(ceil(natural_width(title, self.title.font())) + 2)
        self.note.setText(note)
        self.note.setVisible(bool(note))


class FooterBar(QFrame):
    """Bar at the bottom: back at the start, the main action at the end."""

    def __init__(self, look: Look, *items: Item) -> None:
        super().__init__()
        self.setProperty("role", "foot")
        style = look.style
        layout = row(*items, spacing=style.gap)
        layout.setContentsMargins(style.margin, style.mm(1.8), style.margin, style.mm(1.8))
        self.setLayout(layout)


class ModeBanner(QFrame):
    """Banner across the top of every screen unless the votes count."""

    def __init__(self, look: Look, mode: Mode) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setObjectName("mode-banner")
        t, style = look.t, look.style
        match mode:
            case Mode.REAL:
                text = ""
            case Mode.REHEARSAL:
                text = t("Rehearsal: no vote counts.")
            case Mode.SIMULATION:
                text = t("Simulation: no vote counts.")
            case Mode.OWN_DOCUMENTS:
                text = t("Rehearsal with documents that only this station trusts: no vote counts.")
        icon = Icon(look, "info", style.icon_px(Ink.SMALL), style.palette.warn)
        layout = row(
            1, icon, Label(look, text, Ink.SMALL, Tone.WARN, wrap=False), 1, spacing=style.mm(1.5)
        )
        layout.setContentsMargins(style.margin, style.mm(0.3), style.margin, style.mm(0.3))
        self.setLayout(layout)
        self.setVisible(mode is not Mode.REAL)


class _Shown(QScrollArea):
    """The part of a page that is seen. Keys mean nothing to it: arrows go from stop to stop."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the window; Qt would scroll by arrows and take them."""
        event.ignore()


def pages_around(widget: QWidget) -> Iterator[QScrollArea]:
    """Yield what is turned page by page around a widget, from within."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, _Shown):
            yield parent
        parent = parent.parentWidget()


def turn_to(widget: QWidget) -> None:
    """Turn the pages that a widget stands on to where it is seen whole."""
    for area in pages_around(widget):
        area.ensureWidgetVisible(widget, 0, 0)


class Pages(QWidget):
    """Content that may be higher than the screen, moved by two buttons: no gesture is needed.

    The buttons are called `<name>-up` and `<name>-down` and are there only if something is
    hidden. `words`: the buttons have text.
    """

    def __init__(
        self,
        look: Look,
        name: str,
        content: QWidget,
        *,
        words: bool = False,
    ) -> None:
        super().__init__()
        t, style = look.t, look.style
        content.setProperty("role", "scrolled")
        self.area = _Shown()
        self.area.setObjectName(name)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(content)
        up, down = t("Further up"), t("Further down")
        self.up = Button(look, f"{name}-up", up if words else "", icon="up", said=up)
        self.down = Button(look, f"{name}-down", down if words else "", icon="down", said=down)
        line = row(self.up, self.down, spacing=style.gap)
        self.setLayout(column(self.area, line, spacing=style.gap))
        bar = self.area.verticalScrollBar()
        self.up.clicked.connect(lambda: self._turn(-1))
        self.down.clicked.connect(lambda: self._turn(1))
        bar.rangeChanged.connect(self._show_turners)
        bar.valueChanged.connect(self._show_turners)
        self._content = content
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show_whole)
        content.installEventFilter(self)
        self._show_turners()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again for what is cut once the content is laid out anew; the event is never consumed."""
        if watched is self._content and event.type() in {
            QEvent.Type.LayoutRequest,
            QEvent.Type.Resize,
        }:
            self._later.start(0)
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again for what is cut."""
        super().resizeEvent(event)
        self._later.start(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Show the buttons that are needed by now."""
        super().showEvent(event)
        self._show_turners()

    def _turn(self, way: int) -> None:
        """Turn a page: what was cut at the lower edge comes first on the next one."""
        bar = self.area.verticalScrollBar()
        step = round(bar.pageStep() * 0.85)
        tops = [box.top() for box in self._cut() if box.top() > 0]
        if way > 0 and tops:
            step = max(1, min(tops))
        bar.setValue(bar.value() + way * step)

    def _cut(self) -> list[QRect]:
        """Return the boxes on the visible part of those things that only partly lie on it."""
        visible = self.area.viewport().rect()
        boxes = [b for b in self._boxes() if b.intersects(visible) and not visible.contains(b)]
        return [box for box in boxes if box.height() <= visible.height()]

    def _boxes(self) -> Iterator[QRect]:
        """Yield the boxes of what holds nothing else, in px of the visible part.

        A text higher than a page is turned by its lines.
        """
        page = self.area.viewport().height()
        for part in self._content.findChildren(QWidget):
            if part.isVisibleTo(self._content) and not part.findChild(QWidget):
                at = part.mapTo(self._content, QPoint(0, 0)) + self._content.pos()
                long = isinstance(part, Label) and part.height() > page
                lines = part.lines() if isinstance(part, Label) and long else (part.rect(),)
                for box in lines:
                    yield box.translated(at)

    def _show_whole(self) -> None:
        """Hide what only partly lies on the page: nothing is shown half."""
        view = self.area.viewport()
        if self.area.verticalScrollBar().maximum() != max(
            0, self._content.height() - view.height()
        ):
            # The buttons came while Qt laid this out, and it went on with the room that was there before.
            QApplication.sendEvent(self.area, QEvent(QEvent.Type.LayoutRequest))
        cut = self._cut()
        whole = [box for box in self._boxes() if view.rect().contains(box)]
        left = QRegion(view.rect())
        for box in cut:
            below = QRect(0, box.top(), view.width(), view.height() - box.top())
            alone = box.top() > 0 and not any(below.intersects(other) for other in whole)
            left -= QRegion(below if alone else box)
        view.setMask(left)

    def _show_turners(self) -> None:
        bar = self.area.verticalScrollBar()
        self._later.start(0)
        for button in (self.up, self.down):
            button.setVisible(bar.maximum() > 0)
        self.up.setEnabled(bar.value() > 0)
        self.down.setEnabled(bar.value() < bar.maximum())

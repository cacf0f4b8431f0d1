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
from shiboken6 import isValid

from kiosk.status import Lamp, Mode
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

    def add_first(self, button: QWidget) -> None:
        """Add a button before the others."""
        layout = self.layout()
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(1, button, 0, Qt.AlignmentFlag.AlignVCenter)

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
        self.line = row(*items, spacing=style.gap)
        self.line.setContentsMargins(style.margin, style.mm(1.8), style.margin, style.mm(1.8))
        self.setLayout(self.line)


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
            case Mode.TRAINING:
                text = t("Training: no vote counts.")
            case Mode.OWN_DOCUMENTS:
                text = t("Rehearsal with documents that only this station trusts: no vote counts.")
        icon = Icon(look, "info", style.icon_px(Ink.SMALL), style.palette.warn)
        layout = row(
            1, icon, Label(look, text, Ink.SMALL, Tone.WARN, wrap=False), 1, spacing=style.mm(1.5)
        )
        layout.setContentsMargins(style.margin, style.mm(0.3), style.margin, style.mm(0.3))
        self.setLayout(layout)
        self.setVisible(mode is not Mode.REAL)


class NoticeBanner(QFrame):
    """Banner of what officers are told of a device, where nobody is served just now."""

    def __init__(self, look: Look, notice: Lamp) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setObjectName(f"notice-{notice.key}")
        t, style = look.t, look.style
        icon = Icon(look, "warning", style.icon_px(Ink.SMALL), style.palette.warn)
        name = Label(look, t(notice.name), Ink.SMALL, Tone.WARN, wrap=True)
        layout = row(icon, name, spacing=style.mm(1.5))
        layout.setStretch(1, 1)
        layout.setContentsMargins(style.margin, style.mm(0.3), style.margin, style.mm(0.3))
        self.setLayout(layout)


class _Area(QScrollArea):
    """Scroll area whose keys are the window's: Qt would keep arrows for itself, and nobody would get out."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the window."""
        event.ignore()


class Pages(QWidget):
    """Content that may be higher than the screen, moved by two buttons: no gesture is needed.

    The buttons are called `<name>-up` and `<name>-down`, are there only if something is hidden, and say
    how many more there are. A page shows whole things only. `words`: the buttons always have text.
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
        self._look, self._words = look, words
        content.setProperty("role", "scrolled")
        self.area = _Area()
        self.area.setObjectName(name)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(content)
        self.up = Button(look, f"{name}-up", icon="up", said=t("Further up"))
        self.down = Button(look, f"{name}-down", icon="down", said=t("Further down"))
        self._line = row(self.up, self.down, spacing=style.gap)
        self.setLayout(column(self.area, self._line, spacing=style.gap))
        bar = self.area.verticalScrollBar()
        self.up.clicked.connect(lambda: self._turn(-1))
        self.down.clicked.connect(lambda: self._turn(1))
        bar.rangeChanged.connect(self._show_turners)
        bar.valueChanged.connect(self._show_turners)
        self._content = content
        self._begin: QWidget | int | None = None
        self._showing = False
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
        self._show_turners()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the buttons that are needed by now."""
        super().showEvent(event)
        self._show_turners()

    def _turn(self, way: int) -> None:
        """Turn a page: what was cut at the lower edge comes first on the next one."""
        self._begin = None
        bar = self.area.verticalScrollBar()
        starts = self._starts()
        here = max(n for n, start in enumerate(starts) if start <= bar.value())
        if way < 0 and starts[here] == bar.value():
            here -= 1
        bar.setValue(starts[min(max(0, here + max(0, way)), len(starts) - 1)])

    def _starts(self) -> list[int]:
        """Return where each page begins in px of the content; the last one ends with the content."""
        bar, page = self.area.verticalScrollBar(), self.area.viewport().height()
        boxes = [box.translated(0, bar.value()) for _, box in self._boxes()]
        starts = [0]
        while starts[-1] < bar.maximum():
            end = starts[-1] + page
            cut = [b.top() for b in boxes if b.bottom() >= end and b.top() > starts[-1]]
            starts.append(min([bar.maximum(), end, *cut]))
        return starts

    def begin(self, place: QWidget | int) -> None:
        """Show the page with a widget of the content, or one at px from its top, once it is laid out."""
        self._begin = place
        self._later.start(0)

    def turn_to(self, widget: QWidget) -> None:
        """Turn to a page on which a widget of the content is whole."""
        self._begin = None
        bar = self.area.verticalScrollBar()
        here = QRect(widget.mapTo(self._content, QPoint(0, 0)), widget.size())
        things = [box.translated(0, bar.value()) for _, box in self._boxes()]
        whole = [box.top() for box in things if box.contains(here)]
        # What is higher than a page has no box: it begins with the first thing in it.
        parts = [box.top() for box in things if here.contains(box)]
        top = min(whole or parts, default=here.top())
        bar.setValue(max(start for start in self._starts() if start <= max(0, top)))
        self._show_whole()

    def _boxes(self) -> list[tuple[bool, QRect]]:
        """Return the boxes of what is shown whole or not at all, in px of the visible part.

        The first value: it is one of the things that are counted, and not a mere text. A card higher
        than a page is turned by what it holds, a text by its lines.
        """
        page = self.area.viewport().height()

        def boxes(parent: QWidget) -> Iterator[tuple[bool, QRect]]:
            for part in parent.children():
                if not isinstance(part, QWidget) or not part.isVisibleTo(self._content):
                    continue
                at = part.mapTo(self._content, QPoint(0, 0)) + self._content.pos()
                thing = isinstance(part, BorderedFrame | Button) or bool(part.property(WHOLE))
                holds = part.findChild(QWidget) is not None
                if (thing or not holds) and part.height() <= page:
                    yield thing, part.rect().translated(at)
                elif isinstance(part, Label):
                    yield from ((False, line.translated(at)) for line in part.lines())
                elif holds:
                    yield from boxes(part)
                else:
                    yield thing, part.rect().translated(at)

        return list(boxes(self._content))

    def _show_whole(self) -> None:
        """Hide what only partly lies on the page: nothing is shown half."""
        if self.up.isHidden() is self._are_needed():
            # What it holds became lower or higher while Qt was laying it out.
            self._show_turners()
        layout = self.layout()
        if layout is not None and self.up.isVisible() and not self.up.height():
            # They were shown while the page itself was being laid out.
            layout.invalidate()
            layout.activate()
        place, self._begin = self._begin, None
        if isinstance(place, int):
            self.area.verticalScrollBar().setValue(place)
        elif place is not None and isValid(place):
            self.turn_to(place)
            # Until somebody turns: while a window is laid out, pages are of all heights.
            self._begin = place
        view = self.area.viewport()
        if self.area.verticalScrollBar().maximum() != max(
            0, self._content.height() - view.height()
        ):
            # The buttons came while Qt laid this out, and it went on with the room that was there before.
            QApplication.sendEvent(self.area, QEvent(QEvent.Type.LayoutRequest))
        visible = view.rect()
        boxes = [box for _, box in self._boxes()]
        whole = [box for box in boxes if visible.contains(box)]
        left = QRegion(visible)
        for box in boxes:
            if not box.intersects(visible) or visible.contains(box):
                continue
            if box.height() > visible.height():
                continue
            below = QRect(0, box.top(), view.width(), view.height() - box.top())
            alone = box.top() > 0 and not any(below.intersects(other) for other in whole)
            left -= QRegion(below if alone else box)
        view.setMask(left)
        self._say_how_many()

    def _say_how_many(self) -> None:
        """Say on the buttons how many things lie above and below."""
        t, visible = self._look.t, self.area.viewport().rect()
        things = [box for counted, box in self._boxes() if counted]
        above = sum(box.top() < 0 for box in things)
        below = sum(box.bottom() > visible.bottom() for box in things)
        up = t("{count} more above", count=above) if above else t("Further up")
        down = t("{count} more below", count=below) if below else t("Further down")
        # Where there is only one way to turn, it has the room.
        ways = [count > 0 or not (above or below) for count in (above, below)]
        alone = max(self._look.style.target, self.up.frame_width(words=True))
        taken = self._look.style.gap + (0 if all(ways) else alone)
        room = (self.width() - taken) // sum(ways) - self.up.frame_width(words=True)
        for place, (button, said, count) in enumerate(
            ((self.up, up, above), (self.down, down, below))
        ):
            self._line.setStretch(place, int(ways[place]))
            fits = ceil(natural_width(said, button.font())) + 2 <= room
            short = t.number(count) if count else ""
            if ceil(natural_width(short, button.font())) + 2 > room:
                short = ""
            text = said if self._words or (count and fits) else short
            button.setAccessibleName(said)
            if button.text() != text:
                button.setText(text)
        if (layout := self.layout()) is not None:
            # Now, and not with the next turn of the events: until then a text would be cut.
            layout.activate()

    def _are_needed(self) -> bool:
        # Their own room counts: what fits without them does not need them.
        bar = self.area.verticalScrollBar()
        return bar.maximum() > 0 and self._content.height() > self.height()

    def _show_turners(self) -> None:
        bar = self.area.verticalScrollBar()
        self._later.start(0)
        if self._showing:
            # Showing them lays this out; hidden within that, they would be painted all the same.
            return
        self._showing, needed = True, self._are_needed()
        for button in (self.up, self.down):
            button.setVisible(needed)
        self._showing = False
        self.up.setEnabled(bar.value() > 0)
        self.down.setEnabled(bar.value() < bar.maximum())


WHOLE = "whole"
"""Property of what is not taken apart when a page is turned."""


def pages_around(widget: QWidget) -> Iterator[Pages]:
    """Yield what is turned page by page around a widget, from within."""
    parent = widget.parentWidget()
    while parent is not None:
        # Its own buttons stand beside what they turn.
        if isinstance(parent, Pages) and parent.area.viewport().isAncestorOf(widget):
            yield parent
        parent = parent.parentWidget()


def keep_whole(widget: QWidget) -> None:
    """Let a widget be one thing on pages, as cards and buttons are."""
    widget.setProperty(WHOLE, True)

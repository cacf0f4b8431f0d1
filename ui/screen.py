"""Screen: what it asks, how many, what it shows, what can be done. One class for voter, station and console.

Parts stand in the order in which they are read, heard and reached by keys; help and the display's settings
come last in all three (`ui.widgets.stage.LAST`). A new screen:

    class ThanksScreen(Screen):
        def __init__(self, look: Look) -> None:
            super().__init__(look)
            self.put_title(look.t("Thank you"), how_many="")
            self.put_body(Label(look, look.t("Take your card.")))
            self.put_actions(1, self.button("next", look.t("Go on"), on.Next(), kind=ButtonKind.MAIN))

        def show_state(self, state: object) -> None: …  # what changes while it stays

Its form follows from `look.layout`, never from a text size; texts and pictures are measured by their widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QWidget

from kiosk.status import DeviceStatus
from ui.layout import Form
from ui.theme import Ink
from ui.widgets.band import Band, Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, FooterBar, HeaderBar, Item, Pages, column, discard, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.stage import FocusRank, Stage, claim_focus


class Screen(QWidget):
    """Draws one situation, emits what is done on it and decides nothing.

    Another situation gets another screen, so that nothing of one person is left on the next one's.
    """

    acted = Signal(object)
    """Event of the flow that the screen draws."""
    settings_asked = Signal()
    """Language, text size and contrast."""
    help_asked = Signal()

    def __init__(self, look: Look, *, edge_mm: tuple[float, float] | None = None) -> None:
        """`edge_mm`: room beside, and above and below what it shows; the usual one if None."""
        super().__init__()
        self.look = look
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        style = look.style
        beside = style.margin if edge_mm is None else style.mm(edge_mm[0])
        above = style.mm(3 if edge_mm is None else edge_mm[1])
        self._inside = column(spacing=style.mm(3))
        self._inside.setContentsMargins(beside, above, beside, above)
        self._outside = column(self._inside)
        self._outside.setStretch(0, 1)
        self.setLayout(self._outside)
        self.head: HeaderBar | Band | None = None
        """What the title stands in, if it has a bar or band."""
        self.title: Label | None = None
        """What the screen says or asks: it has the focus first."""
        self._asked = ""

    # ---------------------------------------------------------------- what is told

    def show_state(self, state: object) -> None:
        """Draw another state of the same situation; a screen that stays the same does nothing."""

    def show_status(self, status: DeviceStatus) -> None:
        """Draw the device's status, about once a second: the time left, if the title is a band."""
        if isinstance(self.head, Band):
            self.head.show_left(status.deadline_s)

    # ---------------------------------------------------------------- parts

    def put_title(self, title: str, how_many: str = "", *, inline: bool = False) -> HeaderBar:
        """Add the voter's bar: title, how many, and the buttons for the display and for help."""
        t = self.look.t
        words = "" if self.look.layout.brief else t("Display")
        help_ = Button(self.look, "help", t("Help"), icon="help")
        help_.clicked.connect(self.help_asked)
        bar = HeaderBar(
            self.look,
            title,
            how_many,
            self._settings(words, ButtonKind.QUIET),
            help_,
            inline=inline,
        )
        self._outside.insertWidget(0, bar)
        self.head, self.title, self._asked = bar, bar.title, title
        return bar

    def put_band(
        self, mood: Mood, icon: str, title: str, how_many: str = "", *, settings: bool = False
    ) -> Band:
        """Add the officer's band, legible from two metres. `settings`: the button stands at its end."""
        band = Band(self.look, mood, icon, title, how_many)
        if settings:
            line = row(band, self._settings(), spacing=self.look.style.gap)
            line.setStretch(0, 1)
            self._inside.addLayout(line)
        else:
            self._inside.addWidget(band)
        self.head, self.title, self._asked = band, band.state, title
        return band

    def put_above(self, part: QWidget) -> None:
        """Add what stands above the title, from edge to edge."""
        self._outside.insertWidget(0, part)

    def heading(self, text: str, ink: Ink, tone: Tone = Tone.TEXT, *, name: str = "title") -> Label:
        """Return the title of a screen without a bar: it stands in the middle of what is shown."""
        label = Label(self.look, text, ink, tone, name=name, centred=True)
        claim_focus(label, FocusRank.HEADING)
        self.title = label
        return label

    def say(self, title: str, how_many: str = "") -> None:
        """Change the title and how many, in bar or band."""
        self._asked = title
        if self.head is not None:
            self.head.say(title, how_many)

    def tell(self, todo: str) -> None:
        """Say what to do now in place of the title, where lines are few; the title again if empty."""
        if self.head is not None:
            self.head.say(todo or self._asked)

    def put(self, part: Item, stretch: int = 0) -> None:
        """Add what is arranged by itself, with its share of the height left; a number is a stretch."""
        match part:
            case int():
                self._inside.addStretch(part)
            case QWidget():
                self._inside.addWidget(part, stretch)
            case QLayout():
                self._inside.addLayout(part, stretch)

    def put_body(
        self, content: QWidget | QLayout, *, pages: str = "more", words: bool = False
    ) -> Pages:
        """Add the content, in pages called `pages` if it is higher than the screen.

        `words`: the buttons that turn them have text.
        """
        turned = Pages(self.look, pages, _held(content), words=words)
        self.put(turned, 1)
        return turned

    def put_beside(
        self, kept: QWidget, content: QWidget, *, shares: Sequence[int] = (2, 3)
    ) -> None:
        """Add what is always in sight, and beside it (above it where few letters fit) what may be turned.

        `shares` of the width, where there is room.
        """
        layout = self.look.layout
        upright = layout.form is Form.PORTRAIT and layout.crowded
        both = (column if upright else row)(spacing=self.look.style.mm(3))
        even = layout.crowded and not upright
        for part, share in zip(
            (kept, Pages(self.look, "todo-more", _held(content))), shares, strict=True
        ):
            both.addWidget(part, 1 if even else share)
        self.put(both, 1)

    def put_actions(self, *items: Item) -> QHBoxLayout:
        """Add what can be done: back at the start, the main action at the end; a number is a stretch."""
        if isinstance(self.head, HeaderBar):
            bar = FooterBar(self.look, *items)
            self._outside.addWidget(bar)
            return bar.line
        line = row(*items, spacing=self.look.style.gap * 2)
        self._inside.addLayout(line)
        return line

    def button(
        self,
        name: str,
        text: str,
        event: object = None,
        *,
        icon: str = "",
        kind: ButtonKind = ButtonKind.PLAIN,
        trailing: bool = False,
        ink: Ink = Ink.STRONG,
    ) -> Button:
        """Return a button that emits `event`, if there is one, when it is touched."""
        made = Button(self.look, name, text, icon=icon, kind=kind, trailing=trailing, ink=ink)
        if event is not None:
            made.clicked.connect(lambda: self.acted.emit(event))
        return made

    def _settings(self, words: str = "", kind: ButtonKind = ButtonKind.PLAIN) -> Button:
        said = self.look.t("Language, text size and contrast")
        made = Button(self.look, "settings", words, icon="settings", kind=kind, said=said)
        made.clicked.connect(self.settings_asked)
        return made


def _held(content: QWidget | QLayout) -> QWidget:
    """Return the content of pages: a card keeps its own ground and border."""
    if isinstance(content, QWidget) and not isinstance(content, BorderedFrame):
        return content
    holder = QWidget()
    holder.setLayout(column(content) if isinstance(content, QWidget) else content)
    return holder


class ScreenPlace(QWidget):
    """Place for one screen at a time; another situation gets another one. A new question has the focus."""

    acted = Signal(object)
    settings_asked = Signal()
    help_asked = Signal()

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._key: object = None
        self.drawn: Screen | None = None
        self._column = column()
        self.setLayout(self._column)

    def show_state(
        self,
        key: object,
        make: Callable[[], Screen | None],
        state: object,
        status: DeviceStatus,
    ) -> bool:
        """Draw a state, on a new screen if the situation's `key` is another; return whether it is new."""
        fresh = key != self._key
        if fresh:
            self.empty()
            self._key = key
            self.drawn = make()
            if self.drawn is not None:
                self.drawn.acted.connect(self.acted)
                self.drawn.settings_asked.connect(self.settings_asked)
                self.drawn.help_asked.connect(self.help_asked)
                self._column.addWidget(self.drawn)
                self.drawn.show()
        asked = self._asked()
        if self.drawn is not None:
            self.drawn.show_status(status)
            self.drawn.show_state(state)
        if fresh or asked != self._asked():
            self._stage.new_screen()
        else:
            self._stage.keep_focus_later()
        return fresh

    def _asked(self) -> str:
        title = None if self.drawn is None else self.drawn.title
        return "" if title is None else title.text()

    def show_status(self, status: DeviceStatus) -> None:
        """Draw the device's status."""
        if self.drawn is not None:
            self.drawn.show_status(status)

    def empty(self) -> None:
        """Take the screen away, with everything of the person on it."""
        discard(self.drawn)
        self.drawn, self._key = None, None

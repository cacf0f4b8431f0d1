"""List of the day's steps: done, next, and buttons that have a step done automatically."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from simulators.bench.protocol import BenchState, DayStep, StepKey
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, clear, column, row
from ui.widgets.labels import Emblem, Label, Tone
from ui.widgets.look import Look

PAD_MM = 2.5


class Steps(BorderedFrame):
    """Steps of the day; buttons `step-<key>` exist only where a step can be done now."""

    asked = Signal(object)
    """StepKey"""
    cancelled = Signal()
    """The step that runs is to be stopped."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, name="steps", pad_mm=PAD_MM)
        self._look = look
        self._shown: tuple[object, ...] = ()
        self._bar: QProgressBar | None = None
        self._now: QWidget | None = None
        content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(look.style.mm(1.6))
        self._pages = Pages(look, "steps", content)
        self._title = Label(look, look.t("The day, step by step"), Ink.TITLE)
        layout = column(self._title, self._pages, spacing=look.style.mm(2))
        layout.setStretch(1, 1)
        self.hold(layout)

    def show_state(self, state: BenchState) -> None:
        """Draw the steps anew if they changed, and the progress of the one that runs."""
        shown = (state.steps, state.running)
        if shown != self._shown:
            self._shown = shown
            self._fill(state)
        if self._bar is not None:
            if state.progress is None:
                self._bar.setRange(0, 0)
            else:
                self._bar.setRange(0, 1000)
                self._bar.setValue(round(state.progress * 1000))

    def wanted(self, width: int) -> int:
        """Return the height in px in which the step that is next is seen whole; `width` in px."""
        if self._now is None:
            return 0
        style = self._look.style
        around = 2 * (style.mm(PAD_MM) + style.hairline)
        head = self._title.heightForWidth(width - around) + style.mm(2)
        turners = style.gap + style.target
        return around + head + self._now.heightForWidth(width - around) + turners

    def _fill(self, state: BenchState) -> None:
        clear(self._list)
        self._bar = self._now = None
        for number, step in enumerate(state.steps, 1):
            widget = self._step(number, step, running=step.key == state.running)
            self._list.addWidget(widget)
            if step.next or step.key == state.running:
                self._now = widget
        self._list.addStretch(1)
        if self._now is not None:
            self._pages.begin(self._now)

    def _step(self, number: int, step: DayStep, *, running: bool) -> QWidget:
        look, t, style = self._look, self._look.t, self._look.style
        c = style.palette
        current = step.next or running
        card = BorderedFrame(look, "soft" if current else "plain", pad_mm=1.6)
        if step.done:
            mark: QWidget = Emblem(look, "check", c.good, c.good_soft, mm=8)
        else:
            mark = Label(look, t.number(number), Ink.STRONG, centred=True, wrap=False)
            mark.setFixedSize(style.mm(8), style.mm(8))
            ink, paper = (c.on_accent, c.accent) if current else (c.text, c.sunken)
            mark.setStyleSheet(
                f"background: {paper}; color: {ink}; border-radius: {style.mm(8) // 2}px;"
            )
        tone = Tone.MUTED if step.done else Tone.ON_SOFT if current else Tone.TEXT
        title = Label(look, t(step.title), Ink.STRONG if current else Ink.BODY, tone)
        words = column(title, spacing=style.mm(1))
        # While it runs, how far it is and the way out need the room.
        if step.next and not running and step.hint is not None:
            words.addWidget(Label(look, t(step.hint), Ink.SMALL, Tone.ON_SOFT))
        if running:
            self._bar = QProgressBar()
            self._bar.setTextVisible(False)
            self._bar.setObjectName("step-progress")
            words.addWidget(self._bar)
            stop = Button(look, "step-cancel", t("Stop this step"), icon="stop", ink=Ink.SMALL)
            stop.clicked.connect(self.cancelled)
            words.addWidget(stop)
        elif step.possible:
            words.addWidget(self._button(step.key, current=current))
        line = row(mark, words, spacing=style.mm(2))
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        line.setStretch(1, 1)
        card.hold(line)
        return card

    def _button(self, key: StepKey, *, current: bool) -> Button:
        t = self._look.t
        text = t("Do it for me") if current else t("Do it again")
        button = Button(
            self._look,
            f"step-{key}",
            text,
            icon="play",
            kind=ButtonKind.MAIN if current else ButtonKind.QUIET,
            ink=Ink.SMALL,
        )
        button.clicked.connect(lambda: self.asked.emit(key))
        return button

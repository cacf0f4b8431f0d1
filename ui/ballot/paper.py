"""Screens of the paper record: compare it, or see why it is void; and the notice of a provisional ballot."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from election.definition import Contest
from election.marks import Marks, selection_codes
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.ballot import paper_words as words
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    ButtonKind,
    Emblem,
    Label,
    Look,
    Tone,
    clear,
    column,
    row,
)

MANY = 8
"""So many names stand in two columns where there is room."""


class CompareScreen(Screen):
    """What the paper has to say, row by row as it does. Buttons: `paper-wrong`, `paper-right`."""

    def __init__(self, look: Look, *, training: bool = False) -> None:
        """`training`: nothing was printed, and the screen says so."""
        super().__init__(look)
        t, style = look.t, look.style
        self._drawn: at.Comparing | None = None
        self._reading = Label(look, "", Ink.STRONG, Tone.ACCENT, name="paper-reading")
        self._contests = column(spacing=style.mm(4))
        small = Ink.SMALL if look.layout.brief else Ink.BODY
        text = words.TRAINED if training else words.COMPARE_TEXT
        self._text = Label(look, t(text), small, name="message-text")
        self.put_title(t(words.COMPARE))
        self.put_body(
            column(self._text, self._reading, self._contests, spacing=style.mm(3)),
            pages="compare-page",
            words=True,
        )
        self.put_actions(
            self.button("paper-wrong", t("The paper is wrong"), on.PaperRefused(), icon="cross"),
            1,
            self.button(
                "paper-right",
                t("The paper is right"),
                on.PaperConfirmed(),
                icon="check",
                kind=ButtonKind.MAIN,
            ),
        )

    def show_state(self, state: object) -> None:
        """Show the marks, or what was read from the paper. Raises TypeError for another state."""
        if not isinstance(state, at.Comparing):
            raise TypeError(f"not for {type(state).__name__}")
        if self._drawn == state:
            return
        self._drawn = state
        told = words.reading(state)
        self._reading.setText("" if told is None else self.look.t(told))
        self._reading.setVisible(told is not None)
        # Where lines are few the names need them.
        self._text.setVisible(told is None or not self.look.layout.brief)
        clear(self._contests)
        shown = {each.contest: each for each in state.read or state.session.marks}
        for index, contest in enumerate(state.session.contests):
            self._contests.addWidget(self._contest(index, contest, shown[contest.id]))
        self._contests.addStretch(1)

    def _contest(self, index: int, contest: Contest, marks: Marks) -> BorderedFrame:
        look, t = self.look, self.look.t
        rows = QGridLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(look.style.mm(4))
        rows.setVerticalSpacing(look.style.mm(1))
        codes = sorted(selection_codes(marks, contest))
        across = 1 if look.layout.crowded or len(codes) < MANY else 2
        high = -(-len(codes) // across)
        for place, code in enumerate(codes):
            found = contest.list_of(code) or contest.candidate(code)
            if found is None:
                continue
            # Down the first column, then down the second: the order of the paper.
            side, line = divmod(place, high)
            number = Label(look, t.code(contest.format_code(code)), Ink.STRONG, wrap=False)
            rows.addWidget(number, line, 2 * side)
            rows.addWidget(Label(look, t.of(found.name), Ink.STRONG), line, 2 * side + 1)
            rows.setColumnStretch(2 * side + 1, 1)
        inner = column(Label(look, t.of(contest.title), Ink.TITLE), spacing=look.style.mm(2))
        inner.addWidget(Label(look, self._sum(contest, marks), Ink.BODY, Tone.MUTED))
        inner.addLayout(rows)
        card = BorderedFrame(look, name=f"compare-{index}")
        card.hold(inner)
        return card

    def _sum(self, contest: Contest, marks: Marks) -> str:
        t = self.look.t
        if marks.skipped:
            return t("You take no part in this contest.")
        if marks.list_code is not None:
            return t("One list chosen, with all its members.")
        if marks.empty:
            return t("A blank vote: nobody is chosen.")
        return t("{count} of {most} chosen", count=marks.count(), most=contest.max_selections)


def _told(screen: Screen, title: str, icon: str, *, bad: bool) -> Label:
    """Put a title, a picture where there is room, and a text, which is returned."""
    look = screen.look
    style, c = look.style, look.style.palette
    ink = Ink.BODY if look.layout.crowded else Ink.TITLE
    text = Label(look, "", ink, name="message-text", centred=True)
    inks = (c.bad, c.bad_soft) if bad else (c.accent, c.soft)
    picture = [] if look.layout.brief else [row(1, Emblem(look, icon, *inks), 1)]
    screen.put_title(title)
    screen.put_body(column(1, *picture, text, 1, spacing=style.mm(5)), pages="told-page")
    return text


class ProvisionalScreen(Screen):
    """Tells a voter before marking that the ballot is provisional. Buttons: `back`, `begin`."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t = look.t
        text = _told(self, t(words.PROVISIONAL), "info", bad=False)
        text.setText(t(words.PROVISIONAL_TEXT))
        go_on = self.button(
            "begin", t("Begin voting"), on.Begin(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        self.put_actions(self.button("back", t("Back"), on.Back(), icon="back"), 1, go_on)


class VoidScreen(Screen):
    """A void paper. Buttons: `begin`, or `back` and `print-again` while a sealed ballot waits."""

    def __init__(self, look: Look, *, waits: bool) -> None:
        super().__init__(look)
        t = look.t
        self._text = _told(self, t(words.VOID), "printer", bad=True)
        main = ButtonKind.MAIN
        if waits:
            back = self.button("back", t("Back to the review"), on.Back(), icon="back")
            again = self.button(
                "print-again", t("Print again"), on.PrintAgain(), icon="printer", kind=main
            )
            self.put_actions(back, 1, again)
        else:
            change = self.button(
                "begin", t("Change my choices"), on.Begin(), icon="edit", kind=main
            )
            self.put_actions(1, change)

    def show_state(self, state: object) -> None:
        """Say why the paper is void. Raises TypeError for another state."""
        if not isinstance(state, at.PaperVoid):
            raise TypeError(f"not for {type(state).__name__}")
        t = self.look.t
        taken_out = f" {t(words.UNMARKED)}" if state.unmarked else ""
        self._text.setText(f"{t(words.void_text(state.problem))}{taken_out}")

"""Tray of the contest's choices: always visible, newest first, each with its own button to remove it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from election.marks import Marks, may_hold_list
from kiosk.search import CandidateIndex
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    Button,
    ButtonKind,
    Label,
    Look,
    Pages,
    Tone,
    clear,
    column,
    row,
)
from words.speaker import Speaker

PAD_MM = 2.5
JOINED_EM, LATIN_EM = 6.5, 7.3
"""Least width of the tray in parts of its text, by script: letters that join are narrower.

Never a matter of the names, whose words may be broken."""


class SelectionTray(BorderedFrame):
    """Choices of one contest. Buttons: `tray-<code>` removes one, `clear-all` asks to remove all."""

    removed = Signal(int)
    clear_asked = Signal()

    def __init__(self, look: Look, index: CandidateIndex) -> None:
        super().__init__(look, "card", name="tray", pad_mm=PAD_MM)
        style = look.style
        self._look, self._index = look, index
        self._count = Label(look, "", Ink.TITLE, Tone.ACCENT, name="chosen-count")
        self._rows = QWidget()
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(style.gap)
        self._pages = Pages(look, "tray-pages", self._rows)
        inner = column(self._count, self._pages, spacing=style.mm(2))
        inner.setStretch(1, 1)
        self.hold(inner)
        em = JOINED_EM if look.t.right_to_left else LATIN_EM
        self.setMinimumWidth(max(style.mm(62), round(style.font_px(Ink.STRONG) * em)))

    def show_marks(self, marks: Marks) -> None:
        """List the chosen persons or the chosen list, and how many there are."""
        look = self._look
        t, contest = look.t, self._index.contest
        clear(self._list)
        chosen: list[Candidate | CandidateList] = []
        if marks.list_code is not None:
            the_list = contest.list_of(marks.list_code)
            if the_list is not None:
                chosen = [the_list]
            self._count.setText(t("One list chosen"))
        else:
            found = (self._index.candidate(code) for code in reversed(marks.persons))
            chosen = [c for c in found if c is not None]
            self._count.setText(
                t("{count} of {most} chosen", count=len(chosen), most=contest.max_selections)
            )
        for item in chosen:
            self._list.addWidget(self._entry(item))
        hint = self._hint_for(marks)
        if hint:
            self._list.addWidget(Label(look, hint, Ink.BODY, Tone.MUTED, name="tray-hint"))
        if len(chosen) > 1:
            away = Button(
                look, "clear-all", t("Take all away"), icon="trash", kind=ButtonKind.QUIET
            )
            away.clicked.connect(self.clear_asked)
            self._list.addWidget(away)
        self._list.addStretch(1)
        self._pages.area.verticalScrollBar().setValue(0)

    def _hint_for(self, marks: Marks) -> str:
        t, contest = self._look.t, self._index.contest
        if marks.list_code is not None:
            the_list = contest.list_of(marks.list_code)
            members = len(the_list.members) if the_list else 0
            return t.plural(
                "It stands for its {count} member.", "It stands for its {count} members.", members
            )
        if marks.empty:
            touch = t("Touch somebody to choose them.")
            return f"{how_many(contest, t)}\n{touch}"
        return ""

    def _entry(self, item: Candidate | CandidateList) -> QFrame:
        look = self._look
        t, style = look.t, look.style
        name = t.of(item.name)
        away = Button(
            look,
            f"tray-{item.code}",
            icon="cross",
            kind=ButtonKind.KEY,
            said=t("Take {name} away", name=item.name),
        )
        away.setFixedSize(style.target, style.target)
        away.clicked.connect(lambda: self.removed.emit(int(item.code)))
        entry = QFrame()
        label = Label(look, name, Ink.STRONG)
        label.setMinimumWidth(1)
        line = row(label, away, spacing=style.mm(1.5))
        line.setStretch(0, 1)
        line.setAlignment(away, Qt.AlignmentFlag.AlignVCenter)
        entry.setLayout(line)
        return entry


def how_many(contest: Contest, t: Speaker) -> str:
    """Return the contest's instruction in one sentence."""
    if may_hold_list(contest):
        return t("Choose up to {most} candidates, or one list.", most=contest.max_selections)
    return t.plural(
        "Choose one candidate.", "Choose up to {count} candidates.", contest.max_selections
    )


def chosen_codes(marks: Marks) -> frozenset[SelectionCode]:
    """Return the selection codes of the marks: the list's alone, or those of the persons."""
    if marks.list_code is not None:
        return frozenset({marks.list_code})
    return frozenset(marks.persons)

"""Tray of the contest's choices: always visible, newest first, each with its own button to remove it."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from election.marks import Marks, may_hold_list
from ui.ballot.questions import called, named
from ui.ballot.search import CandidateIndex
from ui.theme import Ink, line_height
from ui.widgets import (
    SPELLS,
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
from ui.widgets.frames import keep_whole
from ui.widgets.labels import GIVEN_EM
from words.speaker import Speaker

PAD_MM, BRIEF_PAD_MM = 2.5, 1.5
LEAST_MM, BRIEF_LEAST_MM = 62, 56
JOINED, LATIN = (6.5, 56), (7.3, 81)
"""Least width of the tray by script, in parts of its text: letters that join are narrower.

The second number bounds it in millimetres where lines are few: a row of keys needs the width of the
smallest screens. It is never a matter of the names, whose words may be broken."""
BESIDE_MM = 1.5
"""Between a name and the button that takes it away."""


class SelectionTray(BorderedFrame):
    """Choices of one contest. Buttons: `tray-<code>` removes one, `clear-all` asks to remove all."""

    removed = Signal(int)
    clear_asked = Signal()
    skip_asked = Signal()
    """Take no part in this contest; offered here where lines are few."""

    def __init__(self, look: Look, index: CandidateIndex) -> None:
        pad_mm = BRIEF_PAD_MM if look.layout.brief else PAD_MM
        super().__init__(look, "card", name="tray", pad_mm=pad_mm)
        style = look.style
        self._look, self._index = look, index
        self._count = Label(look, "", Ink.TITLE, Tone.ACCENT, name="chosen-count")
        self._rows = QWidget()
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(style.gap)
        self._pages = Pages(look, "tray-pages", self._rows)
        self._notice = ""
        self._marks: Marks | None = None
        inner = column(self._count, self._pages, spacing=style.mm(2))
        inner.setStretch(1, 1)
        self.hold(inner)
        em, most_mm = JOINED if look.t.right_to_left else LATIN
        wanted = round(style.font_px(Ink.STRONG) * em)
        least_mm = LEAST_MM
        if look.layout.brief:
            wanted, least_mm = min(wanted, style.mm(most_mm)), BRIEF_LEAST_MM
        # A name has room for its narrowest beside its button, and the count for its longest word; the
        # buttons have theirs before they are shown, so that nothing moves when they come.
        entry = ceil(GIVEN_EM * style.font_px(Ink.STRONG)) + style.mm(BESIDE_MM) + style.target
        self._around = 2 * (style.mm(pad_mm) + style.hairline)
        buttons = [button.minimumSizeHint().width() for button in (self._skip(), self._clear())]
        self._least = max(style.mm(least_mm), wanted, max(entry, *buttons) + self._around)

    def _skip(self) -> Button:
        t, brief = self._look.t, self._look.layout.brief
        return Button(
            self._look,
            "skip",
            t("Take no part"),
            kind=ButtonKind.KEY if brief else ButtonKind.QUIET,
            ink=Ink.SMALL if brief else Ink.STRONG,
            said=t("Take no part in this contest"),
        )

    def _clear(self) -> Button:
        brief = self._look.layout.brief
        return Button(
            self._look,
            "clear-all",
            self._look.t("Take all away"),
            icon="" if brief else "trash",
            kind=ButtonKind.KEY if brief else ButtonKind.QUIET,
            ink=Ink.SMALL if brief else Ink.STRONG,
        )

    def say(self, notice: str) -> None:
        """Show why the last touch changed nothing, above what is chosen; nothing if it is empty."""
        if notice != self._notice and self._marks is not None:
            self._notice = notice
            self.show_marks(self._marks)

    def show_marks(self, marks: Marks) -> None:
        """List the chosen persons or the chosen list, and how many there are."""
        look = self._look
        t, contest = look.t, self._index.contest
        clear(self._list)
        self._marks = marks
        if self._notice:
            said = Label(look, self._notice, Ink.STRONG, Tone.WARN, name="notice-text")
            self._list.addWidget(said)
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
            # Where lines are few its longest word may be wider than the tray, and would push a button out.
            few = look.layout.brief
            self._list.addWidget(
                Label(look, hint, Ink.BODY, Tone.MUTED, name="tray-hint", given=few)
            )
        if marks.empty and look.layout.crowded:
            # The bottom line has no room for it.
            skip = self._skip()
            skip.clicked.connect(self.skip_asked)
            self._list.addWidget(skip)
        if len(chosen) > 1:
            away = self._clear()
            away.clicked.connect(self.clear_asked)
            self._list.addWidget(away)
        self._list.addStretch(1)
        self.setMinimumWidth(max(self._least, self._count.minimumSizeHint().width() + self._around))
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
        name = named(self._index.contest, item.code)
        away = Button(
            look,
            f"tray-{item.code}",
            icon="cross",
            kind=ButtonKind.KEY,
            said=t("Take {name} away", name=name),
        )
        away.setProperty(SPELLS, t.of(item.name))
        label = Label(look, called(t, self._index.contest, item.code), Ink.STRONG, given=True)
        # Where lines are few a name may be higher than a page: its button is as high as its first line.
        brief = look.layout.brief
        line_px = ceil(line_height(label.font())) if brief else 0
        away.setFixedSize(style.target, max(style.target, line_px))
        away.clicked.connect(lambda: self.removed.emit(int(item.code)))
        entry = QFrame()
        line = row(label, away, spacing=style.mm(BESIDE_MM))
        line.setStretch(0, 1)
        line.setAlignment(
            away, Qt.AlignmentFlag.AlignTop if brief else Qt.AlignmentFlag.AlignVCenter
        )
        entry.setLayout(line)
        # A button without the name beside it would take somebody away unseen.
        keep_whole(entry)
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

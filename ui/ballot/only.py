"""Yes or no to the one that stands alone in a contest: a large card and two answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from election.definition import Candidate
from election.marks import Marks
from ui.ballot.cards import members_words
from ui.ballot.contest_view_state import ContestViewState
from ui.ballot.finding import FindingPage
from ui.ballot.portraits import PortraitCache
from ui.ballot.questions import called, named
from ui.ballot.search import CandidateIndex
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    Button,
    ButtonKind,
    Label,
    Look,
    Pages,
    Photo,
    Tone,
    column,
    row,
)

PHOTO_MM, SMALL_PHOTO_MM = 45, 26
LONGEST_ANSWER = 30
"""Characters of the name on the button; it stands whole above it."""


class Answer(Button):
    """Button that shows what was answered; only the flow changes that."""

    def nextCheckState(self) -> None:
        """Do nothing."""


class ByOne(FindingPage):
    """Buttons: `only-yes`, `only-no`, and `skip` where the bottom line has no room for it."""

    skip_asked = Signal()

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__(look, index, cache, view_state)
        t, style, contest = look.t, look.style, self.contest
        if contest.only is None:
            raise ValueError("several stand in this contest")
        found = contest.candidate(contest.only) or contest.list_of(contest.only)
        if found is None:
            raise ValueError("nobody has the code")
        code = t.code(contest.format_code(found.code))
        under = code if isinstance(found, Candidate) else f"{code}  ·  {members_words(t, found)}"
        photo = Photo(look, style.mm(SMALL_PHOTO_MM if look.layout.crowded else PHOTO_MM))
        if isinstance(found, Candidate):
            heard = called(t, contest, found.code)
            photo.show_pixmap(cache.get(found.portrait, photo.width()), heard)
        photo.setVisible(isinstance(found, Candidate))
        rule = Label(look, t("Nobody else stands in this contest."), Ink.BODY, Tone.MUTED)
        rule.setVisible(not (look.layout.crowded and contest.lists))
        words = QWidget()
        words.setLayout(
            column(
                1,
                Label(look, t.of(found.name), Ink.TITLE, name="only-name"),
                Label(look, under, Ink.BODY, Tone.MUTED),
                rule,
                1,
                spacing=style.mm(2),
            )
        )
        who = row(photo, words, spacing=style.mm(6))
        who.setStretch(1, 1)
        who.setAlignment(photo, Qt.AlignmentFlag.AlignVCenter)
        self._yes = self._answer(
            "only-yes",
            t("Yes, I choose {name}", name=named(contest, found.code, LONGEST_ANSWER)),
            yes=True,
        )
        self._no = self._answer("only-no", t("No, a blank vote"), yes=False)
        answers = (
            column(self._yes, self._no, spacing=style.gap)
            if look.layout.narrow
            else row(self._yes, self._no, spacing=style.gap * 2)
        )
        self._skip = self._taking_no_part() if look.layout.crowded and not contest.lists else None
        last = () if self._skip is None else (self._skip,)
        inner = column(who, answers, *last, spacing=style.mm(3))
        inner.setStretch(0, 1)
        content = QWidget()
        content.setLayout(inner)
        pages = Pages(look, "only-more", content)
        pages.area.setMinimumHeight(1)
        self._card = BorderedFrame(look, "card", name="only", pad_mm=2 if look.layout.brief else 6)
        self._card.hold(column(pages))
        self.setLayout(column(self._card))

    def _taking_no_part(self) -> Button:
        t = self.look.t
        whole = t("Take no part in this contest")
        skip = Button(self.look, "skip", t("Take no part"), kind=ButtonKind.QUIET, said=whole)
        skip.clicked.connect(self.skip_asked)
        return skip

    def _answer(self, name: str, words: str, *, yes: bool) -> Answer:
        made = Answer(self.look, name, words, icon="check" if yes else "cross")
        made.setCheckable(True)
        made.clicked.connect(lambda: self.answered.emit(yes))
        return made

    def show_marks(self, marks: Marks) -> None:
        """Show the answer that was given."""
        for button, given in ((self._yes, not marks.empty), (self._no, marks.blank)):
            button.setChecked(given)
            chosen = self.look.t("Chosen")
            words = button.text()
            button.setAccessibleName(
                self.look.t.conventions.listing([words, chosen]) if given else words
            )
        self._card.set_role("soft" if not marks.empty else "card")
        if self._skip is not None:
            self._skip.setVisible(marks.empty)

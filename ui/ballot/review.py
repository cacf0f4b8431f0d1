"""Screen that reviews all choices, contest by contest, before the ballot is sealed."""

from __future__ import annotations

from math import ceil

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QWidget

from election.definition import Candidate, Contest
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.ballot.portraits import PortraitCache, Portraits
from ui.ballot.questions import called
from ui.layout import Form
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    ButtonKind,
    Icon,
    Label,
    Look,
    Photo,
    Tone,
    clear,
    column,
    row,
)
from ui.widgets.frames import keep_whole
from ui.widgets.typesetting import natural_width

PHOTO_MM = 17
"""Least width of a face that is recognised."""


class ReviewScreen(Screen):
    """Buttons: `change-<contest's index>`, `back`, `accept`."""

    def __init__(self, look: Look, portraits: Portraits) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        self._cache = PortraitCache(portraits)
        self._state: at.Review | None = None
        self._contests = column(spacing=style.mm(4))
        accept = self.button(
            "accept",
            t("My choices are right"),
            on.ReviewAccepted(),
            icon="check",
            kind=ButtonKind.MAIN,
        )
        roomy = not look.layout.crowded
        note = t("Nothing is recorded yet; you can change it all.") if roomy else ""
        # Upright there are lines for it, and no width.
        beside = look.layout.form is not Form.PORTRAIT
        self.put_title(t("Check your choices"), note, inline=beside)
        self.put_body(self._contests, pages="review", words=True)
        self.put_actions(self.button("back", t("Back"), on.Back(), icon="back"), 1, accept)

    def show_state(self, state: object) -> None:
        """List contests and marks anew if they changed. Raises TypeError for another state."""
        if not isinstance(state, at.Review):
            raise TypeError(f"not for {type(state).__name__}")
        if state == self._state:
            return
        self._state = state
        clear(self._contests)
        pairs = zip(state.session.contests, state.session.marks, strict=True)
        for index, (contest, marks) in enumerate(pairs):
            self._contests.addWidget(self._contest(index, contest, marks))
        self._contests.addStretch(1)

    def _contest(self, index: int, contest: Contest, marks: Marks) -> BorderedFrame:
        look = self.look
        t, style = look.t, look.style
        change = self.button(f"change-{index}", t("Change"), on.ChangeContest(index), icon="edit")
        change.setAccessibleName(f"{change.text()}: {t.of(contest.title)}")
        title, total = Label(look, t.of(contest.title), Ink.TITLE), self._sum(contest, marks)
        small = not look.layout.crowded
        if small and (marks.count() == contest.max_selections):
            title.setWordWrap(False)
            words: QBoxLayout = row(title, total, spacing=style.mm(4))
            words.setStretch(1, 1)
        else:
            words = column(title, total)
        head = row(words, change, spacing=style.gap)
        head.setStretch(0, 1)
        inner = column(head, spacing=style.mm(3))
        chosen = self._chosen(contest, marks)
        if chosen is not None:
            inner.addWidget(chosen)
        card = BorderedFrame(look, name=f"review-{index}")
        card.hold(inner)
        return card

    def _sum(self, contest: Contest, marks: Marks) -> QWidget:
        """Return how much is chosen, in words, with what is left unused."""
        look = self.look
        t, style = look.t, look.style
        left = contest.max_selections - marks.count()
        tone = Tone.WARN
        if marks.skipped:
            text = t("You take no part in this contest.")
        elif marks.list_code is not None:
            text, tone = t("One list chosen, with all its members."), Tone.MUTED
        elif marks.empty:
            text = t("A blank vote: nobody is chosen.")
        elif left > 0:
            text = t.plural(
                "{chosen} chosen. You could choose {count} more.",
                "{chosen} chosen. You could choose {count} more.",
                left,
                chosen=marks.count(),
            )
        else:
            text, tone = (
                t("{count} of {most} chosen", count=marks.count(), most=marks.count()),
                Tone.MUTED,
            )
        label = Label(look, text, Ink.BODY, tone)
        line = QWidget()
        if tone is Tone.WARN:
            icon = Icon(look, "info", style.icon_px(), style.palette.warn)
            inside = row(icon, label, spacing=style.mm(1.5))
            inside.setStretch(1, 1)
        else:
            inside = row(label)
        line.setLayout(inside)
        return line

    def _chosen(self, contest: Contest, marks: Marks) -> QWidget | None:
        look, t = self.look, self.look.t
        if marks.list_code is not None:
            the_list = contest.list_of(marks.list_code)
            if the_list is None:
                raise ValueError("the mark is on a list of another contest")
            code = t.code(contest.format_code(the_list.code))
            members = t.plural("{count} member", "{count} members", len(the_list.members))
            box = QWidget()
            box.setLayout(
                column(
                    Label(look, t.of(the_list.name), Ink.TITLE, Tone.ACCENT),
                    Label(look, f"{code}  ·  {members}", Ink.BODY, Tone.MUTED),
                )
            )
            return box
        persons = [contest.candidate(code) for code in marks.persons]
        found = [person for person in persons if person is not None]
        if not found:
            return None
        return Names(look, contest, self._cache, found)


class Names(QWidget):
    """Names of chosen persons in as many columns as their width allows."""

    def __init__(
        self, look: Look, contest: Contest, cache: PortraitCache, persons: list[Candidate]
    ) -> None:
        super().__init__()
        style, t = look.style, look.t
        self._entries: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(style.mm(4))
        self._grid.setVerticalSpacing(style.mm(1.2))
        self._columns = 0
        longest = 0
        for person in persons:
            photo = Photo(look, style.mm(PHOTO_MM), name=f"review-photo-{person.code}")
            heard = called(t, contest, person.code)
            photo.show_pixmap(cache.get(person.portrait, photo.width()), heard)
            name = Label(look, t.of(person.name), Ink.STRONG)
            code = t.code(contest.format_code(person.code))
            number = Label(look, code, Ink.SMALL, Tone.MUTED, wrap=False)
            wide = natural_width(name.text(), name.font()) + natural_width(code, number.font())
            longest = max(longest, ceil(wide))
            entry = QWidget()
            line = row(photo, number, name, spacing=style.mm(2))
            line.setStretch(2, 1)
            entry.setLayout(line)
            keep_whole(entry)
            self._entries.append(entry)
        self._wanted = longest + style.mm(PHOTO_MM + 2 + 2 + 4 + 1)
        self._arrange(3)

    def resizeEvent(self, _event: object) -> None:
        """Arrange the names in one to four columns."""
        self._arrange(max(1, min(4, self.width() // self._wanted)))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for old in range(self._columns):
            self._grid.setColumnStretch(old, 0)
        self._columns = columns
        for place, entry in enumerate(self._entries):
            self._grid.addWidget(entry, place // columns, place % columns)
        for new in range(columns):
            self._grid.setColumnStretch(new, 1)

"""Tabs of the contest screen, ways to a candidate: by name, by list, all.

By code is in `by_code`, yes or no to the one that stands alone in `only`.

Each emits `touched(code)`: a person or a list the voter wants to choose or take away.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QSizePolicy, QWidget

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from election.marks import Marks
from ui.ballot.candidates import CandidateView
from ui.ballot.cards import CardForm
from ui.ballot.contest_view_state import ContestViewState
from ui.ballot.portraits import PortraitCache
from ui.ballot.questions import called
from ui.ballot.search import CandidateIndex
from ui.ballot.tray import chosen_codes
from ui.theme import Ink
from ui.widgets import (
    Button,
    ButtonKind,
    Keyboard,
    KeyOrder,
    Label,
    Look,
    Tone,
    clear,
    column,
    row,
)

ChosenCodes = frozenset[SelectionCode]
LONGEST_QUERY = 40
NAME_LINES = 2
"""Most lines of an opened list's name where there is little room; it was whole on its card."""


class FindingPage(QWidget):
    """One tab's page."""

    touched = Signal(int)
    answered = Signal(bool)
    """Yes or no to the one that stands alone."""
    keyed = Signal(str)
    """A key of the screen was chosen: what is typed and how many names that finds, or a page's first card."""
    view: CandidateView
    """Cards on the page; without them it draws itself what is chosen."""

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__()
        self.look, self.index, self.cache, self.view_state = look, index, cache, view_state

    @property
    def contest(self) -> Contest:
        """Contest whose candidates are shown."""
        return self.index.contest

    def show_marks(self, marks: Marks) -> None:
        """Mark what is chosen at present."""
        self.show_chosen(chosen_codes(marks))

    def show_chosen(self, chosen: ChosenCodes) -> None:
        """Mark what is chosen at present, by its codes."""
        self.view.show_chosen(chosen)

    def pending(self) -> tuple[str, str]:
        """Return what waits for an answer, as it is heard, and the name of its safe button; or nothing."""
        return "", ""

    def type(self, _key: str) -> str:
        """Take a key of a keypad or keyboard, and return what is heard; most pages take none."""
        return ""

    def erase(self) -> str:
        """Take back the last key, and return what is heard."""
        return ""

    def nearest(self) -> str:
        """Return the name of what the typed letters lead to, empty if they lead to no one card."""
        return ""


class GoingPage(FindingPage):
    """Page of few names, on which letters of a keyboard go to the first name that they fit."""

    _typed = ""

    def show_chosen(self, chosen: ChosenCodes) -> None:
        """Mark what is chosen; the next letter begins another name."""
        super().show_chosen(chosen)
        self._typed = ""

    def type(self, key: str) -> str:
        """Take a letter; one that fits no name begins another."""
        self._typed = next((x for x in (self._typed + key, key) if self._fitting(x)), "")
        found = self._found()
        if found is None:
            return key
        self.view.turn_to(found.code)
        t = self.look.t
        return t.conventions.listing([key, called(t, self.contest, found.code)])

    def erase(self) -> str:
        """Take back the last letter."""
        self._typed = self._typed[:-1]
        return self.look.t("Erase")

    def nearest(self) -> str:
        """Return the name of the first card that the letters fit."""
        found = self._found()
        return "" if found is None else f"{self.view.list.objectName()}-{int(found.code)}"

    def _fitting(self, typed: str) -> Sequence[Candidate | CandidateList]:
        """Return whom letters fit, on this page, in its order."""
        raise NotImplementedError

    def _found(self) -> Candidate | CandidateList | None:
        return next(iter(self._fitting(self._typed)), None) if self._typed else None


class ByAll(GoingPage):
    """Page with every candidate's large photo, in ballot order."""

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__(look, index, cache, view_state)
        self.view = CandidateView(look, self.contest, cache, CardForm.PORTRAIT)
        self.view.touched.connect(self.touched)
        self.view.told.connect(self.keyed)
        self.view.show_rows(self.contest.candidates)
        self.setLayout(column(self.view))

    def _fitting(self, typed: str) -> Sequence[Candidate | CandidateList]:
        return self.index.by_name(typed)


class ByName(FindingPage):
    """Page that searches by a few letters of the name; the results follow every key."""

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__(look, index, cache, view_state)
        t, style = look.t, look.style
        self.field = QLineEdit()
        self.field.setObjectName("search")
        self.field.setFont(look.style.font(Ink.STRONG))
        self.field.setPlaceholderText(t("Type a name"))
        self.field.setAccessibleName(t("Search by name"))
        self.field.setMaxLength(LONGEST_QUERY)
        self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.field.setText(view_state.typed_name)
        self.field.textChanged.connect(self._search)
        self._found = Button(look, "search-show", kind=ButtonKind.MAIN, ink=Ink.SMALL)
        self._found.clicked.connect(lambda: self._keyboard_visible(False))
        self._clear = Button(look, "search-clear", icon="cross", said=t("Clear everything"))
        self._clear.clicked.connect(self.field.clear)
        keyboard = t("Keyboard")
        said = "" if look.layout.brief else keyboard
        self._open = Button(look, "keyboard-show", said, icon="keyboard", said=keyboard)
        self._open.clicked.connect(lambda: self._keyboard_visible(True))
        self.view = CandidateView(
            look,
            self.contest,
            cache,
            CardForm.ROW,
            nobody=t("Nobody has a name like this. Erase some letters."),
        )
        self.view.touched.connect(self.touched)
        self.view.told.connect(self.keyed)
        # Where there is no room for it it hides, instead of asking for more than the screen has.
        self.view.setMinimumHeight(1)
        self.keyboard = Keyboard(look, view_state.order)
        self.keyboard.typed.connect(self._type)
        self.keyboard.erased.connect(lambda: self.field.setText(self.field.text()[:-1]))
        for key in (self.keyboard.typed, self.keyboard.erased):
            key.connect(lambda *_: self.keyed.emit(self.counted("")))
        self.keyboard.hidden.connect(lambda: self._keyboard_visible(False))
        self.keyboard.order_changed.connect(self._keep_order)
        line = row(self.field, self._clear, self._open, self._found, spacing=style.gap)
        line.setStretch(0, 1)
        for button in (self._clear, self._open, self._found):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        body = column(line, self.view, self.keyboard, spacing=style.gap)
        body.setStretch(1, 1)
        self.setLayout(body)
        self._keyboard_visible(view_state.keyboard)
        self._search(view_state.typed_name)

    def type(self, key: str) -> str:
        """Take a letter."""
        self._type(key)
        return self.counted(key)

    def erase(self) -> str:
        """Take back the last letter."""
        self.field.setText(self.field.text()[:-1])
        return self.counted("")

    def counted(self, letter: str) -> str:
        """Return what is heard after a letter: it, what is typed, and how many have such a name."""
        t = self.look.t
        found = self.view.model.rowCount()
        count = t.plural("{count} name", "{count} names", found)
        return t.conventions.listing([x for x in (letter, self.field.text(), count) if x])

    def _type(self, letter: str) -> None:
        self.field.setText((self.field.text() + letter)[:LONGEST_QUERY])

    def _search(self, typed: str) -> None:
        self.view_state.typed_name = typed
        self._clear.setVisible(bool(typed))
        found = self.index.by_name(typed)
        self._found.setText(self.look.t("Show {count}", count=len(found)))
        self.view.show_rows(found)

    def _keyboard_visible(self, visible: bool) -> None:
        self.view_state.keyboard = visible
        self.keyboard.setVisible(visible)
        self._open.setVisible(not visible)
        self._share_room()

    def _share_room(self) -> None:
        """Show keyboard or results alone where large text on a small screen leaves no room for both."""
        style = self.look.style
        taken = self.field.sizeHint().height() + self.keyboard.sizeHint().height() + 2 * style.gap
        crowded = self.height() - taken < self.view.least_height()
        self.view.setVisible(not (crowded and self.view_state.keyboard))
        self._found.setVisible(crowded and self.view_state.keyboard)
        self.keyboard.show_hide_key(not crowded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new height between keyboard and results."""
        super().resizeEvent(event)
        self._share_room()

    def _keep_order(self, order: KeyOrder) -> None:
        self.view_state.order = order


class ByList(GoingPage):
    """Page of the lists; an opened list shows the effect of choosing it, and its members.

    Letters go to a list, and in an opened one to a member.
    """

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__(look, index, cache, view_state)
        self._chosen: ChosenCodes = frozenset()
        self._page = column()
        self.setLayout(self._page)
        self._choose: Button | None = None
        self._draw()

    def show_chosen(self, chosen: ChosenCodes) -> None:
        """Mark the chosen members of the opened list and name the effect of its button."""
        super().show_chosen(chosen)
        self._chosen = chosen
        self._say_choice()

    def _fitting(self, typed: str) -> Sequence[Candidate | CandidateList]:
        return self.index.beginning(self._shown, typed)

    def _open(self, code: SelectionCode | None) -> None:
        self._typed = ""
        self.view_state.open_list = code
        self._draw()
        self.show_chosen(self._chosen)

    def _draw(self) -> None:
        clear(self._page)
        code = self.view_state.open_list
        opened = self.contest.list_of(code) if code is not None else None
        self._page.addWidget(self._overview() if opened is None else self._detail(opened))

    def _overview(self) -> QWidget:
        view = CandidateView(self.look, self.contest, self.cache, CardForm.LIST, name="lists")
        view.touched.connect(lambda code: self._open(SelectionCode(code)))
        view.told.connect(self.keyed)
        self._shown: Sequence[Candidate | CandidateList] = self.contest.lists
        view.show_rows(self._shown)
        self.view, self._choose = view, None
        return view

    def _detail(self, opened: CandidateList) -> QWidget:
        look = self.look
        t, style = look.t, look.style
        every = t("All lists")
        back = Button(
            look, "list-back", "" if look.layout.brief else every, icon="back", said=every
        )
        back.clicked.connect(lambda: self._open(None))
        self._choose = Button(look, "choose-list", "", kind=ButtonKind.MAIN, icon="check")
        self._choose.clicked.connect(lambda: self.touched.emit(int(opened.code)))
        code = t.code(self.contest.format_code(opened.code))
        words = row(
            Label(
                look,
                t.of(opened.name),
                Ink.TITLE,
                name="list-name",
                most_lines=NAME_LINES if look.layout.crowded else 0,
            ),
            Label(look, t("List {code}", code=code), Ink.SMALL, Tone.MUTED, wrap=False),
            1,
            spacing=style.mm(3),
        )
        what = Label(look, t("A list stands for all its members."), Ink.SMALL, Tone.MUTED)
        if look.layout.crowded:
            answers = row(back, self._choose, spacing=style.gap)
            answers.setStretch(1, 1)
            head: QBoxLayout = column(words, answers, spacing=style.mm(1))
        else:
            head = row(back, words, self._choose, spacing=style.mm(3))
            head.setStretch(1, 1)
            either = t("With a list no single candidates can be chosen.")
            what.setText(f"{what.text()} {either}")
        view = CandidateView(look, self.contest, self.cache, CardForm.ROW)
        view.touched.connect(self.touched)
        view.told.connect(self.keyed)
        self._shown = self.index.members(opened)
        view.show_rows(self._shown)
        self.view = view
        page = QWidget()
        what.setVisible(not look.layout.brief)
        layout = column(head, what, view, spacing=style.gap)
        layout.setStretch(2, 1)
        page.setLayout(layout)
        return page

    def _say_choice(self) -> None:
        if self._choose is None:
            return
        t = self.look.t
        chosen = self.view_state.open_list in self._chosen
        self._choose.setText(t("Take it away") if chosen else t("Choose this list"))
        self._choose.set_icon("cross" if chosen else "check")
        self._choose.set_kind(ButtonKind.PLAIN if chosen else ButtonKind.MAIN)

"""Screen for marking one contest: find and choose candidates, see the choice, go on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedLayout, QWidget

from election.definition import SelectionCode
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.ballot.by_code import ByCode
from ui.ballot.contest_view_state import ContestViewState, Tab, tabs_of
from ui.ballot.finding import ByAll, ByList, ByName, FindingPage
from ui.ballot.notices import refusal
from ui.ballot.only import ByOne
from ui.ballot.over import over_dialog
from ui.ballot.portraits import PortraitCache, Portraits
from ui.ballot.questions import LONGEST_IN_A_SENTENCE, named, over_question
from ui.ballot.search import CandidateIndex
from ui.ballot.tray import SelectionTray
from ui.layout import Form
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    Button,
    ButtonKind,
    Dialog,
    FocusRank,
    HeaderBar,
    Icon,
    Label,
    Look,
    Tone,
    claim_focus,
    column,
    discard,
    row,
)
from words.message import Message, m

TAB_WORDS: dict[Tab, tuple[Message, str]] = {
    Tab.ONE: (m("Yes or no"), "check"),
    Tab.NAME: (m("Name"), "search"),
    Tab.CODE: (m("Code"), "keypad"),
    Tab.LIST: (m("Lists"), "list"),
    Tab.ALL: (m("All"), "people"),
}
WAYS: dict[Tab, type[FindingPage]] = {
    Tab.ONE: ByOne,
    Tab.NAME: ByName,
    Tab.CODE: ByCode,
    Tab.LIST: ByList,
    Tab.ALL: ByAll,
}


BRIEF_EDGE_MM = 4.5, 2.0
"""Beside, above and below, where each line counts."""
TABS_MM = 172
"""What the smallest screen leaves for tabs beside the tray."""


class ContestScreen(Screen):
    """Buttons: `tab-name` … `tab-all`, `back`, `skip`, `next`; see the package's docstring."""

    keyed = Signal(str)
    """What was typed on the screen's keyboard, and what it found."""

    def __init__(
        self,
        look: Look,
        index: CandidateIndex,
        portraits: Portraits,
        view_state: ContestViewState,
    ) -> None:
        super().__init__(look, edge_mm=BRIEF_EDGE_MM if look.layout.brief else None)
        style = look.style
        self._index, self._view_state = index, view_state
        self._cache = PortraitCache(portraits)
        self._state: at.Marking | None = None
        self._question: Dialog | None = None
        self._ways: dict[Tab, FindingPage] = {}
        contest = index.contest
        t = look.t

        self._header = self.put_title(t.of(contest.title), " ", inline=True)
        self._tabs = self._made_tabs()
        tabs = row(*self._tabs.values(), spacing=style.gap)
        for place in range(len(self._tabs)):
            tabs.setStretch(place, 1)
        self._stack = QStackedLayout()
        self._skip = self.button(
            "skip", t("Take no part in this contest"), on.Skipped(), kind=ButtonKind.QUIET
        )
        self._tray = SelectionTray(look, index)
        self._tray.removed.connect(self._toggle)
        self._tray.clear_asked.connect(self._ask_clear)
        self._tray.skip_asked.connect(self._skip.click)
        alone = len(self._tabs) == 1
        if alone:
            for tab in self._tabs.values():
                # It goes with the screen: what has no parent is never freed.
                tab.setParent(self)
                tab.hide()
        finding = column(*(() if alone else (tabs,)), self._stack, spacing=style.mm(3))
        finding.setStretch(finding.count() - 1, 1)
        body = QBoxLayout(
            QBoxLayout.Direction.TopToBottom
            if look.layout.form is Form.PORTRAIT
            else QBoxLayout.Direction.LeftToRight
        )
        body.setSpacing(style.gap if look.layout.brief else style.mm(4))
        body.addLayout(finding, 3)
        body.addWidget(self._tray, 1)
        if alone:
            # The card says all that the tray would.
            self._tray.setParent(self)
            self._tray.hide()

        self._back = self.button("back", t("Back"), on.Back(), icon="back")
        self._next = self.button(
            "next", "", on.Next(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        self.put(body, 1)
        self._skip.setParent(self)
        self._skip.hide()
        middle = () if look.layout.crowded else (self._skip, 1)
        self.put_actions(self._back, 1, *middle, self._next)
        self._notice = Notice(look, self._header, self)
        self._open(view_state.tab)

    # ---------------------------------------------------------------- state

    def show_state(self, state: object) -> None:
        """Show the marks, the notice and any open question. Raises TypeError for another state."""
        if not isinstance(state, at.Marking):
            raise TypeError(f"not for {type(state).__name__}")
        before, self._state = self._state, state
        if before == state:
            return
        t, marks = self.look.t, state.marks
        last = state.from_review or state.index + 1 == len(state.session.contests)
        self._next.setText(t("To the review") if last else t("Next contest"))
        place = t("{place} of {count}", place=state.index + 1, count=len(state.session.contests))
        self.say(t.of(state.contest.title), "" if self.look.layout.crowded else place)
        self._back.setVisible(not state.from_review or all(m.settled for m in state.session.marks))
        self._skip.setVisible(marks.empty and not self.look.layout.crowded)
        if before is None or before.marks != marks:
            self._tray.show_marks(marks)
            for way in self._ways.values():
                way.show_marks(marks)
        notice = state.session.notice
        said = t(refusal(notice)) if notice else ""
        if self.look.layout.crowded:
            self._tray.say(said)
        else:
            self._notice.say(said)
        self._ask(state)

    def _toggle(self, code: int) -> None:
        self.acted.emit(on.Toggled(SelectionCode(code)))

    # ---------------------------------------------------------------- tabs

    def _made_tabs(self) -> dict[Tab, Button]:
        """Return a button for each way; symbols where lines are few and a language's words are too long."""
        style, tabs = self.look.style, tabs_of(self._index.contest)
        crowded = self.look.layout.crowded
        made = {tab: self._tab(tab, words=True, symbol=not crowded) for tab in tabs}
        wide = sum(button.minimumSizeHint().width() + style.gap for button in made.values())
        if not self.look.layout.brief or wide <= style.mm(TABS_MM):
            return made
        for button in made.values():
            discard(button)
        return {tab: self._tab(tab, words=False, symbol=True) for tab in tabs}

    def _tab(self, tab: Tab, *, words: bool, symbol: bool) -> Button:
        name, icon = TAB_WORDS[tab]
        said = self.look.t(name)
        made = Button(
            self.look,
            f"tab-{tab.value}",
            said if words else "",
            icon=icon if symbol else "",
            said=said,
        )
        made.setCheckable(True)
        made.clicked.connect(lambda: self._open(tab))
        return made

    def _open(self, tab: Tab) -> None:
        self._view_state.tab = tab
        for contest, button in self._tabs.items():
            button.setChecked(contest is tab)
        if tab not in self._ways:
            way = WAYS[tab](self.look, self._index, self._cache, self._view_state)
            way.touched.connect(self._toggle)
            way.keyed.connect(self.keyed)
            way.answered.connect(lambda yes: self.acted.emit(on.OnlyAnswered(yes)))
            if isinstance(way, ByOne):
                way.skip_asked.connect(self._skip.click)
            if self._state is not None:
                way.show_marks(self._state.marks)
            self._ways[tab] = way
            self._stack.addWidget(way)
        self._stack.setCurrentWidget(self._ways[tab])

    # ---------------------------------------------------------------- keys

    def type_digit(self, digit: str) -> str:
        """Type a digit of a code, and return what is heard."""
        if Tab.CODE not in self._tabs:
            return ""
        self._open(Tab.CODE)
        way = self._ways[Tab.CODE]
        return way.type(digit)

    def type_letter(self, letter: str) -> str:
        """Type a letter of a name, and return what is heard: it searches, or goes to one of few."""
        if self._view_state.tab is Tab.LIST:
            heard = self._ways[Tab.LIST].type(letter)
            if self._ways[Tab.LIST].nearest():
                return heard
        tab = next((one for one in (Tab.NAME, Tab.ALL) if one in self._tabs), None)
        if tab is None:
            return ""
        self._open(tab)
        return self._ways[tab].type(letter)

    def nearest(self) -> str:
        """Return the name of the card that typed letters lead to, empty if there is none."""
        return self._ways[self._view_state.tab].nearest()

    def erase(self) -> str:
        """Take back what was typed last, and return what is heard."""
        return self._ways[self._view_state.tab].erase()

    def pending(self) -> tuple[str, str]:
        """Return what waits for an answer beside the keypad, as it is heard, and the button to go to."""
        return self._ways[self._view_state.tab].pending()

    # ---------------------------------------------------------------- questions

    def _ask(self, state: at.Marking) -> None:
        """Open the question that the flow asks, if any, in place of the last one."""
        self._close_question()
        if state.confirming_blank:
            self._question = self._ask_blank()
        elif state.session.asked_list is not None:
            self._question = self._ask_list(state, state.session.asked_list)
        elif state.session.asked_over is not None:
            self._question = over_dialog(
                self.look,
                self,
                state.contest,
                state.session.asked_over,
                over_question(state, LONGEST_IN_A_SENTENCE),
                self._cache,
                self.acted.emit,
            )
        if self._question is not None:
            self._question.show()

    def _close_question(self) -> None:
        discard(self._question)
        self._question = None

    def _ask_blank(self) -> Dialog:
        t = self.look.t
        return Dialog(
            self.look,
            self,
            "question-blank",
            t("You have chosen nobody"),
            t("A blank vote is counted as cast, but for nobody. Is that what you want?"),
            self.button(
                "confirm-no", t("Go back and choose"), on.BlankAnswered(False), kind=ButtonKind.MAIN
            ),
            self.button("confirm-yes", t("Cast a blank vote"), on.BlankAnswered(True)),
        )

    def _ask_list(self, state: at.Marking, code: SelectionCode) -> Dialog:
        t = self.look.t
        asked = state.contest.list_of(code)
        if asked is None:
            raise ValueError("the question is about a list of another contest")
        return Dialog(
            self.look,
            self,
            "question-list",
            t("Choose the list {name} instead?", name=named(state.contest, code)),
            t(
                "A vote is for one list, or for single candidates. The list stands for its "
                "{members} members; the {count} you have chosen would be taken away.",
                members=len(asked.members),
                count=state.marks.count(),
            ),
            self.button(
                "confirm-no",
                t("No, keep my candidates"),
                on.ListReplacesAnswered(False),
                kind=ButtonKind.MAIN,
            ),
            self.button("confirm-yes", t("Yes, choose the list"), on.ListReplacesAnswered(True)),
        )

    def _ask_clear(self) -> None:
        t = self.look.t
        keep = Button(self.look, "confirm-no", t("No, keep them"), kind=ButtonKind.MAIN)
        away = self.button(
            "confirm-yes", t("Yes, take all away"), on.Cleared(), kind=ButtonKind.WARN
        )
        keep.clicked.connect(self._close_question)
        away.clicked.connect(self._close_question)
        self._close_question()
        self._question = Dialog(
            self.look,
            self,
            "question-clear",
            t("Take all away?"),
            t("All you have chosen in this contest would be taken away."),
            keep,
            away,
            icon="trash",
        )
        self._question.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notice over the title."""
        super().resizeEvent(event)
        self._notice.place()


class Notice(BorderedFrame):
    """Reason why the last touch changed nothing.

    Lies over the title: nothing moves and nothing to touch is covered.
    """

    def __init__(self, look: Look, header: HeaderBar, parent: QWidget) -> None:
        super().__init__(look, "warn", name="notice", pad_mm=1.5)
        self.setParent(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        style = look.style
        self._header, self._edge = header, style.mm(1)
        self._text = Label(look, "", Ink.STRONG, Tone.WARN, name="notice-text")
        claim_focus(self._text, FocusRank.HEADING)
        icon = Icon(look, "warning", style.icon_px(), style.palette.warn)
        self._line = row(icon, self._text, spacing=style.mm(2))
        self._line.setStretch(1, 1)
        self.hold(self._line)
        self.hide()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.place)
        header.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the header's size; the event is never consumed."""
        if watched is self._header and event.type() == QEvent.Type.Resize:
            self._later.start(0)  # after the header has laid itself out
        return False

    def say(self, text: str) -> None:
        """Show `text` over the header, or hide the notice if it is empty."""
        self._text.setText(text)
        self.setVisible(bool(text))
        self._header.show_words(visible=not text)
        self.place()

    def place(self) -> None:
        """Cover the title's area; cover the tabs, too, if the text needs more lines."""
        if self.isHidden():
            return
        room = self._header.words_rect()
        wanted = self._line.totalHeightForWidth(room.width())
        height = max(wanted, self._header.height() - 2 * self._edge)
        top = self._header.y() + self._edge
        self.setGeometry(room.left(), top, room.width(), height)
        self.raise_()

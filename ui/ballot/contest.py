"""Marking one contest: find, choose, see what is chosen, go on."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from kiosk.definition import Contest, SelectionCode
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.marks import MarkRefused, may_hold_list
from kiosk.search import CandidateIndex
from ui.ballot.candidates import PortraitCache, Portraits
from ui.ballot.desk import Desk, Tab, tabs_of
from ui.ballot.finding import ByAll, ByCode, ByList, ByName, Way
from ui.ballot.screen import Screen
from ui.ballot.tray import Tray, chosen_codes
from ui.text import N_, Texts
from ui.theme import Ink
from ui.widgets import Button, Card, Dialog, FooterBar, Icon, Kind, Label, Look, Tone, column, row

TAB_WORDS: dict[Tab, tuple[str, str]] = {
    Tab.NAME: (N_("Name"), "search"),
    Tab.CODE: (N_("Code"), "keypad"),
    Tab.LIST: (N_("Lists"), "list"),
    Tab.ALL: (N_("All"), "people"),
}
WAYS: dict[Tab, type[Way]] = {Tab.NAME: ByName, Tab.CODE: ByCode, Tab.LIST: ByList, Tab.ALL: ByAll}


class ContestScreen(Screen):
    """Buttons: `tab-name` … `tab-all`, `back`, `skip`, `next`; see the package's docstring."""

    def __init__(self, look: Look, index: CandidateIndex, portraits: Portraits, desk: Desk) -> None:
        super().__init__(look)
        style = look.style
        self._index, self._desk = index, desk
        self._cache = PortraitCache(portraits)
        self._state: at.Marking | None = None
        self._question: Dialog | None = None
        self._ways: dict[Tab, Way] = {}
        contest = index.contest
        t = look.t

        self._header = self.header(t.of(contest.title), how_many(contest, t))
        self._tabs = {tab: self._tab(tab) for tab in tabs_of(contest)}
        tabs = row(*self._tabs.values(), spacing=style.gap)
        for place in range(len(self._tabs)):
            tabs.setStretch(place, 1)
        self._stack = QStackedLayout()
        self._tray = Tray(look, index)
        self._tray.removed.connect(self._toggle)
        self._tray.clear_asked.connect(self._ask_clear)
        finding = column(tabs, self._stack, spacing=style.mm(3))
        finding.setStretch(1, 1)
        body = QHBoxLayout()
        body.setContentsMargins(style.margin, style.mm(3), style.margin, style.mm(3))
        body.setSpacing(style.mm(4))
        body.addLayout(finding, 3)
        body.addWidget(self._tray, 1)

        self._back = self.button("back", "", on.Back(), icon="back")
        self._skip = self.button(
            "skip", t("Take no part in this contest"), on.Skipped(), kind=Kind.QUIET
        )
        self._next = self.button("next", "", on.Next(), icon="next", kind=Kind.MAIN, trailing=True)
        page = self.page()
        page.addWidget(self._header)
        page.addLayout(body, 1)
        page.addWidget(FooterBar(look, self._back, 1, self._skip, 1, self._next))
        self._notice = Notice(look, self)
        self._open(desk.tab)

    # ---------------------------------------------------------------- state

    def show_state(self, state: at.State) -> None:
        if not isinstance(state, at.Marking):
            raise TypeError(f"not for {type(state).__name__}")
        before, self._state = self._state, state
        if before == state:
            return
        t, marks = self.look.t, state.marks
        last = state.from_review or state.index + 1 == len(state.session.contests)
        self._next.setText(t("To the review") if last else t("Next contest"))
        self._back.setText(t("Back"))
        self._back.setVisible(not state.from_review or all(m.settled for m in state.session.marks))
        self._skip.setVisible(marks.empty)
        if before is None or before.marks != marks:
            self._tray.show_marks(marks)
            for way in self._ways.values():
                way.show_chosen(chosen_codes(marks))
        notice = state.session.notice
        self._notice.say(refusal(notice, state.contest, t) if notice else "")
        self._ask(state)

    def _toggle(self, code: int) -> None:
        self.acted.emit(on.Toggled(SelectionCode(code)))

    # ---------------------------------------------------------------- tabs

    def _tab(self, tab: Tab) -> Button:
        words, icon = TAB_WORDS[tab]
        made = Button(self.look, f"tab-{tab.value}", self.look.t(words), icon=icon)
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.clicked.connect(lambda: self._open(tab))
        return made

    def _open(self, tab: Tab) -> None:
        self._desk.tab = tab
        self._tabs[tab].setChecked(True)
        if tab not in self._ways:
            way = WAYS[tab](self.look, self._index, self._cache, self._desk)
            way.touched.connect(self._toggle)
            if self._state is not None:
                way.show_chosen(chosen_codes(self._state.marks))
            self._ways[tab] = way
            self._stack.addWidget(way)
        self._stack.setCurrentWidget(self._ways[tab])

    # ---------------------------------------------------------------- questions

    def _ask(self, state: at.Marking) -> None:
        """The question the flow has asked, if any."""
        self._close_question()
        if state.confirming_blank:
            self._question = self._ask_blank()
        elif state.session.asked_list is not None:
            self._question = self._ask_list(state, state.session.asked_list)
        if self._question is not None:
            self._question.show()

    def _close_question(self) -> None:
        if self._question is not None:
            self._question.hide()
            self._question.setParent(None)
            self._question.deleteLater()
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
                "confirm-no", t("Go back and choose"), on.BlankAnswered(False), kind=Kind.MAIN
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
            t("Choose the list {name} instead?", name=asked.name),
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
                kind=Kind.MAIN,
            ),
            self.button("confirm-yes", t("Yes, choose the list"), on.ListReplacesAnswered(True)),
        )

    def _ask_clear(self) -> None:
        t = self.look.t
        keep = Button(self.look, "confirm-no", t("No, keep them"), kind=Kind.MAIN)
        away = self.button("confirm-yes", t("Yes, take all away"), on.Cleared(), kind=Kind.WARN)
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
        super().resizeEvent(event)
        self._notice.place()


class Notice(Card):
    """Why the last touch did nothing. Lies over the tabs, so that nothing moves under a finger."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, "warn", name="notice", pad_mm=2.5)
        self.setParent(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        style = look.style
        self._style, self._screen = style, parent
        self._text = Label(look, "", Ink.STRONG, Tone.WARN, name="notice-text")
        icon = Icon(look, "warning", style.icon_px(), style.palette.warn)
        line = row(icon, self._text, spacing=style.mm(2.5))
        line.setStretch(1, 1)
        self.hold(line)
        self.hide()

    def say(self, text: str) -> None:
        self._text.setText(text)
        self.setVisible(bool(text))
        self.place()

    def place(self) -> None:
        """In the middle of the lower edge, above the footer."""
        if self.isHidden():
            return
        style = self._style
        width = min(self._screen.width() - 2 * style.margin, style.mm(230))
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else self.height()
        top = self._screen.height() - height - style.mm(22)
        self.setGeometry(QRect((self._screen.width() - width) // 2, top, width, height))
        self.raise_()


def how_many(contest: Contest, t: Texts) -> str:
    """The contest's instruction in one sentence."""
    if may_hold_list(contest):
        return t("Choose up to {most} candidates, or one list.", most=contest.max_selections)
    return t.plural(
        "Choose one candidate.", "Choose up to {count} candidates.", contest.max_selections
    )


def refusal(notice: MarkRefused, contest: Contest, t: Texts) -> str:
    """Why a mark was not made, and what to do."""
    match notice:
        case MarkRefused.UNKNOWN_CODE:
            return t("This code belongs to nobody. Check it and type it again.")
        case MarkRefused.FULL:
            return t.plural(
                "One candidate is chosen already. Take them away first, to choose somebody else.",
                "{count} candidates are chosen already, as many as may be. Take one away first, to choose somebody else.",
                contest.max_selections,
            )
        case MarkRefused.LIST_CHOSEN:
            return t("A list is chosen. Take it away first, to choose single candidates.")
        case MarkRefused.PERSONS_CHOSEN:
            return t("Single candidates are chosen. Take them away first, to choose a list.")

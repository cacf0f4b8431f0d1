"""Window of the ballot terminal: one screen at a time, built anew for every voter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from election.definition import Contest, ContestId
from election.signs import NO_FILMS, SignStep
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.states import presentation_of
from kiosk.flows.operator import states as console
from kiosk.status import DeviceStatus, Lamp, Mode
from ui.ballot.casting import CastScreen, ChallengedScreen, RecordedScreen
from ui.ballot.contest import ContestScreen
from ui.ballot.contest_view_state import ContestViewState, Tab, tabs_of
from ui.ballot.interruptions import InterruptionScreen
from ui.ballot.messages import MessageScreen
from ui.ballot.paper import CompareScreen, ProvisionalScreen, VoidScreen
from ui.ballot.portraits import Portraits
from ui.ballot.preferences import Choices, PreferencesScreen, presentation_panel
from ui.ballot.review import ReviewScreen
from ui.ballot.search import CandidateIndex
from ui.ballot.signs import STEPS, sign_button, sign_dialog
from ui.ballot.training import TrainingScreen
from ui.ballot.way import StepStrip, step_of
from ui.forgetting import Forgetting
from ui.keys.companion import CompanionBanner
from ui.keys.darkness import Darkness
from ui.keys.pilot import Pilot
from ui.keys.touching import TouchToHear
from ui.layout import Layout
from ui.operator.panel import OperatorPanel
from ui.screen import Screen, ScreenPlace
from ui.widgets import (
    Button,
    ButtonKind,
    Dialog,
    HeaderBar,
    Look,
    ModeBanner,
    NoticeBanner,
    Stage,
    column,
    discard,
    make_look,
    row,
)
from words.languages import Languages, for_voters, installed

PREPARE_MS = 120
"""After the preferences are drawn."""

ScreenKey = tuple[str, at.Presentation, Mode, int, tuple[Lamp, ...], Layout]
"""A screen is built anew when any changes: kind of state, presentation, mode, contest, notices, layout."""


class BallotWindow(QWidget):
    """Window that draws the ballot flow's state and sends its events, and the operator console over it."""

    acted = Signal(object)
    """kiosk.flows.ballot.events.BallotEvent"""
    sound_asked = Signal(object)
    """ui.keys.acts.KeyAct that the sound does by itself"""
    control_said = Signal(str)
    """Name of what the voter has come to by keys or switches."""
    control_added = Signal(str)
    """The same where the voter was brought: heard after what is being said."""
    switch_pressed = Signal(int)
    switch_released = Signal(int)
    """To be emitted from any thread: switch 1 or 2 of the switch box, and once it is let go."""
    operator_event = Signal(object)
    """kiosk.flows.operator.events.ConsoleEvent"""
    hears: bool = False
    """Whether there is sound: then what is touched can be heard, and what is dark."""
    _film: Dialog | None = None

    def __init__(
        self,
        dpi: float,
        portraits: Portraits,
        *,
        may_challenge: Callable[[int], bool] = lambda _spoiled: True,
        languages: Languages | None = None,
        at_rest: at.Presentation | None = None,
    ) -> None:
        """Create the window without a voter.

        `dpi`: real density of the screen. `portraits`: JPEG by digest, empty if there is none.
        `languages`: those that come with the program unless others are given. `at_rest`:
        presentation of the device while nobody votes.
        """
        super().__init__()
        self.setObjectName("window")
        self._dpi, self._portraits = dpi, portraits
        self._may_challenge = may_challenge
        self._languages = (languages or for_voters()).load()
        self._at_rest = at_rest or at.Presentation()
        self._indexes: dict[ContestId, CandidateIndex] = {}
        self._desks: dict[ContestId, ContestViewState] = {}
        self._coming: tuple[Contest, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._prepare)
        self._key: ScreenKey | None = None
        self._drawn: tuple[at.BallotState, DeviceStatus] | None = None
        self._look = make_look(dpi, self._at_rest, self._languages)
        self.setWindowTitle(self._look.t("Ballot terminal"))
        self._panel: Dialog | None = None
        self._banner: QWidget | None = None
        self._booth = QWidget()
        self._console = OperatorPanel(dpi, self._at_rest, languages or installed())
        self._console.acted.connect(self.operator_event)
        self._over = QStackedWidget()
        self._stage = Stage(self._booth)
        self._place = ScreenPlace(self._stage)
        self._place.acted.connect(self.acted)
        self._place.settings_asked.connect(self._open_panel)
        self._place.help_asked.connect(lambda: self.acted.emit(on.HelpAsked()))
        self._page = column(self._place)
        self._page.setStretch(0, 1)
        self._booth.setLayout(self._page)
        self._over.addWidget(self._stage)
        self._over.addWidget(self._console)
        self.setLayout(column(self._over))
        self.setProperty("console", console.Away.__name__)
        self.pilot = Pilot(self, self._stage)
        self.pilot.acted.connect(self.acted)
        self.pilot.said.connect(self.control_said)
        self.pilot.added.connect(self.control_added)
        self.pilot.asked.connect(self.sound_asked)
        self.switch_pressed.connect(self._switch)
        self.switch_released.connect(self.pilot.hold.up)
        self._forgetting = Forgetting(self)
        self._dark = Darkness(self)
        self._dark.acted.connect(self.acted)
        self.films = NO_FILMS
        """Of the steps, in sign language."""
        self.touch = TouchToHear(self, self._stage, lambda: self._look)
        self.touch.said.connect(self.control_said)

    # ---------------------------------------------------------------- ballot

    def show_state(self, state: at.BallotState, status: DeviceStatus) -> None:
        """Draw `state`; everything a voter had on the screen is discarded when they leave."""
        self.setProperty("flow", type(state).__name__)
        if not _is_voters(state) or isinstance(state, at.Challenged):
            # After a challenge the voter marks anew, from the beginning.
            self._desks.clear()
        if not at.has_voter(state):
            self._stage.steady.forget()
        if not isinstance(state, at.VoterState):
            self._close_panel()
        self._forgetting.seen(served=not isinstance(state, _FREE))
        presentation = presentation_of(state, self._at_rest)
        index = state.index if isinstance(state, at.Marking) else 0
        self._drawn = state, status
        look = make_look(self._dpi, presentation, self._languages, self.size())
        seen = replace(presentation, hearing=at.Hearing())
        notices = status.notices(voter=at.has_voter(state))
        key = (_kind(state), seen, status.mode, index, notices, look.layout)
        fresh = key != self._key
        reopen = fresh and self._panel is not None
        if fresh:
            before, self._key = self._key, key
            self._close_panel()
            if before is None or (before[1], before[-1]) != (seen, look.layout):
                self._wear(look)
            self._show_banners(status.mode, presentation.companion, notices)
        self._place.show_state(key, lambda: self._signed(state, status.mode), state, status)
        self._console.show_status(status)
        if reopen:
            self._open_panel()
        self.pilot.shown(state, fresh=fresh)
        self.touch.use(_hears_touches(state), fresh=fresh)
        self._dark.cover(state, self._look)
        if isinstance(state, at.Preferences):
            self._coming = state.session.contests
            self._later.start(PREPARE_MS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Build the screen anew if it takes another form at the new size."""
        super().resizeEvent(event)
        self._dark.setGeometry(self.rect())
        self.touch.setGeometry(self.rect())
        if self._drawn is not None:
            self.show_state(*self._drawn)

    # ---------------------------------------------------------------- keys and switches

    @property
    def look(self) -> Look:
        """Look of the present voter."""
        return self._look

    @property
    def screen_now(self) -> Screen | None:
        """Screen that is drawn."""
        return self._place.drawn

    @property
    def state_now(self) -> at.BallotState | None:
        """State that is drawn."""
        return None if self._drawn is None else self._drawn[0]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key that no widget wanted."""
        if self._over.currentWidget() is not self._stage or not self.pilot.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Take a switch that is let go."""
        self.pilot.key_up(event)
        super().keyReleaseEvent(event)

    def _switch(self, number: int) -> None:
        if self._over.currentWidget() is self._stage:
            self.pilot.hold.down(number)

    def _wear(self, look: Look) -> None:
        """Take another language, text size, contrast or layout."""
        self._look = look
        self._place.empty()
        self.setLayoutDirection(look.direction)
        self.setPalette(look.style.qt_palette())
        self.setFont(look.style.font())
        self.setStyleSheet(look.style.stylesheet())

    def _show_banners(self, mode: Mode, companion: at.Companion, notices: tuple[Lamp, ...]) -> None:
        discard(self._banner)
        helped = companion is not at.Companion.NONE
        # Both stand in one line where lines are few.
        beside = self._look.layout.brief and mode is not Mode.REAL
        said = (CompanionBanner(self._look, alone=not beside),) if helped else ()
        self._banner = QWidget()
        banners = (row if beside else column)(ModeBanner(self._look, mode), *said)
        banners.setStretch(0, 1)
        told = (NoticeBanner(self._look, notice) for notice in notices)
        self._banner.setLayout(column(banners, *told))
        self._page.insertWidget(0, self._banner)

    def _signed(self, state: at.BallotState, mode: Mode) -> Screen:
        """Return a new screen, with the strip of steps, and a button for its film if there is one."""
        self._close_film()
        made = self._made(state, mode)
        if (place := step_of(state)) is not None:
            made.put_above(StepStrip(self._look, place))
        step = STEPS.get(type(state))
        if step is not None and step in self.films:
            button = sign_button(self._look, lambda: self._show_film(step))
            if isinstance(made.head, HeaderBar):
                made.head.add_first(button)
            else:
                made.put(row(1, button, 1))
        return made

    def _show_film(self, step: SignStep) -> None:
        self._close_film()
        self._film = sign_dialog(
            self._look,
            self._booth,
            self.films.read(step),
            self._close_film,
            lambda: self.acted.emit(on.Attended()),
        )
        self._film.show()

    def _close_film(self) -> None:
        discard(self._film)
        self._film = None

    def _made(self, state: at.BallotState, mode: Mode) -> Screen:
        look = self._look
        if mode is Mode.TRAINING and isinstance(state, at.Idle | at.Recorded):
            return TrainingScreen(look, over=isinstance(state, at.Recorded))
        match state:
            case at.Preferences():
                return PreferencesScreen(look, hears=self.hears)
            case at.Marking():
                contest = state.contest
                view_state = self._desks.setdefault(
                    contest.id, ContestViewState(self._first_tab(contest))
                )
                screen = ContestScreen(look, self._index(contest), self._portraits, view_state)
                screen.keyed.connect(self.pilot.keyed)
                return screen
            case at.Review():
                return ReviewScreen(look, self._portraits)
            case at.ProvisionalNotice():
                return ProvisionalScreen(look)
            case at.Comparing():
                return CompareScreen(look, training=mode is Mode.TRAINING)
            case at.PaperVoid():
                return VoidScreen(look, waits=bool(state.tracking))
            case at.CastOrChallenge():
                return CastScreen(
                    look, challenge_allowed=self._may_challenge(state.session.spoiled)
                )
            case at.Challenged():
                return ChallengedScreen(look)
            case at.Recorded():
                return RecordedScreen(look)
            case at.Helping():
                return InterruptionScreen(look, helping=True)
            case at.Inactive():
                return InterruptionScreen(look, helping=False)
            case (
                at.Sealing()
                | at.Printing()
                | at.Recording()
                | at.Spoiling()
                | at.Abandoned()
                | at.NotRecorded()
            ):
                return MessageScreen(look, chosen=True)
            case at.Idle() | at.Closed() | at.CheckingCard() | at.Refused() | at.OutOfService():
                return MessageScreen(look, chosen=False)
            case _:
                assert_never(state)

    def _first_tab(self, contest: Contest) -> Tab:
        tabs = tabs_of(contest)
        by_code = self.pilot.by_keys and tabs[0] is not Tab.ONE
        return Tab.CODE if by_code else tabs[0]

    def _prepare(self) -> None:
        """Index the contests, once a day, while a voter looks at the preferences."""
        for contest in self._coming:
            self._index(contest)
        self._coming = ()

    def _index(self, contest: Contest) -> CandidateIndex:
        known = self._indexes.get(contest.id)
        if known is None or known.contest is not contest:
            known = CandidateIndex(contest)
            self._indexes[contest.id] = known
        return known

    # ---------------------------------------------------------------- language, size, contrast

    def _open_panel(self) -> None:
        self._close_panel()
        if self._key is None:
            return
        look = self._look
        choices = Choices(look, hears=self.hears)
        if self._drawn is not None:
            choices.show_presentation(presentation_of(self._drawn[0], self._at_rest))
        choices.chosen.connect(lambda chosen: self.acted.emit(on.PresentationChosen(chosen)))
        done = Button(look, "settings-close", look.t("Done"), icon="check", kind=ButtonKind.MAIN)
        done.clicked.connect(self._close_panel)
        self._panel = presentation_panel(look, self._booth, choices, done)
        self._panel.show()

    def _close_panel(self) -> None:
        discard(self._panel)
        self._panel = None

    # ---------------------------------------------------------------- operator

    def show_operator(self, state: console.ConsoleState) -> None:
        """Cover the window with the console unless no operator is there."""
        self.setProperty("console", type(state).__name__)
        self._console.show_state(state)
        away = isinstance(state, console.Away)
        if not away:
            self._close_panel()
        self._over.setCurrentWidget(self._stage if away else self._console)
        if not away:
            self.touch.use(False, fresh=True)
        if away:
            self._stage.keep_focus_later()


def _hears_touches(state: at.BallotState) -> bool:
    return at.presentation_of(state, at.Presentation()).touch is at.Touch.HEARS


def _kind(state: at.BallotState) -> str:
    return type(state).__name__


_FREE = (at.Idle, at.Closed, at.OutOfService)
"""Nobody is served, and nothing of the last voter is shown."""


def _is_voters(state: at.BallotState) -> bool:
    """Return whether there is a voter who may come back to what was open."""
    return isinstance(
        state,
        at.VoterState
        | at.Sealing
        | at.Printing
        | at.Recording
        | at.Spoiling
        | at.Helping
        | at.Inactive,
    )

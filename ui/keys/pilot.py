"""Take a voter's keys and switches to the screen: move, type, select, ask.

Everything ends in the same acts as a touch: the flow and the screens do not know how a voter votes,
and nothing of it is kept (`docs/sound.md`). What the voter comes to is told by `said`, to be heard.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.ballot.candidates import CardList
from ui.ballot.contest import ContestScreen
from ui.ballot.training import TrainingScreen
from ui.keys.acts import HEARING, SPOKEN, KeyAct, key_map
from ui.keys.hold import SwitchHold
from ui.keys.pat import how, way_of, which_switch
from ui.keys.scan import Way
from ui.keys.scanning import Scanner
from ui.keys.stops import Stop, beside, stops_of
from ui.widgets import Button, ButtonKind, Dialog, Look, Stage, discard
from ui.widgets.steady import AGAIN_S
from words.digits import to_latin_digits
from words.spelled import spelled

FOUND = "CandidateView"
"""Region of what a search has found."""


SWITCHES = {KeyAct.SWITCH_1: 1, KeyAct.SWITCH_2: 2}


class Booth(Protocol):
    """What the pilot sees of the ballot terminal's window."""

    @property
    def look(self) -> Look:
        """Of the present voter."""

    @property
    def screen_now(self) -> QWidget | None:
        """The screen that is drawn."""

    @property
    def state_now(self) -> at.BallotState | None:
        """The state that is drawn."""


class Pilot(QObject):
    """Keys and switches of one window."""

    acted = Signal(object)
    """kiosk.flows.ballot.events.BallotEvent"""
    said = Signal(str)
    """What the voter has moved to."""
    added = Signal(str)
    """What the voter was brought to: heard after what is being said."""
    asked = Signal(object)
    """KeyAct of `SPOKEN`"""

    def __init__(
        self, booth: Booth, stage: Stage, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stage)
        self._booth, self._stage, self._clock = booth, stage, clock
        stage.tabbed = self._tabbed
        stage.opened.connect(self._opened)
        self.scanner = Scanner(self._page, lambda: booth.look, self)
        self.scanner.offered.connect(self.said)
        self.scanner.began.connect(self.added)
        self.scanner.advanced.connect(lambda: self.acted.emit(on.Attended()))
        self.hold = SwitchHold(self._clock, self)
        self.hold.pressed.connect(self.switch)
        self.by_keys = False
        """The voter has used keys or switches: codes come first in a contest."""
        self._question: Dialog | None = None
        self._first_switch = 0
        self._last: tuple[KeyAct, float] | None = None
        self._marked: at.Marking | None = None
        self._typing = False
        """Letters or digits were typed since the last choice."""
        self._jumps = False
        """What they found is nearest: down goes there, once."""
        self._brought = ""
        """What the voter was brought to after a choice: down from there goes on choosing, not to help."""

    # ---------------------------------------------------------------- what comes in

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; False if it means nothing here."""
        if event.isAutoRepeat():
            return True
        act = key_map().get(event.key())
        if act is not None:
            self.act(act)
            return True
        text = to_latin_digits(event.text())
        if len(text) == 1 and text.isdecimal() and text.isascii():
            self.digit(text)
            return True
        if len(event.text()) == 1 and (event.text().isalpha() or event.text() == " "):
            self.letter(event.text())
            return True
        return False

    def key_up(self, event: QKeyEvent) -> None:
        """Take a key that was let go: of a switch."""
        act = key_map().get(event.key())
        if act in SWITCHES and not event.isAutoRepeat():
            self.hold.up(SWITCHES[act])

    def act(self, act: KeyAct) -> None:
        """Do what a key means."""
        if act in SWITCHES:
            self.hold.down(SWITCHES[act])
            return
        self.by_keys = True
        if act is KeyAct.SELECT and self._trembles(act):
            return
        if act in SPOKEN:
            self.asked.emit(act)
        elif act in HEARING:
            self._hearing(act)
        elif act is KeyAct.HELP:
            self.acted.emit(on.HelpAsked())
        elif act is KeyAct.SELECT:
            self._select()
        elif act is KeyAct.SPELL:
            self._spell()
        elif act is KeyAct.ERASE:
            screen = self._booth.screen_now
            if isinstance(screen, ContestScreen) and not self._stage.asking:
                self._heard(screen.erase())
        else:
            self._move(act)

    def digit(self, digit: str) -> None:
        """Take a digit: of a code in a contest, of a language before."""
        self.by_keys = True
        state, screen = self._booth.state_now, self._booth.screen_now
        if self._stage.asking:
            return
        if isinstance(state, at.Preferences):
            self._language(int(digit), state)
        elif isinstance(screen, ContestScreen):
            self._typing = self._jumps = True
            self._heard(screen.type_digit(digit))
            self._focus(screen.pending()[1])

    def letter(self, letter: str) -> None:
        """Take a letter of a keyboard: of a name in a contest."""
        screen = self._booth.screen_now
        self.by_keys = True
        if isinstance(screen, ContestScreen) and not self._stage.asking:
            self._typing = self._jumps = True
            self._heard(screen.type_letter(letter))
            self._focus(screen.nearest())

    def keyed(self, found: str) -> None:
        """Let be heard what a key of the screen did: a letter how many names it found, which come next."""
        if self.by_keys and self.scanner.way is None:
            self._typing = self._jumps = True
            self._heard(found)

    def switch(self, number: int) -> None:
        """Take a press of switch 1 or 2; another number has no meaning, and changes nothing."""
        act = {1: KeyAct.SWITCH_1, 2: KeyAct.SWITCH_2}.get(number)
        if act is None or self._trembles(act):
            return
        self.by_keys = True
        if self.scanner.way is not None:
            self.scanner.press(number)
        elif self._first_switch:
            self._answered(way_of(self._first_switch, number))
        elif isinstance(self._booth.state_now, at.VoterState | at.Helping | at.Inactive):
            self._first_switch = number
            self._ask(which_switch(self._booth.look, self._owner(), number, self._close))

    def shown(self, state: at.BallotState, *, fresh: bool) -> None:
        """Follow what is drawn: a new page, or no voter any more."""
        before, self._marked = self._marked, state if isinstance(state, at.Marking) else None
        if self._typing and _chose(before, state):
            # Chosen by what was typed: now the next code or name, or on to the next contest.
            self._typing = self._jumps = False
            QTimer.singleShot(0, self._to_next)
        if fresh:
            self._typing, self._jumps, self._brought = False, False, ""
        if isinstance(state, at.Inactive):
            # Whoever can't hold so long would be shut out.
            self.hold.forget()
        if not at.has_voter(state):
            self.by_keys = False
            self.hold.forget()
            self._close()
            self.scanner.end()
            self._last = None
        elif fresh:
            self._question = None
            self._first_switch = 0
            self.scanner.page_changed()
        else:
            self.scanner.look_again()

    # ---------------------------------------------------------------- moving and selecting

    def _page(self) -> QWidget | None:
        return self._stage.currentWidget()

    def _stops(self) -> list[Stop]:
        page = self._page()
        rows = () if page is None else stops_of(page, turned_away=True)
        return [stop for row in rows for stop in row]

    def _here(self, stops: list[Stop]) -> Stop | None:
        now = self._stage.window().focusWidget()
        if now is None:
            return None
        key = now.objectName()
        if isinstance(now, CardList) and now.focused_code is not None:
            key = f"{key}-{int(now.focused_code)}"
        return next((stop for stop in stops if stop.key == key), None)

    def _move(self, act: KeyAct) -> None:
        stops = self._stops()
        if not stops:
            return
        here = self._here(stops)
        there: Stop | None
        if act in {KeyAct.UP, KeyAct.DOWN}:
            step = 1 if act is KeyAct.DOWN else -1
            jumps = self._jumps and step > 0
            found = [one for one in stops if one.region == FOUND] if jumps else []
            self._jumps = self._jumps and not jumps
            brought, self._brought = self._brought, ""
            if found and here not in found:
                there = found[0]
            elif step > 0 and here is not None and here.key == brought:
                there = stops[0]
            elif here is None:
                there = stops[0 if step > 0 else -1]
            else:
                there = stops[(stops.index(here) + step) % len(stops)]
        elif here is None:
            there = stops[0]
        else:
            there = beside(stops, here, 1 if act is KeyAct.RIGHT else -1)
        if there is not None:
            there.focus()
            self.said.emit(there.name)

    def _tabbed(self, forward: bool) -> None:
        """Take the tab key as the map says it, wherever the focus is."""
        self.act(KeyAct.DOWN if forward else KeyAct.UP)

    def _opened(self, question: QWidget) -> None:
        """Let a question be heard: what the flow does not say itself, and which answer has the focus."""
        QTimer.singleShot(0, self, lambda: self._ask_aloud(question))

    def _ask_aloud(self, question: QWidget) -> None:
        if not self.by_keys or not isValid(question) or self._page() is not question:
            return
        here = self._here(self._stops())
        # A scan says itself what it offers.
        focused = "" if here is None or self.scanner.way is not None else here.name
        if isinstance(self._booth.state_now, at.Marking) and self._booth.state_now.asking:
            # Heard already, as all that the flow asks.
            words = [focused]
        else:
            words = [question.accessibleName(), question.accessibleDescription(), focused]
        self.added.emit(". ".join(word for word in words if word))

    def _select(self) -> None:
        here = self._here(self._stops())
        if here is not None:
            here.act()
        elif isinstance(self._booth.state_now, at.Preferences) and not self._stage.asking:
            # The voter was told so (`heard`), and nothing is lost by it.
            self.acted.emit(on.Begin())
        elif isinstance(self._booth.screen_now, TrainingScreen) and not self._stage.asking:
            self._booth.screen_now.go.click()
        else:
            self._to_main()

    def _spell(self) -> None:
        """Let the name here be heard letter by letter: of a candidate or list, else of the control."""
        here = self._here(self._stops())
        if here is not None:
            look = self._booth.look
            self._heard(spelled(here.spells or here.name, look.t.language, look.languages))

    def _to_main(self) -> None:
        """Go to the page's main action, and say it; nothing is done yet."""
        page = self._page()
        found = [] if page is None else page.findChildren(Button)
        main = next((b for b in found if b.isVisible() and b.kind is ButtonKind.MAIN), None)
        if main is not None and self._focus(main.objectName()):
            self.said.emit(main.accessibleName() or main.text())

    def _to_next(self) -> None:
        screen = self._booth.screen_now
        said, answer = screen.pending() if isinstance(screen, ContestScreen) else ("", "")
        if said and not self._stage.asking and self._focus(answer):
            # Typed before the last code was answered.
            self._typing = self._jumps = True
            self.added.emit(said)
            return
        found = next((one for one in self._stops() if one.key == "next"), None)
        if found is not None and not self._stage.asking:
            found.focus()
            self._brought = found.key
            self.added.emit(found.name)

    def _focus(self, key: str) -> bool:
        stop = next((one for one in self._stops() if one.key == key), None)
        if stop is not None:
            stop.focus()
        return stop is not None

    def _heard(self, text: str) -> None:
        if text:
            self.said.emit(text)

    def _trembles(self, act: KeyAct) -> bool:
        now = self._clock()
        last, self._last = self._last, (act, now)
        return last is not None and last[0] is act and now - last[1] < AGAIN_S

    # ---------------------------------------------------------------- how it is heard

    def _presentation(self) -> at.Presentation | None:
        state = self._booth.state_now
        return state.session.presentation if isinstance(state, at.VoterState) else None

    def _hearing(self, act: KeyAct) -> None:
        now = self._presentation()
        if now is None:
            return
        hearing = now.hearing
        volume = {KeyAct.LOUDER: 1, KeyAct.QUIETER: -1}.get(act, 0)
        speed = {KeyAct.FASTER: at.STEP_WPM, KeyAct.SLOWER: -at.STEP_WPM}.get(act, 0)
        if speed and self.scanner.way is Way.ONE:
            self.scanner.faster(1 if speed > 0 else -1)
        if act is KeyAct.DARK and now.companion is not at.Companion.NONE:
            dark = now.companion is at.Companion.DARK
            wish = at.Companion.SEES if dark else at.Companion.DARK
            self.acted.emit(on.PresentationChosen(replace(now, companion=wish)))
            return
        changed = replace(
            hearing,
            volume=min(max(0, hearing.volume + volume), at.LOUDEST),
            wpm=min(max(at.SLOWEST_WPM, hearing.wpm + speed), at.FASTEST_WPM),
            dark=hearing.dark is not (act is KeyAct.DARK),
        )
        self.acted.emit(on.PresentationChosen(replace(now, hearing=changed)))

    def _language(self, number: int, state: at.Preferences) -> None:
        languages = list(self._booth.look.languages)
        if 1 <= number <= len(languages):
            now, chosen = state.session.presentation, languages[number - 1].id
            self.acted.emit(on.PresentationChosen(replace(now, language=chosen)))
            if chosen == now.language:
                # Nothing changes, and whoever listens has to hear that it was taken.
                self.asked.emit(KeyAct.WHERE)

    # ---------------------------------------------------------------- which switch

    def _owner(self) -> QWidget:
        screen = self._booth.screen_now
        return self._stage if screen is None else screen

    def _ask(self, question: Dialog) -> None:
        discard(self._question)
        self._question = question
        question.show()

    def _answered(self, way: Way) -> None:
        self._close()
        self.scanner.begin(way)
        self._ask(how(self._booth.look, self._owner(), self.scanner, self.hold, self._close))
        self.scanner.page_changed()

    def _close(self) -> None:
        self._first_switch = 0
        question, self._question = self._question, None
        if question is not None:
            discard(question)
            self.scanner.page_changed()


def _chose(before: at.Marking | None, after: at.BallotState) -> bool:
    """Return whether somebody was chosen or taken away in one contest."""
    if before is None or not isinstance(after, at.Marking) or before.index != after.index:
        return False
    return before.marks != after.marks

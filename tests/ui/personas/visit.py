"""A whole visit at the terminal: what a persona does from the card to the card, by its body alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PySide6.QtWidgets import QLabel

from election.definition import Contest, Rules, SelectionCode
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.states import TextSize
from kiosk.flows.common import Tick
from tests.ui.ballot.ways import Machine
from tests.ui.hands import settle
from tests.ui.personas.body import Body, Hearing, Keyboard, body
from tests.ui.personas.persona import Choice, Kind, Persona, Temper, Way, meant
from tests.ui.sample import Sample
from ui.ballot.window import BallotWindow
from ui.widgets import Button
from words.languages import for_voters

STEPS = ("preferences", "first contest", "second contest", "review", "cast")
RULES = Rules()


class Visit:
    """One persona at one window. `play` raises AssertionError if anything is not as it has to be."""

    def __init__(
        self, window: BallotWindow, sample: Sample, persona: Persona, rng: random.Random
    ) -> None:
        self.persona, self._sample, self._rng = persona, sample, rng
        self.machine = Machine(window, sample)
        self.body: Body = body(persona.way, self.machine)
        self.meant = meant(rng, sample)
        self._t = for_voters().speaker(persona.language)
        self._now = 0.0
        self._screen = window.size()
        self._stop_at = rng.choice(STEPS)
        """Where somebody leaves, or needs an officer."""
        self._called = 0
        self.size = rng.choice((TextSize.NORMAL, TextSize.NORMAL, TextSize.LARGE, TextSize.LARGEST))

    def play(self) -> Body:
        """Come, vote or leave, and go."""
        try:
            self._come()
            if self._vote():
                self._recorded()
            else:
                self._left()
            self._nothing_stays()
        finally:
            self.body.close()
        return self.body

    # ---------------------------------------------------------------- the way

    def _come(self) -> None:
        self.machine.insert()
        settle()
        assert isinstance(self.machine.state, at.Preferences)

    def _vote(self) -> bool:
        """Return whether the vote was cast; False if the voter left."""
        self.body.begin(self.persona.language)
        presentation = at.presentation_of(self.machine.state, at.Presentation())
        assert presentation.language == self.persona.language
        if self.size is not presentation.size:
            self.body.choose(f"size-{self.size}")
        if not self._moment("preferences"):
            return False
        self.body.choose("begin")
        if not self._mark_all() or not self._reviewed():
            return False
        if self.persona.temper is Temper.CHANGING and self._rng.random() < 0.5:
            self.body.choose("challenge")
            assert isinstance(self.machine.state, at.Challenged)
            self.body.choose("begin")
            if not self._mark_all() or not self._reviewed():
                return False
        self.body.choose("cast")
        return True

    def _mark_all(self) -> bool:
        for step, choice in zip(STEPS[1:], self.meant, strict=False):
            state = self.machine.state
            assert isinstance(state, at.Marking)
            assert state.contest is choice.contest
            if not self._moment(step):
                return False
            if self.persona.temper is Temper.CHANGING:
                self._decoy(choice)
            else:
                self._mark(choice)
        return True

    def _reviewed(self) -> bool:
        assert isinstance(self.machine.state, at.Review)
        if not self._moment("review"):
            return False
        if self.persona.temper is Temper.CHANGING:
            for place, choice in enumerate(self.meant):
                self.body.choose(f"change-{place}")
                self._correct(choice)
                assert isinstance(self.machine.state, at.Review)
        self.body.choose("accept")
        assert isinstance(self.machine.state, at.CastOrChallenge)
        if self.persona.temper in {Temper.CHANGING, Temper.HESITANT}:
            self.body.choose("back")
            assert isinstance(self.machine.state, at.Review)
            self.body.choose("accept")
        return self._moment("cast")

    # ---------------------------------------------------------------- one contest

    def _mark(self, choice: Choice) -> None:
        match choice.kind:
            case Kind.PERSONS:
                for code in choice.codes:
                    self._person(choice.contest, code)
                self.body.choose("next")
            case Kind.LIST:
                self._list(choice.contest, choice.codes[0])
                self.body.choose("next")
            case Kind.BLANK:
                self.body.choose("next")
                self.body.choose("confirm-yes")
            case Kind.SKIP:
                self.body.choose("skip")

    def _person(self, contest: Contest, code: SelectionCode) -> None:
        if not self._by_name(contest, code):
            self._by_code(contest, code)

    def _by_code(self, contest: Contest, code: SelectionCode) -> None:
        self.body.code(contest.format_code(code))
        if isinstance(self.body, Hearing):
            found = contest.candidate(code) or contest.list_of(code)
            assert found is not None
            self.body.hears(self._t.of(found.name))
        self.body.choose("confirm-yes")

    def _by_name(self, contest: Contest, code: SelectionCode) -> bool:
        """Search for a name where that is possible; False if it is not."""
        candidate = contest.candidate(code)
        assert candidate is not None
        letters = candidate.name.fa.split()[-1]
        if isinstance(self.body, Keyboard):
            keys = None
        elif isinstance(self.body, Hearing) or self.persona.way is Way.KEYPAD:
            return False
        elif self.body.sees("tab-name"):
            self.body.choose("tab-name")
            keys = {one.key for one in self.body.stops()}
        else:
            return False
        if keys is not None and any(f"key-{letter}" not in keys for letter in letters):
            return False
        if self.body.sees("search-clear"):
            self.body.choose("search-clear")
        for letter in letters:
            if keys is None and isinstance(self.body, Keyboard):
                if not self._finds_names(contest):
                    return False
                self.body.type(letter)
            else:
                self.body.choose(f"key-{letter}")
            if self.body.sees(f"candidates-{code}"):
                break
        if not self.body.sees(f"candidates-{code}"):
            return False
        self.body.choose(f"candidates-{code}")
        return True

    def _finds_names(self, contest: Contest) -> bool:
        return contest is self._sample.council

    def _list(self, contest: Contest, code: SelectionCode) -> None:
        if self.persona.way in {Way.EAR, Way.KEYPAD}:
            self._by_code(contest, code)
            return
        self.body.choose("tab-list")
        for _ in contest.lists:
            if self.body.sees(f"lists-{code}"):
                break
            self.body.choose("lists-down")
        self.body.choose(f"lists-{code}")
        self.body.choose("choose-list")
        state = self.machine.state
        if isinstance(state, at.Marking) and state.session.asked_list is not None:
            self.body.choose("confirm-yes")

    # ---------------------------------------------------------------- who changes their mind

    def _decoy(self, choice: Choice) -> None:
        """Choose somebody else, take them away again, choose them again, and go on."""
        other = self._other(choice)
        self._person(choice.contest, other)
        assert self._chosen() == (other,)
        self.body.choose(f"tray-{other}")
        assert self._chosen() == ()
        self._by_code(choice.contest, other)
        self.body.choose("next")

    def _correct(self, choice: Choice) -> None:
        self.body.choose(f"tray-{self._other(choice)}")
        assert self._chosen() == ()
        self._mark(choice)

    def _other(self, choice: Choice) -> SelectionCode:
        return next(c.code for c in choice.contest.candidates if c.code not in choice.codes)

    def _chosen(self) -> tuple[SelectionCode, ...]:
        state = self.machine.state
        assert isinstance(state, at.Marking)
        return state.marks.persons

    # ---------------------------------------------------------------- tempers

    def _moment(self, step: str) -> bool:
        """Do what the temper does at a step; False if the voter leaves here."""
        assert self.machine.window.size() == self._screen, "a screen widens the window"
        match self.persona.temper:
            case Temper.QUICK | Temper.CHANGING:
                pass
            case Temper.HESITANT:
                self._hesitate(step)
            case Temper.LEAVING:
                if step == self._stop_at:
                    self.machine.act(on.CardRemoved())
                    return False
            case Temper.HELP:
                self._ask_for_help()
            case Temper.OFFICER:
                if step == self._stop_at:
                    self._need_officer()
        return True

    def _hesitate(self, step: str) -> None:
        """Look at the settings, type and erase, be silent until the machine asks, and go on."""
        before = self._marks()
        if step != "preferences":
            self.body.choose("settings")
            self.body.choose("settings-close")
        if "contest" in step:
            self.body.code("1")
            if self.body.sees("digit-erase"):
                self.body.choose("digit-erase")
        self._silence(RULES.inactivity_s)
        assert isinstance(self.machine.state, at.Inactive)
        assert not self.machine.lamp
        self.body.choose("still-here")
        assert self._marks() == before

    def _ask_for_help(self) -> None:
        before = self._marks()
        assert not self.machine.lamp
        self.body.choose("help")
        assert isinstance(self.machine.state, at.Helping)
        assert self.machine.lamp
        self._nobody_is_shown()
        self.body.choose("still-here")
        assert not self.machine.lamp
        assert self._marks() == before

    def _need_officer(self) -> None:
        before = self._marks()
        self._silence(RULES.inactivity_s)
        self._silence(RULES.inactivity_alert_s)
        assert isinstance(self.machine.state, at.Inactive)
        assert self.machine.state.officer_called
        assert self.machine.lamp
        self._nobody_is_shown()
        self.body.choose("still-here")
        assert not self.machine.lamp
        assert self._marks() == before
        self._called += 1

    def _silence(self, seconds: float) -> None:
        """Let time pass, as the station's clock does it."""
        for wait in (0.25, seconds):
            self._now += wait
            self.machine.act(Tick(self._now))
        settle()

    # ---------------------------------------------------------------- what has to be

    def _recorded(self) -> None:
        assert isinstance(self.machine.state, at.Recorded)
        assert self.machine.ballots == [tuple(one.marks for one in self.meant)]
        if isinstance(self.body, Hearing):
            self.body.hears(self._t("Your vote is recorded"))
        if self.persona.temper is Temper.OFFICER:
            assert self._called == 1
        self.machine.act(on.CardRemoved())

    def _left(self) -> None:
        assert isinstance(self.machine.state, at.Abandoned)
        assert not self.machine.ballots
        self._silence(60.0)

    def _nothing_stays(self) -> None:
        settle()
        assert isinstance(self.machine.state, at.Idle)
        self._nobody_is_shown()
        assert self.machine.window.pilot.scanner.way is None
        assert not self.machine.window.pilot.by_keys

    def _marks(self) -> Sequence[object]:
        state = self.machine.state
        return state.session.marks if isinstance(state, at.VoterState) else ()

    def _nobody_is_shown(self) -> None:
        """No name of a chosen one is written, and none can be read by a screen reader."""
        settle()
        shown = ""
        for widget in self.machine.window.findChildren(QLabel) + list(
            self.machine.window.findChildren(Button)
        ):
            if widget.isVisible():
                shown += f"{widget.text()}\n{widget.accessibleName()}\n"
        for choice in self.meant:
            for code in choice.codes:
                found = choice.contest.candidate(code) or choice.contest.list_of(code)
                assert found is not None
                assert self._t.of(found.name) not in shown

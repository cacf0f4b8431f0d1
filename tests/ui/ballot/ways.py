"""Voters with different hands at the real window: what each has to do, act by act, and how long it takes.

A way takes a voter to one target after another; the targets are those of a touch.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from election.definition import PERSIAN, Language, Rules, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow
from tests.ui.hands import settle, typed
from tests.ui.sample import TRACKING, Sample, status
from ui.ballot.candidates import CardList
from ui.ballot.window import BallotWindow
from ui.keys.scan import Way
from ui.keys.stops import Stop, stops_of
from ui.widgets import Button

PATIENCE = 400
"""Offers after which a target is not reached."""


OPENING = "OPENINGTEXT"
"""Of a challenged ballot."""

Seen = Callable[[at.BallotState, object, at.BallotState, tuple[on.BallotEffect, ...]], None]
"""Takes the state before, the event, the state after and the effects."""


class Machine:
    """The flow behind the window, with devices that answer at once."""

    def __init__(self, window: BallotWindow, sample: Sample) -> None:
        self.window, self._flow = window, BallotFlow(Rules())
        self.recorded: list[tuple[SelectionCode, ...]] = []
        self.ballots: list[tuple[Marks, ...]] = []
        """What was recorded, whole."""
        self.lamp = False
        """Whether the officer is called."""
        self.seen: Seen = lambda *_: None
        """Told of every step of the flow."""
        self.heard: list[str] = []
        self.states: list[at.BallotState] = []
        window.acted.connect(self.act)
        window.control_said.connect(self.heard.append)
        self.state: at.BallotState = at.Idle()
        self._sample = sample
        self.on_state: Callable[[at.BallotState], None] = lambda _state: None
        self.call_officer: Callable[[bool], None] = lambda _wanted: None
        self._show()

    def insert(self, presentation: at.Presentation | None = None) -> None:
        """Put a card in."""
        session = self._sample.session(presentation or at.Presentation())
        self.act(on.CardInserted())
        self.act(on.CardAccepted(session.authorization, session.contests))
        if presentation is not None:
            self.act(on.PresentationChosen(presentation))

    def act(self, event: object) -> None:
        before = self.state
        step = self._flow.step(before, event)  # type: ignore[arg-type]
        self.state = step.state
        self.seen(before, event, step.state, step.effects)
        self._show()
        for effect in step.effects:
            match effect:
                case on.SealBallot(_, marks):
                    self._marks = marks
                    self.act(on.BallotSealed(TRACKING))
                case on.CallOfficer(wanted):
                    self.lamp = wanted
                    self.call_officer(wanted)
                case on.RecordVote():
                    self.recorded += [mark.persons for mark in self._marks]
                    self.ballots.append(self._marks)
                    self.act(on.VoteRecorded())
                case on.RecordSpoiled():
                    self.act(on.BallotSpoiled(OPENING))
                case _:
                    pass

    def _show(self) -> None:
        self.states.append(self.state)
        self.window.show_state(self.state, status())
        self.on_state(self.state)


def page_of(window: BallotWindow) -> QWidget:
    page = window._stage.currentWidget()
    assert page is not None
    return page


def stop(window: BallotWindow, key: str) -> Stop:
    stops = [one for row in stops_of(page_of(window)) for one in row]
    found = [one for one in stops if one.key == key]
    assert found, f"{key} is no stop among {[one.key for one in stops]}"
    return found[0]


@dataclass
class Hand:
    """A way of voting; `acts` counts what the voter does, `seconds` at one act or step a second."""

    window: BallotWindow
    acts: int = 0
    seconds: float = 0.0

    def begin(self) -> None:
        """Do what comes before the first target."""

    def reach(self, key: str) -> None:
        """Choose a target."""
        raise NotImplementedError

    def done(self, acts: int = 1) -> None:
        self.acts += acts
        self.seconds += acts
        settle()


class Touch(Hand):
    def reach(self, key: str) -> None:
        target = stop(self.window, key)
        view, _, _code = key.rpartition("-")
        spot = target.area.center()
        for kind, name in ((Button, key), (CardList, view)):
            for widget in page_of(self.window).findChildren(kind, name):
                if widget.isVisible():
                    inside = widget.mapFrom(page_of(self.window), spot)
                    at_ = widget.viewport() if isinstance(widget, CardList) else widget
                    QTest.mouseClick(at_, Qt.MouseButton.LeftButton, pos=inside)
                    self.done()
                    return
        raise AssertionError(f"{key} cannot be touched")


@dataclass
class Keys(Hand):
    """A keypad: digits, arrows, select."""

    letters: bool = False
    """A keyboard has letters, too."""

    def press(self, key: Qt.Key, text: str = "") -> None:
        self.window.pilot._last = None  # a calm hand
        target = self.window.focusWidget() or self.window
        if text:
            typed(target, text)
        else:
            QTest.keyClick(target, key)
        self.done()

    def reach(self, key: str) -> None:
        kind, _, value = key.partition("-")
        if kind == "tab" and value != "all":
            # Digits and letters open it themselves.
            return
        if kind == "digit":
            self.press(Qt.Key.Key_unknown, value)
        elif kind == "key" and self.letters:
            self.type(" " if value == "space" else value)
        elif key == "begin" and not self.here():
            self.press(Qt.Key.Key_Return)
        else:
            self.move_to(key)
            self.press(Qt.Key.Key_Return)

    def type(self, letter: str) -> None:
        typed(self.window.focusWidget() or self.window, letter)
        self.done()

    def move_to(self, key: str) -> None:
        if self.here() == key:
            return
        if self.main() == key:
            self.press(Qt.Key.Key_Return)
        for _ in range(PATIENCE):
            if self.here() == key:
                return
            self.press(Qt.Key.Key_Down)
        raise AssertionError(f"{key} cannot be reached by keys")

    def here(self) -> str:
        pilot = self.window.pilot
        now = pilot._here(pilot._stops())
        return now.key if now else ""

    def main(self) -> str:
        from ui.widgets import ButtonKind

        if self.here():
            return ""
        found = page_of(self.window).findChildren(Button)
        return next(
            (b.objectName() for b in found if b.isVisible() and b.kind is ButtonKind.MAIN), ""
        )


@dataclass
class Switches(Hand):
    """One switch or two, through the page that asks which was pressed."""

    way: Way = Way.ONE
    presses: int = 0

    def press(self, number: int) -> None:
        self.window.pilot._last = None
        self.window.switch_pressed.emit(number)
        # Time is ours: a machine under load would let it run on.
        self.window.pilot.scanner._timer.stop()
        self.presses += 1
        self.done()

    def begin(self) -> None:
        self.press(1)
        self.press(1 if self.way is Way.ONE else 2)
        self.reach("pat-begin")

    def reach(self, key: str) -> None:
        self.offer(lambda: key in [one.key for one in self._row()])
        choose = 1 if self.way is Way.ONE else 2
        alone = len(self._row()) == 1
        self.press(choose)
        if alone:
            return
        self.offer(lambda: self._row()[self._place()].key == key)
        self.press(choose)

    def _row(self) -> tuple[Stop, ...]:
        scanner = self.window.pilot.scanner
        return scanner._rows[scanner._scan.row] if scanner._rows else ()

    def _place(self) -> int:
        return self.window.pilot.scanner._scan.place or 0

    def offer(self, wanted: Callable[[], bool]) -> None:
        settle()
        for _ in range(PATIENCE):
            if wanted():
                return
            if self.way is Way.TWO:
                self.press(1)
            else:
                # Time passes: the scan advances by itself.
                self.window.pilot.scanner._tick()
                self.seconds += 1.0
                settle()
        raise AssertionError("the scan never comes there")


@dataclass
class Vote:
    """A voter who knows whom to choose: by code, or by the first letters of a name."""

    hand: Hand
    machine: Machine
    by_name: bool = False
    language: Language = PERSIAN
    """In which names are typed."""
    targets: list[str] = field(default_factory=list)

    def go(self, key: str) -> None:
        self.targets.append(key)
        self.hand.reach(key)
        settle()

    def vote(self, sample: Sample, chosen: dict[str, int]) -> None:
        """From the preferences to the recorded vote; `chosen`: a code for each contest."""
        self.hand.begin()
        self.go("begin")
        for contest in (sample.council, sample.experts):
            code = chosen[contest.id]
            if self.by_name and contest is sample.council:
                self._name(sample, code)
            else:
                self._code(f"{code:0{contest.code_width}d}")
            self.go("next")
        self.go("accept")
        self.go("cast")

    def _code(self, code: str) -> None:
        if "digit-0" not in self._keys():
            self.go("tab-code")
        for digit in code:
            self.go(f"digit-{digit}")
        self.go("confirm-yes")

    def _name(self, sample: Sample, code: int) -> None:
        candidate = sample.council.candidate(SelectionCode(code))
        assert candidate is not None
        first, _, last = candidate.name.in_(self.language).lower().rpartition(" ")
        letters = f"{last} {first}"
        few = "tab-name" not in self._keys()
        if few and isinstance(self.hand, Keys) and self.hand.letters:
            for letter in letters:
                if self.hand.here() == f"candidates-{code}":
                    break
                self.go(f"key-{letter}")
            self.go(f"candidates-{code}")
            return
        if few and f"candidates-{code}" not in self._keys():
            self.go("tab-all")
        if few:
            while f"candidates-{code}" not in self._keys():
                self.go("candidates-down")
            self.go(f"candidates-{code}")
            return
        if not any(key.startswith("key-") for key in self._keys()):
            self.go("tab-name")
        for letter in letters:
            self.go("key-space" if letter == " " else f"key-{letter}")
            if f"candidates-{code}" in self._keys():
                break
        if f"candidates-{code}" not in self._keys():
            # At the largest text no name has room beside the keyboard.
            self.go("search-show")
        while f"candidates-{code}" not in self._keys():
            self.go("candidates-down")
        self.go(f"candidates-{code}")

    def _keys(self) -> list[str]:
        return [one.key for row in stops_of(page_of(self.machine.window)) for one in row]


def voters(seed: int, sample: Sample, count: int) -> Iterator[dict[str, int]]:
    """Draw whom some voters choose, among those whose names can be typed."""
    rng = random.Random(seed)
    letters = set("ضصثقفغعهخحجچشسیبلاتنمکگظطژزرذدپو")
    named = [one for one in sample.council.candidates if set(one.name.fa) <= letters | {" "}]
    for _ in range(count):
        yield {
            sample.council.id: int(rng.choice(named).code),
            sample.experts.id: int(rng.choice(sample.experts.candidates).code),
        }

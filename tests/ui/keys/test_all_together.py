"""The whole vote without touching: the largest text, names by ear, a keypad or switches that are held."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot import states as at
from tests.shares import share
from tests.ui.ballot.ears import Ear
from tests.ui.ballot.ways import Keys, Machine, Switches, Vote, page_of, stop
from tests.ui.gallery import situations
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample, status
from ui.ballot.window import BallotWindow
from ui.keys.hold import HOLDS_S
from ui.keys.scan import Way

SCREENS = ((1285, 801), (1058, 1890))
CASES = tuple(product(("keys", "switches"), (PERSIAN, ENGLISH), SCREENS))
LONGER = 2
"""How often the voter asks for a longer hold."""
BRUSHED_S = 0.1


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=220)


@dataclass
class HeardKeys(Keys):
    """A keypad with letters and headphones: what is chosen was heard before."""

    ear: Ear | None = None
    language: Language = PERSIAN
    last: str = ""
    unheard: list[str] = field(default_factory=list)

    def done(self, acts: int = 1) -> None:
        super().done(acts)
        assert self.ear is not None
        self.last = self.ear.listen() or self.last

    def move_to(self, key: str) -> None:
        super().move_to(key)
        assert self.ear is not None
        if self.here() == key:
            name = self.ear.spelt(stop(self.window, key).name, self.language)
            self.unheard += [] if name in self.last else [f"{key}: {name!r} not in {self.last!r}"]


@dataclass
class HeldSwitches(Switches):
    """Two switches under trembling hands, with headphones: a press is held, and brushed before."""

    ear: Ear | None = None
    language: Language = PERSIAN
    last: str = ""
    now: float = 100.0
    unheard: list[str] = field(default_factory=list)
    wanted_hold: float = 0.0

    def __post_init__(self) -> None:
        pilot = self.window.pilot
        pilot._clock = pilot.hold._clock = lambda: self.now

    def begin(self) -> None:
        """Say which switches there are, and ask for a longer hold."""
        self.press(1)
        self.press(2)
        for _ in range(LONGER):
            self.reach("pat-longer")
            self.wanted_hold = HOLDS_S[HOLDS_S.index(self.wanted_hold) + 1]
        assert self.window.pilot.hold.step == LONGER
        self.reach("pat-begin")

    def press(self, number: int) -> None:
        offers = self.window.pilot.scanner.offers
        for brushed in (1, 2) if self.wanted_hold else ():
            self._down(brushed, BRUSHED_S)
        assert not self.wanted_hold or self.window.pilot.scanner.offers == offers, "brushed against"
        self._down(number, self.wanted_hold + BRUSHED_S)
        self.presses += 1
        self.done()
        assert self.ear is not None
        self.last = self.ear.listen() or self.last

    def _down(self, number: int, seconds: float) -> None:
        key = (Qt.Key.Key_F11, Qt.Key.Key_F12)[number - 1]
        pilot = self.window.pilot
        QTest.keyPress(self.window.focusWidget() or self.window, key)
        self.now += seconds
        pilot.hold.look()
        settle()
        QTest.keyRelease(self.window.focusWidget() or self.window, key)
        self.now += 0.7
        pilot.hold.look()
        pilot.scanner._timer.stop()
        settle()

    def reach(self, key: str) -> None:
        name = stop(self.window, key).name
        super().reach(key)
        assert name, f"{key} is offered without a name"


def photographed(window: BallotWindow, name: str) -> None:
    """Keep a picture where somebody wants to look: `LOOK=folder pytest …`."""
    if "LOOK" in os.environ:
        window.grab().save(str(Path(os.environ["LOOK"]) / f"{name}.png"))


@pytest.mark.slow
@pytest.mark.parametrize(("way", "language", "screen"), share(CASES, 4, 2), ids=str)
def test_the_whole_vote_by_name(
    qtbot: QtBot, sample: Sample, way: str, language: Language, screen: tuple[int, int]
) -> None:
    """Nothing grows the window, whatever is chosen was heard, and the vote is the one that was meant."""
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(*screen)
    window.show()
    machine = Machine(window, sample)
    machine.insert(at.Presentation(language, at.TextSize.LARGEST))
    ear = Ear(machine)
    ear.desk.plugged(True)
    settle()
    person, elder = sample.council.candidates[101], sample.experts.candidates[7]
    hand: HeardKeys | HeldSwitches
    if way == "keys":
        hand = HeardKeys(window, letters=True, ear=ear, language=language)
    else:
        hand = HeldSwitches(window, way=Way.TWO, ear=ear, language=language)
    vote = Vote(hand, machine, by_name=True, language=language)
    seen: list[str] = []

    def shown(state: at.BallotState) -> None:
        ear.desk.show(state)
        settle()
        assert (window.width(), window.height()) == screen, type(state).__name__
        seen.append(type(state).__name__)
        photographed(window, f"{way}-{language}-{screen[0]}-{len(seen):02}-{seen[-1]}")

    machine.on_state = shown
    vote.vote(sample, {sample.council.id: int(person.code), sample.experts.id: int(elder.code)})
    assert hand.unheard == []
    assert machine.recorded == [(person.code,), (elder.code,)]
    assert isinstance(machine.state, at.Recorded)
    assert page_of(window).isVisible()
    ear.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", [Way.ONE, Way.TWO])
def test_the_ring_is_around_what_is_offered_and_nowhere_else(
    qtbot: QtBot, sample: Sample, way: Way
) -> None:
    """It stayed where the last button of a page had been, over what the next page said."""
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(*SCREENS[0])
    window.show()
    scanner, look = window.pilot.scanner, at.Presentation(PERSIAN, at.TextSize.LARGEST)
    at_rest = 0
    places = share(situations(sample, look).items(), 2, list(Way).index(way))
    for name, (state, _) in places:
        voting = at.Review(sample.session(look))
        window.show_state(voting, status())
        scanner.begin(way)
        settle()
        assert ring_of(window) is not None, "there is something to choose in a review"
        window.show_state(state, status())
        for _ in range(2):
            settle()
            scanner._timer.stop()
        ring, offered = ring_of(window), scanner.offers
        at_rest += ring is None
        assert (ring is not None) is bool(offered), name
        if ring is not None:
            page = page_of(window)
            around = QRect()
            for key in offered:
                area = stop(window, key).area
                around |= QRect(page.mapTo(window, area.topLeft()), area.size())
            edge = 2 * window.look.style.focus_line
            widest = around.adjusted(-edge, -edge, edge, edge).intersected(window.rect())
            assert ring == widest, name
        window.show_state(at.Idle(), status())
    assert at_rest, "some pages have nothing to choose"


def ring_of(window: BallotWindow) -> QRect | None:
    """Where the ring is seen."""
    overlay = window.pilot.scanner._overlay
    return overlay._area if overlay is not None and overlay.isVisible() else None

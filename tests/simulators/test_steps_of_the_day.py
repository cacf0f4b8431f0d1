"""Every step of the demo from every state of the day, ended in every way: a sentence and a way on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QRect

from kiosk.station.export import BUNDLE_SUFFIX
from simulators.bench.protocol import BenchCardId, StepKey
from simulators.demo import steps as module
from simulators.demo.desk import Desk, Lane, Post, lanes_of
from simulators.demo.errors import AMIN_ERRORS
from simulators.demo.hands import StoppedError, StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.office import devices_of
from simulators.demo.places import DayFolders
from simulators.demo.stations import StationError
from simulators.demo.step_list import (
    BROKEN_OFF,
    CLOSE_STATION,
    CLOSE_TERMINAL,
    COUNT,
    NO_STATION,
    OPEN_STATION,
    OPEN_TERMINAL,
    PREPARE,
    STOPPED,
    STUCK,
    TRAIN,
    VOTE,
)
from simulators.demo.steps import DaySteps
from simulators.demo.table import Table
from simulators.demo.watching import Watcher
from simulators.languages import bench_languages
from simulators.robot import RobotError
from tests.words.leftovers import left_over
from words.message import Message
from words.text import PERSIAN

STEPS = (PREPARE, OPEN_STATION, TRAIN, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL, CLOSE_STATION, COUNT)
BY_HANDS = (OPEN_STATION, TRAIN, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL, CLOSE_STATION)
"""Done by robots at the stations; headquarters' own steps run to their end."""
STATES = {
    "fresh": (),
    "prepared": (PREPARE,),
    "station-open": (PREPARE, OPEN_STATION),
    "trained": (PREPARE, OPEN_STATION, TRAIN),
    "terminal-open-first": (PREPARE, OPEN_TERMINAL),
    "open": (PREPARE, OPEN_STATION, OPEN_TERMINAL),
    "voted": (PREPARE, OPEN_STATION, OPEN_TERMINAL, VOTE),
    "terminal-closed": (PREPARE, OPEN_STATION, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL),
    "station-closed-first": (PREPARE, OPEN_STATION, OPEN_TERMINAL, CLOSE_STATION),
    "closed": (PREPARE, OPEN_STATION, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL, CLOSE_STATION),
    "counted": (
        PREPARE, OPEN_STATION, OPEN_TERMINAL, VOTE, CLOSE_TERMINAL, CLOSE_STATION, COUNT,
    ),
}  # fmt: skip
TROUBLES: dict[str, Exception] = {
    "stuck": StuckError("waited for Idle; there is flow Closed"),
    "robot": RobotError("nothing visible is called pin-0"),
    "ended": StationError("T-2 ended; see /tmp/log"),
    "error": AMIN_ERRORS[0]("something is wrong with a file"),
    "medium": OSError(28, "No space left on device"),
    "fault": KeyError("a mistake of the program"),
}


@dataclass
class Day:
    """A day whose stations are words: each step does at once what it would do, or ends as it is told."""

    steps: DaySteps
    cleared: list[bool] = field(default_factory=list)
    at_work: Callable[[], None] = lambda: None
    """Called in the middle of every step that hands do."""
    screens: dict[Post, SimpleNamespace] = field(default_factory=dict)
    offered: set[StepKey] = field(default_factory=set)
    """Steps that could be begun while a station was looked at."""

    def hands(self, post: Post) -> Any:
        stopped = threading.Event()
        closed_first = SimpleNamespace(flow="Closed", detail="no-package")
        shown = self.screens.setdefault(post, closed_first)

        def look() -> object:
            self.offered |= {step.key for step in self.steps.steps() if step.possible}
            return SimpleNamespace(**vars(shown))

        def act() -> None:
            if stopped.is_set():
                raise StoppedError("stopped")
            self.at_work()
            if stopped.is_set():
                raise StoppedError("stopped")

        def opened() -> None:
            act()
            shown.flow, shown.detail = "Idle", ""

        def closed(_cards: object) -> None:
            act()
            name = self.steps.table.desk.device_at(post)
            assert name not in hands.still_open
            (self.steps.places.usb / f"{name}{BUNDLE_SUFFIX}").touch()

        station = SimpleNamespace(
            robot=SimpleNamespace(ask=lambda **_: {}),
            start=lambda: None,
            stop=lambda: None,
            connect=lambda: SimpleNamespace(ask=lambda **_: {}),
        )
        hands = SimpleNamespace(
            station=station,
            still_open=frozenset(),
            hand_back=lambda _cards: act(),
            stopped=stopped,
            look=look,
            open_polls=opened,
            close_polls=closed,
            train=act,
            act=act,
        )
        return hands

    def run(self, key: StepKey) -> BaseException | None:
        """Do a step as its thread does; what the terminal would show of it."""
        self.steps.running, self.steps.progress = key, None
        self.steps.say(None)
        try:
            self.steps._do(key)
        except Exception as raised:  # noqa: BLE001 - what the thread would end with
            return raised
        return None

    def done(self) -> set[StepKey]:
        return {step.key for step in self.steps.steps() if step.done}


def lanes(stations: int, terminals: int) -> tuple[Lane, ...]:
    return lanes_of(devices_of(stations, terminals))


@pytest.fixture(params=[(1, 1), (2, 3), (3, 1)], ids=lambda counts: "-".join(map(str, counts)))
def day(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Day]:
    folders = DayFolders.make(tmp_path / "day")
    there = lanes(*request.param)
    made = Day(
        DaySteps(
            folders,
            Table(Desk(there, (cast(Any, None),) * len(there), "")),
            5,
            QRect(0, 0, 1280, 1024),
        )
    )
    visitors = [SimpleNamespace(kind=None, person=SimpleNamespace(national_number="1"))] * 3
    election = SimpleNamespace(day=None)
    on_paper = not request.param[1]
    prepared = SimpleNamespace(election=election, operators={}, branch="b", on_paper=on_paper)

    def lay_out(table: Table, _prepared: object, _visitors: object) -> None:
        table.visitors = cast(Any, {f"p{n}": one for n, one in enumerate(visitors)})

    def serve(desk: Any, *_: object) -> object:
        desk.hands.act()
        return SimpleNamespace(refused=None)

    monkeypatch.setattr(Table, "clear", lambda _: made.cleared.append(True))
    monkeypatch.setattr(Table, "lay_out", lay_out)
    monkeypatch.setattr(Table, "to_hand_back", lambda _: ())
    monkeypatch.setattr(Table, "card", lambda *_: None)
    monkeypatch.setattr(Table, "blank_card", lambda *_: None)
    monkeypatch.setattr(module, "prepare", lambda *_, **__: prepared)
    monkeypatch.setattr(module, "make_visitors", lambda *_: ())
    monkeypatch.setattr(module, "contests_of", lambda *_: ())
    monkeypatch.setattr(module, "make_intent", lambda *_: None)

    def lane_hands(*given: Any, **_: object) -> dict[CardPlace, Any]:
        number = there.index(given[3])
        return {
            place: made.hands(Post(number, place))
            for place in MONITORED
            if given[3].device(place) is not None
        }

    monkeypatch.setattr(module, "lane_hands", lane_hands)

    def desk(hands: Any, _hardware: object) -> object:
        return SimpleNamespace(serve=lambda *_: serve(SimpleNamespace(hands=hands)))

    def booth(hands: Any) -> object:
        return SimpleNamespace(vote=lambda *_: hands.act())

    monkeypatch.setattr(module, "CheckInDesk", desk)
    monkeypatch.setattr(module, "Booth", booth)
    monkeypatch.setattr(module, "count", lambda *_: None)
    monkeypatch.setattr(module, "registry_of", lambda *_: nullcontext())
    monkeypatch.setattr(module, "hand_over", lambda *_: None)
    monkeypatch.setattr(module, "_result", lambda *_: STOPPED)
    yield made
    made.steps.stop()


MONITORED = (CardPlace.IDENTITY, CardPlace.TERMINAL)


def brought_to(day: Day, state: str) -> None:
    for key in STATES[state]:
        assert day.run(key) is None
    day.cleared.clear()
    day.steps.say(None)


def sentence(message: Message | None) -> str:
    """What the officer of the demo reads in Persian; it has to be a sentence."""
    assert message is not None
    said = bench_languages().speaker(PERSIAN)(message)
    assert len(said.split()) > 1
    assert "Error" not in said
    assert "Traceback" not in said
    return said


def test_a_window_is_closed_while_the_registry_starts(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the registry, and what has started by then is ended."""
    ended: list[bool] = []

    @contextmanager
    def starting(*_: object) -> Iterator[None]:
        closing = threading.Thread(target=day.steps.stop, daemon=True)
        closing.start()
        closing.join(20)
        assert not closing.is_alive()
        try:
            yield
        finally:
            ended.append(True)

    monkeypatch.setattr(module, "registry_of", starting)
    assert day.run(PREPARE) is None
    assert day.steps.message == STOPPED
    assert not day.done()
    assert ended


@pytest.mark.parametrize("key", STEPS)
@pytest.mark.parametrize("state", STATES)
def test_a_step_from_any_state_is_done_or_says_why_not(day: Day, state: str, key: StepKey) -> None:
    """Also one that the window does not offer now: its button may be touched while that changes."""
    brought_to(day, state)
    possible = {step.key for step in day.steps.steps() if step.possible}
    before = day.done()
    raised = day.run(key)
    assert raised is None, raised
    sentence(day.steps.message)
    assert day.steps.running is None
    if key in possible:
        assert not day.steps.bad
        assert day.done() >= before | {key}
    assert before <= day.done(), "nothing that was done is undone"
    steps = day.steps.steps()
    assert sum(step.next for step in steps) == (0 if all(step.done for step in steps) else 1)


@pytest.mark.parametrize("key", BY_HANDS)
@pytest.mark.parametrize("state", [x for x in STATES if x != "fresh"])
def test_a_step_that_is_cancelled_in_the_middle_can_be_begun_again(
    day: Day, state: str, key: StepKey
) -> None:
    brought_to(day, state)
    before = day.done()
    day.at_work = day.steps.cancel
    raised = day.run(key)
    assert raised is None
    assert day.steps.running is None
    if day.steps.message == STOPPED:
        assert not day.steps.bad
        assert day.cleared[-1:] == [True], "the cards are out"
        assert day.done() - {VOTE} == before - {VOTE}
    assert not any(hands.stopped.is_set() for hands in day.steps._hands.values())
    day.at_work = lambda: None
    raised = day.run(key)
    assert raised is None
    assert day.steps.message != STOPPED or key == COUNT


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("key", BY_HANDS)
def test_a_step_that_goes_wrong_says_a_sentence_and_the_day_goes_on(
    day: Day, key: StepKey, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    order = STATES["closed"]
    state = next((s for s, done in STATES.items() if key not in done and set(done) == set(
        order[: order.index(key)] if key in order else (PREPARE, OPEN_STATION)
    )))  # fmt: skip
    brought_to(day, state)
    before = day.done()

    def goes_wrong() -> None:
        raise TROUBLES[kind]

    day.at_work = goes_wrong
    raised = day.run(key)
    # What nobody expected goes to the terminal as well; the window says so in a sentence.
    assert (raised is None) is (kind != "fault")
    if kind != "fault":
        told = capsys.readouterr().err
        assert f"{key}: {type(TROUBLES[kind]).__name__}: {TROUBLES[kind]}" in told
    assert day.steps.bad
    sentence(day.steps.message)
    expected = {"stuck": STUCK, "robot": STUCK, "ended": NO_STATION, "fault": BROKEN_OFF}
    assert day.steps.message == expected.get(kind, day.steps.message)
    assert day.done() - {VOTE} == before - {VOTE}
    day.at_work = lambda: None
    assert day.run(key) is None
    assert not day.steps.bad
    assert key in day.done()


@pytest.mark.parametrize("key", BY_HANDS)
def test_no_step_is_offered_before_it_is_seen_what_the_last_one_did(day: Day, key: StepKey) -> None:
    """Whoever was quick could open open polls, and the robot waited a minute for a button of before."""
    for earlier in STEPS[: STEPS.index(key)]:
        assert day.run(earlier) is None
    day.offered.clear()
    assert day.run(key) is None
    assert key in day.done()
    assert not day.offered


def test_a_station_that_answers_nonsense_after_a_step_leaves_the_next_one_to_be_asked_for(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_to(day, "prepared")

    def nonsense(_: object) -> None:
        raise KeyError("flow")

    with monkeypatch.context() as broken:
        broken.setattr(Watcher, "look", nonsense)
        assert isinstance(day.run(OPEN_STATION), KeyError)
    assert day.steps.running is None
    assert not any(hands.stopped.is_set() for hands in day.steps._hands.values())
    sentence(day.steps.message)


def test_a_window_that_is_closed_while_the_package_is_made_starts_no_station(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would stop it: a process would be left, that holds lines of the next day's devices."""

    def closed(*_: object) -> tuple[()]:
        day.steps.stop()
        return ()

    monkeypatch.setattr(module, "make_visitors", closed)
    assert day.run(PREPARE) is None
    assert not day.steps._hands
    assert not day.steps.bad


@pytest.mark.parametrize("state", STATES)
def test_cancel_when_nothing_runs_changes_nothing(day: Day, state: str) -> None:
    brought_to(day, state)
    steps, message = day.steps.steps(), day.steps.message
    day.steps.cancel()
    assert day.steps.steps() == steps
    assert day.steps.message == message
    assert not any(hands.stopped.is_set() for hands in day.steps._hands.values())


@pytest.mark.parametrize("key", [PREPARE, COUNT])
def test_headquarters_steps_say_that_they_end_by_themselves(day: Day, key: StepKey) -> None:
    brought_to(day, "fresh" if key == PREPARE else "closed")
    day.steps.running = key
    day.steps.cancel()
    sentence(day.steps.message)
    assert not any(hands.stopped.is_set() for hands in day.steps._hands.values())


@pytest.mark.parametrize("day", [(1, 0), (2, 0)], indirect=True)
def test_a_branch_on_paper_has_no_steps_of_a_booth(day: Day) -> None:
    """Each step follows the one before, and a touch on one that is not there is told."""
    listed = [PREPARE, OPEN_STATION, VOTE, CLOSE_STATION, COUNT]
    assert [step.key for step in day.steps.steps()] == listed
    for key in (TRAIN, OPEN_TERMINAL, CLOSE_TERMINAL):
        assert day.run(key) is None
        assert day.steps.bad
        sentence(day.steps.message)
    for key in listed:
        offered = [step for step in day.steps.steps() if step.possible]
        assert key in {step.key for step in offered}
        for step in offered:
            sentence(step.hint)
        assert day.run(key) is None
        assert not day.steps.bad
        sentence(day.steps.message)
    assert all(step.done for step in day.steps.steps())


def test_a_second_step_while_one_runs_is_not_begun(day: Day) -> None:
    brought_to(day, "prepared")
    day.steps.running = OPEN_STATION
    day.steps.do(OPEN_TERMINAL)
    assert day.steps.running == OPEN_STATION
    assert not any(step.possible for step in day.steps.steps())


def test_every_sentence_is_persian(day: Day) -> None:
    persian = bench_languages()[PERSIAN]
    said = [sentence(message) for message in (STUCK, STOPPED, NO_STATION, BROKEN_OFF)]
    said += [bench_languages().speaker(PERSIAN)(step.title) for step in day.steps.steps()]
    assert left_over(persian, said, ()) == set()
    assert BenchCardId("p0") not in day.steps.table.voted

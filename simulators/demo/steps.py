"""Steps of the day on the device bench: done, next, and robots that do them."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from PySide6.QtCore import QRect

from election.because import because
from election.definition import Rules
from election.visit_words import REFUSALS, named
from kiosk.station.export import BUNDLE_SUFFIX
from simulators.bench.protocol import BenchCardId, BenchPair, DayStep, Monitor, StepKey
from simulators.demo.booth import Booth
from simulators.demo.checkin import CheckInDesk
from simulators.demo.desk import Post
from simulators.demo.electorate import Visitor, make_visitors
from simulators.demo.errors import AMIN_ERRORS
from simulators.demo.hands import Hands, StoppedError, StuckError, lane_hands
from simulators.demo.hardware import CardPlace
from simulators.demo.intents import contests_of, make_intent
from simulators.demo.office import (
    CountedElection,
    Prepared,
    count,
    prepare,
    seats_by_list,
)
from simulators.demo.places import DayFolders
from simulators.demo.registry import hand_over, registry_of
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
    steps_of,
)
from simulators.demo.table import Table
from simulators.demo.watching import MONITORS, Watcher
from simulators.robot import RobotError
from words.message import Items, Message, m, plural

PEOPLE = 12
LOOK_S = 0.3
"""Interval at which the bench looks at the stations' screens."""


@dataclass(slots=True)
class DaySteps:
    """Steps of the day and the robots that can do them."""

    places: DayFolders
    table: Table
    seed: int
    screen: QRect = field(default_factory=QRect)
    """Where the stations' windows stand, in px: the whole screen, behind the branch's window."""
    paper_record: bool = field(default=False, kw_only=True)
    """The election wants paper records."""
    people: int = field(default=PEOPLE, kw_only=True)
    """How many come, where the election is invented."""
    brought: Callable[[], tuple[Prepared, Sequence[Visitor]]] | None = field(
        default=None, kw_only=True
    )
    """Prepares an election of somebody's own, and who comes; None: the demonstration's is invented."""
    running: StepKey | None = None
    progress: float | None = None
    message: Message | None = None
    bad: bool = False
    _counted: bool = False
    _trained: bool = False
    _prepared: Prepared | None = None
    _watcher: Watcher = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _open: ExitStack = field(default_factory=ExitStack)
    """The registry that several stations ask."""

    def __post_init__(self) -> None:
        self._watcher = Watcher(self.table)

    @property
    def _hands(self) -> dict[Post, Hands]:
        return self._watcher.hands

    def start(self) -> None:
        """Begin the first step automatically, and watch the stations from now on."""
        threading.Thread(target=self._watch, name="bench watcher", daemon=True).start()
        self.do(PREPARE)

    def stop(self) -> None:
        """Stop watching, and stop the stations."""
        # A package that is ready later starts no station.
        with self._lock:
            self._stopping.set()
            started = tuple(self._hands.values())
        for hands in started:
            hands.station.stop()
        self._open.close()

    def do(self, key: StepKey) -> None:
        """Let robots do a step; returns at once, does nothing if a step is running."""
        with self._lock:
            if self.running is not None:
                return
            self.running, self.progress = key, None
            self.say(None)
        threading.Thread(target=self._do, args=(key,), name="step", daemon=True).start()

    def cancel(self) -> None:
        """Stop the step that runs at its next look at a screen; headquarters' steps run to their end."""
        if self.running == COUNT or (self.running == PREPARE and not self._hands):
            self.say(m("This step ends by itself."))
        elif self.running is not None:
            for hands in self._hands.values():
                hands.stopped.set()

    def enlarge(self, monitor: Monitor) -> None:
        """Bring a device's own window to the front."""
        hands = self._hands.get(Post(self.table.at, MONITORS[monitor]))
        if hands is not None and hands.station.robot is not None:
            with suppress(RobotError):
                hands.station.robot.ask(do="front")

    def prompt(self) -> Message | None:
        """Return what a hand forgets most easily: a card with a receipt has to go back to the station."""
        closed = all(map(self._is_closed, self._posts(CardPlace.IDENTITY)))
        waiting = 0 if closed or self.running is not None else len(self.table.to_hand_back())
        if not waiting:
            return None
        return plural(
            "{count} card has the receipt of a vote: put it back into the station's second reader.",
            "{count} cards have receipts of votes: put them back into the station's second reader.",
            waiting,
        )

    def screens(self) -> tuple[tuple[Monitor, bytes], ...]:
        """Return what the devices on the table show, as PNG."""
        return self._watcher.pictures(self.table.at)

    def pairs(self) -> tuple[BenchPair, ...]:
        """Return all devices, two by two, where there are more than two."""
        return self._watcher.pairs()

    def say(self, message: Message | None, *, bad: bool = False) -> None:
        """Show a message, or none; `bad`: it reports a failure."""
        self.message, self.bad = message, bad

    def _do(self, key: StepKey) -> None:
        work: dict[StepKey, Callable[[], Message]] = {
            PREPARE: self._do_prepare,
            OPEN_STATION: lambda: self._do_open(CardPlace.IDENTITY),
            TRAIN: self._do_train,
            OPEN_TERMINAL: lambda: self._do_open(CardPlace.TERMINAL),
            VOTE: self._do_vote,
            CLOSE_STATION: lambda: self._do_close(CardPlace.IDENTITY),
            CLOSE_TERMINAL: lambda: self._do_close(CardPlace.TERMINAL),
            COUNT: self._do_count,
        }
        done, bad = BROKEN_OFF, True
        try:
            done, bad = work[key](), False
        except StoppedError:
            done, bad = STOPPED, False
            self.table.clear()
        except (StuckError, RobotError) as trouble:
            done = STUCK
            _tell_developer(key, trouble)
        except StationError as trouble:
            done = NO_STATION
            _tell_developer(key, trouble)
        except (*AMIN_ERRORS, OSError) as trouble:
            done = m("Not done: {reason}", reason=because(trouble))
            _tell_developer(key, trouble)
        finally:
            try:
                # First, because a step that has just been done would be offered once more until then.
                self._watcher.look()
            finally:
                # Whatever happened, the next step can be asked for.
                with self._lock:
                    self.running = None
                    for hands in self._hands.values():
                        hands.stopped.clear()
                    self.say(done, bad=bad)

    def _tell(self, step: str, done: int, total: int) -> None:
        del step
        self.progress = done / total if total else None

    def _do_prepare(self) -> Message:
        prepared, visitors = (self.brought or self._invented)()
        with ExitStack() as opened:
            # Without the lock: a window that is closed does not wait until a registry has started.
            opened.enter_context(registry_of(self.places, prepared))
            with self._lock:
                if self._stopping.is_set():
                    raise StoppedError("the window is closed")
                self._open.enter_context(opened.pop_all())
                self._prepared = prepared
                self.table.lay_out(prepared, tuple(visitors))
                desk = self.table.desk
                self._watcher.hands = {
                    Post(number, place): hands
                    for number, (lane, hardware) in enumerate(
                        zip(desk.lanes, desk.hardware, strict=True)
                    )
                    for place, hands in lane_hands(
                        self.places,
                        hardware,
                        prepared.operators,
                        lane,
                        headless=False,
                        branch=prepared.branch,
                        operators_free=desk.operators,
                    ).items()
                }
                for hands in self._hands.values():
                    hands.station.start()
        box = self.screen
        for hands in self._hands.values():
            robot = hands.station.connect()
            robot.ask(do="behind", box=[box.x(), box.y(), box.width(), box.height()])
        return m("The package is ready. Open the devices.")

    def _invented(self) -> tuple[Prepared, tuple[Visitor, ...]]:
        """Make the demonstration's election, and who comes."""
        rules = Rules(paper_record=self.paper_record)
        stations, terminals = map(len, map(self._posts, MONITORS.values()))
        prepared = prepare(
            self.places,
            self.seed,
            rules,
            None,
            self._tell,
            stations=stations,
            terminals=terminals,
        )
        rng = random.Random(f"voters {self.seed}")
        return prepared, make_visitors(rng, self.people, prepared.election.day)

    def _do_open(self, place: CardPlace) -> Message:
        self.table.clear()
        for post in self._there(place):
            hands = self._at(post)
            if not self._watcher.was_opened(post):
                self.table.turn_to(post.lane)
                hands.open_polls()
        return m("The polls are open.")

    def _do_train(self) -> Message:
        self.table.clear()
        post = self._there(CardPlace.TERMINAL)[0]
        self.table.turn_to(post.lane)
        self._at(post).train()
        self._trained = True
        return m("The training has ended; nothing of it counts.")

    def _do_close(self, place: CardPlace) -> Message:
        self.table.clear()
        waiting = [post for post in self._posts(place) if not self._is_closed(post)]
        self._at(self._there(place)[0])
        while waiting:
            post = waiting.pop(0)
            hands = self._at(post)
            self.table.turn_to(post.lane)
            # The last station asks for the cards of its own that voters did not hand back.
            cards = self.table.with_receipts() if place is CardPlace.IDENTITY else ()
            if place is CardPlace.IDENTITY:
                hands.still_open = frozenset(map(self.table.desk.device_at, waiting))
            if waiting and cards:
                hands.hand_back(cards)
            hands.close_polls(() if waiting else cards)
        return m("Closed; the bundle is on the USB drive.")

    def _do_vote(self) -> Message:
        prepared = self._must_be_prepared()
        self.table.clear()
        key = next((k for k in self.table.visitors if BenchCardId(k) not in self.table.voted), None)
        if key is None:
            return m("Everybody has voted.")
        visitor = self.table.visitors[key]
        blank = None if prepared.on_paper else self.table.blank_card()
        # In turn, so that everything on the desk is used.
        served = len(self.table.voted)
        stations, terminals = map(self._posts, MONITORS.values())
        station = stations[served % len(stations)]
        hands = self._at(station)
        self.table.turn_to(station.lane)
        desk = CheckInDesk(hands, self.table.hardware)
        outcome = desk.serve(visitor, self.table.card(BenchCardId(key)), blank)
        self.table.voted.add(BenchCardId(key))
        if outcome.refused is not None:
            return m("Refused: {reason}", reason=named(REFUSALS, outcome.refused))
        if blank is None:
            return m("One person was checked in, for ballot papers.")
        terminal = terminals[served % len(terminals)]
        contests = contests_of(visitor, prepared.election)
        rng = random.Random(f"vote {visitor.person.national_number}")
        intent = make_intent(rng, visitor.kind, contests)
        self.table.turn_to(terminal.lane)
        Booth(self._at(terminal)).vote(blank, visitor.kind, intent, contests)
        return m("One person has voted.")

    def _do_count(self) -> Message:
        prepared = self._must_be_prepared()
        export = hand_over(self.places, prepared, datetime.now(UTC).replace(microsecond=0))
        counted = count(self.places, prepared, None, self._tell, export)
        self._counted = True
        return _result(counted, self.places)

    def _posts(self, place: CardPlace) -> tuple[Post, ...]:
        return self.table.desk.posts(place)

    def _there(self, place: CardPlace) -> tuple[Post, ...]:
        """Return the posts of a kind. Raises `StuckError` if the branch has none."""
        posts = self._posts(place)
        if not posts:
            raise StuckError(f"the branch has no {place}")
        return posts

    def _at(self, post: Post) -> Hands:
        """Return the hands at a device. Raises `StuckError` before the devices are started."""
        if post not in self._hands:
            raise StuckError("the stations are started with the package")
        return self._hands[post]

    def _must_be_prepared(self) -> Prepared:
        if self._prepared is None:
            raise StuckError("headquarters has not written the package yet")
        return self._prepared

    def steps(self) -> tuple[DayStep, ...]:
        """Return the steps: done, next and possible now."""
        stations, terminals = map(self._posts, MONITORS.values())
        done = {
            PREPARE: self._prepared is not None and bool(self._hands),
            OPEN_STATION: all(map(self._watcher.was_opened, stations)),
            TRAIN: self._trained or all(map(self._watcher.was_opened, terminals)),
            OPEN_TERMINAL: all(map(self._watcher.was_opened, terminals)),
            VOTE: bool(self.table.voted),
            CLOSE_STATION: all(map(self._is_closed, stations)),
            CLOSE_TERMINAL: all(map(self._is_closed, terminals)),
            COUNT: self._counted,
        }
        opened = done[OPEN_STATION] and done[OPEN_TERMINAL]
        booths_closed = bool(terminals) and done[CLOSE_TERMINAL]
        possible = {
            PREPARE: not done[PREPARE],
            OPEN_STATION: done[PREPARE] and not done[OPEN_STATION],
            TRAIN: done[PREPARE] and not done[OPEN_TERMINAL],
            OPEN_TERMINAL: done[PREPARE] and not done[OPEN_TERMINAL],
            VOTE: opened and not done[CLOSE_STATION] and not booths_closed,
            CLOSE_STATION: done[OPEN_STATION] and not done[CLOSE_STATION],
            CLOSE_TERMINAL: done[OPEN_TERMINAL] and not done[CLOSE_TERMINAL],
            COUNT: done[CLOSE_STATION] and done[CLOSE_TERMINAL] and not done[COUNT],
        }
        idle = self.running is None
        listed = steps_of(terminals=bool(terminals))
        following = next((key for key, _, _ in listed if not done[key]), None)
        return tuple(
            DayStep(key, title, hint, done[key], key == following, possible[key] and idle)
            for key, title, hint in listed
        )

    def _is_closed(self, post: Post) -> bool:
        name = self.table.desk.device_at(post)
        return (self.places.usb / f"{name}{BUNDLE_SUFFIX}").exists()

    # ------------------------------------------------------------ watching the stations

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            if self.running is None:
                self._watcher.look()
            self._watcher.take_pictures()


def _tell_developer(key: StepKey, trouble: Exception) -> None:
    """Say on the terminal what the window's sentence leaves out: what was waited for, and what was there."""
    print(f"{key}: {type(trouble).__name__}: {trouble}", file=sys.stderr)


def _result(counted: CountedElection, places: DayFolders) -> Message:
    verdict = "✓" if counted.verified else "✗"
    if on_paper := sum(branch.on_paper for branch in counted.imported.branches):
        return plural(
            "Archive {verdict} {count} person was checked in for ballot papers, which are counted by hand."
            " Everything is in {folder}",
            "Archive {verdict} {count} people were checked in for ballot papers, which are counted by hand."
            " Everything is in {folder}",
            on_paper,
            verdict=verdict,
            folder=places.root,
        )
    seats = tuple(
        m("{list} {count}", list=name, count=number)
        for name, number in seats_by_list(counted).items()
    )
    return m(
        "Archive {verdict} Seats: {seats}. Everything is in {folder}",
        verdict=verdict,
        seats=Items(seats) if seats else "-",
        folder=places.root,
    )

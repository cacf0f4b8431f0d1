"""Stations on a bench: real flows, stores and drivers, simulated cards, and a hand that waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import BAUD_DEFAULT
from drivers.media.parents import Apart
from drivers.registry.line import Credentials, Exchange, TlsLine
from drivers.scanner.seam import Scanner
from drivers.serial_line import SerialLine
from drivers.threads.worker import OnCrash
from election.audit_log import AuditEntry
from election.closing_order import BeforeClosing, Said, Standing
from election.definition import DeviceId, Role
from election.device_files import Files
from election.package import LoadedPackage
from election.persons import Roll
from election.signing_in import EnterPin, NeedCard, PinEntered, SignedIn, SignIn
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.common import Tick
from kiosk.flows.identity import states as identity
from kiosk.flows.identity.flow import LINGER_S
from kiosk.flows.operator import events as operator
from kiosk.flows.operator.flow import FINAL
from kiosk.flows.operator.states import (
    TWO_ROLES,
    ActOutcome,
    AskingCards,
    AskingDevices,
    Away,
    Console,
    ConsoleAct,
    ConsoleState,
    SecondSignature,
)
from kiosk.station.ballot import BallotTerminal
from kiosk.station.base import DeviceContext, Workbench
from kiosk.station.console import OperatorConsole as ConsoleRunner
from kiosk.station.identity import IdentityStation
from kiosk.station.paper import ReportPrinter
from kiosk.station.record_printer import RecordPrinter
from kiosk.storage.audit import verify
from simulators.fingerprint.sfm import SfmSimulator
from simulators.local_reader import LocalReader, VirtualCard
from tests.kiosk.station.office import NOON, PIN, STATION, TERMINAL, Office

PATIENCE_S = 45.0
ON_TWO_DISKS = Workbench(apart=lambda *_: Apart.TWO, keeps=lambda _: None)
"""Folders of a test are on one."""
T = TypeVar("T")


class Clock:
    """The day's noon, and real seconds; `later` makes both jump."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._now + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead.total_seconds()

    def later(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def reach(self, now: datetime) -> None:
        """Let the time pass until then, if it is not over."""
        self.later(max(0.0, (now - self.now()).total_seconds()))

    def set(self, now: datetime) -> None:
        """The wall clock alone, as a hand sets it."""
        self._now = now - self._ahead


class PluggableReader(LocalReader):
    """A reader whose cable can be pulled and put back."""

    def unplug(self) -> None:
        self.close()

    def plug(self) -> None:
        self._events.show(None)

    def insert_and_pull(self, card: VirtualCard, after: int) -> None:
        """A card that is pulled at the `after`-th command."""
        with self._events.condition:
            self.insert(card)
            self.pull_after(after)


class Station(Protocol):
    context: DeviceContext
    console: ConsoleRunner

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def drain(self) -> None: ...
    def tell_readiness(self) -> None: ...


class Bench:
    """One station, its card slot for operators, and everything it ever showed."""

    station: Station
    operators: LocalReader
    pin = PIN
    """Of the operators' cards that are put in."""
    simulated = False
    """Simulators are installed on the machine, from the next boot on."""

    def __init__(self, office: Office, device: DeviceId, folder: Path) -> None:
        self.office = office
        self.config = office.configuration(device, folder)
        self.clock = Clock()
        self.standings = {}
        self.said: list[ConsoleState] = []
        self.woken = threading.Event()

    @property
    def files(self) -> Files:
        return Files(self.config.data, self.config.mirror)

    @property
    def console(self) -> ConsoleState:
        return self.station.console.loop.state

    @property
    def package(self) -> LoadedPackage | None:
        return self.station.context.package

    def forget(self) -> None:
        """Keep no more of what was shown."""
        self.said.clear()
        shown: list[object] = getattr(self, "shown", [])
        shown.clear()

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Let the flows take their events until it is so."""
        limit = time.monotonic() + PATIENCE_S
        while True:
            self.station.drain()
            if done():
                return
            assert time.monotonic() < limit, f"waited for {what}; {self.where()}"
            self.let_time_pass()
            self.woken.wait(0.02)
            self.woken.clear()

    def let_time_pass(self) -> None:
        """Move the clock if nothing else ends the state that is waited out."""

    def where(self) -> str:
        return f"console {self.console}"

    def settle(self) -> None:
        """Until the store has done all it was given, and the flows know."""
        for _ in range(3):
            done = threading.Event()
            self.station.context.store.submit(done.set)
            self.until(done.is_set, "the store")

    def log(self) -> tuple[AuditEntry, ...]:
        return verify(self.files.audit, self.station.context.signing.classical.public)

    def logged(self, what: str) -> list[str]:
        """Details of the log's entries of this name."""
        self.settle()
        return [entry.detail for entry in self.log() if entry.what == what]

    def summed(self, what: str) -> dict[str, int]:
        """How often an event that has no line was counted, by its detail."""
        self.settle()
        found: list[dict[str, int]] = []

        def read() -> None:
            events = self.station.context.counters.events()
            found.append({event.reason: event.number for event in events if event.event == what})

        self.station.context.store.submit(read)
        self.until(lambda: bool(found), "the sums")
        return found[0]

    # ------------------------------------------------------------ operators

    @property
    def signin(self) -> SignIn | None:
        state = self.console
        return getattr(state, "signin", None)

    def until_signin(self, wanted: type[SignIn]) -> None:
        self.until(lambda: isinstance(self.signin, wanted), wanted.__name__)

    def enter(self, pin: str | None = None) -> None:
        self.station.console.loop.post(PinEntered(self.pin if pin is None else pin))

    def present(self, card: VirtualCard, pin: str | None = None) -> None:
        """Card in and PIN; the outcome is waited for by the caller."""
        self.operators.insert(card)
        self.until_signin(EnterPin)
        self.enter(pin)

    def sign_in(self, role: Role = Role.OFFICER) -> None:
        self.present(self.office.operator(role, pin=self.pin))
        self.until(lambda: isinstance(self.console, Console), "the console")

    def sign_out(self) -> None:
        self.operators.remove()
        self.until(lambda: isinstance(self.console, Away), "nobody at the console")

    def act(self, act: ConsoleAct, code: str = "") -> ActOutcome:
        """Somebody is signed in; the second role signs where it takes one. How it ended."""
        first = self.console
        assert isinstance(first, Console)
        post = self.station.console.loop.post
        post(operator.ActChosen(act))
        if code:
            post(operator.CodeEntered(code))
        if act is ConsoleAct.CLOSE and first.view.order is not None:
            self._answer(first.view.order)
        if act in FINAL:
            post(operator.ConfirmAnswered(True))
        if act in TWO_ROLES:
            self.until(
                lambda: isinstance(self.console, SecondSignature) or bool(self._outcome(first)),
                "the second signature",
            )
            if (refused := self._outcome(first)) is not None:
                return refused
            self.until_signin(SignedIn)
            self.operators.remove()
            self.until_signin(NeedCard)
            other = Role.OFFICER if first.operator.role is Role.SUPERVISOR else Role.SUPERVISOR
            self.present(self.office.operator(other, pin=self.pin))
        self.until(lambda: self._outcome(first) is not None, f"the end of {act.value}")
        outcome = self._outcome(first)
        assert outcome is not None
        return outcome

    standings: dict[DeviceId, Standing]
    """What is said of other devices at the closing; of all others that they are closed."""

    def _answer(self, order: BeforeClosing) -> None:
        """Say how the other devices stand, and go on without the cards that are missing."""
        self.until(lambda: isinstance(self.console, AskingDevices), "the other devices")
        post = self.station.console.loop.post
        for each in order.neighbours:
            standing = self.standings.get(each.device, Standing.CLOSED)
            post(operator.StandingSaid(Said(each.device, standing)))
        self.settle()
        post(operator.WentOn())
        self.station.drain()
        if isinstance(self.console, AskingCards):
            post(operator.WentOn())

    def _outcome(self, before: ConsoleState) -> ActOutcome | None:
        state = self.console
        fresh = isinstance(state, Console) and state is not before and state.busy is None
        return state.outcome if fresh and isinstance(state, Console) else None

    def load(self, package: bytes) -> ActOutcome:
        """Officer signs in, and with the supervisor loads this package."""
        self.office.bring(package, self.config.usb)
        self.sign_in()
        return self.act(ConsoleAct.LOAD_PACKAGE)

    def open_polls(self) -> ActOutcome:
        """From a new device to open polls; nobody is signed in afterwards."""
        assert self.load(self.office.package()).ok
        outcome = self.act(ConsoleAct.OPEN)
        self.sign_out()
        return outcome

    def do(self, act: ConsoleAct, code: str = "") -> ActOutcome:
        """Sign in, act, sign out."""
        self.sign_in()
        outcome = self.act(act, code)
        self.sign_out()
        return outcome


class TerminalBench(Bench):
    def record(self, crashed: OnCrash) -> RecordPrinter | None:
        """Printer of paper records."""
        del crashed
        return None

    def scanner(self) -> Scanner | None:
        return None

    choice = (0, 7, 1)
    """Places of the two candidates for the council, and of the expert, that the next voter marks."""

    def __init__(self, office: Office, folder: Path, device: DeviceId = TERMINAL) -> None:
        super().__init__(office, device, folder)
        self.shown: list[ballot.BallotState] = []
        self.lamp: list[bool] = []
        self.boot()

    def boot(self) -> None:
        """Switch the terminal on (again), with the data it has."""
        self.reader = self.operators = PluggableReader("terminal")
        self.terminal = self.station = BallotTerminal(
            self.config,
            self.clock,
            self.reader,
            lambda _: None,
            self.shown.append,
            self.said.append,
            self.lamp.append,
            self.woken.set,
            record=self.record,
            scanner=self.scanner(),
            simulated=self.simulated,
        )
        self.station.context.workbench = ON_TWO_DISKS
        self.terminal.start()
        self.settle()

    def restart(self) -> None:
        self.terminal.stop()
        self.boot()

    @property
    def state(self) -> ballot.BallotState:
        return self.terminal.loop.state

    def where(self) -> str:
        return f"{type(self.state).__name__} {str(self.state)[:200]}, {super().where()[:300]}"

    def see(self, *wanted: type[ballot.BallotState]) -> ballot.BallotState:
        """A recorded vote counts as seen when its receipt is on the card."""
        names = " or ".join(kind.__name__ for kind in wanted)

        def seen() -> bool:
            busy = isinstance(self.state, ballot.Recorded) and self.state.card_busy
            return isinstance(self.state, wanted) and not busy

        self.until(seen, names)
        return self.state

    def touch(self, *events: voter.BallotEvent) -> None:
        for event in events:
            self.terminal.loop.post(event)
        self.terminal.drain()

    def take_card(self) -> None:
        self.reader.remove()

    def refused(self, card: VirtualCard) -> object:
        """Why this card opens no ballot; the card is out again afterwards."""
        self.reader.insert(card)
        state = self.see(ballot.Refused)
        assert isinstance(state, ballot.Refused)
        self.reader.remove()
        self.see(ballot.Idle)
        return state.reason

    def to_the_cast_question(self, card: VirtualCard) -> str:
        """Card in, marks, review; the tracking code."""
        self.reader.insert(card)
        self.see(ballot.Preferences)
        return self.mark()

    def mark(self) -> str:
        """From the first screen, or after a challenge, to the question; the tracking code."""
        state = self.state
        assert isinstance(state, ballot.Preferences | ballot.Challenged)
        council, experts = state.session.contests
        # Who has a provisional ballot is told so, and begins then.
        told = (
            isinstance(state, ballot.Preferences) and state.session.authorization.handle is not None
        )
        self.touch(
            *[voter.Begin()] * (2 if told else 1),
            voter.Toggled(council.candidates[self.choice[0]].code),
            voter.Toggled(council.candidates[self.choice[1]].code),
            voter.Next(),
            voter.Toggled(experts.candidates[self.choice[2]].code),
            voter.Next(),
            voter.ReviewAccepted(),
        )
        asked = self.see(ballot.CastOrChallenge)
        assert isinstance(asked, ballot.CastOrChallenge)
        return asked.tracking

    def vote(self, card: VirtualCard) -> str:
        """A whole voter; the tracking code."""
        tracking = self.to_the_cast_question(card)
        self.touch(voter.CastChosen())
        state = self.see(ballot.Recorded, ballot.NotRecorded)
        assert isinstance(state, ballot.Recorded), state
        self.reader.remove()
        self.see(ballot.Idle)
        return tracking

    def cast(self) -> int:
        """Ballots in the store, read on its thread."""
        found: list[int] = []
        votes = self.terminal.loaded.votes
        self.terminal.context.store.submit(lambda: found.append(votes.counts().cast))
        self.until(lambda: bool(found), "the count")
        return found[0]


class IdentityBench(Bench):
    def __init__(
        self,
        office: Office,
        folder: Path,
        sensor: SfmSimulator,
        connect: Callable[[str, Credentials], Exchange] = TlsLine,
        paper: Callable[[OnCrash], ReportPrinter | None] = lambda _: None,
        roll: Roll | None = None,
        device: DeviceId = STATION,
    ) -> None:
        super().__init__(office, device, folder)
        self.paper, self.roll = paper, roll
        self.sensor = sensor
        self.connect = connect
        self.shown: list[identity.IdentityState] = []
        self.boot()

    def boot(self) -> None:
        self.reader = PluggableReader("identity")
        self.operators = self.cards = PluggableReader("authorization")
        self.identity = self.station = IdentityStation(
            self.config,
            self.clock,
            self.reader,
            self.cards,
            SfmModule(lambda: SerialLine.open(self.sensor.path, BAUD_DEFAULT)),
            self.paper,
            self.shown.append,
            self.said.append,
            self.woken.set,
            connect=self.connect,
            roll=self.roll,
            simulated=self.simulated,
        )
        self.station.context.workbench = ON_TWO_DISKS
        self.identity.start()
        self.settle()

    def restart(self) -> None:
        self.identity.stop()
        self.boot()

    @property
    def state(self) -> identity.IdentityState:
        return self.identity.loop.state

    def where(self) -> str:
        return f"{type(self.state).__name__} {str(self.state)[:200]}, {super().where()[:300]}"

    def let_time_pass(self) -> None:
        match self.state:
            case identity.FingerFailed(since=since) | identity.Refused(card_out=True, since=since):
                if since is not None:
                    self.clock.later(LINGER_S)
                self.identity.loop.post(Tick(self.clock.monotonic()))

    def see(self, *wanted: type[identity.IdentityState]) -> identity.IdentityState:
        names = " or ".join(kind.__name__ for kind in wanted)
        self.until(lambda: isinstance(self.state, wanted), names)
        return self.state

    def override_signin(self) -> SignIn | None:
        state = self.state
        asks = isinstance(state, identity.Overriding | identity.ConfirmingDocument)
        return getattr(state, "signin", None) if asks else None

    def refused(self) -> identity.VoterRefusal:
        state = self.see(identity.Refused)
        assert isinstance(state, identity.Refused)
        return state.reason

    def put_away(self) -> None:
        """Both cards out, the finger lifted, and the station free again."""
        self.sensor.lift()
        self.reader.remove()
        self.cards.remove()
        self.see(identity.Idle)

    def sign_override(self, role: Role) -> None:
        """One signature of an override, with the card taken out again."""
        self.cards.remove()
        self.until(lambda: isinstance(self.override_signin(), NeedCard), "the slot to be free")
        self.cards.insert(self.office.operator(role))
        self.until(lambda: isinstance(self.override_signin(), EnterPin), "the PIN")
        self.identity.loop.post(PinEntered(PIN))
        self.until(
            lambda: (
                not isinstance(self.state, identity.Overriding | identity.ConfirmingDocument)
                or isinstance(self.override_signin(), SignedIn)
            ),
            "the signature",
        )
        self.cards.remove()

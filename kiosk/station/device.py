"""Share what both devices do alike: start and stop, faults, readiness, the operator's console.

readiness    asked whenever the device is free and after every act of an operator: is it open, is
             everything there? What is missing puts it out of service, what is back mends it.
a fault      expected trouble (a reader, a medium): until it is mended
a defect     something escaped a job: until the next start or a newly loaded package
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Generic, Protocol, TypeVar

from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.media.errors import MigrationError, StorageError, StoreInUseError, TamperedStoreError
from drivers.media.lock import DeviceLock
from drivers.media.stall import waits_on
from drivers.power.policy import PowerAdvice
from drivers.power.seam import PowerSource, PowerState
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from election.audit_events import AuditEvent
from election.closing_order import BeforeClosing
from election.definition import Text
from election.doubts import Doubt
from election.errors import ElectionError, PackageError
from election.incidents import Incident, incident_code
from election.recorded import RecordedKind, RecordedList, of_kind
from election.register import RegisterError
from kiosk.flows.common import (
    ClosedReason,
    CommonEvent,
    DeviceFault,
    DeviceRecovered,
    OutOfService,
    PollsChanged,
    Tick,
    WriteAudit,
)
from kiosk.flows.operator.states import ConsoleState
from kiosk.station.base import ACT_S, ONE_DISK, DeviceContext
from kiosk.station.cards import CardListener, CardReaderService
from kiosk.station.console import OperatorConsole
from kiosk.station.equipment import Equipment
from kiosk.station.loaded import Loaded
from kiosk.station.paper import ReportPrinter
from kiosk.station.power import PowerService
from kiosk.status import (
    ONE_MEMORY,
    SLOW,
    STALLED,
    STARTED_TWICE,
    CheckLine,
    Counter,
    DeviceStatus,
    Lamp,
    mode_of,
)
from words.message import Message, m

_AT_START: Final[Sequence[tuple[type[Exception], Incident]]] = (
    (PackageError, Incident.PACKAGE),
    (RegisterError, Incident.PACKAGE),
    (MigrationError, Incident.OTHER_VERSION),
    (StoreInUseError, Incident.IN_USE),
    (TamperedStoreError, Incident.FOREIGN_RECORD),
    (StorageError, Incident.NO_MEMORY),
    (CryptoError, Incident.KEYS),
    (OSError, Incident.NO_MEMORY),
)
"""By what stopped the start; the first that fits."""

TICK_S = 0.25
"""From one `Tick` to the next."""

LOOK_S = 30.0
"""From one look at clock and media to the next, while nobody is served."""

SLOW_S, STALLED_S = 3.0, 10.0
"""How long storage may take until the screen asks for patience, and until the device is out of service."""

_LOOKS: Final = 4
"""Ticks that have to see it: a clock that jumps while a job runs is no stall."""

NOTICE_S = 60.0
"""How long the screen says that somebody started the device again."""

STORE = "store"
"""Name of the worker that owns the databases."""

LoadedT = TypeVar("LoadedT", bound=Loaded)


class FlowLoop(Protocol):
    """The loop of either flow, as far as both devices use it."""

    @property
    def state(self) -> object:
        """The state that is shown."""

    def post(self, event: CommonEvent) -> None:
        """Take an event, from any thread."""

    def drain(self) -> None:
        """Work off the events, on the drawing thread."""


class StationDevice(CardListener, ABC, Generic[LoadedT]):
    """Subclasses make their flow's `loop` and their devices first, then call this."""

    loop: FlowLoop
    FREE: tuple[type, ...]
    """States of the flow in which nobody is being served."""

    def __init__(
        self,
        context: DeviceContext,
        card_services: tuple[CardReaderService, ...],
        paper: ReportPrinter | None,
        show_console: Callable[[ConsoleState], None],
        wake: Callable[[], None],
        *,
        power: PowerSource | None,
        equipment: tuple[Equipment, ...] = (),
    ) -> None:
        """Put the parts together; operators use the last of `card_services`, unless they choose another.

        `equipment`: what there is beside card readers, printer and power supply.
        """
        self.context = context
        self._card_services = card_services
        self._paper = paper
        self._loaded: LoadedT | None = None
        self._told_doubts: tuple[Doubt, ...] = ()
        """What two roles have to confirm, as log and console were told at the last look; of a memory, too."""
        self._looked_s = 0.0
        """When readiness was last looked at, on the monotonic clock."""
        self._lock: DeviceLock | None = None
        self._knocked_s: float | None = None
        """When somebody last started this device again, on the monotonic clock."""
        self._late = 0
        """Ticks since which storage has not answered for `STALLED_S`; at `_LOOKS` it is out of service."""
        self._incident = ""
        """Of a defect that was met: out of service until the next start, or a newly loaded package."""
        self._ticker = Watcher("ticker", self._tick, self.crashed, every_s=TICK_S)
        self.power = (
            PowerService(power, context.clock, self._power_changed, self.crashed) if power else None
        )
        supply = () if self.power is None else (self.power,)
        self._equipment: tuple[Equipment, ...] = (*card_services, *equipment, *supply)
        self.console = OperatorConsole(
            context,
            self,
            card_services[-1],
            paper,
            show_console,
            wake,
        )

    @property
    def loaded(self) -> LoadedT:
        """Raises `ElectionError` before a package is loaded."""
        if self._loaded is None:
            raise ElectionError(m("no election package is loaded; load it first"))
        return self._loaded

    def guard(self, lock: DeviceLock) -> None:
        """Keep this device's lock: say when somebody starts it again, let go of a memory that fails."""
        self._lock = lock
        self.context.pairing = replace(
            self.context.pairing, lock=lock.memories.get(self.context.config.mirror)
        )

    def start(self) -> None:
        """Open the databases and start every device."""
        self.context.store.submit(self._open, ACT_S)
        for device in self._equipment:
            device.start()
        self._ticker.start()

    def stop(self) -> None:
        """Stop every device, finish what the store has been given, and close the databases."""
        if self._lock is not None:
            self._lock.ends()
        self._ticker.stop()
        for device in reversed(self._equipment):
            device.stop()
        self.context.store.stop(self._close, finish=True)
        if self._lock is not None and self.context.store.runs:
            self._lock.keep()
        if self._paper is not None:
            self._paper.stop()

    def drain(self) -> None:
        """On the drawing thread: let both flows take their events."""
        self.loop.drain()
        self.console.loop.drain()

    def crashed(self, name: str, defect: BaseException) -> None:
        """Go out of service: a defect escaped the worker called `name`. From any thread."""
        self._incident = incident_code(Incident.DEFECT, name, defect)
        self._answer_for(name)
        self.loop.post(DeviceFault(self._incident))

    def listed(self, kind: RecordedKind) -> RecordedList | None:
        """Return the list of recordings or films that the loaded package vouches for."""
        package = self.context.package
        return None if package is None else of_kind(package.recorded, kind)

    def status(self) -> DeviceStatus:
        """Collect what the screen shows beside the flow's state. On the drawing thread."""
        context, package = self.context, self.context.package
        election = None if package is None else package.election
        branch = None if election is None else election.branch(context.config.branch)
        return DeviceStatus(
            device=context.config.device,
            election=None if election is None else election.name,
            branch=Text(context.config.branch) if branch is None else branch.name,
            clock=context.clock.now().astimezone(),
            mode=mode_of(
                election,
                simulated=context.simulated,
                own_documents=context.config.identity.is_set,
            ),
            lamps=(
                *(lamp for device in self._equipment if (lamp := device.lamp()) is not None),
                *(() if self._paper is None else (self._paper.lamp(),)),
                *self._conditions(),
            ),
            counters=self._counters(),
            deadline_s=self._deadline_s(),
        )

    def _conditions(self) -> Iterator[Lamp]:
        since = self._knocked_s
        if since is not None and self.context.clock.monotonic() < since + NOTICE_S:
            yield Lamp(STARTED_TWICE, m("Started twice: go on here."), ok=False)
        if self.context.one_disk:
            yield Lamp("one-disk", ONE_DISK, ok=False)
        if self.context.is_alone:
            yield Lamp(ONE_MEMORY, m("One memory only: put a spare one in."), ok=False)
        late_s = self.context.store.late_s
        if late_s >= STALLED_S:
            yield Lamp(STALLED, self._what_stalls(), ok=False)
        elif late_s >= SLOW_S:
            yield Lamp(SLOW, m("Please wait: a memory answers slowly."), ok=False)

    def _what_stalls(self) -> Message:
        """Say which memory to pull, where it can be told; the voter hears what is known."""
        file, config = waits_on(self.context.store.thread), self.context.config
        which = m("A memory does not answer.")
        if file is not None and file.is_relative_to(config.mirror):
            which = m("The second memory does not answer: pull it out.")
        elif file is not None and file.is_relative_to(config.data):
            which = m("The first memory does not answer.")
        return m("{which} Do not leave: what was begun is not known yet.", which=which)

    def _watch_store(self) -> None:
        """Go out of service while storage does not answer; the program is never ended for it."""
        was = self._late >= _LOOKS
        self._late = self._late + 1 if self.context.store.late_s >= STALLED_S else 0
        stalled = self._late >= _LOOKS
        if stalled and not isinstance(self.loop.state, OutOfService):
            self.loop.post(DeviceFault(Incident.STALLED))
        if was is not stalled:
            self.call_officer(stalled)
            if was:
                self.context.store.submit(self.tell_readiness)

    def _tick(self) -> None:
        now = self.context.clock.monotonic()
        self.loop.post(Tick(now))
        self._watch_store()
        if self._lock is not None and self._lock.was_knocked():
            self._knocked_s = now
            self.context.store.submit(lambda: self.note(WriteAudit(AuditEvent.STARTED_TWICE)))
        if self._paper is not None:
            self._paper.look(now)
        free = isinstance(self.loop.state, (*self.FREE, OutOfService))
        if now - self._looked_s >= LOOK_S and free and not self._late:
            self._looked_s = now
            self.context.store.submit(self.tell_readiness)

    # ------------------------------------------------------------ card readers (any thread)

    def reader_gone(self, card_service: CardReaderService) -> None:
        """Go out of service until the reader is back."""
        self.loop.post(DeviceFault(card_service.incident))

    def reader_back(self, card_service: CardReaderService) -> None:
        """Look whether the device can serve again."""
        del card_service
        self.context.store.submit(self.tell_readiness)

    # ------------------------------------------------------------ power (its own thread)

    def _power_changed(self, advice: PowerAdvice, state: PowerState) -> None:
        entry = WriteAudit(
            AuditEvent.POWER, f"{state.supply.value}, {advice.name.lower().replace('_', ' ')}"
        )

        def act() -> None:
            self.note(entry)
            self.tell_readiness()

        self.context.store.submit(act)

    # ------------------------------------------------------------ store worker

    def tell_readiness(self) -> None:
        """Say whether the device can serve; also tells about a card that is in already."""
        if self._incident:
            self.loop.post(DeviceFault(self._incident))
            return
        if (set_back := self.context.anchoring.trouble) is not None:
            self.loop.post(DeviceFault(set_back.upper()))
            return
        closed = self.context.closed()
        if closed is None and self.power is not None and not self.power.may_begin:
            closed = ClosedReason.POWER
        self.loop.post(PollsChanged(closed))
        self._tell_doubts()
        if closed is None and (stopping := [doubt for doubt in self._told_doubts if doubt.stops]):
            self.loop.post(DeviceFault(stopping[0].upper()))
            return
        gone = [service.incident for service in self._card_services if not service.present]
        trouble = gone[0] if gone else self._trouble(closed)
        if self.power is not None and self.power.must_close:
            trouble = Incident.POWER
        if trouble:
            # A memory pulled out between the two looks is offered to two roles at once.
            self._tell_doubts()
            self.loop.post(DeviceFault(trouble))
            return
        self.loop.post(DeviceRecovered())
        if closed is None:
            self._card_services[0].announce()

    def _tell_doubts(self) -> None:
        """Log each doubt once, when it is found, and show what is to be confirmed whenever that changes.

        A lost pollbook is in the log before anything else is done about it.
        """
        told, self._told_doubts = self._told_doubts, self.doubts()
        for doubt in self._told_doubts:
            if doubt not in (*told, Doubt.POLLBOOK):
                self.note(WriteAudit(AuditEvent.DOUBT_FOUND, doubt.value))
        if told != self._told_doubts:
            self.console.refresh()

    def doubts(self) -> tuple[Doubt, ...]:
        """List what two roles have to confirm now."""
        mine = () if self._loaded is None else self._loaded.doubts()
        return (*self.context.doubts(), *mine)

    def sentence(self, doubt: Doubt) -> Message:
        """Say what was found, and what to do if it is not right."""
        return self.context.sentence(doubt)

    def order(self) -> BeforeClosing | None:
        """List what is asked before this device closes; None if nothing is."""
        return None

    def call_officer(self, wanted: bool) -> None:
        """Switch the officer's lamp, where the device has one."""

    def trains(self) -> bool | None:
        """Tell whether a training goes on; None where the device has none."""
        return None

    def train(self, wanted: bool) -> None:
        """Begin a training, or end it."""

    def confirm(self, doubt: Doubt) -> None:
        """Go on with what was found. Raises `StorageError`."""
        self.context.confirm(doubt)
        self.loaded.confirm(doubt)

    def note(self, entry: WriteAudit) -> None:
        """Log what has happened; out of service if that is not possible."""
        if not self.context.log.note(entry) and self.context.opened:
            self.loop.post(DeviceFault(Incident.MEDIUM))

    def _open(self) -> None:
        try:
            self.context.open()
            if self.context.package is not None:
                self.install()
        except (ElectionError, StorageError, CryptoError, DriverError, OSError) as trouble:
            reason = (
                trouble.reason
                if isinstance(trouble, PackageError | RegisterError)
                else type(trouble).__name__
            )
            found = next((x for kind, x in _AT_START if isinstance(trouble, kind)), Incident.START)
            incident = self._incident = incident_code(found, "start", trouble)
            self.context.log.note(WriteAudit(AuditEvent.START_FAILED, f"{reason} {incident}"))
        if self.context.opened:
            if (set_back := self.context.anchoring.trouble) is not None:
                self.context.log.note(WriteAudit(AuditEvent.START_FAILED, set_back))
                self.context.log.note(WriteAudit(AuditEvent.SET_BACK, set_back))
            self.console.refresh()
            self.tell_readiness()
        else:
            self.loop.post(DeviceFault(self._incident))

    def install(self) -> None:
        """Prepare for the election of the installed package. Raises `ElectionError`, `StorageError`."""
        self._unload()
        self._loaded = self._load()
        self._incident = ""

    def _unload(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _close(self) -> None:
        self._unload()
        self.context.close()

    def checks(self) -> tuple[CheckLine, ...]:
        """Test the device's own equipment."""
        return tuple(device.check() for device in self._equipment)

    # ------------------------------------------------------------ what differs

    @abstractmethod
    def _answer_for(self, name: str) -> None:
        """Answer whoever waits for the worker called `name`: it will not any more."""

    @abstractmethod
    def _trouble(self, closed: ClosedReason | None) -> str:
        """Incident code of what is missing now, beside the readers; empty if nothing is."""

    @abstractmethod
    def _load(self) -> LoadedT:
        """Prepare for the election of the installed package. Raises `ElectionError`, `StorageError`."""

    @abstractmethod
    def _counters(self) -> tuple[Counter, ...]:
        """Return the sums of the day for the screen."""

    def _deadline_s(self) -> float | None:
        """Seconds left of what is timed just now, if anything is."""
        return None


PaperMaker = Callable[[OnCrash], ReportPrinter | None]

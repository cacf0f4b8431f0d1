"""What both devices do in the same way: start and stop, faults, readiness, the operator's console.

readiness    asked whenever the device is free and after every act of an operator: is it open, is
             everything there? What is missing puts it out of service, what is back mends it.
a fault      expected trouble (a reader, a medium): until it is mended
a defect     something escaped a job: until the next start or a newly loaded package
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.power.policy import PowerAdvice
from drivers.power.seam import PowerSource, PowerState
from election.errors import ElectionError, PackageError
from kiosk.audit_events import AuditEvent
from kiosk.errors import StorageError
from kiosk.flows.common import (
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    PollsChanged,
    Tick,
    WriteAudit,
)
from kiosk.flows.operator.states import ConsoleState
from kiosk.runtime.watcher import Watcher
from kiosk.runtime.worker import OnCrash
from kiosk.station.base import DeviceContext, incident_code
from kiosk.station.cards import CardListener, CardReaderService
from kiosk.station.console import DeviceOperations, OperatorConsole
from kiosk.station.paper import ReportPrinter
from kiosk.station.power import PowerService

LOG_FAILED = "MEDIUM"
"""Incident code while the log cannot be written."""

POWER = "POWER"
"""Incident code while the battery is nearly empty: nothing is begun that could be cut off."""

TICK_S = 0.25
"""From one `Tick` to the next."""

STORE = "store"
"""Name of the worker that owns the databases."""

CommonEvent = DeviceFault | DeviceRecovered | PollsChanged | Tick


class StationDevice(CardListener, DeviceOperations, ABC):
    """Subclasses make their flow's loop first, then call this.

    What they owe the console: `DeviceOperations`.
    """

    def __init__(
        self,
        context: DeviceContext,
        card_services: tuple[CardReaderService, ...],
        paper: ReportPrinter | None,
        tell: Callable[[CommonEvent], None],
        drain_flow: Callable[[], None],
        show_console: Callable[[ConsoleState], None],
        wake: Callable[[], None],
        power: PowerSource | None = None,
    ) -> None:
        """`tell` takes events for the flow; the last of `desks` is the operators'."""
        self.context = context
        self._card_services = card_services
        self._paper = paper
        self._tell = tell
        self._drain_flow = drain_flow
        self._incident = ""
        """Of a defect that was met: out of service until the next start, or a newly loaded package."""
        self._ticker = Watcher(
            "ticker", lambda: tell(Tick(context.clock.monotonic())), self.crashed, every_s=TICK_S
        )
        self.power = (
            PowerService(power, context.clock, self._power_changed, self.crashed) if power else None
        )
        self.console = OperatorConsole(
            context, self, card_services[-1], paper, self.tell_readiness, show_console, wake
        )

    def start(self) -> None:
        self.context.store.submit(self._open)
        for card_service in self._card_services:
            card_service.start()
        self._ticker.start()
        if self.power is not None:
            self.power.start()

    def stop(self) -> None:
        self._ticker.stop()
        if self.power is not None:
            self.power.stop()
        self._stop_devices()
        for card_service in self._card_services:
            card_service.stop()
        self.context.store.stop(self._close, finish=True)
        if self._paper is not None:
            self._paper.stop()

    def drain(self) -> None:
        """On the drawing thread: let both flows take their events."""
        self._drain_flow()
        self.console.loop.drain()

    def crashed(self, name: str, defect: BaseException) -> None:
        """A defect escaped the worker called `name`. From any thread."""
        self._incident = incident_code(name, defect)
        self._answer_for(name)
        self._tell(DeviceFault(self._incident))

    # ------------------------------------------------------------ card readers (any thread)

    def reader_gone(self, card_service: CardReaderService) -> None:
        self._tell(DeviceFault(self._reader_code(card_service)))

    def reader_back(self, card_service: CardReaderService) -> None:
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
            self._tell(DeviceFault(self._incident))
            return
        closed = self.context.closed()
        if closed is None and self.power is not None and not self.power.may_begin:
            closed = ClosedReason.POWER
        self._tell(PollsChanged(closed))
        gone = [card_service for card_service in self._card_services if not card_service.present]
        if self.power is not None and self.power.must_close:
            trouble = POWER
        else:
            trouble = self._reader_code(gone[0]) if gone else self._trouble(closed)
        if trouble:
            self._tell(DeviceFault(trouble))
            return
        self._tell(DeviceRecovered())
        if closed is None:
            self._card_services[0].announce()

    def note(self, entry: WriteAudit) -> None:
        if not self.context.note(entry):
            self._tell(DeviceFault(LOG_FAILED))

    def _log_is_back(self) -> bool:
        """After the log could not be written: try again."""
        if self.context.log_failed:
            self.context.note(WriteAudit(AuditEvent.LOG_RESUMED))
        return not self.context.log_failed

    def _open(self) -> None:
        try:
            self.context.open()
            if self.context.package is not None:
                self.install()
        except (ElectionError, StorageError, CryptoError, DriverError, OSError) as trouble:
            reason = trouble.reason if isinstance(trouble, PackageError) else type(trouble).__name__
            self._incident = incident_code("start", trouble)
            self.context.note(WriteAudit(AuditEvent.START_FAILED, f"{reason} {self._incident}"))
        if self.context.opened:
            self.console.refresh()
            self.tell_readiness()
        else:
            self._tell(DeviceFault(self._incident))

    def _close(self) -> None:
        self._close_stores()
        self.context.close()

    # ------------------------------------------------------------ what differs

    @abstractmethod
    def _answer_for(self, name: str) -> None:
        """The worker called `name` will not answer any more: tell whoever waits for it."""

    @abstractmethod
    def _trouble(self, closed: ClosedReason | None) -> str:
        """Incident code of what is missing now, beside the readers; empty if nothing is."""

    @abstractmethod
    def _reader_code(self, card_service: CardReaderService) -> str:
        """Incident code of a missing reader."""

    @abstractmethod
    def _stop_devices(self) -> None:
        """Stop what else has threads."""

    @abstractmethod
    def _close_stores(self) -> None: ...


PaperMaker = Callable[[OnCrash], ReportPrinter | None]

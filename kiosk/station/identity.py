"""The identity station: its flow, two card desks, the finger module, the pollbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import assert_never

from drivers.fingerprint.seam import FingerprintReader
from drivers.power.seam import PowerSource
from drivers.scanner.seam import Scanner
from drivers.smartcard.channel import CardReader
from drivers.smartcard.recognise import CardKind
from election.bundle import Bundle, CheckIns, GrantedCount, ReasonCount
from election.definition import Role
from election.errors import ElectionError
from kiosk.access import ZoneLines, secret_of
from kiosk.clock import Clock
from kiosk.configuration import StationConfiguration
from kiosk.errors import StorageError
from kiosk.flows import signin
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity.flow import IdentityFlow, IdentityStep
from kiosk.flows.identity.states import (
    AwaitingAccess,
    Closed,
    IdentityState,
    Overriding,
    VoterRefusal,
    WriteProblem,
)
from kiosk.flows.operator import states as console_states
from kiosk.reports import CheckLine, ReportKind, ReportLine
from kiosk.runtime.loop import Loop
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.device import LOG_FAILED, STORE, PaperMaker, StationDevice
from kiosk.station.fingers import FingerprintService
from kiosk.station.issuing import Issuing
from kiosk.station.proof import prove_operator
from kiosk.station.reading import CardReading
from kiosk.station.scanning import ScanDesk
from kiosk.storage.counters import CounterKind, Counters
from kiosk.storage.pollbook import (
    LocalRegistry,
    Registry,
)
from kiosk.words import OVERRIDES, REFUSALS, named
from words.message import Message, m

IDENTITY_READER_GONE = "IDENTITY-READER"
AUTHORIZATION_READER_GONE = "AUTHORIZATION-READER"


class IdentityStation(StationDevice):
    """`show` and `show_console` draw; `wake` asks the drawing thread to call `drain`."""

    def __init__(
        self,
        config: StationConfiguration,
        clock: Clock,
        identity_reader: CardReader,
        authorization_reader: CardReader,
        finger: FingerprintReader,
        paper: PaperMaker,
        show: Callable[[IdentityState], None],
        show_console: Callable[[console_states.ConsoleState], None],
        wake: Callable[[], None],
        registry: Callable[[LocalRegistry], Registry] | None = None,
        *,
        scanner: Scanner | None = None,
        power: PowerSource | None = None,
        simulated: bool = False,
    ) -> None:
        """`registry`: from the station's own pollbook to who is asked whether a voter has voted; the
        pollbook itself where nothing is given."""
        self._registry_of = registry
        self.today: Counter[str] = Counter()
        """Sums for the status line: `checked-in`, `refused`, `override`."""
        self.loop: Loop[IdentityState, on.IdentityEvent, on.IdentityEffect] = Loop(
            Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, show, wake
        )
        self.identity_card_service = CardReaderService(
            "identity", identity_reader, self, self.crashed
        )
        self.card_desk = CardReaderService(
            "authorization", authorization_reader, self, self.crashed
        )
        self.reading = CardReading(
            self.identity_card_service, config.identity, self.loop.post, self._note_later
        )
        self.fingers = FingerprintService(
            finger,
            self.loop.post,
            self._note_later,
            self.crashed,
            self.reading.compare if self.reading.on_card else None,
        )
        self._flow = IdentityFlow(ways=self.reading.ways)
        self.scanner = ScanDesk(scanner, self._scanned, self.crashed) if scanner else None
        self._lines = ZoneLines()
        self._registry: LocalRegistry | None = None
        self._counters: Counters | None = None
        self._issuing: Issuing | None = None
        super().__init__(
            DeviceContext(config, clock, self.crashed, simulated=simulated),
            (self.identity_card_service, self.card_desk),
            paper(self.crashed),
            self.loop.post,
            self.loop.drain,
            show_console,
            wake,
            power,
        )

    def start(self) -> None:
        super().start()
        if self.scanner is not None:
            self.scanner.start()

    def _step(self, state: IdentityState, event: on.IdentityEvent) -> IdentityStep:
        return self._flow.step(state, event)

    def _perform(self, effect: on.IdentityEffect) -> None:
        store = self.context.store
        match effect:
            case on.ReadHolder(access):
                self.reading.read(access, lambda: self.context.election, self.context.clock.now())
            case on.MatchFinger():
                self.fingers.match(effect)
            case on.CancelFinger():
                self.fingers.cancel()
            case on.ClaimVoter():
                store.submit(lambda: self._issue.claim(effect))
            case on.WriteAuthorization(style):
                store.submit(lambda: self._issue.write(style))
            case on.ForgetHolder():
                self.reading.forget()
                store.submit(self._forget)
            case on.Count(what):
                store.submit(lambda: self._count(what))
            case signin.ProveOperator(pin):
                prove_operator(self.context, self.card_desk, pin, self.loop.post)
            case CheckReadiness():
                store.submit(self.tell_readiness)
            case WriteAudit():
                self._note_later(effect)
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ cards (desk threads)

    def card_in(self, card_service: CardReaderService, kind: CardKind | None) -> None:
        overriding = isinstance(self.loop.state, Overriding)
        if kind is CardKind.OPERATOR and not overriding:
            # Either reader will do, as long as no voter is being served with it. Whoever is signed
            # in stays tied to the reader that holds the card.
            if card_service is self.console.card_service or self.console.wants_card:
                self.console.card_service = card_service
                self.console.loop.post(signin.OperatorCardSeen())
            return
        if card_service is self.identity_card_service:
            self.loop.post(on.IdentityCardInserted(kind is CardKind.IDENTITY))
            return
        match kind:
            case CardKind.OPERATOR:
                self.loop.post(signin.OperatorCardSeen())
            case _ if overriding:
                self.loop.post(signin.OtherCardSeen())
            case _ if self.console.asks_second:
                self.console.loop.post(signin.OtherCardSeen())
            case _:
                self.loop.post(on.AuthorizationCardInserted())

    def card_out(self, card_service: CardReaderService) -> None:
        if card_service is self.console.card_service:
            self.console.loop.post(signin.OperatorCardRemoved())
        if card_service is self.identity_card_service:
            self.loop.post(on.IdentityCardRemoved())
            return
        self.loop.post(signin.OperatorCardRemoved())
        self.loop.post(on.AuthorizationCardRemoved())

    # ------------------------------------------------------------ scanner (its own thread)

    def _scanned(self, text: str | None) -> None:
        """A code means something only while a card waits to be opened; everything else is dropped."""
        if not isinstance(self.loop.state, AwaitingAccess):
            self._lines.forget()
            return
        whole = None if text is None else self._lines.add(text)
        if whole is not None and secret_of(whole, self.reading.ways) is not None:
            self.loop.post(on.AccessEntered(whole))
        elif text is None or whole is not None:
            self.loop.post(on.AccessUnusable())

    # ------------------------------------------------------------ store worker

    def _note_later(self, entry: WriteAudit) -> None:
        """From any thread."""
        self.context.store.submit(lambda: self.note(entry))

    def _close_stores(self) -> None:
        if self._registry is not None:
            self._registry.close()
        if self._counters is not None:
            self._counters.close()

    def _reader_code(self, card_service: CardReaderService) -> str:
        return (
            IDENTITY_READER_GONE
            if card_service is self.identity_card_service
            else AUTHORIZATION_READER_GONE
        )

    def _trouble(self, closed: ClosedReason | None) -> str:
        del closed
        return "" if self._log_is_back() else LOG_FAILED

    def _answer_for(self, name: str) -> None:
        # A person who is being claimed or given a card must not wait for an answer for ever.
        if name == STORE:
            self.loop.post(on.ClaimRefused(VoterRefusal.STORE))
        if name in {STORE, self.card_desk.worker_name}:
            self.loop.post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))

    def _stop_devices(self) -> None:
        self.fingers.stop()
        if self.scanner is not None:
            self.scanner.stop()

    def _forget(self) -> None:
        if self._issuing is not None:
            self._issuing.forget()

    def _count(self, what: str) -> None:
        kind, _, reason = what.partition(":")
        self.today[kind] += 1
        if kind in {"refused", "override"} and self._counters is not None:
            known = CounterKind.REFUSAL if kind == "refused" else CounterKind.OVERRIDE
            try:
                self._counters.add(known, reason)
            except StorageError:
                self.loop.post(DeviceFault(LOG_FAILED))

    @property
    def _book(self) -> LocalRegistry:
        if self._registry is None:
            raise ElectionError(m("no election package is loaded; load it first"))
        return self._registry

    @property
    def _issue(self) -> Issuing:
        if self._issuing is None:
            raise ElectionError(m("no election package is loaded; load it first"))
        return self._issuing

    # ------------------------------------------------------------ Duties (store worker)

    def install(self) -> None:
        context = self.context
        self.reading.trust(context.election.country_signers)
        self._flow = IdentityFlow(context.election.rules, self.reading.ways)
        self._close_stores()
        self._registry = LocalRegistry(context.files.pollbook, context.pollbook_key())
        self._counters = Counters(context.files.counters)
        self._issuing = Issuing(
            context,
            self.card_desk,
            self._registry,
            context.card_key(),
            self.loop.post,
            None if self._registry_of is None else self._registry_of(self._registry),
        )
        self.today = Counter(
            {
                "checked-in": sum(each.issued for each in self._registry.counts()),
                "refused": sum(number for _, number in self._numbers(CounterKind.REFUSAL)),
                "override": sum(number for _, number in self._numbers(CounterKind.OVERRIDE)),
            }
        )
        self._incident = ""

    def opening(self) -> None:
        """The pollbook grows by little more than a hundred bytes a voter: nothing to reserve."""

    def report_lines(self, _kind: ReportKind, /) -> tuple[ReportLine, ...]:
        issued = sum(each.issued for each in self._book.counts())
        waiting = sum(each.claimed for each in self._book.counts())
        provisional = len(self._book.provisional())
        refusals = self._numbers(CounterKind.REFUSAL)
        overrides = self._numbers(CounterKind.OVERRIDE)
        return (
            ReportLine(m("Checked in"), issued),
            ReportLine(m("Claimed, no card written"), waiting),
            *([ReportLine(m("Provisional, no answer"), provisional)] if provisional else []),
            ReportLine(m("Refused"), sum(n for _, n in refusals)),
            *(ReportLine(named(REFUSALS, reason), n) for reason, n in refusals),
            ReportLine(m("Overrides"), sum(n for _, n in overrides)),
            *(ReportLine(named(OVERRIDES, reason), n) for reason, n in overrides),
        )

    def checks(self) -> tuple[CheckLine, ...]:
        return (
            _reader_check(m("Identity card reader"), self.identity_card_service),
            _reader_check(m("Authorization card reader"), self.card_desk),
            self.fingers.check(),
            *([] if self.scanner is None else [self.scanner.check()]),
            *([] if self.power is None else [self.power.check()]),
        )

    def bundle(self) -> Bundle:
        context, counts = self.context, self._book.counts()
        return Bundle(
            election=context.election.uuid,
            package_digest=context.package_digest(),
            device=context.config.device,
            role=Role.IDENTITY_STATION,
            branch=context.config.branch,
            acts=context.polls.acts(),
            audit_tail=context.audit.tail,
            check_ins=CheckIns(
                by_contests=tuple(GrantedCount(each.contests, each.issued) for each in counts),
                claimed_not_issued=sum(each.claimed for each in counts),
                refusals=self._reasons(CounterKind.REFUSAL),
                overrides=self._reasons(CounterKind.OVERRIDE),
                provisional=self._book.provisional(),
            ),
        )

    def _reasons(self, kind: CounterKind) -> tuple[ReasonCount, ...]:
        return tuple(ReasonCount(reason, number) for reason, number in self._numbers(kind))

    def _numbers(self, kind: CounterKind) -> tuple[tuple[str, int], ...]:
        return self._counters.read(kind) if self._counters is not None else ()


def _reader_check(name: Message, card_service: CardReaderService) -> CheckLine:
    return CheckLine(
        name,
        card_service.present,
        None if card_service.present else m("Check the cable of the reader."),
    )

"""Run the identity station: its flow, two card readers, the finger module, the pollbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import assert_never

from drivers.fingerprint.seam import FingerprintReader
from drivers.media.errors import StorageError
from drivers.power.seam import PowerSource
from drivers.registry.line import TlsLine
from drivers.scanner.seam import Scanner
from drivers.smartcard.access_text import ZoneLines, secret_of
from drivers.smartcard.channel import CardReader
from drivers.smartcard.recognise import CardKind
from election import signing_in as signin
from election.audit_events import AuditEvent
from election.board_client import Seen, open_board, power_of
from election.closing_order import BeforeClosing
from election.incidents import Incident
from election.persons import Roll
from election.registry_client import Connect, open_client
from election.roll import roll_of
from kiosk.clock import Clock
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.ends import IdentityStep
from kiosk.flows.identity.flow import IdentityFlow
from kiosk.flows.operator import states as console_states
from kiosk.runtime.loop import Loop
from kiosk.settings import StationConfiguration
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.device import STORE, PaperMaker, StationDevice
from kiosk.station.documents import style_choices
from kiosk.station.equipment import Equipment
from kiosk.station.fingers import FingerprintService
from kiosk.station.issuing import Issuing
from kiosk.station.loaded_identity import LoadedIdentity
from kiosk.station.proof import prove_operator
from kiosk.station.reading import CardReading
from kiosk.station.registry_line import PAPERS_LAMP, line_lamp, roll_lamps
from kiosk.station.scanning import ScanDesk
from kiosk.status import Counter, DeviceStatus
from words.message import m


class IdentityStation(StationDevice[LoadedIdentity]):
    """`show` and `show_console` draw; `wake` asks the drawing thread to call `drain`."""

    FREE = (at.Idle,)

    def __init__(
        self,
        config: StationConfiguration,
        clock: Clock,
        identity_reader: CardReader,
        authorization_reader: CardReader,
        finger: FingerprintReader,
        paper: PaperMaker,
        show: Callable[[at.IdentityState], None],
        show_console: Callable[[console_states.ConsoleState], None],
        wake: Callable[[], None],
        *,
        connect: Connect = TlsLine,
        roll: Roll | None = None,
        scanner: Scanner | None = None,
        power: PowerSource | None = None,
        equipment: tuple[Equipment, ...] = (),
        simulated: bool = False,
    ) -> None:
        """Wire the station up; `start` puts it to work.

        `equipment`: sound, where there is any.

        `connect`: opens the lines to registry and status board. `roll`: who is asked about persons
        without a chip.
        """
        self._roll = roll
        self._connect = connect
        self.loop: Loop[at.IdentityState, on.IdentityEvent, on.IdentityEffect] = Loop(
            at.Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, show, wake
        )
        self.identity_card_service = CardReaderService(
            "identity",
            identity_reader,
            self,
            self.crashed,
            Incident.IDENTITY_READER,
            m("Identity card reader"),
        )
        self.card_desk = CardReaderService(
            "authorization",
            authorization_reader,
            self,
            self.crashed,
            Incident.AUTHORIZATION_READER,
            m("Authorization card reader"),
        )
        self.reading = CardReading(
            self.identity_card_service, self.loop.post, self._note_later, self._bar_later
        )
        self.fingers = FingerprintService(
            finger,
            self.loop.post,
            self._note_later,
            self.crashed,
            self.reading.compare,
            lambda: self.reading.on_card,
        )
        self._flow = IdentityFlow()
        self.scanner = ScanDesk(scanner, self._scanned, self.crashed) if scanner else None
        self._lines = ZoneLines()
        super().__init__(
            DeviceContext(config, clock, self.crashed, simulated=simulated),
            (self.identity_card_service, self.card_desk),
            paper(self.crashed),
            show_console,
            wake,
            power=power,
            equipment=(
                self.fingers,
                *(() if self.scanner is None else (self.scanner,)),
                *equipment,
            ),
        )

    @property
    def today(self) -> Mapping[on.CountKind, int]:
        """Sums for the status line."""
        return {} if self._loaded is None else self._loaded.today

    def _step(self, state: at.IdentityState, event: on.IdentityEvent) -> IdentityStep:
        return self._flow.step(state, event)

    def _perform(self, effect: on.IdentityEffect) -> None:
        store = self.context.store
        match effect:
            case on.ReadHolder(access):
                self.reading.read(access, lambda: self.context.election)
            case on.MatchFinger():
                self.fingers.match(effect)
            case on.CancelFinger():
                self.fingers.cancel()
            case on.ClaimVoter():
                store.submit(lambda: self._claim(effect))
            case on.PrepareClaim(number):
                store.submit(lambda: self.loaded.issuing.prepare(number))
            case on.CheckPerson():
                store.submit(lambda: self.loaded.documents.check(effect))
            case on.BarNumber(number):
                self._bar_later(number)
            case on.PrintForm():
                store.submit(lambda: self.loaded.documents.print_form(effect))
            case on.WriteAuthorization(style):
                store.submit(lambda: self.loaded.issuing.write(style))
            case on.ForgetHolder():
                self.reading.forget()
                store.submit(partial(self._issuing, Issuing.forget))
            case on.Count():
                store.submit(lambda: self._count(effect))
            case signin.ProveOperator() | signin.UnblockPin():
                prove_operator(self.context, self.card_desk, effect, self.loop.post)
            case CheckReadiness():
                store.submit(self.tell_readiness)
            case WriteAudit():
                self._note_later(effect)
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ cards (desk threads)

    def card_in(self, card_service: CardReaderService, kind: CardKind | None) -> None:
        """Tell the console of operators' cards, the voters' flow of all others."""
        overriding = isinstance(self.loop.state, at.Overriding | at.ConfirmingDocument)
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
                if kind is CardKind.AUTHORIZATION:
                    self.context.store.submit(partial(self._issuing, Issuing.look))
                self.loop.post(on.AuthorizationCardInserted())

    def card_out(self, card_service: CardReaderService) -> None:
        """Tell the flows whose card it was."""
        if card_service is self.console.card_service:
            self.console.loop.post(signin.OperatorCardRemoved())
        if card_service is self.identity_card_service:
            self.loop.post(on.IdentityCardRemoved())
            return
        self.loop.post(signin.OperatorCardRemoved())
        self.loop.post(on.AuthorizationCardRemoved())

    # ------------------------------------------------------------ scanner (its own thread)

    def _scanned(self, text: str | None) -> None:
        """Take a scanned code while a card waits to be opened; drop everything else."""
        if not isinstance(self.loop.state, at.AwaitingAccess):
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

    def _bar_later(self, national_number: str) -> None:
        """From any thread; before the refusal is told, so that no check of a document overtakes it."""
        self.context.store.submit(lambda: self._bar(national_number))

    def _claim(self, effect: on.ClaimVoter) -> None:
        if self.context.media.is_fresh or self.loaded.media_ready():
            self.loaded.issuing.claim(effect)
        else:
            self.loop.post(on.ClaimRefused(at.VoterRefusal.STORE))

    def _bar(self, national_number: str) -> None:
        try:
            self.loaded.documents.bar(national_number)
        except StorageError:
            self.loop.post(DeviceFault(Incident.MEDIUM))

    def tell_readiness(self) -> None:
        """Say whether the device can serve; the registry hears of opening and closing."""
        if self._loaded is not None:
            self._loaded.introduce()
        super().tell_readiness()

    def _trouble(self, closed: ClosedReason | None) -> str:
        if closed is None and not self.loaded.media_ready():
            return Incident.MEDIA
        return "" if self.context.log.is_back() else Incident.MEDIUM

    def _answer_for(self, name: str) -> None:
        # A person who is being claimed or given a card must not wait for an answer for ever.
        if name == STORE:
            self.loop.post(on.ClaimRefused(at.VoterRefusal.STORE))
            self.loop.post(on.PersonRefused(at.VoterRefusal.STORE))
        if name in {STORE, self.card_desk.worker_name}:
            self.loop.post(on.AuthorizationNotWritten(at.WriteProblem.NOT_WRITTEN))

    def _issuing(self, do: Callable[[Issuing], None]) -> None:
        if self._loaded is not None:
            do(self._loaded.issuing)

    def _count(self, effect: on.Count) -> None:
        if self._loaded is not None:
            try:
                self._loaded.count(effect)
            except StorageError:
                self.loop.post(DeviceFault(Incident.MEDIUM))

    def _load(self) -> LoadedIdentity:
        self.reading.trust(self.context.trust.rules())
        election = self.context.election
        # Without paper there is no form to sign, and so no check.
        branch = self.context.config.branch
        styles = () if self._paper is None else style_choices(election, branch)
        told = election.is_on_paper(branch), election.hears_protests(branch)
        self._flow = IdentityFlow(election.rules, self.reading.ways, styles, *told)
        who = election, self.context.config.device, self.context.signing.classical
        register, key = self.context.register, self.context.card_key()
        board, submit = self.context.config.status_board, self.context.store.submit
        asks, tells = (self._connect, self._line_changed), (self._connect, self._seen)
        assert self.context.package is not None
        roll = roll_of(self.context.config.data, self.context.package.recorded)
        return LoadedIdentity(
            self.context,
            self.card_desk,
            self.loop.post,
            lambda *book: open_client(
                *who, register, key, *asks, submit, self.crashed, roll, *book
            ),
            lambda *book: open_board(board, *who, *tells, submit, self.crashed, *book),
            self._card_came_back,
            self._paper,
            self._roll,
        )

    def status(self) -> DeviceStatus:
        """Collect what the screen shows beside the flow's state. On the drawing thread."""
        status, line = super().status(), None if self._loaded is None else self._loaded.line
        lamps = status.lamps
        if line is not None:
            lamps += (line_lamp(line.link), *roll_lamps(line.roll))
        if self._loaded is not None and self._loaded.pollbook.cut:
            lamps += (PAPERS_LAMP,)
        return replace(status, document_check=bool(self._flow.styles), lamps=lamps)

    def _line_changed(self, up: bool) -> None:
        self._note_later(WriteAudit(AuditEvent.REGISTRY_LINE, "up" if up else "down"))

    def _seen(self) -> tuple[Seen, datetime]:
        line = None if self._loaded is None else self._loaded.line
        power = None if self.power is None else self.power.state
        seen = Seen(self.context.polls.state, power_of(power), line is None or line.link.up)
        return seen, self.context.clock.now()

    def _card_came_back(self) -> None:
        """Count anew while the console asks for missing cards."""
        if isinstance(self.console.loop.state, console_states.AskingCards):
            self.console.refresh()

    def order(self) -> BeforeClosing | None:
        """List what is asked before this device closes; None if nothing is."""
        return None if self._loaded is None else self._loaded.order()

    def _counters(self) -> tuple[Counter, ...]:
        return tuple(
            Counter(kind.value, name, self.today.get(kind, 0))
            for kind, name in (
                (on.CountKind.CHECKED_IN, m("Checked in")),
                (on.CountKind.REFUSED, m("Refused")),
                (on.CountKind.OVERRIDE, m("Overrides")),
                (on.CountKind.DOCUMENT, m("Documents checked")),
            )
        )

    def _deadline_s(self) -> float | None:
        state = self.loop.state
        if not isinstance(state, at.Fingerprint) or not state.deadline:
            return None
        return max(0.0, state.deadline - self.context.clock.monotonic())

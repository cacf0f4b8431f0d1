"""Run the ballot terminal: its flow, its card reader, what its cards show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from drivers.errors import CardRemovedError, DriverError
from drivers.media.errors import StorageError
from drivers.power.seam import PowerSource
from drivers.scanner.seam import Scanner
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.channel import CardReader
from drivers.smartcard.recognise import CardKind
from drivers.threads.worker import OnCrash
from election import signing_in as signin
from election import token, voucher
from election.audit_events import AuditEvent
from election.authorization import Authorization, AuthorizationRefusal
from election.authorization_life import (
    Acceptance,
    Shown,
    accept,
    votes_behind,
)
from election.doubts import Doubt
from election.incidents import Incident
from election.papers import TicketSlip, TrackingSlip
from kiosk.clock import Clock
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.events import BallotStep
from kiosk.flows.ballot.flow import BallotFlow
from kiosk.flows.ballot.states import (
    Abandoned,
    BallotState,
    CardProblem,
    Closed,
    Idle,
    NotRecorded,
    OutOfService,
    Recorded,
    Refused,
    has_voter,
)
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, Tick, WriteAudit
from kiosk.flows.operator import states as console_states
from kiosk.runtime.loop import Loop
from kiosk.settings import StationConfiguration
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.casting import NO_CARD, Casting, InsertedCard, nothing
from kiosk.station.device import STORE, PaperMaker, StationDevice
from kiosk.station.equipment import Equipment
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.station.paper_desk import PaperDesk
from kiosk.station.record_printer import WORKER as RECORD_WORKER
from kiosk.station.record_printer import RecordPrinter
from kiosk.station.scanning import ScanDesk
from kiosk.station.training import Training
from kiosk.status import Counter, DeviceStatus, Mode
from kiosk.storage.mending import StoreCounts
from words.message import Message, m, plural


class BallotTerminal(StationDevice[LoadedTerminal]):
    """`show` and `show_console` draw; `wake` asks the drawing thread to call `drain`."""

    FREE = (Idle,)

    def __init__(
        self,
        config: StationConfiguration,
        clock: Clock,
        reader: CardReader,
        paper: PaperMaker,
        show: Callable[[BallotState], None],
        show_console: Callable[[console_states.ConsoleState], None],
        call_officer: Callable[[bool], None],
        wake: Callable[[], None],
        *,
        power: PowerSource | None = None,
        equipment: tuple[Equipment, ...] = (),
        record: Callable[[OnCrash], RecordPrinter | None] = lambda _: None,
        scanner: Scanner | None = None,
        simulated: bool = False,
    ) -> None:
        """`equipment`: sound and switch box, where there are any.

        `record`: the printer of paper records; `scanner`: reads them.
        """
        self.flow = BallotFlow()
        self._record = record(self.crashed)
        self._reader = None if scanner is None else ScanDesk(scanner, self._scanned, self.crashed)
        self.training: Training | None = None
        """A training that goes on; the terminal's own loop stands still behind it."""
        self._show, self._wake = show, wake
        self.loop: Loop[BallotState, on.BallotEvent, on.BallotEffect] = Loop(
            Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, self._draw, wake
        )
        self.card_service = CardReaderService("card", reader, self, self.crashed)
        self._call_officer = call_officer
        self._voting = NO_CARD
        """The card whose authorization opened the present ballot."""
        context = DeviceContext(config, clock, self.crashed, simulated=simulated)
        self.casting = Casting(context, self.card_service, lambda: self.loaded, self.loop.post)
        super().__init__(
            context,
            (self.card_service,),
            paper(self.crashed),
            show_console,
            wake,
            power=power,
            equipment=(*equipment, *(x for x in (self._record, self._reader) if x is not None)),
        )
        self.papers = PaperDesk(self._record, self.context, self.loop.post)
        if self._record is not None:
            self._record.on_change = lambda: self.context.store.submit(self.tell_readiness)

    @property
    def counts(self) -> StoreCounts:
        """Latest numbers, for the status line."""
        return StoreCounts(0, 0, 0) if self._loaded is None else self._loaded.counts

    def _step(self, state: BallotState, event: on.BallotEvent) -> BallotStep:
        stepped = self.flow.step(state, event)
        if isinstance(stepped.state, _NOBODY) and not isinstance(state, _NOBODY):
            # A token that stayed would name its voter's nonce until the next one comes.
            self._voting = NO_CARD
        return stepped

    def _perform(self, effect: on.BallotEffect) -> None:
        store = self.context.store
        match effect:
            case on.CheckCard():
                self._check_card()
            case on.SealBallot():
                store.submit(lambda: self._seal(effect))
            case on.PrintPaper(marks):
                store.submit(lambda: self.papers.print(marks))
            case on.KeepPaper():
                store.submit(self.papers.keep)
            case on.VoidPaper(problem):
                store.submit(lambda: self.papers.void(problem))
            case on.LeavePaper():
                store.submit(self.papers.leave)
            case on.PrintSlip(tracking):
                store.submit(lambda: self._print_slip(tracking))
            case on.RecordVote(authorization):
                self.casting.begin(authorization, self._voting)
            case on.RecordSpoiled():
                store.submit(self._spoil)
            case on.ForgetBallot():
                store.submit(self._forget)
            case on.CallOfficer(wanted):
                self._call_officer(wanted)
            case CheckReadiness():
                store.submit(self.tell_readiness)
            case WriteAudit():
                store.submit(lambda: self.note(effect))
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ training

    @property
    def shown(self) -> BallotState:
        """The state that is on the screen."""
        training = self.training
        return self.loop.state if training is None else training.loop.state

    def take(self, event: on.BallotEvent) -> None:
        """Take what is done on the screen. From any thread."""
        training = self.training
        if training is None:
            self.loop.post(event)
        else:
            training.take(event)

    def drain(self) -> None:
        """On the drawing thread: let the flows take their events."""
        super().drain()
        if (training := self.training) is not None:
            training.loop.drain()

    def crashed(self, name: str, defect: BaseException) -> None:
        """Go out of service; no training hides it. From any thread."""
        self.training = None
        super().crashed(name, defect)

    def status(self) -> DeviceStatus:
        """Say on every screen of a training that it is one."""
        found, training = super().status(), self.training
        if training is None:
            return found
        return replace(found, mode=Mode.TRAINING, election=training.election.name, counters=())

    def _draw(self, state: BallotState) -> None:
        if self.training is None:
            self._show(state)

    def _tick(self) -> None:
        super()._tick()
        if (training := self.training) is not None:
            training.loop.post(Tick(self.context.clock.monotonic()))

    def call_officer(self, wanted: bool) -> None:
        """Switch the lamp of the booth."""
        self._call_officer(wanted)

    def trains(self) -> bool:
        """Tell whether a training goes on."""
        return self.training is not None

    def train(self, wanted: bool) -> None:
        """Begin a training, or end it."""
        if wanted:
            self.training = Training(
                self.context.store,
                self._show,
                self._wake,
                self._call_officer,
                self._print_ticket,
                compares=self.flow.rules.paper_record,
            )
        else:
            self._end_training()

    def _end_training(self) -> None:
        if self.training is not None:
            self.training = None
            self._call_officer(False)
            self.context.log.note(WriteAudit(AuditEvent.TRAINING_ENDED))

    def _print_ticket(self, slip: TicketSlip) -> None:
        if self._paper is not None:
            self._paper.print(slip, nothing)

    # ------------------------------------------------------------ cards (any thread)

    def card_in(self, card_service: CardReaderService, kind: CardKind | None) -> None:
        """Tell the console of operators' cards, the voters' flow of all others."""
        del card_service
        if kind is CardKind.OPERATOR:
            self.console.loop.post(signin.OperatorCardSeen())
        elif self.console.asks_second:
            self.console.loop.post(signin.OtherCardSeen())
        elif (training := self.training) is not None:
            training.card_in()
        else:
            self.loop.post(on.CardInserted())

    def card_out(self, card_service: CardReaderService) -> None:
        """Tell both flows; only one of them cares."""
        del card_service
        self.console.loop.post(signin.OperatorCardRemoved())
        self.loop.post(on.CardRemoved())
        if (training := self.training) is not None:
            training.card_out()

    def _check_card(self) -> None:
        insertion = self.card_service.insertion
        self.card_service.run(
            self._checked,
            _card_failed,
            lambda outcome: self.context.store.submit(lambda: self._judge(outcome, insertion)),
            insertion=insertion,
        )

    def _checked(self, channel: ApduChannel) -> _Seen | on.CardRefused:
        match self.card_service.kind:
            case CardKind.AUTHORIZATION:
                pass
            case CardKind.IDENTITY:
                return on.CardRefused(CardProblem.IDENTITY)
            case None:
                return on.CardRefused(CardProblem.UNREADABLE)
            case _:
                return on.CardRefused(CardProblem.UNKNOWN)
        card = AuthorizationCard.select(channel, self.loaded.card_key)
        data = card.read_token()
        if data is None:
            return on.CardRefused(AuthorizationRefusal.NO_TOKEN)
        election, config = self.context.election, self.context.config
        now = self.context.clock.now()
        try:
            authorization = token.read(data, election, config.branch)
            token.check_end(authorization, election, now)
        except token.TokenRefusedError as refused:
            return on.CardRefused(refused.reason)
        note = voucher.decode_note(card.read_note())
        shown = voucher.show(authorization, data, note, now, election, config.device)
        return _Seen(authorization, data, shown)

    # ------------------------------------------------------------ store worker

    def _trouble(self, closed: ClosedReason | None) -> str:
        if closed is None and not self.loaded.media_ready():
            return Incident.MEDIA
        if closed is None and self.flow.rules.paper_record and not has_voter(self.loop.state):
            # A voter whose paper failed is told so, and the sealed ballot waits.
            self.papers.look()
            if not self.papers.ready:
                return Incident.RECORD_PRINTER
        if closed is None and not self.counts.free:
            return Incident.CAPACITY
        return ""

    def _answer_for(self, name: str) -> None:
        if name in {STORE, self.card_service.worker_name}:
            # A voter whose ballot is being recorded is told what is known.
            self.loop.post(self.casting.known)
            self.loop.post(on.CardDone())
        if name == RECORD_WORKER:
            self.loop.post(on.PaperNotPrinted())

    def _judge(self, seen: _Seen | on.CardRefused, insertion: int) -> None:
        """Compare what a card shows with what this terminal has spent."""
        if isinstance(seen, on.CardRefused):
            self.card_service.if_still(insertion, lambda: self.loop.post(seen))
            return
        if not self.context.media.is_fresh and not self.loaded.media_ready():
            self.loop.post(DeviceFault(Incident.MEDIA))
            return
        try:
            spent = self.loaded.votes.spent_hashes()
            missing = self.loaded.known_missing
        except StorageError as trouble:
            self.context.log.note_fault(trouble)
            self.loop.post(DeviceFault(Incident.MEDIA))
            return
        outcome: on.CardAccepted | on.CardRefused
        match accept(seen.shown, self.context.config.device, spent, missing):
            case Acceptance.ACCEPTED:
                self._voting = InsertedCard(insertion, seen.token)
                wanted = seen.authorization.contests
                contests = tuple(c for c in self.context.election.contests if c.id in wanted)
                outcome = on.CardAccepted(seen.authorization, contests)
            case Acceptance.SPENT:
                outcome = on.CardRefused(AuthorizationRefusal.SPENT)
                self.casting.settle(seen.authorization, insertion)
            case Acceptance.RECORDED:
                outcome = on.CardRefused(AuthorizationRefusal.SPENT)
            case Acceptance.BEHIND:
                self.loaded.behind = votes_behind(seen.shown, spent, missing)
                self.tell_readiness()
                return
            case Acceptance.ELSEWHERE:
                outcome = on.CardRefused(AuthorizationRefusal.ELSEWHERE)
            case Acceptance.EXPIRED:
                outcome = on.CardRefused(AuthorizationRefusal.EXPIRED)
        self.card_service.if_still(insertion, lambda: self.loop.post(outcome))

    def _seal(self, effect: on.SealBallot) -> None:
        self.loop.post(on.BallotSealed(self.loaded.vault.seal(effect.marks)))

    def _spoil(self) -> None:
        try:
            tracking, opening = self.loaded.vault.spoil()
        except StorageError as trouble:
            self.loop.post(on.VoteNotRecorded(self.casting.note_trouble(trouble)))
            return
        self.loaded.count()
        self.loop.post(on.BallotSpoiled(opening))
        if self.context.package is not None:
            name = self.context.package.election.name
            # The screen shows the ticket as well: without paper nothing is lost. Whether it was
            # printed is not logged: the time of a challenge would say who was in the booth.
            self._print_ticket(TicketSlip(name, opening, tracking))

    def _print_slip(self, tracking: str) -> None:
        if self._paper is None:
            return
        election = self.context.election
        slip = TrackingSlip(election.name, tracking, election.rehearsal)

        def done(printed: bool) -> None:
            if printed:
                self.loop.post(on.SlipPrinted(tracking))

        # As of a ticket it is not logged whether it came out; the screen shows the number as well.
        self._paper.print(slip, done)

    def _scanned(self, text: str | None) -> None:
        self.papers.scanned(text)

    def sentence(self, doubt: Doubt) -> Message:
        """Say what was found, and what to do if it is not right."""
        if doubt is not Doubt.VOTES:
            return super().sentence(doubt)
        return plural(
            "{count} vote is missing here. {what}",
            "{count} votes are missing here. {what}",
            self.loaded.behind,
            what=doubt.sentence,
        )

    def _forget(self) -> None:
        if self._loaded is not None:
            self._loaded.vault.forget()

    def _load(self) -> LoadedTerminal:
        self._end_training()
        loaded = LoadedTerminal(self.context)
        self.flow = BallotFlow(
            self.context.election.rules,
            reads_paper=self._reader is not None,
            slips=self._paper is not None,
        )
        return loaded

    def _counters(self) -> tuple[Counter, ...]:
        return (Counter("cast", m("Ballots cast"), self.counts.cast),)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A card with a token that a station of this branch signed."""

    authorization: Authorization
    token: bytes
    shown: Shown


_NOBODY = (Closed, Idle, Refused, Recorded, NotRecorded, Abandoned, OutOfService)
"""States in which no card's token is needed any more."""


def _card_failed(trouble: DriverError) -> _Seen | on.CardRefused:
    pulled = isinstance(trouble, CardRemovedError)
    return on.CardRefused(CardProblem.PULLED if pulled else CardProblem.UNREADABLE)

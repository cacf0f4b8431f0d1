"""Run the ballot terminal: its flow, its card reader, its vault."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from drivers.errors import CardRemovedError, DriverError
from drivers.power.seam import PowerSource
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.channel import CardReader
from drivers.smartcard.piv import PivSession
from drivers.smartcard.recognise import CardKind
from election import token
from election.authorization import Authorization, AuthorizationRefusal
from kiosk.clock import Clock
from kiosk.errors import MediumFullError, StorageError
from kiosk.flows import signin
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.flow import BallotFlow, BallotStep
from kiosk.flows.ballot.states import BallotState, CardProblem, Closed, Idle, RecordingProblem
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, WriteAudit
from kiosk.flows.operator import states as console_states
from kiosk.reports import TicketSlip
from kiosk.runtime.loop import Loop
from kiosk.settings import StationConfiguration
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.device import MEDIA_GONE, STORE, PaperMaker, StationDevice
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.status import Counter
from kiosk.storage.votes import (
    AlreadyRecordedError,
    CapacityReachedError,
    MirrorFailedError,
    RecordInDoubtError,
    StoreCounts,
)
from words.message import m

READER_GONE = "CARD-READER"
"""Incident code while the card reader is missing."""
CAPACITY_REACHED = "CAPACITY"
"""Incident code when every slot reserved at the opening is used: voters go to another terminal."""


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
        simulated: bool = False,
    ) -> None:
        self.flow = BallotFlow()
        self.loop: Loop[BallotState, on.BallotEvent, on.BallotEffect] = Loop(
            Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, show, wake
        )
        self.card_service = CardReaderService("card", reader, self, self.crashed)
        self._call_officer = call_officer
        self._voting = 0
        """The insertion whose authorization opened the present ballot."""
        self._recorded: on.VoteRecorded | on.VoteNotRecorded = _IN_DOUBT
        """What is known of the ballot that is being recorded."""
        super().__init__(
            DeviceContext(config, clock, self.crashed, simulated=simulated),
            (self.card_service,),
            paper(self.crashed),
            show_console,
            wake,
            power=power,
        )

    @property
    def counts(self) -> StoreCounts:
        """Latest numbers, for the status line."""
        return StoreCounts(0, 0, 0) if self._loaded is None else self._loaded.counts

    def _step(self, state: BallotState, event: on.BallotEvent) -> BallotStep:
        return self.flow.step(state, event)

    def _perform(self, effect: on.BallotEffect) -> None:
        store = self.context.store
        match effect:
            case on.CheckCard():
                self._check_card()
            case on.SealBallot():
                store.submit(lambda: self._seal(effect))
            case on.RecordVote(authorization):
                self._recorded = _IN_DOUBT
                store.submit(lambda: self._record(authorization))
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

    # ------------------------------------------------------------ cards (any thread)

    def card_in(self, card_service: CardReaderService, kind: CardKind | None) -> None:
        """Tell the console of operators' cards, the voters' flow of all others."""
        del card_service
        if kind is CardKind.OPERATOR:
            self.console.loop.post(signin.OperatorCardSeen())
        elif self.console.asks_second:
            self.console.loop.post(signin.OtherCardSeen())
        else:
            self.loop.post(on.CardInserted())

    def card_out(self, card_service: CardReaderService) -> None:
        """Tell both flows; only one of them cares."""
        del card_service
        self.console.loop.post(signin.OperatorCardRemoved())
        self.loop.post(on.CardRemoved())

    def _check_card(self) -> None:
        insertion = self.card_service.insertion
        self.card_service.run(
            self._checked,
            _card_failed,
            lambda outcome: self.context.store.submit(
                lambda: self._unless_spent(outcome, insertion)
            ),
            insertion=insertion,
        )

    def _checked(self, channel: ApduChannel) -> on.CardAccepted | on.CardRefused:
        match self.card_service.kind:
            case CardKind.AUTHORIZATION:
                pass
            case CardKind.IDENTITY:
                return on.CardRefused(CardProblem.IDENTITY)
            case None:
                return on.CardRefused(CardProblem.UNREADABLE)
            case _:
                return on.CardRefused(CardProblem.UNKNOWN)
        piv = PivSession(channel)
        piv.select()
        data = AuthorizationCard(piv, self.loaded.card_key).read_token()
        if data is None:
            return on.CardRefused(AuthorizationRefusal.NO_TOKEN)
        election = self.context.election
        try:
            authorization = token.check(
                data, election, self.context.config.branch, self.context.clock.now()
            )
        except token.TokenRefusedError as refused:
            return on.CardRefused(refused.reason)
        contests = tuple(c for c in election.contests if c.id in authorization.contests)
        return on.CardAccepted(authorization, contests)

    def _erase(self, channel: ApduChannel) -> on.VoteRecorded:
        piv = PivSession(channel)
        piv.select()
        AuthorizationCard(piv, self.loaded.card_key).erase_token()
        return on.VoteRecorded()

    # ------------------------------------------------------------ store worker

    def _reader_code(self, card_service: CardReaderService) -> str:
        del card_service
        return READER_GONE

    def _trouble(self, closed: ClosedReason | None) -> str:
        if closed is None and not self.loaded.media_ready():
            return MEDIA_GONE
        if closed is None and not self.counts.free:
            return CAPACITY_REACHED
        return ""

    def _answer_for(self, name: str) -> None:
        if name in {STORE, self.card_service.worker_name}:
            # A voter whose ballot is being recorded is told what is known.
            self.loop.post(self._recorded)

    def _unless_spent(self, outcome: on.CardAccepted | on.CardRefused, insertion: int) -> None:
        """Refuse a spent authorization, whatever is still written on the card."""
        if isinstance(outcome, on.CardAccepted):
            self._voting = insertion
            try:
                spent = self.loaded.votes.is_spent(outcome.authorization.nonce)
            except StorageError as trouble:
                self.loaded.note_fault(trouble)
                self.loop.post(DeviceFault(MEDIA_GONE))
                return
            if spent:
                outcome = on.CardRefused(AuthorizationRefusal.SPENT)
                # Best effort, and nothing is said of it: the card stays spent.
                self.card_service.run(self._erase, _not_erased, _nothing, insertion=insertion)
        self.card_service.if_still(insertion, lambda: self.loop.post(outcome))

    def _seal(self, effect: on.SealBallot) -> None:
        self.loop.post(on.BallotSealed(self.loaded.vault.seal(effect.marks)))

    def _record(self, authorization: Authorization) -> None:
        try:
            self.loaded.vault.cast(authorization.nonce, authorization.handle)
        except (MirrorFailedError, AlreadyRecordedError) as trouble:
            # Recorded: the vote counts and must never be cast again.
            self.loaded.note_fault(trouble)
        except StorageError as trouble:
            self._not_recorded(trouble)
            return
        self._recorded = on.VoteRecorded()
        self.loaded.count()
        # Only now is the card wiped; a card that is gone or fails does not change what is recorded.
        self.card_service.run(
            self._erase,
            _not_erased,
            self.loop.post,
            insertion=self._voting,
            gone=lambda: on.VoteRecorded(card_out=True),
        )

    def _spoil(self) -> None:
        try:
            tracking, opening = self.loaded.vault.spoil()
        except StorageError as trouble:
            self._not_recorded(trouble)
            return
        self.loaded.count()
        self.loop.post(on.BallotSpoiled(opening))
        if self._paper is not None and self.context.package is not None:
            name = self.context.package.election.name
            # The screen shows the ticket as well: without paper nothing is lost. Whether it was
            # printed is not logged: the time of a challenge would say who was in the booth.
            self._paper.print(TicketSlip(name, opening, tracking), _nothing)

    def _not_recorded(self, trouble: StorageError) -> None:
        self.loaded.note_fault(trouble)
        self.loaded.was_full = isinstance(trouble, MediumFullError)
        self.loop.post(on.VoteNotRecorded(_problem(trouble)))

    def _forget(self) -> None:
        if self._loaded is not None:
            self._loaded.vault.forget()

    def _load(self) -> LoadedTerminal:
        loaded = LoadedTerminal(self.context)
        self.flow = BallotFlow(self.context.election.rules)
        return loaded

    def _counters(self) -> tuple[Counter, ...]:
        return (Counter("cast", m("Ballots cast"), self.counts.cast),)


_IN_DOUBT = on.VoteNotRecorded(RecordingProblem.IN_DOUBT)


def _problem(trouble: StorageError) -> RecordingProblem:
    match trouble:
        case CapacityReachedError():
            return RecordingProblem.CAPACITY
        case MediumFullError():
            return RecordingProblem.MEDIUM_FULL
        case RecordInDoubtError():
            return RecordingProblem.IN_DOUBT
        case _:
            return RecordingProblem.MEDIUM_LOST


def _card_failed(trouble: DriverError) -> on.CardAccepted | on.CardRefused:
    pulled = isinstance(trouble, CardRemovedError)
    return on.CardRefused(CardProblem.PULLED if pulled else CardProblem.UNREADABLE)


def _not_erased(trouble: DriverError) -> on.VoteRecorded:
    return on.VoteRecorded(card_out=isinstance(trouble, CardRemovedError))


def _nothing(outcome: object) -> None:
    del outcome

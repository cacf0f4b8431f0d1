"""Run the ballot terminal: its flow, its card reader, its vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from drivers.errors import CardRemovedError, DriverError
from drivers.power.seam import PowerSource
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.channel import CardReader
from drivers.smartcard.piv import PivSession
from drivers.smartcard.recognise import CardKind
from election import token, voucher
from election.authorization import Authorization, AuthorizationRefusal
from election.authorization_life import (
    Acceptance,
    CastingStep,
    Shown,
    accept,
    next_casting,
    votes_behind,
)
from election.doubts import Doubt
from election.incidents import Incident
from election.records import spent_hash
from kiosk.clock import Clock
from kiosk.errors import MediumFullError, StorageError
from kiosk.flows import signin
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.flow import BallotFlow, BallotStep
from kiosk.flows.ballot.states import (
    Abandoned,
    BallotState,
    CardProblem,
    Closed,
    Idle,
    NotRecorded,
    OutOfService,
    Recorded,
    RecordingProblem,
    Refused,
)
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, WriteAudit
from kiosk.flows.operator import states as console_states
from kiosk.reports import TicketSlip
from kiosk.runtime.loop import Loop
from kiosk.settings import StationConfiguration
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.device import MEDIA_GONE, STORE, Equipment, PaperMaker, StationDevice
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.status import Counter
from kiosk.storage.votes import (
    AlreadyRecordedError,
    CapacityReachedError,
    MirrorFailedError,
    RecordInDoubtError,
    Spending,
    StoreCounts,
)
from words.message import Message, m, plural

READER_GONE = Incident.CARD_READER
CAPACITY_REACHED = Incident.CAPACITY
"""Every slot reserved at the opening is used: voters go to another terminal."""


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
        simulated: bool = False,
    ) -> None:
        """`equipment`: sound and switch box, where there are any."""
        self.flow = BallotFlow()
        self.loop: Loop[BallotState, on.BallotEvent, on.BallotEffect] = Loop(
            Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, show, wake
        )
        self.card_service = CardReaderService("card", reader, self, self.crashed)
        self._call_officer = call_officer
        self._voting = _NO_CARD
        """The card whose authorization opened the present ballot."""
        self._recorded: on.VoteRecorded | on.VoteNotRecorded = _IN_DOUBT
        """What is known of the ballot that is being recorded."""
        super().__init__(
            DeviceContext(config, clock, self.crashed, simulated=simulated),
            (self.card_service,),
            paper(self.crashed),
            show_console,
            wake,
            power=power,
            equipment=equipment,
        )

    @property
    def counts(self) -> StoreCounts:
        """Latest numbers, for the status line."""
        return StoreCounts(0, 0, 0) if self._loaded is None else self._loaded.counts

    def _step(self, state: BallotState, event: on.BallotEvent) -> BallotStep:
        stepped = self.flow.step(state, event)
        if isinstance(stepped.state, _NOBODY) and not isinstance(state, _NOBODY):
            # A token that stayed would name its voter's nonce until the next one comes.
            self._voting = _NO_CARD
        return stepped

    def _perform(self, effect: on.BallotEffect) -> None:
        store = self.context.store
        match effect:
            case on.CheckCard():
                self._check_card()
            case on.SealBallot():
                store.submit(lambda: self._seal(effect))
            case on.RecordVote(authorization):
                self._recorded = _IN_DOUBT
                self._cast(_Casting(CastingStep.INTENT, authorization, self._voting))
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
        card = self._authorization_card(channel)
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

    def _authorization_card(self, channel: ApduChannel) -> AuthorizationCard:
        piv = PivSession(channel)
        piv.select()
        return AuthorizationCard(piv, self.loaded.card_key)

    # ------------------------------------------------------------ casting, step by step

    def _cast(self, casting: _Casting) -> None:
        """Do the next step of a cast, on the worker it belongs to, and then the one after it."""
        match casting.step:
            case CastingStep.INTENT:
                intent = voucher.intent_of(self.context.config.device, casting.card.token)
                self._write_note(casting, voucher.encode_note(intent))
            case CastingStep.SPEND:
                self.context.store.submit(lambda: self._spend(casting))
            case CastingStep.RECEIPT:
                self._write_note(casting, voucher.encode_note(self._receipt(casting.authorization)))
            case CastingStep.WIPE:
                self._on_card(casting, lambda card: card.erase_token())
            case CastingStep.CLEAR:
                self._write_note(casting, None)
            case CastingStep.RECORDED:
                # The voter has been told already; only the card was waited for.
                self.loop.post(on.CardDone(card_out=casting.card_out))
            case CastingStep.NOT_RECORDED | CastingStep.IN_DOUBT:
                if casting.card_out:
                    # The reader may say so later: the message has to stand, not to vanish with it.
                    self.loop.post(on.CardRemoved())
                self.loop.post(on.VoteNotRecorded(casting.problem))
            case _:
                assert_never(casting.step)

    def _write_note(self, casting: _Casting, note: bytes | None) -> None:
        self._on_card(casting, lambda card: card.write_note(note))

    def _on_card(self, casting: _Casting, write: Callable[[AuthorizationCard], None]) -> None:
        def job(channel: ApduChannel) -> _Casting:
            write(self._authorization_card(channel))
            return casting.after(done=True)

        self.card_service.run(
            job,
            lambda trouble: casting.after(
                done=False, card_out=isinstance(trouble, CardRemovedError)
            ),
            lambda following: self.context.store.submit(lambda: self._cast(following)),
            insertion=casting.card.insertion,
            gone=lambda: casting.after(done=False, card_out=True),
        )

    def _receipt(self, authorization: Authorization) -> voucher.Receipt:
        return voucher.sign_receipt(
            self.context.signing.classical,
            authorization.election,
            self.context.config.device,
            spent_hash(authorization.nonce),
        )

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
            self.loop.post(on.CardDone())

    def _judge(self, seen: _Seen | on.CardRefused, insertion: int) -> None:
        """Compare what a card shows with what this terminal has spent."""
        if isinstance(seen, on.CardRefused):
            self.card_service.if_still(insertion, lambda: self.loop.post(seen))
            return
        try:
            spent = self.loaded.votes.spent_hashes()
            missing = self.loaded.known_missing
        except StorageError as trouble:
            self.loaded.note_fault(trouble)
            self.loop.post(DeviceFault(MEDIA_GONE))
            return
        outcome: on.CardAccepted | on.CardRefused
        match accept(seen.shown, self.context.config.device, spent, missing):
            case Acceptance.ACCEPTED:
                self._voting = _Inserted(insertion, seen.token)
                wanted = seen.authorization.contests
                contests = tuple(c for c in self.context.election.contests if c.id in wanted)
                outcome = on.CardAccepted(seen.authorization, contests)
            case Acceptance.SPENT:
                outcome = on.CardRefused(AuthorizationRefusal.SPENT)
                self._settle(seen, insertion)
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

    def _settle(self, seen: _Seen, insertion: int) -> None:
        """Write the receipt once more and wipe the card; best effort, and nothing is said of it."""
        receipt = voucher.encode_note(self._receipt(seen.authorization))

        def job(channel: ApduChannel) -> None:
            card = self._authorization_card(channel)
            card.write_note(receipt)
            card.erase_token()

        self.card_service.run(job, _nothing, _nothing, insertion=insertion)

    def _seal(self, effect: on.SealBallot) -> None:
        self.loop.post(on.BallotSealed(self.loaded.vault.seal(effect.marks)))

    def _spend(self, casting: _Casting) -> None:
        given = casting.authorization
        try:
            self.loaded.vault.cast(Spending(given.nonce, given.voucher, given.handle))
        except (MirrorFailedError, AlreadyRecordedError) as trouble:
            # Recorded: the vote counts and must never be cast again.
            self.loaded.note_fault(trouble)
        except StorageError as trouble:
            problem = self._note_trouble(trouble)
            done = None if problem is RecordingProblem.IN_DOUBT else False
            self._cast(replace(casting.after(done=done), problem=problem))
            return
        self._recorded = on.VoteRecorded()
        self.loaded.count()
        self.loop.post(on.VoteRecorded(card_busy=True))
        # A card that is gone or fails does not change what is recorded.
        self._cast(casting.after(done=True))

    def _spoil(self) -> None:
        try:
            tracking, opening = self.loaded.vault.spoil()
        except StorageError as trouble:
            self.loop.post(on.VoteNotRecorded(self._note_trouble(trouble)))
            return
        self.loaded.count()
        self.loop.post(on.BallotSpoiled(opening))
        if self._paper is not None and self.context.package is not None:
            name = self.context.package.election.name
            # The screen shows the ticket as well: without paper nothing is lost. Whether it was
            # printed is not logged: the time of a challenge would say who was in the booth.
            self._paper.print(TicketSlip(name, opening, tracking), _nothing)

    def _note_trouble(self, trouble: StorageError) -> RecordingProblem:
        self.loaded.note_fault(trouble)
        self.loaded.was_full = isinstance(trouble, MediumFullError)
        return _problem(trouble)

    def _sentence(self, doubt: Doubt) -> Message:
        if doubt is not Doubt.VOTES:
            return doubt.sentence
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
        loaded = LoadedTerminal(self.context)
        self.flow = BallotFlow(self.context.election.rules)
        return loaded

    def _counters(self) -> tuple[Counter, ...]:
        return (Counter("cast", m("Ballots cast"), self.counts.cast),)


@dataclass(frozen=True, slots=True)
class _Inserted:
    insertion: int
    token: bytes


@dataclass(frozen=True, slots=True)
class _Seen:
    """A card with a token that a station of this branch signed."""

    authorization: Authorization
    token: bytes
    shown: Shown


@dataclass(frozen=True, slots=True)
class _Casting:
    """A cast between two steps."""

    step: CastingStep
    authorization: Authorization
    card: _Inserted
    card_out: bool = False
    problem: RecordingProblem = RecordingProblem.CARD
    """Why the vote is not recorded, if it is not."""

    def after(self, *, done: bool | None, card_out: bool = False) -> _Casting:
        step = next_casting(self.step, done=done)
        return replace(self, step=step, card_out=self.card_out or card_out)


_NO_CARD = _Inserted(0, b"")
_NOBODY = (Closed, Idle, Refused, Recorded, NotRecorded, Abandoned, OutOfService)
"""States in which no card's token is needed any more."""
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


def _card_failed(trouble: DriverError) -> _Seen | on.CardRefused:
    pulled = isinstance(trouble, CardRemovedError)
    return on.CardRefused(CardProblem.PULLED if pulled else CardProblem.UNREADABLE)


def _nothing(outcome: object) -> None:
    del outcome

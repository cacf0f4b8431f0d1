"""The identity station: its flow, two card desks, the finger module, the pollbook."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import assert_never

from crypto.errors import CryptoError
from drivers.errors import CardMute, CardRemoved, DriverError
from drivers.fingerprint.seam import Feedback as SensorFeedback
from drivers.fingerprint.seam import FingerprintReader, MatchOutcome, ReaderState
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.channel import CardReader
from drivers.smartcard.emrtd import IdentityCard, ReadProgress
from drivers.smartcard.piv import PivSession
from drivers.smartcard.profile import load_profile
from drivers.smartcard.recognise import Kind
from drivers.smartcard.trust import CscaStore
from kiosk import token
from kiosk.authorization import Authorization, AuthorizationRefusal
from kiosk.bundle import Bundle, CheckIns
from kiosk.clock import Clock
from kiosk.configuration import StationConfiguration
from kiosk.definition import Role, StyleId, Text
from kiosk.errors import ElectionError, StorageError
from kiosk.flows import signin
from kiosk.flows.common import AskReadiness, Broken, ClosedReason, Log, Mended, PollsChanged
from kiosk.flows.identity import events as on
from kiosk.flows.identity.flow import IdentityFlow, Step
from kiosk.flows.identity.states import (
    Closed,
    Feedback,
    Overriding,
    Refusal,
    State,
    WriteProblem,
)
from kiosk.flows.operator import states as console_states
from kiosk.reports import Check, Line
from kiosk.runtime.loop import Loop
from kiosk.runtime.ticker import Ticker
from kiosk.runtime.worker import OnCrash, Worker
from kiosk.station.base import Base, incident_code
from kiosk.station.cards import CardDesk
from kiosk.station.console import Console
from kiosk.station.holder import judge
from kiosk.station.paper import Paper
from kiosk.station.proof import prove_operator
from kiosk.storage.counters import CounterKind, Counters
from kiosk.storage.pollbook import (
    AlreadyVoted,
    ClaimedNotIssued,
    Granted,
    LocalRegistry,
    Unreachable,
)
from kiosk.words import OVERRIDES, REFUSALS, named

IDENTITY_READER_GONE = "IDENTITY-READER"
AUTHORIZATION_READER_GONE = "AUTHORIZATION-READER"
MEDIUM_GONE = "MEDIUM"
"""Incident code while the log or a counter cannot be written."""

_FEEDBACK = {
    SensorFeedback.PLACE_FINGER: Feedback.PLACE,
    SensorFeedback.SCANNED: Feedback.SCANNED,
}
_MISSED = {
    MatchOutcome.NO_MATCH: Feedback.NO_MATCH,
    MatchOutcome.BAD_IMAGE: Feedback.POOR,
    MatchOutcome.TIMEOUT: Feedback.NO_FINGER,
}


class IdentityStation:
    """`show` and `show_console` draw; `wake` asks the drawing thread to call `drain`."""

    def __init__(
        self,
        config: StationConfiguration,
        clock: Clock,
        identity_reader: CardReader,
        authorization_reader: CardReader,
        finger: FingerprintReader,
        paper: Callable[[OnCrash], Paper | None],
        show: Callable[[State], None],
        show_console: Callable[[console_states.State], None],
        wake: Callable[[], None],
    ) -> None:
        self.base = Base(config, clock, self._crashed)
        self._flow = IdentityFlow()
        self.loop: Loop[State, on.Event, on.Effect] = Loop(
            Closed(ClosedReason.NO_PACKAGE), self._step, self._perform, show, wake
        )
        self.identity_desk = CardDesk("identity", identity_reader, self, self._crashed)
        self.card_desk = CardDesk("authorization", authorization_reader, self, self._crashed)
        self._paper = paper(self._crashed)
        self.console = Console(
            self.base, self, self.card_desk, self._paper, self._tell_readiness, show_console, wake
        )
        self.finger = finger
        self._finger_worker = Worker("finger", self._crashed)
        self.today: Counter[str] = Counter()
        """Sums for the status line: `checked-in`, `refused`, `override`."""
        self._profile = load_profile()
        self._signers = CscaStore.from_der(())
        self._registry: LocalRegistry | None = None
        self._counters: Counters | None = None
        self._claimed: bytes | None = None
        """Reference of the voter who is being served, between claim and card."""
        self._token: bytes | None = None
        """The authorization of this voter's turn; written again after a failure."""
        self._occupied: int | None = None
        """Insertion of a card that still carries a good authorization: asked before it is overwritten."""
        self._incident = ""
        """Of a defect that was met: out of service until the next start, or a newly loaded package."""
        self._capture = 0
        """Number of the latest capture; an older one has nothing to say any more."""
        self._capture_lock = Lock()
        self._ticker = Ticker(clock, self.loop.post)

    def start(self) -> None:
        self.base.store.submit(self._open)
        self.identity_desk.start()
        self.card_desk.start()
        self._ticker.start()

    def stop(self) -> None:
        self._ticker.stop()
        self._cancel_finger()
        self._finger_worker.stop(self.finger.close)
        self.identity_desk.stop()
        self.card_desk.stop()
        self.base.store.stop(self._close, finish=True)
        if self._paper is not None:
            self._paper.stop()

    def drain(self) -> None:
        """On the drawing thread: let both flows take their events."""
        self.loop.drain()
        self.console.loop.drain()

    def _step(self, state: State, event: on.Event) -> Step:
        return self._flow.step(state, event)

    def _perform(self, effect: on.Effect) -> None:
        store = self.base.store
        match effect:
            case on.ReadHolder():
                self.identity_desk.run(self._read_holder, self._holder_failed)
            case on.MatchFinger():
                number = self._next_capture()
                self._finger_worker.submit(lambda: self._match(effect, number))
            case on.CancelFinger():
                self._cancel_finger()
            case on.ClaimVoter():
                store.submit(lambda: self._claim(effect))
            case on.WriteAuthorization(style):
                store.submit(lambda: self._prepare_token(style))
            case on.ForgetHolder():
                store.submit(self._forget)
            case on.Count(what):
                store.submit(lambda: self._count(what))
            case signin.ProveOperator(pin):
                prove_operator(self.base, self.card_desk, pin, self.loop.post)
            case AskReadiness():
                store.submit(self._tell_readiness)
            case Log():
                store.submit(lambda: self._note(effect))
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ cards (desk threads)

    def card_in(self, desk: CardDesk, kind: Kind | None) -> None:
        overriding = isinstance(self.loop.state, Overriding)
        if kind is Kind.OPERATOR and not overriding:
            # Either reader will do, as long as no voter is being served with it. Whoever is signed
            # in stays tied to the reader that holds the card.
            if desk is self.console.desk or self.console.wants_card:
                self.console.desk = desk
                self.console.loop.post(signin.OperatorCardSeen())
            return
        if desk is self.identity_desk:
            self.loop.post(on.IdentityCardInserted())
            return
        match kind:
            case Kind.OPERATOR:
                self.loop.post(signin.OperatorCardSeen())
            case _ if overriding:
                self.loop.post(signin.OtherCardSeen())
            case _ if self.console.asks_second:
                self.console.loop.post(signin.OtherCardSeen())
            case _:
                self.loop.post(on.AuthorizationCardInserted())

    def card_out(self, desk: CardDesk) -> None:
        if desk is self.console.desk:
            self.console.loop.post(signin.OperatorCardRemoved())
        if desk is self.identity_desk:
            self.loop.post(on.IdentityCardRemoved())
            return
        self.loop.post(signin.OperatorCardRemoved())
        self.loop.post(on.AuthorizationCardRemoved())

    def reader_gone(self, desk: CardDesk) -> None:
        self.loop.post(Broken(_gone(desk is self.identity_desk)))

    def reader_back(self, desk: CardDesk) -> None:
        del desk
        if self.identity_desk.present and self.card_desk.present:
            self.loop.post(Mended())

    def _read_holder(self, channel: ApduChannel) -> Callable[[], None]:
        if self.identity_desk.kind is not Kind.IDENTITY:
            return lambda: self.loop.post(on.HolderRefused(Refusal.UNKNOWN_CARD))
        card = IdentityCard(channel, self._profile)
        card.select()
        now = self.base.clock.now()
        identity = card.read_identity(now.date(), self._progress)
        verdict = judge(
            identity,
            card.verify_authenticity(self._signers, now),
            self.base.election,
            now.date(),
        )
        if isinstance(verdict, Refusal):
            return lambda: self.loop.post(on.HolderRefused(verdict))
        return lambda: self.loop.post(on.HolderAccepted(verdict))

    def _progress(self, progress: ReadProgress) -> None:
        self.loop.post(on.CardProgress(progress.done / max(progress.total, 1)))

    def _holder_failed(self, trouble: DriverError) -> None:
        match trouble:
            case CardRemoved():
                reason = Refusal.PULLED
            case CardMute():
                reason = Refusal.UNREADABLE
            case _:
                reason = Refusal.UNREADABLE
        self.loop.post(on.HolderRefused(reason))

    def _write(self, channel: ApduChannel, data: bytes, insertion: int) -> Callable[[], None]:
        problem = self._written(channel, data, insertion)
        if problem is None:
            return lambda: self.base.store.submit(self._issued)
        return lambda: self.loop.post(on.AuthorizationNotWritten(problem))

    def _written(self, channel: ApduChannel, data: bytes, insertion: int) -> WriteProblem | None:
        if self.card_desk.kind is not Kind.AUTHORIZATION:
            return WriteProblem.WRONG_CARD
        piv = PivSession(channel)
        piv.select()
        card = AuthorizationCard(piv, self._card_key)
        present = card.read_token()
        if present not in {None, data} and self._occupied != insertion and self._good(present):
            self._occupied = insertion
            return WriteProblem.OCCUPIED
        card.write_token(data)
        return None

    def _good(self, data: bytes | None) -> bool:
        """Could somebody still vote with this?"""
        try:
            token.check(
                data or b"", self.base.election, self.base.config.branch, self.base.clock.now()
            )
        except token.TokenRefused as refused:
            return refused.reason is AuthorizationRefusal.SPENT
        return True

    def _write_failed(self, trouble: DriverError) -> None:
        problem = (
            WriteProblem.NO_CARD if isinstance(trouble, CardRemoved) else WriteProblem.NOT_WRITTEN
        )
        self.loop.post(on.AuthorizationNotWritten(problem))

    # ------------------------------------------------------------ finger worker

    def _next_capture(self) -> int:
        with self._capture_lock:
            self._capture += 1
            return self._capture

    def _cancel_finger(self) -> None:
        self._next_capture()
        self.finger.cancel()

    def _match(self, effect: on.MatchFinger, number: int) -> None:
        """One capture. What it says counts only as long as it is the latest: a finger that was
        compared for one person must never speak for the next."""

        def say(event: on.Event) -> bool:
            with self._capture_lock:
                if number == self._capture:
                    self.loop.post(event)
                return number == self._capture

        def feedback(sensor: SensorFeedback) -> None:
            if not say(on.FingerFeedback(_FEEDBACK[sensor])):
                self.finger.cancel()

        if number != self._capture:
            return
        try:
            outcome = self.finger.verify(effect.templates, effect.timeout_s, feedback)
        except DriverError:
            say(on.FingerSensorLost())
            return
        match outcome:
            case MatchOutcome.MATCH:
                say(on.FingerMatched())
            case MatchOutcome.CANCELLED:
                pass  # whoever cancelled has moved on
            case _:
                say(on.FingerNotMatched(_MISSED[outcome]))

    # ------------------------------------------------------------ store worker

    def _open(self) -> None:
        try:
            self.base.open()
            if self.base.package is not None:
                self.install()
        except (ElectionError, StorageError, CryptoError, DriverError, OSError) as trouble:
            self._incident = incident_code("start", trouble)
            self.loop.post(Broken(self._incident))
            return
        self.console.refresh()
        self._tell_readiness()

    def _close(self) -> None:
        self._close_stores()
        self.base.close()

    def _close_stores(self) -> None:
        if self._registry is not None:
            self._registry.close()
        if self._counters is not None:
            self._counters.close()

    def _tell_readiness(self) -> None:
        """Also after every act of an operator: whoever mended something may have it looked at."""
        if self._incident:
            self.loop.post(Broken(self._incident))
            return
        closed = self.base.closed()
        self.loop.post(PollsChanged(closed))
        if self.base.log_failed:
            self.base.note(Log("log-resumed"))
        if not (self.identity_desk.present and self.card_desk.present):
            self.loop.post(Broken(_gone(not self.identity_desk.present)))
        elif self.base.log_failed:
            self.loop.post(Broken(MEDIUM_GONE))
        else:
            self.loop.post(Mended())
            if closed is None:
                self.identity_desk.announce()

    def _note(self, entry: Log) -> None:
        if not self.base.note(entry):
            self.loop.post(Broken(MEDIUM_GONE))

    def _claim(self, effect: on.ClaimVoter) -> None:
        try:
            reference = self._book.reference(effect.national_number)
            style = self.base.election.style(effect.style)
            contests = style.contests if style else ()
            outcome = (
                self._book.reissue(reference)
                if effect.reissue
                else self._book.claim(reference, contests)
            )
        except StorageError:
            self.loop.post(on.ClaimRefused(Refusal.STORE))
            return
        match outcome:
            case Granted():
                self._claimed = reference
                self.loop.post(on.VoterClaimed())
            case AlreadyVoted():
                self.loop.post(on.ClaimRefused(Refusal.ALREADY_VOTED))
            case ClaimedNotIssued():
                self.loop.post(on.ClaimRefused(Refusal.CLAIMED_NOT_ISSUED))
            case Unreachable():
                self.loop.post(on.ClaimRefused(Refusal.REGISTRY_UNREACHABLE))
            case _:
                assert_never(outcome)

    def _prepare_token(self, style_id: StyleId) -> None:
        data = self._token = self._token or self._make_token(style_id)
        insertion = self.card_desk.insertion
        self.card_desk.run(
            lambda channel: self._write(channel, data, insertion),
            self._write_failed,
            insertion=insertion,
            gone=lambda: self.loop.post(on.AuthorizationNotWritten(WriteProblem.PULLED)),
        )

    def _make_token(self, style_id: StyleId) -> bytes:
        election = self.base.election
        style = election.style(style_id)
        if style is None:
            raise ElectionError("a ballot style that is not in the package")
        lifetime = timedelta(minutes=election.rules.authorization_minutes)
        authorization = Authorization(
            election=election.uuid,
            branch=self.base.config.branch,
            issuer=self.base.config.device,
            style=style.id,
            contests=style.contests,
            expires=(self.base.clock.now() + lifetime).replace(microsecond=0),
            nonce=secrets.token_bytes(token.NONCE_SIZE),
        )
        return token.issue(authorization, self.base.signing)

    def _issued(self) -> None:
        if self._claimed is not None:
            try:
                self._book.confirm_issued(self._claimed)
            except StorageError:
                # The card is not given away: it is written again, with the same authorization.
                self.loop.post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
                return
        self._claimed = None
        self._token = None
        self.loop.post(on.AuthorizationWritten())

    def _forget(self) -> None:
        self._claimed = None
        self._token = None
        self._occupied = None

    def _count(self, what: str) -> None:
        kind, _, reason = what.partition(":")
        self.today[kind] += 1
        if kind in {"refused", "override"} and self._counters is not None:
            known = CounterKind.REFUSAL if kind == "refused" else CounterKind.OVERRIDE
            try:
                self._counters.add(known, reason)
            except StorageError:
                self.loop.post(Broken(MEDIUM_GONE))

    @property
    def _book(self) -> LocalRegistry:
        if self._registry is None:
            raise ElectionError("no election package is loaded; load it first")
        return self._registry

    def _crashed(self, name: str, defect: BaseException) -> None:
        self._incident = incident_code(name, defect)
        # A person who is being claimed or given a card must not wait for an answer for ever.
        self.loop.post(on.ClaimRefused(Refusal.STORE))
        self.loop.post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
        self.loop.post(Broken(self._incident))

    # ------------------------------------------------------------ Duties (store worker)

    def install(self) -> None:
        base = self.base
        self._card_key = base.card_key()
        self._signers = CscaStore.from_der(base.election.country_signers)
        self._flow = IdentityFlow(base.election.rules)
        self._close_stores()
        self._registry = LocalRegistry(base.files.pollbook, base.pollbook_key())
        self._counters = Counters(base.files.counters)
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

    def report_lines(self) -> tuple[Line, ...]:
        issued = sum(each.issued for each in self._book.counts())
        waiting = sum(each.claimed for each in self._book.counts())
        refusals = self._numbers(CounterKind.REFUSAL)
        overrides = self._numbers(CounterKind.OVERRIDE)
        return (
            Line(Text("پذیرفته‌شده", "Checked in"), str(issued)),
            Line(Text("پذیرفته، بدون کارت", "Claimed, no card written"), str(waiting)),
            Line(Text("پذیرفته‌نشده", "Refused"), str(sum(n for _, n in refusals))),
            *(Line(named(REFUSALS, reason), str(n)) for reason, n in refusals),
            Line(Text("تأیید دستی", "Overrides"), str(sum(n for _, n in overrides))),
            *(Line(named(OVERRIDES, reason), str(n)) for reason, n in overrides),
        )

    def checks(self) -> tuple[Check, ...]:
        sensor = self.finger.status()
        return (
            _reader_check(Text("کارت‌خوان شناسایی", "Identity card reader"), self.identity_desk),
            _reader_check(Text("کارت‌خوان تعرفه", "Authorization card reader"), self.card_desk),
            Check(
                Text("حسگر اثر انگشت", "Fingerprint sensor"),
                sensor.state is ReaderState.READY,
                sensor.firmware or "check the cable of the sensor",
            ),
        )

    def bundle(self) -> Bundle:
        base, counts = self.base, self._book.counts()
        return Bundle(
            election=base.election.uuid,
            package_digest=base.package_digest(),
            device=base.config.device,
            role=Role.IDENTITY_STATION,
            branch=base.config.branch,
            acts=base.polls.acts(),
            audit_tail=base.audit.tail,
            content=CheckIns(
                by_contests=tuple((each.contests, each.issued) for each in counts),
                claimed_not_issued=sum(each.claimed for each in counts),
                refusals=self._numbers(CounterKind.REFUSAL),
                overrides=self._numbers(CounterKind.OVERRIDE),
            ),
        )

    def _numbers(self, kind: CounterKind) -> tuple[tuple[str, int], ...]:
        return self._counters.read(kind) if self._counters is not None else ()


def _gone(identity: bool) -> str:
    return IDENTITY_READER_GONE if identity else AUTHORIZATION_READER_GONE


def _reader_check(name: Text, desk: CardDesk) -> Check:
    return Check(name, desk.present, "" if desk.present else "check the cable of the reader")

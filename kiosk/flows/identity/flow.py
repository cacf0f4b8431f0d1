"""The identity station's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from election.definition import Rules
from kiosk.audit_events import AuditEvent
from kiosk.flows import signin
from kiosk.flows.common import AskReadiness, Broken, ClosedReason, Log, Mended, PollsChanged, Tick
from kiosk.flows.identity.events import (
    AccessEntered,
    AccessGivenUp,
    AccessRefused,
    AccessUnusable,
    AuthorizationCardInserted,
    AuthorizationCardRemoved,
    AuthorizationNotWritten,
    AuthorizationWritten,
    CancelFinger,
    CardFailed,
    CardProgress,
    ClaimRefused,
    ClaimVoter,
    Count,
    Effect,
    Event,
    FingerBlocked,
    FingerFeedback,
    FingerMatched,
    FingerNotMatched,
    FingerSensorLost,
    ForgetHolder,
    HolderAccepted,
    HolderRefused,
    IdentityCardInserted,
    IdentityCardRemoved,
    MatchFinger,
    OverrideAsked,
    OverrideDenied,
    ReadHolder,
    ReasonChosen,
    TryAgain,
    VoterClaimed,
    WriteAuthorization,
)
from kiosk.flows.identity.states import (
    AccessProblem,
    AwaitingAccess,
    ClaimingBallot,
    Closed,
    Done,
    FingerFailed,
    Fingerprint,
    Holder,
    Idle,
    OutOfService,
    OverrideReason,
    Overriding,
    ReadingCard,
    Refusal,
    Refused,
    State,
    Way,
    WritingAuthorization,
)

LIFT_S = 1.5
"""Pause between two tries, so that the finger is lifted."""
LINGER_S = 6.0
"""How long a refusal stays on the screen when the card is already out."""


@dataclass(frozen=True, slots=True)
class Step:
    state: State
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityFlow:
    """The rules of the day and what opens the cards, and with them the whole flow."""

    rules: Rules = Rules()
    ways: tuple[Way, ...] = ()
    """Of the family of cards that is used; empty for open cards."""

    def step(self, state: State, event: Event) -> Step:
        """The next state and what to do. Never raises for any pair of state and event."""
        match event:
            case Tick(now):
                return self._tick(state, now)
            case Broken(incident):
                return _broken(state, incident)
            case Mended():
                return (
                    _free(Log(AuditEvent.MENDED))
                    if isinstance(state, OutOfService)
                    else Step(state)
                )
            case PollsChanged(closed):
                return _polls_changed(state, closed)
            case IdentityCardRemoved():
                return _identity_card_removed(state)
            case _:
                return self._by_state(state, event)

    def _by_state(self, state: State, event: Event) -> Step:
        match state:
            case Idle():
                match event:
                    case IdentityCardInserted(known=True) if self.ways:
                        return Step(AwaitingAccess(self.ways))
                    case IdentityCardInserted():
                        return Step(ReadingCard(), (ReadHolder(),))
                    case _:
                        pass
            case AwaitingAccess():
                return _access(state, event)
            case ReadingCard():
                match event:
                    case CardProgress(fraction):
                        return Step(replace(state, progress=fraction))
                    case AccessRefused(why) if self.ways:
                        failures = state.failures + 1
                        return Step(
                            AwaitingAccess(self.ways, why, failures),
                            (Log(AuditEvent.CARD_NOT_OPENED, f"try {failures}"),),
                        )
                    case HolderAccepted(holder):
                        return self._identify(holder)
                    case HolderRefused(reason):
                        # The reading fails a moment before the reader says that the card is out.
                        return _refuse(reason, card_out=reason is Refusal.PULLED)
                    case _:
                        pass
            case Fingerprint():
                return self._finger(state, event)
            case FingerFailed(holder, attempt):
                match event:
                    case TryAgain():
                        return self._try(holder, attempt + 1, state.finger)
                    case OverrideAsked():
                        return Step(Overriding(holder), (Log(AuditEvent.OVERRIDE_ASKED),))
                    case _:
                        pass
            case Overriding():
                return _override(state, event)
            case ClaimingBallot(holder):
                match event:
                    case VoterClaimed():
                        return _write(WritingAuthorization(holder, identity_out=state.identity_out))
                    case ClaimRefused(reason) if state.identity_out:
                        return _refuse(reason, holder, card_out=True)
                    case ClaimRefused(Refusal.CLAIMED_NOT_ISSUED) if not state.reissue:
                        return Step(
                            Overriding(holder, reissue=True, reason=OverrideReason.REISSUE),
                            (Log(AuditEvent.REISSUE_ASKED),),
                        )
                    case ClaimRefused(reason):
                        return _refuse(reason, holder)
                    case _:
                        pass
            case WritingAuthorization(holder):
                match event:
                    case AuthorizationWritten():
                        return _written(state)
                    case AuthorizationNotWritten(problem):
                        return Step(replace(state, problem=problem))
                    case AuthorizationCardInserted() | TryAgain() if state.problem is not None:
                        return _write(replace(state, problem=None, authorization_out=False))
                    case AuthorizationCardInserted():
                        return Step(replace(state, authorization_out=False))
                    case AuthorizationCardRemoved():
                        return Step(replace(state, authorization_out=True))
                    case _:
                        pass
            case Done():
                if isinstance(event, AuthorizationCardRemoved):
                    return _done(replace(state, authorization_out=True))
            case Refused(card_out=True):
                # Looked at as if it came now: the polls may have closed, a reader have gone.
                if isinstance(event, IdentityCardInserted):
                    return _free()
            case Closed() | Refused() | OutOfService():
                pass
            case _:
                assert_never(state)
        return Step(state)

    def _identify(self, holder: Holder) -> Step:
        if holder.has_fingers:
            return self._try(holder, 1)
        return Step(
            Overriding(holder, reason=OverrideReason.NO_TEMPLATE), (Log(AuditEvent.NO_TEMPLATE),)
        )

    def _try(self, holder: Holder, attempt: int, finger: int = 0) -> Step:
        timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
        on_card = finger if holder.on_card else None
        return Step(
            Fingerprint(holder, attempt, finger=finger),
            (MatchFinger(holder.templates, timeout, on_card),),
        )

    def _finger(self, state: Fingerprint, event: Event) -> Step:
        match event:
            case FingerFeedback(feedback):
                return Step(replace(state, feedback=feedback))
            case FingerMatched():
                return Step(
                    ClaimingBallot(state.holder),
                    (
                        Log(AuditEvent.FINGER_MATCHED, f"try {state.attempt}"),
                        Count(f"matched-at-try:{state.attempt}"),
                        _claim(state.holder, reissue=False),
                    ),
                )
            case FingerNotMatched(feedback, tries_left):
                log = Log(AuditEvent.FINGER_NOT_MATCHED, f"try {state.attempt}")
                used_up = tries_left == 0
                finger = state.finger + used_up
                none_left = used_up and finger >= len(state.holder.on_card)
                if state.attempt >= self.rules.finger_tries or none_left:
                    return Step(Overriding(state.holder), (log,))
                failed = FingerFailed(
                    state.holder,
                    state.attempt,
                    feedback,
                    finger=finger,
                    tries_left=None if used_up else tries_left,
                )
                return Step(failed, (log,))
            case FingerBlocked():
                return self._blocked(state)
            case CardFailed():
                return _refuse(Refusal.UNREADABLE)
            case FingerSensorLost():
                return Step(
                    Overriding(state.holder, reason=OverrideReason.DEVICE),
                    (Log(AuditEvent.SENSOR_LOST),),
                )
            case OverrideAsked():
                return Step(
                    Overriding(state.holder), (CancelFinger(), Log(AuditEvent.OVERRIDE_ASKED))
                )
            case _:
                return Step(state)

    def _blocked(self, state: Fingerprint) -> Step:
        """No try was made: the card's next finger, or the supervised way."""
        log = Log(AuditEvent.FINGER_BLOCKED)
        if state.finger + 1 < len(state.holder.on_card):
            following = self._try(state.holder, state.attempt, state.finger + 1)
            return Step(following.state, (log, *following.effects))
        return Step(Overriding(state.holder, reason=OverrideReason.CARD_BLOCKED), (log,))

    def _tick(self, state: State, now: float) -> Step:
        match state:
            case Fingerprint(_, attempt) if state.deadline == 0.0:
                timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
                return Step(replace(state, deadline=now + timeout))
            case FingerFailed(holder, attempt):
                if state.since == 0.0:
                    return Step(replace(state, since=now))
                if now - state.since >= LIFT_S:
                    return self._try(holder, attempt + 1, state.finger)
            case Refused(card_out=True):
                if state.since == 0.0:
                    return Step(replace(state, since=now))
                if now - state.since >= LINGER_S:
                    return _free()
            case _:
                pass
        return Step(state)


# ---------------------------------------------------------------- parts


def _access(state: AwaitingAccess, event: Event) -> Step:
    match event:
        case AccessEntered(text):
            return Step(ReadingCard(failures=state.failures), (ReadHolder(text),))
        case AccessUnusable():
            return Step(replace(state, problem=AccessProblem.UNUSABLE))
        case AccessGivenUp():
            return _refuse(Refusal.NOT_OPENED)
        case _:
            return Step(state)


def _claim(holder: Holder, *, reissue: bool) -> ClaimVoter:
    return ClaimVoter(holder.national_number, holder.style, reissue)


def _refuse(reason: Refusal, holder: Holder | None = None, *, card_out: bool = False) -> Step:
    return Step(
        Refused(reason, holder, card_out),
        (
            ForgetHolder(),
            Count(f"refused:{reason.value}"),
            Log(AuditEvent.VOTER_REFUSED, reason.value),
        ),
    )


def _free(*effects: Effect) -> Step:
    return Step(Idle(), (*effects, ForgetHolder(), AskReadiness()))


def _write(state: WritingAuthorization) -> Step:
    return Step(state, (WriteAuthorization(state.holder.style),))


def _written(state: WritingAuthorization) -> Step:
    done = _done(Done(state.holder, state.identity_out, state.authorization_out))
    return Step(
        done.state, (Count("checked-in"), Log(AuditEvent.AUTHORIZATION_ISSUED), *done.effects)
    )


def _done(state: Done) -> Step:
    return _free() if state.identity_out and state.authorization_out else Step(state)


def _override(state: Overriding, event: Event) -> Step:
    match event:
        case ReasonChosen(reason) if not state.reissue and reason is not state.reason:
            if state.first is None:
                return Step(replace(state, reason=reason))
            # Who has signed, has signed for another reason.
            return Step(replace(state, reason=reason, first=None, signin=signin.NeedCard()))
        case OverrideDenied():
            return _refuse(
                Refusal.CLAIMED_NOT_ISSUED if state.reissue else Refusal.FINGERPRINT, state.holder
            )
        case (
            signin.OperatorCardSeen()
            | signin.OtherCardSeen()
            | signin.OperatorCardRemoved()
            | signin.PinEntered()
            | signin.PinWrong()
            | signin.OperatorRejected()
            | signin.OperatorProven()
        ) if state.reason is not None:
            return _override_signature(state, event, state.reason)
        case _:
            return Step(state)


def _override_signature(
    state: Overriding, event: signin.SignInEvent, reason: OverrideReason
) -> Step:
    first = state.first
    inner, effects = signin.step(state.signin, event, not_role=first.role if first else None)
    if inner is state.signin or not isinstance(inner, signin.SignedIn):
        return Step(replace(state, signin=inner), effects)
    if first is None:
        # The first card has to come out before the second can go in.
        return Step(replace(state, first=inner.operator, signin=inner))
    return Step(
        ClaimingBallot(state.holder, reissue=state.reissue, overridden=True),
        (
            Log(
                AuditEvent.OVERRIDE,
                f"{reason.value} {first.fingerprint.hex()[:16]} {inner.operator.fingerprint.hex()[:16]}",
            ),
            Count(f"override:{reason.value}"),
            _claim(state.holder, reissue=state.reissue),
        ),
    )


def _identity_card_removed(state: State) -> Step:
    match state:
        case ReadingCard():
            return _refuse(Refusal.PULLED, card_out=True)
        case Refused():
            return Step(state) if state.card_out else _free()
        case AwaitingAccess():
            return _free()
        case Fingerprint():
            return _free(CancelFinger(), Count("left"), Log(AuditEvent.VOTER_LEFT))
        case FingerFailed() | Overriding():
            return _free(Count("left"), Log(AuditEvent.VOTER_LEFT))
        case ClaimingBallot() | WritingAuthorization():
            # The claim stands; the card is written even if the document is already back.
            return Step(replace(state, identity_out=True))
        case Done():
            return _done(replace(state, identity_out=True))
        case Closed() | Idle() | OutOfService():
            return Step(state)
        case _:
            assert_never(state)


def _broken(state: State, incident: str) -> Step:
    match state:
        case ClaimingBallot() | WritingAuthorization() | Done():
            return Step(state)
        case OutOfService():
            # Said already; saying it again and again would be all the device does.
            return Step(OutOfService(incident))
        case _:
            return Step(
                OutOfService(incident),
                (CancelFinger(), ForgetHolder(), Log(AuditEvent.OUT_OF_SERVICE, incident)),
            )


def _polls_changed(state: State, closed: ClosedReason | None) -> Step:
    match state:
        case AwaitingAccess() | ReadingCard() | Fingerprint() | FingerFailed() | Overriding() if (
            closed is not None and closed is not ClosedReason.POWER
        ):
            # Nothing is claimed yet, and the station's count may already be on its way. Without line power
            # the running voter is served to the end.
            return Step(Closed(closed), (CancelFinger(), ForgetHolder()))
        case Closed() | Idle():
            if closed is not None:
                return Step(Closed(closed))
            return Step(state) if isinstance(state, Idle) else Step(Idle())
        case _:
            return Step(state)

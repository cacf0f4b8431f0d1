"""The identity station's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from election.definition import Rules
from kiosk.audit_events import AuditEvent
from kiosk.flows import signin
from kiosk.flows.common import (
    CheckReadiness,
    Closed,
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    OutOfService,
    PollsChanged,
    Step,
    Tick,
    WriteAudit,
    close_or_free,
    fall_out,
)
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
    CountKind,
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
    IdentityEffect,
    IdentityEvent,
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
    AccessWay,
    AwaitingAccess,
    CardHolder,
    ClaimingBallot,
    Done,
    FingerFailed,
    Fingerprint,
    IdentityState,
    Idle,
    OverrideReason,
    Overriding,
    ReadingCard,
    Refused,
    VoterRefusal,
    WritingAuthorization,
)

LIFT_S = 1.5
"""Pause between two tries, so that the finger is lifted."""
LINGER_S = 6.0
"""How long a refusal stays on the screen when the card is already out."""


IdentityStep: TypeAlias = Step[IdentityState, IdentityEffect]


@dataclass(frozen=True, slots=True)
class IdentityFlow:
    """The rules of the day and what opens the cards, and with them the whole flow."""

    rules: Rules = Rules()
    ways: tuple[AccessWay, ...] = ()
    """Of the family of cards that is used; empty for open cards."""

    def step(self, state: IdentityState, event: IdentityEvent) -> IdentityStep:
        """The next state and what to do. Never raises for any pair of state and event."""
        match event:
            case Tick(now):
                return self._tick(state, now)
            case DeviceFault(incident):
                return _fault(state, incident)
            case DeviceRecovered():
                if isinstance(state, OutOfService):
                    return _free(WriteAudit(AuditEvent.MENDED, state.incident))
                return Step(state)
            case PollsChanged(closed):
                return _polls_changed(state, closed)
            case IdentityCardRemoved():
                return _identity_card_removed(state)
            case _:
                return self._by_state(state, event)

    def _by_state(self, state: IdentityState, event: IdentityEvent) -> IdentityStep:
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
                            (WriteAudit(AuditEvent.CARD_NOT_OPENED, f"try {failures}"),),
                        )
                    case HolderAccepted(holder):
                        return self._identify(holder)
                    case HolderRefused(reason):
                        # The reading fails a moment before the reader says that the card is out.
                        return _refuse(reason, card_out=reason is VoterRefusal.PULLED)
                    case _:
                        pass
            case Fingerprint():
                return self._finger(state, event)
            case FingerFailed(holder, attempt):
                match event:
                    case TryAgain():
                        return self._try(holder, attempt + 1, state.finger)
                    case OverrideAsked():
                        return Step(Overriding(holder), (WriteAudit(AuditEvent.OVERRIDE_ASKED),))
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
                    case ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED) if not state.reissue:
                        return Step(
                            Overriding(holder, reissue=True, reason=OverrideReason.REISSUE),
                            (WriteAudit(AuditEvent.REISSUE_ASKED),),
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

    def _identify(self, holder: CardHolder) -> IdentityStep:
        if holder.has_fingers:
            return self._try(holder, 1)
        return Step(
            Overriding(holder, reason=OverrideReason.NO_TEMPLATE),
            (WriteAudit(AuditEvent.NO_TEMPLATE),),
        )

    def _try(self, holder: CardHolder, attempt: int, finger: int = 0) -> IdentityStep:
        timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
        on_card = finger if holder.on_card else None
        return Step(
            Fingerprint(holder, attempt, finger=finger),
            (MatchFinger(holder.templates, timeout, on_card),),
        )

    def _finger(self, state: Fingerprint, event: IdentityEvent) -> IdentityStep:
        match event:
            case FingerFeedback(feedback):
                return Step(replace(state, feedback=feedback))
            case FingerMatched():
                return Step(
                    ClaimingBallot(state.holder),
                    (
                        WriteAudit(AuditEvent.FINGER_MATCHED, f"try {state.attempt}"),
                        _claim(state.holder, reissue=False),
                    ),
                )
            case FingerNotMatched(feedback, tries_left):
                log = WriteAudit(AuditEvent.FINGER_NOT_MATCHED, f"try {state.attempt}")
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
                return _refuse(VoterRefusal.UNREADABLE)
            case FingerSensorLost():
                return Step(
                    Overriding(state.holder, reason=OverrideReason.DEVICE),
                    (WriteAudit(AuditEvent.SENSOR_LOST),),
                )
            case OverrideAsked():
                return Step(
                    Overriding(state.holder),
                    (CancelFinger(), WriteAudit(AuditEvent.OVERRIDE_ASKED)),
                )
            case _:
                return Step(state)

    def _blocked(self, state: Fingerprint) -> IdentityStep:
        """No try was made: the card's next finger, or the supervised way."""
        log = WriteAudit(AuditEvent.FINGER_BLOCKED)
        if state.finger + 1 < len(state.holder.on_card):
            following = self._try(state.holder, state.attempt, state.finger + 1)
            return Step(following.state, (log, *following.effects))
        return Step(Overriding(state.holder, reason=OverrideReason.CARD_BLOCKED), (log,))

    def _tick(self, state: IdentityState, now: float) -> IdentityStep:
        match state:
            case Fingerprint(_, attempt) if state.deadline is None:
                timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
                return Step(replace(state, deadline=now + timeout))
            case FingerFailed(since=None) | Refused(card_out=True, since=None):
                return Step(replace(state, since=now))
            case FingerFailed(holder, attempt, _, since) if _passed(since, LIFT_S, now):
                return self._try(holder, attempt + 1, state.finger)
            case Refused(card_out=True, since=since) if _passed(since, LINGER_S, now):
                return _free()
            case _:
                pass
        return Step(state)


# ---------------------------------------------------------------- parts


def _access(state: AwaitingAccess, event: IdentityEvent) -> IdentityStep:
    match event:
        case AccessEntered(text):
            return Step(ReadingCard(failures=state.failures), (ReadHolder(text),))
        case AccessUnusable():
            return Step(replace(state, problem=AccessProblem.UNUSABLE))
        case AccessGivenUp():
            return _refuse(VoterRefusal.NOT_OPENED)
        case _:
            return Step(state)


def _passed(since: float | None, seconds: float, now: float) -> bool:
    return since is not None and now - since >= seconds


def _claim(holder: CardHolder, *, reissue: bool) -> ClaimVoter:
    return ClaimVoter(holder.national_number, holder.style, reissue)


def _refuse(
    reason: VoterRefusal, holder: CardHolder | None = None, *, card_out: bool = False
) -> IdentityStep:
    return Step(
        Refused(reason, holder, card_out),
        (
            ForgetHolder(),
            Count(CountKind.REFUSED, reason),
            WriteAudit(AuditEvent.VOTER_REFUSED, reason.value),
        ),
    )


def _free(*effects: IdentityEffect) -> IdentityStep:
    return Step(Idle(), (*effects, ForgetHolder(), CheckReadiness()))


def _write(state: WritingAuthorization) -> IdentityStep:
    return Step(state, (WriteAuthorization(state.holder.style),))


def _written(state: WritingAuthorization) -> IdentityStep:
    done = _done(Done(state.holder, state.identity_out, state.authorization_out))
    return Step(
        done.state,
        (Count(CountKind.CHECKED_IN), WriteAudit(AuditEvent.AUTHORIZATION_ISSUED), *done.effects),
    )


def _done(state: Done) -> IdentityStep:
    return _free() if state.identity_out and state.authorization_out else Step(state)


def _override(state: Overriding, event: IdentityEvent) -> IdentityStep:
    match event:
        case ReasonChosen(reason) if not state.reissue and reason is not state.reason:
            if state.first is None:
                return Step(replace(state, reason=reason))
            # Who has signed, has signed for another reason.
            return Step(replace(state, reason=reason, first=None, signin=signin.NeedCard()))
        case OverrideDenied():
            return _refuse(
                VoterRefusal.CLAIMED_NOT_ISSUED if state.reissue else VoterRefusal.FINGERPRINT,
                state.holder,
            )
        case _ if isinstance(event, signin.SignInEvent) and state.reason is not None:
            return _override_signature(state, event, state.reason)
        case _:
            return Step(state)


def _override_signature(
    state: Overriding, event: signin.SignInEvent, reason: OverrideReason
) -> IdentityStep:
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
            WriteAudit(
                AuditEvent.OVERRIDE,
                f"{reason.value} {first.fingerprint.hex()[:16]} {inner.operator.fingerprint.hex()[:16]}",
            ),
            Count(CountKind.OVERRIDE, reason),
            _claim(state.holder, reissue=state.reissue),
        ),
    )


def _identity_card_removed(state: IdentityState) -> IdentityStep:
    match state:
        case ReadingCard():
            return _refuse(VoterRefusal.PULLED, card_out=True)
        case Refused():
            return Step(state) if state.card_out else _free()
        case AwaitingAccess():
            return _free()
        case Fingerprint():
            return _free(CancelFinger(), WriteAudit(AuditEvent.VOTER_LEFT))
        case FingerFailed() | Overriding():
            return _free(WriteAudit(AuditEvent.VOTER_LEFT))
        case ClaimingBallot() | WritingAuthorization():
            # The claim stands; the card is written even if the document is already back.
            return Step(replace(state, identity_out=True))
        case Done():
            return _done(replace(state, identity_out=True))
        case Closed() | Idle() | OutOfService():
            return Step(state)
        case _:
            assert_never(state)


def _fault(state: IdentityState, incident: str) -> IdentityStep:
    match state:
        case ClaimingBallot() | WritingAuthorization() | Done():
            return Step(state)
        case _:
            return fall_out(state, incident, CancelFinger(), ForgetHolder())


def _polls_changed(state: IdentityState, closed: ClosedReason | None) -> IdentityStep:
    match state:
        case AwaitingAccess() | ReadingCard() | Fingerprint() | FingerFailed() | Overriding() if (
            closed is not None and closed is not ClosedReason.POWER
        ):
            # Nothing is claimed yet, and the station's count may already be on its way. Without line power
            # the running voter is served to the end.
            return Step(Closed(closed), (CancelFinger(), ForgetHolder()))
        case Closed() | Idle():
            return close_or_free(state, closed, Idle)
        case _:
            return Step(state)

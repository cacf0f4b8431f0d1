"""The identity station's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from election.definition import Rules
from kiosk.audit_events import AuditEvent
from kiosk.flows import signin
from kiosk.flows.common import (
    CheckReadiness,
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    PollsChanged,
    Tick,
    WriteAudit,
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
    Closed,
    Done,
    FingerFailed,
    Fingerprint,
    IdentityState,
    Idle,
    OutOfService,
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


@dataclass(frozen=True, slots=True)
class IdentityStep:
    state: IdentityState
    effects: tuple[IdentityEffect, ...] = ()


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
                return _broken(state, incident)
            case DeviceRecovered():
                return (
                    _free(WriteAudit(AuditEvent.MENDED))
                    if isinstance(state, OutOfService)
                    else IdentityStep(state)
                )
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
                        return IdentityStep(AwaitingAccess(self.ways))
                    case IdentityCardInserted():
                        return IdentityStep(ReadingCard(), (ReadHolder(),))
                    case _:
                        pass
            case AwaitingAccess():
                return _access(state, event)
            case ReadingCard():
                match event:
                    case CardProgress(fraction):
                        return IdentityStep(replace(state, progress=fraction))
                    case AccessRefused(why) if self.ways:
                        failures = state.failures + 1
                        return IdentityStep(
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
                        return IdentityStep(
                            Overriding(holder), (WriteAudit(AuditEvent.OVERRIDE_ASKED),)
                        )
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
                        return IdentityStep(
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
                        return IdentityStep(replace(state, problem=problem))
                    case AuthorizationCardInserted() | TryAgain() if state.problem is not None:
                        return _write(replace(state, problem=None, authorization_out=False))
                    case AuthorizationCardInserted():
                        return IdentityStep(replace(state, authorization_out=False))
                    case AuthorizationCardRemoved():
                        return IdentityStep(replace(state, authorization_out=True))
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
        return IdentityStep(state)

    def _identify(self, holder: CardHolder) -> IdentityStep:
        if holder.has_fingers:
            return self._try(holder, 1)
        return IdentityStep(
            Overriding(holder, reason=OverrideReason.NO_TEMPLATE),
            (WriteAudit(AuditEvent.NO_TEMPLATE),),
        )

    def _try(self, holder: CardHolder, attempt: int, finger: int = 0) -> IdentityStep:
        timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
        on_card = finger if holder.on_card else None
        return IdentityStep(
            Fingerprint(holder, attempt, finger=finger),
            (MatchFinger(holder.templates, timeout, on_card),),
        )

    def _finger(self, state: Fingerprint, event: IdentityEvent) -> IdentityStep:
        match event:
            case FingerFeedback(feedback):
                return IdentityStep(replace(state, feedback=feedback))
            case FingerMatched():
                return IdentityStep(
                    ClaimingBallot(state.holder),
                    (
                        WriteAudit(AuditEvent.FINGER_MATCHED, f"try {state.attempt}"),
                        Count(f"matched-at-try:{state.attempt}"),
                        _claim(state.holder, reissue=False),
                    ),
                )
            case FingerNotMatched(feedback, tries_left):
                log = WriteAudit(AuditEvent.FINGER_NOT_MATCHED, f"try {state.attempt}")
                used_up = tries_left == 0
                finger = state.finger + used_up
                none_left = used_up and finger >= len(state.holder.on_card)
                if state.attempt >= self.rules.finger_tries or none_left:
                    return IdentityStep(Overriding(state.holder), (log,))
                failed = FingerFailed(
                    state.holder,
                    state.attempt,
                    feedback,
                    finger=finger,
                    tries_left=None if used_up else tries_left,
                )
                return IdentityStep(failed, (log,))
            case FingerBlocked():
                return self._blocked(state)
            case CardFailed():
                return _refuse(VoterRefusal.UNREADABLE)
            case FingerSensorLost():
                return IdentityStep(
                    Overriding(state.holder, reason=OverrideReason.DEVICE),
                    (WriteAudit(AuditEvent.SENSOR_LOST),),
                )
            case OverrideAsked():
                return IdentityStep(
                    Overriding(state.holder),
                    (CancelFinger(), WriteAudit(AuditEvent.OVERRIDE_ASKED)),
                )
            case _:
                return IdentityStep(state)

    def _blocked(self, state: Fingerprint) -> IdentityStep:
        """No try was made: the card's next finger, or the supervised way."""
        log = WriteAudit(AuditEvent.FINGER_BLOCKED)
        if state.finger + 1 < len(state.holder.on_card):
            following = self._try(state.holder, state.attempt, state.finger + 1)
            return IdentityStep(following.state, (log, *following.effects))
        return IdentityStep(Overriding(state.holder, reason=OverrideReason.CARD_BLOCKED), (log,))

    def _tick(self, state: IdentityState, now: float) -> IdentityStep:
        match state:
            case Fingerprint(_, attempt) if state.deadline == 0.0:
                timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
                return IdentityStep(replace(state, deadline=now + timeout))
            case FingerFailed(holder, attempt):
                if state.since == 0.0:
                    return IdentityStep(replace(state, since=now))
                if now - state.since >= LIFT_S:
                    return self._try(holder, attempt + 1, state.finger)
            case Refused(card_out=True):
                if state.since == 0.0:
                    return IdentityStep(replace(state, since=now))
                if now - state.since >= LINGER_S:
                    return _free()
            case _:
                pass
        return IdentityStep(state)


# ---------------------------------------------------------------- parts


def _access(state: AwaitingAccess, event: IdentityEvent) -> IdentityStep:
    match event:
        case AccessEntered(text):
            return IdentityStep(ReadingCard(failures=state.failures), (ReadHolder(text),))
        case AccessUnusable():
            return IdentityStep(replace(state, problem=AccessProblem.UNUSABLE))
        case AccessGivenUp():
            return _refuse(VoterRefusal.NOT_OPENED)
        case _:
            return IdentityStep(state)


def _claim(holder: CardHolder, *, reissue: bool) -> ClaimVoter:
    return ClaimVoter(holder.national_number, holder.style, reissue)


def _refuse(
    reason: VoterRefusal, holder: CardHolder | None = None, *, card_out: bool = False
) -> IdentityStep:
    return IdentityStep(
        Refused(reason, holder, card_out),
        (
            ForgetHolder(),
            Count(f"refused:{reason.value}"),
            WriteAudit(AuditEvent.VOTER_REFUSED, reason.value),
        ),
    )


def _free(*effects: IdentityEffect) -> IdentityStep:
    return IdentityStep(Idle(), (*effects, ForgetHolder(), CheckReadiness()))


def _write(state: WritingAuthorization) -> IdentityStep:
    return IdentityStep(state, (WriteAuthorization(state.holder.style),))


def _written(state: WritingAuthorization) -> IdentityStep:
    done = _done(Done(state.holder, state.identity_out, state.authorization_out))
    return IdentityStep(
        done.state,
        (Count("checked-in"), WriteAudit(AuditEvent.AUTHORIZATION_ISSUED), *done.effects),
    )


def _done(state: Done) -> IdentityStep:
    return _free() if state.identity_out and state.authorization_out else IdentityStep(state)


def _override(state: Overriding, event: IdentityEvent) -> IdentityStep:
    match event:
        case ReasonChosen(reason) if not state.reissue and reason is not state.reason:
            if state.first is None:
                return IdentityStep(replace(state, reason=reason))
            # Who has signed, has signed for another reason.
            return IdentityStep(replace(state, reason=reason, first=None, signin=signin.NeedCard()))
        case OverrideDenied():
            return _refuse(
                VoterRefusal.CLAIMED_NOT_ISSUED if state.reissue else VoterRefusal.FINGERPRINT,
                state.holder,
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
            return IdentityStep(state)


def _override_signature(
    state: Overriding, event: signin.SignInEvent, reason: OverrideReason
) -> IdentityStep:
    first = state.first
    inner, effects = signin.step(state.signin, event, not_role=first.role if first else None)
    if inner is state.signin or not isinstance(inner, signin.SignedIn):
        return IdentityStep(replace(state, signin=inner), effects)
    if first is None:
        # The first card has to come out before the second can go in.
        return IdentityStep(replace(state, first=inner.operator, signin=inner))
    return IdentityStep(
        ClaimingBallot(state.holder, reissue=state.reissue, overridden=True),
        (
            WriteAudit(
                AuditEvent.OVERRIDE,
                f"{reason.value} {first.fingerprint.hex()[:16]} {inner.operator.fingerprint.hex()[:16]}",
            ),
            Count(f"override:{reason.value}"),
            _claim(state.holder, reissue=state.reissue),
        ),
    )


def _identity_card_removed(state: IdentityState) -> IdentityStep:
    match state:
        case ReadingCard():
            return _refuse(VoterRefusal.PULLED, card_out=True)
        case Refused():
            return IdentityStep(state) if state.card_out else _free()
        case AwaitingAccess():
            return _free()
        case Fingerprint():
            return _free(CancelFinger(), Count("left"), WriteAudit(AuditEvent.VOTER_LEFT))
        case FingerFailed() | Overriding():
            return _free(Count("left"), WriteAudit(AuditEvent.VOTER_LEFT))
        case ClaimingBallot() | WritingAuthorization():
            # The claim stands; the card is written even if the document is already back.
            return IdentityStep(replace(state, identity_out=True))
        case Done():
            return _done(replace(state, identity_out=True))
        case Closed() | Idle() | OutOfService():
            return IdentityStep(state)
        case _:
            assert_never(state)


def _broken(state: IdentityState, incident: str) -> IdentityStep:
    match state:
        case ClaimingBallot() | WritingAuthorization() | Done():
            return IdentityStep(state)
        case OutOfService():
            # Said already; saying it again and again would be all the device does.
            return IdentityStep(OutOfService(incident))
        case _:
            return IdentityStep(
                OutOfService(incident),
                (CancelFinger(), ForgetHolder(), WriteAudit(AuditEvent.OUT_OF_SERVICE, incident)),
            )


def _polls_changed(state: IdentityState, closed: ClosedReason | None) -> IdentityStep:
    match state:
        case AwaitingAccess() | ReadingCard() | Fingerprint() | FingerFailed() | Overriding() if (
            closed is not None and closed is not ClosedReason.POWER
        ):
            # Nothing is claimed yet, and the station's count may already be on its way. Without line power
            # the running voter is served to the end.
            return IdentityStep(Closed(closed), (CancelFinger(), ForgetHolder()))
        case Closed() | Idle():
            if closed is not None:
                return IdentityStep(Closed(closed))
            return IdentityStep(state) if isinstance(state, Idle) else IdentityStep(Idle())
        case _:
            return IdentityStep(state)

"""Step the identity station from state to state (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from drivers.registry import link
from election.audit_events import AuditEvent
from election.definition import Rules, Text
from election.evidence import DocumentKind, HolderCode
from kiosk.flows.common import (
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
from kiosk.flows.identity import documents, override
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.ends import IdentityStep, claim, free, put_off, refuse

LIFT_S = 1.5
"""Pause between two tries, so that the finger is lifted."""
SHOWN_S = link.SHOWN_S
LINGER_S = 6.0
"""How long a refusal stays on the screen when the card is already out."""
_CUT = {
    at.VoterRefusal.CLAIMED_NOT_ISSUED: at.OverrideReason.REISSUE,
    at.VoterRefusal.PAPERS_CUT: at.OverrideReason.PAPERS,
}
"""For what two roles finish a check-in."""
_GONE = frozenset({at.WriteProblem.NO_CARD, at.WriteProblem.PULLED})
"""Problems of a card that is in no more, or not yet; no other one goes away by itself."""


@dataclass(frozen=True, slots=True)
class IdentityFlow:
    """The rules of the day and what opens the cards, and with them the whole flow."""

    rules: Rules = Rules()
    ways: tuple[at.AccessWay, ...] = ()
    """Of the family of cards that is used; empty for open cards."""
    styles: tuple[at.StyleChoice, ...] = ()
    """Ballot styles of those whose documents are checked by eye; empty where none are."""
    on_paper: bool = False
    """Voters get ballot papers here, and there are no authorization cards."""
    protests: bool = False
    """Who is said to have voted may get a provisional ballot, by two roles."""

    def step(self, state: at.IdentityState, event: on.IdentityEvent) -> IdentityStep:
        """Return the next state and what to do. Never raises for any pair of state and event."""
        return put_off(state, self._step(state, event))

    def _step(self, state: at.IdentityState, event: on.IdentityEvent) -> IdentityStep:
        match event:
            case Tick(now):
                return self._tick(state, now)
            case DeviceFault(incident):
                return _fault(state, incident)
            case DeviceRecovered():
                if isinstance(state, OutOfService):
                    return free(WriteAudit(AuditEvent.MENDED, state.incident))
                return Step(state)
            case PollsChanged(closed):
                return _polls_changed(state, closed)
            case on.IdentityCardRemoved():
                return _identity_card_removed(state)
            case _:
                return self._by_state(state, event)

    def _by_state(self, state: at.IdentityState, event: on.IdentityEvent) -> IdentityStep:
        if isinstance(state, documents.DocumentState):
            return documents.step(state, event)
        match state:
            case at.Idle():
                return self._idle(state, event)
            case at.AwaitingAccess():
                return _access(state, event)
            case at.ReadingCard():
                match event:
                    case on.CardProgress(fraction):
                        return Step(replace(state, progress=fraction))
                    case on.AccessRefused(why) if self.ways:
                        failures = state.failures + 1
                        return Step(
                            at.AwaitingAccess(self.ways, why, failures),
                            (WriteAudit(AuditEvent.CARD_NOT_OPENED, f"try {failures}"),),
                        )
                    case on.HolderAccepted(holder):
                        return self._identify(holder)
                    case on.HolderRefused(reason):
                        # The reading fails a moment before the reader says that the card is out.
                        return refuse(reason, card_out=reason is at.VoterRefusal.PULLED)
                    case _:
                        pass
            case at.Fingerprint():
                return self._finger(state, event)
            case at.FingerFailed(holder, attempt):
                match event:
                    case on.TryAgain():
                        return self._try(holder, attempt + 1, state.finger)
                    case on.OverrideAsked():
                        return Step(at.Overriding(holder), (WriteAudit(AuditEvent.OVERRIDE_ASKED),))
                    case _:
                        pass
            case at.Overriding():
                return self._of_age(override.step(state, event))
            case at.ClaimingBallot(holder):
                match event:
                    case on.VoterClaimed(papers, again):
                        out = state.identity_out
                        writing = at.WritingAuthorization(holder, None, out, bool(papers))
                        return _written(writing, papers, again) if papers else _write(writing)
                    case on.ClaimRefused(reason) if state.identity_out and not holder.document:
                        return refuse(reason, holder, card_out=True)
                    case on.ClaimRefused(reason) if reason in _CUT and not state.reissue:
                        return Step(
                            at.Overriding(holder, reissue=True, reason=_CUT[reason]),
                            (WriteAudit(AuditEvent.REISSUE_ASKED),),
                        )
                    case on.ClaimUnanswered() if state.identity_out and not holder.document:
                        unanswered = at.VoterRefusal.REGISTRY_UNREACHABLE
                        return refuse(unanswered, holder, card_out=True)
                    case on.ClaimUnanswered():
                        alone = at.OverrideReason.NO_ANSWER
                        return Step(at.Overriding(holder, reason=alone, shown=state.shown))
                    case on.ClaimRefused(reason):
                        already = reason is at.VoterRefusal.ALREADY_VOTED
                        heard = self.protests and already and holder.document is None
                        return refuse(reason, holder, shown=state.shown if heard else None)
                    case _:
                        pass
            case at.WritingAuthorization():
                return _writing(state, event)
            case at.Done():
                match event:
                    case on.AuthorizationCardRemoved() if not state.papers:
                        return _done(replace(state, authorization_out=True))
                    case on.IdentityCardInserted() if state.papers and state.identity_out:
                        return free()
                    case _:
                        pass
            case at.Refused():
                return self._refused(state, event)
            case Closed() | OutOfService():
                pass
            case _:
                assert_never(state)
        return Step(state)

    def _idle(self, state: at.Idle, event: on.IdentityEvent) -> IdentityStep:
        match event:
            case on.IdentityCardInserted(known=True) if self.ways:
                return Step(at.AwaitingAccess(self.ways))
            case on.IdentityCardInserted():
                return Step(at.ReadingCard(), (on.ReadHolder(),))
            case on.DocumentOffered() if self.styles:
                return Step(at.ChoosingDocument(self.styles))
            case on.AuthorizationCardInserted() if self.on_paper:
                return Step(at.Refused(at.VoterRefusal.NO_CARDS, card_out=True))
            case _:
                return Step(state)

    def _refused(self, state: at.Refused, event: on.IdentityEvent) -> IdentityStep:
        match event:
            case on.IdentityCardInserted() if state.card_out:
                # Looked at as if it came now: the polls may have closed, a reader have gone.
                return free()
            case on.Protested() | on.RenewableCardSeen(str()) if state.holder and state.shown:
                # Whether its vote lies in a dead terminal the night knows: renewed it could count twice.
                protest = at.OverrideReason.PROTEST
                return Step(at.Overriding(state.holder, reason=protest, shown=state.shown))
            case on.RenewableCardSeen() if (
                state.holder is not None
                and not state.card_out
                and state.reason is at.VoterRefusal.ALREADY_VOTED
            ):
                renewal = at.OverrideReason.RENEWAL
                return Step(at.Overriding(state.holder, reissue=True, reason=renewal))
            case on.DocumentOffered() if (
                self.styles and not state.card_out and state.reason is at.VoterRefusal.CHIP_DEAD
            ):
                return Step(at.ChoosingDocument(self.styles, dead=True))
            case _:
                return Step(state)

    def _identify(self, holder: at.CardHolder) -> IdentityStep:
        step = self._identified(holder)
        return Step(step.state, (on.PrepareClaim(holder.national_number), *step.effects))

    def _identified(self, holder: at.CardHolder) -> IdentityStep:
        if holder.age_open:
            return Step(
                at.Overriding(holder, reason=at.OverrideReason.OF_AGE),
                (WriteAudit(AuditEvent.AGE_OPEN),),
            )
        if holder.has_fingers:
            return self._try(holder, 1)
        return Step(
            at.Overriding(holder, reason=at.OverrideReason.NO_TEMPLATE),
            (WriteAudit(AuditEvent.NO_TEMPLATE),),
        )

    def _of_age(self, step: IdentityStep) -> IdentityStep:
        """Go on with the finger of a person whom two roles have just said to be of age."""
        state = step.state
        if not isinstance(state, at.ClaimingBallot) or not state.holder.age_open:
            return step
        following = self._identified(replace(state.holder, age_open=False))
        told = tuple(effect for effect in step.effects if not isinstance(effect, on.ClaimVoter))
        return Step(following.state, (*told, *following.effects))

    def _try(self, holder: at.CardHolder, attempt: int, finger: int = 0) -> IdentityStep:
        timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
        on_card = finger if holder.on_card else None
        return Step(
            at.Fingerprint(holder, attempt, finger=finger),
            (on.MatchFinger(holder.templates, timeout, on_card),),
        )

    def _finger(self, state: at.Fingerprint, event: on.IdentityEvent) -> IdentityStep:
        match event:
            case on.FingerFeedback(feedback):
                return Step(replace(state, feedback=feedback))
            case on.FingerMatched():
                matched = WriteAudit(AuditEvent.FINGER_MATCHED, f"try {state.attempt}")
                claiming, asked = claim(state.holder, _by_finger(state.holder))
                return Step(claiming, (matched, asked))
            case on.FingerNotMatched(feedback, tries_left):
                log = WriteAudit(AuditEvent.FINGER_NOT_MATCHED, f"try {state.attempt}")
                used_up = tries_left == 0
                finger = state.finger + used_up
                none_left = used_up and finger >= len(state.holder.on_card)
                if state.attempt >= self.rules.finger_tries or none_left:
                    return Step(at.Overriding(state.holder), (log,))
                failed = at.FingerFailed(
                    state.holder,
                    state.attempt,
                    feedback,
                    finger=finger,
                    tries_left=None if used_up else tries_left,
                )
                return Step(failed, (log,))
            case on.FingerBlocked():
                return self._blocked(state)
            case on.CardFailed():
                return refuse(at.VoterRefusal.UNREADABLE)
            case on.FingerSensorLost():
                return Step(
                    at.Overriding(state.holder, reason=at.OverrideReason.DEVICE),
                    (WriteAudit(AuditEvent.SENSOR_LOST),),
                )
            case on.OverrideAsked():
                return Step(
                    at.Overriding(state.holder),
                    (on.CancelFinger(), WriteAudit(AuditEvent.OVERRIDE_ASKED)),
                )
            case _:
                return Step(state)

    def _blocked(self, state: at.Fingerprint) -> IdentityStep:
        """No try was made: the card's next finger, or the supervised way."""
        log = WriteAudit(AuditEvent.FINGER_BLOCKED)
        if state.finger + 1 < len(state.holder.on_card):
            following = self._try(state.holder, state.attempt, state.finger + 1)
            return Step(following.state, (log, *following.effects))
        return Step(at.Overriding(state.holder, reason=at.OverrideReason.CARD_BLOCKED), (log,))

    def _tick(self, state: at.IdentityState, now: float) -> IdentityStep:
        match state:
            case at.Fingerprint(_, attempt) if state.deadline is None:
                timeout = self.rules.first_capture_s if attempt == 1 else self.rules.next_capture_s
                return Step(replace(state, deadline=now + timeout))
            case (
                at.FingerFailed(since=None)
                | at.Refused(card_out=True, since=None)
                | at.ClaimingBallot(since=None)
                | at.Done(identity_out=True, authorization_out=True, since=None)
            ):
                return Step(replace(state, since=now))
            case at.ClaimingBallot(since=since) if _passed(since, SHOWN_S, now):
                return Step(replace(state, waiting=True))
            case at.FingerFailed(holder, attempt, _, since) if _passed(since, LIFT_S, now):
                return self._try(holder, attempt + 1, state.finger)
            case (
                at.Refused(card_out=True, since=since)
                | at.Done(identity_out=True, authorization_out=True, since=since)
            ) if _passed(since, LINGER_S, now):
                return free()
            case _:
                pass
        return Step(state)


# ---------------------------------------------------------------- parts


def _access(state: at.AwaitingAccess, event: on.IdentityEvent) -> IdentityStep:
    match event:
        case on.AccessEntered(text):
            return Step(at.ReadingCard(failures=state.failures), (on.ReadHolder(text),))
        case on.AccessUnusable():
            return Step(replace(state, problem=at.AccessProblem.UNUSABLE))
        case on.AccessGivenUp():
            return refuse(at.VoterRefusal.NOT_OPENED)
        case _:
            return Step(state)


def _by_finger(holder: at.CardHolder) -> HolderCode:
    return HolderCode.ON_CARD if holder.on_card else HolderCode.MODULE


def _passed(since: float | None, seconds: float, now: float) -> bool:
    return since is not None and now - since >= seconds


def _write(state: at.WritingAuthorization) -> IdentityStep:
    return Step(state, (on.WriteAuthorization(state.holder.style),))


def _writing(state: at.WritingAuthorization, event: on.IdentityEvent) -> IdentityStep:
    match event:
        case on.AuthorizationWritten():
            return _written(state)
        case on.AuthorizationNotWritten(problem) if state.came and problem in _GONE:
            return _write(replace(state, came=False))
        case on.AuthorizationNotWritten(problem):
            return Step(replace(state, problem=problem, came=False))
        case on.AuthorizationCardInserted() | on.TryAgain() if state.problem is not None:
            return _write(replace(state, problem=None, authorization_out=False))
        case on.AuthorizationCardInserted():
            return Step(replace(state, authorization_out=False, came=True))
        case on.AuthorizationCardRemoved() if state.problem is at.WriteProblem.RESCUED:
            return free()
        case on.AuthorizationCardRemoved():
            return Step(replace(state, authorization_out=True, came=False))
        case _:
            return Step(state)


def _written(
    state: at.WritingAuthorization, papers: tuple[Text, ...] = (), again: bool = False
) -> IdentityStep:
    given = at.Done(state.holder, state.identity_out, state.authorization_out, papers)
    # A paper is told for a while, also where the document is back already.
    done: IdentityStep = Step(given) if papers else _done(given)
    if again:
        return done  # counted before the power failed
    by_document = [] if state.holder.document is None else [on.Count(on.CountKind.DOCUMENT)]
    return Step(
        done.state,
        (
            on.Count(on.CountKind.CHECKED_IN),
            *by_document,
            WriteAudit(AuditEvent.CHECKED_IN if papers else AuditEvent.AUTHORIZATION_ISSUED),
            *done.effects,
        ),
    )


def _done(state: at.Done) -> IdentityStep:
    return free() if state.identity_out and state.authorization_out else Step(state)


def _identity_card_removed(state: at.IdentityState) -> IdentityStep:
    if isinstance(state, documents.DocumentState):
        # A card that does not answer goes into the officer's hand, who reads what is printed on it.
        return Step(state)
    match state:
        case at.ReadingCard():
            return refuse(at.VoterRefusal.PULLED, card_out=True)
        case at.Refused():
            return Step(state) if state.card_out else free()
        case at.AwaitingAccess():
            return free()
        case at.Fingerprint():
            return free(on.CancelFinger(), WriteAudit(AuditEvent.VOTER_LEFT))
        case at.Overriding(at.CardHolder(document=DocumentKind())):
            return Step(state)
        case at.FingerFailed() | at.Overriding():
            return free(WriteAudit(AuditEvent.VOTER_LEFT))
        case at.ClaimingBallot() | at.WritingAuthorization():
            # The claim stands; the card is written even if the document is already back.
            return Step(replace(state, identity_out=True))
        case at.Done():
            return _done(replace(state, identity_out=True))
        case Closed() | at.Idle() | OutOfService():
            return Step(state)
        case _:
            assert_never(state)


def _fault(state: at.IdentityState, incident: str) -> IdentityStep:
    match state:
        case at.ClaimingBallot() | at.WritingAuthorization() | at.Done():
            return Step(state)
        case _:
            return fall_out(state, incident, on.CancelFinger(), on.ForgetHolder())


def _polls_changed(state: at.IdentityState, closed: ClosedReason | None) -> IdentityStep:
    if isinstance(state, Closed | at.Idle):
        return close_or_free(state, closed, at.Idle)
    if closed in (None, ClosedReason.POWER) or not isinstance(state, _UNCLAIMED):
        return Step(state)
    # Nothing is claimed yet, and the station's count may already be on its way. Without line power
    # the running voter is served to the end.
    return Step(Closed(closed), (on.CancelFinger(), on.ForgetHolder()))


_SEEN: TypeAlias = at.AwaitingAccess | at.ReadingCard | at.Fingerprint | at.FingerFailed
_UNCLAIMED: TypeAlias = _SEEN | at.Overriding | documents.DocumentState

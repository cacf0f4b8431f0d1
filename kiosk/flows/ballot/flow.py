"""Step the ballot terminal from state to state (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, TypeGuard, assert_never

from election.audit_events import AuditEvent
from election.definition import Rules
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import paper
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.events import BallotStep as BallotStep  # noqa: PLC0414 - read from here
from kiosk.flows.ballot.marking import mark
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

REMINDER_S = 20.0
"""After a final screen the card must come out; from then on the lamp calls the officer."""


_Last: TypeAlias = at.Recorded | at.Abandoned
"""States that wait for the voter to take the card."""

# ---------------------------------------------------------------- the flow


@dataclass(frozen=True, slots=True)
class BallotFlow:
    """The rules of the day, and with them the whole flow."""

    rules: Rules = Rules()
    reads_paper: bool = False
    """A scanner reads paper records."""
    slips: bool = False
    """A printer prints tracking numbers for voters."""

    def may_challenge(self, spoiled: int) -> bool:
        """Tell whether a voter who has challenged `spoiled` ballots may challenge another one."""
        return self.rules.challenge_allowed and spoiled < self.rules.challenges_per_voter

    def step(self, state: at.BallotState, event: on.BallotEvent) -> BallotStep:
        """Return the next state and what to do. Never raises for any pair of state and event."""
        stepped = self._step(state, event)
        # Whatever way leads away from a paper, it is ended there.
        return Step(stepped.state, (*stepped.effects, *paper.ends(state, stepped.state)))

    def _step(self, state: at.BallotState, event: on.BallotEvent) -> BallotStep:
        match event:
            case Tick(now):
                return self._tick(state, now)
            case DeviceFault(incident):
                return _fault(state, incident)
            case DeviceRecovered():
                if isinstance(state, OutOfService):
                    return _free(
                        on.CallOfficer(False), WriteAudit(AuditEvent.MENDED, state.incident)
                    )
                return Step(state)
            case PollsChanged(closed):
                return _polls_changed(state, closed)
            case on.CardRemoved():
                return _card_removed(state)
            case _:
                return self._by_state(state, event)

    def _by_state(self, state: at.BallotState, event: on.BallotEvent) -> BallotStep:
        if isinstance(state, at.VoterState):
            return self._voter(state, event)
        match state:
            case at.Idle():
                if isinstance(event, on.CardInserted):
                    return Step(at.CheckingCard(), (on.CheckCard(),))
                if isinstance(event, on.PresentationChosen):
                    return Step(at.Idle(event.presentation))
            case at.CheckingCard():
                return self._checked(state, event)
            case at.Sealing(session):
                if isinstance(event, on.BallotSealed):
                    if self.rules.paper_record:
                        return paper.begin(session, event.tracking)
                    return Step(at.CastOrChallenge(session, event.tracking))
            case at.Printing():
                return paper.printed(state, event, reads=self.reads_paper)
            case at.Recording(session, tracking, card_out):
                if isinstance(event, on.VoteRecorded):
                    out = card_out or event.card_out
                    busy = event.card_busy and not out
                    return Step(
                        at.Recorded(tracking, session.presentation, card_out=out, card_busy=busy),
                        (
                            on.ForgetBallot(),
                            WriteAudit(AuditEvent.VOTE_RECORDED),
                            *((on.PrintSlip(tracking),) if self.slips else ()),
                        ),
                    )
                if isinstance(event, on.VoteNotRecorded):
                    return _not_recorded(session, event, card_out=card_out)
            case at.Recorded() if isinstance(event, on.SlipPrinted):
                if event.tracking == state.tracking:
                    return Step(replace(state, slip=True))
            case at.Recorded(card_busy=True):
                if isinstance(event, on.CardDone):
                    return Step(replace(state, card_busy=False, card_out=event.card_out))
            case at.Spoiling(session, tracking):
                if isinstance(event, on.BallotSpoiled):
                    # The opened ballot becomes public: what comes next is marked anew. It is not
                    # logged either, since the time would say who was in the booth.
                    again = replace(
                        session,
                        marks=tuple(Marks(contest.id) for contest in session.contests),
                        spoiled=session.spoiled + 1,
                    )
                    return Step(at.Challenged(again, tracking, event.opening), (on.ForgetBallot(),))
                if isinstance(event, on.VoteNotRecorded):
                    return _not_recorded(session, event)
            case at.Helping(interrupted) | at.Inactive(interrupted):
                if isinstance(event, on.StillHere):
                    return Step(_touched(interrupted), (on.CallOfficer(False),))
                helped = isinstance(state, at.Helping) or state.officer_called
                if isinstance(event, on.EndedWithoutVote) and helped:
                    ended = _abandoned(interrupted.session, card_in=True)
                    return Step(ended.state, (on.CallOfficer(False), *ended.effects))
            case (
                at.Refused(at.CardProblem.PULLED)
                | at.Recorded(card_out=True)
                | at.NotRecorded(card_out=True)
                | at.Abandoned(card_in=False)
            ):
                # The slot was empty although the message still stood. The next card is welcome, but
                # looked at as if it came now: the polls may have closed, a medium have failed.
                if isinstance(event, on.CardInserted):
                    return _free(on.CallOfficer(False))
            case (
                Closed()
                | at.Refused()
                | at.Recorded()
                | at.NotRecorded()
                | at.Abandoned()
                | OutOfService()
            ):
                pass
            case _:
                assert_never(state)
        return Step(state)

    def _checked(self, state: at.CheckingCard, event: on.BallotEvent) -> BallotStep:
        match event:
            case on.CardAccepted(authorization, contests):
                session = at.Session(
                    authorization,
                    contests,
                    tuple(Marks(c.id) for c in contests),
                    at.Presentation(),
                )
                return Step(
                    at.Preferences(session), (WriteAudit(AuditEvent.AUTHORIZATION_ACCEPTED),)
                )
            case on.CardRefused(reason):
                return Step(
                    at.Refused(reason), (WriteAudit(AuditEvent.CARD_REFUSED, reason.value),)
                )
            case _:
                return Step(state)

    def _voter(self, state: at.VoterState, event: on.BallotEvent) -> BallotStep:
        """Take a touch of the voter: keep the session awake, then act by state."""
        match event:
            case on.HelpAsked():
                return Step(
                    at.Helping(state), (on.CallOfficer(True), WriteAudit(AuditEvent.HELP_ASKED))
                )
            case on.Attended():
                return Step(_touched(state))
            case on.PresentationChosen(presentation):
                session = replace(state.session, presentation=presentation)
                return Step(_touched(replace(state, session=session)))
            case _:
                pass
        step = self._touch(state, event)
        if step.state is state:
            return step
        return Step(
            _touched(step.state) if isinstance(step.state, at.VoterState) else step.state,
            step.effects,
        )

    def _touch(self, state: at.VoterState, event: on.BallotEvent) -> BallotStep:
        match state:
            case at.Preferences(session):
                if isinstance(event, on.Begin):
                    if session.authorization.handle is not None:
                        return Step(at.ProvisionalNotice(session))
                    return Step(at.Marking(session, 0))
            case at.ProvisionalNotice(session):
                if isinstance(event, on.Begin):
                    return Step(at.Marking(session, 0))
                if isinstance(event, on.Back):
                    return Step(at.Preferences(session))
            case at.Comparing():
                return paper.compared(state, event)
            case at.PaperVoid():
                return paper.after_void(state, event)
            case at.Marking():
                return mark(state, event)
            case at.Review(session):
                match event:
                    case on.ChangeContest(index) if 0 <= index < len(session.contests):
                        return Step(at.Marking(session, index, from_review=True))
                    case on.Back():
                        return Step(
                            at.Marking(session, len(session.contests) - 1, from_review=True)
                        )
                    case on.ReviewAccepted() if all(m.settled for m in session.marks):
                        return Step(
                            at.Sealing(session), (on.SealBallot(session.contests, session.marks),)
                        )
                    case _:
                        pass
            case at.CastOrChallenge(session, tracking):
                match event:
                    case on.CastChosen():
                        return Step(
                            at.Recording(session, tracking, paper=state.paper),
                            (on.RecordVote(session.authorization),),
                        )
                    case on.ChallengeChosen() if self.may_challenge(session.spoiled):
                        return Step(at.Spoiling(session, tracking), (on.RecordSpoiled(),))
                    case on.Back():
                        return Step(at.Review(session), (on.ForgetBallot(),))
                    case _:
                        pass
            case at.Challenged(session):
                if isinstance(event, on.Begin):
                    return Step(at.Marking(session, 0))
            case _:
                assert_never(state)
        return Step(state)

    def _tick(self, state: at.BallotState, now: float) -> BallotStep:
        if isinstance(state, at.VoterState):
            if state.session.active_at is None:
                return Step(replace(state, session=replace(state.session, active_at=now)))
            if now - state.session.active_at >= self.rules.inactivity_s:
                return Step(at.Inactive(state, now), (WriteAudit(AuditEvent.INACTIVITY_ALERT),))
        match state:
            case at.Inactive(_, since, officer_called):
                if not officer_called and now - since >= self.rules.inactivity_alert_s:
                    return Step(
                        replace(state, officer_called=True),
                        (on.CallOfficer(True), WriteAudit(AuditEvent.VOTER_INACTIVE)),
                    )
            case at.Recorded() | at.Abandoned() | at.Refused(at.CardProblem.PULLED):
                if state.since is None:
                    return Step(replace(state, since=now))
                if now - state.since < REMINDER_S:
                    pass
                elif not _card_is_in(state):
                    return _free()
                elif not state.reminded:
                    return Step(replace(state, reminded=True), (on.CallOfficer(True),))
            case _:
                pass
        return Step(state)


# ---------------------------------------------------------------- parts


def _touched(state: at.BallotState) -> at.BallotState:
    """Start the inactivity clock anew; the next tick sets the time."""
    if isinstance(state, at.VoterState):
        return replace(state, session=replace(state.session, active_at=None))
    return state


def _not_recorded(
    session: at.Session, event: on.VoteNotRecorded, *, card_out: bool = False
) -> BallotStep:
    return Step(
        at.NotRecorded(event.reason, session.presentation, card_out),
        (
            on.ForgetBallot(),
            on.CallOfficer(True),
            WriteAudit(AuditEvent.VOTE_NOT_RECORDED, event.reason.value),
        ),
    )


def _card_removed(state: at.BallotState) -> BallotStep:
    match state:
        case at.CheckingCard():
            return Step(
                at.Refused(at.CardProblem.PULLED),
                (WriteAudit(AuditEvent.CARD_REFUSED, at.CardProblem.PULLED.value),),
            )
        case at.Refused():
            return Step(state) if state.reason is at.CardProblem.PULLED else _free()
        case at.PaperVoid():
            step = _abandoned(state.session)
            return Step(step.state, (on.CallOfficer(False), *step.effects))
        case at.Sealing() | at.Printing() | at.Spoiling():
            return _abandoned(state.session)
        case at.Helping(interrupted) | at.Inactive(interrupted):
            step = _abandoned(interrupted.session)
            return Step(step.state, (on.CallOfficer(False), *step.effects))
        case at.Recorded(card_busy=True):
            # Too early for the receipt: the message stands, as if it had come out before the commit.
            return Step(replace(state, card_busy=False, card_out=True))
        case at.Recorded() | at.NotRecorded():
            # If it was known to be out, the reader only says so now.
            return Step(state) if state.card_out else _free(on.CallOfficer(False))
        case at.Recording():
            # The vote was given; its outcome will be shown, and the spent list, not the card, decides.
            return Step(replace(state, card_out=True))
        case at.Abandoned(card_in=True):
            return _free(on.CallOfficer(False))
        case Closed() | at.Idle() | at.Abandoned() | OutOfService():
            return Step(state)
        case _:
            return _abandoned(state.session)


def _abandoned(session: at.Session, *, card_in: bool = False) -> BallotStep:
    return Step(
        at.Abandoned(session.presentation, card_in=card_in),
        (on.ForgetBallot(), WriteAudit(AuditEvent.ABANDONED)),
    )


def _card_is_in(state: at.Recorded | at.Abandoned | at.Refused) -> TypeGuard[_Last]:
    """Return whether it stands with a message that is the last, and is to be taken."""
    match state:
        case at.Recorded(card_out=out):
            return not out
        case at.Abandoned(card_in=there):
            return there
        case at.Refused():
            return False


def _free(*effects: on.BallotEffect) -> BallotStep:
    return Step(at.Idle(), (*effects, CheckReadiness()))


def _fault(state: at.BallotState, incident: str) -> BallotStep:
    match state:
        case at.Recording() | at.Recorded() | at.NotRecorded():
            # What happened to the vote has to be said first; the fault is still there afterwards.
            return Step(state)
        case _:
            return fall_out(state, incident, on.ForgetBallot())


def _polls_changed(state: at.BallotState, closed: ClosedReason | None) -> BallotStep:
    """Open or close under a voter only when nobody is voting: people queued still vote."""
    match state:
        case at.CheckingCard() if closed is not None:
            # The card came between "free" and the answer to `CheckReadiness`.
            return Step(Closed(closed))
        case Closed() | at.Idle():
            return close_or_free(state, closed, at.Idle)
        case _:
            return Step(state)

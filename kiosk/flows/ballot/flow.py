"""The ballot terminal's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from election.definition import Rules
from election.marks import MarkRefused, Marks, replace_by_list, toggle
from kiosk.audit_events import AuditEvent
from kiosk.flows.ballot.events import (
    Back,
    BallotEffect,
    BallotEvent,
    BallotSealed,
    BallotSpoiled,
    Begin,
    BlankAnswered,
    CallOfficer,
    CardAccepted,
    CardInserted,
    CardRefused,
    CardRemoved,
    CastChosen,
    ChallengeChosen,
    ChangeContest,
    CheckCard,
    Cleared,
    ForgetBallot,
    HelpAsked,
    ListReplacesAnswered,
    Next,
    PresentationChosen,
    RecordSpoiled,
    RecordVote,
    ReviewAccepted,
    SealBallot,
    Skipped,
    StillHere,
    Toggled,
    VoteNotRecorded,
    VoteRecorded,
)
from kiosk.flows.ballot.states import (
    Abandoned,
    BallotState,
    CardProblem,
    CastOrChallenge,
    Challenged,
    CheckingCard,
    Helping,
    Idle,
    Inactive,
    Marking,
    NotRecorded,
    Preferences,
    Presentation,
    Recorded,
    Recording,
    Refused,
    Review,
    Sealing,
    Session,
    Spoiling,
    VoterState,
)
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


BallotStep: TypeAlias = Step[BallotState, BallotEffect]

# ---------------------------------------------------------------- the flow


@dataclass(frozen=True, slots=True)
class BallotFlow:
    """The rules of the day, and with them the whole flow."""

    rules: Rules = Rules()

    def may_challenge(self, spoiled: int) -> bool:
        """May a voter who has challenged `spoiled` ballots challenge another one?"""
        return self.rules.challenge_allowed and spoiled < self.rules.challenges_per_voter

    def step(self, state: BallotState, event: BallotEvent) -> BallotStep:
        """The next state and what to do. Never raises for any pair of state and event."""
        match event:
            case Tick(now):
                return self._tick(state, now)
            case DeviceFault(incident):
                return _fault(state, incident)
            case DeviceRecovered():
                if isinstance(state, OutOfService):
                    return _free(CallOfficer(False), WriteAudit(AuditEvent.MENDED, state.incident))
                return Step(state)
            case PollsChanged(closed):
                return _polls_changed(state, closed)
            case CardRemoved():
                return _card_removed(state)
            case _:
                return self._by_state(state, event)

    def _by_state(self, state: BallotState, event: BallotEvent) -> BallotStep:
        match state:
            case Idle():
                if isinstance(event, CardInserted):
                    return Step(CheckingCard(), (CheckCard(),))
                if isinstance(event, PresentationChosen):
                    return Step(Idle(event.presentation))
            case CheckingCard():
                return self._checked(state, event)
            case Preferences() | Marking() | Review() | CastOrChallenge() | Challenged():
                return self._voter(state, event)
            case Sealing(session):
                if isinstance(event, BallotSealed):
                    return Step(CastOrChallenge(session, event.tracking))
            case Recording(session, tracking, card_out):
                if isinstance(event, VoteRecorded):
                    out = card_out or event.card_out
                    return Step(
                        Recorded(tracking, session.presentation, card_out=out),
                        (ForgetBallot(), WriteAudit(AuditEvent.VOTE_RECORDED)),
                    )
                if isinstance(event, VoteNotRecorded):
                    return _not_recorded(session, event, card_out=card_out)
            case Spoiling(session, tracking):
                if isinstance(event, BallotSpoiled):
                    # The opened ballot becomes public: what comes next is marked anew. It is not
                    # logged either, since the time would say who was in the booth.
                    again = replace(
                        session,
                        marks=tuple(Marks(contest.id) for contest in session.contests),
                        spoiled=session.spoiled + 1,
                    )
                    return Step(Challenged(again, tracking, event.opening), (ForgetBallot(),))
                if isinstance(event, VoteNotRecorded):
                    return _not_recorded(session, event)
            case Helping(interrupted) | Inactive(interrupted):
                if isinstance(event, StillHere):
                    return Step(_touched(interrupted), (CallOfficer(False),))
            case (
                Refused(CardProblem.PULLED)
                | Recorded(card_out=True)
                | NotRecorded(card_out=True)
                | Abandoned()
            ):
                # The slot was empty although the message still stood. The next card is welcome, but
                # looked at as if it came now: the polls may have closed, a medium have failed.
                if isinstance(event, CardInserted):
                    return _free(CallOfficer(False))
            case Closed() | Refused() | Recorded() | NotRecorded() | OutOfService():
                pass
            case _:
                assert_never(state)
        return Step(state)

    def _checked(self, state: CheckingCard, event: BallotEvent) -> BallotStep:
        match event:
            case CardAccepted(authorization, contests):
                session = Session(
                    authorization,
                    contests,
                    tuple(Marks(c.id) for c in contests),
                    Presentation(),
                )
                return Step(Preferences(session), (WriteAudit(AuditEvent.AUTHORIZATION_ACCEPTED),))
            case CardRefused(reason):
                return Step(Refused(reason), (WriteAudit(AuditEvent.CARD_REFUSED, reason.value),))
            case _:
                return Step(state)

    def _voter(self, state: VoterState, event: BallotEvent) -> BallotStep:
        """A touch of the voter: keeps the session awake, then acts by state."""
        match event:
            case HelpAsked():
                return Step(Helping(state), (CallOfficer(True), WriteAudit(AuditEvent.HELP_ASKED)))
            case PresentationChosen(presentation):
                session = replace(state.session, presentation=presentation)
                return Step(_touched(replace(state, session=session)))
            case _:
                pass
        step = self._touch(state, event)
        if step.state is state:
            return step
        return Step(
            _touched(step.state) if isinstance(step.state, VoterState) else step.state, step.effects
        )

    def _touch(self, state: VoterState, event: BallotEvent) -> BallotStep:
        match state:
            case Preferences(session):
                if isinstance(event, Begin):
                    return Step(Marking(session, 0))
            case Marking():
                return _marking(state, event)
            case Review(session):
                match event:
                    case ChangeContest(index) if 0 <= index < len(session.contests):
                        return Step(Marking(session, index, from_review=True))
                    case Back():
                        return Step(Marking(session, len(session.contests) - 1, from_review=True))
                    case ReviewAccepted() if all(m.settled for m in session.marks):
                        return Step(
                            Sealing(session), (SealBallot(session.contests, session.marks),)
                        )
                    case _:
                        pass
            case CastOrChallenge(session, tracking):
                match event:
                    case CastChosen():
                        return Step(
                            Recording(session, tracking), (RecordVote(session.authorization),)
                        )
                    case ChallengeChosen() if self.may_challenge(session.spoiled):
                        return Step(Spoiling(session, tracking), (RecordSpoiled(),))
                    case Back():
                        return Step(Review(session), (ForgetBallot(),))
                    case _:
                        pass
            case Challenged(session):
                if isinstance(event, Begin):
                    return Step(Marking(session, 0))
            case _:
                assert_never(state)
        return Step(state)

    def _tick(self, state: BallotState, now: float) -> BallotStep:
        match state:
            case Preferences() | Marking() | Review() | CastOrChallenge() | Challenged():
                if state.session.active_at is None:
                    return Step(replace(state, session=replace(state.session, active_at=now)))
                if now - state.session.active_at >= self.rules.inactivity_s:
                    return Step(Inactive(state, now), (WriteAudit(AuditEvent.INACTIVITY_ALERT),))
            case Inactive(_, since, officer_called):
                if not officer_called and now - since >= self.rules.inactivity_alert_s:
                    return Step(
                        replace(state, officer_called=True),
                        (CallOfficer(True), WriteAudit(AuditEvent.VOTER_INACTIVE)),
                    )
            case Recorded() | Abandoned() | Refused(CardProblem.PULLED):
                if state.since is None:
                    return Step(replace(state, since=now))
                if now - state.since < REMINDER_S:
                    pass
                elif not isinstance(state, Recorded) or state.card_out:
                    return _free()
                elif not state.reminded:
                    return Step(replace(state, reminded=True), (CallOfficer(True),))
            case _:
                pass
        return Step(state)


# ---------------------------------------------------------------- parts


def _touched(state: BallotState) -> BallotState:
    """Start the inactivity clock anew; the next tick sets the time."""
    if isinstance(state, VoterState):
        return replace(state, session=replace(state.session, active_at=None))
    return state


def _marking(state: Marking, event: BallotEvent) -> BallotStep:
    session, index = state.session, state.index
    contest, marks = state.contest, state.marks
    match event:
        case Toggled(code):
            result = toggle(marks, contest, code)
            if result is MarkRefused.PERSONS_CHOSEN:
                asked = replace(session, notice=None, asked_list=code)
                return Step(replace(state, session=asked, confirming_blank=False))
            if isinstance(result, MarkRefused):
                return Step(replace(state, session=replace(session, notice=result)))
            return Step(
                replace(state, session=session.marked(index, result), confirming_blank=False)
            )
        case ListReplacesAnswered(yes):
            if session.asked_list is None:
                return Step(state)
            replaced = replace_by_list(contest, session.asked_list) if yes else marks
            if isinstance(replaced, MarkRefused):
                return Step(replace(state, session=replace(session, notice=replaced)))
            return Step(replace(state, session=session.marked(index, replaced)))
        case Cleared():
            return Step(replace(state, session=session.marked(index, Marks(contest.id))))
        case Skipped():
            # Only an empty contest can be skipped: marks are never taken away silently.
            if not marks.empty:
                return Step(state)
            skipped = session.marked(index, Marks(contest.id, skipped=True))
            return Step(_onward(replace(state, session=skipped)))
        case BlankAnswered(yes):
            if not state.confirming_blank:
                return Step(state)
            if not yes:
                return Step(replace(state, confirming_blank=False))
            blank = session.marked(index, Marks(contest.id, blank=True))
            return Step(_onward(replace(state, session=blank, confirming_blank=False)))
        case Next():
            if session.asked_list is not None:
                return Step(state)
            if not marks.settled:
                return Step(replace(state, confirming_blank=True))
            return Step(_onward(replace(state, session=replace(session, notice=None))))
        case Back():
            quiet = replace(session, notice=None, asked_list=None)
            if state.from_review:
                return Step(Review(quiet)) if all(m.settled for m in quiet.marks) else Step(state)
            if index == 0:
                return Step(Preferences(quiet))
            return Step(Marking(quiet, index - 1))
        case _:
            return Step(state)


def _onward(state: Marking) -> BallotState:
    """The next contest, or the review."""
    if state.from_review or state.index + 1 == len(state.session.contests):
        unsettled = [i for i, m in enumerate(state.session.marks) if not m.settled]
        if unsettled:
            return Marking(state.session, unsettled[0], from_review=state.from_review)
        return Review(state.session)
    return Marking(state.session, state.index + 1)


def _not_recorded(
    session: Session, event: VoteNotRecorded, *, card_out: bool = False
) -> BallotStep:
    return Step(
        NotRecorded(event.reason, session.presentation, card_out),
        (
            ForgetBallot(),
            CallOfficer(True),
            WriteAudit(AuditEvent.VOTE_NOT_RECORDED, event.reason.value),
        ),
    )


def _card_removed(state: BallotState) -> BallotStep:
    match state:
        case CheckingCard():
            return Step(
                Refused(CardProblem.PULLED),
                (WriteAudit(AuditEvent.CARD_REFUSED, CardProblem.PULLED.value),),
            )
        case Refused():
            return Step(state) if state.reason is CardProblem.PULLED else _free()
        case (
            Preferences()
            | Marking()
            | Review()
            | Sealing()
            | CastOrChallenge()
            | Spoiling()
            | Challenged()
        ):
            return _abandoned(state.session)
        case Helping(interrupted) | Inactive(interrupted):
            step = _abandoned(interrupted.session)
            return Step(step.state, (CallOfficer(False), *step.effects))
        case Recorded() | NotRecorded():
            # If it was known to be out, the reader only says so now.
            return Step(state) if state.card_out else _free(CallOfficer(False))
        case Recording():
            # The vote was given; its outcome will be shown, and the spent list, not the card, decides.
            return Step(replace(state, card_out=True))
        case Closed() | Idle() | Abandoned() | OutOfService():
            return Step(state)
        case _:
            assert_never(state)


def _abandoned(session: Session) -> BallotStep:
    return Step(Abandoned(session.presentation), (ForgetBallot(), WriteAudit(AuditEvent.ABANDONED)))


def _free(*effects: BallotEffect) -> BallotStep:
    return Step(Idle(), (*effects, CheckReadiness()))


def _fault(state: BallotState, incident: str) -> BallotStep:
    match state:
        case Recording() | Recorded() | NotRecorded():
            # What happened to the vote has to be said first; the fault is still there afterwards.
            return Step(state)
        case _:
            return fall_out(state, incident, ForgetBallot())


def _polls_changed(state: BallotState, closed: ClosedReason | None) -> BallotStep:
    """The polls open or close under a voter only when nobody is voting: people queued still vote."""
    match state:
        case CheckingCard() if closed is not None:
            # The card came between "free" and the answer to `CheckReadiness`.
            return Step(Closed(closed))
        case Closed() | Idle():
            return close_or_free(state, closed, Idle)
        case _:
            return Step(state)

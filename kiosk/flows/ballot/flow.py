"""The ballot terminal's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

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
    Closed,
    Helping,
    Idle,
    Inactive,
    Marking,
    NotRecorded,
    OutOfService,
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
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    PollsChanged,
    Tick,
    WriteAudit,
)

REMINDER_S = 20.0
"""After a final screen the card must come out; from then on the lamp calls the officer."""


@dataclass(frozen=True, slots=True)
class BallotStep:
    state: BallotState
    effects: tuple[BallotEffect, ...] = ()


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
                return _broken(state, incident)
            case DeviceRecovered():
                if isinstance(state, OutOfService):
                    return _free(CallOfficer(False), WriteAudit(AuditEvent.MENDED, state.incident))
                return BallotStep(state)
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
                    return BallotStep(CheckingCard(), (CheckCard(),))
                if isinstance(event, PresentationChosen):
                    return BallotStep(Idle(event.presentation))
            case CheckingCard():
                return self._checked(state, event)
            case Preferences() | Marking() | Review() | CastOrChallenge() | Challenged():
                return self._voter(state, event)
            case Sealing(session):
                if isinstance(event, BallotSealed):
                    return BallotStep(CastOrChallenge(session, event.tracking))
            case Recording(session, tracking, card_out):
                if isinstance(event, VoteRecorded):
                    out = card_out or event.card_out
                    return BallotStep(
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
                    return BallotStep(Challenged(again, tracking, event.opening), (ForgetBallot(),))
                if isinstance(event, VoteNotRecorded):
                    return _not_recorded(session, event)
            case Helping(interrupted):
                if isinstance(event, StillHere):
                    return BallotStep(_touched(interrupted), (CallOfficer(False),))
            case Inactive(interrupted):
                if isinstance(event, StillHere):
                    return BallotStep(_touched(interrupted), (CallOfficer(False),))
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
        return BallotStep(state)

    def _checked(self, state: CheckingCard, event: BallotEvent) -> BallotStep:
        match event:
            case CardAccepted(authorization, contests):
                session = Session(
                    authorization,
                    contests,
                    tuple(Marks(c.id) for c in contests),
                    Presentation(),
                    active_at=0.0,  # the next tick sets it
                )
                return BallotStep(
                    Preferences(session), (WriteAudit(AuditEvent.AUTHORIZATION_ACCEPTED),)
                )
            case CardRefused(reason):
                return BallotStep(
                    Refused(reason), (WriteAudit(AuditEvent.CARD_REFUSED, reason.value),)
                )
            case _:
                return BallotStep(state)

    def _voter(self, state: VoterState, event: BallotEvent) -> BallotStep:
        """A touch of the voter: keeps the session awake, then acts by state."""
        match event:
            case HelpAsked():
                return BallotStep(
                    Helping(state), (CallOfficer(True), WriteAudit(AuditEvent.HELP_ASKED))
                )
            case PresentationChosen(presentation):
                session = replace(state.session, presentation=presentation)
                return BallotStep(_touched(replace(state, session=session)))
            case _:
                pass
        step = self._touch(state, event)
        if step.state is state:
            return step
        return BallotStep(
            _touched(step.state) if isinstance(step.state, VoterState) else step.state, step.effects
        )

    def _touch(self, state: VoterState, event: BallotEvent) -> BallotStep:
        match state:
            case Preferences(session):
                if isinstance(event, Begin):
                    return BallotStep(Marking(session, 0))
            case Marking():
                return _marking(state, event)
            case Review(session):
                match event:
                    case ChangeContest(index) if 0 <= index < len(session.contests):
                        return BallotStep(Marking(session, index, from_review=True))
                    case Back():
                        return BallotStep(
                            Marking(session, len(session.contests) - 1, from_review=True)
                        )
                    case ReviewAccepted() if all(m.settled for m in session.marks):
                        return BallotStep(
                            Sealing(session), (SealBallot(session.contests, session.marks),)
                        )
                    case _:
                        pass
            case CastOrChallenge(session, tracking):
                match event:
                    case CastChosen():
                        return BallotStep(
                            Recording(session, tracking), (RecordVote(session.authorization),)
                        )
                    case ChallengeChosen() if self.may_challenge(session.spoiled):
                        return BallotStep(Spoiling(session, tracking), (RecordSpoiled(),))
                    case Back():
                        return BallotStep(Review(session), (ForgetBallot(),))
                    case _:
                        pass
            case Challenged(session):
                if isinstance(event, Begin):
                    return BallotStep(Marking(session, 0))
            case _:
                assert_never(state)
        return BallotStep(state)

    def _tick(self, state: BallotState, now: float) -> BallotStep:
        match state:
            case Preferences() | Marking() | Review() | CastOrChallenge() | Challenged():
                if state.session.active_at == 0.0:
                    return BallotStep(replace(state, session=replace(state.session, active_at=now)))
                if now - state.session.active_at >= self.rules.inactivity_s:
                    return BallotStep(
                        Inactive(state, now), (WriteAudit(AuditEvent.INACTIVITY_ALERT),)
                    )
            case Inactive(_, since, officer_called):
                if not officer_called and now - since >= self.rules.inactivity_alert_s:
                    return BallotStep(
                        replace(state, officer_called=True),
                        (CallOfficer(True), WriteAudit(AuditEvent.VOTER_INACTIVE)),
                    )
            case Recorded(_, _, since, _, reminded):
                if since == 0.0:
                    return BallotStep(replace(state, since=now))
                if now - since >= REMINDER_S and state.card_out:
                    return _free()
                if now - since >= REMINDER_S and not reminded:
                    return BallotStep(replace(state, reminded=True), (CallOfficer(True),))
            case Abandoned(_, since) | Refused(CardProblem.PULLED, since):
                if since == 0.0:
                    return BallotStep(replace(state, since=now))
                if now - since >= REMINDER_S:
                    return _free()
            case _:
                pass
        return BallotStep(state)


# ---------------------------------------------------------------- parts


def _touched(state: BallotState) -> BallotState:
    """Start the inactivity clock anew; the next tick sets the time."""
    if isinstance(state, VoterState):
        return replace(state, session=replace(state.session, active_at=0.0))
    return state


def _marking(state: Marking, event: BallotEvent) -> BallotStep:
    session, index = state.session, state.index
    contest, marks = state.contest, state.marks
    match event:
        case Toggled(code):
            result = toggle(marks, contest, code)
            if result is MarkRefused.PERSONS_CHOSEN:
                asked = replace(session, notice=None, asked_list=code)
                return BallotStep(replace(state, session=asked, confirming_blank=False))
            if isinstance(result, MarkRefused):
                return BallotStep(replace(state, session=replace(session, notice=result)))
            return BallotStep(
                replace(state, session=session.marked(index, result), confirming_blank=False)
            )
        case ListReplacesAnswered(yes):
            if session.asked_list is None:
                return BallotStep(state)
            replaced = replace_by_list(contest, session.asked_list) if yes else marks
            if isinstance(replaced, MarkRefused):
                return BallotStep(replace(state, session=replace(session, notice=replaced)))
            return BallotStep(replace(state, session=session.marked(index, replaced)))
        case Cleared():
            return BallotStep(replace(state, session=session.marked(index, Marks(contest.id))))
        case Skipped():
            # Only an empty contest can be skipped: marks are never taken away silently.
            if not marks.empty:
                return BallotStep(state)
            skipped = session.marked(index, Marks(contest.id, skipped=True))
            return BallotStep(_onward(replace(state, session=skipped)))
        case BlankAnswered(yes):
            if not state.confirming_blank:
                return BallotStep(state)
            if not yes:
                return BallotStep(replace(state, confirming_blank=False))
            blank = session.marked(index, Marks(contest.id, blank=True))
            return BallotStep(_onward(replace(state, session=blank, confirming_blank=False)))
        case Next():
            if session.asked_list is not None:
                return BallotStep(state)
            if not marks.settled:
                return BallotStep(replace(state, confirming_blank=True))
            return BallotStep(_onward(replace(state, session=replace(session, notice=None))))
        case Back():
            quiet = replace(session, notice=None, asked_list=None)
            if state.from_review:
                return (
                    BallotStep(Review(quiet))
                    if all(m.settled for m in quiet.marks)
                    else BallotStep(state)
                )
            if index == 0:
                return BallotStep(Preferences(quiet))
            return BallotStep(Marking(quiet, index - 1))
        case _:
            return BallotStep(state)


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
    return BallotStep(
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
            return BallotStep(
                Refused(CardProblem.PULLED),
                (WriteAudit(AuditEvent.CARD_REFUSED, CardProblem.PULLED.value),),
            )
        case Refused():
            return BallotStep(state) if state.reason is CardProblem.PULLED else _free()
        case Preferences() | Marking() | Review() | CastOrChallenge() | Challenged():
            return _abandoned(state.session)
        case Sealing(session):
            return _abandoned(session)
        case Helping(interrupted) | Inactive(interrupted):
            step = _abandoned(interrupted.session)
            return BallotStep(step.state, (CallOfficer(False), *step.effects))
        case Recorded() | NotRecorded():
            # If it was known to be out, the reader only says so now.
            return BallotStep(state) if state.card_out else _free(CallOfficer(False))
        case Recording():
            # The vote was given; its outcome will be shown, and the spent list, not the card, decides.
            return BallotStep(replace(state, card_out=True))
        case Spoiling(session):
            return _abandoned(session)
        case Closed() | Idle() | Abandoned() | OutOfService():
            return BallotStep(state)
        case _:
            assert_never(state)


def _abandoned(session: Session) -> BallotStep:
    return BallotStep(
        Abandoned(session.presentation, 0.0), (ForgetBallot(), WriteAudit(AuditEvent.ABANDONED))
    )


def _free(*effects: BallotEffect) -> BallotStep:
    return BallotStep(Idle(), (*effects, CheckReadiness()))


def _broken(state: BallotState, incident: str) -> BallotStep:
    match state:
        case Recording() | Recorded() | NotRecorded():
            # What happened to the vote has to be said first; the fault is still there afterwards.
            return BallotStep(state)
        case OutOfService():
            # Said already; saying it again and again would be all the device does.
            return BallotStep(OutOfService(incident))
        case _:
            return BallotStep(
                OutOfService(incident),
                (ForgetBallot(), WriteAudit(AuditEvent.OUT_OF_SERVICE, incident)),
            )


def _polls_changed(state: BallotState, closed: ClosedReason | None) -> BallotStep:
    """The polls open or close under a voter only when nobody is voting: people queued still vote."""
    match state:
        case CheckingCard() if closed is not None:
            # The card came between "free" and the answer to `CheckReadiness`.
            return BallotStep(Closed(closed))
        case Closed() | Idle():
            if closed is not None:
                return BallotStep(Closed(closed))
            return BallotStep(state) if isinstance(state, Idle) else BallotStep(Idle())
        case _:
            return BallotStep(state)

"""Random walks through the ballot terminal's flow: what holds whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from election.authorization import AuthorizationRefusal
from election.definition import Rules, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow
from kiosk.flows.common import (
    CheckReadiness,
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    PollsChanged,
    Tick,
    WriteAudit,
)
from tests.kiosk.flows.samples import (
    CONTESTS,
    EXPERTS,
    LIST,
    OTHER_LIST,
    PERSONS,
    UNKNOWN,
    WALKS,
    authorization,
    inside,
    pick,
)

FLOW = BallotFlow(Rules(inactivity_ms=100_000, inactivity_alert_ms=30_000))
TRACKING, OPENING, INCIDENT = "TRACKINGCODE", "OPENINGTEXT", "CARD-READER"
BUSY = (
    at.Preferences,
    at.Marking,
    at.Review,
    at.Sealing,
    at.CastOrChallenge,
    at.Recording,
    at.Spoiling,
    at.Challenged,
    at.Helping,
    at.Inactive,
)
"""States with a voter's marks."""
DETAILS = {
    "",
    INCIDENT,
    *(problem.value for problem in (*AuthorizationRefusal, *at.CardProblem, *at.RecordingProblem)),
}

TOUCHES: tuple[on.BallotEvent, ...] = (
    *(on.Toggled(code) for code in (*PERSONS[:5], *EXPERTS[:2], LIST, OTHER_LIST, UNKNOWN)),
    on.ListReplacesAnswered(True),
    on.ListReplacesAnswered(False),
    *(on.OverAnswered(out) for out in (None, PERSONS[0], PERSONS[2], LIST, UNKNOWN)),
    on.OnlyAnswered(True),
    on.OnlyAnswered(False),
    on.Cleared(),
    on.Next(),
    on.Next(),
    on.Next(),
    on.Back(),
    on.BlankAnswered(True),
    on.BlankAnswered(False),
    on.Skipped(),
)
ANY: tuple[on.BallotEvent, ...] = (
    *TOUCHES,
    Tick(0.0),
    Tick(10.0),
    Tick(500.0),
    Tick(1000.0),
    PollsChanged(None),
    PollsChanged(ClosedReason.PAUSED),
    PollsChanged(ClosedReason.CLOSED),
    on.CardInserted(),
    on.CardRemoved(),
    on.CardRefused(AuthorizationRefusal.SPENT),
    on.CardRefused(at.CardProblem.PULLED),
    on.CardAccepted(authorization(), CONTESTS),
    on.CardAccepted(authorization(b"m" * 16), CONTESTS[:1]),
    on.PresentationChosen(at.Presentation(theme=at.Theme.LOW_CONTRAST)),
    on.Begin(),
    on.ChangeContest(0),
    on.ChangeContest(7),
    on.ChangeContest(-1),
    on.ReviewAccepted(),
    on.BallotSealed(TRACKING),
    on.CastChosen(),
    on.ChallengeChosen(),
    on.VoteRecorded(),
    on.VoteRecorded(card_out=True),
    on.VoteRecorded(card_busy=True),
    on.CardDone(),
    on.CardDone(card_out=True),
    on.VoteNotRecorded(at.RecordingProblem.IN_DOUBT),
    on.BallotSpoiled(OPENING),
    on.HelpAsked(),
    on.StillHere(),
    on.EndedWithoutVote(),
    DeviceFault(INCIDENT),
    DeviceRecovered(),
)


def fitting(state: at.BallotState) -> tuple[on.BallotEvent, ...]:
    match state:
        case at.Closed():
            return (PollsChanged(None),)
        case at.Idle():
            return (on.CardInserted(),)
        case at.CheckingCard():
            return (on.CardAccepted(authorization(), CONTESTS),)
        case at.Preferences():
            return (on.Begin(), on.Begin(), Tick(10.0), Tick(500.0))
        case at.Marking():
            return TOUCHES
        case at.Review():
            return (on.ReviewAccepted(), on.ReviewAccepted(), on.ChangeContest(1))
        case at.Sealing():
            return (on.BallotSealed(TRACKING),)
        case at.CastOrChallenge():
            return (on.CastChosen(), on.CastChosen(), on.ChallengeChosen(), on.Back())
        case at.Recording():
            unstored = on.VoteNotRecorded(at.RecordingProblem.MEDIUM_FULL)
            busy = on.VoteRecorded(card_busy=True)
            return (on.VoteRecorded(), busy, on.CardRemoved(), unstored)
        case at.Recorded(card_busy=True):
            return (on.CardDone(), on.CardRemoved(), Tick(500.0))
        case at.Spoiling():
            return (on.BallotSpoiled(OPENING),)
        case at.Challenged():
            return (on.Begin(),)
        case at.Helping() | at.Inactive():
            return (on.StillHere(), on.StillHere(), on.StillHere(), on.EndedWithoutVote())
        case at.OutOfService():
            return (DeviceRecovered(),)
        case _:
            return (on.CardRemoved(), Tick(10.0), Tick(500.0))


def check_marks(state: at.BallotState) -> None:
    for session in inside(state, at.Session):
        for contest, marks in zip(session.contests, session.marks, strict=True):
            assert marks.contest == contest.id
            assert len(set(marks.persons)) == len(marks.persons) <= contest.max_selections
            known: set[SelectionCode] = {candidate.code for candidate in contest.candidates}
            assert set(marks.persons) <= known
            assert marks.list_code is None or contest.list_of(marks.list_code)
            kinds = (bool(marks.persons), marks.list_code is not None, marks.blank, marks.skipped)
            assert sum(kinds) <= 1


def check_step(
    before: at.BallotState,
    event: on.BallotEvent,
    after: at.BallotState,
    effects: tuple[on.BallotEffect, ...],
) -> None:
    check_marks(after)
    if isinstance(after, BUSY):
        assert list(inside(after, at.Session))
    else:
        assert not list(inside(after, Marks))
        assert not list(inside(after, at.Session))
    if isinstance(before, BUSY) and not isinstance(after, BUSY):
        assert on.ForgetBallot() in effects
    if isinstance(before, BUSY) and isinstance(event, Tick):
        assert [s.marks for s in inside(after, at.Session)] == [
            s.marks for s in inside(before, at.Session)
        ]
    for effect in effects:
        match effect:
            case on.RecordVote(spent):
                assert isinstance(before, at.CastOrChallenge)
                assert event == on.CastChosen()
                assert spent == before.session.authorization
            case on.RecordSpoiled():
                assert isinstance(before, at.CastOrChallenge)
                assert event == on.ChallengeChosen()
            case on.SealBallot(contests, marks):
                assert isinstance(before, at.Review)
                assert all(mark.settled for mark in marks)
                assert (contests, marks) == (before.session.contests, before.session.marks)
            case WriteAudit(_, detail):
                assert detail in DETAILS
            case _:
                pass
    check_outcome(before, event, after)
    check_exchange(before, event, after)
    if isinstance(after, at.Idle) and not isinstance(before, at.Idle | at.Closed):
        assert CheckReadiness() in effects


GIVEN = (
    on.Toggled,
    on.Cleared,
    on.OverAnswered,
    on.OnlyAnswered,
    on.ListReplacesAnswered,
    on.BallotSpoiled,
)
"""Acts that may take something away: each of them says so."""


def check_exchange(before: at.BallotState, event: on.BallotEvent, after: at.BallotState) -> None:
    """Nothing that is chosen leaves unless the voter touched it, or was asked and said so."""
    for old, new in zip(inside(before, Marks), inside(after, Marks), strict=False):
        if old.contest != new.contest:
            continue
        had = {*old.persons, *([old.list_code] if old.list_code else [])}
        has = {*new.persons, *([new.list_code] if new.list_code else [])}
        if gone := had - has:
            assert isinstance(event, GIVEN), event
            match event:
                case on.Toggled(code):
                    assert gone == {code}
                case on.OverAnswered(out):
                    assert gone == {out}
                case _:
                    pass
    if isinstance(event, on.Toggled) and isinstance(before, at.Marking) and before == after:
        # A touch that changes nothing has its question or its reason on the screen.
        assert before.session.notice or before.session.asked_list or before.session.asked_over


def check_outcome(before: at.BallotState, event: on.BallotEvent, after: at.BallotState) -> None:
    """The outcome of recording is always shown, and stands until the card is seen to be out."""
    match before, event:
        case at.Recording(), on.VoteRecorded():
            assert isinstance(after, at.Recorded)
        case at.Recorded(card_busy=True), _:
            assert isinstance(after, at.Recorded), "also if the card is pulled before its receipt"
            if isinstance(event, on.CardDone | on.CardRemoved):
                assert not after.card_busy
        case at.Recording(), on.VoteNotRecorded():
            assert isinstance(after, at.NotRecorded)
        case at.Recording(), _:
            assert isinstance(after, at.Recording)
        case at.Recorded() | at.NotRecorded(), _ if not isinstance(after, type(before)):
            left = isinstance(event, on.CardInserted) or (
                isinstance(before, at.Recorded) and isinstance(event, Tick)
            )
            assert left if before.card_out else isinstance(event, on.CardRemoved)
        case _:
            pass


@settings(max_examples=400, deadline=None)
@given(WALKS)
def test_whatever_happens(walk: list[int]) -> None:
    state: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    recorded = 0
    seals = 0
    lamp = False
    for number in walk:
        event = pick(number, fitting(state), ANY)
        step = FLOW.step(state, event)
        check_step(state, event, step.state, step.effects)
        if isinstance(event, on.CardAccepted) and isinstance(step.state, at.Preferences):
            recorded = seals = 0
        seals += sum(isinstance(effect, on.SealBallot) for effect in step.effects)
        recorded += sum(isinstance(effect, on.RecordVote) for effect in step.effects)
        assert recorded <= 1, "one authorization, one vote"
        assert recorded <= seals
        lamp = next((e.on for e in reversed(step.effects) if isinstance(e, on.CallOfficer)), lamp)
        check_lamp(step.state, lamp=lamp)
        state = step.state


def check_lamp(state: at.BallotState, *, lamp: bool) -> None:
    """The officer is called exactly while the screen says so: nothing rings for a voter who has gone."""
    match state:
        case at.Helping() | at.NotRecorded():
            assert lamp
        case at.Inactive(officer_called=called):
            assert lamp is called
        case at.Recorded(reminded=reminded) | at.Abandoned(reminded=reminded):
            assert lamp is reminded
        case at.OutOfService():
            pass
        case _:
            assert not lamp


@pytest.mark.slow
def test_every_event_in_every_state_of_many_walks() -> None:
    """All pairs of a state met on the way and an event are stepped through, and none raises."""
    seen: set[str] = set()
    edge: list[at.BallotState] = [at.Closed(ClosedReason.NO_PACKAGE)]
    pairs = 0
    while edge and pairs < 10_000:
        state = edge.pop(0)
        for event in ANY:
            step = FLOW.step(state, event)
            check_step(state, event, step.state, step.effects)
            pairs += 1
            if repr(step.state) not in seen:
                seen.add(repr(step.state))
                edge.append(step.state)
    assert pairs >= 10_000

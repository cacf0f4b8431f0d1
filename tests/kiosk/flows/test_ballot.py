"""The ballot terminal's flow, way by way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from election.audit_events import AuditEvent
from election.authorization import AuthorizationRefusal
from election.definition import ENGLISH, Rules, SelectionCode
from election.marks import MarkRefused, Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import REMINDER_S, BallotFlow
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
    CHOICE,
    CONTESTS,
    COUNCIL,
    EXPERTS,
    LIST,
    OTHER_LIST,
    PERSONS,
    UNKNOWN,
    authorization,
    inside,
    reaches,
)
from tests.kiosk.flows.test_ballot_walks import ANY

RULES = Rules(inactivity_ms=100_000, inactivity_alert_ms=30_000)
FLOW = BallotFlow(RULES)
LOOK = at.Presentation()
IN_ENGLISH = at.Presentation(ENGLISH, at.TextSize.LARGEST)
ACCEPTED = on.CardAccepted(authorization(), CONTESTS)
SPENT = on.CardRefused(AuthorizationRefusal.SPENT)
TRACKING, OPENING = "TRACKINGCODE", "OPENINGTEXT"
CAST = (
    on.Begin(),
    on.Toggled(PERSONS[0]),
    on.Next(),
    on.Toggled(EXPERTS[0]),
    on.Next(),
    on.ReviewAccepted(),
    on.BallotSealed(TRACKING),
    on.CastChosen(),
)


def play(state: at.BallotState, *events: on.BallotEvent, flow: BallotFlow = FLOW) -> at.BallotState:
    for event in events:
        state = flow.step(state, event).state
    return state


def effects(
    state: at.BallotState, *events: on.BallotEvent, flow: BallotFlow = FLOW
) -> list[on.BallotEffect]:
    found: list[on.BallotEffect] = []
    for event in events:
        step = flow.step(state, event)
        state = step.state
        found += step.effects
    return found


def begun(*events: on.BallotEvent) -> at.BallotState:
    return play(at.Idle(), on.CardInserted(), ACCEPTED, *events)


MARKED = begun(*CAST[:5])
CASTING = begun(*CAST[:7])
RECORDING = begun(*CAST)
SPOILING = play(CASTING, on.ChallengeChosen())

SESSIONS: dict[str, at.BallotState] = {
    "preferences": begun(),
    "marking": begun(on.Begin(), on.Toggled(PERSONS[0])),
    "asked": begun(on.Begin(), on.Toggled(PERSONS[0]), on.Toggled(LIST)),
    "blank?": begun(on.Begin(), on.Next()),
    "second": begun(*CAST[:3]),
    "review": MARKED,
    "change": play(MARKED, on.ChangeContest(0)),
    "sealing": begun(*CAST[:6]),
    "cast?": CASTING,
    "spoiling": SPOILING,
    "challenged": play(SPOILING, on.BallotSpoiled(OPENING)),
    "helping": play(MARKED, on.HelpAsked()),
    "inactive": play(MARKED, Tick(1.0), Tick(500.0)),
    "officer called": play(MARKED, Tick(1.0), Tick(500.0), Tick(999.0)),
}
"""A voter is in the booth, and nothing is cast."""

OTHERS: dict[str, at.BallotState] = {
    "closed": at.Closed(ClosedReason.NOT_OPENED),
    "idle": at.Idle(),
    "checking": at.CheckingCard(),
    "refused": at.Refused(AuthorizationRefusal.EXPIRED),
    "spent": at.Refused(AuthorizationRefusal.SPENT),
    "pulled": at.Refused(at.CardProblem.PULLED),
    "recording": RECORDING,
    "recording, card out": play(RECORDING, on.CardRemoved()),
    "recorded": play(RECORDING, on.VoteRecorded()),
    "recorded, card out": play(RECORDING, on.CardRemoved(), on.VoteRecorded()),
    "abandoned": play(MARKED, on.CardRemoved()),
    "not recorded": play(RECORDING, on.VoteNotRecorded(at.RecordingProblem.MEDIUM_FULL)),
    "not recorded, card out": play(
        RECORDING, on.CardRemoved(), on.VoteNotRecorded(at.RecordingProblem.MEDIUM_FULL)
    ),
    "out of service": at.OutOfService("CARD-READER"),
}
STATES = SESSIONS | OTHERS


def session_of(state: at.BallotState) -> at.Session:
    (session,) = inside(state, at.Session)
    return session


def marks_of(state: at.BallotState) -> tuple[Marks, ...]:
    return session_of(state).marks


# ---------------------------------------------------------------- the whole way


def test_from_card_to_recorded() -> None:
    state: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    marks = (Marks(COUNCIL.id, (PERSONS[0],)), Marks(CHOICE.id, (EXPERTS[0],)))
    way: list[tuple[on.BallotEvent, type[at.BallotState], tuple[on.BallotEffect, ...]]] = [
        (PollsChanged(ClosedReason.NOT_OPENED), at.Closed, ()),
        (PollsChanged(None), at.Idle, ()),
        (on.CardInserted(), at.CheckingCard, (on.CheckCard(),)),
        (ACCEPTED, at.Preferences, (WriteAudit(AuditEvent.AUTHORIZATION_ACCEPTED),)),
        (on.PresentationChosen(IN_ENGLISH), at.Preferences, ()),
        (on.Begin(), at.Marking, ()),
        (on.Toggled(PERSONS[0]), at.Marking, ()),
        (on.Next(), at.Marking, ()),
        (on.Toggled(EXPERTS[0]), at.Marking, ()),
        (on.Next(), at.Review, ()),
        (on.ReviewAccepted(), at.Sealing, (on.SealBallot(CONTESTS, marks),)),
        (on.BallotSealed(TRACKING), at.CastOrChallenge, ()),
        (on.CastChosen(), at.Recording, (on.RecordVote(authorization()),)),
        (on.VoteRecorded(), at.Recorded, (on.ForgetBallot(), WriteAudit(AuditEvent.VOTE_RECORDED))),
        (on.CardRemoved(), at.Idle, (on.CallOfficer(False), CheckReadiness())),
    ]
    for event, kind, done in way:
        step = FLOW.step(state, event)
        assert isinstance(step.state, kind), event
        assert step.effects == done
        state = step.state
    assert state == at.Idle()


def test_the_outcome_says_the_tracking_code_in_the_voters_language() -> None:
    state = play(begun(on.PresentationChosen(IN_ENGLISH)), *CAST, on.VoteRecorded())
    assert state == at.Recorded(TRACKING, IN_ENGLISH)


# ---------------------------------------------------------------- marking


@pytest.mark.parametrize(
    ("touches", "persons", "list_code", "notice", "asked", "over"),
    [
        ([PERSONS[0], PERSONS[1]], PERSONS[:2], None, None, None, None),
        ([PERSONS[0], PERSONS[0]], (), None, None, None, None),
        ([*PERSONS[:4]], PERSONS[:3], None, None, None, PERSONS[3]),
        ([*PERSONS[:4], PERSONS[0]], PERSONS[1:3], None, None, None, None),
        ([UNKNOWN], (), None, MarkRefused.UNKNOWN_CODE, None, None),
        ([LIST], (), LIST, None, None, None),
        ([LIST, PERSONS[0]], (), LIST, None, None, PERSONS[0]),
        ([LIST, OTHER_LIST], (), LIST, None, None, OTHER_LIST),
        ([PERSONS[0], LIST], PERSONS[:1], None, None, LIST, None),
        ([PERSONS[0], LIST, PERSONS[1]], PERSONS[:2], None, None, None, None),
    ],
)
def test_marking_rules(
    touches: list[SelectionCode],
    persons: tuple[SelectionCode, ...],
    list_code: SelectionCode | None,
    notice: MarkRefused | None,
    asked: SelectionCode | None,
    over: SelectionCode | None,
) -> None:
    state = begun(on.Begin(), *map(on.Toggled, touches))
    session = session_of(state)
    assert marks_of(state)[0] == Marks(COUNCIL.id, persons, list_code)
    assert (session.notice, session.asked_list, session.asked_over) == (notice, asked, over)


@pytest.mark.parametrize(
    ("yes", "after"),
    [
        (True, Marks(COUNCIL.id, list_code=LIST)),
        (False, Marks(COUNCIL.id, PERSONS[:1])),
    ],
)
def test_the_list_question(yes: bool, after: Marks) -> None:
    asked = SESSIONS["asked"]
    assert play(asked, on.Next()) == asked, "the question has to be answered first"
    state = play(asked, on.ListReplacesAnswered(yes))
    assert marks_of(state)[0] == after
    assert session_of(state).asked_list is None
    assert isinstance(play(state, on.Next()), at.Marking)


@pytest.mark.parametrize(
    ("touches", "out", "after"),
    [
        (PERSONS[:4], PERSONS[1], Marks(COUNCIL.id, (PERSONS[0], PERSONS[2], PERSONS[3]))),
        (PERSONS[:4], None, Marks(COUNCIL.id, PERSONS[:3])),
        ((LIST, PERSONS[0]), LIST, Marks(COUNCIL.id, PERSONS[:1])),
        ((LIST, PERSONS[0]), None, Marks(COUNCIL.id, list_code=LIST)),
        ((LIST, OTHER_LIST), LIST, Marks(COUNCIL.id, list_code=OTHER_LIST)),
        ((LIST, OTHER_LIST), None, Marks(COUNCIL.id, list_code=LIST)),
    ],
)
def test_one_too_many_is_asked_about(
    touches: tuple[SelectionCode, ...], out: SelectionCode | None, after: Marks
) -> None:
    asked = begun(on.Begin(), *map(on.Toggled, touches))
    assert play(asked, on.Next()) == asked, "the question has to be answered first"
    assert play(asked, on.OverAnswered(PERSONS[7])) == asked, "only what is chosen can leave"
    state = play(asked, on.OverAnswered(out))
    assert marks_of(state)[0] == after
    assert session_of(state).asked_over is None
    assert isinstance(play(state, on.Next()), at.Marking)


def test_yes_or_no_where_one_stands_alone() -> None:
    alone = replace(CHOICE, candidates=CHOICE.candidates[:1])
    opened = play(at.CheckingCard(), on.CardAccepted(authorization(), (alone, COUNCIL)), on.Begin())
    yes = play(opened, on.OnlyAnswered(True))
    assert marks_of(yes)[0] == Marks(CHOICE.id, EXPERTS[:1])
    no = play(yes, on.OnlyAnswered(False))
    assert marks_of(no)[0] == Marks(CHOICE.id, blank=True)
    on_to = play(no, on.Next())
    assert isinstance(on_to, at.Marking)
    assert on_to.index == 1, "no is an answer: nothing more is asked"
    assert play(on_to, on.OnlyAnswered(True)) == on_to, "several stand there"


def test_an_answer_without_a_question_does_nothing() -> None:
    state = SESSIONS["marking"]
    assert play(state, on.OverAnswered(PERSONS[0])) == state
    assert play(state, on.ListReplacesAnswered(True)) == state
    assert play(state, on.BlankAnswered(True)) == state


def test_blank_is_asked_for() -> None:
    asked = begun(on.Begin(), on.Next())
    assert isinstance(asked, at.Marking)
    assert asked.confirming_blank
    again = play(asked, on.BlankAnswered(False))
    assert isinstance(again, at.Marking)
    assert not again.confirming_blank
    assert not again.marks.settled
    second = play(asked, on.BlankAnswered(True))
    assert isinstance(second, at.Marking)
    assert second.index == 1
    assert marks_of(second)[0] == Marks(COUNCIL.id, blank=True)


def test_a_touch_withdraws_the_blank_question() -> None:
    state = begun(on.Begin(), on.Next(), on.Toggled(PERSONS[0]))
    assert isinstance(state, at.Marking)
    assert not state.confirming_blank


def test_only_an_empty_contest_is_skipped() -> None:
    state = begun(on.Begin(), on.Skipped())
    assert marks_of(state)[0] == Marks(COUNCIL.id, skipped=True)
    assert isinstance(state, at.Marking)
    assert state.index == 1
    marked = SESSIONS["marking"]
    assert play(marked, on.Skipped()) == marked


def test_clearing_takes_all_marks_of_this_contest_alone() -> None:
    state = play(SESSIONS["second"], on.Toggled(EXPERTS[1]), on.Cleared())
    assert marks_of(state) == (Marks(COUNCIL.id, PERSONS[:1]), Marks(CHOICE.id))


def test_back_and_forth_keeps_marks() -> None:
    state = play(SESSIONS["second"], on.Back(), on.Back(), on.Begin(), on.Next())
    assert isinstance(state, at.Marking)
    assert state.index == 1
    assert marks_of(state)[0] == Marks(COUNCIL.id, PERSONS[:1])


# ---------------------------------------------------------------- review


def test_from_the_review_to_a_contest_and_back() -> None:
    state = play(MARKED, on.ChangeContest(0))
    assert isinstance(state, at.Marking)
    assert (state.index, state.from_review) == (0, True)
    assert isinstance(play(state, on.Back()), at.Review)
    changed = play(state, on.Toggled(PERSONS[4]), on.Next())
    assert isinstance(changed, at.Review)
    assert marks_of(changed)[0].persons == (PERSONS[0], PERSONS[4])


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_contest_that_is_not_there(index: int) -> None:
    assert play(MARKED, on.ChangeContest(index)) == MARKED


def test_a_contest_emptied_from_the_review_must_be_settled_again() -> None:
    emptied = play(MARKED, on.ChangeContest(0), on.Cleared())
    assert play(emptied, on.Back()) == emptied
    asked = play(emptied, on.Next())
    assert isinstance(asked, at.Marking)
    assert asked.confirming_blank
    assert isinstance(play(asked, on.BlankAnswered(True)), at.Review)


def test_a_review_with_an_unsettled_contest_seals_nothing() -> None:
    session = session_of(MARKED)
    unsettled = at.Review(replace(session, marks=(session.marks[0], Marks(CHOICE.id))))
    assert FLOW.step(unsettled, on.ReviewAccepted()).effects == ()
    assert play(unsettled, on.ReviewAccepted()) == unsettled


# ---------------------------------------------------------------- cast or challenge


def test_back_from_casting_forgets_the_sealed_ballot() -> None:
    step = FLOW.step(CASTING, on.Back())
    assert isinstance(step.state, at.Review)
    assert step.effects == (on.ForgetBallot(),)


def test_a_challenged_ballot_is_opened_and_the_voter_goes_on() -> None:
    assert effects(CASTING, on.ChallengeChosen()) == [on.RecordSpoiled()]
    state = play(SPOILING, on.BallotSpoiled(OPENING))
    assert isinstance(state, at.Challenged)
    assert (state.tracking, state.opening, state.session.spoiled) == (TRACKING, OPENING, 1)
    assert on.ForgetBallot() in effects(SPOILING, on.BallotSpoiled(OPENING))
    # What was opened becomes public: the voter marks anew.
    assert marks_of(state) == (Marks(COUNCIL.id), Marks(CHOICE.id))
    again = play(state, *CAST[:6], on.BallotSealed("SECOND"), on.CastChosen(), on.VoteRecorded())
    assert again == at.Recorded("SECOND", LOOK)


def test_a_challenge_is_not_logged() -> None:
    """Its time would say who was in the booth when a ballot that is published was made."""
    for events in ((on.ChallengeChosen(),), (on.ChallengeChosen(), on.BallotSpoiled(OPENING))):
        assert not any(isinstance(effect, WriteAudit) for effect in effects(CASTING, *events))


def test_challenges_end() -> None:
    """Every one takes a slot of the medium."""
    state = CASTING
    for number in range(1, RULES.challenges_per_voter + 1):
        state = play(state, on.ChallengeChosen(), on.BallotSpoiled(OPENING))
        assert session_of(state).spoiled == number
        state = play(state, *CAST[:7])
    assert isinstance(state, at.CastOrChallenge)
    assert play(state, on.ChallengeChosen()) == state
    assert isinstance(play(state, on.CastChosen()), at.Recording)


def test_no_challenge_where_the_rules_have_none() -> None:
    flow = BallotFlow(replace(RULES, challenge_allowed=False))
    assert flow.step(CASTING, on.ChallengeChosen()).effects == ()
    assert play(CASTING, on.ChallengeChosen(), flow=flow) == CASTING


@pytest.mark.parametrize("problem", list(at.RecordingProblem))
@pytest.mark.parametrize("state", [RECORDING, SPOILING], ids=["recording", "spoiling"])
def test_what_is_not_recorded_is_said(state: at.BallotState, problem: at.RecordingProblem) -> None:
    step = FLOW.step(state, on.VoteNotRecorded(problem))
    assert step.state == at.NotRecorded(problem, LOOK)
    assert step.effects == (
        on.ForgetBallot(),
        on.CallOfficer(True),
        WriteAudit(AuditEvent.VOTE_NOT_RECORDED, problem.value),
    )
    assert play(step.state, on.CardRemoved()) == at.Idle()


# ---------------------------------------------------------------- cards that are no good


@pytest.mark.parametrize("reason", [*AuthorizationRefusal, *at.CardProblem])
def test_a_refused_card(reason: AuthorizationRefusal | at.CardProblem) -> None:
    step = FLOW.step(at.CheckingCard(), on.CardRefused(reason))
    assert step.state == at.Refused(reason)
    assert step.effects == (WriteAudit(AuditEvent.CARD_REFUSED, reason.value),)


def test_a_spent_card_opens_no_ballot() -> None:
    state = play(at.Idle(), on.CardInserted(), SPENT)
    for event in (*CAST, on.CardInserted(), ACCEPTED, on.StillHere()):
        assert play(state, event) == state
    assert play(state, on.CardRemoved()) == at.Idle()


def test_a_refusal_stands_until_the_card_is_out() -> None:
    refused = at.Refused(AuthorizationRefusal.EXPIRED)
    assert play(refused, Tick(1.0), Tick(1000.0)) == refused
    assert play(refused, on.CardRemoved()) == at.Idle()


def test_a_message_about_a_pulled_card_goes_by_itself() -> None:
    pulled = play(at.CheckingCard(), on.CardRemoved())
    assert pulled == at.Refused(at.CardProblem.PULLED)
    assert play(pulled, on.CardRemoved()) == pulled
    waiting = play(pulled, Tick(5.0), Tick(5.0 + REMINDER_S - 0.1))
    assert isinstance(waiting, at.Refused)
    assert play(waiting, Tick(5.0 + REMINDER_S)) == at.Idle()


@pytest.mark.parametrize(
    "name", ["pulled", "abandoned", "recorded, card out", "not recorded, card out"]
)
def test_the_next_card_is_looked_at_as_if_it_came_now(name: str) -> None:
    """The polls may have closed meanwhile: readiness is asked before a ballot is opened."""
    step = FLOW.step(STATES[name], on.CardInserted())
    assert step.state == at.Idle()
    assert step.effects == (on.CallOfficer(False), CheckReadiness())


# ---------------------------------------------------------------- the card is pulled


@pytest.mark.parametrize("name", SESSIONS)
def test_pulling_the_card_before_casting_forgets_everything(name: str) -> None:
    step = FLOW.step(SESSIONS[name], on.CardRemoved())
    assert step.state == at.Abandoned(LOOK)
    assert on.ForgetBallot() in step.effects
    assert WriteAudit(AuditEvent.ABANDONED) in step.effects
    assert not list(inside(step.state, Marks))
    late = (on.BallotSealed(TRACKING), on.BallotSpoiled(OPENING), on.VoteRecorded(), *CAST)
    assert play(step.state, *late) == step.state, "late results are dropped"
    assert play(step.state, Tick(1.0), Tick(1.0 + REMINDER_S)) == at.Idle()


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("closed", at.Closed(ClosedReason.NOT_OPENED)),
        ("idle", at.Idle()),
        ("checking", at.Refused(at.CardProblem.PULLED)),
        ("refused", at.Idle()),
        ("spent", at.Idle()),
        ("recorded", at.Idle()),
        ("not recorded", at.Idle()),
        ("not recorded, card out", STATES["not recorded, card out"]),
        ("recorded, card out", STATES["recorded, card out"]),
        ("abandoned", STATES["abandoned"]),
        ("out of service", at.OutOfService("CARD-READER")),
    ],
)
def test_pulling_the_card_elsewhere(name: str, after: at.BallotState) -> None:
    assert play(STATES[name], on.CardRemoved()) == after


@pytest.mark.parametrize(
    "events",
    [
        (on.CardRemoved(), on.VoteRecorded()),
        (on.VoteRecorded(card_out=True), on.CardRemoved()),
        (on.CardRemoved(), on.VoteRecorded(card_out=True)),
    ],
)
def test_a_card_pulled_while_recording_does_not_hide_the_outcome(
    events: tuple[on.BallotEvent, ...],
) -> None:
    state = play(RECORDING, *events)
    assert state == at.Recorded(TRACKING, LOOK, card_out=True)
    assert isinstance(play(state, Tick(1.0), Tick(REMINDER_S)), at.Recorded)
    assert play(state, Tick(1.0), Tick(1.0 + REMINDER_S)) == at.Idle()


def test_the_screen_does_not_wait_for_the_receipt() -> None:
    """The outcome is shown as soon as the media agree; the card is asked for when it is written."""
    step = FLOW.step(RECORDING, on.VoteRecorded(card_busy=True))
    assert step.state == at.Recorded(TRACKING, LOOK, card_busy=True)
    assert WriteAudit(AuditEvent.VOTE_RECORDED) in step.effects
    done = play(step.state, on.CardDone())
    assert done == at.Recorded(TRACKING, LOOK)
    assert play(done, on.CardDone(card_out=True)) == done, "a late word changes nothing"
    assert play(step.state, on.CardDone(card_out=True)) == replace(done, card_out=True)


def test_a_card_pulled_before_its_receipt_does_not_hide_the_outcome() -> None:
    busy = play(RECORDING, on.VoteRecorded(card_busy=True))
    pulled = play(busy, on.CardRemoved())
    assert pulled == at.Recorded(TRACKING, LOOK, card_out=True)
    assert play(pulled, on.CardDone()) == pulled
    already = play(RECORDING, on.CardRemoved(), on.VoteRecorded(card_busy=True))
    assert already == at.Recorded(TRACKING, LOOK, card_out=True), (
        "nobody waits for a card that is out"
    )


def test_a_forgotten_card_calls_the_officer() -> None:
    recorded = play(RECORDING, on.VoteRecorded(), Tick(3.0))
    step = FLOW.step(recorded, Tick(3.0 + REMINDER_S))
    assert step.effects == (on.CallOfficer(True),)
    assert FLOW.step(step.state, Tick(99.0)).effects == (), "once"
    assert on.CallOfficer(False) in effects(step.state, on.CardRemoved())


# ---------------------------------------------------------------- help, inactivity

WAITING = [n for n, s in SESSIONS.items() if isinstance(s, at.VoterState)]


@pytest.mark.parametrize("name", WAITING)
def test_help_hides_and_gives_back(name: str) -> None:
    state = SESSIONS[name]
    step = FLOW.step(state, on.HelpAsked())
    assert step.state == at.Helping(state)  # type: ignore[arg-type]
    assert on.CallOfficer(True) in step.effects
    assert play(step.state, on.Toggled(PERSONS[5]), Tick(9999.0)) == step.state
    back = FLOW.step(step.state, on.StillHere())
    assert back.state == state
    assert back.effects == (on.CallOfficer(False),)


@pytest.mark.parametrize("name", WAITING)
def test_two_ways_lead_out_of_help_and_what_is_kept_stays(name: str) -> None:
    """The voter goes on, or leaves without a vote; nothing else a screen can say does anything."""
    helping = play(SESSIONS[name], on.HelpAsked())
    ways = [event for event in ANY if FLOW.step(helping, event).state != helping]
    assert {type(event) for event in ways} == {
        on.StillHere,
        on.EndedWithoutVote,
        on.CardRemoved,
        DeviceFault,
    }
    ended = FLOW.step(helping, on.EndedWithoutVote())
    assert ended.state == at.Abandoned(LOOK, card_in=True)
    assert ended.effects == (
        on.CallOfficer(False),
        on.ForgetBallot(),
        WriteAudit(AuditEvent.ABANDONED),
    )
    assert play(ended.state, on.CardInserted()) == ended.state
    late = play(ended.state, Tick(1.0))
    reminded = FLOW.step(late, Tick(1.0 + REMINDER_S))
    assert reminded.effects == (on.CallOfficer(True),)
    free = FLOW.step(reminded.state, on.CardRemoved())
    assert free.state == at.Idle()
    assert on.CallOfficer(False) in free.effects


def test_before_the_officer_is_called_nobody_ends_a_vote() -> None:
    asked = at.Inactive(SESSIONS["marking"], 1.0)  # type: ignore[arg-type]
    assert play(asked, on.EndedWithoutVote()) == asked
    assert isinstance(
        play(replace(asked, officer_called=True), on.EndedWithoutVote()), at.Abandoned
    )
    for name in WAITING:
        assert play(SESSIONS[name], on.EndedWithoutVote()) == SESSIONS[name]


@pytest.mark.parametrize("name", WAITING)
def test_inactivity_asks_then_calls(name: str) -> None:
    state = play(SESSIONS[name], Tick(10.0))
    assert session_of(state).active_at == 10.0
    assert play(state, Tick(10.0 + RULES.inactivity_s - 1)) == state
    alert = play(state, Tick(10.0 + RULES.inactivity_s))
    assert alert == at.Inactive(state, 10.0 + RULES.inactivity_s)  # type: ignore[arg-type]
    called = FLOW.step(alert, Tick(10.0 + RULES.inactivity_s + RULES.inactivity_alert_s))
    assert called.effects == (on.CallOfficer(True), WriteAudit(AuditEvent.VOTER_INACTIVE))
    assert FLOW.step(called.state, Tick(9999.0)).effects == (), "once"
    back = play(called.state, on.StillHere())
    assert back == SESSIONS[name]


def test_every_touch_starts_the_clock_anew() -> None:
    state = play(SESSIONS["marking"], Tick(10.0), on.Toggled(PERSONS[3]), Tick(100.0))
    assert session_of(state).active_at == 100.0


@pytest.mark.parametrize("name", WAITING)
def test_the_presentation_changes_nothing_else(name: str) -> None:
    state = play(SESSIONS[name], on.PresentationChosen(IN_ENGLISH))
    assert session_of(state) == replace(session_of(SESSIONS[name]), presentation=IN_ENGLISH)
    assert type(state) is type(SESSIONS[name])


def test_the_presentation_before_a_voter_comes_is_not_kept_for_the_next() -> None:
    chosen = play(at.Idle(), on.PresentationChosen(IN_ENGLISH))
    assert chosen == at.Idle(IN_ENGLISH)
    assert session_of(play(chosen, on.CardInserted(), ACCEPTED)).presentation == LOOK


# ---------------------------------------------------------------- faults, and the polls


@pytest.mark.parametrize("name", STATES)
def test_a_fault_puts_out_of_service_except_while_an_outcome_is_due(name: str) -> None:
    step = FLOW.step(STATES[name], DeviceFault("MEDIA"))
    if isinstance(STATES[name], at.Recording | at.Recorded | at.NotRecorded):
        assert step.state == STATES[name]
        assert step.effects == ()
    elif isinstance(STATES[name], at.OutOfService):
        assert step.state == at.OutOfService("MEDIA")
        assert step.effects == (), "it is logged once"
    else:
        assert step.state == at.OutOfService("MEDIA")
        assert step.effects == (on.ForgetBallot(), WriteAudit(AuditEvent.OUT_OF_SERVICE, "MEDIA"))


def test_the_fault_is_told_again_after_the_outcome() -> None:
    state = play(RECORDING, DeviceFault("MEDIA"), on.VoteRecorded())
    assert CheckReadiness() in effects(state, on.CardRemoved())


@pytest.mark.parametrize("name", STATES)
def test_mending(name: str) -> None:
    step = FLOW.step(STATES[name], DeviceRecovered())
    if name == "out of service":
        assert step.state == at.Idle()
        assert step.effects == (
            on.CallOfficer(False),
            WriteAudit(AuditEvent.MENDED, "CARD-READER"),
            CheckReadiness(),
        )
    else:
        assert step == type(step)(STATES[name])


@pytest.mark.parametrize("closed", [None, *ClosedReason])
@pytest.mark.parametrize("name", STATES)
def test_the_polls_change(name: str, closed: ClosedReason | None) -> None:
    """Whoever is voting is not disturbed; whoever has not begun is not let in."""
    state = STATES[name]
    after = play(state, PollsChanged(closed))
    match state:
        case at.Idle() | at.Closed():
            assert after == (at.Idle() if closed is None else at.Closed(closed))
        case at.CheckingCard():
            assert after == (state if closed is None else at.Closed(closed))
        case _:
            assert after == state


def test_what_changed_meanwhile_is_asked_for_whenever_the_terminal_is_free() -> None:
    ways: list[tuple[str, tuple[on.BallotEvent, ...]]] = [
        ("refused", (on.CardRemoved(),)),
        ("recorded", (on.CardRemoved(),)),
        ("not recorded", (on.CardRemoved(),)),
        ("pulled", (Tick(1.0), Tick(99.0))),
        ("abandoned", (Tick(1.0), Tick(99.0))),
        ("recorded, card out", (Tick(1.0), Tick(99.0))),
        ("out of service", (DeviceRecovered(),)),
    ]
    for name, events in ways:
        assert play(STATES[name], *events) == at.Idle()
        assert CheckReadiness() in effects(STATES[name], *events), name


FORWARD: tuple[on.BallotEvent, ...] = (
    Tick(1.0),
    Tick(1000.0),
    DeviceRecovered(),
    PollsChanged(None),
    on.CardInserted(),
    on.CardRemoved(),
    on.VoteRecorded(),
    on.VoteNotRecorded(at.RecordingProblem.MEDIUM_LOST),
)


@pytest.mark.parametrize("name", STATES)
def test_every_state_leads_back_to_idle(name: str) -> None:
    def free(state: at.BallotState) -> bool:
        return isinstance(state, at.Idle)

    assert reaches(STATES[name], lambda s, e: FLOW.step(s, e).state, FORWARD, free, 4)

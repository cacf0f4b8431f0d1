"""The paper record's part of the ballot terminal's flow: nothing is cast that was not confirmed on paper."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from election.definition import ENGLISH, Rules
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow
from kiosk.flows.ballot.paper import hangs
from kiosk.flows.common import ClosedReason, DeviceFault, Tick
from kiosk.station.sound import Tone
from tests.kiosk.flows.samples import CONTESTS, EXPERTS, PERSONS, WALKS, authorization, pick
from tests.kiosk.flows.test_ballot_walks import ANY, INCIDENT, TRACKING, check_marks
from tests.kiosk.flows.test_ballot_walks import fitting as fitting_without
from ui.ballot.heard import heard, tone, where
from words.languages import for_voters

RULES = Rules(inactivity_ms=100_000, inactivity_alert_ms=30_000, paper_record=True)
FLOW = BallotFlow(RULES, reads_paper=True, slips=True)
CHOSEN = (PERSONS[2], PERSONS[0])
Way = tuple[on.BallotEvent, ...]
READ = (Marks(CONTESTS[0].id, tuple(sorted(CHOSEN))), Marks(CONTESTS[1].id, (EXPERTS[0],)))
OTHER = (Marks(CONTESTS[0].id, (PERSONS[1],)), READ[1])
BEGUN: Way = (on.CardInserted(), on.CardAccepted(authorization(), CONTESTS), on.Begin())
MARKED: Way = (
    *BEGUN,
    *map(on.Toggled, CHOSEN),
    on.Next(),
    on.Toggled(EXPERTS[0]),
    on.Next(),
    on.ReviewAccepted(),
)
SEALED: Way = (*MARKED, on.BallotSealed(TRACKING))
PRINTED: Way = (*SEALED, on.PaperPrinted())
CONFIRMED: Way = (*PRINTED, on.PaperConfirmed())
PAPER = (
    on.PaperPrinted(),
    on.PaperNotPrinted(),
    on.PaperRead(READ),
    on.PaperRead(OTHER),
    on.PaperRead(None),
    on.PaperUnread(),
    on.PaperConfirmed(),
    on.PaperRefused(),
    on.PrintAgain(),
    on.PaperUnmarked(),
    on.SlipPrinted(TRACKING),
    on.SlipPrinted("OTHER"),
)
ENDS = (on.KeepPaper, on.VoidPaper, on.LeavePaper)


def play(*events: on.BallotEvent) -> tuple[list[at.BallotState], list[on.BallotEffect]]:
    states: list[at.BallotState] = [at.Idle()]
    effects: list[on.BallotEffect] = []
    for event in events:
        step = FLOW.step(states[-1], event)
        states.append(step.state)
        effects += step.effects
    return states, effects


def after(*events: on.BallotEvent) -> at.BallotState:
    return play(*events)[0][-1]


def fitting(state: at.BallotState) -> tuple[on.BallotEvent, ...]:
    match state:
        case at.Printing():
            return (on.PaperPrinted(), on.PaperPrinted(), on.PaperNotPrinted(), on.CardRemoved())
        case at.Comparing():
            return (on.PaperConfirmed(), on.PaperConfirmed(), on.PaperRefused(), *PAPER[2:6])
        case at.PaperVoid():
            return (on.PrintAgain(), on.Begin(), on.Back(), on.PaperUnmarked())
        case at.ProvisionalNotice():
            return (on.Begin(), on.Back())
        case _:
            return fitting_without(state)


@settings(max_examples=300, deadline=None)
@given(WALKS)
def test_whatever_happens_every_paper_is_ended_once_and_only_a_confirmed_one_is_cast(
    walk: list[int],
) -> None:
    state: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    confirmed = False
    for number in walk:
        event = pick(number, fitting(state), (*ANY, *PAPER))
        step = FLOW.step(state, event)
        before, state = state, step.state
        check_marks(state)
        ended = [each for each in step.effects if isinstance(each, ENDS)]
        begun = [each for each in step.effects if isinstance(each, on.PrintPaper)]
        assert len(begun) == (hangs(state) and not hangs(before))
        assert len(ended) == (hangs(before) and not hangs(state))
        if begun:
            confirmed = False
            assert isinstance(state, at.Printing)
            assert begun[0].marks == state.session.marks
        if isinstance(event, on.PaperConfirmed) and isinstance(before, at.Comparing):
            confirmed = True
        for effect in step.effects:
            match effect:
                case on.RecordVote():
                    assert confirmed, "cast without a paper that the voter confirmed"
                    assert hangs(state)
                case on.KeepPaper():
                    assert isinstance(state, at.Recorded)
                case on.LeavePaper():
                    assert (
                        state
                        == at.NotRecorded(
                            at.RecordingProblem.IN_DOUBT, state.presentation, state.card_out
                        )
                        if isinstance(state, at.NotRecorded)
                        else False
                    )
                case _:
                    pass
        if isinstance(before, at.PaperVoid) and before.tracking and isinstance(state, at.Printing):
            assert on.ForgetBallot() not in step.effects, "the sealed ballot waits"
            assert state.tracking == before.tracking


def test_a_confirmed_paper_is_kept_when_its_vote_is_recorded() -> None:
    states, effects = play(*CONFIRMED, on.CastChosen(), on.VoteRecorded())
    assert [type(each) for each in effects if isinstance(each, ENDS)] == [on.KeepPaper]
    assert effects.index(on.KeepPaper()) > effects.index(on.RecordVote(authorization()))
    assert isinstance(states[-1], at.Recorded)


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ((*PRINTED, on.PaperRefused()), at.PaperProblem.REFUSED),
        ((*SEALED, on.PaperNotPrinted()), at.PaperProblem.PRINTER),
        ((*PRINTED, on.PaperRead(OTHER)), at.PaperProblem.DIFFERS),
        ((*PRINTED, on.PaperRead(None)), at.PaperProblem.DIFFERS),
        ((*PRINTED, on.CardRemoved()), at.PaperProblem.LEFT),
        ((*SEALED, on.CardRemoved()), at.PaperProblem.LEFT),
        ((*CONFIRMED, on.CardRemoved()), at.PaperProblem.LEFT),
        ((*PRINTED, on.HelpAsked(), on.CardRemoved()), at.PaperProblem.LEFT),
        ((*CONFIRMED, on.Back()), at.PaperProblem.CHANGED),
        ((*CONFIRMED, on.ChallengeChosen()), at.PaperProblem.CHALLENGED),
        ((*PRINTED, DeviceFault(INCIDENT)), at.PaperProblem.FAULT),
        ((*SEALED, DeviceFault(INCIDENT)), at.PaperProblem.FAULT),
        (
            (*CONFIRMED, on.CastChosen(), on.VoteNotRecorded(at.RecordingProblem.MEDIUM_FULL)),
            at.PaperProblem.NOT_RECORDED,
        ),
    ],
)
def test_every_other_way_voids_it(way: Way, problem: at.PaperProblem) -> None:
    _, effects = play(*way)
    assert [each for each in effects if isinstance(each, ENDS)] == [on.VoidPaper(problem)]


def test_a_vote_in_doubt_leaves_its_paper_without_a_word() -> None:
    doubt = on.VoteNotRecorded(at.RecordingProblem.IN_DOUBT)
    _, effects = play(*CONFIRMED, on.CastChosen(), doubt)
    assert [each for each in effects if isinstance(each, ENDS)] == [on.LeavePaper()]


def test_refused_the_voter_marks_again_and_the_ballot_is_forgotten() -> None:
    states, effects = play(*PRINTED, on.PaperRefused(), on.Begin())
    assert on.ForgetBallot() in effects
    marking = states[-1]
    assert isinstance(marking, at.Marking)
    assert marking.from_review
    assert marking.session.marks[1].persons == (EXPERTS[0],), "choices are kept"


def test_after_a_jam_the_same_sealed_ballot_is_printed_again() -> None:
    states, effects = play(*SEALED, on.PaperNotPrinted(), on.PrintAgain(), on.PaperPrinted())
    assert states[-1] == at.Comparing(states[-3].session, TRACKING, reads=True)  # type: ignore[union-attr]
    assert on.ForgetBallot() not in effects
    assert [each for each in effects if isinstance(each, on.CallOfficer)] == [
        on.CallOfficer(True),
        on.CallOfficer(False),
    ]


def test_what_is_heard_comes_from_the_paper_and_not_from_memory() -> None:
    comparing = after(*PRINTED)
    assert "being read" in str(where(comparing))
    assert "4711" not in str(where(comparing)), "nothing is said from memory as if it were read"
    read = FLOW.step(comparing, on.PaperRead(READ)).state
    said = str(heard(comparing, read))
    assert "was read" in said
    assert "4711" in said
    assert FLOW.step(read, on.PaperRead(READ)).state is read, "a scanner that reads on wakes nobody"
    unread = FLOW.step(comparing, on.PaperUnread()).state
    assert "ask for help" in str(heard(comparing, unread))
    by_eye = BallotFlow(RULES).step(after(*SEALED), on.PaperPrinted()).state
    assert "cannot read the paper aloud" in str(where(by_eye))


def test_every_step_has_a_sentence_in_every_language_and_a_void_paper_a_tone() -> None:
    ways: tuple[Way, ...] = (
        (*PRINTED, on.PaperRead(READ), on.PaperConfirmed()),
        (*PRINTED, on.PaperUnread(), on.PaperRefused(), on.PaperUnmarked()),
        (*SEALED, on.PaperNotPrinted(), on.PrintAgain()),
        (*PRINTED, on.PaperRead(None)),
    )
    for way in ways:
        for before, now in pairwise(play(*way)[0]):
            if type(before) is not type(now):
                assert heard(before, now) is not None
            for t in for_voters().speakers():
                text = t(where(now))
                assert text.strip()
                assert "{" not in text
            if isinstance(now, at.PaperVoid) and not isinstance(before, at.PaperVoid):
                assert tone(before, now) is Tone.REFUSED


@settings(max_examples=60, deadline=None)
@given(WALKS)
def test_language_size_and_sound_change_nothing_that_is_printed(walk: list[int]) -> None:
    blind = at.Presentation(
        ENGLISH, at.TextSize.LARGEST, at.Theme.WHITE_ON_BLACK, at.Hearing(dark=True, wpm=60)
    )
    plain: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    other = plain
    for number in walk:
        event = pick(number, fitting(plain), (*ANY, *PAPER))
        if isinstance(event, Tick | on.PresentationChosen):
            continue
        for chosen in (on.PresentationChosen(blind), on.Attended()):
            step = FLOW.step(other, chosen)
            assert step.effects == ()
            other = step.state
        one, two = FLOW.step(plain, event), FLOW.step(other, event)
        assert one.effects == two.effects
        plain, other = one.state, two.state


def test_the_slip_is_heard_with_the_whole_sentence() -> None:
    done = after(*CONFIRMED, on.CastChosen(), on.VoteRecorded())
    slip = FLOW.step(done, on.SlipPrinted(TRACKING)).state
    assert "slip" in str(heard(done, slip))
    assert "recorded" in str(heard(done, slip))
    assert FLOW.step(done, on.SlipPrinted("OTHER")).state is done, "another voter's slip"


def test_a_provisional_voter_is_told_before_marking() -> None:
    given_ = replace(authorization(), handle=b"h" * 16)
    told = after(on.CardInserted(), on.CardAccepted(given_, CONTESTS), on.Begin())
    assert isinstance(told, at.ProvisionalNotice)
    assert "two offices decide" in str(where(told))
    assert isinstance(FLOW.step(told, on.Begin()).state, at.Marking)
    assert isinstance(FLOW.step(told, on.Back()).state, at.Preferences)
    assert isinstance(after(*BEGUN), at.Marking), "nobody else is"

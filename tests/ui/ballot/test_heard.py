"""What a voter hears of every change: a sentence where something happened, and nothing else."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from election.definition import ENGLISH, PERSIAN
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason, Tick
from kiosk.station.sound import Tone
from tests.kiosk.flows.samples import CONTESTS, LIST, PERSONS, UNKNOWN, WALKS, authorization, pick
from tests.kiosk.flows.test_ballot_walks import ANY, FLOW, OPENING, fitting
from ui.ballot.heard import heard, tone, where
from words.languages import installed

TRACKING = base64.b64encode(bytes(range(32))).decode().rstrip("=")
SECRETS = ("uuid", "b1", "i1", "both", OPENING, "2026", "CARD-READER", b"n".hex() * 16)
"""What an authorization, an opening or a fault holds, and nobody is to hear."""


def real(event: on.BallotEvent) -> on.BallotEvent:
    return on.BallotSealed(TRACKING) if isinstance(event, on.BallotSealed) else event


def played(*events: on.BallotEvent) -> list[at.BallotState]:
    states: list[at.BallotState] = [at.Idle()]
    for event in events:
        states.append(FLOW.step(states[-1], event).state)
    return states


def told(*events: on.BallotEvent) -> str:
    """The sentence for the last of these events."""
    *_, before, after = played(
        on.CardInserted(), on.CardAccepted(authorization(), CONTESTS), *events
    )
    return str(heard(before, after))


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_every_pair_of_states_of_a_walk_has_its_sentence_in_every_language(walk: list[int]) -> None:
    state: at.BallotState = at.Closed(ClosedReason.NO_PACKAGE)
    for number in walk:
        event = real(pick(number, fitting(state), ANY))
        before, state = state, FLOW.step(state, event).state
        sentence = heard(before, state)
        tone(before, state)
        if before == state:
            assert sentence is None, "nothing happened"
        if type(before) is not type(state):
            assert sentence is not None, "another step of the way is always heard"
        if isinstance(event, Tick) and type(before) is type(state) and not called(state):
            assert sentence is None, "time alone says nothing"
        for message in (where(state), *([sentence] if sentence else [])):
            for t in installed().speakers():
                text = t(message)
                assert text.strip()
                assert "{" not in text
                assert not any(secret in text for secret in SECRETS)
                assert "\n" not in text


def called(state: at.BallotState) -> bool:
    return (isinstance(state, at.Inactive) and state.officer_called) or (
        isinstance(state, at.Recorded | at.Abandoned) and state.reminded
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (on.Toggled(PERSONS[0]), ["4711: chosen", "1 of 3"]),
        (on.Toggled(LIST), ["chosen", "2 members"]),
        (on.Next(), ["chosen nobody", "Is that what you want?"]),
        (on.HelpAsked(), ["officer has been called", "hidden"]),
        (on.Skipped(), ["Experts", "2 of 2", "Choose one candidate."]),
        (on.Back(), ["Your card is in"]),
        (on.PresentationChosen(at.Presentation(ENGLISH)), ["Council", "1 of 2"]),
        (
            on.PresentationChosen(at.Presentation(PERSIAN, at.TextSize.LARGE)),
            ["Text size: large"],
        ),
        (
            on.PresentationChosen(at.Presentation(hearing=at.Hearing(wpm=100))),
            ["100 words a minute"],
        ),
        (on.PresentationChosen(at.Presentation(hearing=at.Hearing(volume=7))), ["7 of 10"]),
        (on.PresentationChosen(at.Presentation(hearing=at.Hearing(dark=True))), ["dark"]),
    ],
)
def test_what_an_act_in_a_contest_says(event: on.BallotEvent, words: list[str]) -> None:
    sentence = told(on.Begin(), event)
    assert all(word in sentence for word in words), sentence


def test_a_refused_mark_says_why_and_what_to_do() -> None:
    four = [on.Toggled(code) for code in PERSONS[:4]]
    asked = told(on.Begin(), *four)
    assert "4714 would be one too many" in asked
    assert "All 3 are chosen already. Take one out, or keep all." in asked
    assert "taken away" in told(on.Begin(), *four, on.Toggled(PERSONS[0]))
    exchanged = told(on.Begin(), *four, on.OverAnswered(PERSONS[1]))
    assert all(word in exchanged for word in ("4712: taken away", "4714: chosen", "3 of 3"))
    assert told(on.Begin(), *four, on.OverAnswered(None)) == "3 of 3 chosen"
    assert "belongs to nobody" in told(on.Begin(), on.Toggled(UNKNOWN))
    listed = told(on.Begin(), on.Toggled(LIST), on.Toggled(PERSONS[0]))
    assert "instead of" in listed


def test_one_that_stands_alone_is_asked_about_by_ear() -> None:
    alone = replace(CONTESTS[1], candidates=CONTESTS[1].candidates[:1])
    contests = (alone, CONTESTS[0])
    *_, opened, yes, no = played(
        on.CardInserted(),
        on.CardAccepted(authorization(), contests),
        on.Begin(),
        on.OnlyAnswered(True),
        on.OnlyAnswered(False),
    )
    assert "5501 stands here. Yes or no?" in str(where(opened))
    assert "chosen" in str(heard(opened, yes))
    assert str(heard(yes, no)) == "A blank vote: nobody is chosen."
    assert "blank" in str(where(no))


def test_the_review_is_heard_whole_and_the_number_digit_by_digit() -> None:
    chosen = (on.Begin(), on.Toggled(PERSONS[0]), on.Next(), on.Skipped())
    review = told(*chosen)
    assert "4711" in review
    assert "You could choose 2 more" in review
    assert "You take no part" in review
    assert ".." not in review
    sealed = told(*chosen, on.ReviewAccepted(), on.BallotSealed(TRACKING))
    assert sealed.startswith("Your vote is not recorded yet")
    *_, number = sealed.split(": ")
    digits = number.replace(" and ", ", ").split(", ")
    assert [len(group.split()) for group in digits] == [5] * 6


def test_a_question_answered_with_no_leads_back_by_ear() -> None:
    assert told(on.Begin(), on.Next(), on.BlankAnswered(False)) == "0 of 3 chosen"


def test_the_longest_tone_is_for_a_recorded_vote_alone() -> None:
    states = played(
        on.CardInserted(),
        on.CardAccepted(authorization(), CONTESTS),
        on.Begin(),
        on.Toggled(PERSONS[0]),
        on.Next(),
        on.Skipped(),
        on.ReviewAccepted(),
        on.BallotSealed(TRACKING),
        on.CastChosen(),
        on.VoteRecorded(),
    )
    tones = [tone(before, after) for before, after in pairwise(states)]
    assert tones[0] is Tone.CARD_IN
    assert tones[-1] is Tone.RECORDED
    assert tones.count(Tone.RECORDED) == 1


def test_the_card_is_to_stay_until_its_receipt_is_written() -> None:
    recording = at.Recording(_session(), TRACKING)
    busy = FLOW.step(recording, on.VoteRecorded(card_busy=True)).state
    assert "Leave your card in for a moment." in str(heard(recording, busy))
    done = FLOW.step(busy, on.CardDone()).state
    assert str(heard(busy, done)) == "Take your card and hand it to the officer."
    pulled = FLOW.step(busy, on.CardRemoved()).state
    assert str(heard(busy, pulled)) == "Hand the card to the officer."


def _session() -> at.Session:
    accepted = played(on.CardInserted(), on.CardAccepted(authorization(), CONTESTS))[-1]
    assert isinstance(accepted, at.Preferences)
    return accepted.session


def test_what_is_heard_of_two_voters_differs_by_their_choices_alone() -> None:
    """The sentences of one choice are the same for another authorization."""
    one, other = (
        [
            str(heard(*pair))
            for pair in pairwise(
                played(
                    on.CardInserted(),
                    on.CardAccepted(authorization(nonce), CONTESTS),
                    on.Begin(),
                    on.Toggled(PERSONS[0]),
                )
            )
        ]
        for nonce in (b"n" * 16, b"m" * 16)
    )
    assert one == other


def test_hearing_is_reset_for_the_next_voter() -> None:
    loud = at.Presentation(hearing=at.Hearing(dark=True, wpm=250, volume=10))
    states = played(
        on.CardInserted(),
        on.CardAccepted(authorization(), CONTESTS),
        on.PresentationChosen(loud),
        on.CardRemoved(),
        Tick(0.0),
        Tick(500.0),
        on.CardInserted(),
        on.CardAccepted(authorization(b"m" * 16), CONTESTS),
    )
    last = states[-1]
    assert isinstance(last, at.Preferences)
    assert last.session.presentation == replace(loud, hearing=at.Hearing())

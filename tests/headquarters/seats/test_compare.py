"""Where readings differ, and who would gain or lose by them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from election.definition import PERSIAN
from headquarters.errors import AllocationError
from headquarters.seats.allocate import allocate
from headquarters.seats.compare import compare, seats_by_key
from headquarters.seats.model import INDEPENDENTS, SeatParameters
from headquarters.seats.readings import (
    QUESTIONS,
    Denominator,
    Independents,
    LawReading,
    Method,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Rounding,
)
from headquarters.seats.verdict import changes, only_with, verdict
from tests.headquarters.seats.elections import WORKED, contest_of, english, votes_of
from words.languages import installed

DEFAULT = SeatParameters(21, "seed")


def test_worked_check_under_every_reading() -> None:
    found = compare(votes_of(WORKED, ballots=1000), DEFAULT)
    changes = {
        alternative.reading: [(english(c.name), c.before, c.after) for c in alternative.changes]
        for alternative in found.alternatives
    }
    assert changes[RemainderSeats.LARGEST_SHARE] == [
        ("List of Hope", 9, 10),
        ("Coalition of Sympathy", 6, 7),
        ("Independents", 2, 1),
        ("Front of Building", 1, 0),
    ]
    others = {other.reading: dict(seats_by_key(other.allocation)) for other in found.others}
    assert others[Method.DHONDT] == {"A": 10, "B": 7, "C": 2, INDEPENDENTS: 2}
    assert others[QuotaRule.DROOP] == {"A": 10, "B": 6, "C": 2, "D": 1, INDEPENDENTS: 2}
    # With all 21 selections of all ballots used, ballots and candidate votes are one denominator.
    assert changes[Denominator.BALLOTS] == []


def test_who_would_gain_and_who_would_lose() -> None:
    votes = votes_of(WORKED)
    found = compare(votes, DEFAULT)
    for reading in (*found.alternatives, *found.others):
        elected = {m.code for g in reading.allocation.groups for m in g.elected}
        present = {m.code for g in found.given.groups for m in g.elected}
        assert {m.code for m in reading.gained} == elected - present
        assert {m.code for m in reading.lost} == present - elected
        assert len(reading.gained) == len(reading.lost)
        assert reading.differs == (elected != present)
        assert reading.allocation == allocate(votes, DEFAULT.with_answers(reading.reading))


def test_outcomes_are_every_combination_once() -> None:
    votes = votes_of(WORKED, ballots=1000)
    found = compare(votes, DEFAULT)
    rules = [reading for outcome in found.outcomes for reading in outcome.readings]
    # Down: 2 × 3 × 2 × 2 without over-sum; half up and half down: twice that, times 2 for it.
    assert len(rules) == len(set(rules)) == 24 + 2 * 48
    assert sum(outcome.given for outcome in found.outcomes) == 1
    for outcome in found.outcomes:
        for variant in outcome.readings[:3]:
            assert seats_by_key(allocate(votes, variant)) == outcome.seats


def test_what_cannot_be_computed_is_left_out() -> None:
    found = compare(votes_of(WORKED), DEFAULT)
    assert found.left_out == (Denominator.BALLOTS,)
    assert all(alternative.reading is not Denominator.BALLOTS for alternative in found.alternatives)
    assert sum(len(outcome.readings) for outcome in found.outcomes) == 60


def test_an_election_that_no_reading_changes() -> None:
    """Whole quotas, enough candidates, one independent group without votes."""
    found = compare(votes_of({"A": 1200, "B": 900}, ballots=100), DEFAULT)
    assert found.settled
    assert "Every reading" in str(verdict(found))
    assert "هر خوانشی" in installed().speaker(PERSIAN)(verdict(found))
    for alternative in found.alternatives:
        shown = changes(contest_of(votes_of({"A": 1})), alternative)
        assert [str(line) for line in shown] == (
            ["reserves only"] if isinstance(alternative.reading, Rounding) else ["nothing"]
        )


def test_verdict_names_the_questions() -> None:
    shown = str(verdict(compare(votes_of(WORKED), DEFAULT)))
    assert "Left-over seats" in shown
    assert "Independents" in shown
    assert "Rounding of the quota" not in shown


def test_only_with_names_what_a_result_needs() -> None:
    found = compare(votes_of(WORKED, ballots=1000), DEFAULT)
    by_share = next(
        outcome
        for outcome in found.outcomes
        if outcome.seats == {"A": 10, "B": 7, "C": 3, INDEPENDENTS: 1}
    )
    lines = [str(line) for line in only_with(by_share)]
    assert "Left-over seats: largest share" in lines
    assert "Rounding of the quota: down" in lines
    assert "Independents: one group" in lines


def test_only_with_joins_answers_by_or() -> None:
    found = compare(votes_of(WORKED, ballots=2000), DEFAULT)
    told = {str(line) for outcome in found.outcomes for line in only_with(outcome)}
    assert "Left-over seats: largest remainder or largest share" in told


@pytest.mark.parametrize(
    "given",
    [
        replace(DEFAULT, method=Method.DHONDT),
        replace(DEFAULT, independents=Independents.EACH),
        replace(DEFAULT, quota_rounding=QuotaRounding.HALF_UP),
        replace(DEFAULT, quota_rule=QuotaRule.IMPERIALI),
    ],
)
def test_comparing_begins_anywhere(given: SeatParameters) -> None:
    found = compare(votes_of(WORKED, ballots=1000), given)
    assert found.given.parameters == given
    readings = [
        (type(reading.reading), reading.reading) for reading in (*found.alternatives, *found.others)
    ]
    assert len(set(readings)) == len(readings)
    assert all(
        given.with_answers(alternative.reading).settled() != given.settled()
        for alternative in found.alternatives
    )


def test_every_question_is_a_parameter() -> None:
    assert set(QUESTIONS) == set(LawReading.__subclasses__())
    assert {question.field for question in QUESTIONS.values()} < set(SeatParameters.__slots__)
    for question in QUESTIONS:
        for reading in question:
            assert DEFAULT.with_answers(reading).answer(question) is reading


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(AllocationError):
        compare(votes_of({"A": 0}), DEFAULT)

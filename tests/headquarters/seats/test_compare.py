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
        each.reading: [(english(c.name), c.before, c.after) for c in each.changes]
        for each in found.alternatives
    }
    assert changes[RemainderSeats.LARGEST_SHARE] == [
        ("List of Hope", 9, 10),
        ("Coalition of Sympathy", 6, 7),
        ("Independents", 2, 1),
        ("Front of Building", 1, 0),
    ]
    others = {each.reading: dict(seats_by_key(each.allocation)) for each in found.others}
    assert others[Method.DHONDT] == {"A": 10, "B": 7, "C": 2, INDEPENDENTS: 2}
    assert others[QuotaRule.DROOP] == {"A": 10, "B": 6, "C": 2, "D": 1, INDEPENDENTS: 2}
    # With all 21 selections of all ballots used, ballots and candidate votes are one denominator.
    assert changes[Denominator.BALLOTS] == []


def test_who_would_gain_and_who_would_lose() -> None:
    votes = votes_of(WORKED)
    found = compare(votes, DEFAULT)
    for each in (*found.alternatives, *found.others):
        elected = {m.code for g in each.allocation.groups for m in g.elected}
        present = {m.code for g in found.given.groups for m in g.elected}
        assert {m.code for m in each.gained} == elected - present
        assert {m.code for m in each.lost} == present - elected
        assert len(each.gained) == len(each.lost)
        assert each.differs == (elected != present)
        assert each.allocation == allocate(votes, DEFAULT.with_answers(each.reading))


def test_outcomes_are_every_combination_once() -> None:
    votes = votes_of(WORKED, ballots=1000)
    found = compare(votes, DEFAULT)
    rules = [each for outcome in found.outcomes for each in outcome.readings]
    # Down: 2 × 3 × 2 × 2 without over-sum; half up and half down: twice that, times 2 for it.
    assert len(rules) == len(set(rules)) == 24 + 2 * 48
    assert sum(outcome.given for outcome in found.outcomes) == 1
    for outcome in found.outcomes:
        for each in outcome.readings[:3]:
            assert seats_by_key(allocate(votes, each)) == outcome.seats


def test_what_cannot_be_computed_is_left_out() -> None:
    found = compare(votes_of(WORKED), DEFAULT)
    assert found.left_out == (Denominator.BALLOTS,)
    assert all(each.reading is not Denominator.BALLOTS for each in found.alternatives)
    assert sum(len(each.readings) for each in found.outcomes) == 60


def test_an_election_that_no_reading_changes() -> None:
    """Whole quotas, enough candidates, one independent group without votes."""
    found = compare(votes_of({"A": 1200, "B": 900}, ballots=100), DEFAULT)
    assert found.settled
    assert "Every reading" in str(verdict(found))
    assert "هر خوانشی" in installed().speaker(PERSIAN)(verdict(found))
    for each in found.alternatives:
        said = changes(contest_of(votes_of({"A": 1})), each)
        assert [str(line) for line in said] == (
            ["reserves only"] if isinstance(each.reading, Rounding) else ["nothing"]
        )


def test_verdict_names_the_questions() -> None:
    said = str(verdict(compare(votes_of(WORKED), DEFAULT)))
    assert "Left-over seats" in said
    assert "Independents" in said
    assert "Rounding of the quota" not in said


def test_only_with_names_what_a_result_needs() -> None:
    found = compare(votes_of(WORKED, ballots=1000), DEFAULT)
    by_share = next(
        each for each in found.outcomes if each.seats == {"A": 10, "B": 7, "C": 3, INDEPENDENTS: 1}
    )
    said = [str(line) for line in only_with(by_share)]
    assert "Left-over seats: largest share" in said
    assert "Rounding of the quota: down" in said
    assert "Independents: one group" in said


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
    readings = [(type(each.reading), each.reading) for each in (*found.alternatives, *found.others)]
    assert len(set(readings)) == len(readings)
    assert all(
        given.with_answers(each.reading).settled() != given.settled() for each in found.alternatives
    )


def test_every_question_is_a_parameter() -> None:
    assert set(QUESTIONS) == set(LawReading.__subclasses__())
    assert {each.field for each in QUESTIONS.values()} < set(SeatParameters.__slots__)
    for question in QUESTIONS:
        for reading in question:
            assert DEFAULT.with_answers(reading).answer(question) is reading


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(AllocationError):
        compare(votes_of({"A": 0}), DEFAULT)

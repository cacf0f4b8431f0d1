"""The worked check of the law's description, and every reading by an example done by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from headquarters.seats.allocate import allocate
from headquarters.seats.allocate import seats_of_groups as seats_of_many
from headquarters.seats.model import INDEPENDENTS, SeatParameters, Votes
from headquarters.seats.readings import (
    QUESTIONS,
    Denominator,
    Independents,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Surplus,
)
from headquarters.seats.steps import AgainStep, FullStep, TakenBackStep, ThresholdStep, VacantStep
from tests.headquarters.seats.elections import WORKED, apportioned, group, seats_of, votes_of

DEFAULT = SeatParameters(21, "seed")


def seats_of_groups(votes: Votes, rules: SeatParameters) -> dict[str, int]:
    """As `allocate` gives them, and the quick way for many rules as well."""
    found = {group.key: group.seats for group in allocate(votes, rules).groups}
    assert seats_of_many(votes, [rules]) == [found]
    return found


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (DEFAULT, [9, 6, 3, 1, 2]),
        (replace(DEFAULT, remainder_seats=RemainderSeats.LARGEST_SHARE), [10, 7, 3, 0, 1]),
        (replace(DEFAULT, method=Method.DHONDT), [10, 7, 2, 0, 2]),
        (replace(DEFAULT, quota_rule=QuotaRule.DROOP), [10, 6, 2, 1, 2]),
        (replace(DEFAULT, quota_rounding=QuotaRounding.HALF_UP), [9, 6, 3, 1, 2]),
    ],
)
def test_worked_check(parameters: SeatParameters, expected: list[int]) -> None:
    result = allocate(votes_of(WORKED), parameters)
    assert [seats_of(result, key) for key in WORKED] == expected
    quotas = {group.key: group.quota for group in result.groups}
    assert [quotas[key] for key in WORKED] == [Fraction(n, 10) for n in (94, 63, 26, 8, 19)]


def by(totals: list[int], seats: int, **readings: object) -> list[int]:
    return apportioned(totals, replace(SeatParameters(seats, "s"), **readings))[0]  # type: ignore[arg-type]


def test_rounding_of_an_exact_half() -> None:
    """Quotas 1.5, 0.5, 2: nearest gives 2 + 1 + 2 with halves up, 1 + 0 + 2 with halves down."""
    totals = [150, 50, 200]
    up, steps = apportioned(
        totals,
        SeatParameters(
            4,
            "s",
            quota_rounding=QuotaRounding.HALF_UP,
            overallocation=Overallocation.SMALLEST_SHARE,
        ),
    )
    assert up == [2, 0, 2]
    assert [s.value for s in steps if isinstance(s, TakenBackStep)] == [Fraction(1, 8)]
    down = by(
        totals,
        4,
        quota_rounding=QuotaRounding.HALF_DOWN,
        remainder_seats=RemainderSeats.LARGEST_SHARE,
    )
    assert down == [1, 0, 3]


def test_over_sum_takes_the_weakest_seat_back() -> None:
    """Quotas 1.6, 1.6, 1.8 of 5 are rounded to 6: one of the 1.6 gives back, by lot."""
    given, steps = apportioned(
        [160, 160, 180], SeatParameters(5, "s", quota_rounding=QuotaRounding.HALF_UP)
    )
    assert sorted(given) == [1, 2, 2]
    assert given[2] == 2
    taken = [step for step in steps if isinstance(step, TakenBackStep)]
    assert [step.value for step in taken] == [Fraction(6, 10)]


def test_over_sum_by_share_and_by_remainder_differ() -> None:
    """Quotas 4.5, 2.8, 0.7 of 8 make 9: the remainder takes from the first, the share from the last."""
    rounded = {"quota_rounding": QuotaRounding.HALF_UP}
    assert by([450, 280, 70], 8, **rounded) == [4, 3, 1]
    assert by([450, 280, 70], 8, overallocation=Overallocation.SMALLEST_SHARE, **rounded) == [
        5,
        3,
        0,
    ]


def test_left_overs_by_highest_average() -> None:
    """Whole parts 9, 6, 2, 0, 1; then 9400/10, 6300/7, 2600/3 are the most votes a seat."""
    totals = list(WORKED.values())
    assert by(totals, 21, remainder_seats=RemainderSeats.HIGHEST_AVERAGE) == [10, 7, 2, 0, 2]


def test_largest_share_goes_round_after_round() -> None:
    """Ballots as denominator leave many seats: everybody gets one in each round."""
    votes = votes_of(WORKED, ballots=2000)
    parameters = replace(
        DEFAULT, denominator=Denominator.BALLOTS, remainder_seats=RemainderSeats.LARGEST_SHARE
    )
    assert seats_of_groups(votes, parameters) == {"A": 7, "B": 6, "C": 4, "D": 2, INDEPENDENTS: 2}


def test_surplus_of_a_short_list() -> None:
    """A is due 6 of 10 and has 2 candidates: B (3) and C (1) get the four others."""
    votes = Votes(
        (group("A", 1, [400, 200]), group("B", 100, [60] * 5), group("C", 200, [20] * 5)), None, 10
    )
    left_overs = allocate(votes, SeatParameters(10, "s"))
    assert [seats_of(left_overs, key) for key in "ABC"] == [2, 5, 3]
    again = allocate(votes, SeatParameters(10, "s", surplus=Surplus.SHARE_AGAIN))
    assert [seats_of(again, key) for key in "ABC"] == [2, 5, 3]
    assert [s.seats for s in again.steps if isinstance(s, AgainStep)] == [8, 3]
    assert [s.due for s in again.steps if isinstance(s, FullStep)] == [6, 6]


def test_surplus_readings_differ() -> None:
    """Seven left-over seats go to B and C in turns; shared again, nine go by their votes, 3 to 1."""
    votes = Votes(
        (group("A", 1, [600]), group("B", 100, [33] * 9), group("C", 200, [11] * 9)), None, 10
    )
    left_overs = seats_of_groups(votes, SeatParameters(10, "s"))
    again = seats_of_groups(votes, SeatParameters(10, "s", surplus=Surplus.SHARE_AGAIN))
    assert left_overs == {"A": 1, "B": 5, "C": 4}
    assert again == {"A": 1, "B": 7, "C": 2}


def test_independents_each_alone() -> None:
    votes = Votes((group("A", 1, [50] * 6), group(INDEPENDENTS, 100, [290, 10, 0])), None, 6)
    pool = allocate(votes, SeatParameters(6, "s"))
    assert seats_of(pool, INDEPENDENTS) == 3
    each = allocate(votes, SeatParameters(6, "s", independents=Independents.EACH))
    # Quotas A 3, 2.9 and 0.1: the popular one is due 2 and takes 1; two seats are left over.
    assert seats_of(each, f"{INDEPENDENTS}-100") == 1
    assert seats_of(each, f"{INDEPENDENTS}-101") == 1
    assert seats_of(each, "A") == 4


def test_threshold_leaves_groups_and_their_votes_out() -> None:
    parameters = replace(DEFAULT, threshold=Fraction(5, 100))
    result = allocate(votes_of(WORKED), parameters)
    out = [step for step in result.steps if isinstance(step, ThresholdStep)]
    assert [(step.votes, step.total) for step in out] == [(800, 21_000)]
    # 9400, 6300, 2600, 1900 of 20,200: quotas 9.77, 6.54, 2.70, 1.97.
    assert [seats_of(result, key) for key in WORKED] == [10, 6, 3, 0, 2]
    exactly = replace(DEFAULT, threshold=Fraction(800, 21_000))
    assert seats_of(allocate(votes_of(WORKED), exactly), "D") == 1


def test_seats_stay_vacant_without_candidates() -> None:
    votes = Votes((group("A", 1, [5, 4]), group("B", 100, [0, 0, 0])), None, 5)
    result = allocate(votes, SeatParameters(5, "s"))
    assert result.vacant == 3
    assert seats_of(result, "A") == 2
    assert seats_of(result, "B") == 0
    assert [step.seats for step in result.steps if isinstance(step, VacantStep)] == [3]


@pytest.mark.parametrize("method", list(Method))
def test_many_more_seats_than_candidates_end(method: Method) -> None:
    for surplus in Surplus:
        given, steps = apportioned(
            [7, 3], SeatParameters(100, "s", method=method, surplus=surplus), 4
        )
        assert given == [4, 4]
        assert isinstance(steps[-1], VacantStep)


@pytest.mark.parametrize("rule", list(QuotaRule))
def test_one_seat_and_a_price_below_the_votes(rule: QuotaRule) -> None:
    for surplus in Surplus:
        given, _ = apportioned(
            [90, 10], SeatParameters(1, "s", quota_rule=rule, surplus=surplus), 2
        )
        assert given == [1, 0]


def test_what_has_no_effect_is_settled() -> None:
    averages = SeatParameters(21, "s", method=Method.DHONDT)
    assert (
        replace(
            averages, remainder_seats=RemainderSeats.LARGEST_SHARE, quota_rule=QuotaRule.DROOP
        ).settled()
        == averages
    )
    assert replace(DEFAULT, overallocation=Overallocation.SMALLEST_SHARE).settled() == DEFAULT
    rounded = replace(
        DEFAULT, overallocation=Overallocation.SMALLEST_SHARE, quota_rounding=QuotaRounding.HALF_UP
    )
    assert rounded.settled() == rounded


def test_every_reading_has_words_of_its_own() -> None:
    readings = [reading for question in QUESTIONS for reading in question]
    assert len({reading.sentence for reading in readings}) == len(readings)
    assert all(str(reading.sentence).endswith(".") and str(reading.label) for reading in readings)
    assert len({question.text for question in QUESTIONS.values()}) == len(QUESTIONS)

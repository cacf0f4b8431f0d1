"""What holds for every election, reading by reading."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from headquarters.seats.allocate import allocate, reserves_due
from headquarters.seats.model import INDEPENDENTS, SeatParameters, Votes
from headquarters.seats.readings import (
    Denominator,
    Independents,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Rounding,
    Surplus,
)
from headquarters.seats.steps import SeatStep, TakenBackStep
from tests.headquarters.seats.elections import apportioned, english, group, lots

totals = st.lists(st.integers(0, 200_000), min_size=1, max_size=8).filter(any)
few_totals = st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any)
seats = st.integers(1, 30)
parameters = st.builds(
    SeatParameters,
    seats,
    st.text(min_size=1, max_size=8),
    st.just(Denominator.CANDIDATE_VOTES),
    st.sampled_from(list(RemainderSeats)),
    st.fractions(0, 1, max_denominator=100),
    st.sampled_from(list(Rounding)),
    st.sampled_from(list(Method)),
    st.sampled_from(list(QuotaRule)),
    st.sampled_from(list(QuotaRounding)),
    st.sampled_from(list(Overallocation)),
    st.sampled_from(list(Surplus)),
    st.sampled_from(list(Independents)),
)
averages = st.sampled_from([method for method in Method if method is not Method.QUOTA])


@st.composite
def elections(draw: st.DrawFn) -> Votes:
    """Groups of different sizes, small numbers, so that ties and full groups are common."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    numbers = st.integers(0, 9)
    groups = [
        group(
            INDEPENDENTS if i == 0 else f"L{i}",
            100 * (i + 1),
            draw(st.lists(numbers, min_size=size, max_size=size)),
        )
        for i, size in enumerate(sizes)
    ]
    total = sum(group.votes for group in groups)
    return Votes(tuple(groups), total + draw(st.integers(0, 50)), 21)


@settings(max_examples=250, deadline=None)
@given(elections().filter(lambda votes: any(group.votes for group in votes.groups)), parameters)
def test_seats_persons_and_reserves_add_up(votes: Votes, rules: SeatParameters) -> None:
    for denominator in Denominator:
        result = allocate(votes, replace(rules, denominator=denominator))
        room = sum(len(group.members) for group in votes.groups if group.votes)
        if rules.independents is Independents.EACH:
            pool = [group for group in votes.groups if group.key == INDEPENDENTS and group.votes]
            room -= sum(not member.votes for group_ in pool for member in group_.members)
        assert sum(group.seats for group in result.groups) == min(rules.seats, room)
        assert result.vacant == max(0, rules.seats - room)
        for result_group in result.groups:
            assert len(result_group.elected) == result_group.seats
            assert result_group.votes or not result_group.seats
            elected = {member.code for member in result_group.elected}
            reserves = {member.code for member in result_group.reserves}
            assert not elected & reserves
            assert len(reserves) <= reserves_due(result_group.seats, rules)
            if result_group.seats and result_group.reserves:
                least = min(member.votes for member in result_group.elected)
                assert least >= max(member.votes for member in result_group.reserves)


@settings(max_examples=100, deadline=None)
@given(elections().filter(lambda votes: any(group.votes for group in votes.groups)), parameters)
def test_order_of_input_does_not_matter(votes: Votes, rules: SeatParameters) -> None:
    random = Random(7)
    shuffled = [
        replace(group, members=tuple(random.sample(group.members, len(group.members))))
        for group in votes.groups
    ]
    random.shuffle(shuffled)
    assert allocate(votes, rules) == allocate(replace(votes, groups=tuple(shuffled)), rules)


@settings(max_examples=100, deadline=None)
@given(few_totals, parameters, st.integers(2, 1000))
def test_only_proportions_matter(votes: list[int], rules: SeatParameters, factor: int) -> None:
    """Except with Droop's price, which is a whole number."""
    if rules.quota_rule is QuotaRule.DROOP and rules.method is Method.QUOTA:
        rules = replace(rules, quota_rule=QuotaRule.HARE)
    small, _ = apportioned(votes, rules)
    large, _ = apportioned([factor * vote for vote in votes], rules)
    assert small == large


@settings(max_examples=100, deadline=None)
@given(totals, seats)
def test_largest_remainder_keeps_the_quota(votes: list[int], count: int) -> None:
    given_seats, _ = apportioned(votes, SeatParameters(count, "s"))
    for seats_of_group, vote in zip(given_seats, votes, strict=True):
        quota = Fraction(vote * count, sum(votes))
        assert floor(quota) <= seats_of_group <= ceil(quota)


@settings(max_examples=100, deadline=None)
@given(totals, seats)
def test_rounding_halves_up_or_down_keeps_the_quota_too(votes: list[int], count: int) -> None:
    """With the defaults for what follows, nearest is another way to the largest remainder."""
    down, _ = apportioned(votes, SeatParameters(count, "s"))
    for rounding in (QuotaRounding.HALF_UP, QuotaRounding.HALF_DOWN):
        near, steps = apportioned(votes, SeatParameters(count, "s", quota_rounding=rounding))
        if not lots(steps):
            assert near == down


@settings(max_examples=100, deadline=None)
@given(few_totals, averages, seats)
def test_averages_never_lose_a_seat_in_a_larger_council(
    votes: list[int], method: Method, count: int
) -> None:
    """House monotone: the first seats are the same, lots included."""
    smaller, _ = apportioned(votes, SeatParameters(count, "s", method=method))
    larger, steps = apportioned(votes, SeatParameters(count + 1, "s", method=method))
    if not lots(steps) and not lots(
        apportioned(votes, SeatParameters(count, "s", method=method))[1]
    ):
        assert all(a <= b for a, b in zip(smaller, larger, strict=True))
    assert sum(larger) == count + 1


def test_largest_remainder_is_not_house_monotone() -> None:
    """The Alabama paradox: so the property above is one of averages, not of everything."""
    # Of 10 seats: 4.29, 4.29, 1.43; of 11: 4.71, 4.71, 1.57.
    ten, _ = apportioned([6, 6, 2], SeatParameters(10, "s"))
    eleven, _ = apportioned([6, 6, 2], SeatParameters(11, "s"))
    assert (ten, eleven) == ([4, 4, 2], [5, 5, 1])


@settings(max_examples=100, deadline=None)
@given(totals, averages, seats, st.integers(0, 7), st.integers(1, 50_000))
def test_more_votes_never_cost_a_seat(
    votes: list[int], method: Method, count: int, which: int, more: int
) -> None:
    index = which % len(votes)
    raised = [vote + more * (i == index) for i, vote in enumerate(votes)]
    for rules in (SeatParameters(count, "s", method=method), SeatParameters(count, "s")):
        before, _ = apportioned(votes, rules)
        after, steps = apportioned(raised, rules)
        if not lots(steps):
            assert after[index] >= before[index]


@settings(max_examples=150, deadline=None)
@given(few_totals, parameters)
def test_equal_votes_differ_by_one_seat_at_most(votes: list[int], rules: SeatParameters) -> None:
    """And only by a lot that is told."""
    given_seats, steps = apportioned(votes, rules)
    for i, one in enumerate(votes):
        for j, other in enumerate(votes):
            if one == other:
                assert abs(given_seats[i] - given_seats[j]) <= 1
                assert given_seats[i] == given_seats[j] or lots(steps)


@settings(max_examples=150, deadline=None)
@given(few_totals, parameters)
def test_the_steps_lead_to_the_seats(votes: list[int], rules: SeatParameters) -> None:
    """Every seat given or taken one by one leaves the number that the step says."""
    given_seats, steps = apportioned(votes, rules)
    last: dict[str, int] = {}
    for step in steps:
        if isinstance(step, SeatStep | TakenBackStep):
            last[english(step.group)] = step.holds
    for key, holds in last.items():
        assert given_seats[int(key.removeprefix("group "))] == holds
    numbers = [step.number for step in steps if isinstance(step, SeatStep)]
    assert numbers == list(range(rules.seats - len(numbers) + 1, rules.seats + 1))

"""Seat allocation: the worked check of the law's description, and properties of every reading."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import ENGLISH, PERSIAN, SelectionCode, Text
from headquarters.errors import AllocationError
from headquarters.seats.allocate import allocate
from headquarters.seats.model import INDEPENDENTS, Group, Member, SeatParameters, Votes
from headquarters.seats.readings import Denominator, RemainderSeats, Rounding
from headquarters.seats.steps import LotStep
from tests.headquarters.seats.elections import seats_of
from words.languages import installed


def group(key: str, first: int, member_votes: list[int]) -> Group:
    members = tuple(
        Member(SelectionCode(first + i), Text(f"نامزد {first + i}", f"person {first + i}"), votes)
        for i, votes in enumerate(member_votes)
    )
    return Group(key, Text(f"گروه {key}", key), members)


def spread(total: int, members: int) -> list[int]:
    """Falling votes that add up to `total`."""
    whole, rest = divmod(total, members)
    return [whole + (i < rest) for i in range(members)]


def votes(totals: dict[str, int], members: int = 21, ballots: int = 10_000) -> Votes:
    groups = tuple(
        group(key, 1000 * (i + 1), spread(total, members))
        for i, (key, total) in enumerate(totals.items())
    )
    return Votes(groups, ballots, 21)


def seats(given: Votes, parameters: SeatParameters) -> dict[str, int]:
    return {group.key: group.seats for group in allocate(given, parameters).groups}


# Quotas A 9.4, B 6.3, C 2.6, D 0.8, independents 1.9 of 21 (domain: "Vote and count").
WORKED = {"A": 9400, "B": 6300, "C": 2600, "D": 800, INDEPENDENTS: 1900}


@pytest.mark.parametrize(
    ("left_overs", "expected"),
    [
        (RemainderSeats.LARGEST_REMAINDER, [9, 6, 3, 1, 2]),
        (RemainderSeats.LARGEST_SHARE, [10, 7, 3, 0, 1]),
    ],
)
def test_worked_check(left_overs: RemainderSeats, expected: list[int]) -> None:
    given = votes(WORKED)
    result = allocate(given, SeatParameters(21, "seed", remainder_seats=left_overs))
    assert [seats_of(result, key) for key in WORKED] == expected
    assert {group.key: group.quota for group in result.groups}["A"] == Fraction(94, 10)


def test_denominator_ballots_counts_unused_selections() -> None:
    given = replace(votes(WORKED), ballots=2000)  # 42,000 selections, half of them used
    result = allocate(given, SeatParameters(21, "s", denominator=Denominator.BALLOTS))
    assert {group.key: group.quota for group in result.groups}["A"] == Fraction(47, 10)
    assert sum(group.seats for group in result.groups) == 21


def test_elected_and_reserves_by_votes() -> None:
    given = Votes((group("A", 1, [5, 9, 1, 7, 3]),), 100, 21)
    result = allocate(given, SeatParameters(2, "s")).groups[0]
    assert [member.votes for member in result.elected] == [9, 7]
    assert [member.votes for member in result.reserves] == [5]  # 52 % of 2, rounded half up


@pytest.mark.parametrize(
    ("rounding", "expected"), [(Rounding.UP, 2), (Rounding.HALF_UP, 2), (Rounding.DOWN, 1)]
)
def test_rounding_of_reserves(rounding: Rounding, expected: int) -> None:
    given = Votes((group("A", 1, [9, 8, 7, 6, 5, 4, 3]),), 100, 21)
    result = allocate(given, SeatParameters(3, "s", reserve_rounding=rounding)).groups[0]
    assert len(result.reserves) == expected  # 52 % of 3 is 1.56


def test_more_seats_than_members_go_on() -> None:
    given = Votes((group("A", 1, [500, 400]), group("B", 100, [60, 40, 0, 0])), 1000, 21)
    result = allocate(given, SeatParameters(5, "s"))
    assert seats_of(result, "A") == 2
    assert seats_of(result, "B") == 3
    assert any("only 2 candidates" in str(step.sentence) for step in result.steps)


def test_tie_is_drawn_from_the_seed_and_said() -> None:
    given = Votes((group("A", 1, [10]), group("B", 100, [10])), 20, 21)
    winners = set()
    for number in range(40):
        result = allocate(given, SeatParameters(1, f"seed {number}"))
        winners |= {group.key for group in result.groups if group.seats}
        lots = [step for step in result.steps if isinstance(step, LotStep)]
        assert len(lots) == 1
        assert lots[0].seed == f"seed {number}"
        assert "lot" in str(lots[0].sentence)
    assert winners == {"A", "B"}


def test_no_tie_no_lot() -> None:
    result = allocate(votes(WORKED, members=9), SeatParameters(21, "s"))
    assert not [s for s in result.steps if isinstance(s, LotStep) and s.context.startswith("seat")]


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        (votes({"A": 0, "B": 0}), SeatParameters(21, "s")),
        (votes({"A": 9, "B": 9}), SeatParameters(21, "s", threshold=Fraction(2, 3))),
        (votes({"A": 9}), SeatParameters(21, "s", threshold=Fraction(-1))),
        (votes({"A": 9}), SeatParameters(21, "s", reserve_share=Fraction(-1))),
        (
            replace(votes({"A": 9}), ballots=None),
            SeatParameters(2, "s", denominator=Denominator.BALLOTS),
        ),
        (votes({"A|": 9, "B": 9}), SeatParameters(1, "s")),
        (votes({"A": 9}), SeatParameters(0, "s")),
        (votes({"A": 9000}, ballots=9), SeatParameters(2, "s", denominator=Denominator.BALLOTS)),
        (Votes((group("A", 1, [1]), group("A", 5, [1])), 9, 2), SeatParameters(1, "s")),
        (Votes((group("A", 1, [1]), group("B", 1, [1])), 9, 2), SeatParameters(1, "s")),
        (Votes((group("A", 1, [5, -1]),), 9, 2), SeatParameters(1, "s")),
    ],
)
def test_what_cannot_be_allocated_is_refused(given: Votes, parameters: SeatParameters) -> None:
    with pytest.raises(AllocationError):
        allocate(given, parameters)


def test_every_step_speaks_both_languages() -> None:
    result = allocate(votes(WORKED), SeatParameters(21, "s"))
    assert len(result.steps) >= 5 + 3
    for step in result.steps:
        text = {installed().speaker(language)(step.sentence) for language in (PERSIAN, ENGLISH)}
        assert len(text) == 2
        assert all(text)


group_votes = st.lists(st.integers(0, 200_000), min_size=1, max_size=10).filter(any)
methods = st.sampled_from(list(RemainderSeats))
denominators = st.sampled_from(list(Denominator))


def as_votes(totals: list[int], ballots: int = 100_000) -> Votes:
    return votes({f"G{i}": total for i, total in enumerate(totals)}, ballots=ballots)


@settings(max_examples=60, deadline=None)
@given(group_votes, methods, denominators)
def test_all_seats_are_given(
    totals: list[int], method: RemainderSeats, denominator: Denominator
) -> None:
    result = allocate(as_votes(totals), SeatParameters(21, "s", denominator, method))
    assert sum(group.seats for group in result.groups) == 21
    assert all(group.seats == 0 for group in result.groups if group.votes == 0)
    assert all(len(group.elected) == group.seats for group in result.groups)
    for group in result.groups:
        reserves = {member.code for member in group.reserves}
        assert not reserves & {member.code for member in group.elected}


@settings(max_examples=60, deadline=None)
@given(group_votes, methods, st.randoms(use_true_random=False))
def test_order_of_input_does_not_matter(
    totals: list[int], method: RemainderSeats, random: Random
) -> None:
    given_votes = as_votes(totals)
    groups = [
        replace(group, members=tuple(random.sample(group.members, len(group.members))))
        for group in given_votes.groups
    ]
    random.shuffle(groups)
    parameters = SeatParameters(21, "s", remainder_seats=method)
    one = allocate(given_votes, parameters)
    other = allocate(replace(given_votes, groups=tuple(groups)), parameters)
    assert one == other


@settings(max_examples=60, deadline=None)
@given(group_votes, methods)
def test_more_votes_never_fewer_seats(totals: list[int], method: RemainderSeats) -> None:
    result = allocate(as_votes(totals), SeatParameters(21, "s", remainder_seats=method))
    for better in result.groups:
        for worse in result.groups:
            if better.votes > worse.votes:
                assert better.seats >= worse.seats


@settings(max_examples=60, deadline=None)
@given(group_votes)
def test_largest_remainder_keeps_quota(totals: list[int]) -> None:
    """Between the whole part and one more, while no list runs out of members."""
    result = allocate(as_votes(totals), SeatParameters(21, "s"))
    for group in result.groups:
        assert int(group.quota) <= group.seats <= int(group.quota) + 1


@settings(max_examples=60, deadline=None)
@given(group_votes, methods, st.integers(0, 9), st.integers(1, 50_000))
def test_gaining_votes_alone_never_costs_a_seat(
    totals: list[int], method: RemainderSeats, which: int, more: int
) -> None:
    """Holds for both methods while the others' votes stay the same (one group gains share)."""
    index = which % len(totals)
    raised = [total + more * (i == index) for i, total in enumerate(totals)]
    parameters = SeatParameters(21, "s", remainder_seats=method)
    before = seats(as_votes(totals), parameters)[f"G{index}"]
    after = seats(as_votes(raised), parameters)[f"G{index}"]
    assert after >= before

"""Simulated queues agree with formulas where there are any, and with a second way to play a day."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headquarters.capacity.draw import Voter, draw_day
from headquarters.capacity.estimate import estimate, share_quantile, t_quantile
from headquarters.capacity.load import Load, ServiceTime
from headquarters.capacity.simulation import Visit, play
from tests.headquarters.capacity.days import (
    exponential,
    mean_wait,
    recursion,
    share_below,
    small,
    steady,
)
from tests.shares import share

DAYS = 30
VOTERS = 3000
CONFIDENCE = 0.99
TIMES = st.floats(0, 1000, allow_nan=False, width=32)


@st.composite
def drawn(draw: st.DrawFn) -> list[Voter]:
    arrivals = sorted(draw(st.lists(TIMES, max_size=40, unique=True)))
    return [Voter(arrival, draw(TIMES), draw(TIMES)) for arrival in arrivals]


def settled(load: Load, stations: int, terminals: int) -> list[tuple[Visit, ...]]:
    """Days without their first fifth, in which queues only build up."""
    days = [draw_day(load, 5, number) for number in range(DAYS)]
    return [play(day, stations, terminals).visits[len(day) // 5 :] for day in days]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "stations", "check_in", "terminals", "voting"),
    share([(1 / 30, 2, 42, 8, 180), (1 / 60, 1, 30, 4, 180), (1 / 20, 4, 60, 13, 200)], 3),
)
def test_both_queues_agree_with_erlang(
    rate: float, stations: int, check_in: float, terminals: int, voting: float
) -> None:
    """Voters leave M/M/c as a Poisson process (Burke), so that the second queue is one, too."""
    load = steady(rate, VOTERS, exponential(check_in), exponential(voting))
    days = settled(load, stations, terminals)
    for waits, formula in (
        ([fmean(x.for_station for x in day) for day in days], mean_wait(stations, rate, check_in)),
        ([fmean(x.for_terminal for x in day) for day in days], mean_wait(terminals, rate, voting)),
        (
            [fmean(x.for_station < 60 for x in day) for day in days],
            share_below(60, stations, rate, check_in),
        ),
        (
            [fmean(x.for_terminal < 60 for x in day) for day in days],
            share_below(60, terminals, rate, voting),
        ),
    ):
        found = estimate(waits, CONFIDENCE)
        assert found.low < formula < found.high
        # An interval as wide as everything would prove nothing.
        assert found.high - found.low < 0.6 * formula


@pytest.mark.slow
@pytest.mark.parametrize("spread", share([20.0, 0.0, 60.0], 3))
def test_one_station_agrees_with_pollaczek_and_khinchine(spread: float) -> None:
    """M/G/1 waits λ(σ² + m²) / 2(1 − λm) on the average."""
    rate, mean = 1 / 60, 40.0
    load = steady(rate, VOTERS, ServiceTime(mean, spread), ServiceTime(0, 0))
    days = settled(load, 1, 1)
    found = estimate([fmean(x.for_station for x in day) for day in days], CONFIDENCE)
    assert found.low < rate * (spread**2 + mean**2) / (2 * (1 - rate * mean)) < found.high


@given(drawn(), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=60)
def test_a_drawn_day_agrees_with_the_recursion(
    voters: list[Voter], stations: int, terminals: int
) -> None:
    played = play(voters, stations, terminals).visits
    expected = recursion(voters, stations, terminals)
    assert [x.waited for x in played] == pytest.approx([sum(x) for x in expected], abs=1e-6)
    assert [x.for_station for x in played] == pytest.approx([x[0] for x in expected], abs=1e-6)


def test_a_day_of_drawn_arrivals_agrees_with_the_recursion() -> None:
    voters = draw_day(small(voters=300).load, 3, 0)
    played = play(voters, 2, 5).visits
    waits = recursion(voters, 2, 5)
    assert [x.for_station for x in played] == pytest.approx([x[0] for x in waits], abs=1e-6)
    assert [x.for_terminal for x in played] == pytest.approx([x[1] for x in waits], abs=1e-6)
    assert max(x.for_terminal for x in played) > 60


@given(drawn(), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=60)
def test_a_queue_is_as_long_as_its_waits(
    voters: list[Voter], stations: int, terminals: int
) -> None:
    """Little's law for a day that begins and ends empty: the summed length is the summed wait."""
    day = play(voters, stations, terminals)
    assert day.stations.queue_s == pytest.approx(sum(x.for_station for x in day.visits), abs=1e-3)
    assert day.terminals.queue_s == pytest.approx(sum(x.for_terminal for x in day.visits), abs=1e-3)
    assert day.stations.busy_s == pytest.approx(sum(x.check_in for x in voters), abs=1e-3)
    assert (day.terminals.longest > 0) == (day.terminals.queue_s > 0)


@given(drawn(), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=60)
def test_more_devices_never_make_anybody_wait_longer_for_them(
    voters: list[Voter], stations: int, terminals: int
) -> None:
    few = play(voters, stations, terminals).visits
    more = play(voters, stations, terminals + 1).visits
    assert all(y.for_terminal <= x.for_terminal + 1e-6 for x, y in zip(few, more, strict=True))
    more = play(voters, stations + 1, terminals).visits
    assert all(y.for_station <= x.for_station + 1e-6 for x, y in zip(few, more, strict=True))


def test_voters_come_when_they_are_expected() -> None:
    arrivals = small(voters=400).load.arrivals
    days = [draw_day(small(voters=400).load, 9, number) for number in range(60)]
    for part, expected in enumerate(arrivals.expected):
        counts = [
            sum(part <= voter.arrives / arrivals.part_s < part + 1 for voter in day) for day in days
        ]
        found = estimate([float(count) for count in counts], 0.999)
        assert found.low < expected < found.high
        # A Poisson number has its mean as its variance.
        assert 0.5 < fmean((x - expected) ** 2 for x in counts) / expected < 1.7


def test_times_have_their_mean_and_their_spread() -> None:
    load = steady(1, 20_000, ServiceTime(45, 20), ServiceTime(180, 0))
    voters = draw_day(load, 1, 0)
    times = [voter.check_in for voter in voters]
    mean = fmean(times)
    assert mean == pytest.approx(45, abs=1)
    assert fmean((x - mean) ** 2 for x in times) ** 0.5 == pytest.approx(20, abs=1)
    assert {voter.voting for voter in voters} == {180}


def test_a_seed_draws_the_same_day_whatever_else_is_drawn() -> None:
    load = small().load
    assert draw_day(load, 1, 4) == draw_day(load, 1, 4)
    assert draw_day(load, 1, 4) != draw_day(load, 2, 4)
    slower = Load(load.arrivals, load.check_in, ServiceTime(300, 90))
    assert [(x.arrives, x.check_in) for x in draw_day(slower, 1, 4)] == [
        (x.arrives, x.check_in) for x in draw_day(load, 1, 4)
    ]


@pytest.mark.parametrize(
    ("p", "freedom", "tabled"),
    [
        *((0.975, 9, 2.2622), (0.975, 19, 2.0930), (0.975, 99, 1.9842)),
        *((0.9, 9, 1.3830), (0.995, 9, 3.2498), (0.995, 19, 2.8609)),
    ],
)
def test_quantiles_of_t_are_those_of_the_tables(p: float, freedom: int, tabled: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(tabled, rel=3e-3)


def test_quantiles_of_nothing_and_of_few() -> None:
    assert share_quantile([], 0.95) == 0
    assert share_quantile([3, 1, 2], 0.95) == 3
    assert share_quantile(list(range(100)), 0.95) == 95

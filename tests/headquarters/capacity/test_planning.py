"""The fewest devices that keep the target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headquarters.capacity.draw import draw_day
from headquarters.capacity.load import Load, ServiceTime
from headquarters.capacity.numbers import CapacityError
from headquarters.capacity.outcome import outcome
from headquarters.capacity.planning import Question, plan
from tests.headquarters.capacity.days import small


def test_the_answer_is_the_fewest_of_all() -> None:
    question = small()
    chosen = plan(question).chosen
    total = chosen.stations.count + chosen.terminals.count
    days = [draw_day(question.load, 1, number) for number in range(10)]
    kept = [
        (stations, terminals)
        for stations in range(1, total)
        for terminals in range(1, total)
        if stations + terminals <= total
        and outcome(question.load.arrivals, days, stations, terminals, question.target).kept
    ]
    assert chosen.kept
    assert (chosen.stations.count, chosen.terminals.count) in kept
    assert min(sum(entry) for entry in kept) == total


def test_neighbours_are_shown_and_more_terminals_keep_more() -> None:
    found = plan(small())
    tried = {(x.stations.count, x.terminals.count): x for x in found.tried}
    stations, terminals = found.chosen.stations.count, found.chosen.terminals.count
    assert found.chosen is tried[stations, terminals]
    assert not tried[stations, terminals - 1].kept
    within = [tried[stations, terminals + more].within.mean for more in (-1, 0, 1)]
    assert within == sorted(within)


def test_given_numbers_are_judged_and_stay() -> None:
    few = plan(small(stations=1, terminals=1))
    assert not few.chosen.kept
    assert few.tried == (few.chosen,)
    assert few.chosen.terminals.use.mean > 1
    assert few.chosen.after_close_s.mean > 3600
    more = plan(small(terminals=6))
    assert more.chosen.kept
    assert {x.terminals.count for x in more.tried} == {6}


def test_a_day_with_hardly_anybody_needs_one_of_each() -> None:
    chosen = plan(small(voters=1)).chosen
    assert (chosen.stations.count, chosen.terminals.count) == (1, 1)


def test_what_no_number_of_devices_keeps_is_refused() -> None:
    load = Load(small(voters=20_000).load.arrivals, ServiceTime(45, 20), ServiceTime(3600, 0))
    question = Question(load, small().target, 1, 10, stations=40, terminals=None)
    with pytest.raises(CapacityError, match="even 60 devices"):
        plan(replace(question, load=replace(load, arrivals=small(voters=2000).load.arrivals)))


@pytest.mark.parametrize(
    ("stations", "terminals", "said"),
    [(1, None, "so few stations"), (None, 1, "so few terminals")],
)
def test_too_few_of_one_kind_are_refused_at_once(
    stations: int | None, terminals: int | None, said: str
) -> None:
    told: set[str] = set()
    with pytest.raises(CapacityError, match=said):
        plan(small(400, stations, terminals), lambda step, *_: told.add(step))
    assert len(told) == 1


def test_progress_tells_every_day_of_every_number() -> None:
    told: list[tuple[str, int, int]] = []
    plan(small(stations=1, terminals=2), lambda *each: told.append(each))
    assert told == [("1 + 2", day, 10) for day in range(1, 11)]

"""Explore what the devices do with authorizations, and see that the explorer finds faults."""

from __future__ import annotations

import random

import pytest

from tests.explore import devices as made
from tests.explore.explorer import explore, wander
from tests.explore.faults import FAULTS, look_for
from tests.explore.promises import broken
from tests.explore.world import (
    ROLLED_TERMINAL,
    Card,
    Station,
    Terminal,
    new_world,
    successors,
)


@pytest.mark.slow
def test_every_way_of_one_card_with_one_trouble() -> None:
    found = explore(new_world(voters=1, cards=1, troubles=1))
    assert (found.fault, found.complete) == ("", True)
    assert found.states > 50_000


def test_the_nearest_states_of_three_cards() -> None:
    found = explore(new_world(voters=2, cards=3, troubles=2), limit=40_000)
    assert (found.fault, found.states) == ("", 40_000)


def test_far_states_by_random_ways() -> None:
    found = wander(new_world(voters=3, cards=3, troubles=8), random.Random(1), 100, 120)
    assert found.fault == ""
    assert found.states > 5_000


def test_a_terminal_that_is_behind_waits_and_goes_on() -> None:
    """Far from the morning: an older copy came back, and a token tells of one vote more."""
    token = made.make_token(0, bytes(16), (1, 0), 0)
    issuer = Station(issued=frozenset({made.hash_of(bytes(16))}))
    start = new_world(voters=1, cards=1, troubles=0)._replace(
        cards=(Card(token),), stations=(issuer, Station())
    )
    (behind,) = (w for w in successors(start) if w.terminals[0].behind)
    assert behind.terminals[0].behind == 1
    assert broken(behind) == "a terminal is called behind that lost nothing"
    behind = behind._replace(rolled=1 << ROLLED_TERMINAL)
    (gone_on,) = (w for w in successors(behind) if w.terminals[0].missing)
    assert gone_on.terminals[0] == Terminal(missing=1)
    assert any(w.terminals[0].turn is not None for w in successors(gone_on)), "the card is taken"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    assert look_for(fault).fault == FAULTS[fault][1]

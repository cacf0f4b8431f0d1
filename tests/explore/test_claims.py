"""The exploration of claims: small countries whole, and mistakes that it has to find."""

from __future__ import annotations

import random

import pytest

from tests.explore.claims import (
    TWO,
    TWO_HOSTILE,
    BrokenError,
    Faults,
    begin,
    stroll,
    walk,
)
from tests.shares import few

SMALL = ((2, 0, 0, 0, 0, 0), (1, 1, 1, 0, 0, 0), (1, 0, 1, 1, 0, 0))
"""Asks, cuts, returns, copies, disks put back, hostile acts."""


@pytest.mark.parametrize("left", SMALL, ids=str)
def test_a_voter_has_one_ballot(left: tuple[int, ...]) -> None:
    assert walk(begin(1, left)) > 100


def test_a_hostile_stations_double_is_told() -> None:
    assert walk(begin(1, (1, 0, 0, 0, 0, 1)), hostile=True) > 100


def test_two_voters_by_chance() -> None:
    rng = random.Random()
    states = few(1500, 100_000)
    assert stroll(begin(2, TWO), rng, states) >= states
    assert stroll(begin(2, TWO_HOSTILE), rng, states, hostile=True) >= states


@pytest.mark.parametrize(
    ("faults", "left"),
    [
        (Faults(claims_count=True), (2, 0, 0, 0, 0, 0)),
        (Faults(back_to_ordinary=True), (2, 1, 0, 0, 0, 0)),
        (Faults(released=True), (2, 0, 1, 1, 0, 0)),
    ],
    ids=["the night takes a claim for a vote", "back to an ordinary one", "released"],
)
def test_a_mistake_is_found(faults: Faults, left: tuple[int, ...]) -> None:
    with pytest.raises(BrokenError):
        walk(begin(1, left), faults)

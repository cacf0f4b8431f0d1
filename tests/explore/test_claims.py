"""The exploration of claims: small countries whole, and mistakes that it has to find."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from tests.explore.claims import (
    FAULTS,
    TWO,
    TWO_HOSTILE,
    begin,
    is_found,
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
    states = few(10_000, 200_000)
    assert stroll(begin(2, TWO), rng, states) >= states
    assert stroll(begin(2, TWO_HOSTILE), rng, states, hostile=True) >= states


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_found(fault: str) -> None:
    assert is_found(fault)


def test_a_seed_gives_the_same_ways() -> None:
    """Whatever order sets have in a process."""
    ways = {
        subprocess.run(
            [sys.executable, "-c", _WAYS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(ways) == 1


_WAYS = """
import random
from tests.explore.claims import TWO_HOSTILE, begin, stroll
rng = random.Random(1)
print(stroll(begin(2, TWO_HOSTILE), rng, 2000, hostile=True), rng.random())
"""

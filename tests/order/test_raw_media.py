"""What raw media say about the order of casting: a share of `make order`, which casts 2,000 votes."""

from __future__ import annotations

import os

import pytest

from drivers.media.journal import Journal
from tests.order.image import BLOCK, Image
from tests.order.measure import cast_and_look, seed_now, spearman
from tests.recorder import Did, Op

VOTES = 90
CHANCE = 0.45
"""Of the rank correlation of 90 independent places, whose standard deviation is 0.11."""


@pytest.mark.slow
def test_a_zeroed_journal_leaves_no_trace_in_freed_blocks() -> None:
    seed = int(os.environ.get("SEED", seed_now()))
    found = cast_and_look(VOTES, Journal.ZEROED, seed, log_structured=False)
    assert found.worst() < CHANCE, seed
    assert not any(trace.places for trace in found.freed)
    assert {len(places) for trace in found.whole for places in trace.places.values()} == {1}


@pytest.mark.slow
def test_deleted_journals_and_copies_on_write_tell_the_order() -> None:
    """What has to be known of a medium: here the search has to find something."""
    deleted = cast_and_look(40, Journal.DELETE, 1, log_structured=False)
    assert any(trace.places for trace in deleted.freed)
    copied = cast_and_look(40, Journal.ZEROED, 1, log_structured=True)
    assert copied.worst() > 0.99, "nothing that a program does hides an order on such a file system"


@pytest.mark.parametrize("log_structured", [False, True])
def test_images_keep_what_a_medium_keeps(log_structured: bool) -> None:
    old, new, other = (bytes([n]) * BLOCK for n in (1, 2, 3))
    image = Image(log_structured=log_structured)
    image.put("a", old)
    image.apply([Op(Did.WRITE, "b", 0, other), Op(Did.SYNC, "b"), Op(Did.DELETE, "b")])
    image.apply([Op(Did.WRITE, "a", 0, new), Op(Did.SYNC, "a")])
    assert image.raw() == (old + other + new if log_structured else new + other)
    assert image.freed() == (old + other if log_structured else other)


def test_the_measure_finds_an_order() -> None:
    assert spearman(list(range(50))) == 1
    assert spearman(list(range(50, 0, -1))) == -1

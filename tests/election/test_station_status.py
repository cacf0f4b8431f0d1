"""What a station tells the board: signed, small, and no number that speaks of a single voter."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.signing import SigningKey
from election.reasons import StatusReason
from election.station_status import (
    LEAST_ISSUED,
    LEAST_OTHER,
    MAX_STATUS,
    DayCounts,
    DaySums,
    StationStatus,
    StatusRefusedError,
    may_follow,
    next_sums,
    open_status,
    write_status,
)
from tests.golden.status_files import STATUSES

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 40)), min_size=1, max_size=60
)
"""Of each quarter of an hour: does an hour begin, and what happened to how many."""
NAMES = ("issued", "receipts", "refused", "overridden", "provisional")


def told(steps: list[tuple[bool, int, int]]) -> list[DaySums]:
    """Everything that a station tells in a drawn day."""
    hour, counts, sums, found = 1000, DayCounts(), None, []
    for full, what, number in steps:
        hour += full
        counts = replace(counts, **{NAMES[what]: getattr(counts, NAMES[what]) + number})
        sums = next_sums(sums, hour, counts)
        found.append(sums)
    return found


@given(STEPS)
def test_no_difference_of_any_two_is_a_small_group(steps: list[tuple[bool, int, int]]) -> None:
    every = told(steps)
    for name, least in (("issued", LEAST_ISSUED), *((x, LEAST_OTHER) for x in NAMES[2:])):
        numbers = [getattr(sums, name) or 0 for sums in every]
        for place, earlier in enumerate(numbers):
            assert all(later == earlier or later - earlier >= least for later in numbers[place:])
    assert all(x.outstanding is None or x.outstanding >= LEAST_ISSUED for x in every)
    for before, after in pairwise(x.outstanding or 0 for x in every):
        assert before == after or abs(before - after) >= LEAST_ISSUED


@given(STEPS)
def test_within_an_hour_nothing_changes(steps: list[tuple[bool, int, int]]) -> None:
    for earlier, later in pairwise(told(steps)):
        if earlier.hour == later.hour:
            assert earlier == later


@given(STEPS)
def test_what_an_honest_station_tells_may_follow(steps: list[tuple[bool, int, int]]) -> None:
    before = None
    for sums in told(steps):
        assert may_follow(before, sums)
        before = sums


MORNING = DaySums(1000, 40, None, None, 6, None)


@pytest.mark.parametrize(
    ("after", "follows"),
    [
        (MORNING, True),
        (replace(MORNING, hour=1001), True),
        (replace(MORNING, hour=1001, issued=50), True),
        (replace(MORNING, hour=1001, issued=41), False),
        (replace(MORNING, hour=1001, issued=49), False),
        (replace(MORNING, hour=1001, issued=30), False),
        (replace(MORNING, hour=1001, issued=None), False),
        (replace(MORNING, hour=1001, overridden=7), False),
        (replace(MORNING, hour=1001, overridden=11), True),
        (replace(MORNING, hour=1001, provisional=5), True),
        (replace(MORNING, issued=50), False),
        (replace(MORNING, hour=999, issued=50), False),
        (None, False),
    ],
)
def test_a_station_that_forgot_what_it_told(after: DaySums | None, follows: bool) -> None:
    assert may_follow(MORNING, after) is follows
    assert may_follow(None, after)


def test_a_single_voters_hour_is_few() -> None:
    """A mobile branch with 20 voters had an hour with exactly one in 27 of 100 hours."""
    first = next_sums(None, 1, DayCounts(issued=12, overridden=1))
    assert (first.issued, first.overridden) == (12, None)
    assert next_sums(first, 2, DayCounts(issued=13, overridden=1)).issued == 12
    assert next_sums(first, 3, DayCounts(issued=22, overridden=5)).issued == 22


@pytest.mark.parametrize("name", STATUSES)
def test_it_comes_back_as_it_was_signed(name: str) -> None:
    status = STATUSES[name]
    data = write_status(status, KEY)
    assert len(data) < MAX_STATUS / 2
    assert open_status(data, KEY.public) == status


@pytest.mark.parametrize(
    ("name", "number"), [("issued", 9), ("issued", 0), ("overridden", 4), ("outstanding", 1)]
)
def test_few_cannot_be_said_as_a_number(name: str, number: int) -> None:
    """A station whose program does not hold the rule is not believed."""
    packed = canonical.decode(write_status(STATUSES["noon"], KEY))
    assert isinstance(packed, dict)
    content = canonical.decode(packed["content"])
    assert isinstance(content, dict)
    content["sums"][name] = number
    data = canonical.encode(content)
    hostile = {"content": data, "signature": KEY.sign("amin station status", data)}
    with pytest.raises(StatusRefusedError) as refused:
        open_status(canonical.encode(hostile), KEY.public)
    assert refused.value.reason is StatusReason.STATUS_FORMAT


def test_another_key_and_every_changed_byte_are_refused() -> None:
    data = write_status(STATUSES["noon"], KEY)
    with pytest.raises(StatusRefusedError) as refused:
        open_status(data, SigningKey(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)).public)
    assert refused.value.reason is StatusReason.STATUS_SIGNATURE
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(StatusRefusedError):
            open_status(bytes(changed), KEY.public)


def test_nothing_of_a_ballot_has_a_place_in_it() -> None:
    """Whoever adds a member has to say here why it depends on no ballot."""
    assert {x.name for x in fields(StationStatus)} == {
        "election", "branch", "device", "number", "at", "state", "power", "linked", "version", "sums",
    }  # fmt: skip
    assert {x.name for x in fields(DaySums)} == {
        "hour", "issued", "outstanding", "refused", "overridden", "provisional",
    }  # fmt: skip

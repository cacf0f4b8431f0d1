"""What headquarters says of the devices that asked to be enrolled, before it signs."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from election.definition import Authority, BranchId, Role
from headquarters.plan_check import device_doubts
from words.plain import plain_message

BRANCHES = ("b1", "b2")
REQUESTS = st.lists(st.tuples(st.sampled_from((*BRANCHES, "elsewhere")), st.sampled_from(Role)))


@given(st.tuples(*(st.sampled_from(Authority) for _ in BRANCHES)), REQUESTS)
def test_every_branch_that_cannot_hold_one_vote_per_person_is_told(
    authorities: tuple[Authority, ...], asked: list[tuple[str, Role]]
) -> None:
    """Nobody who checks in, nobody who votes, or two stations that do not ask one another."""
    branches = [
        SimpleNamespace(id=BranchId(name), authority=authority)
        for name, authority in zip(BRANCHES, authorities, strict=True)
    ]
    requests = [SimpleNamespace(branch=BranchId(name), role=role) for name, role in asked]
    plan = SimpleNamespace(branches=branches)
    told = [
        str(plain_message(each)["text"])
        for each in device_doubts(cast(Any, plan), cast(Any, requests))
    ]
    there = Counter(asked)
    expected = []
    for branch in branches:
        stations = there[branch.id, Role.IDENTITY_STATION]
        if not stations:
            expected.append(f"branch {branch.id} has no identity station")
        if stations > 1 and branch.authority is Authority.ALONE:
            expected.append(
                f"branch {branch.id} has {stations} identity stations that ask no registry"
            )
        if not there[branch.id, Role.BALLOT_TERMINAL]:
            expected.append(f"branch {branch.id} has no ballot terminal")
    assert len(told) == len(expected)
    assert all(map(str.startswith, told, expected)), told

"""What headquarters says of the devices of a branch, before it signs."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from election.definition import Authority, BranchId, Role
from headquarters.plan_check import missing_devices
from words.plain import plain_message

BRANCHES = ("b1", "b2")
REQUESTS = st.lists(st.tuples(st.sampled_from((*BRANCHES, "elsewhere")), st.sampled_from(Role)))


@given(
    st.tuples(*(st.tuples(st.sampled_from(Authority), st.booleans()) for _ in BRANCHES)), REQUESTS
)
def test_a_branch_that_cannot_give_everybody_one_vote_is_told(
    rules: tuple[tuple[Authority, bool], ...], asked: list[tuple[str, Role]]
) -> None:
    """Nobody who checks in, no terminal though nobody votes on paper, stations that ask nobody."""
    branches = [
        SimpleNamespace(id=BranchId(name), authority=authority, paper_ballots=paper)
        for name, (authority, paper) in zip(BRANCHES, rules, strict=True)
    ]
    requests = [SimpleNamespace(branch=BranchId(name), role=role) for name, role in asked]
    found = missing_devices(cast(Any, SimpleNamespace(branches=branches)), cast(Any, requests))
    told = [str(plain_message(each)["text"]) for each in found]
    there = Counter(asked)
    expected = []
    for branch in branches:
        stations = there[branch.id, Role.IDENTITY_STATION]
        terminals = there[branch.id, Role.BALLOT_TERMINAL]
        if not stations:
            expected.append(f"branch {branch.id} has no identity station")
        if stations > 1 and branch.authority is Authority.ALONE:
            expected.append(f"branch {branch.id} has {stations} identity stations, and they ask no")
        if not terminals and not branch.paper_ballots:
            expected.append(f"branch {branch.id} has no ballot terminal")
    assert len(told) == len(expected)
    assert all(map(str.startswith, told, expected)), told

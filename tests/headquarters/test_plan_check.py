"""What headquarters says of a branch whose stations do not know of one another, before it signs."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from election.definition import Authority, BranchId, Role
from headquarters.plan_check import strangers
from words.plain import plain_message

BRANCHES = ("b1", "b2")
REQUESTS = st.lists(st.tuples(st.sampled_from((*BRANCHES, "elsewhere")), st.sampled_from(Role)))


@given(st.tuples(*(st.sampled_from(Authority) for _ in BRANCHES)), REQUESTS)
def test_a_branch_where_two_stations_can_give_two_cards_is_told(
    authorities: tuple[Authority, ...], asked: list[tuple[str, Role]]
) -> None:
    branches = [
        SimpleNamespace(id=BranchId(name), authority=authority)
        for name, authority in zip(BRANCHES, authorities, strict=True)
    ]
    requests = [SimpleNamespace(branch=BranchId(name), role=role) for name, role in asked]
    plan = SimpleNamespace(branches=branches)
    told = [
        str(plain_message(each)["text"]) for each in strangers(cast(Any, plan), cast(Any, requests))
    ]
    there = Counter(asked)
    expected = [
        f"branch {branch.id} has {stations} identity stations that ask no registry"
        for branch in branches
        if branch.authority is Authority.ALONE
        and (stations := there[branch.id, Role.IDENTITY_STATION]) > 1
    ]
    assert len(told) == len(expected)
    assert all(map(str.startswith, told, expected)), told

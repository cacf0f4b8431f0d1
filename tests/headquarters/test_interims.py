"""Interim publications of a drawn country: whoever subtracts one from another learns of no small group.

A country's branches come in in a drawn order, and an index is published 14 times. What anybody can compute
are sums of batches and differences of sums; no ballot is needed to try it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import BranchId
from headquarters.batch_plan import plan_next
from headquarters.batches import Together, plan_batches

BRANCHES, INTERIMS, MINIMUM, CODES = 2874, 14, 500, 12


@dataclass
class Country:
    """Branches with their votes, in groups of a large and a small one where the register has them."""

    ballots: dict[BranchId, int] = field(default_factory=dict)
    votes: dict[BranchId, Counter[int]] = field(default_factory=dict)
    groups: list[Together] = field(default_factory=list)

    @classmethod
    def drawn(cls, draw: Random, branches: int, *, grouped: bool) -> Country:
        """Every ninth branch is mobile and small; each of these is with a larger one, if `grouped`."""
        country, rest = cls(), []
        for number in range(branches):
            name = BranchId(f"b{number:04d}")
            mobile = number % 9 == 0
            count = draw.randint(0, 40) if mobile else int(draw.lognormvariate(6, 0.8))
            country.ballots[name] = count
            country.votes[name] = Counter(draw.choices(range(CODES), k=count))
            if mobile and grouped:
                rest.append(name)
            else:
                together = (*rest, name) if rest else (name,)
                country.groups.append(tuple(sorted(together)))
                rest = []
        if rest:
            country.groups.append(tuple(rest))
        return country

    def sums(self, batches: Sequence[Together]) -> Counter[int]:
        """Return what an index of these batches publishes."""
        found: Counter[int] = Counter()
        for batch in batches:
            for branch in batch:
                found.update(self.votes[branch])
        return found


def publish(country: Country, order: Sequence[BranchId], interims: int) -> list[list[Together]]:
    """Return the batches of each index, as branches come in; the last one is final.

    Where nothing can be published yet there is no index.
    """
    published: list[Together] = []
    indexes = []
    for number in range(1, interims + 1):
        here = set(order[: len(order) * number // interims])
        waiting = country.ballots.keys() - here
        done = {branch for batch in published for branch in batch}
        published += plan_next(country.ballots, MINIMUM, country.groups, waiting, done)
        if published:
            indexes.append(list(published))
    return indexes


def small_differences(
    indexes: Sequence[Sequence[Together]], country: Country
) -> list[tuple[int, int, int]]:
    """Return (earlier, later, ballots) for every two indexes whose difference tells of too few.

    The difference is taken of what is public: of the sums, and of each batch of the one with each of the
    other that it overlaps.
    """
    found = []
    sums = [country.sums(index) for index in indexes]
    for (i, earlier), (j, later) in combinations(enumerate(indexes), 2):
        difference = Counter(sums[j])
        difference.subtract(sums[i])
        grown = sum(country.ballots[b] for batch in later for b in batch) - sum(
            country.ballots[b] for batch in earlier for b in batch
        )
        assert sum(difference.values()) == grown
        if 0 < grown < MINIMUM or min(difference.values(), default=0) < 0:
            found.append((i, j, grown))
        holder = {branch: set(batch) for batch in later for branch in batch}
        for batch in earlier:
            rest = set().union(*(holder[branch] for branch in batch)) - set(batch)
            if rest and sum(country.ballots[branch] for branch in rest) < MINIMUM:
                found.append((i, j, sum(country.ballots[branch] for branch in rest)))
    return found


@pytest.mark.parametrize(("branches", "grouped"), [(600, False), (BRANCHES, True)])
def test_fourteen_interims_of_a_country(branches: int, grouped: bool) -> None:
    draw = Random(20210618)
    country = Country.drawn(draw, branches, grouped=grouped)
    order = draw.sample(sorted(country.ballots), branches)
    indexes = publish(country, order, INTERIMS)
    assert len(indexes) == INTERIMS
    assert all(len(x) < len(y) for x, y in pairwise(indexes))
    assert small_differences(indexes, country) == []
    final = indexes[-1]
    assert min(sum(country.ballots[b] for b in batch) for batch in final) >= MINIMUM
    assert sorted(branch for batch in final for branch in batch) == sorted(country.ballots)
    assert country.sums(final).total() == sum(country.ballots.values())
    for group in country.groups:
        assert any(set(group) <= set(batch) for batch in final), "a group is mixed whole"


def test_planning_anew_each_time_would_tell_of_small_groups() -> None:
    """The attack: what `plan_batches` makes of all that is in changes with each arrival."""
    draw = Random(20210618)
    country = Country.drawn(draw, 600, grouped=False)
    order = draw.sample(sorted(country.ballots), 600)
    indexes = [
        list(plan_batches({b: country.ballots[b] for b in order[: 600 * n // 14]}, MINIMUM))
        for n in range(1, 15)
    ]
    assert len(small_differences(indexes, country)) > 10


@given(st.integers(0, 2**32), st.integers(1, 30), st.booleans(), st.integers(1, 8))
def test_in_any_order_and_any_country(
    seed: int, branches: int, grouped: bool, interims: int
) -> None:
    draw = Random(seed)
    country = Country.drawn(draw, branches, grouped=grouped)
    order = draw.sample(sorted(country.ballots), branches)
    indexes = publish(country, order, interims)
    sizes = [sum(country.ballots[b] for b in batch) for batch in indexes[-1]]
    assert len(sizes) == 1 or min(sizes) >= MINIMUM
    assert sorted(branch for batch in indexes[-1] for branch in batch) == sorted(country.ballots)
    assert small_differences(indexes, country) == []

"""Who shares an archive: everybody is in one, nobody among few, and the plan is everybody's."""

from hypothesis import given
from hypothesis import strategies as st

from election.definition import BranchId
from headquarters.batches import plan_batches

NUMBERS = st.dictionaries(
    st.from_regex(r"b[0-9]{1,3}", fullmatch=True).map(BranchId),
    st.integers(0, 900),
    min_size=1,
    max_size=30,
)


@given(NUMBERS, st.integers(1, 1000))
def test_every_branch_is_in_one_batch_and_no_batch_is_small(
    ballots: dict[BranchId, int], minimum: int
) -> None:
    plan = plan_batches(ballots, minimum)
    assert sorted(branch for batch in plan for branch in batch) == sorted(ballots)
    sizes = [sum(ballots[branch] for branch in batch) for batch in plan]
    assert len(plan) == 1 or min(sizes) >= minimum


@given(NUMBERS, st.integers(1, 1000), st.randoms(use_true_random=False))
def test_the_plan_follows_from_the_numbers_alone(
    ballots: dict[BranchId, int], minimum: int, rng: object
) -> None:
    items = list(ballots.items())
    getattr(rng, "shuffle")(items)  # noqa: B009
    assert plan_batches(dict(items), minimum) == plan_batches(ballots, minimum)


def test_large_branches_stay_alone_and_small_ones_come_together() -> None:
    ballots = {
        BranchId(name): number
        for name, number in {"a": 700, "b": 100, "c": 450, "d": 20, "e": 505, "f": 3}.items()
    }
    assert plan_batches(ballots, 500) == (("a",), ("b", "c", "d", "f"), ("e",))
    assert plan_batches({BranchId("a"): 700, BranchId("b"): 3}, 500) == (("a", "b"),)
    assert plan_batches({BranchId("a"): 3, BranchId("b"): 4}, 500) == (("a", "b"),)
    assert plan_batches({BranchId("a"): 0}, 500) == (("a",),)

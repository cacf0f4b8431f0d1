"""What is answered, and the numbers by which a copied station shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import WINDOW, Steps


def after(*numbers: int) -> Steps:
    steps = Steps()
    for number in numbers:
        steps = steps.after(number)
    return steps


@given(st.permutations(range(1, WINDOW)))
def test_any_order_within_the_window_is_in_step(numbers: list[int]) -> None:
    assert not after(*numbers).out


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60, unique=True), st.data())
def test_a_number_that_comes_again_is_out_of_step(numbers: list[int], data: st.DataObject) -> None:
    numbers.sort()
    again = data.draw(st.sampled_from(numbers))
    steps = after(*numbers)
    assert not steps.out
    assert steps.after(again).out


@given(st.integers(1, 10**6), st.integers(WINDOW, 10**6))
def test_older_than_the_window_is_out_of_step(first: int, behind: int) -> None:
    assert after(first + behind, first).out


def test_once_out_of_step_always_out_of_step() -> None:
    assert after(3, 3, 4, 5).out


@pytest.mark.parametrize("gap", [1, 2, WINDOW - 1, WINDOW, WINDOW + 1, 2**53 - 10])
def test_gaps_are_in_step(gap: int) -> None:
    steps = after(1, 1 + gap)
    assert not steps.out
    assert steps.seen < 2**63
    assert steps.after(1 + gap).out

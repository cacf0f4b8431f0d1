"""Every tracking code stands on one page, which its own first characters lead to."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.challenge import tracking_code
from headquarters.decisions import DecisionGround
from headquarters.site.codes import (
    ALPHABET,
    DEEPEST,
    GROUNDS,
    ON_A_PAGE,
    UNDECIDED,
    TrackedCodes,
    code_pages,
    depth_of,
    page_of,
)


def drawn(seed: int, counted: int, excluded: int = 0, challenged: int = 0) -> TrackedCodes:
    draw = Random(seed)
    codes = [tracking_code(draw.randbytes(32)) for _ in range(counted + excluded + challenged)]
    return TrackedCodes(
        tuple(sorted(codes[:counted])),
        tuple(sorted((code, UNDECIDED) for code in codes[counted : counted + excluded])),
        tuple(sorted(codes[counted + excluded :])),
    )


@given(st.integers(0, 2**32), st.integers(0, 900), st.integers(0, 20), st.integers(0, 20))
def test_every_code_is_on_its_page(seed: int, counted: int, excluded: int, challenged: int) -> None:
    codes = drawn(seed, counted, excluded, challenged)
    depth, seen = depth_of(len(codes)), Counter[str]()
    pages = {page.name: page for page in code_pages(codes)}
    for page in pages.values():
        here = page.codes
        for code in (*here.counted, *(code for code, _ in here.excluded), *here.challenged):
            assert page.name == page_of(code[:depth])
            seen[code] += 1
        assert all(page_of(longer) in pages for longer in page.pages)
    assert set(seen.values()) <= {1}
    assert len(seen) == len(codes)


def test_a_country_has_4096_pages_of_a_few_hundred() -> None:
    """1.57 million ballots; names that differ in more than capitals."""
    codes = drawn(7, 60_000)
    assert depth_of(1_570_000) == DEEPEST == 2
    names = [page.name for page in code_pages(codes)]
    assert len(names) == len({name.casefold() for name in names}) == 1 + 64 + 4096
    assert all(name.split("/")[0] == "codes" for name in names)
    assert page_of("Rq") == "codes/17/42"
    assert max(len(page.codes) for page in code_pages(codes)) < 60


@pytest.mark.parametrize(
    ("codes", "depth"),
    [
        (0, 0),
        (ON_A_PAGE, 0),
        (ON_A_PAGE + 1, 1),
        (ON_A_PAGE * 64, 1),
        (ON_A_PAGE * 64 + 1, 2),
        (10**8, 2),
    ],
)
def test_pages_are_parted_when_they_are_long(codes: int, depth: int) -> None:
    assert depth_of(codes) == depth


def test_every_ground_of_an_exclusion_is_said() -> None:
    assert set(GROUNDS) == set(DecisionGround) - {DecisionGround.ELIGIBLE}
    assert len(ALPHABET) == 64

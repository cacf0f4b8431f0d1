"""Integers in points, against values recovered from the reference tool."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.embedding import EmbeddingTable, embed, is_canonical, unembed
from crypto.errors import DecodeError
from crypto.group import IDENTITY, Point, add, mul_base, point_text, sub
from tests.crypto.elections import vector_json

CASES = vector_json("primitives/primitives.json")["embedding"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(len(case["ints"])))
def test_published_embeddings(case: Any) -> None:
    point = embed(case["ints"])
    assert point_text(point) == case["point"]
    assert unembed(point, len(case["ints"])) == tuple(case["ints"])
    assert is_canonical(point, len(case["ints"]))


@given(st.lists(st.integers(0, 255), min_size=1, max_size=30))
def test_integers_come_back(integers: list[int]) -> None:
    point = embed(integers)
    assert unembed(point, len(integers)) == tuple(integers)
    assert is_canonical(point, len(integers))
    assert embed([0] * (30 - len(integers)) + integers) == point


@given(st.integers(1, 2**200))
def test_points_nobody_embedded_are_not_canonical(scalar: int) -> None:
    """Hold it for codes of two integers, as slots have; one point in some thousand is 30 integers."""
    assert not is_canonical(mul_base(scalar), 2)


def test_the_negative_of_an_embedding_is_not_canonical() -> None:
    point = embed([0, 1])
    negative = sub(IDENTITY, point)
    assert unembed(negative, 2) == (0, 1)
    assert not is_canonical(negative, 2)
    assert not is_canonical(Point(add(point, point)), 2)


@pytest.mark.parametrize("integers", [[], [256], [-1], [0] * 31])
def test_other_integers_are_refused(integers: list[int]) -> None:
    with pytest.raises(DecodeError):
        embed(integers)


def test_table_holds_its_codes_only() -> None:
    table = EmbeddingTable([0, 4096, 65535])
    assert len(table) == 3
    assert table.point((0,) * 28 + (16, 0)) == embed([16, 0])
    for missing in ([0, 1], [300], [-1]):
        with pytest.raises(DecodeError):
            table.point(missing)
    with pytest.raises(DecodeError):
        EmbeddingTable([-1])

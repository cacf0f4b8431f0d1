"""What is written as TOML is read as what it was, whatever it holds."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headquarters.election_config import plan_template
from headquarters.toml_text import write_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
)


def tables(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.dictionaries(TEXTS, inner, max_size=4) | st.lists(inner, max_size=3)


@settings(max_examples=50)
@given(st.dictionaries(TEXTS, st.recursive(VALUES, tables, max_leaves=12), max_size=5))
def test_every_document_comes_back(document: dict[str, object]) -> None:
    assert tomllib.loads(write_toml(document)) == document


def test_a_plan_comes_back_and_can_be_edited() -> None:
    plan = tomllib.loads(plan_template("u", 'شورا "۱"', date(2099, 1, 1)))
    text = write_toml(plan)
    assert tomllib.loads(text) == plan
    assert "[[contests]]" in text
    assert 'title = { fa = "شورای شهر", en = "City council" }' in text


def test_what_toml_has_no_form_for_is_an_error() -> None:
    with pytest.raises(TypeError):
        write_toml({"nothing": None})
    assert tomllib.loads(write_toml({"at": [datetime(2026, 1, 1, tzinfo=UTC), time(8)]}))

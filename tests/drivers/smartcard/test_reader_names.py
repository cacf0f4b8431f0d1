"""Which reader a configured name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smartcard.names import choose_reader, explain_missing_reader, match_readers

ACS = "ACS ACR39U ICC Reader 00 00"
DUAL = "Identiv uTrust 3700 F CL Reader [CCID Interface] (53201) 01 00"
TWIN = "Identiv uTrust 3700 F CL Reader [CCID Interface] (53202) 02 00"
NAMES = [ACS, DUAL, TWIN]


@pytest.mark.parametrize(
    ("wanted", "bound", "found"),
    [
        (ACS, None, ACS),
        ("ACS ACR39U ICC Reader", None, None),
        ("ACS ACR39U*", None, ACS),
        ("ACS ACR39U ICC Reader ?? 00", None, ACS),
        ("acs*", None, None),
        ("*[CCID Interface]*", None, None),
        ("*[CCID Interface]*", TWIN, TWIN),
        ("*[CCID Interface]*", ACS, None),
        ("*(53202)*", None, TWIN),
        ("*(53202)*", DUAL, TWIN),
        ("Identiv", None, None),
        ("*.*", None, None),
    ],
)
def test_the_one_reader_that_is_meant(wanted: str, bound: str | None, found: str | None) -> None:
    assert choose_reader(wanted, NAMES, bound) == found


def test_an_exact_name_wins_over_its_reading_as_a_pattern() -> None:
    assert match_readers("Odd * Name", ["Odd 1 Name", "Odd * Name"]) == ["Odd * Name"]


def test_the_reason_names_the_readers_that_fit() -> None:
    assert "fits 2 readers" in explain_missing_reader("*CCID*", NAMES)
    assert DUAL in explain_missing_reader("*CCID*", NAMES)
    assert "plug it in" in explain_missing_reader("Nothing", NAMES)


texts = st.text("ab*?[] ()0", max_size=8)


@given(wanted=texts, names=st.lists(texts, max_size=5), bound=st.none() | texts)
def test_what_is_found_is_there(wanted: str, names: list[str], bound: str | None) -> None:
    found = choose_reader(wanted, names, bound)
    assert found is None or found in names
    if wanted in names:
        assert found == wanted

"""Find names that a voter types with the letters of the screen, and judge national numbers."""

from __future__ import annotations

import pytest

from election.definition import BallotForm, ContestId, Text
from election.national_number import is_national_number
from headquarters.candidates import ContestRules, NewCandidate, make_slate
from kiosk.search import CandidateIndex
from tests.headquarters.small import jpeg

SEARCHES = {
    "arabic-yeh": ("علي اكبري", "علی اکبری"),
    "half-space": ("علی\u200cرضا پور", "علیرضا"),
}
"""Names as candidates wrote them, and what a voter types."""


@pytest.mark.parametrize(
    ("name", "typed"), SEARCHES.values(), ids=[f"search-{what}" for what in SEARCHES]
)
def test_name_is_found(name: str, typed: str) -> None:
    people = [
        NewCandidate(f"r{number}", Text(each, each), None, False, jpeg(number))
        for number, each in enumerate((name, "کسی دیگر"))
    ]
    rules = ContestRules(ContestId("council"), Text("شورا", ""), 1, 1, BallotForm.SLOTS, 4)
    found = CandidateIndex(make_slate(rules, people).contest).by_name(typed)
    assert [each.name.fa for each in found] == [name]


def test_number_with_a_wrong_check_digit() -> None:
    assert is_national_number("0012345679")
    assert not is_national_number("0012345678")

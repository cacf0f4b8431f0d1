"""Find names that a voter types with the letters of the screen, and judge national numbers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import BallotForm, ContestId, Text
from election.national_number import is_national_number
from headquarters.candidates import ContestRules, NewCandidate, make_slate
from headquarters.reconciliation import read_persons
from tests.headquarters.small import jpeg
from ui.ballot.search import CandidateIndex
from words.folding import fold

SEARCHES = {
    "kurdish-e": ("ژیلە مرادی", "ژیله"),
    "heh-doachashmee": ("ھادی رضایی", "هادی"),
    "heh-goal": ("ہادی رضایی", "هادی"),
    "swash-kaf": ("ڪریم بهرامی", "کریم"),
    "kurdish-ye-and-o": ("شێرکۆ احمدی", "شیرکو"),
    "kurdish-l": ("گوڵاڵە", "گلاله"),
    "kurdish-l-with-its-waw": ("گوڵاڵە", "گولاله"),
    "kurdish-short-e": ("شەریف ڕەحیمی", "شریف رحیمی"),
    "kurdish-r": ("ڕۆژان", "روژان"),
    "yeh-barree": ("علے اکبری", "علی"),
    "pashto-yeh": ("ښاغلي ولېد", "ولید"),
    "lone-hamza": ("ضیاءالدین نوری", "ضیاالدین"),
    "hyphen-as-a-space": ("محمد-رضا پور", "محمد رضا"),
    "hyphen-as-nothing": ("محمد-رضا پور", "محمدرضا"),
    "en-dash": ("محمد–رضا پور", "محمدرضا"),
    "hamza-on-yeh-as-waw": ("رئوف", "رووف"),
    "hamza-on-yeh-as-yeh": ("رئوف", "ریوف"),
    "hamza-on-yeh": ("رئوف", "رئوف"),
    "apostrophe": ("O'Neil", "oneil"),
    "typographic-apostrophe": ("O’Neil", "oneil"),
    "latin-letter-with-a-mark": ("Ağa", "aga"),
    "latin-letter-and-a-mark": ("Ag\u0306a", "aga"),
    "dotless-i": ("Işık", "isik"),
    "capital-with-a-dot": ("İbrahim", "ibrahim"),
    "arabic-yeh": ("علي اكبري", "علی اکبری"),
    "half-space": ("علی\u200cرضا پور", "علیرضا"),
}
"""Names as candidates wrote them, and what a voter types."""


@pytest.mark.parametrize(
    ("name", "typed"), SEARCHES.values(), ids=[f"search-{what}" for what in SEARCHES]
)
def test_name_is_found(name: str, typed: str) -> None:
    people = [
        NewCandidate(f"r{number}", Text(persian, persian), None, False, jpeg(number))
        for number, persian in enumerate((name, "کسی دیگر"))
    ]
    rules = ContestRules(ContestId("council"), Text("شورا", ""), 1, 1, BallotForm.SLOTS, 4)
    found = CandidateIndex(make_slate(rules, people).contest).by_name(typed)
    assert [candidate.name.fa for candidate in found] == [name]


def test_number_with_a_wrong_check_digit() -> None:
    assert is_national_number("0012345679")
    assert not is_national_number("0012345678")


@pytest.mark.parametrize("digit", "123456789")
def test_ten_equal_digits(digit: str) -> None:
    """Registers hold persons with such a number."""
    number = digit * 10
    assert is_national_number(number)
    assert read_persons(f"0012345679\n{number}\n".encode(), "registry.txt") == {
        "0012345679",
        number,
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_folding_does_not_see_the_normal_form(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, text)) == folded

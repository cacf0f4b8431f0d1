"""Finding candidates by name and code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import (
    BallotForm,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    SelectionCode,
    Text,
)
from ui.ballot.search import CandidateIndex

NAMES = [
    ("محمدرضا حسینی‌نژاد", "Mohammadreza Hosseininejad"),
    ("علی رضایی", "Ali Rezaei"),
    ("آرزو علی‌پور", "Arezou Alipour"),
    ("زهرا کاظمی", "Zahra Kazemi"),
    ("رضا محمدی", "Reza Mohammadi"),
]
CODES = (7, 12, 1203, 1204, 4000)


def _candidate(code: int, fa: str, en: str) -> Candidate:
    return Candidate(SelectionCode(code), Text(fa, en), None, "", woman=False)


CONTEST = Contest(
    id=ContestId("c"),
    title=Text("شورا"),
    seats=21,
    max_selections=21,
    form=BallotForm.SLOTS,
    code_width=4,
    blank_code=SelectionCode(9999),
    candidates=tuple(_candidate(c, *n) for c, n in zip(CODES, NAMES, strict=True)),
    lists=(
        CandidateList(SelectionCode(101), Text("فانوس"), (SelectionCode(12), SelectionCode(7))),
    ),
)
INDEX = CandidateIndex(CONTEST)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", [7, 12, 1203, 1204, 4000]),
        ("   ", [7, 12, 1203, 1204, 4000]),
        ("رضا", [12, 4000, 7]),  # beginnings of words first, then insides
        ("علي", [12, 1203]),  # Arabic yeh
        ("ارزو", [1203]),  # without madda
        ("كاظمى", [1204]),  # Arabic kaf and alef maksura
        ("حسینی نژاد", [7]),  # a space for the non-joiner
        ("حسینینژاد", [7]),  # nothing for the non-joiner
        ("محمد رضا", [4000, 7]),  # one name or two
        ("رضایی علی", [12]),  # any order of words
        ("rez", [12, 4000, 7, 1203]),
        ("۱۲", [1203, 1204]),
        ("0012", [12]),
        ("نیست", []),
    ],
)
def test_by_name(typed: str, codes: list[int]) -> None:
    assert [c.code for c in INDEX.by_name(typed)] == codes


def test_by_the_beginning_of_a_code() -> None:
    assert [c.code for c in INDEX.by_code("00")] == [7, 12]
    assert [c.code for c in INDEX.by_code("120")] == [1203, 1204]


def test_a_whole_code_is_a_person_or_a_list() -> None:
    assert INDEX.find("0012") == CONTEST.candidates[1]
    assert INDEX.find("0101") == CONTEST.lists[0]
    for nothing in ("", "12", "0013", "00012", "12a4", "۰۰۱۲"):
        assert INDEX.find(nothing) is None


def test_members_are_in_the_lists_order() -> None:
    assert [c.code for c in INDEX.members(CONTEST.lists[0])] == [12, 7]


@given(st.text(max_size=40))
def test_whatever_is_typed_finds_candidates_of_the_contest(typed: str) -> None:
    found = INDEX.by_name(typed)
    assert set(found) <= set(CONTEST.candidates)
    assert len(found) == len(set(found))


@given(st.sampled_from(CONTEST.candidates), st.data())
def test_every_beginning_of_a_name_finds_it(candidate: Candidate, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(candidate.name.fa)))
    assert candidate in INDEX.by_name(candidate.name.fa[:end])

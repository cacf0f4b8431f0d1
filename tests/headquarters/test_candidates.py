"""Codes, rules of standing, and the CSV files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import BallotForm, ContestId, Text
from election.errors import ManifestError
from headquarters.candidate_files import read_candidates, read_lists
from headquarters.candidates import (
    ContestRules,
    NewCandidate,
    NewList,
    blank_code,
    make_slate,
)
from headquarters.portraits import read_portrait
from tests.headquarters.small import council, jpeg, person

RULES = ContestRules(ContestId("c"), Text("شورا"), 5, 5, BallotForm.SLOTS)
LISTS = [NewList("a", Text("الف")), NewList("b", Text("ب"))]


def people(count: int, members: int = 3) -> list[NewCandidate]:
    keys = ["a"] * members + ["b"] * members
    return [person(i, keys[i] if i < len(keys) else None) for i in range(count)]


def test_codes_have_one_width_and_do_not_overlap() -> None:
    contest = make_slate(RULES, people(8), LISTS).contest
    assert contest.code_width == 2
    assert [slate.code for slate in contest.lists] == [1, 2]
    assert [candidate.code for candidate in contest.candidates] == list(range(10, 18))
    assert contest.blank_code == 99
    assert contest.lists[1].members == (13, 14, 15)
    assert contest.format_code(contest.lists[0].code) == "01"


def test_a_whole_city() -> None:
    rules = replace(RULES, seats=21, max_selections=21)
    lists = [NewList(f"l{i}", Text(f"فهرست {i}")) for i in range(9)]
    candidates = [person(i, f"l{i // 21}" if i < 189 else None) for i in range(2294)]
    contest = make_slate(rules, candidates, lists).contest
    assert contest.code_width == 4
    assert (contest.candidates[0].code, contest.candidates[-1].code) == (1000, 3293)
    assert contest.blank_code == 9999
    assert all(len(slate.members) == 21 for slate in contest.lists)


def test_five_digits_end_at_what_a_slot_holds() -> None:
    assert blank_code(5) == 65535
    assert make_slate(replace(RULES, code_width=5), people(8), LISTS).contest.blank_code == 65535


def test_portraits_go_by_hash() -> None:
    slate = council()
    assert {candidate.portrait for candidate in slate.contest.candidates} == set(slate.portraits)


@settings(max_examples=40, deadline=None)
@given(st.integers(6, 200), st.integers(0, 3), st.sampled_from([None, 3, 4, 5]))
def test_code_space_is_always_disjoint(count: int, members: int, width: int | None) -> None:
    lists = LISTS if members else []
    slate = make_slate(replace(RULES, code_width=width), people(count, members), lists)
    contest = slate.contest
    codes = [c.code for c in contest.candidates] + [x.code for x in contest.lists]
    assert len({*codes, contest.blank_code, 0}) == len(codes) + 2
    assert all(0 < code < contest.blank_code for code in codes)
    assert all(len(contest.format_code(code)) == contest.code_width for code in codes)


@pytest.mark.parametrize(
    ("candidates", "lists", "rules", "word"),
    [
        ([*people(7), person(6)], LISTS, RULES, "'r6' stands twice"),
        ([*people(7), person(9, "z")], LISTS, RULES, "no list 'z'"),
        (people(7), [*LISTS, NewList("c", Text("پ"))], RULES, "'c' has 0 members"),
        (people(14, 6), LISTS, RULES, "6 members"),
        (people(7), [*LISTS, NewList("a", Text("پ"))], RULES, "'a' is there twice"),
        (people(7), [NewList("a", Text("ب")), LISTS[1]], RULES, "“ب” and “ب”"),
        (people(3, 0), [], RULES, "3 candidates"),
        ([replace(person(1), portrait=b"GIF89a"), *people(8)[2:]], [], RULES, "no JPEG"),
        ([replace(person(1), name=Text(" ")), *people(8, 0)[2:]], [], RULES, "no Persian name"),
        ([replace(person(1), name=Text("a\u202eb")), *people(8, 0)[2:]], [], RULES, "U+202E"),
        (people(8), LISTS, replace(RULES, form=BallotForm.CHOICE), "slots"),
        (people(8), LISTS, replace(RULES, max_selections=6), "more selections than seats"),
        (people(8), LISTS, replace(RULES, code_width=1), "do not fit"),
        (people(201, 0), [], replace(RULES, form=BallotForm.CHOICE), "it takes 5 to 200"),
    ],
)
def test_rules_of_standing(
    candidates: list[NewCandidate], lists: list[NewList], rules: ContestRules, word: str
) -> None:
    if "JPEG" in word:
        candidates = [replace(candidate, list_key=None) for candidate in candidates]
    with pytest.raises(ManifestError, match=word.replace("+", r"\+")):
        make_slate(rules, candidates, lists)


# ---------------------------------------------------------------- files

HEADER = "key,name_fa,name_en,list,woman,portrait\n"
GOOD = HEADER + 'r1,"مریم, رضایی",Maryam Rezaei,a,yes,1.jpg\nr2,علی نوری,,,no,2.jpg\n'


def portrait(name: str) -> bytes:
    return jpeg(int(name.removesuffix(".jpg")))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_candidates_file(mark: str) -> None:
    found = read_candidates((mark + GOOD).encode(), portrait)
    assert found[0] == NewCandidate("r1", Text("مریم, رضایی", "Maryam Rezaei"), "a", True, jpeg(1))
    assert found[1].list_key is None


def test_lists_file() -> None:
    assert read_lists("name_fa,key,name_en\nالف,a,List A\n".encode()) == (
        NewList("a", Text("الف", "List A")),
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "the file is empty"),
        ("key,name\n", "line 1: the columns are"),
        (HEADER + "r1,نام,,a,maybe,1.jpg\n", "line 2, column woman"),
        (HEADER + "r1,نام,,a,yes,1.jpg\nr 2,نام,,a,yes,1.jpg\n", "line 3, column key"),
        (HEADER + "r1,,,a,yes,1.jpg\n", "line 2, column name_fa"),
        (HEADER + "r1,نام,,a,yes,../1.jpg\n", "line 2, column portrait"),
        (HEADER + "r1,نام,,a,yes\n", "line 2: 5 cells"),
        (HEADER + 'r1,"نام,,a,yes,1.jpg\n', "line 2"),
    ],
)
def test_errors_name_line_and_column(text: str, place: str) -> None:
    with pytest.raises(ManifestError, match=place):
        read_candidates(text.encode(), portrait, "people.csv")


def test_other_encodings_are_named_with_their_line() -> None:
    with pytest.raises(ManifestError, match=r"line 2: not UTF-8"):
        read_candidates(HEADER.encode() + b"r1,\xda\xe1\xed\n", portrait)


def test_portraits_come_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    assert read_portrait(tmp_path / "1.jpg") == jpeg(1)
    with pytest.raises(ManifestError, match="cannot be read"):
        read_portrait(tmp_path / "2.jpg")


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_raise_manifest_errors_only(data: bytes) -> None:
    for parse in (lambda d: read_candidates(d, portrait), read_lists):
        try:
            parse(data)
        except ManifestError:
            continue


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.characters(codec="utf-8"))
def test_mutated_files_raise_manifest_errors_only(place: int, letter: str) -> None:
    changed = GOOD[:place] + letter + GOOD[place + 1 :]
    try:
        found = read_candidates(changed.encode(), lambda _: jpeg(1))
    except ManifestError:
        return
    assert len(found) <= 3

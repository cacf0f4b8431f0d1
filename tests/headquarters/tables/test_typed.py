"""Cells as every keyboard types them: the same answer, number and district."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import Branch, BranchId, Text
from election.errors import ManifestError
from headquarters.branch_tables import read_branches
from headquarters.election_config import plan_content, plan_of, plan_template
from headquarters.inventory_tables import parse_goods
from headquarters.readiness.survey import ASKED, parse_survey
from headquarters.typed import answer, one_spelling, plain
from words.digits import ARABIC, LATIN, PERSIAN

LETTERS = {"ی": "یيى", "ک": "کك"}
"""How Arabic keyboards give a Persian letter."""
LOOSE = {**LETTERS, "ه": "هةہ", "ا": "اأإ", "آ": "آا"}
"""What is the same besides in an answer, never in a name."""
UNSEEN = ("", "\u200c", "\u200d", "\u200e", "\u200f", "\u202b", "\u2067", "\ufeff", "ـ")
BLANKS = (" ", "\u00a0", "\u2009", "\t", "  ")
WORDS = {
    "yes": ("yes", "YES", "Yes", "بله", "بلی", "آری", "نعم"),
    "partly": ("partly", "Partly", "تا حدی", "جزئیا"),
    "no": ("no", "NO", "خیر", "نه", "لا"),
}
BRANCH = Branch(BranchId("b12"), Text("نور"), "3")


def spellings(word: str) -> Iterator[str]:
    """Yield the word with every letter of every keyboard, with blanks and half-spaces between its parts."""
    letters = [LOOSE.get(letter, letter) for letter in word if letter != " "]
    gap = word.find(" ")
    for typed in map("".join, itertools.product(*letters)):
        for between in ("", "\u200c", *BLANKS) if gap > 0 else ("",):
            yield typed[:gap] + between + typed[gap:] if gap > 0 else typed


@pytest.mark.parametrize(
    ("word", "meant"), [(word, meant) for meant, words in WORDS.items() for word in words]
)
def test_an_answer_is_known_as_every_keyboard_types_it(word: str, meant: str) -> None:
    tried = 0
    for spelled in spellings(word):
        for before, after in itertools.product(UNSEEN, UNSEEN):
            cell = f"{before}{spelled}{after}"
            for encoded in (cell, unicodedata.normalize("NFD", cell)):
                assert answer(encoded) == meant, ascii(encoded)
                tried += 1
    assert tried >= 2 * len(UNSEEN) ** 2


@pytest.mark.parametrize("cell", ["", "maybe", "yesno", "بله نه", "ن", "1", "۰", "نها"])
def test_another_word_is_no_answer(cell: str) -> None:
    assert answer(cell) not in WORDS


def test_an_empty_cell_of_any_blanks_is_no_answer_yet() -> None:
    for cell in map("".join, itertools.product((*BLANKS, *UNSEEN), repeat=2)):
        assert answer(cell) == ""


def _numbers(digits: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(digits), min_size=1, max_size=5).map("".join)


@st.composite
def typed_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a number, and a cell in which each digit is of some script, with unseen signs anywhere."""
    number = draw(_numbers(LATIN))
    cell = draw(st.sampled_from((*UNSEEN, *BLANKS)))
    for digit in number:
        scripts = st.sampled_from((LATIN, PERSIAN, ARABIC))
        cell += draw(scripts)[int(digit)] + draw(st.sampled_from(UNSEEN))
    return number, cell + draw(st.sampled_from((*UNSEEN, *BLANKS)))


@given(typed_numbers())
def test_a_number_is_read_in_the_digits_of_every_keyboard(drawn: tuple[str, str]) -> None:
    number, cell = drawn
    assert plain(cell) == number
    # A tab would separate cells of this table.
    cell = cell.replace("\t", "\u00a0")
    (row,) = parse_goods(f"branch,what,count\nb12,rolls,{cell}\n".encode(), "g.csv")
    assert row.count == number


@given(typed_numbers(), st.sampled_from(BLANKS))
def test_two_numbers_in_a_cell_are_not_one(drawn: tuple[str, str], blank: str) -> None:
    _, cell = drawn
    table = f"branch;what;count\nb12;rolls;{cell.strip()}{blank}{cell.strip()}\n"
    with pytest.raises(ManifestError, match="column count"):
        parse_goods(table.encode(), "g.csv")


@given(st.data())
def test_a_survey_of_all_keyboards_says_what_one_in_latin_says(data: st.DataObject) -> None:
    meant = [data.draw(st.sampled_from([*WORDS, ""])) for _ in ASKED]
    cells = []
    for each in meant:
        word = data.draw(st.sampled_from(WORDS[each])) if each else ""
        cells.append(data.draw(st.sampled_from(list(spellings(word)))) if word else "")
    cells = [cell.replace("\t", "\u00a0") for cell in cells]
    branch = data.draw(st.sampled_from(["b12", "b۱۲", "b١٢", "b1\u200c2", "\u200fb۱2"]))
    table = "branch," + ",".join(ASKED) + f"\n{branch},{','.join(cells)}\n"
    (row,) = parse_survey(table.encode(), "s.csv", [BRANCH])
    assert [getattr(row, column) for column in ASKED] == meant


# ---------------------------------------------------------------- districts

DISTRICTS = ("3", "13", "منطقهٔ 3", "شمیران", "ری - 1", "کهریزک", "district-20")


@st.composite
def typed_districts(draw: st.DrawFn) -> tuple[int, str]:
    """Draw a district by its place in `DISTRICTS`, and one of the ways in which it is typed."""
    place = draw(st.integers(0, len(DISTRICTS) - 1))
    typed = ""
    for sign in DISTRICTS[place]:
        if sign in LATIN:
            typed += draw(st.sampled_from((LATIN, PERSIAN, ARABIC)))[int(sign)]
        elif sign == " ":
            typed += draw(st.sampled_from((" ", "\u200c")))
        else:
            typed += draw(st.sampled_from(LETTERS.get(sign, sign)))
    return place, draw(st.sampled_from((typed, typed.upper())))


@given(st.lists(typed_districts(), min_size=1, max_size=12))
def test_a_district_is_one_however_it_is_typed(drawn: list[tuple[int, str]]) -> None:
    lines = [f"b{n},شعبه,{typed}" for n, (_, typed) in enumerate(drawn)]
    table = "\n".join(("id,name_fa,district", *lines)) + "\n"
    found = [row.district for _, row in read_branches(table.encode())]
    first: dict[int, str] = {}
    assert found == [first.setdefault(place, typed) for place, typed in drawn]
    assert len(set(found)) == len(first), "two districts were taken for one"
    assert one_spelling(found) == found


def test_a_plan_by_hand_has_one_spelling_too() -> None:
    template = plan_template("A1b2C3d4E5f6G7", "شورا", date(2026, 6, 19))
    content = plan_content(template.encode(), "election.toml")
    branch = content["branches"][0]
    content["branches"] = [
        {**branch, "id": f"b{n}", "district": typed}
        for n, typed in enumerate(("\u06f3", "3", "\u0663", "13"))
    ]
    assert [each.district for each in plan_of(content).branches] == ["\u06f3"] * 3 + ["13"]

"""Accept the names of persons as people write them; refuse what nobody can see or tell apart."""

from __future__ import annotations

import itertools
import unicodedata
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from headquarters.names import MOST_MARKS, alike, name_problem
from tests.cases.office.office import (
    HEAD,
    LIST_HEAD,
    Row,
    accepted,
    add,
    begin,
    portraits,
    refused,
    rows,
    table,
)
from tests.shares import share

NAMES = {
    "with-a-non-joiner-inside": "علی\u200cاکبر نمونه",
    "with-a-shadda": "محمّد نمونه",
    "with-a-shadda-and-a-vowel": "محمَّد نمونه",
    "with-a-madda": "آرش نمونه",
    "with-a-small-alef": "رحمٰن نمونه",
    "with-a-hyphen": "محمد-رضا نمونه",
    "with-an-apostrophe": "O'Neil",
    "with-a-latin-mark": "Ağa Şükrü",
    "kurdish": "شێرکۆ ڕەحیمی گوڵاڵە",
    "in-quotes-and-brackets": "علی نمونه (معروف به «باران»)",
    "with-a-digit": "فهرست امید ۲",
    "of-one-letter": "م",
    "of-120-letters": "م" * 120,
}
INVISIBLE = {
    "zero-width-space": "\u200b",
    "word-joiner": "\u2060",
    "byte-order-mark": "\ufeff",
    "tag-letter": "\U000e0041",
    "line-separator": "\u2028",
    "deprecated-format": "\u206a",
    "hangul-filler": "\u3164",
    "braille-blank": "\u2800",
    "private-use": "\ue000",
    "unassigned": "\u0378",
    "soft-hyphen": "\u00ad",
    "annotation-anchor": "\ufff9",
    "override": "\u202e",
    "isolate": "\u2066",
    "letter-mark": "\u061c",
    "escape": "\x1b",
    "tab": "\t",
    "hard-blank": "\u00a0",
    "joiner": "\u200d",
    "variation-selector": "\ufe0f",
    "tatweel": "\u0640",
    "backslash": "\\",
    "emoji": "\U0001f600",
}
NOTHING_TO_SEE = {
    "of-a-non-joiner": "\u200c",
    "of-a-hangul-filler": "\u3164",
    "of-two-marks": "\u064b\u064c",
    "of-119-marks-on-a-letter": "ب" + "\u0651" * 119,
    "of-a-mark-twice": "ب\u0651\u0651",
    "of-a-mark-after-a-blank": "رضا \u0651ی",
    "of-a-hyphen": "-",
    "of-digits": "۱۲۳",
    "ending-with-a-non-joiner": "رضا\u200c",
    "with-two-non-joiners": "علی\u200c\u200cاکبر",
    "with-a-non-joiner-beside-a-blank": "علی\u200c اکبر",
}
LOOK_ALIKE = {
    "arabic-and-persian-yeh": ("فهرست امیدی", "فهرست اميدي"),
    "arabic-and-persian-kaf": ("فهرست نیک", "فهرست نيك"),
    "forms-of-heh": ("فهرست ماه", "فهرست ماہ"),
    "non-joiner": ("فهرست همراهان", "فهرست هم\u200cراهان"),
    "blank": ("فهرست همراهان", "فهرست هم راهان"),
    "mark": ("فهرست امّید", "فهرست امید"),
    "digits": ("فهرست ۲", "فهرست ٢"),
    "capitals": ("Hope", "HOPE"),
    "normal-form": ("آینده", "ا\u0653ینده"),
}


class Office:
    """A begun election and its portraits."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "election"
        accepted(begin(self.path))
        self._portraits = portraits(folder / "portraits")
        self._folder = folder

    def stand(self, people: list[Row], lists: list[Row] | None = None) -> Result:
        candidates = table(self._folder / "candidates.csv", HEAD, people)
        named = lists and table(self._folder / "lists.csv", LIST_HEAD, lists)
        return add(self.path, candidates, self._portraits, named or None)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def named(name: str, column: int = 1) -> list[Row]:
    people = rows()
    people[3][column] = name
    return people


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_name_is_accepted(office: Office, name: str) -> None:
    accepted(office.stand(named(name)))
    kept = office.path / "contests" / "council" / "candidates.csv"
    assert name in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("column", [1, 2], ids=["persian", "english"])
@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
def test_refusal_names_line_column_and_character(
    office: Office, character: str, column: int
) -> None:
    told = office.stand(named(f"رضا{character}یی", column))
    refused(told, "line 5", f"column {HEAD[column]}", f"U+{ord(character):04X}")


@pytest.mark.parametrize("name", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE)
def test_name_nobody_can_read_is_refused(office: Office, name: str) -> None:
    refused(office.stand(named(name)), "line 5", "column name_fa")


def test_decomposed_name_is_composed(office: Office) -> None:
    """Mac programs write letters and marks apart."""
    assert name_problem(unicodedata.normalize("NFD", "آرش رئیسی")) is None
    accepted(office.stand(named(unicodedata.normalize("NFD", "آرش رئیسی"))))


@pytest.mark.slow
def test_no_character_of_a_kind_that_cannot_be_seen() -> None:
    """Blank and non-joiner are what names are written with.

    All that are assigned, and a share of those that are not or are private.
    """
    kinds: dict[str, list[str]] = {"Cc": [], "Cf": [], "Cs": [], "Zl": [], "Zp": [], "Zs": []}
    many: dict[str, list[str]] = {"Cn": [], "Co": []}
    for sign in map(chr, range(0x110000)):
        kind = unicodedata.category(sign)
        for signs_of in (kinds, many):
            if kind in signs_of:
                signs_of[kind].append(sign)
    kinds |= {kind: list(share(signs, 50)) for kind, signs in many.items()}
    for kind, signs in kinds.items():
        assert signs
        taken = [sign for sign in signs if name_problem(f"رضا{sign}یی") is None]
        assert taken == {"Cf": ["\u200c"], "Zs": [" "]}.get(kind, []), kind


@given(st.text("بپتژ", min_size=1), st.integers(0, 20))
def test_marks_are_bounded(letters: str, count: int) -> None:
    marks = "".join(itertools.islice(itertools.cycle("\u0651\u064e\u0655"), count))
    assert (name_problem(letters + marks) is None) == (count <= MOST_MARKS)


# ------------------------------------------------------------ what looks the same


def two_lists(one: str, other: str) -> tuple[list[Row], list[Row]]:
    people = rows()
    for number, row in enumerate(people):
        row[3] = ("a", "b")[number % 2]
    return people, [["a", one, ""], ["b", other, ""]]


@pytest.mark.parametrize("pair", LOOK_ALIKE.values(), ids=LOOK_ALIKE)
def test_lists_that_look_the_same(office: Office, pair: tuple[str, str]) -> None:
    refused(office.stand(*two_lists(*pair)), "'a' and 'b'", "look the same")


def test_a_list_with_a_letter_of_another_script_that_looks_like_ours(office: Office) -> None:
    refused(office.stand(*two_lists("Nova", "Nov\u0430")), "U+0430", "no letter")


@pytest.mark.parametrize("character", "\u200b\u0640")
def test_lists_that_differ_by_what_is_not_written(office: Office, character: str) -> None:
    told = office.stand(*two_lists("فهرست امید", f"فهرست ام{character}ید"))
    refused(told, "lists.csv, line 3", "column name_fa", f"U+{ord(character):04X}")


@pytest.mark.parametrize("pair", [("فهرست امید", "فهرست نوید"), ("فهرست ۱", "فهرست ۲")])
def test_lists_that_look_different(office: Office, pair: tuple[str, str]) -> None:
    accepted(office.stand(*two_lists(*pair)))


def test_lists_that_look_the_same_in_english_only(office: Office) -> None:
    people, lists = two_lists("امید", "نور")
    lists[0][2], lists[1][2] = "Nova", "NOVA"
    refused(office.stand(people, lists), "look the same")


def test_namesakes_are_told(office: Office) -> None:
    people = rows()
    people[3][1], people[7][1] = "علی اکبری", "علي اكبري"
    told = accepted(office.stand(people)).output
    assert "13 and 17 look the same" in told.replace("\u2068", "").replace("\u2069", "")


def test_registration_numbers_that_differ_by_case(office: Office) -> None:
    """The numbers r1 and R1 are one person who stands twice."""
    people = rows()
    people[5][0] = "R1"
    refused(office.stand(people), "'R1' stands twice")


def test_keys_of_lists_that_differ_by_case(office: Office) -> None:
    people, lists = two_lists("امید", "نور")
    lists[1][0] = "A"
    refused(office.stand(people, lists), "'A' is there twice")


@given(st.lists(st.sampled_from(["علی", "علي", "ali", "ALI", "رضا", "مریم", ""]), max_size=8))
def test_groups_of_names_that_look_the_same(names: list[str]) -> None:
    kinds = [{"علي": "علی", "ALI": "ali"}.get(name, name) for name in names]
    wanted = [
        tuple(place for place, named in enumerate(kinds) if named == kind)
        for kind in dict.fromkeys(kinds)
        if kind and kinds.count(kind) > 1
    ]
    assert list(alike(names)) == sorted(wanted)

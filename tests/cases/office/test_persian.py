"""Names that a voter cannot find by typing them, and a national number that is refused."""

from functools import partial

from election.definition import BallotForm, ContestId, Text
from election.national_number import is_national_number
from headquarters.candidates import ContestRules, NewCandidate, make_slate
from headquarters.reconciliation import ReconciliationError, read_persons
from kiosk.search import CandidateIndex
from tests.cases.runner import add, case, collect, expect

SEARCHES = {
    "kurdish-e": ("ژیلە مرادی", "ژیله"),
    "heh-doachashmee": ("ھادی رضایی", "هادی"),
    "heh-goal": ("ہادی رضایی", "هادی"),
    "swash-kaf": ("ڪریم بهرامی", "کریم"),
    "kurdish-ye-and-o": ("شێرکۆ احمدی", "شیرکو"),
    "kurdish-l": ("گوڵاڵە", "گلاله"),
    "yeh-barree": ("علے اکبری", "علی"),
    "lone-hamza": ("ضیاءالدین نوری", "ضیاالدین"),
    "hyphen-as-a-space": ("محمد-رضا پور", "محمد رضا"),
    "hyphen-as-nothing": ("محمد-رضا پور", "محمدرضا"),
    "hamza-on-yeh-as-waw": ("رئوف", "رووف"),
    "apostrophe": ("O'Neil", "oneil"),
    "latin-letter-with-a-mark": ("Ağa", "aga"),
    "arabic-yeh": ("علي اكبري", "علی اکبری"),
    "half-space": ("علی‌رضا پور", "علیرضا"),
}


def search(name: str, typed: str) -> None:
    pictures = [b"\xff\xd8\xff\xe0" + bytes([number]) for number in range(2)]
    people = [
        NewCandidate(f"r{number}", Text(each, each), None, False, picture)
        for number, (each, picture) in enumerate(zip((name, "کسی دیگر"), pictures, strict=True))
    ]
    rules = ContestRules(ContestId("council"), Text("شورا", ""), 1, 1, BallotForm.SLOTS, 4)
    found = CandidateIndex(make_slate(rules, people).contest).by_name(typed)
    expect(name in [each.name.fa for each in found], f"«{name}» is not found by «{typed}»")


for what, pair in SEARCHES.items():
    add(f"search-{what}", partial(search, *pair))


REPEATED = "1" * 10
"""Several public validators have had reports that this number is issued."""


@case
def number_of_ten_ones() -> None:
    expect(is_national_number(REPEATED), "taken for no national number: its holder is sent away")


@case
def registry_list_with_ten_ones() -> None:
    try:
        read_persons(f"0012345679\n{REPEATED}\n".encode(), "registry.txt")
    except ReconciliationError as error:
        expect(False, f"the whole list is refused: {error}")


@case
def number_with_a_wrong_check_digit() -> None:
    expect(not is_national_number("0012345678"), "accepted")


test_case = collect()

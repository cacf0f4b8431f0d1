"""The explanation: complete, in order, right in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from election.definition import ENGLISH, PERSIAN, Language
from headquarters.seats.allocate import allocate
from headquarters.seats.explain import MOST_EMPTY, explain, lines
from headquarters.seats.model import INDEPENDENTS, SeatParameters, Votes
from headquarters.seats.phrases import names, percent
from headquarters.seats.readings import (
    Denominator,
    Independents,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Surplus,
)
from tests.headquarters.seats.elections import WORKED, group, votes_of
from tests.headquarters.seats.test_properties import elections, parameters
from words.languages import installed
from words.message import m

FA, EN = PERSIAN, ENGLISH
DEFAULT = SeatParameters(21, "seed")
LATIN_DIGITS = re.compile(r"[0-9]")
INVISIBLE = re.compile("[\u2066-\u2069\u200e\u200f]")


def text(votes: Votes, rules: SeatParameters, language: Language) -> str:
    speaker = installed().speaker(language)
    return INVISIBLE.sub("", "\n".join(lines(explain(allocate(votes, rules)), speaker)))


def test_the_worked_check_told_in_english() -> None:
    told = text(votes_of(WORKED), DEFAULT, EN)
    for line in (
        "List of Hope: 9,400 votes of 21,000, times 21 seats, is 9.4: 9 seats.",
        "Front of Building: 800 votes of 21,000, times 21 seats, is 0.8: no seat yet.",
        "Together 18 of 21 seats are given; 3 are left over.",
        "Seat 19 goes to Independents: largest remainder (0.9); it now has 2.",
        "Seat 20 goes to Front of Building: largest remainder (0.8); it now has 1.",
        "Seat 21 goes to People’s List: largest remainder (0.6); it now has 3.",
        "Reserves: 4.68, rounded 5: ",
    ):
        assert line in told
    assert [line for line in told.splitlines() if line[:1].isdigit()] == [
        "1. Quotas",
        "2. Seats one by one",
        "3. Elected and reserves",
    ]


def test_the_worked_check_told_in_persian() -> None:
    told = text(votes_of(WORKED), DEFAULT, FA)
    for line in (
        "فهرست امید: ۹٬۴۰۰ رأی از ۲۱٬۰۰۰، ضرب در ۲۱ کرسی، برابر ۹٫۴ است؛ ۹ کرسی.",
        "روی هم ۱۸ کرسی از ۲۱ داده شد؛ ۳ کرسی مانده است.",
        "کرسی شمارهٔ ۱۹ به نامزدهای مستقل می‌رسد: بزرگ‌ترین باقی‌مانده (۰٫۹)؛ اکنون ۲ کرسی دارد.",
        "شمار علی‌البدل‌های هر گروه ۵۲٪ کرسی‌های آن است.",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            replace(DEFAULT, remainder_seats=RemainderSeats.LARGEST_SHARE),
            "largest share in this round (44.8 %)",
        ),
        (replace(DEFAULT, method=Method.DHONDT), "votes divided by 2 are 4,700"),
        (
            replace(DEFAULT, method=Method.MODIFIED_SAINTE_LAGUE),
            "votes divided by 1.4 are 6,714.2857…",
        ),
        (
            replace(DEFAULT, quota_rule=QuotaRule.DROOP),
            "9,400 votes at 955 votes a seat, is 9.8429…",
        ),
        (replace(DEFAULT, threshold=Fraction(1, 20)), "has 800 votes of 21,000, less than 5 %"),
    ],
)
def test_every_method_tells_its_numbers(rules: SeatParameters, told: str) -> None:
    assert told in text(votes_of(WORKED), rules, EN)


def test_taking_back_and_sharing_again_are_told() -> None:
    votes = Votes(
        (group("A", 1, [160]), group("B", 100, [90, 70]), group("C", 200, [100, 80])), None, 5
    )
    rules = SeatParameters(
        5, "s", quota_rounding=QuotaRounding.HALF_UP, surplus=Surplus.SHARE_AGAIN
    )
    told = text(votes, rules, EN)
    assert "is due 2 seats but has only 1 candidate; the others share again what remains." in told
    assert "4 seats are shared again by the other groups' 340 votes." in told
    rules = replace(rules, surplus=Surplus.LEFT_OVERS, overallocation=Overallocation.SMALLEST_SHARE)
    many = Votes(tuple(group(k, 100 * i, [100, 60]) for i, k in enumerate("ABC")), None, 5)
    assert "1 too many, to be taken back." in text(many, replace(rules, seats=5), EN)


@settings(max_examples=120, deadline=None)
@given(elections().filter(lambda votes: any(group.votes for group in votes.groups)), parameters)
def test_every_step_is_told_once_in_both_languages(votes: Votes, rules: SeatParameters) -> None:
    result = allocate(votes, replace(rules, denominator=Denominator.BALLOTS, seed="بذر"))
    told = [step for section in explain(result) for step in section.steps]
    assert sorted(map(repr, told)) == sorted(map(repr, result.steps))
    for step in result.steps:
        en, fa = (installed().speaker(language)(step.sentence) for language in (EN, FA))
        assert en.endswith(".")
        assert fa.endswith(".")
        # Names of this test and contexts of lots keep Latin digits; all others are Persian.
        bare = re.sub("[\u2066\u2068][^\u2069]*\u2069|نامزد [0-9]+|گروه L[0-9]+", "", fa)
        assert not LATIN_DIGITS.search(bare), bare
        for language_text in (fa, en):
            opened = sum(language_text.count(mark) for mark in "\u2066\u2067\u2068")
            assert opened == language_text.count("\u2069")


def test_shares_of_both_languages() -> None:
    def said(share: Fraction, language: Language) -> str:
        return INVISIBLE.sub("", installed().speaker(language).say(percent(share)))

    assert said(Fraction(1, 3), FA) == "۳۳٫۳٪"
    assert said(Fraction(2, 3), EN) == "66.7 %"
    assert said(Fraction(1, 20), EN) == "5 %"


def test_a_long_row_of_names_ends_in_how_many_more_there_are() -> None:
    many = names([f"n{i}" for i in range(15)])
    assert installed().speaker(FA).say(many).endswith(" و ۳ نفر دیگر")
    assert "more" not in str(m("{names}", names=names(["a", "b"])))


def test_thousands_of_small_groups_are_told_together() -> None:
    pool = group(INDEPENDENTS, 1000, list(range(400, 0, -1)))
    votes = Votes((group("A", 1, [40_000] * 9), pool), None, 21)
    rules = SeatParameters(9, "s", independents=Independents.EACH)
    told = text(votes, rules, EN)
    small = sum(range(1, 381))
    assert f"380 more groups with {small:,} votes together and quotas up to" in told
    assert told.count("no seat yet") == MOST_EMPTY + 1
    assert "more groups" not in text(votes_of(WORKED), DEFAULT, EN)

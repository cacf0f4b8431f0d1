"""Speaker, digits and direction; and that the Persian catalogues fit the code."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from election.definition import ENGLISH, PERSIAN, Text
from words.languages import installed

ISOLATED = re.compile("^\u2066(.*)\u2069$")


def test_numbers_follow_the_language() -> None:
    fa, en = installed().speaker(PERSIAN), installed().speaker(ENGLISH)
    assert fa("{count} of {most} chosen", count=3, most=21) == "۳ از ۲۱ نفر"
    assert en("{count} of {most} chosen", count=3, most=21) == "3 of 21 chosen"
    assert fa.number(2294) == "۲٬۲۹۴"
    assert en.number(2294) == "2,294"


def test_codes_are_isolated_runs_from_left_to_right() -> None:
    fa = installed().speaker(PERSIAN)
    for run in (
        fa.code("0042"),
        fa.latin("T-22"),
        fa.clock(27.9),
        fa.time(datetime(2026, 6, 14, 9, 5, tzinfo=UTC)),
    ):
        assert ISOLATED.match(run), repr(run)
    assert fa.code("0042")[1:-1] == "۰۰۴۲"
    assert fa.latin("T-22")[1:-1] == "T-22"
    assert fa.clock(87.9)[1:-1] == "۱:۲۷"
    assert fa.clock(-3.0)[1:-1] == "۰:۰۰"


def test_names_inside_a_text_are_isolated() -> None:
    en = installed().speaker(ENGLISH)
    text = en("Choose the list {name} instead?", name=Text("فانوس"))
    assert text == "Choose the list \u2068فانوس\u2069 instead?"


def test_what_is_not_translated_is_said_in_english() -> None:
    assert installed().speaker(PERSIAN)("No such text") == "No such text"


def test_dates() -> None:
    day = datetime(2026, 6, 14, 10, 24, tzinfo=UTC)
    assert installed().speaker(PERSIAN).date(day) == "۲۴ خرداد ۱۴۰۵"
    assert installed().speaker(ENGLISH).date(day) == "14 June 2026"

"""What an officer types of a person: numbers and days, in any script, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.national_number import is_national_number
from election.persons import OLDEST, typed_birth, typed_number
from words.conventions import Calendar
from words.dates import from_jalali, jalali_parts

TODAY = date(2026, 6, 14)
FIRST = date(TODAY.year - OLDEST, 1, 1)
SCRIPTS = st.sampled_from(["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"])


@given(st.dates(FIRST, TODAY), SCRIPTS)
def test_every_day_is_read_in_both_calendars_and_any_script(day: date, digits: str) -> None:
    for calendar, (year, month, number) in (
        (Calendar.JALALI, jalali_parts(day)),
        (Calendar.GREGORIAN, (day.year, day.month, day.day)),
    ):
        text = f"{year:04}{month:02}{number:02}".translate(str.maketrans("0123456789", digits))
        assert typed_birth(text, calendar, TODAY) == day


@pytest.mark.fuzz
@given(st.text(max_size=12) | st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_any_text_is_a_day_or_nothing(text: str) -> None:
    for calendar in Calendar:
        born = typed_birth(text, calendar, TODAY)
        assert born is None or born <= TODAY
    number = typed_number(text)
    assert number is None or (is_national_number(number) and number.isascii())


def test_days_that_are_none() -> None:
    leap = from_jalali(1399, 12, 30)
    assert typed_birth("13991230", Calendar.JALALI, TODAY) == leap
    assert typed_birth("14001230", Calendar.JALALI, TODAY) is None
    assert typed_birth("20230229", Calendar.GREGORIAN, TODAY) is None
    tomorrow = TODAY + timedelta(days=1)
    assert typed_birth(f"{tomorrow:%Y%m%d}", Calendar.GREGORIAN, TODAY) is None
    # A year of the other calendar is none in which a voter can be born.
    assert typed_birth("13660315", Calendar.GREGORIAN, TODAY) is None
    assert typed_birth("19870605", Calendar.JALALI, TODAY) is None


def test_numbers_that_lazy_fingers_type_are_none() -> None:
    assert typed_number("۰۰۱۳۵۴۲۴۱۹") == "0013542419"
    for digit in "0123456789":
        assert typed_number(digit * 10) is None
    assert typed_number("0013542418") is None

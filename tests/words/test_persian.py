"""Persian digits, national numbers, search folding, dates."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.national_number import is_national_number
from words.digits import to_latin_digits, to_persian_digits
from words.folding import fold
from words.languages import installed
from words.text import PERSIAN

VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors/hardware/iran_national_id.json").read_text()
)


@pytest.mark.parametrize("number", [*VECTOR["valid"], *VECTOR["ten_equal_digits"]])
def test_valid_numbers_in_all_digits(number: str) -> None:
    assert is_national_number(number)
    assert is_national_number(to_persian_digits(number))
    assert is_national_number(number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))


@pytest.mark.parametrize(
    "number", [*VECTOR["invalid"], "0499370899\n", " 0499370899", "०४९९३७०८९९"]
)
def test_invalid_numbers(number: str) -> None:
    assert not is_national_number(number)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_exactly_one_check_digit(first: str) -> None:
    valid = [digit for digit in "0123456789" if is_national_number(first + digit)]
    assert len(valid) == (0 if first == "0" * 9 else 1)


@pytest.mark.parametrize(
    ("shown", "folded"),
    [
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("كريم", "کریم"),
        ("فاطمة", "فاطمه"),
        ("أحمد إبراهیم ٱلله آرش", "احمد ابراهیم الله ارش"),
        ("مؤمن رئیسی", "مومن رییسی"),
        ("خانهٔ ما، خانۀ ما", "خانه ما، خانه ما"),
        ("کُــردی", "کردی"),
        ("علی‌رضا", "علی رضا"),
        ("  علی   رضا ", "علی رضا"),
        ("۱۲٣4", "1234"),
        ("Ali REZA", "ali reza"),
        ("\u202bعلی\u202c", "علی"),
        ("آ", "ا"),  # alef and a combining madda
    ],
)
def test_folding(shown: str, folded: str) -> None:
    assert fold(shown) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_digits_there_and_back(text: str) -> None:
    latin = to_latin_digits(text)
    assert to_latin_digits(to_persian_digits(text)) == latin
    assert len(to_persian_digits(text)) == len(text)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 6, 14), "۲۴ خرداد ۱۴۰۵"),
        (date(2025, 3, 20), "۳۰ اسفند ۱۴۰۳"),
        (date(2025, 3, 21), "۱ فروردین ۱۴۰۴"),
    ],
)
def test_jalali(day: date, shown: str) -> None:
    assert installed().speaker(PERSIAN).date(day) == shown

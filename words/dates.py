"""Convert days to the Jalali calendar."""

from __future__ import annotations

from datetime import date

from persiantools.jdatetime import JalaliDate

from words.digits import to_persian_digits


def jalali_parts(day: date) -> tuple[int, int, int]:
    """Return year, month and day in the Jalali calendar."""
    converted = JalaliDate(date(day.year, day.month, day.day))  # type: ignore[no-untyped-call]
    return converted.year, converted.month, converted.day


def jalali(day: date) -> str:
    """Write a day in Persian: `۲۴ خرداد ۱۴۰۵`."""
    converted = JalaliDate(day)  # type: ignore[no-untyped-call]
    month = converted.strftime("%B", locale="fa")
    return to_persian_digits(f"{converted.day} {month} {converted.year}")

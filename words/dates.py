"""Write dates of the Jalali calendar."""

from __future__ import annotations

from datetime import date

from persiantools.jdatetime import JalaliDate

from words.digits import to_persian_digits


def jalali(day: date) -> str:
    """Write a day in Persian: `۲۴ خرداد ۱۴۰۵`."""
    converted = JalaliDate(day)  # type: ignore[no-untyped-call]
    month = converted.strftime("%B", locale="fa")
    return to_persian_digits(f"{converted.day} {month} {converted.year}")

"""Convert days to the Jalali calendar, and back."""

from __future__ import annotations

from datetime import date


def jalali_parts(day: date) -> tuple[int, int, int]:
    """Return year, month and day in the Jalali calendar."""
    # Not above: it reads time zones, and few commands write a date.
    from persiantools.jdatetime import JalaliDate

    converted = JalaliDate(date(day.year, day.month, day.day))  # type: ignore[no-untyped-call]
    return converted.year, converted.month, converted.day


def from_jalali(year: int, month: int, day: int) -> date:
    """Return the day of the Gregorian calendar. `ValueError` for no day of the Jalali calendar."""
    from persiantools.jdatetime import JalaliDate

    found: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
    return found

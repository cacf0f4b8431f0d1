"""Convert days to the Jalali calendar."""

from __future__ import annotations

from datetime import date


def jalali_parts(day: date) -> tuple[int, int, int]:
    """Return year, month and day in the Jalali calendar."""
    # Not above: it reads time zones, and few commands write a date.
    from persiantools.jdatetime import JalaliDate

    converted = JalaliDate(date(day.year, day.month, day.day))  # type: ignore[no-untyped-call]
    return converted.year, converted.month, converted.day

"""Write numbers, dates, lists and sizes the way a language does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from words.dates import jalali_parts
from words.digits import ARABIC, LATIN, PERSIAN


class Calendar(StrEnum):
    """The calendars in which a language's dates are written."""

    GREGORIAN = "gregorian"
    JALALI = "jalali"


@dataclass(frozen=True, slots=True)
class Conventions:
    """A language's way of writing. The defaults are English."""

    right_to_left: bool = False
    digits: str = LATIN
    group: str = ","
    """Between groups of three digits."""
    decimal: str = "."
    percent: str = "{number} %"
    calendar: Calendar = Calendar.GREGORIAN
    months: tuple[str, ...] = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )  # fmt: skip
    date_form: str = "{day} {month} {year}"
    moment_form: str = "{date}, {time}"
    comma: str = ", "
    """Between the items of a list."""
    last_comma: str = " and "
    """Before the last item of a list."""
    sizes: tuple[str, ...] = ("{number} bytes", "{number} kB", "{number} MB", "{number} GB")

    def with_digits(self, text: str) -> str:
        """Replace Latin, Persian and Arabic-Indic digits by the language's own."""
        return text.translate(str.maketrans(LATIN + PERSIAN + ARABIC, self.digits * 3))

    def number(self, number: int) -> str:
        """Write a whole number with the thousands set apart: `۲٬۲۹۴`, `2,294`."""
        return self.with_digits(f"{number:,}".replace(",", self.group))

    def fixed(self, number: Fraction | float, places: int) -> str:
        """Write a number with this many places after the decimal sign, rounded half to even."""
        scaled = round(number * 10**places)
        sign, (whole, rest) = "-" if scaled < 0 else "", divmod(abs(scaled), 10**places)
        after = f"{self.decimal}{self.with_digits(f'{rest:0{places}d}')}" if places else ""
        return f"{sign}{self.number(whole)}{after}"

    def exact(self, number: Fraction, places: int) -> str:
        """Write a number cut off after some places; exact ones stay short, others end in `…`."""
        scaled = abs(number) * 10**places
        whole, rest = divmod(int(scaled), 10**places)
        after = f"{rest:0{places}d}".rstrip("0")
        point = f"{self.decimal}{self.with_digits(after)}" if after else ""
        more = "" if scaled.denominator == 1 else "…"
        return f"{'−' if number < 0 else ''}{self.number(whole)}{point}{more}"

    def share(self, share: Fraction, places: int) -> str:
        """Write a share of one as a percentage."""
        return self.percent.format(number=self.fixed(share * 100, places))

    def day(self, day: date) -> str:
        """Write a day in the language's calendar: `۲۴ خرداد ۱۴۰۵`, `14 June 2026`."""
        match self.calendar:
            case Calendar.GREGORIAN:
                year, month, number = day.year, day.month, day.day
            case Calendar.JALALI:
                year, month, number = jalali_parts(day)
            case _:
                assert_never(self.calendar)
        text = self.date_form.format(day=number, month=self.months[month - 1], year=year)
        return self.with_digits(text)

    def listing(self, items: Sequence[str]) -> str:
        """Join items into one list: `a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return f"{self.comma.join(items[:-1])}{self.last_comma}{items[-1]}"

    def size(self, amount: int) -> str:
        """Write an amount of bytes in its largest unit of 1,000 that is at least one."""
        step = 0
        while step + 1 < len(self.sizes) and amount >= 1000 ** (step + 1):
            step += 1
        number = Fraction(amount, 1000**step)
        return self.sizes[step].format(number=self.fixed(number, 1 if step and number < 10 else 0))

"""Judge what an officer types of a person whose document has no chip; pure.

The roll answers yes or no to number *and* birth date; `election.roll_asking` asks the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import Enum, auto
from typing import Final, Protocol

from election.evidence import RollCode
from election.national_number import is_national_number
from words.conventions import Calendar
from words.dates import from_jalali
from words.digits import to_latin_digits

BIRTH_DIGITS: Final = 8
"""Year, month and day."""
OLDEST: Final = 130
"""Years that a person may have lived."""


class RollAnswer(Enum):
    """What a roll says to number and birth date; nothing else ever comes from it."""

    FITS = auto()
    DOES_NOT_FIT = auto()
    SILENT = auto()
    """No answer: the line, or what is behind it, is down."""
    NOT_YET = auto()
    """The roll is still being opened."""


ROLL_CODES: Final = {
    RollAnswer.FITS: RollCode.FITS,
    RollAnswer.SILENT: RollCode.SILENT,
    RollAnswer.NOT_YET: RollCode.NOT_COMPARED,
}
"""What is counted of an answer that lets a person pass."""


class Roll(Protocol):
    """Knows who may vote. Every question is counted by who asks."""

    def compare(self, national_number: str, born: date, done: Callable[[RollAnswer], None]) -> None:
        """Tell whether one person has this number (ten Latin digits) and this birth date.

        Returns at once; `done` is called once, within seconds, on some thread.
        """


def typed_number(text: str) -> str | None:
    """Return ten Latin digits; None for no national number, or one that lazy fingers type.

    Ten equal digits are right by their check digit; from a signed chip they are believed.
    """
    digits = to_latin_digits(text)
    return digits if is_national_number(digits) and len(set(digits)) > 1 else None


def typed_birth(text: str, calendar: Calendar, today: date) -> date | None:
    """Return the day that eight digits name in a calendar; None for none, or an impossible birth date."""
    digits = to_latin_digits(text)
    if len(digits) != BIRTH_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    try:
        born = (
            date(year, month, day)
            if calendar is Calendar.GREGORIAN
            else from_jalali(year, month, day)
        )
    except ValueError:
        return None
    return born if born <= today and today.year - born.year <= OLDEST else None


def age_on(day: date, born: date) -> int:
    """Count full years on `day`."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

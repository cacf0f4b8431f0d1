"""Dates of documents, parts of which may be unknown (ICAO Doc 9303 part 3, 4.8; part 10, 4.7.11).

Unknown parts are fillers, and with some issuers zeros: ``85<<<<`` and ``850000`` are some day of 1985.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Final

from drivers.errors import ProtocolError

_UNKNOWN: Final = ("<<", "00")
_MONTHS: Final = 12
_DAYS: Final = 31
_LEAP_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day of which year, month or day may be unknown, being 0 then.

    A known day of an unknown month says nothing that is used here. Raises `ProtocolError` for a day that
    does not exist.
    """

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        most = _DAYS
        if 1 <= self.month <= _MONTHS:
            most = calendar.monthrange(self.year or _LEAP_YEAR, self.month)[1]
        if not (0 <= self.year <= date.max.year and 0 <= self.month <= _MONTHS):
            raise ProtocolError("a date does not exist")
        if not 0 <= self.day <= most:
            raise ProtocolError("a date does not exist")

    @property
    def is_exact(self) -> bool:
        """Whether every part is known."""
        return bool(self.year and self.month and self.day)

    @property
    def earliest(self) -> date:
        """First day that it can be."""
        if not (self.year and self.month):
            return date(self.year or date.min.year, 1, 1)
        return date(self.year, self.month, self.day or 1)

    @property
    def latest(self) -> date:
        """Last day that it can be; the end of time without a year."""
        if not (self.year and self.month):
            return date(self.year or date.max.year, _MONTHS, _DAYS)
        last = calendar.monthrange(self.year, self.month)[1]
        return date(self.year, self.month, self.day or last)

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """Take a day that is known."""
        return cls(day.year, day.month, day.day)


def parse_full(text: str) -> PartialDate:
    """Parse YYYYMMDD, the year known or four fillers. Raises `ProtocolError`."""
    if len(text) != 8:
        raise ProtocolError("a date is not YYYYMMDD")
    year = 0 if text[:4] in ("<<<<", "0000") else _number(text[:4])
    return PartialDate(year, _part(text[4:6]), _part(text[6:]))


def parse_short(text: str) -> tuple[int | None, int, int]:
    """Parse YYMMDD to year of the century, month and day; None and 0 where unknown.

    Zeros are a year of their own. Raises `ProtocolError`.
    """
    if len(text) != 6:
        raise ProtocolError("a date of the machine readable zone is not six characters")
    year = None if text[:2] == _UNKNOWN[0] else _number(text[:2])
    return year, _part(text[2:4]), _part(text[4:])


def agree(full: PartialDate, short: str) -> bool:
    """Tell whether both may be the same day: no part that both know differs.

    Raises `ProtocolError` as `parse_short`.
    """
    year, month, day = parse_short(short)
    if full.year and year is not None and full.year % 100 != year:
        return False
    pairs = ((full.month, month), (full.day, day))
    return all(one == other or 0 in (one, other) for one, other in pairs)


def _part(text: str) -> int:
    return 0 if text in _UNKNOWN else _number(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError("a date has something else than digits and fillers")
    return int(text)

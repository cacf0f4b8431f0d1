"""Read a time that two roles typed: after a dead battery, and without a network, nobody else knows it.

Twelve digits: year, month, day, hour and minute, local. A year before 1700 is one of the Jalali calendar.
What is typed lies around the hours of the election that is loaded; before a package is loaded, in the years
of headquarters' root certificate. The earliest time that open polls leave comes from whoever asks.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from crypto.certificates import valid_from, valid_until
from election.definition import Election
from election.errors import PollsStateError
from words.dates import from_jalali
from words.digits import to_latin_digits
from words.message import m

DIGITS: Final = 12
EARLY: Final = timedelta(days=30)
"""How long before the polls open the clock of a device may be set."""
LATE: Final = timedelta(days=1)
"""How long after the closing hour."""
_FIRST_GREGORIAN: Final = 1700
_SLACK: Final = timedelta(minutes=2)
"""What is typed has no seconds, and is typed a moment before it is signed."""


def bounds(
    election: Election | None, root: bytes, floor: datetime | None
) -> tuple[datetime, datetime]:
    """Return between which times the clock can be (aware).

    `root`: headquarters' certificate (DER); `floor`: the earliest time that polls which are open leave,
    which counts unless it is itself impossible. Raises `DecodeError` for a root that is none.
    """
    first, last = valid_from(root), valid_until(root)
    if election is not None:
        first, last = max(first, election.opens - EARLY), min(last, election.closes + LATE)
    if floor is not None and floor <= last:
        first = max(first, floor - _SLACK)
    return first, last


def typed_time(text: str, between: tuple[datetime, datetime]) -> datetime:
    """Return the time that was typed (aware). Raises `PollsStateError` for none, or one out of bounds."""
    digits = to_latin_digits(text)
    first, last = between
    try:
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            raise ValueError("twelve digits are expected")
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
        is_jalali = year < _FIRST_GREGORIAN
        at = from_jalali(year, month, day) if is_jalali else date(year, month, day)
        clock = time(int(digits[8:10]), int(digits[10:12]))
        said = datetime.combine(at, clock).astimezone()
    except (ValueError, OverflowError) as error:
        raise PollsStateError(
            m("that is no date and time: year, month, day, hour and minute, twelve digits")
        ) from error
    if not first <= said <= last:
        raise PollsStateError(
            m(
                "the clock cannot be then: after {first} and before {last}",
                first=first.astimezone(),
                last=last.astimezone(),
            )
        )
    return said

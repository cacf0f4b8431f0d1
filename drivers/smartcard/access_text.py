"""Turn what is printed on a card into what opens it; pure, and strict with text anybody may have made.

    six digits, in any script              -> access number
    a zone of 88, 72 or 90 characters      -> its document number, birth and expiry date
    these three fields with check digits   -> the same
    anything else                          -> nothing

Scanners read a zone line by line; `ZoneLines` puts the lines together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import mrz
from drivers.smartcard.access_secret import CAN_DIGITS, AccessSecret, Can, MrzKey
from drivers.smartcard.profile import AccessSecretKind, CardProfile
from words.digits import to_latin_digits

TOGETHER_S: Final = 10.0
"""Seconds within which all lines of a zone have to come."""
LONGEST: Final = 90
"""Characters of the longest zone (ICAO Doc 9303 part 5: three lines of 30)."""
_LINES: Final = {30: 3, 36: 2, 44: 2}
"""Length of a line of a zone, and how many there are (ICAO Doc 9303 parts 4 to 6)."""
_LINES_TD1: Final = 3
_DIGITS: Final = frozenset("0123456789")
_WHOLE: Final = frozenset(length * lines for length, lines in _LINES.items())
_NUMBER: Final = 9
_DATE: Final = frozenset("0123456789<")
_ZONE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")


def ways_of(profiles: Iterable[CardProfile]) -> tuple[AccessSecretKind, ...]:
    """List what opens the cards of these families, the preferred one first; empty for open cards."""
    return tuple(dict.fromkeys(secret for profile in profiles for secret in profile.secrets))


def opened_by(
    profiles: Sequence[CardProfile], secret: AccessSecret | None
) -> tuple[CardProfile, ...]:
    """Return the families to begin with, in order: those that what was typed opens, or else the first."""
    kind = kind_of(secret)
    return tuple(each for each in profiles if kind in each.secrets) or tuple(profiles[:1])


def kind_of(secret: AccessSecret | None) -> AccessSecretKind | None:
    """Return what of the card's face was typed; None if nothing was."""
    return {Can: AccessSecretKind.CAN, MrzKey: AccessSecretKind.MRZ}.get(type(secret))


def secret_of(text: str, ways: tuple[AccessSecretKind, ...]) -> AccessSecret | None:
    """Return what a typed or scanned text opens a card with; None if it is nothing that may."""
    clean = to_latin_digits("".join(text.split())).upper()
    if len(clean) > LONGEST or not _ZONE.issuperset(clean):
        return None
    try:
        if len(clean) == CAN_DIGITS:
            return Can(clean) if AccessSecretKind.CAN in ways else None
        if AccessSecretKind.MRZ not in ways:
            return None
        return MrzKey.from_zone(clean) if len(clean) in _WHOLE else MrzKey(clean)
    except (ValueError, ProtocolError):
        return None


def fields_text(number: str, birth: str, expiry: str) -> str:
    """Join the three fields as they are printed, dates as YYMMDD; empty if they cannot be right.

    The check digits, which people need not type, are added. A date may have fillers for what is unknown.
    """
    number = to_latin_digits(number).strip().upper().ljust(_NUMBER, "<")
    dates = tuple(to_latin_digits(date_text).strip() for date_text in (birth, expiry))
    if not number.strip("<") or not all(len(d) == 6 and _DATE.issuperset(d) for d in dates):
        return ""
    try:
        return "".join(part + mrz.check_digit(part) for part in (number, *dates))
    except ProtocolError:
        return ""


class ZoneLines:
    """Puts together a zone whose lines are scanned one by one. Holds what it has got in memory only.

    Lines that do not fit together, because one was read twice or was missed, stay but for the oldest: the
    next clean pass is whole again. The check digits tell. Lines of more than `TOGETHER_S` ago, which may
    be another document's, are forgotten.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells the time in seconds."""
        self._clock = clock
        self._lines: list[str] = []
        self._times: list[float] = []

    def add(self, text: str) -> str | None:
        """Take a scanned text; return what is complete now, or None while lines of a zone miss.

        A text that is no line of a zone comes back as it is.
        """
        line = "".join(text.split()).upper()
        wanted = _LINES.get(len(line), 0)
        if not wanted or not _ZONE.issuperset(line):
            self.forget()
            return text
        now = self._clock()
        old = sum(now - at > TOGETHER_S for at in self._times)
        del self._lines[:old], self._times[:old]
        if self._lines and len(self._lines[0]) != len(line):
            self.forget()
        self._lines.append(line)
        self._times.append(now)
        if len(self._lines) < wanted:
            return None
        whole = "".join(self._lines)
        if self._fit(whole):
            self.forget()
        else:
            del self._lines[0], self._times[0]
        return whole

    def _fit(self, whole: str) -> bool:
        """Return whether the lines are of one zone, in their order."""
        # No check digit covers the third of three lines: it has names, and they have no digits.
        if len(self._lines) == _LINES_TD1 and not _DIGITS.isdisjoint(self._lines[-1]):
            return False
        try:
            mrz.parse(whole)
        except ProtocolError:
            return False
        return True

    def forget(self) -> None:
        """Another card, or nobody asks any more."""
        self._lines.clear()
        self._times.clear()

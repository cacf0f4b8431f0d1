"""Read numbers that a person types, within bounds that are named in the refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from election.errors import ElectionError
from words.digits import to_latin_digits
from words.message import Decimal, Latin, Message, Value, m

_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_TIME: Final = re.compile(r"([0-9]{1,2})(:([0-9]{2}))?")
_DAY_S: Final = 24 * 3600


class CapacityError(ElectionError):
    """A number, a file or a day that cannot be planned with; the message says which."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The least and the most that a number may be."""

    name: str
    """The option or column that a person knows it by."""
    least: float
    most: float
    whole: bool = False

    def read(self, text: str) -> float:
        """Read a number in Latin, Persian or Arabic-Indic digits. Raises `CapacityError`."""
        latin = to_latin_digits(text).strip().replace("٫", ".")
        form = _WHOLE if self.whole else _NUMBER
        if not form.fullmatch(latin):
            raise CapacityError(self._refusal(text))
        return self.checked(float(latin), text)

    def checked(self, number: float, text: str = "") -> float:
        """Return the number if it lies within the bounds. Raises `CapacityError`."""
        if not self.least <= number <= self.most:
            raise CapacityError(self._refusal(text or f"{number:g}"))
        return number

    def _refusal(self, text: str) -> Message:
        name, given = Latin(self.name), text[:20]
        least, most = _shown(self.least), _shown(self.most)
        if self.whole:
            return m(
                "{name}: a whole number from {least} to {most} is expected, not “{text}”",
                name=name,
                least=least,
                most=most,
                text=given,
            )
        return m(
            "{name}: a number from {least} to {most} is expected, not “{text}”",
            name=name,
            least=least,
            most=most,
            text=given,
        )


def _shown(bound: float) -> Value:
    return int(bound) if bound == int(bound) else Decimal(bound)


def read_share(name: str, text: str, least: float, most: float) -> float:
    """Read a percentage, with or without its sign, as a share of one. Raises `CapacityError`."""
    latin = to_latin_digits(text).strip()
    return Bound(name, least * 100, most * 100).read(latin.rstrip("%٪").rstrip()) / 100


def read_time(name: str, text: str) -> int:
    """Read `8`, `08:30` or `24:00` as seconds after midnight. Raises `CapacityError`."""
    found = _TIME.fullmatch(to_latin_digits(text).strip())
    seconds = -1
    if found and int(found[3] or 0) < 60:
        seconds = int(found[1]) * 3600 + int(found[3] or 0) * 60
    if not 0 <= seconds <= _DAY_S:
        raise CapacityError(
            m(
                "{name}: a time from 00:00 to 24:00 is expected, not “{text}”",
                name=Latin(name),
                text=text[:20],
            )
        )
    return seconds

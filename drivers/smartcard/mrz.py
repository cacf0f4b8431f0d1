"""Machine readable zones (ICAO Doc 9303 parts 3-6): three layouts, their check digits.

::

    TD1 3x30  code(2) state(3) number(9) cd optional(15)
              birth(6) cd sex expiry(6) cd nationality(3) optional(11) composite
              names(30)
    TD2 2x36  code state names(31) / number cd nationality birth cd sex expiry cd optional(7) composite
    TD3 2x44  code state names(39) / number cd nationality birth cd sex expiry cd optional(14) cd composite

A number longer than nine characters (TD1, TD2) has `<` in its digit's place; the rest of the number and
the digit stand at the start of the optional field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from drivers.errors import ChecksumError, ProtocolError
from drivers.smartcard import dates
from drivers.smartcard.dates import PartialDate

_VALUES: Final = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS: Final = (7, 3, 1)
_NO_END: Final = ("<<<<<<", "990101", "991231")
_SIZES: Final = {90: 30, 72: 36, 88: 44}
"""Length of the whole zone to length of its lines: TD1, TD2, TD3."""


def check_digit(text: str) -> str:
    """Compute the check digit of a field (part 3, 4.9).

    Raises `ProtocolError` for other characters.
    """
    try:
        total = sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text))
    except KeyError:
        raise ProtocolError("a character that the machine readable zone does not know") from None
    return str(total % 10)


@dataclass(frozen=True, slots=True)
class Mrz:
    """The fields of a checked machine readable zone; fillers are stripped, dates are YYMMDD."""

    code: str
    state: str
    number: str = field(repr=False)
    nationality: str
    birth: str = field(repr=False)
    sex: str = field(repr=False)
    expiry: str
    optional: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)

    @property
    def information(self) -> str:
        """The MRZ information, the text of access keys (part 11, D.2)."""
        number = self.number.ljust(9, "<")
        return "".join(text + check_digit(text) for text in (number, self.birth, self.expiry))


def parse(text: str) -> Mrz:
    """Parse a zone of 90, 72 or 88 characters, without line ends.

    Raises `ChecksumError` naming the field whose digit is wrong, `ProtocolError` for anything else.
    """
    if len(text) not in _SIZES or not all(c in _VALUES for c in text):
        raise ProtocolError("not a machine readable zone")
    size = _SIZES[len(text)]
    lines = [text[i : i + size] for i in range(0, len(text), size)]
    return _parse_td1(lines) if len(lines) == 3 else _parse_two_lines(*lines)


def encode_td1(mrz: Mrz) -> str:
    """Encode a TD1 zone of 90 characters. Raises ValueError for a field that does not fit."""
    number, optional = mrz.number, mrz.optional
    if len(number) > 9:
        number, rest = number[:9], number[9:]
        optional = rest + check_digit(mrz.number) + "<" + optional
        digit = "<"
    else:
        number = number.ljust(9, "<")
        digit = check_digit(number)
    for name, value, most in (("optional", optional, 15), ("code", mrz.code, 2)):
        if len(value) > most:
            raise ValueError(f"{name} has more than {most} characters")
    if len(mrz.birth) != 6 or len(mrz.expiry) != 6 or len(mrz.sex) != 1:
        raise ValueError("dates have six characters, sex has one")
    upper = (
        mrz.code.ljust(2, "<") + mrz.state.ljust(3, "<") + number + digit + optional.ljust(15, "<")
    )
    middle = mrz.birth + check_digit(mrz.birth) + mrz.sex + mrz.expiry + check_digit(mrz.expiry)
    nationality = mrz.nationality.ljust(3, "<")
    composite = check_digit(upper[5:30] + middle[:7] + middle[8:15] + "<" * 11)
    names = f"{mrz.surname}<<{mrz.given_names}".replace(" ", "<")[:30].ljust(30, "<")
    check_digit(names)
    return upper + middle + nationality + "<" * 11 + composite + names


def birth_date(yymmdd: str, today: date) -> PartialDate:
    """Choose the latest date that may be before `today`, or be it.

    Raises `ProtocolError` if it is not a date.
    """
    year, month, day = dates.parse_short(yymmdd)
    if year is None:
        return PartialDate(0, month, day)
    century = today.year // 100 * 100
    born = PartialDate(century + year, month, day)
    return born if born.earliest <= today else PartialDate(century - 100 + year, month, day)


def expiry_date(yymmdd: str, today: date) -> date | None:
    """Choose the date within 50 years of `today`; None for a document without an end.

    Such documents have fillers, 990101 or 991231; chips came after 1999, and none so late is in use.
    Where the day or the month is unknown, it is the last. Raises `ProtocolError` if it is not a date.
    """
    if yymmdd in _NO_END:
        return None
    two, month, day = dates.parse_short(yymmdd)
    if two is None:
        raise ProtocolError("a date of expiry without a year")
    century = today.year // 100 * 100
    years = (century - 100 + two, century + two, century + 100 + two)
    year = min(years, key=lambda year: abs(year - today.year))
    return PartialDate(year, month, day).latest


def _check(text: str, digit: str, name: str) -> None:
    if check_digit(text) != digit:
        raise ChecksumError(f"machine readable zone: the check digit of the {name} is wrong")


def _parse_td1(lines: list[str]) -> Mrz:
    upper, middle, names = lines
    number = _number(upper[5:14], upper[14], upper[15:30])
    whole = upper[5:30] + middle[:7] + middle[8:15] + middle[18:29]
    return _zone(upper, number, middle[15:18], middle[:15], whole, middle[29], names)


def _parse_two_lines(upper: str, lower: str) -> Mrz:
    td3 = len(lower) == 44
    if td3:
        _check(lower[:9], lower[9], "document number")
        number = lower[:9].rstrip("<"), lower[28:42].rstrip("<")
        # An empty optional field may have `<` or 0 as its digit (part 4, 4.2.2.2).
        if number[1] or lower[42] != "<":
            _check(lower[28:42], lower[42], "optional data")
    else:
        number = _number(lower[:9], lower[9], lower[28:35])
    whole = lower[:10] + lower[13:20] + (lower[21:43] if td3 else lower[21:35])
    return _zone(upper, number, lower[10:13], lower[13:28], whole, lower[-1], upper[5:])


def _zone(
    upper: str,
    number: tuple[str, str],
    nationality: str,
    dates: str,
    whole: str,
    digit: str,
    names: str,
) -> Mrz:
    """Check the rest: `number` with the optional data, `dates` with sex and digits, the `whole` zone."""
    birth, sex, expiry = dates[:6], dates[7], dates[8:14]
    _check(birth, dates[6], "birth date")
    _check(expiry, dates[14], "expiry date")
    _check(whole, digit, "whole zone")
    code, state = upper[:2].rstrip("<"), upper[2:5].rstrip("<")
    of = nationality.rstrip("<")
    return Mrz(code, state, number[0], of, birth, sex, expiry, number[1], *_names(names))


def _number(first: str, digit: str, optional: str) -> tuple[str, str]:
    """Return the document number and the rest of the optional field."""
    rest, _, after = optional.partition("<")
    if digit == "<" and len(rest) >= 2:
        number = first + rest[:-1]
        _check(number, rest[-1], "document number")
        return number, after.strip("<")
    _check(first, digit, "document number")
    return first.rstrip("<"), optional.rstrip("<")


def _names(text: str) -> tuple[str, str]:
    surname, _, given = text.rstrip("<").partition("<<")
    return surname.replace("<", " "), given.replace("<", " ").strip()

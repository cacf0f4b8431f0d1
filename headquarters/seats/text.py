"""Write numbers, fractions and codes as each language does.

Persian: Persian digits, ٬ between thousands, ٫ before decimals, ٪ after the number. A code or a hash
keeps its own digits and stands in an isolate (Unicode bidi, U+2066…U+2069), so that it never reorders
the words around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from election.definition import PERSIAN, Language, Text
from words.digits import to_persian_digits

_LEFT_TO_RIGHT_ISOLATE = "\N{LEFT-TO-RIGHT ISOLATE}"
_FIRST_STRONG_ISOLATE = "\N{FIRST STRONG ISOLATE}"
_RIGHT_TO_LEFT_MARK = "\N{RIGHT-TO-LEFT MARK}"
_POP_ISOLATE = "\N{POP DIRECTIONAL ISOLATE}"
_SEPARATORS = str.maketrans({",": "٬", ".": "٫"})


def decimal(value: Fraction, digits: int = 4) -> str:
    """Write a fraction cut off (never rounded up) after some decimal digits; exact ones stay short."""
    if value < 0:
        return "−" + decimal(-value, digits)
    scaled = value.numerator * 10**digits // value.denominator
    whole, rest = divmod(scaled, 10**digits)
    text = f"{whole:,}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return text if Fraction(scaled, 10**digits) == value else text + "…"


def say_number(value: int | Fraction, language: Language, digits: int = 4) -> str:
    """Write a whole number or a decimal."""
    text = f"{value:,}" if isinstance(value, int) else decimal(value, digits)
    return _in(text, language)


def say_percent(share: Fraction, language: Language) -> str:
    """Write a share rounded to a tenth of a per cent (a half up), as in tables and charts."""
    tenths = int(share * 1000 + Fraction(1, 2))
    text = _in(f"{tenths // 10}.{tenths % 10}".removesuffix(".0"), language)
    # Without the mark the sign would stand left or right of the number by what comes before it.
    return f"{text}{_RIGHT_TO_LEFT_MARK}٪" if language == PERSIAN else f"{text} %"


def say_digits(text: str, language: Language) -> str:
    """Write a text without separators of thousands, such as a code, with the language's digits."""
    return to_persian_digits(text) if language == PERSIAN else text


def isolate(text: str) -> str:
    """Put a text into an isolate from left to right, whatever stands around it."""
    return f"{_LEFT_TO_RIGHT_ISOLATE}{text}{_POP_ISOLATE}"


def name(text: Text, language: Language) -> str:
    """Write a name in the language; one of the other direction does not reorder the sentence."""
    return f"{_FIRST_STRONG_ISOLATE}{text.in_(language)}{_POP_ISOLATE}"


def names(texts: Sequence[Text], language: Language, most: int = 12) -> str:
    """Write names in a row; a long row ends in how many more there are."""
    row = [name(each, language) for each in texts[:most]]
    more = len(texts) - most
    if language == PERSIAN:
        text = "، ".join(row)
        return f"{text} و {say_number(more, language)} نفر دیگر" if more > 0 else text
    text = ", ".join(row)
    return f"{text} and {more:,} more" if more > 0 else text


def _in(text: str, language: Language) -> str:
    if language == PERSIAN:
        return to_persian_digits(text.translate(_SEPARATORS))
    return text

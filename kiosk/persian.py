"""Persian digits, national numbers, search folding and dates (domain: "National details")."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from persiantools.jdatetime import JalaliDate

_LATIN = "0123456789"
_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC = "٠١٢٣٤٥٦٧٨٩"
_TO_PERSIAN = str.maketrans(_LATIN + _ARABIC, _PERSIAN * 2)
_TO_LATIN = str.maketrans(_PERSIAN + _ARABIC, _LATIN * 2)

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("يى", "ی"),
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        **dict.fromkeys("أإٱآ", "ا"),
        "ؤ": "و",
        "\N{ARABIC TATWEEL}": None,
        "\N{ZERO WIDTH NON-JOINER}": " ",
    }
)
_LEFT_OUT = ("Mn", "Me", "Cf")
"""Marks, and invisible format characters other than the non-joiner."""

_NATIONAL_NUMBER = re.compile(r"[0-9]{10}")


def to_persian_digits(text: str) -> str:
    """Latin and Arabic-Indic digits become Persian; everything else stays."""
    return text.translate(_TO_PERSIAN)


def to_latin_digits(text: str) -> str:
    """Persian and Arabic-Indic digits become Latin; everything else stays."""
    return text.translate(_TO_LATIN)


def is_national_number(text: str) -> bool:
    """Ten digits of one of the three kinds, not all equal, with a right check digit.

    r = Σ dᵢ·(10−i) for i = 0…8, modulo 11; the last digit is r if r < 2, else 11 − r.
    """
    latin = to_latin_digits(text)
    if not _NATIONAL_NUMBER.fullmatch(latin) or len(set(latin)) == 1:
        return False
    digits = [int(digit) for digit in latin]
    rest = sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits[9] == (rest if rest < 2 else 11 - rest)


def fold(text: str) -> str:
    """The form in which texts are compared in a search; never shown.

    Letter variants of Arabic keyboards become the Persian letter, marks and tatweel go, the
    zero-width non-joiner is a space, digits are Latin, Latin letters small, spaces single.
    """
    previous, folded = None, text
    while folded != previous:
        previous, folded = folded, _fold_once(folded)
    return folded


def jalali(day: date) -> str:
    """`۲۴ خرداد ۱۴۰۵`."""
    converted = JalaliDate(day)  # type: ignore[no-untyped-call]
    month = converted.strftime("%B", locale="fa")
    return to_persian_digits(f"{converted.day} {month} {converted.year}")


def _fold_once(text: str) -> str:
    letters = unicodedata.normalize("NFKC", text).translate(_FOLDED).translate(_TO_LATIN)
    kept = (letter for letter in letters if unicodedata.category(letter) not in _LEFT_OUT)
    return " ".join("".join(kept).casefold().split())

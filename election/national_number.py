"""Check Iranian national numbers."""

from __future__ import annotations

import re

from words.digits import to_latin_digits

_NATIONAL_NUMBER = re.compile(r"[0-9]{10}")


def is_national_number(text: str) -> bool:
    """Tell whether `text` is ten digits of one of three kinds, not all equal, with a right check digit.

    r = Σ dᵢ·(10−i) for i = 0…8, modulo 11; the last digit is r if r < 2, else 11 − r.
    """
    latin = to_latin_digits(text)
    if not _NATIONAL_NUMBER.fullmatch(latin) or len(set(latin)) == 1:
        return False
    digits = [int(digit) for digit in latin]
    rest = sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits[9] == (rest if rest < 2 else 11 - rest)

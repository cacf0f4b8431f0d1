"""Check Iranian national numbers."""

from __future__ import annotations

import re

from words.digits import to_latin_digits

_NOBODY = "0" * 10
"""What is written where there is no number."""
_NATIONAL_NUMBER = re.compile(r"[0-9]{10}")


def is_national_number(text: str) -> bool:
    """Tell whether `text` is ten digits of one of three kinds, not all zero, with a right check digit.

    r = Σ dᵢ·(10−i) for i = 0…8, modulo 11; the last digit is r if r < 2, else 11 − r. Other ten
    equal digits fulfil it, and registers have persons with them: 1111111111 is somebody's.
    """
    latin = to_latin_digits(text)
    if not _NATIONAL_NUMBER.fullmatch(latin) or latin == _NOBODY:
        return False
    digits = [int(digit) for digit in latin]
    rest = sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits[9] == (rest if rest < 2 else 11 - rest)

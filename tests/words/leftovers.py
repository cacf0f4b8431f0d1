"""What a screen or paper in one language has of another one: letters, digits, dates, time zones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from words.languages import LanguageData

SIGNS = ("USB", "UPS", "QR", "UTF-8", "PIN", "PUK")
"""What is written so on the things themselves."""
_ISOLATED = re.compile("\u2066[^\u2066-\u2069]*\u2069")
"""Identifiers: they stay as they are in every language."""
_CONTROLS = re.compile("[\u2066-\u2069\u200e\u200f]")
_OTHER_ZONES = re.compile(r"\b(UTC|GMT)\b|\d\dZ|\+00:00")


def left_over(language: LanguageData, texts: Iterable[str], data: Iterable[str]) -> set[str]:
    """What is written in another language's letters, digits or calendar."""
    digits = language.conventions.digits
    own_digits = digits != "0123456789"
    years = {"".join(digits[int(x)] for x in str(year)) for year in range(2024, 2030)} | {
        str(year) for year in range(2024, 2030)
    }
    known = sorted({*data, *SIGNS}, key=len, reverse=True)
    left: set[str] = set()
    for text in texts:
        rest = _ISOLATED.sub("", text)
        for name in known:
            rest = rest.replace(name, "") if name else rest
        rest = _CONTROLS.sub("", rest)
        letters = re.search("[A-Za-z]", rest)
        numbers = own_digits and re.search("[0-9]", rest)
        dated = any(year in rest for year in years)
        if letters or numbers or dated or _OTHER_ZONES.search(text):
            left.add(text)
    return left

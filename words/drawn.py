"""Name the characters that the screens can draw: those of the fonts that come with the program.

A name with another one would be drawn by whatever font a machine happens to have, or as an empty box. What is
only composed elsewhere (a letter and its mark) is judged as one character. `tests/ui/test_drawn.py` holds the
list against the fonts.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

RANGES: Final = (
    "20-7e a0-ac ae-17f 18f 192 1a0-1a1 1af-1b0 1f0 1fa-1ff 218-21b 237 259 2bc 2c6-2c7 2c9 2d8-2dd "
    "2f3 300-301 303 308-309 30f 323 531-556 559-58a 58d-58f 60c-60d 610-612 615 61b 61f 621-63a "
    "63d 640-658 65a-65b 660-671 674 679 67c 67e 681 685-686 688-689 691 693 695-696 698 69a "
    "6a0-6a1 6a4 6a9-6ad 6af 6b5 6ba 6bc-6be 6c0-6c3 6c6-6d0 6d2-6d5 6dc 6de 6e9 6f0-6f9 762-763 "
    "2010-2015 2017-201e 2020-2022 2025-2027 2030 2032-2033 2039-203a 203c 2044 2074 207f "
    "20a3-20a4 20a6-20ac 20b1 20b9-20ba 20bc-20bd 2105 2113 2116 2122 2126 212e 215b-215e 2202 "
    "2206 220e-220f 2211-2212 2215 221a 221e 222b 2248 2260 2264-2265 25ca 25cc"
)
"""Code points in hexadecimal."""
_WITHOUT_INK: Final = frozenset("\N{ZERO WIDTH NON-JOINER}")


def undrawn(text: str) -> str:
    """Return the first character of a text that no font of the program has; empty if there is none."""
    drawn = _drawn()
    shown = (one for one in unicodedata.normalize("NFC", text) if one not in _WITHOUT_INK)
    return next((one for one in shown if ord(one) not in drawn), "")


@cache
def _drawn() -> frozenset[int]:
    found: set[int] = set()
    for part in RANGES.split():
        first, _, last = part.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)

"""Judge the names of elections, persons and lists: what can be read, and what looks the same."""

from __future__ import annotations

import unicodedata

from election.errors import ManifestError
from words.message import Latin, m

LONGEST_TITLE = 200
"""Characters."""
_BLANK = " "
_NON_JOINER = "\N{ZERO WIDTH NON-JOINER}"
_SHOWN_CATEGORIES = frozenset("LMNPS")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters, marks and symbols that leave nothing to see (DerivedCoreProperties.txt,
Default_Ignorable_Code_Point, and the empty Braille pattern)."""
_VARIATION_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


def check_title(title: str) -> None:
    """Raise `ManifestError` for a title of an election that cannot be read as it is written."""
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise ManifestError(m("the election's name has 1 to {most} characters", most=LONGEST_TITLE))
    if found := next((each for each in title if not is_shown(each)), None):
        raise ManifestError(
            m(
                "the election's name holds the character {character}, which cannot be seen; "
                "type the name again, in one line",
                character=character_name(found),
            )
        )


def is_shown(character: str) -> bool:
    """Return whether a character can be seen, or is the blank or non-joiner between such characters.

    Not so: controls, format characters, private use, surrogates, unassigned, separators other than
    the blank, fillers, variation selectors.
    """
    if character in {_BLANK, _NON_JOINER}:
        return True
    number = ord(character)
    if character in _FILLERS or any(low <= number <= high for low, high in _VARIATION_SELECTORS):
        return False
    return unicodedata.category(character)[0] in _SHOWN_CATEGORIES


def character_name(character: str) -> Latin:
    """Return the code point and its name, as the Unicode Standard writes them."""
    name = unicodedata.name(character, "")
    return Latin(f"U+{ord(character):04X} {name}".rstrip())

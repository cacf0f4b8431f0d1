"""Fold names into the form in which a search compares them."""

from __future__ import annotations

import unicodedata
from typing import Final

from words.digits import TO_LATIN

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("يىئےۓېێۑ", "ی"),
        **dict.fromkeys("كڪګڬڭڮ", "ک"),
        **dict.fromkeys("ةۀھہۂۃەۿ", "ه"),
        **dict.fromkeys("أإٱآٲٳ", "ا"),
        **dict.fromkeys("ؤۆۇۈۋۊۏ", "و"),
        **dict.fromkeys("ڵڶڷ", "ل"),
        **dict.fromkeys("ڕڒړڔ", "ر"),
        # What the keyboard of the screen has no key for, and who types leaves out.
        **dict.fromkeys("ءٴʻʼʹ'’‘`´\N{ARABIC TATWEEL}", None),
        "\N{ZERO WIDTH NON-JOINER}": " ",
        # Latin letters whose mark is no character of its own.
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ə": "e",
        "æ": "ae",
        "œ": "oe",
    }
)
_LEFT_OUT = ("Mn", "Me", "Cf")
"""Marks, and invisible format characters other than the non-joiner."""


def fold(text: str) -> str:
    """Return the form in which texts are compared in a search; never shown.

    Letter variants of Arabic, Kurdish, Urdu and Pashto keyboards become the Persian letter. Marks of all
    scripts, tatweel, lone hamza and apostrophes go. The zero-width non-joiner and dashes are a space,
    digits are Latin, Latin letters small, spaces single.
    """
    previous, folded = None, text
    while folded != previous:
        previous, folded = folded, _fold_once(folded)
    return folded


_SEEN: Final = str.maketrans({**dict.fromkeys("i1|ا", "l"), **dict.fromkeys("0ه", "o")})
"""What is hardly told from `l` and from `o`, small or capital, on a screen or by tired eyes."""
_SEEN_TOGETHER: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def seen_as(text: str) -> str:
    """Return what texts have in common that are easily taken for each other: `Nova I`, `Nova l`, `Nova 1`.

    Coarse on purpose, and never shown: who has such a name is shown with the code wherever the name is.
    """
    seen = fold(text)
    for two, one in _SEEN_TOGETHER:
        seen = seen.replace(two, one)
    return seen.translate(_SEEN).replace(" ", "")


def _fold_once(text: str) -> str:
    # Small letters first: a mark may hang on a capital that has no small letter of one piece.
    parts = unicodedata.normalize("NFKD", text.casefold()).translate(_FOLDED).translate(TO_LATIN)
    kept = (_kept(letter) for letter in parts)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).casefold().split())


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    return " " if category == "Pd" else "" if category in _LEFT_OUT else letter

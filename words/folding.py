"""Fold names into the form in which a search compares them."""

from __future__ import annotations

import unicodedata

from words.digits import TO_LATIN

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


def fold(text: str) -> str:
    """Return the form in which texts are compared in a search; never shown.

    Letter variants of Arabic keyboards become the Persian letter, marks and tatweel go, the
    zero-width non-joiner is a space, digits are Latin, Latin letters small, spaces single.
    """
    previous, folded = None, text
    while folded != previous:
        previous, folded = folded, _fold_once(folded)
    return folded


def _fold_once(text: str) -> str:
    letters = unicodedata.normalize("NFKC", text).translate(_FOLDED).translate(TO_LATIN)
    kept = (letter for letter in letters if unicodedata.category(letter) not in _LEFT_OUT)
    return " ".join("".join(kept).casefold().split())

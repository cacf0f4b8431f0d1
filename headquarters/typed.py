"""Read cells of tables as whoever typed them meant them, whatever the keyboard is.

Keyboards of Iran and of its neighbours give one letter in several code points (ی and ي), three kinds of
digits, half-spaces that cannot be seen, and marks of direction that come along with what is copied.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from words.digits import to_latin_digits
from words.folding import fold

_LETTERS: Final = str.maketrans({**dict.fromkeys("يى", "ی"), "ك": "ک"})
"""Letters of Persian as Arabic keyboards give them."""
_ALONG: Final = frozenset(
    "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{ARABIC TATWEEL}"
    "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
"""Joiners and marks of direction that keyboards and copied texts bring along, and what draws a word out.

Overrides of the direction are none of them: they make another number of what is seen, and are refused.
"""
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "yes": ("yes", "بله", "بلی", "آری", "نعم"),
    "partly": ("partly", "تا حدی", "تا حدودی", "جزئیا", "إلى حد ما"),
    "no": ("no", "نه", "خیر", "لا"),
}


def plain(cell: str) -> str:
    """Return a cell for programs, an id or a number: Latin digits, nothing that came along, no blanks around.

    Blanks inside, of whatever kind, stay blanks: what must have none is refused by its own pattern.
    """
    return to_latin_digits("".join(map(_seen, cell))).strip()


def answer(cell: str) -> str:
    """Return yes, partly or no for a cell that says so in English, Persian or Arabic; else it in small."""
    return _MEANT.get(_joined(cell), plain(cell).casefold())


def one_spelling(names: Iterable[str]) -> list[str]:
    """Return the names, each as the first of those is spelled that are the same: `3` for `۳`."""
    first: dict[str, str] = {}
    return [first.setdefault(_same(name), name) for name in names]


def spelled(name: str, known: Iterable[str]) -> str | None:
    """Return how the one of the `known` names is spelled that is the same; None if none is."""
    wanted = _same(name)
    return next((each for each in known if _same(each) == wanted), None)


def _same(name: str) -> str:
    """Return what spellings of one name have in common: narrower than what a search takes for the same.

    A search leaves out what this keeps, such as hamza and dashes: places may differ in nothing else.
    """
    apart = unicodedata.normalize("NFC", name).replace("\N{ZERO WIDTH NON-JOINER}", " ")
    return " ".join(plain(apart.translate(_LETTERS)).casefold().split())


def _seen(sign: str) -> str:
    return "" if sign in _ALONG else " " if sign.isspace() else sign


def _joined(cell: str) -> str:
    # Halves of a word stand apart by a blank, by a half-space, or not at all.
    return fold(cell).replace(" ", "")


_MEANT: Final = {_joined(word): meant for meant, words in _ANSWERS.items() for word in words}

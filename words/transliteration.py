"""Write a text as the voice of its language reads it.

espeak-ng's Azerbaijani voice reads Latin letters and spells Arabic ones in English. Azerbaijani in
Arabic script is written here with signs for all nine vowels (اوْ o, ؤ ö, اۇ u, اۆ ü, اؽ ı, ای i, ائ e,
ه ə, ا a), so that a letter's neighbours decide how it is read. An ə that is left out is put where
consonants could not be said; other vowels that a name leaves out are lost. Nobody who speaks the language
has listened yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from words.digits import TO_LATIN

_CONSONANTS: Final = {
    **dict.fromkeys("تط", "t"), **dict.fromkeys("ثسص", "s"), **dict.fromkeys("ذزضظ", "z"),
    "ب": "b", "پ": "p", "ج": "c", "چ": "ç", "ح": "h", "خ": "x", "د": "d", "ر": "r", "ژ": "j",
    "ش": "ş", "ع": "", "غ": "ğ", "ف": "f", "ق": "q", "ک": "k", "ك": "k", "گ": "g", "ل": "l",
    "م": "m", "ن": "n", "ڭ": "n",
}  # fmt: skip
_VOWELS: Final = {
    "آ": "a", "ۇ": "u", "ۆ": "ü", "ؤ": "ö", "ؽ": "ı", "ئ": "e", "ە": "ə", "َ": "ə",
    "ِ": "e", "ُ": "o",
}  # fmt: skip
_CARRIED: Final = {"وْ": "o", "ۇ": "u", "ۆ": "ü", "ؤ": "ö", "ؽ": "ı", "ی": "i", "ي": "i", "ئ": "e",
                   "َ": "ə", "ِ": "e", "ُ": "o"}  # fmt: skip
"""What follows an alef that only carries a vowel at the beginning of a word."""
_WORD: Final = re.compile("[\u0620-\u06ff\u200c]+")
_SPELT: Final = frozenset("aeəıioöuü")
_CONSONANT: Final = "bcçdfgğhxjkqlmnprsştvyz"
_BEGINNING: Final = re.compile(f"^[{_CONSONANT}]{{2,}}")
_CROWD: Final = re.compile(f"([{_CONSONANT}])([{_CONSONANT}]{{2,}})")
_SIGNS: Final = str.maketrans({"،": ",", "؛": ";", "؟": "?", "«": " ", "»": " ", "٬": "", "٫": "."})


def azerbaijani_in_latin(text: str) -> str:
    """Return Azerbaijani of Arabic script in the Latin spelling; what is Latin already stays."""
    text = text.translate(TO_LATIN).translate(_SIGNS)
    return _WORD.sub(lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    return "".join(_part(part) for part in word.split("\u200c"))


def _part(part: str) -> str:
    latin = ""
    at = 0
    while at < len(part):
        letter, after = part[at], part[at + 1 : at + 2]
        two = part[at + 1 : at + 3]
        step = 1
        if letter in "اأإ":
            carried = _CARRIED.get(two) or _CARRIED.get(after)
            if carried is not None and (at == 0 or after in "ؽئ"):
                latin, step = latin + carried, 3 if two in _CARRIED else 2
            else:
                latin += "a"
        elif letter == "و":
            if after == "ْ":
                latin, step = latin + "o", 2
            else:
                latin += "v" if _beside_vowel(latin, part[at + 1 :]) else "u"
        elif letter in "یيى":
            latin += "y" if _beside_vowel(latin, part[at + 1 :]) else "i"
        elif letter in "هةۀ":
            open_end = (
                latin[-1:] not in _SPELT and latin != "" and not _begins_with_vowel(part[at + 1 :])
            )
            latin += "ə" if open_end else "h"
        elif letter == "ّ":
            latin += latin[-1:]
        else:
            latin += _VOWELS.get(letter, _CONSONANTS.get(letter, ""))
        at += step
    return _with_unwritten(latin)


def _with_unwritten(latin: str) -> str:
    """Put the one vowel that is left out in writing, ə, where consonants could not be said without it."""
    if latin and all(letter in _CONSONANT for letter in latin):
        return "ə".join(latin) if len(latin) > 1 else latin
    latin = _BEGINNING.sub(lambda found: "ə".join(found[0]), latin)
    return _CROWD.sub(r"\1ə\2", latin)


def _beside_vowel(before: str, after: str) -> bool:
    """Whether a و or ی is a consonant here: at the beginning, or beside a vowel."""
    return before == "" or before[-1] in _SPELT or _begins_with_vowel(after)


def _begins_with_vowel(rest: str) -> bool:
    return rest[:1] in {*_VOWELS, "ا"} or rest[:2] == "وْ" or (rest[:1] == "ه" and len(rest) == 1)


SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {"az-latin": azerbaijani_in_latin}
"""By the name that a language's data gives."""

"""Spell a name for the ear: letter by letter, each by a voice that knows the letter's name.

What sounds alike is told apart by its letters: صابر and سابر. Persian, Arabic, Armenian and English
voices name the letters of their scripts. A letter of Arabic script in another language (Azerbaijani, which
is read through Latin letters, and Sorani, which has no voice) is named by the Persian voice, as the
Persian letter that a search takes it for.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from words.folding import fold
from words.languages import LanguageData, Languages
from words.spoken import in_language
from words.text import ENGLISH, PERSIAN, Language, without_controls

_VOICES: Final = {"ARABIC": PERSIAN, "LATIN": ENGLISH, "ARMENIAN": Language("hy")}
_BETWEEN_LETTERS: Final = ", "


def spelled(name: str, language: Language, languages: Languages) -> str:
    """Return what is said letter by letter, words as sentences; empty if there is no letter or digit.

    `language`: of the voter. The text is marked with the languages whose voices say it.
    """
    words: list[str] = []
    letters: list[str] = []
    now = language

    def end() -> None:
        if letters:
            words.append(in_language(_BETWEEN_LETTERS.join(letters) + ".", now))
            letters.clear()

    for sign in unicodedata.normalize("NFC", without_controls(name)):
        if unicodedata.category(sign).startswith("M"):
            continue
        if not sign.isalnum():
            end()
            continue
        voice = _voice(sign, language, languages)
        if voice != now:
            end()
            now = voice
        letters.append(_named(sign, languages[voice]))
    end()
    return " ".join(words)


def _voice(sign: str, language: Language, languages: Languages) -> Language:
    if sign.isdecimal():
        return language
    script = _script(sign)
    data = languages[language]
    if data.voice and not data.spelling and script == _script(data.alphabetical_keys[0][0]):
        return language
    known = _VOICES.get(script, language)
    return known if known in languages else language


def _named(sign: str, data: LanguageData) -> str:
    """Return the letter as this voice knows it: ڵ has no name in Persian, ل has."""
    letter = sign.lower()
    known = letter in "".join((*data.standard_keys, *data.alphabetical_keys))
    if known or data.id != PERSIAN or not letter.isalpha() or letter in _NAMED_TOO:
        return letter
    return fold(letter) or letter


_NAMED_TOO: Final = frozenset("آأإؤئةۀء")
"""Letters without a key that the Persian voice has names for."""


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").split(" ")[0]

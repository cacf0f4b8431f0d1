"""Render messages for the ear: pieces of text, each in the language whose voice has to say it.

A name that is given in Persian only stays Persian inside an English sentence (EN 301 549, 5.1.3.14), digits
and signs are written so that a voice reads them, and a text without a voice is said by another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from words.message import Message, render
from words.speaker import Speaker
from words.text import ENGLISH, PERSIAN, Language, Text, without_controls

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around a text of another language than the sentence's (private use, taken out of every name)."""
_MARKS: Final = dict.fromkeys(map(ord, (_OPEN, _CLOSE)), None)
_FOREIGN: Final = re.compile(f"{_OPEN}([^|]*)\\|([^{_CLOSE}]*){_CLOSE}")
_DOUBLED: Final = re.compile(r"([.?!:؟։՞،,;؛])\s*\.")
"""A stop after another sign: two sentences were put together."""
_UNSPOKEN: Final = str.maketrans({"«": " ", "»": " ", "·": ",", "…": ".", "(": ",", ")": ","})


@dataclass(frozen=True, slots=True)
class Piece:
    """What one voice says."""

    language: Language
    text: str


def spoken(message: Message, speaker: Speaker) -> tuple[Piece, ...]:
    """Return what is said of a message in a speaker's language, in order."""

    def of(text: Text) -> str:
        given = {language for language, _ in text.by_language}
        language = speaker.language if speaker.language in given else PERSIAN
        said = without_controls(text.in_(speaker.language)).translate(_MARKS)
        if language == speaker.language:
            return said
        return in_language(said, language)

    # A voice reads 2,294 or ۲٬۲۹۴ as two numbers.
    plain = replace(speaker.conventions, group="")
    whole = render(
        message,
        plain,
        of,
        speaker.translated,
        isolates=False,
        details=speaker.language == ENGLISH,
    )
    return split(whole, speaker.language)


def in_language(text: str, language: Language) -> str:
    """Mark a text as one of this language, for `split`."""
    return f"{_OPEN}{language}|{text}{_CLOSE}"


def split(text: str, language: Language) -> tuple[Piece, ...]:
    """Split a marked text into pieces of one language; signs alone are no piece."""
    pieces: list[Piece] = []
    end = 0
    for found in _FOREIGN.finditer(text):
        _add(pieces, language, text[end : found.start()])
        _add(pieces, Language(found[1]), found[2])
        end = found.end()
    _add(pieces, language, text[end:])
    return tuple(pieces)


def has_languages(text: str) -> bool:
    """Return whether a part of a text is marked as one of a language."""
    return _OPEN in text


def _add(pieces: list[Piece], language: Language, text: str) -> None:
    said = " ".join(_DOUBLED.sub(r"\1", text.translate(_MARKS).translate(_UNSPOKEN)).split())
    said = said.lstrip(":.,;،؛ ")
    if any(letter.isalnum() for letter in said):
        pieces.append(Piece(language, said))

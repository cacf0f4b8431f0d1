"""A language that nobody speaks: long, from right to left, with digits and letters of its own.

It is made from the source texts in the code and written as a folder with data and a catalogue, as
a translator would add one. What is shown in it and has other letters was never translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import combining, normalize

from tests.words.language_folders import add_language, with_installed
from tests.words.sources import ROOMS, ROOT, SIMULATORS, sources
from words.languages import Languages, read_languages
from words.text import Language

PSEUDO: Final = Language("qps")
DIGITS: Final = "߀߁߂߃߄߅߆߇߈߉"
MONTHS: Final = "אבגדהוזחטיכל"
_LETTERS: Final = "אבגדהוזחטיכלמנסעפצקרשתםןףץ"
_PLACE: Final = re.compile(r"(\{\w*\})")

_FOREIGN: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ\u0600-\u06ff0-9]")
"""Latin and Arabic letters, Latin, Persian and Arabic-Indic digits."""
_LEFT_TO_RIGHT: Final = re.compile("\u2066[^\u2069]*\u2069")
"""Identifiers: they stay as they are in every language."""

_ISOLATED: Final = re.compile("[\u2066\u2068][^\u2066-\u2069]*\u2069")
"""Identifiers and names from outside."""
_LATIN_IN_PERSIAN: Final = ("USB", "UPS", "QR", "UTF-8", "PUK")

_DATA: Final = f"""
name = "פסאודו"
font = "Vazirmatn"
sample = "אב"
[keyboard]
standard = ["אבגדהוזחטי", "כלמנסעפצק", "רשתםןףץ"]
alphabetical = ["אבגדהוזחטי", "כלמנסעפצק", "רשתםןףץ"]
[conventions]
right_to_left = true
digits = "{DIGITS}"
group = "'"
decimal = "·"
percent = "{{number}}%"
calendar = "gregorian"
months = [{", ".join(f'"{x}"' for x in MONTHS)}]
moment_form = "{{date}} · {{time}}"
comma = " · "
last_comma = " & "
sizes = ["{{number}} ב", "{{number}} קב", "{{number}} מב", "{{number}} גב"]
"""


def pseudo(text: str) -> str:
    """Write an English source text in the language; places of values stay."""
    parts = _PLACE.split(text)
    return "⟦" + "".join(x if x.startswith("{") else _letters(x) for x in parts) + "⟧"


def _letters(text: str) -> str:
    written = ""
    for letter in normalize("NFD", text):
        if combining(letter):
            continue
        if letter.isascii() and letter.isalpha():
            other = _LETTERS[ord(letter.lower()) - ord("a")]
            # Vowels are doubled: about a third longer than English.
            written += other * 2 if letter.lower() in "aeiou" else other
        elif letter.isascii() and letter.isdigit():
            written += DIGITS[int(letter)]
        else:
            written += letter
    return written


def write_pseudo(folder: Path) -> Path:
    """Write the language, beside those that come with the program, into an empty folder."""
    with_installed(folder)
    entries: dict[tuple[str | None, str], str] = {}
    for source in (*sources(ROOMS), *sources(SIMULATORS)):
        lines = [f"msgctxt {_quoted(source.context)}"] if source.context else []
        lines.append(f"msgid {_quoted(source.text)}")
        if source.plural is None:
            lines.append(f"msgstr {_quoted(pseudo(source.text))}")
        else:
            lines.append(f"msgid_plural {_quoted(source.plural)}")
            lines.append(f"msgstr[0] {_quoted(pseudo(source.plural))}")
        entries[source.key] = "\n".join(lines)
    add_language(folder, PSEUDO, _DATA, "\n\n".join(entries.values()), "nplurals=1; plural=0;")
    return folder


@cache
def pseudo_languages(folder: Path) -> Languages:
    """The languages of a folder that `write_pseudo` filled, with the bench's texts."""
    return read_languages(folder, ROOT / "simulators" / "languages")


def foreign(shown: Iterable[str], data: Iterable[str] = ()) -> set[str]:
    """Return what of the shown texts is neither in the language nor an identifier nor data.

    `data`: names of the election and of people, which are given in other languages.
    """
    known = sorted({part for text in data for part in (text, *text.split("\n")) if part}, key=len)
    left: set[str] = set()
    for text in shown:
        rest = _LEFT_TO_RIGHT.sub("", text)
        for name in reversed(known):
            rest = rest.replace(name, "")
        if _FOREIGN.search(rest):
            left.add(text)
    return left


def english(shown: Iterable[str], data: Iterable[str] = ()) -> set[str]:
    """Return what of texts on a Persian screen is neither Persian nor an identifier nor data."""
    known = sorted({*data, *_LATIN_IN_PERSIAN}, key=len)
    left: set[str] = set()
    for text in shown:
        rest = _ISOLATED.sub("", text)
        for name in reversed(known):
            rest = rest.replace(name, "")
        if re.search("[A-Za-z]", rest):
            left.add(text)
    return left


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

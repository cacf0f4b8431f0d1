"""Judge the names of elections, persons and lists: what can be read, and what looks the same.

A name is made of the letters, marks and digits that UTS 39 recommends for names (Identifier_Status
Allowed), of blanks, the marks of punctuation that names are written with, and the zero-width
non-joiner between letters, which Persian needs. Two names look the same if their skeletons (UTS 39
section 4) are equal, as they are written or after folding as a search folds them. Unicode's data come
from ICU (`docs/adr/0034-names-by-unicode.md`), which is loaded when the first name is judged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from election.errors import ManifestError
from words.drawn import undrawn
from words.folding import fold
from words.message import Code, Items, Latin, Message, m
from words.text import ENGLISH, PERSIAN

if TYPE_CHECKING:
    from icu import SpoofChecker, UnicodeSet

    from election.definition import Contest

LONGEST_TITLE = 200
"""Characters."""
_BLANK = " "
_NON_JOINER = "\N{ZERO WIDTH NON-JOINER}"
_PUNCTUATION: Final = frozenset(" -‐–'’.·,،/:()«»&+")
MOST_MARKS: Final = 3
"""Marks on one letter: hamza, shadda and a vowel."""
_SHOWN_CATEGORIES = frozenset("LMNPS")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters, marks and symbols that leave nothing to see (DerivedCoreProperties.txt,
Default_Ignorable_Code_Point, and the empty Braille pattern)."""
_VARIATION_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


def check_title(title: str) -> None:
    """Raise `ManifestError` for a title of an election that cannot be read as it is written."""
    if problem := text_problem(title):
        raise ManifestError.of("the election's name: {detail}", detail=problem)


def text_problem(text: str) -> Message | None:
    """Say why a title, a place or a sentence cannot be read as it is written; None if it can."""
    if not text.strip(_BLANK + _NON_JOINER) or len(text) > LONGEST_TITLE:
        return m("it has 1 to {most} characters", most=LONGEST_TITLE)
    if found := next((sign for sign in text if not is_shown(sign)), None):
        return m(
            "it holds the character {character}, which cannot be seen; type it again, in one line",
            character=character_name(found),
        )
    if found := undrawn(text):
        return m(
            "it holds the character {character}, which the screens have no letter for; type it again",
            character=character_name(found),
        )
    return None


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


def name_problem(name: str) -> Message | None:
    """Say why a person's or list's name cannot stand on a ballot, and what to do; None if it can."""
    allowed = _recommended()
    for before, sign, after in zip(["", *name], name, [*name[1:], ""], strict=False):
        if sign == _NON_JOINER:
            if not (_is_written(before) and _is_written(after)):
                return m(
                    "{character} stands at the edge of a word, where it cannot be seen; delete it",
                    character=character_name(sign),
                )
        elif sign not in _PUNCTUATION and not (is_shown(sign) and allowed.contains(sign)):
            return m(
                "the character {character} is not one that names are written with; "
                "type the name again",
                character=character_name(sign),
            )
    if found := undrawn(name):
        return m(
            "the screens have no letter for {character}; write the name in letters that they have",
            character=character_name(found),
        )
    return _marks_problem(name) or _nothing_to_read(name)


def skeleton(name: str) -> str:
    """Return what names have in common that look the same; never shown."""
    checker = _checker()
    folded = fold(checker.getSkeleton(0, fold(name)))
    seen: str = checker.getSkeleton(0, folded)
    return seen.replace(" ", "")


def alike(names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Return groups of places in `names` whose names look the same; empty names do not count.

    As they are written, too: folded letters are small, and `I` looks like `l` only as a capital.
    """
    leads = list(range(len(names)))
    """To an earlier place of the same group, or to itself."""
    first: dict[str, int] = {}

    def root(place: int) -> int:
        while leads[place] != place:
            place = leads[place]
        return place

    for place, name in enumerate(names):
        for key in (skeleton(name), _as_written(name)) if name else ():
            one, other = sorted((root(place), root(first.setdefault(key, place))))
            leads[other] = one
    groups: dict[int, list[int]] = {}
    for place in range(len(names)):
        groups.setdefault(root(place), []).append(place)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def alike_in(contest: Contest) -> Iterator[Message]:
    """Say which candidates' names look the same, in either language, by their codes."""
    told: dict[tuple[int, ...], str] = {}
    for language in (PERSIAN, ENGLISH):
        names = [one.name.in_(language) for one in contest.candidates]
        told |= {places: names[places[0]] for places in alike(names) if places not in told}
    for places, name in told.items():
        codes = (Code(contest.format_code(contest.candidates[place].code)) for place in places)
        yield m(
            "the names of {codes} look the same: “{name}”; the ballot tells them apart by code "
            "and portrait only",
            codes=Items(tuple(codes)),
            name=name,
        )


# ---------------------------------------------------------------- parts


def _as_written(name: str) -> str:
    """Return the skeleton with capitals as they are: that of `I` is `l`, that of `i` is not."""
    seen: str = _checker().getSkeleton(0, name)
    return seen.replace(" ", "")


def _marks_problem(name: str) -> Message | None:
    """Find a mark without a letter, the same mark twice, or a heap of marks."""
    marks = 0
    for before, sign in pairwise(["", *unicodedata.normalize("NFD", name)]):
        marks = marks + 1 if _is_mark(sign) else 0
        if marks == 1 and not before.isalnum():
            return m(
                "the mark {character} stands on no letter; type the name again",
                character=character_name(sign),
            )
        if marks and (marks > MOST_MARKS or sign == before):
            return m(
                "a letter bears too many marks, or {character} twice; type the name again",
                character=character_name(sign),
            )
    return None


def _nothing_to_read(name: str) -> Message | None:
    if any(sign.isalpha() for sign in name):
        return None
    return m("there is no letter in the name; type it again")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _is_written(character: str) -> bool:
    """Whether it is a letter, digit or mark."""
    return character.isalnum() or (character != "" and _is_mark(character))


@cache
def _recommended() -> UnicodeSet:
    from icu import SpoofChecker

    return SpoofChecker.getRecommendedUnicodeSet()


@cache
def _checker() -> SpoofChecker:
    from icu import SpoofChecker

    return SpoofChecker()

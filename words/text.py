"""Name languages by their ids, and hold texts that are given in several of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

_ID = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class LanguageError(ValueError):
    """An id is no language's, or a language's data is not as it has to be."""


class Language(str):
    """The id of a language as in BCP 47: `fa`, `en`, `ckb`, `az-Arab`. Which ones there are is data.

    Raises LanguageError.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        """Check the id against the form of BCP 47 used here. Raises LanguageError."""
        if not _ID.fullmatch(code):
            raise LanguageError(f"{code!r} is no language id such as fa or az-Arab")
        return super().__new__(cls, code)


_CONTROLS = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), None
) | dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029), " ")


def without_controls(text: str) -> str:
    """Return a text from outside without directional controls (UAX #9) and line breaks.

    A name that holds them would turn around what stands beside it, or end the isolate it stands in.
    """
    return text.translate(_CONTROLS)


PERSIAN: Final = Language("fa")
ENGLISH: Final = Language("en")


@lru_cache(maxsize=256)
def _languages(codes: tuple[str, ...]) -> tuple[Language, ...]:
    """Return the languages of ids: candidates are named in the same ones. Raises LanguageError."""
    return tuple(map(Language, codes))


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A text of an election in the languages it is given in. Persian is always there.

    `Text("نام", "name")`, `Text(fa="نام", ckb="ناو")`, `Text.of({"fa": "نام"})`. An empty text
    is one that is not given. Raises LanguageError.
    """

    languages: tuple[Language, ...]
    """Sorted by id."""
    texts: tuple[str, ...]
    """In the order of the languages."""

    def __init__(self, fa: str, en: str = "", **others: str) -> None:
        given = {**others, PERSIAN: fa, ENGLISH: en}
        kept = sorted(code for code, text in given.items() if text or code == PERSIAN)
        object.__setattr__(self, "languages", _languages(tuple(map(str, kept))))
        object.__setattr__(self, "texts", tuple(given[code] for code in kept))

    @property
    def by_language(self) -> tuple[tuple[Language, str], ...]:
        """The texts with their languages, sorted by language id."""
        return tuple(zip(self.languages, self.texts, strict=True))

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Self:
        """Make a text from a mapping of language id to text. Raises LanguageError without Persian."""
        if PERSIAN not in _languages(tuple(texts)):
            raise LanguageError("a text needs its Persian form")
        return cls(**texts)

    def mapping(self) -> dict[str, str]:
        """Return only the languages given, as `of` takes them."""
        return {str(language): text for language, text in self.by_language}

    def in_(self, language: Language) -> str:
        """Return the text in this language, or in Persian if it is not given."""
        return self._given(language) or self.fa

    @property
    def fa(self) -> str:
        """The Persian text."""
        return self._given(PERSIAN)

    @property
    def en(self) -> str:
        """The English text; empty if not given."""
        return self._given(ENGLISH)

    def _given(self, language: Language) -> str:
        return next((text for key, text in self.by_language if key == language), "")

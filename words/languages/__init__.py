"""Read languages from folders: one folder a language, with its data and its catalogues.

    <folder>/fa/language.toml    own name, direction, digits, calendar, keyboard, font
    <folder>/fa/*.po             the translations, in a source tree; Plural-Forms in their heads
    <folder>/fa/messages.mo      the same, compiled (`words.compiling`), in a wheel

A language is added by adding a folder; no code knows which ones there are.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final, Self

from words.conventions import Calendar, Conventions
from words.speaker import Speaker
from words.text import ENGLISH, PERSIAN, Language, LanguageError

FOLDER: Final = Path(__file__).parent
VOTERS: Final = FOLDER.parent / "voter_languages"
"""Languages of the voters' screens alone: officers and headquarters have Persian and English."""
DATA: Final = "language.toml"
COMPILED: Final = "messages.mo"


@dataclass(frozen=True, slots=True)
class LanguageData:
    """The data of a language beside its texts."""

    id: Language
    name: str
    """In the language itself: whoever cannot read the screen finds theirs."""
    font: str
    """A family that has all its letters."""
    sample: str
    """Few letters that show a text size."""
    conventions: Conventions
    standard_keys: tuple[str, ...]
    """Rows of letters as on a computer or telephone."""
    alphabetical_keys: tuple[str, ...]
    """For those who have never typed."""
    voice: str = ""
    """Voice of espeak-ng; empty for a language that has none: clips, or the Persian voice."""
    spelling: str = ""
    """Name of the transliteration (`words.transliteration`) that the voice needs; empty for none."""


class Languages:
    """All languages that were found, and their speakers. A catalogue is read once."""

    def __init__(
        self, found: Mapping[Language, LanguageData], folders: Mapping[Language, Sequence[Path]]
    ):
        self._found = dict(sorted(found.items(), key=lambda x: (x[0] != PERSIAN, x[0])))
        self._folders = folders
        self._speakers: dict[Language, Speaker] = {}

    def __iter__(self) -> Iterator[LanguageData]:
        """Iterate over the data of all languages: Persian first, the others by id."""
        return iter(self._found.values())

    def __contains__(self, language: Language) -> bool:
        return language in self._found

    def __getitem__(self, language: Language) -> LanguageData:
        """Return the data of a language. Raises LanguageError for a language that was not found."""
        if language not in self._found:
            raise LanguageError(f"there is no language {language} here")
        return self._found[language]

    def speaker(self, language: Language) -> Speaker:
        """Return the speaker for screens and paper; reads its catalogue once. Raises LanguageError."""
        data = self[language]
        if language not in self._speakers:
            catalogue = _catalogue(language, self._folders[language])
            self._speakers[language] = Speaker(data.id, data.conventions, catalogue)
        return self._speakers[language]

    def speakers(self) -> tuple[Speaker, ...]:
        """Return the speakers of all languages. Raises LanguageError."""
        return tuple(self.speaker(language) for language in self._found)

    def load(self) -> Self:
        """Read all catalogues now, so that changing the language later costs nothing."""
        self.speakers()
        return self


def read_languages(*folders: Path) -> Languages:
    """Read all languages of these folders; a later folder adds texts to an earlier one's.

    Raises LanguageError for data that cannot be used; for a catalogue its speaker does.
    """
    places: dict[Language, list[Path]] = {}
    for folder in folders:
        for data in sorted(folder.glob("*")):
            if data.is_dir() and _has_texts(data):
                places.setdefault(Language(data.name), []).append(data)
    found = {x: _data(x, _only_data(x, paths)) for x, paths in places.items()}
    if missing := {PERSIAN, ENGLISH} - found.keys():
        raise LanguageError(f"the language {min(missing)} is missing from {folders[0].name}")
    return Languages(found, places)


@cache
def installed() -> Languages:
    """Read the languages that come with the program."""
    return read_languages(FOLDER)


@cache
def for_voters() -> Languages:
    """Read the languages that voters can choose: all that come with the program."""
    return read_languages(FOLDER, VOTERS)


def _has_texts(folder: Path) -> bool:
    return any(file for x in (DATA, "*.po", COMPILED) for file in folder.glob(x))


# ---------------------------------------------------------------- data


def _only_data(language: Language, folders: Sequence[Path]) -> Path:
    files = [folder / DATA for folder in folders if (folder / DATA).exists()]
    if len(files) != 1:
        raise LanguageError(f"{language} has {len(files)} files {DATA}, not one")
    return files[0]


def _data(language: Language, file: Path) -> LanguageData:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        keyboard = table.pop("keyboard")
        conventions = table.pop("conventions", {})
        data = LanguageData(
            id=language,
            name=_string(table.pop("name")),
            font=_string(table.pop("font")),
            sample=_string(table.pop("sample")),
            conventions=_conventions(conventions),
            standard_keys=_strings(keyboard.pop("standard")),
            alphabetical_keys=_strings(keyboard.pop("alphabetical")),
            voice=_string(table.pop("voice", "")),
            spelling=_string(table.pop("spelling", "")),
        )
        if unknown := {*table, *keyboard}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    except (OSError, KeyError, ValueError) as error:
        raise LanguageError(f"{language}/{DATA}: {error}") from error
    return data


def _conventions(table: Mapping[str, object]) -> Conventions:
    if unknown := table.keys() - {x.name for x in fields(Conventions)}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    standard = Conventions()

    def text(key: str, usual: str) -> str:
        return _string(table.get(key, usual))

    right_to_left = table.get("right_to_left", False)
    if not isinstance(right_to_left, bool):
        raise ValueError("right_to_left is true or false")  # noqa: TRY004 - as below
    read = Conventions(
        right_to_left=right_to_left,
        digits=text("digits", standard.digits),
        group=text("group", standard.group),
        decimal=text("decimal", standard.decimal),
        percent=text("percent", standard.percent),
        calendar=Calendar(text("calendar", standard.calendar)),
        months=_strings(table.get("months", list(standard.months))),
        date_form=text("date_form", standard.date_form),
        moment_form=text("moment_form", standard.moment_form),
        comma=text("comma", standard.comma),
        last_comma=text("last_comma", standard.last_comma),
        sizes=_strings(table.get("sizes", list(standard.sizes))),
    )
    if len(read.digits) != 10 or len(read.months) != 12 or len(read.sizes) != len(standard.sizes):
        raise ValueError(f"ten digits, twelve months and {len(standard.sizes)} sizes are needed")
    return read


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 - one kind of error for a file
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list of texts")  # noqa: TRY004 - as above
    return tuple(_string(x) for x in value)


# ---------------------------------------------------------------- catalogues


def _catalogue(language: Language, folders: Sequence[Path]) -> NullTranslations:
    """Return all catalogues as one; the first of two translations counts."""
    read = [catalogue for folder in folders for catalogue in _catalogues(language, folder)]
    if not read:
        return NullTranslations()
    first, *others = read
    for other in others:
        first.add_fallback(other)
    return first


def _catalogues(language: Language, folder: Path) -> Iterator[GNUTranslations]:
    try:
        if sources := sorted(folder.glob("*.po")):
            # Only source trees have these: a wheel never reads or parses them.
            from words.compiling import compiled

            yield GNUTranslations(io.BytesIO(compiled(sources)))
        elif (folder / COMPILED).exists():
            with (folder / COMPILED).open("rb") as file:
                yield GNUTranslations(file)
    except (OSError, ValueError) as error:
        raise LanguageError(f"the catalogue of {language}: {error}") from error

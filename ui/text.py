"""What the screens say, in the voter's language.

Texts are written in English in the code; gettext catalogues (`ui/locale/<language>/LC_MESSAGES/*.po`,
read with Babel) hold the other languages. Numbers and codes inside a text take the language's
digits. Codes are isolated left-to-right runs (Unicode bidi, U+2066…U+2069), so that they never
turn around inside Persian.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from babel.messages.pofile import read_po

from election.definition import Language, Text
from words.dates import jalali
from words.digits import to_persian_digits

LOCALES = Path(__file__).parent / "locale"

LEFT_TO_RIGHT_ISOLATE = "\u2066"
FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"


def N_(text: str) -> str:
    """Marks a text in a table for translation; the table's reader translates it with `Texts`."""
    return text


@dataclass(frozen=True, slots=True)
class Texts:
    """Speaks one language. Call it `t`: the catalogue test looks for `t("…")` and `N_("…")`."""

    language: Language
    translations: dict[str, str]

    def __call__(self, text: str, **values: str | int | Text) -> str:
        """`t("{count} of {total}", count=3, total=21)` → `۳ از ۲۱`.

        Integers take the language's digits; strings are put in as they are; a Text speaks
        the same language and is isolated.
        """
        said = self.translations.get(text, text)
        if not values:
            return said
        return said.format(**{name: self._value(value) for name, value in values.items()})

    def _value(self, value: str | int | Text) -> str:
        match value:
            case Text():
                return f"{FIRST_STRONG_ISOLATE}{self.of(value)}{POP_ISOLATE}"
            case int():
                return self.number(value)
            case str():
                return value

    def plural(self, one: str, many: str, count: int, **values: str | int | Text) -> str:
        """English has two forms; Persian says both alike. `count` is always a value, too."""
        return self(one if count == 1 else many, count=count, **values)

    def of(self, text: Text) -> str:
        """A text of the election package in this language."""
        return text.in_(self.language)

    def digits(self, text: str) -> str:
        """The same text with this language's digits."""
        return to_persian_digits(text) if self.language is Language.PERSIAN else text

    def number(self, number: int) -> str:
        """With the thousands set apart: `۲٬۲۹۴`, `2,294`."""
        grouped = f"{number:,}"
        if self.language is Language.PERSIAN:
            return self.digits(grouped.replace(",", "٬"))
        return grouped

    def code(self, code: str) -> str:
        """A code, to be read from left to right in any text."""
        return f"{LEFT_TO_RIGHT_ISOLATE}{self.digits(code)}{POP_ISOLATE}"

    def latin(self, text: str) -> str:
        """An identifier with Latin letters, as it is, isolated."""
        return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_ISOLATE}"

    def date(self, moment: datetime) -> str:
        if self.language is Language.PERSIAN:
            return jalali(moment.date())
        return f"{moment.day} {moment:%B} {moment.year}"

    def time(self, moment: datetime) -> str:
        return self.code(f"{moment:%H:%M}")

    def clock(self, seconds: float) -> str:
        """What is left of a time limit: `۰:۲۷`."""
        whole = max(0, int(seconds))
        return self.code(f"{whole // 60}:{whole % 60:02d}")

    @property
    def right_to_left(self) -> bool:
        return self.language is Language.PERSIAN


def load(language: Language) -> Texts:
    """The texts of one language. English needs no catalogue."""
    translations: dict[str, str] = {}
    for file in sorted((LOCALES / language.value / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language.value):
                if message.id and isinstance(message.id, str) and message.string:
                    translations.setdefault(message.id, str(message.string))
    return Texts(language, translations)

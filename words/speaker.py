"""Render messages in one language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from gettext import NullTranslations

from words.conventions import Conventions
from words.message import Code, Latin, Message, Value, render
from words.text import ENGLISH, Language, Text, without_controls


@dataclass(frozen=True, slots=True)
class Speaker:
    """One language: its catalogue, its way of writing, and whether runs are isolated.

    Screens and paper isolate names and codes, terminals show the isolates as boxes. On screens
    it is called `t`: the catalogue test looks for `t("…")`, `t.plural(…)` and for `m("…")`.
    """

    language: Language
    conventions: Conventions
    catalogue: NullTranslations
    isolates: bool = True

    def __call__(self, text: str | Message, /, **values: Value) -> str:
        """Say a message, or an English source text with values.

        `t("{count} of {total}", count=3, total=21)` → `۳ از ۲۱`. Strings among the values are
        said already: they are put in as they are.
        """
        if isinstance(text, Message):
            return self.say(text)
        translation = self.catalogue.gettext(text)
        if not values:
            return translation
        return translation.format(**{name: self._put_in(value) for name, value in values.items()})

    def say(self, value: Value) -> str:
        """Render a message or any value of one. Strings are names from outside, and isolated."""
        return render(
            value,
            self.conventions,
            self.of,
            self.translated,
            isolates=self.isolates,
            details=self.language == ENGLISH,
        )

    def plural(self, one: str, many: str, count: int, **values: Value) -> str:
        """Say a source text in the form that the language has for `count`, which is a value, too."""
        text = self.catalogue.ngettext(one, many, count)
        named = {name: self._put_in(value) for name, value in values.items()}
        return text.format(count=self.number(count), **named)

    def _put_in(self, value: Value) -> str:
        return value if isinstance(value, str) else self.say(value)

    def translated(self, message: Message) -> str:
        """Return the source text of a message in this language and in the right plural form."""
        match message:
            case Message(context=None, plural=None):
                return self.catalogue.gettext(message.source)
            case Message(context=None, plural=str(many)):
                return self.catalogue.ngettext(message.source, many, message.count)
            case Message(context=str(context), plural=str(many)):
                return self.catalogue.npgettext(context, message.source, many, message.count)
            case Message(context=str(context)):
                return self.catalogue.pgettext(context, message.source)
        raise AssertionError(message)

    def without_isolates(self) -> Speaker:
        """Return a speaker of the same language for a terminal."""
        return replace(self, isolates=False)

    # ------------------------------------------------------------ single values

    def of(self, text: Text) -> str:
        """Return a text of the election package in this language."""
        return without_controls(text.in_(self.language))

    def name(self, name: str) -> str:
        """Return a name from outside, in any script: it turns nothing around in a text it stands in."""
        return self.say(name)

    def digits(self, text: str) -> str:
        """Replace the Latin digits of a text by this language's digits."""
        return self.conventions.with_digits(text)

    def number(self, number: int) -> str:
        """Write a whole number with the thousands set apart: `۲٬۲۹۴`, `2,294`."""
        return self.conventions.number(number)

    def code(self, code: str) -> str:
        """Write a code that is read from left to right in any text."""
        return self.say(Code(code))

    def latin(self, text: str) -> str:
        """Write an identifier in Latin letters unchanged, in an isolate."""
        return self.say(Latin(text))

    def date(self, day: date) -> str:
        """Write a day in the language's calendar."""
        return self.conventions.day(day)

    def time(self, moment: datetime | time) -> str:
        """Write hours and minutes: `۰۸:۳۰`."""
        return self.code(f"{moment:%H:%M}")

    def clock(self, seconds: float) -> str:
        """Write the seconds left of a time limit, cut to whole ones, as minutes and seconds: `۰:۲۷`."""
        whole = max(0, int(seconds))
        return self.code(f"{whole // 60}:{whole % 60:02d}")

    @property
    def right_to_left(self) -> bool:
        """Whether texts run from right to left."""
        return self.conventions.right_to_left

"""Messages: English source texts with named values, rendered in a language only where they are shown.

A message is a value like any other: it can be compared, kept in a set and sent to another process.
`str(message)` is English, for logs, tests and exceptions; `words.speaker.Speaker` renders it in
any language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import PurePath
from typing import Final, TypeAlias

from words.conventions import Conventions
from words.text import ENGLISH, Text, without_controls


@dataclass(frozen=True, slots=True)
class Code:
    """A code or a number that is no amount: the language's digits, from left to right, no grouping."""

    text: str


@dataclass(frozen=True, slots=True)
class Latin:
    """An identifier, file name or address, kept exactly as it is, from left to right."""

    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What an exception or a library says, in English: said in brackets, and in English only."""

    text: str


@dataclass(frozen=True, slots=True)
class Bytes:
    """An amount of data, in bytes."""

    amount: int


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of one, written as a percentage with this many decimal places."""

    share: Fraction
    places: int = 0


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number with this many decimal places."""

    number: Fraction | float
    places: int = 1


@dataclass(frozen=True, slots=True)
class Exact:
    """A number cut off after this many decimal places, with an ellipsis where more digits follow."""

    number: Fraction
    places: int = 4


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values: `a, b and c`."""

    items: tuple[Value, ...]


Value: TypeAlias = (
    "int | str | PurePath | date | time | Code | Latin | Detail | Bytes | Percent | Decimal | Exact"
    " | Items | Text | Message"
)
"""A value that can stand in a message. A plain `str` is a name from outside, kept as it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """An English source text and its values; make it with `m`, `plural` or `in_context`."""

    source: str
    """With `{name}` for each value; literal if there are no values."""
    values: tuple[tuple[str, Value], ...] = ()
    plural: str | None = None
    """The source for all counts but one; the value `count` decides."""
    context: str | None = None
    """Tells apart two meanings of one English text (gettext's msgctxt)."""

    def __str__(self) -> str:
        """Return the message in English, without bidi isolates."""
        return in_english(self)

    @property
    def count(self) -> int:
        """The value that decides the plural form."""
        count = dict(self.values)["count"]
        if not isinstance(count, int):
            raise TypeError(f"the count of {self.source!r} is no whole number")
        return count


def m(source: str, /, **values: Value) -> Message:
    """Make a message: `m("{count} of {most} chosen", count=3, most=21)`."""
    return Message(source, tuple(values.items()))


def plural(one: str, many: str, /, count: int, **values: Value) -> Message:
    """Make a message with a plural; `count` is one of its values."""
    return Message(one, (("count", count), *values.items()), many)


def in_context(context: str, source: str, /, **values: Value) -> Message:
    """Make a message whose English text has another translation elsewhere."""
    return Message(source, tuple(values.items()), context=context)


def as_message(text: Message | str) -> Message:
    """Return a message unchanged, and an English text as a message without values."""
    return text if isinstance(text, Message) else Message(text)


def all_of(messages: Sequence[Message]) -> Message:
    """Make one message of several; there is at least one."""
    first, *others = messages
    return m("{first}; {others}", first=first, others=all_of(others)) if others else first


LEFT_TO_RIGHT_ISOLATE: Final = "\u2066"
FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"


def render(
    value: Value,
    conventions: Conventions,
    of_text: Callable[[Text], str],
    translate: Callable[[Message], str],
    *,
    isolates: bool,
    details: bool,
) -> str:
    """Write a value in a language.

    `of_text` chooses among the languages of an election's text, `translate` returns the source
    text in the right plural form. Names and codes are isolated runs (Unicode UAX #9) with
    `isolates`, so that they never turn around inside a text of the other direction. `details`: in
    English, where the details of exceptions belong.
    """

    def isolated(text: str, opening: str) -> str:
        text = without_controls(text)
        return f"{opening}{text}{POP_ISOLATE}" if isolates else text

    def say(value: Value) -> str:
        match value:
            case Message():
                text = translate(value)
                return text.format(**{x: say(v) for x, v in value.values}) if value.values else text
            case int():
                return conventions.number(value)
            case str():
                return isolated(value, FIRST_STRONG_ISOLATE)
            case Text():
                return isolated(of_text(value), FIRST_STRONG_ISOLATE)
            case Code():
                return isolated(conventions.with_digits(value.text), LEFT_TO_RIGHT_ISOLATE)
            case Latin():
                return isolated(value.text, LEFT_TO_RIGHT_ISOLATE)
            case Detail():
                return f" ({value.text})" if details else ""
            case PurePath():
                return say(Latin(str(value)))
            case datetime():
                return conventions.moment_form.format(
                    date=say(value.date()), time=say(value.time())
                )
            case date():
                return conventions.day(value)
            case time():
                return say(Code(f"{value:%H:%M}"))
            case Bytes():
                return conventions.size(value.amount)
            case Percent():
                return conventions.share(value.share, value.places)
            case Decimal():
                return conventions.fixed(value.number, value.places)
            case Exact():
                return conventions.exact(value.number, value.places)
            case Items():
                return conventions.listing([say(item) for item in value.items])

    return say(value)


_ENGLISH: Final = Conventions()


def in_english(value: Value) -> str:
    """Write a value in English, without bidi isolates: for logs, JSON and tests."""
    return render(value, _ENGLISH, _english_of, _english_form, isolates=False, details=True)


def _english_of(text: Text) -> str:
    return text.in_(ENGLISH)


def _english_form(message: Message) -> str:
    if message.plural is not None and message.count != 1:
        return message.plural
    return message.source

"""Keep messages as JSON, and read them again (`headquarters.journal`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any, Final

from words.message import (
    Bytes,
    Code,
    Decimal,
    Detail,
    Exact,
    Items,
    Latin,
    Message,
    Percent,
    Value,
)
from words.text import Text


def message_to_json(message: Message) -> str:
    """Return a message as JSON, however deep its values are."""
    return json.dumps(_plain(message))


def message_from_json(text: str) -> Message:
    """Return the message again. For what `message_to_json` wrote; `ValueError` for another value."""
    message = _value(json.loads(text))
    if not isinstance(message, Message):
        raise ValueError("no message")  # noqa: TRY004 - one error for callers
    return message


def _plain(value: Value) -> object:
    match value:
        case int() | str():
            return value
        case Message():
            values = [[name, _plain(each)] for name, each in value.values]
            return ["message", value.source, values, value.plural, value.context]
        case Text():
            return ["text", value.mapping()]
        case Items():
            return ["items", [_plain(item) for item in value.items]]
        case Code() | Latin() | Detail():
            return [type(value).__name__.lower(), value.text]
        case Bytes():
            return ["bytes", value.amount]
        case PurePath():
            return ["path", str(value)]
        case datetime() | date() | time():
            return [type(value).__name__, value.isoformat()]
        case Percent():
            return ["percent", str(value.share), value.places]
        case Decimal():
            exact = isinstance(value.number, Fraction)
            return ["decimal", str(value.number), value.places, exact]
        case Exact():
            return ["exact", str(value.number), value.places]


def _message(
    source: str, values: Sequence[Any], plural: str | None, context: str | None
) -> Message:
    return Message(source, tuple((name, _value(each)) for name, each in values), plural, context)


_READERS: Final[Mapping[str, Callable[..., Value]]] = {
    "message": _message,
    "text": Text.of,
    "items": lambda items: Items(tuple(map(_value, items))),
    "code": Code,
    "latin": Latin,
    "detail": Detail,
    "bytes": Bytes,
    "path": Path,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "percent": lambda share, places: Percent(Fraction(share), places),
    "decimal": lambda number, places, exact: Decimal(
        Fraction(number) if exact else float(number), places
    ),
    "exact": lambda number, places: Exact(Fraction(number), places),
}


def _value(plain: Any) -> Value:
    if isinstance(plain, int | str):
        return plain
    kind, *members = plain
    return _READERS[kind](*members)

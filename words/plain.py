"""Write messages as plain values for JSON: the source text as key, its values, and the English text."""

from __future__ import annotations

from datetime import date, time
from pathlib import PurePath

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


def plain_message(message: Message) -> dict[str, object]:
    """Return `message`, the text that catalogues know, `values`, and `text`, the same in English."""
    return {**_source_and_values(message), "text": str(message)}


def plain(value: Value) -> object:
    """Return a value as JSON holds it: texts by language, fractions as "numerator/denominator"."""
    match value:
        case Message():
            return _source_and_values(value)
        case Text():
            return value.mapping()
        case Items():
            return [plain(item) for item in value.items]
        case int() | str():
            return value
        case Code() | Latin() | Detail():
            return value.text
        case PurePath():
            return str(value)
        case date() | time():
            return value.isoformat()
        case Bytes():
            return value.amount
        case Percent():
            return str(value.share)
        case Decimal() | Exact():
            return str(value.number)


def _source_and_values(message: Message) -> dict[str, object]:
    return {
        "message": message.source,
        "values": {name: plain(value) for name, value in message.values},
    }

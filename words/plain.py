"""Write messages as plain values, for JSON: a program needs the key and the values, not the sentence."""

from __future__ import annotations

from datetime import date, time
from pathlib import PurePath
from typing import TypeAlias

from words.message import Bytes, Code, Decimal, Detail, Items, Latin, Message, Percent, Value
from words.text import Text

Plain: TypeAlias = "str | int | float | list[Plain] | dict[str, Plain]"


def plain(message: Message) -> dict[str, Plain]:
    """Return the English text as `message`, and beside it `key` (the source text) and `values`.

    A value that is a message is an object like this one; an amount of data is in bytes, a share is
    one of 1, a day and a time are as in ISO 8601, a text of an election is by language.
    """
    context: dict[str, Plain] = {} if message.context is None else {"context": message.context}
    values = {key: plain_value(value) for key, value in message.values}
    return {"message": str(message), "key": message.source, **context, "values": values}


def plain_value(value: Value) -> Plain:
    """Return a value of a message as JSON has it; a message as `plain` does."""
    match value:
        case int() | str():
            return value
        case Message():
            return plain(value)
        case Code() | Latin() | Detail():
            return value.text
        case PurePath():
            return str(value)
        case date() | time():
            return value.isoformat()
        case Bytes():
            return value.amount
        case Percent():
            return float(value.share)
        case Decimal():
            return float(value.number)
        case Items():
            return [plain_value(item) for item in value.items]
        case Text():
            return dict(value.mapping())

"""Write what `tomllib` reads as TOML 1.0 that people go on editing: values first, then tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

_LONGEST_INLINE: Final = 90
"""Characters of a table that is written in one line."""
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def write_toml(document: Mapping[str, Any]) -> str:
    """Return the text of a document; `tomllib.loads` of it gives the same. `TypeError` for other values."""
    return "\n".join(_table(document, "")).strip() + "\n"


def _table(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield a table's values, then its tables, then its lists of tables."""
    deeper = {key: value for key, value in table.items() if _is_table(value) or _is_tables(value)}
    for key, value in table.items():
        if key not in deeper:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in deeper.items():
        name = f"{path}{_key(key)}"
        for each in value if _is_tables(value) else (value,):
            yield ""
            yield f"[[{name}]]" if _is_tables(value) else f"[{name}]"
            yield from _table(each, f"{name}.")


def _is_table(value: object) -> bool:
    """Whether it gets a header; a few texts, such as a name by language, stay in their line."""
    if not isinstance(value, Mapping):
        return False
    short = value and all(isinstance(each, str) for each in value.values())
    return not (short and len(_value(value)) <= _LONGEST_INLINE)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, Mapping) for x in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case int() | float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{ {', '.join(f'{_key(k)} = {_value(v)}' for k, v in value.items())} }}"
        case _:
            raise TypeError(type(value).__name__)


def _quoted(text: str) -> str:
    """Write a basic string: JSON's escapes are a subset of TOML's, which escapes DEL as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""Read and write documents as the dataclass that describes them.

The members of a frozen dataclass, in their order, are the members of the document, with the bounds
of their annotations (`annotated_types`, `election.fields`). Nothing is converted: a text is a text and
a number is a number; lists become tuples, maps become dataclasses and words become members of an
enumeration. A member too many and a member too few are refused, also one that has a default in the
dataclass. What is written is read again first, so that nothing leaves that would be refused elsewhere.

| annotation | CBOR | JSON |
|---|---|---|
| `str`, `int`, `bool`, `None` | the same | the same |
| `bytes` | byte string | hex digits, or base64 |
| `date`, `datetime` | ISO 8601, or whole seconds | the same |
| `Fraction` | | "2/3" in lowest terms, or "2" |
| an `Enum` | its value | its value |
| `tuple[X, ...]` | list | list |
| `Mapping[str, X]`, a dataclass | map | object |
| `Literal["…"]` | that text or number | the same |
| `X \\| None`; a list or a map | either | either |

The validators are pydantic's (`election.schema_types`), built when a document is first read or written:
importing this module, or a document, does not load pydantic.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from enum import Enum, auto
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from crypto import canonical
from crypto.errors import DecodeError
from crypto.strict_json import ParsedJson, read_json
from election.because import because
from words.errors import MessageError
from words.message import Latin, Message, Value, m

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")

MAX_JSON: Final = 64 * 1024 * 1024
"""Bytes of a JSON document, where its reader does not say less."""


DROPPED: Final = "dropped"
"""The validators' context for what nobody else has: a map is emptied as soon as its dataclass is made, so
that memory never holds a document twice."""


class DocumentForm(Enum):
    """The encoding of a document."""

    CBOR = auto()
    JSON = auto()
    INPUT = auto()
    """What people write, in JSON, TOML or a table: members that have a default may be left out, days
    and times are TOML's own, numbers may have fractions. Never written."""


class SchemaError(MessageError, DecodeError):
    """A document is not what its dataclass says."""

    def __init__(self, place: str, problem: Message) -> None:
        super().__init__(
            m("malformed at {place}: {problem}", place=Latin(place), problem=problem)
            if place
            else m("malformed: {problem}", problem=problem)
        )
        self.place = place
        """Members and indices from the outside in, joined by dots; empty for the whole."""
        self.problem = problem


def from_cbor(document: type[T], data: bytes, max_items: int | None = None) -> T:
    """Read canonical CBOR (`crypto.canonical`: `max_items`). Raises `SchemaError`."""
    try:
        plain = canonical.decode(data, canonical.MAX_SIZE, max_items)
    except DecodeError as error:
        raise SchemaError("", because(error)) from error
    return _read(document, plain, DocumentForm.CBOR, DROPPED)


def to_cbor(value: object) -> bytes:
    """Write canonical CBOR. `ValueError` for a value outside its bounds."""
    return canonical.encode(to_plain(value, DocumentForm.CBOR))


def from_json(document: type[T], data: bytes, max_size: int = MAX_JSON) -> T:
    """Read JSON (`crypto.strict_json`), members in any order. Raises `SchemaError`."""
    try:
        plain = read_json(data, max_size, weighed=True)
    except DecodeError as error:
        raise SchemaError("", because(error)) from error
    return _read(document, plain, DocumentForm.JSON, DROPPED)


def to_json(value: object) -> bytes:
    """Write JSON to be read by people, too: indented, UTF-8. `ValueError` as `to_cbor`."""
    plain = to_plain(value, DocumentForm.JSON)
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def from_input(document: type[T], plain: object) -> T:
    """Read what people wrote, decoded: an input class with `DocumentForm.INPUT`. Raises `SchemaError`."""
    return from_plain(document, cast(ParsedJson, plain), DocumentForm.INPUT)


def from_plain(
    document: type[T], plain: canonical.CanonicalValue | ParsedJson, form: DocumentForm
) -> T:
    """Read what a decoder gave. Raises `SchemaError`."""
    return _read(document, plain, form, None)


def _read(
    document: type[T],
    plain: canonical.CanonicalValue | ParsedJson,
    form: DocumentForm,
    context: str | None,
) -> T:
    from pydantic import ValidationError

    adapter = _adapter(cast(Hashable, document), form)
    try:
        return cast(T, adapter.validate_python(plain, context=context))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SchemaError(_place(first), _problem(first)) from error


def to_plain(value: object, form: DocumentForm) -> canonical.CanonicalValue:
    """Give what an encoder takes. `ValueError` for a value that would not be read as it is."""
    adapter = _adapter(cast(Hashable, type(value)), form)
    plain = cast(canonical.CanonicalValue, adapter.dump_python(value, warnings="error"))
    try:
        again = from_plain(type(value), plain, form)
    except SchemaError as error:
        raise ValueError(f"a {type(value).__name__} outside its bounds: {error}") from error
    if again != value:
        raise ValueError(f"a {type(value).__name__} that its document cannot hold")
    return plain


@cache
def _adapter(document: Hashable, form: DocumentForm) -> TypeAdapter[Any]:
    from election.schema_types import adapter

    return adapter(document, form)


# ---------------------------------------------------------------- reasons


_PROBLEMS: Mapping[str, Message] = {
    "missing": m("is missing"),
    "unexpected_keyword_argument": m("is not known here"),
    "dataclass_type": m("a map of members is expected"),
    "dict_type": m("a map is expected"),
    "list_type": m("a list is expected"),
    "string_type": m("a text is expected"),
    "string_unicode": m("half of a character"),
    "int_type": m("a whole number is expected"),
    "bool_type": m("true or false is expected"),
    "bytes_type": m("bytes are expected"),
    "float_type": m("a number is expected"),
    "finite_number": m("a number is expected"),
    "date_type": m("a day is expected, as 2026-06-14"),
    "datetime_type": m("a time is expected, as 2026-06-14T08:00:00+03:30"),
    "timezone_aware": m("the time needs an offset, as 2026-06-14T08:00:00+03:30"),
    "multiple_of": m("no multiple of {multiple_of}"),
    "none_required": m("null is expected"),
    "list_or_map": m("a list or a map is expected"),
    "string_too_short": m("shorter than {min_length} characters"),
    "string_too_long": m("longer than {max_length} characters"),
    "bytes_too_short": m("fewer than {min_length} bytes"),
    "bytes_too_long": m("more than {max_length} bytes"),
    "too_short": m("fewer than {min_length} items"),
    "too_long": m("more than {max_length} items"),
    "greater_than_equal": m("below {ge}"),
    "less_than_equal": m("above {le}"),
    "greater_than": m("not above {gt}"),
    "less_than": m("not below {lt}"),
    "string_pattern_mismatch": m("not in the form that is expected here"),
    "word": m("none of: {words}"),
    "kind": m("its kind is none of: {kinds}"),
    "spelling": m("{expected}"),
}
"""By the validator's category. What a text looks like in these places is in the specification."""

A_LIST: Final = "a list"
A_MAP: Final = "a map"
"""The branches of a member that may be either; they are no part of its place."""


_UNKNOWN: Final = m("not what is expected here")


def _problem(error: ErrorDetails) -> Message:
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":  # a dataclass's check of its own
        return because(context["error"])
    problem = _PROBLEMS.get(error["type"], _UNKNOWN)
    named = {name for _, name, _, _ in Formatter().parse(problem.source) if name}
    return m(problem.source, **{name: _shown(context[name]) for name in sorted(named)})


def _shown(value: object) -> Value:
    return value if isinstance(value, int | Message) else Latin(str(value))


def _place(error: ErrorDetails) -> str:
    """Name the place of an error; names of members are the file's own, so a long one is cut."""
    return ".".join(str(part)[:40] for part in error["loc"] if part not in {A_LIST, A_MAP})

"""Make a validator of a dataclass's annotations: nothing is optional, nothing is converted.

pydantic left to itself would take bytes for a text, "7", 7.0 and True for a number, a set for a tuple,
drop members it does not know, and fill in those that have a default; and its strict mode takes no map
for a dataclass. So each type is given its schema here, and a type without one is refused.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types as bounds
from pydantic import TypeAdapter, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as schemas

from election.fields import LAST_SECOND, Excerpt, Mark, OneOf, Pattern
from election.schema import A_LIST, A_MAP, DROPPED, DocumentForm
from words.message import Message, m
from words.text import Text

_SIZES = ("min_length", "max_length")
_LIMITS = ("ge", "gt", "le", "lt", "multiple_of")


def adapter(document: Any, form: DocumentForm) -> TypeAdapter[Any]:
    """Build reader and writer of a document. `TypeError` for an annotation that has no form."""
    return TypeAdapter(Annotated[document, _Built(form)])


class _Built:
    """Tells pydantic to take the schema from here."""

    def __init__(self, form: DocumentForm) -> None:
        self._form = form

    def __get_pydantic_core_schema__(self, source: type, _handler: object) -> CoreSchema:
        return _Types(self._form).of(source)


class _Types:
    """The schemas of one form's types; a dataclass that occurs twice is made once."""

    def __init__(self, form: DocumentForm) -> None:
        self._form = form
        self._made: dict[type, CoreSchema] = {}

    def of(self, annotation: Any) -> CoreSchema:
        kind, marks = _unwrapped(annotation)
        arguments = get_args(kind)
        match get_origin(kind) or kind:
            case origin if origin in {Union, UnionType}:
                return self._either(arguments)
            case origin if origin is Literal:
                return _one_of(list(arguments))
            case origin if origin is tuple and arguments[1:] == (...,):
                return self._tuple(arguments[0], marks)
            case origin if origin is Mapping:
                keys, values = map(self.of, arguments)
                return _by_parts(keys, values, _bounds(marks, _SIZES))
            case origin if origin is Text:
                return _converted(_TEXTS)
            case origin if isinstance(origin, type) and is_dataclass(origin):
                if origin not in self._made:
                    self._made[origin] = self._dataclass(origin)
                return self._made[origin]
            case origin if isinstance(origin, type) and issubclass(origin, Enum):
                return _word(origin, marks)
            case _:
                return self._leaf(kind, marks)

    def _leaf(self, kind: Any, marks: list[object]) -> CoreSchema:
        if kind is str:
            pattern = next((mark.regex for mark in marks if isinstance(mark, Pattern)), None)
            whole = None if pattern is None else f"^(?:{pattern})$"
            return schemas.str_schema(strict=True, pattern=whole, **_bounds(marks, _SIZES))
        if kind is int:
            return schemas.int_schema(strict=True, **_bounds(marks, _LIMITS))
        if kind is bool:
            return schemas.bool_schema(strict=True)
        if kind is bytes and self._form is not DocumentForm.INPUT:
            raw = schemas.bytes_schema(strict=True, **_bounds(marks, _SIZES))
            if self._form is DocumentForm.CBOR:
                return raw
            return _converted(_BASE64 if Mark.BASE64 in marks else _HEX, raw)
        if kind is Fraction:
            return _converted(_FRACTION)
        if self._form is DocumentForm.INPUT:
            return _written_by_people(kind, marks)
        if kind is datetime:
            return _converted(_SECONDS if Mark.SECONDS in marks else _TIME)
        if kind is date:
            return _converted(_DAY)
        raise TypeError(f"{kind} has no form in a document")

    def _dataclass(self, kind: type) -> CoreSchema:
        hints = get_type_hints(kind, include_extras=True)
        names = [field.name for field in fields(kind)]
        members = [
            schemas.dataclass_field(
                field.name, self._member(self.of(hints[field.name]), field), kw_only=True
            )
            for field in fields(kind)
        ]
        others: Literal["ignore", "forbid"] = "ignore" if issubclass(kind, Excerpt) else "forbid"
        arguments = schemas.dataclass_args_schema(kind.__name__, members, extra_behavior=others)
        schema = schemas.dataclass_schema(
            kind,
            arguments,
            names,
            post_init=hasattr(kind, "__post_init__"),
            slots=hasattr(kind, "__slots__"),
        )
        return _one_by_one(schema, frozenset(names))

    def _member(self, schema: CoreSchema, field: Field[Any]) -> CoreSchema:
        """Give a member its default, if people write the file; nobody else may leave it out."""
        if self._form is not DocumentForm.INPUT or field.default is MISSING:
            return schema
        return schemas.with_default_schema(schema, default=field.default)

    def _tuple(self, item: Any, marks: list[object]) -> CoreSchema:
        is_list = schemas.list_schema(strict=True, fail_fast=True, **_bounds(marks, _SIZES))
        items = schemas.tuple_schema([self.of(item)], variadic_item_index=0, fail_fast=True)
        return schemas.chain_schema(
            [is_list, items],
            serialization=schemas.wrap_serializer_function_ser_schema(_to_list, schema=items),
        )

    def _either(self, choices: tuple[Any, ...]) -> CoreSchema:
        """Choose between null and something, maps of different kinds, or a list and a map; nothing else."""
        some = [choice for choice in choices if choice is not NoneType]
        if len(some) < len(choices):
            return schemas.nullable_schema(self.of(Union[tuple(some)]))  # noqa: UP007 - made here
        if all(map(is_dataclass, some)):
            return self._of_kinds(some)
        tags = [_container(choice) for choice in some]
        if None in tags or len(set(tags)) < len(some):
            raise TypeError(f"{choices} cannot be told apart in a document")
        return schemas.tagged_union_schema(
            dict(zip(tags, map(self.of, some), strict=True)),
            _tag,
            custom_error_type="list_or_map",
            custom_error_message="list or map",
        )

    def _of_kinds(self, choices: list[Any]) -> CoreSchema:
        """Tell dataclasses apart by their member `kind`, a literal of their own."""
        kinds: dict[Any, CoreSchema] = {}
        for choice in choices:
            for kind in get_args(get_type_hints(choice)["kind"]):
                kinds[kind] = self.of(choice)
        return schemas.tagged_union_schema(
            kinds,
            "kind",
            from_attributes=False,
            custom_error_type="kind",
            custom_error_message="kind",
            custom_error_context={"kinds": ", ".join(kinds)},
        )


def _unwrapped(annotation: Any) -> tuple[Any, list[object]]:
    """Return the type under `NewType` and `Annotated`, and the marks on the way, inner ones first."""
    marks: list[object] = []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            marks = [*more, *marks]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation, [inner for mark in marks for inner in _taken_apart(mark)]


def _taken_apart(mark: object) -> list[object]:
    """Return the bounds of a mark; `Len` and `Interval` are several."""
    return list(mark) if isinstance(mark, bounds.GroupedMetadata) else [mark]


def _bounds(marks: list[object], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the bounds of these names; `annotated_types` and pydantic call them the same."""
    return {name: getattr(mark, name) for mark in marks for name in names if hasattr(mark, name)}


def _written_by_people(kind: Any, marks: list[object]) -> CoreSchema:
    if kind is float:
        return schemas.float_schema(strict=True, allow_inf_nan=False, **_bounds(marks, _LIMITS))
    if kind is date:
        return schemas.date_schema(strict=True)
    if kind is datetime:
        return schemas.datetime_schema(strict=True, tz_constraint="aware")
    raise TypeError(f"{kind} has no form in what people write")


def _container(choice: Any) -> str | None:
    kind = get_origin(choice) or choice
    if kind is tuple:
        return A_LIST
    return A_MAP if kind is Mapping or is_dataclass(kind) else None


def _tag(value: object) -> str | None:
    match value:
        case list() | tuple():
            return A_LIST
        case dict():
            return A_MAP
        case _:
            return None


def _to_list(value: Any, write: Callable[[Any], Any]) -> list[Any]:
    return list(write(value))


# ---------------------------------------------------------------- maps with many faults

_PART = 64
"""Members of a map that are judged at a time: one fault is told, and a hundred thousand take memory."""


def _one_by_one(schema: CoreSchema, known: frozenset[str]) -> CoreSchema:
    """Judge a map with the first member that is not known, instead of all of them; then drop it."""

    def judged(value: Any, judge: Callable[[Any], Any], info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return judge(value)
        if len(value) > len(known) + 1:
            stranger = next((key for key in value if key not in known), None)
            return judge(
                {key: item for key, item in value.items() if key in known or key is stranger}
            )
        made = judge(value)
        if info.context is DROPPED:
            value.clear()
        return made

    return schemas.with_info_wrap_validator_function(judged, schema)


def _by_parts(keys: CoreSchema, values: CoreSchema, sizes: dict[str, Any]) -> CoreSchema:
    """Judge the members of a map some at a time, until one is wrong."""
    is_map = schemas.dict_schema(strict=True, **sizes)
    members = schemas.dict_schema(keys, values, strict=True)

    def judged(value: dict[Any, Any], judge: Callable[[Any], dict[Any, Any]]) -> dict[Any, Any]:
        pairs, good = iter(value.items()), dict[Any, Any]()
        while part := dict(islice(pairs, _PART)):
            good |= judge(part)
        return good

    return schemas.chain_schema([is_map, schemas.no_info_wrap_validator_function(judged, members)])


# ---------------------------------------------------------------- values written as texts or numbers


@dataclass(frozen=True, slots=True)
class _Spelling:
    """The only spelling in which a value is written."""

    plain: CoreSchema
    read: Callable[[Any], Any]
    """Raises `ValueError` or `OverflowError`."""
    write: Callable[[Any], Any]
    expected: Message

    def judged(self, plain: Any) -> Any:
        try:
            value = self.read(plain)
            if self.write(value) == plain:
                return value
        except (ValueError, OverflowError):
            pass
        raise PydanticCustomError("spelling", "spelling", {"expected": self.expected})


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _from_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("without an offset")
    return time


_TEXT = schemas.str_schema(strict=True)
_LANGUAGES = 16
"""Most languages of one text."""
_HEX = _Spelling(_TEXT, bytes.fromhex, bytes.hex, m("pairs of hex digits 0-9 a-f are expected"))
_BASE64 = _Spelling(_TEXT, base64.b64decode, _to_base64, m("base64 is expected"))
_DAY = _Spelling(_TEXT, date.fromisoformat, date.isoformat, m("a day is written 2026-06-14"))
_TIME = _Spelling(
    _TEXT, _from_time, datetime.isoformat, m("a time is written 2026-06-14T08:00:00+03:30")
)
_SECONDS = _Spelling(
    schemas.int_schema(strict=True, ge=0, lt=LAST_SECOND),
    lambda seconds: datetime.fromtimestamp(seconds, UTC),
    lambda time: int(time.timestamp()),
    m("seconds since 1970 are expected"),
)
_TEXTS = _Spelling(
    _by_parts(
        _TEXT,
        schemas.str_schema(strict=True, min_length=1, max_length=500),
        {"max_length": _LANGUAGES},
    ),
    Text.of,
    Text.mapping,
    m("texts by language are expected, Persian (fa) among them"),
)
_FRACTION = _Spelling(
    schemas.str_schema(strict=True, pattern="^[0-9]{1,9}(/[1-9][0-9]{0,8})?$"),
    Fraction,
    str,
    m("a fraction is written 2/3, in lowest terms"),
)


def _converted(spelling: _Spelling, then: CoreSchema | None = None) -> CoreSchema:
    read = schemas.no_info_after_validator_function(spelling.judged, spelling.plain)
    return _written([read] if then is None else [read, then], spelling.write)


def _word(kind: type[Enum], marks: list[object]) -> CoreSchema:
    allowed = next((mark.members for mark in marks if isinstance(mark, OneOf)), tuple(kind))
    known = _one_of([member.value for member in allowed])
    return _written([known, schemas.enum_schema(kind, list(allowed))], lambda member: member.value)


def _one_of(values: list[Any]) -> CoreSchema:
    """Make the schema of one of these values.

    Its type is checked before its value, because True and 1.0 are equal to 1.
    """
    plain = schemas.int_schema(strict=True) if type(values[0]) is int else _TEXT
    return schemas.custom_error_schema(
        schemas.chain_schema([plain, schemas.literal_schema(values)]),
        "word",
        custom_error_message="word",
        custom_error_context={"words": ", ".join(map(str, values))},
    )


def _written(steps: list[CoreSchema], write: Callable[[Any], Any]) -> CoreSchema:
    return schemas.chain_schema(
        steps, serialization=schemas.plain_serializer_function_ser_schema(write)
    )

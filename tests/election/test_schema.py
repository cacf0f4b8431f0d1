"""A document is exactly what its dataclass says, in both forms."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, NewType, cast

import pytest
from annotated_types import Ge, Gt, Interval, Le, Len, MaxLen

from crypto import canonical
from crypto.errors import DecodeError
from election.fields import Hash, Mark, OneOf, Pattern
from election.schema import (
    DocumentForm,
    SchemaError,
    from_cbor,
    from_input,
    from_json,
    from_plain,
    to_cbor,
    to_json,
    to_plain,
)

TEHRAN = timezone(timedelta(hours=3, minutes=30))
Id = NewType("Id", Annotated[str, Pattern("[a-z]{1,4}")])


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Part:
    id: Id
    size: Annotated[int, Interval(ge=1, le=9)] = 3


@dataclass(frozen=True, slots=True)
class Whole:
    format: Literal["whole"] = field(default="whole", kw_only=True)
    version: Literal[1] = field(default=1, kw_only=True)
    name: Annotated[str, Len(1, 5)]
    color: Annotated[Color, OneOf((Color.RED, Color.BLUE))]
    day: date
    opens: datetime
    at: Annotated[datetime, Mark.SECONDS]
    digest: Hash
    body: Annotated[bytes, MaxLen(4), Mark.BASE64]
    parts: Annotated[tuple[Part, ...], MaxLen(3)]
    counts: Mapping[Id, Annotated[int, Ge(0)]]
    sums: tuple[tuple[int, ...] | Mapping[str, int], ...]
    ready: bool = True
    part: Part | None = None

    def __post_init__(self) -> None:
        if self.name == "no":
            raise ValueError("no is no name")


WHOLE = Whole(
    name="رأی",
    color=Color.BLUE,
    day=date(2026, 6, 14),
    opens=datetime(2026, 6, 14, 8, tzinfo=TEHRAN),
    at=datetime(2026, 6, 14, 4, 30, tzinfo=UTC),
    digest=bytes(range(32)),
    body=b"\xfb\xff",
    parts=(Part(Id("a")), Part(Id("b"), 9)),
    counts={Id("x"): 0},
    sums=((1, 2), {"7": 1}),
)
PLAIN: dict[str, canonical.CanonicalValue] = {
    "format": "whole",
    "version": 1,
    "name": "رأی",
    "color": "blue",
    "day": "2026-06-14",
    "opens": "2026-06-14T08:00:00+03:30",
    "at": 1781411400,
    "digest": bytes(range(32)),
    "body": b"\xfb\xff",
    "parts": [{"id": "a", "size": 3}, {"id": "b", "size": 9}],
    "counts": {"x": 0},
    "sums": [[1, 2], {"7": 1}],
    "ready": True,
    "part": None,
}
IN_JSON: dict[str, canonical.CanonicalValue] = {
    **PLAIN,
    "digest": bytes(range(32)).hex(),
    "body": "+/8=",
}


def test_both_forms_and_the_order_of_the_members() -> None:
    for form, plain in ((DocumentForm.CBOR, PLAIN), (DocumentForm.JSON, IN_JSON)):
        written = to_plain(WHOLE, form)
        assert isinstance(written, dict)
        assert list(written.items()) == list(plain.items())
        read = from_plain(Whole, plain, form)
        assert read == WHOLE
        assert isinstance(read.parts, tuple)
        assert read.at.tzinfo is UTC
    assert from_cbor(Whole, to_cbor(WHOLE)) == WHOLE
    assert from_json(Whole, to_json(WHOLE)) == WHOLE


def refusal(
    plain: Mapping[str, canonical.CanonicalValue], form: DocumentForm = DocumentForm.CBOR
) -> str:
    with pytest.raises(SchemaError) as raised:
        from_plain(Whole, plain, form)
    assert str(raised.value).startswith("malformed")
    return ": ".join(filter(None, (raised.value.place, str(raised.value.problem))))


@pytest.mark.parametrize("name", PLAIN)
def test_no_member_is_optional(name: str) -> None:
    without = {key: value for key, value in PLAIN.items() if key != name}
    assert refusal(without) == f"{name}: is missing"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("extra", 1, "extra: is not known here"),
        ("format", "other", "format: none of: whole"),
        ("version", True, "version: none of: 1"),
        ("version", 2, "version: none of: 1"),
        ("version", 1.0, "version: none of: 1"),
        ("name", b"abc", "name: a text is expected"),
        ("name", 7, "name: a text is expected"),
        ("name", "", "name: shorter than 1 characters"),
        ("name", "abcdef", "name: longer than 5 characters"),
        ("name", "\ud800", "name: half of a character"),
        ("name", "no", "the content is not in its allowed form (no is no name)"),
        ("color", "clear", "color: none of: red, blue"),
        ("color", b"blue", "color: none of: red, blue"),
        ("color", None, "color: none of: red, blue"),
        ("day", "20260614", "day: a day is written 2026-06-14"),
        ("day", "2026-06-14T00:00:00", "day: a day is written 2026-06-14"),
        ("opens", "2026-06-14T08:00:00", "opens: a time is written 2026-06-14T08:00:00+03:30"),
        (
            "opens",
            "2026-06-14 08:00:00+03:30",
            "opens: a time is written 2026-06-14T08:00:00+03:30",
        ),
        ("opens", 1781411400, "opens: a text is expected"),
        ("at", 1781411400.0, "at: a whole number is expected"),
        ("at", "1781411400", "at: a whole number is expected"),
        ("at", True, "at: a whole number is expected"),
        ("at", -1, "at: below 0"),
        ("at", 7_258_118_400, "at: not below 7,258,118,400"),
        ("digest", bytes(31), "digest: fewer than 32 bytes"),
        ("digest", bytes(33), "digest: more than 32 bytes"),
        ("digest", "ab" * 32, "digest: bytes are expected"),
        ("parts", {}, "parts: a list is expected"),
        ("parts", None, "parts: a list is expected"),
        ("parts", ({"id": "a", "size": 3},), "parts: a list is expected"),
        ("parts", [Part(Id("a"))] * 4, "parts: more than 3 items"),
        ("parts", [{"id": "a"}], "parts.0.size: is missing"),
        ("parts", [["a", 3]], "parts.0: a map of members is expected"),
        ("parts", [{"id": "a", "size": "3"}], "parts.0.size: a whole number is expected"),
        ("parts", [{"id": "a", "size": 10}], "parts.0.size: above 9"),
        ("parts", [{"id": "a\n", "size": 3}], "parts.0.id: not in the form that is expected here"),
        ("counts", {"X": 1}, "counts.X.[key]: not in the form that is expected here"),
        ("counts", [["x", 1]], "counts: a map is expected"),
        ("counts", {"x": -1}, "counts.x: below 0"),
        ("sums", [1], "sums.0: a list or a map is expected"),
        ("sums", [[True]], "sums.0.0: a whole number is expected"),
        ("sums", [{"7": "1"}], "sums.0.7: a whole number is expected"),
        ("ready", 1, "ready: true or false is expected"),
        ("ready", "true", "ready: true or false is expected"),
        ("part", [], "part: a map of members is expected"),
    ],
)
def test_nothing_is_converted(name: str, value: object, problem: str) -> None:
    assert refusal({**PLAIN, name: cast(canonical.CanonicalValue, value)}) == problem


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("digest", "AB" * 32, "digest: pairs of hex digits 0-9 a-f are expected"),
        ("digest", "ab " * 32, "digest: pairs of hex digits 0-9 a-f are expected"),
        ("digest", "ab" * 31, "digest: fewer than 32 bytes"),
        ("body", "+/9=", "body: base64 is expected"),
        ("body", "+/8", "body: base64 is expected"),
        ("body", "-_8=", "body: base64 is expected"),
        ("body", "+/8=\n", "body: base64 is expected"),
        ("body", "AAAAAAA=", "body: more than 4 bytes"),
    ],
)
def test_bytes_have_one_spelling_in_json(name: str, value: str, problem: str) -> None:
    assert refusal({**IN_JSON, name: value}, DocumentForm.JSON) == problem


def test_json_is_read_strictly() -> None:
    twice = to_json(WHOLE).replace(b'"ready": true', b'"ready": false, "ready": true')
    assert twice != to_json(WHOLE)
    with pytest.raises(SchemaError, match="given twice"):
        from_json(Whole, twice)
    with pytest.raises(DecodeError, match="more than the 10"):
        from_json(Whole, to_json(WHOLE), 10)
    with pytest.raises(SchemaError, match="a map of members is expected"):
        from_json(Whole, b"[]")


def test_nothing_is_written_that_would_not_be_read() -> None:
    for wrong in (Part(Id("A")), Part(Id("a"), 10)):
        with pytest.raises(ValueError, match="a Part outside its bounds"):
            to_cbor(wrong)
    later = Moment(datetime(2026, 6, 14, 4, 30, 0, 1, UTC))
    with pytest.raises(ValueError, match="a Moment that its document cannot hold"):
        to_cbor(later)


@dataclass(frozen=True, slots=True)
class Moment:
    at: Annotated[datetime, Mark.SECONDS]


def test_thirds_are_in_lowest_terms() -> None:
    assert to_json(Share(Fraction(2, 3))) == b'{\n "share": "2/3"\n}\n'
    assert from_json(Share, b'{"share": "2"}') == Share(Fraction(2))
    for text in ("4/6", "0.5", "1/0", "", "²", "1e999999999"):
        with pytest.raises(SchemaError, match=r"a fraction is written|not in the form"):
            from_plain(Share, {"share": text}, DocumentForm.JSON)


@dataclass(frozen=True, slots=True)
class Share:
    share: Fraction


@dataclass(frozen=True, slots=True)
class Wire:
    kind: Literal["wire"]
    length: int


@dataclass(frozen=True, slots=True)
class Air:
    kind: Literal["air"]


@dataclass(frozen=True, slots=True)
class Way:
    way: Wire | Air | None


@pytest.mark.parametrize(
    ("plain", "way"),
    [
        ({"kind": "wire", "length": 2}, Wire("wire", 2)),
        ({"kind": "air"}, Air("air")),
        (None, None),
    ],
)
def test_maps_are_told_apart_by_their_kind(
    plain: canonical.CanonicalValue, way: Wire | Air | None
) -> None:
    assert from_plain(Way, {"way": plain}, DocumentForm.JSON) == Way(way)
    assert to_plain(Way(way), DocumentForm.JSON) == {"way": plain}


@pytest.mark.parametrize(
    ("plain", "problem"),
    [
        ({"kind": "water"}, "way: its kind is none of: wire, air"),
        ({"kind": b"air"}, "way: its kind is none of: wire, air"),
        ({"length": 2}, "way: its kind is none of: wire, air"),
        ({"kind": "air", "length": 2}, "way.air.length: is not known here"),
        ([], "way: a map is expected"),
    ],
)
def test_other_kinds_are_refused(plain: canonical.CanonicalValue, problem: str) -> None:
    with pytest.raises(SchemaError, match=problem):
        from_plain(Way, {"way": plain}, DocumentForm.CBOR)


@dataclass(frozen=True, slots=True)
class Loose:
    value: float


@dataclass(frozen=True, slots=True)
class Unclear:
    value: int | str


@pytest.mark.parametrize("document", [Loose, Unclear])
def test_a_type_without_a_form_is_a_mistake_of_the_program(document: type[object]) -> None:
    with pytest.raises(TypeError, match=r"no form|told apart"):
        from_plain(document, {"value": 1}, DocumentForm.CBOR)


@dataclass(frozen=True, slots=True)
class Plan:
    day: date
    opens: datetime
    part: Part
    wait: Annotated[float, Gt(0), Le(600)] = 2.5


def written(**changes: object) -> Plan:
    plan = {"day": date(2026, 6, 14), "opens": datetime(2026, 6, 14, 8, tzinfo=TEHRAN)}
    return from_input(Plan, {**plan, "part": {"id": "a"}, **changes})


def test_people_may_leave_out_what_has_a_default() -> None:
    assert written() == Plan(
        date(2026, 6, 14), datetime(2026, 6, 14, 8, tzinfo=TEHRAN), Part(Id("a"))
    )
    assert written(wait=7).wait == 7.0


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("day", "2026-06-14", "day: a day is expected, as 2026-06-14"),
        ("day", datetime(2026, 6, 14, tzinfo=UTC), "day: a day is expected, as 2026-06-14"),
        ("opens", datetime(2026, 6, 14), "opens: the time needs an offset"),  # noqa: DTZ001
        ("opens", date(2026, 6, 14), "opens: a time is expected"),
        ("part", {}, "part.id: is missing"),
        ("part", {"id": "a", "size": "3"}, "part.size: a whole number is expected"),
        ("part", {"id": "a", "seize": 3}, "part.seize: is not known here"),
        ("wait", True, "wait: a number is expected"),
        ("wait", "2.5", "wait: a number is expected"),
        ("wait", float("nan"), "wait: a number is expected"),
        ("wait", 0, "wait: not above 0"),
        ("wait", 601, "wait: above 600"),
    ],
)
def test_what_people_write_is_not_converted_either(name: str, value: object, problem: str) -> None:
    with pytest.raises(SchemaError, match=problem):
        written(**{name: value})


def test_importing_a_document_loads_no_validator() -> None:
    program = (
        "import sys, election.schema, election.package; "
        "print(any(name.startswith('pydantic') for name in sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"

"""Read candidates and lists from CSV files (RFC 4180, UTF-8 with or without a byte-order mark).

    lists.csv        key, name_fa, name_en
    candidates.csv   key, name_fa, name_en, list, woman, portrait

`key` of a candidate is the registration number; `list` is a list's key, empty for an independent;
`woman` is yes or no; `portrait` is the name of a JPEG file in the folder of portraits. `name_en` may
be empty. The order of the lines is the order of the codes. Errors name file, line and column.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar, get_type_hints

from annotated_types import Len, MaxLen

from election.because import because
from election.definition import Text
from election.errors import ManifestError
from election.fields import Pattern
from election.schema import SchemaError, from_input
from headquarters.candidates import LARGEST_PORTRAIT, NewCandidate, NewList
from words.message import Bytes, Latin, m

MAX_SIZE = 8 * 1024 * 1024

CandidateKey: TypeAlias = Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,31}")]
Name: TypeAlias = Annotated[str, Len(1, 120), Pattern(r"\S(.*\S)?")]
OptionalName: TypeAlias = Annotated[str, MaxLen(120), Pattern(r"(\S(.*\S)?)?")]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A line of lists.csv."""

    key: CandidateKey
    name_fa: Name
    name_en: OptionalName


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A line of candidates.csv."""

    key: CandidateKey
    name_fa: Name
    name_en: OptionalName
    list: Annotated[str, Pattern("([A-Za-z0-9][A-Za-z0-9._-]{0,31})?")]
    woman: Literal["yes", "no"]
    portrait: Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,100}")]


Row = TypeVar("Row")


def read_lists(data: bytes, name: str = "lists.csv") -> tuple[NewList, ...]:
    """Read lists.csv. Raises `ManifestError` that names line and column."""
    return tuple(
        NewList(row.key, Text(row.name_fa, row.name_en)) for row in parse(ListRow, data, name)
    )


def read_candidates(
    data: bytes, portrait: Callable[[str], bytes], name: str = "candidates.csv"
) -> tuple[NewCandidate, ...]:
    """Read candidates.csv; `portrait` gives the JPEG of a file name. Raises `ManifestError`."""
    return tuple(
        NewCandidate(
            row.key,
            Text(row.name_fa, row.name_en),
            row.list or None,
            row.woman == "yes",
            portrait(row.portrait),
        )
        for row in parse(CandidateRow, data, name)
    )


def portraits_in(folder: Path) -> Callable[[str], bytes]:
    """Return a reader of the portraits in a folder, by file name. It raises `ManifestError`."""

    def portrait(name: str) -> bytes:
        path = folder / name
        try:
            with path.open("rb") as file:
                return file.read(LARGEST_PORTRAIT + 1)
        except OSError as error:
            raise ManifestError(
                m(
                    "the portrait {path} cannot be read: {reason}",
                    path=path,
                    reason=because(error),
                )
            ) from error

    return portrait


def parse(row: type[Row], data: bytes, name: str) -> Sequence[Row]:
    """Read the rows of a CSV file with exactly the columns of the row, in any order.

    `name` is the file's name in messages. Raises `ManifestError` that names line and column.
    """
    if len(data) > MAX_SIZE:
        raise ManifestError(m("{name}: larger than {most}", name=name, most=Bytes(MAX_SIZE)))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            m("{name}, line {line}: not UTF-8; save the file as UTF-8", name=name, line=line)
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    columns: list[str] | None = None
    try:
        for cells in reader:
            line = reader.line_num
            if columns is None:
                columns = _columns(row, cells, name)
            elif cells:
                rows.append(_row(row, columns, cells, f"{name}, line {line}"))
    except csv.Error as error:
        raise ManifestError(
            m(
                "{name}, line {line}: {error}",
                name=name,
                line=reader.line_num,
                error=because(error),
            )
        ) from error
    if columns is None:
        raise ManifestError(m("{name}: the file is empty; line 1 names the columns", name=name))
    return rows


def _columns(row: type[Row], cells: list[str], name: str) -> list[str]:
    expected = list(get_type_hints(row))
    if sorted(cells) != sorted(expected):
        raise ManifestError(
            m(
                "{name}, line 1: the columns are {expected}",
                name=name,
                expected=Latin(", ".join(expected)),
            )
        )
    return cells


def _row(row: type[Row], columns: list[str], cells: list[str], place: str) -> Row:
    if len(cells) != len(columns):
        raise ManifestError(
            m(
                "{place}: {found} cells in place of {wanted}",
                place=place,
                found=len(cells),
                wanted=len(columns),
            )
        )
    try:
        return from_input(row, dict(zip(columns, cells, strict=True)))
    except SchemaError as error:
        raise ManifestError(
            m(
                "{place}, column {column}: {detail}",
                place=place,
                column=error.place,
                detail=error.problem,
            )
        ) from error

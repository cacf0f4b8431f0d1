"""Read candidates and lists from CSV files, as RFC 4180 describes them and as spreadsheets write them.

UTF-8 with or without a byte-order mark; commas, or semicolons or tabs in their place; or the first sheet
that an Excel workbook shows (`workbook`):

    lists.csv        key, name_fa, name_en
    candidates.csv   key, name_fa, name_en, list, woman, portrait

`key` of a candidate is the registration number; `list` is a list's key, empty for an independent;
`woman` is yes or no; `portrait` is the name of a JPEG file in the folder of portraits. `name_en` may
be empty. The order of the lines is the order of the codes. Line 1 names the columns, in any order, in
small letters or capitals. Errors name file, line and column.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from itertools import chain
from typing import (
    TYPE_CHECKING,
    Annotated,
    BinaryIO,
    Literal,
    TypeAlias,
    TypeVar,
    cast,
    get_type_hints,
)

from annotated_types import Len, MaxLen

from election.because import because
from election.definition import Text
from election.errors import ManifestError
from election.fields import Pattern
from election.schema import SchemaError, from_input
from headquarters.candidates import NewCandidate, NewList
from headquarters.names import name_problem
from headquarters.workbook import is_workbook, read_rows
from words.message import Bytes, Latin, Message, m

MAX_SIZE = 8 * 1024 * 1024
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How .xls (a compound file) begins."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

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


if TYPE_CHECKING:
    from _csv import Reader as _Reader

    from _typeshed import DataclassInstance

Row = TypeVar("Row")


def read_lists(data: bytes, name: str = "lists.csv") -> tuple[NewList, ...]:
    """Read lists.csv. Raises `ManifestError` that names line and column."""
    return tuple(
        NewList(row.key, Text(_composed(row.name_fa), _composed(row.name_en)))
        for row in parse(ListRow, data, name)
    )


def read_candidates(
    data: bytes, portrait: Callable[[str], bytes], name: str = "candidates.csv"
) -> tuple[NewCandidate, ...]:
    """Read candidates.csv; `portrait` gives the JPEG of a file name. Raises `ManifestError`."""
    return tuple(
        NewCandidate(
            row.key,
            Text(_composed(row.name_fa), _composed(row.name_en)),
            row.list or None,
            row.woman == "yes",
            _portrait(portrait, row.portrait, place),
        )
        for place, row in numbered(CandidateRow, data, name)
    )


def _portrait(portrait: Callable[[str], bytes], name: str, place: Message) -> bytes:
    try:
        return portrait(name)
    except ManifestError as error:
        raise in_column(place, "portrait", error.message) from error


def parse(row: type[Row], data: bytes, name: str) -> Sequence[Row]:
    """Read the rows of a table with exactly the columns of the row, in any order.

    Cells of CSV are separated by commas, semicolons or tabs, as line 1 is. Blanks around a cell, empty
    lines, and empty columns at the end are left out; a column whose member has a default may be missing.
    Raises `ManifestError`.
    """
    return [parsed for _, parsed in numbered(row, data, name)]


def numbered(
    row: type[Row],
    data: bytes,
    name: str,
    judge: Callable[[str], Message | None] = name_problem,
    tidy: Callable[[str, str], str] = lambda _, cell: cell,
) -> Iterator[tuple[Message, Row]]:
    """Yield each row of a table, as `parse` reads it, after its place, “file, line”.

    `judge` says what is wrong with the cells of columns that begin with `name_`; `tidy` is given a column
    and a cell, and returns the cell as it is meant.
    """
    yield from _numbered(row, _lines(data, name), name, judge, tidy)


def streamed(
    row: type[Row], stream: BinaryIO, name: str, tidy: Callable[[str, str], str]
) -> Iterator[tuple[Message, Row]]:
    """Yield the rows of a CSV file of any size as `numbered`, a piece of it in memory at a time.

    `stream`: at its beginning, of a regular file. Raises `ManifestError`.
    """
    _check_text(stream.read(8), name)
    stream.seek(0)
    head = stream.readline()
    # A line is decoded when it is read, so that the one that cannot be is named.
    lines = (line.decode("utf-8-sig") for line in chain([head] if head else [], stream))
    separator = _separator(head.decode("utf-8-sig", "replace"))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    yield from _numbered(row, _cells(reader, name), name, name_problem, tidy)


def _numbered(
    row: type[Row],
    lines: Iterable[tuple[int, Sequence[str]]],
    name: str,
    judge: Callable[[str], Message | None],
    tidy: Callable[[str, str], str],
) -> Iterator[tuple[Message, Row]]:
    columns: list[str] | None = None
    for number, cells in lines:
        place = m("{name}, line {line}", name=name, line=number)
        filled = [cell.strip(" ") for cell in cells]
        while filled and not filled[-1] and len(filled) > len(columns or ()):
            filled.pop()
        if columns is None:
            columns = [cell.casefold() for cell in filled]
            if not _are_columns(row, columns):
                raise _wrong_columns(row, name)
        elif any(filled):
            if len(filled) == len(columns):
                filled = list(map(tidy, columns, filled))
            yield place, _row(row, columns, filled, place, judge)
    if columns is None:
        raise ManifestError.of("{name}: the file is empty; line 1 names the columns", name=name)


def as_table(row: type[Row], rows: Iterable[Row]) -> bytes:
    """Write rows as CSV with all columns: UTF-8 with a byte-order mark, by which Excel knows it."""
    columns = [each.name for each in fields(cast("type[DataclassInstance]", row))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([getattr(each, column) for column in columns] for each in rows)
    return text.getvalue().encode("utf-8-sig")


def in_column(place: Message, column: str, detail: Message) -> ManifestError:
    """Return the error of a cell: “file, line”, its column, what is wrong."""
    return ManifestError.of(
        "{place}, column {column}: {detail}", place=place, column=column, detail=detail
    )


def _lines(data: bytes, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the cells of each line, after its number."""
    check_size(data, name)
    if is_workbook(data):
        # Cells of a sheet end where the last one is filled; those of CSV do not.
        width = 0
        for number, cells in read_rows(data, name):
            width = width or len(cells)
            yield number, [*cells, *[""] * (width - len(cells))]
        return
    text = _text(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    yield from _cells(reader, name)


def _cells(reader: _Reader, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        for cells in reader:
            yield reader.line_num, cells
    except UnicodeDecodeError as error:
        raise _not_utf_8(name, reader.line_num + 1) from error
    except csv.Error as error:
        raise ManifestError.of(
            "{name}, line {line}: {error}",
            name=name,
            line=reader.line_num,
            error=because(error),
        ) from error


def _are_columns(row: type[Row], columns: Sequence[str]) -> bool:
    known = fields(cast("type[DataclassInstance]", row))
    needed = {each.name for each in known if each.default is MISSING}
    named = set(columns)
    return len(named) == len(columns) and needed <= named <= {each.name for each in known}


def check_size(data: bytes, name: str) -> None:
    """Raise `ManifestError` for a table that is larger than what is read."""
    if len(data) > MAX_SIZE:
        raise ManifestError.of("{name}: larger than {most}", name=name, most=Bytes(MAX_SIZE))


def _check_text(data: bytes, name: str) -> None:
    if is_workbook(data):
        raise ManifestError.of(
            "{name}: too large a table for a workbook; in Excel choose Save As and “CSV UTF-8”",
            name=name,
        )
    if data.startswith(_OLD_WORKBOOK):
        raise ManifestError.of(
            "{name}: an old Excel workbook (.xls); in Excel choose Save As and “CSV UTF-8”",
            name=name,
        )
    if data.startswith(_UTF_16):
        raise ManifestError.of(
            "{name}: UTF-16, not UTF-8; in Excel choose Save As and “CSV UTF-8”", name=name
        )


def _text(data: bytes, name: str) -> str:
    _check_text(data, name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf_8(name, data.count(b"\n", 0, error.start) + 1) from error


def _not_utf_8(name: str, line: int) -> ManifestError:
    return ManifestError.of(
        "{name}, line {line}: not UTF-8; in Excel choose Save As and “CSV UTF-8”",
        name=name,
        line=line,
    )


def _separator(text: str) -> str:
    """Return what separates the names of the columns; Excel writes what the language's lists have."""
    head = text.lstrip("\r\n").splitlines()[:1]
    return next((separator for separator in ",;\t" if head and separator in head[0]), ",")


def _wrong_columns(row: type[Row], name: str) -> ManifestError:
    expected = Latin(", ".join(get_type_hints(row)))
    return ManifestError.of(
        "{name}, line 1: the columns are {expected}", name=name, expected=expected
    )


def _composed(name: str) -> str:
    """Return the name in normal form C, in which letters and their marks are compared and drawn."""
    return unicodedata.normalize("NFC", name)


def _row(
    row: type[Row],
    columns: list[str],
    cells: list[str],
    place: Message,
    judge: Callable[[str], Message | None],
) -> Row:
    if len(cells) != len(columns):
        raise ManifestError.of(
            "{place}: {found} cells in place of {wanted}",
            place=place,
            found=len(cells),
            wanted=len(columns),
        )
    for column, cell in zip(columns, cells, strict=True):
        problem = judge(cell) if column.startswith("name_") and cell.strip() else None
        if problem is not None:
            raise in_column(place, column, problem)
    try:
        return from_input(row, dict(zip(columns, cells, strict=True)))
    except SchemaError as error:
        raise in_column(place, error.place, error.problem) from error

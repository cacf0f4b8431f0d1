"""Candidates and lists from CSV files (RFC 4180, UTF-8 with or without a byte-order mark).

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
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from election.because import because
from election.definition import Text
from election.errors import ManifestError
from headquarters.candidates import LARGEST_PORTRAIT, NewCandidate, NewList
from words.message import Bytes, Latin, m

MAX_SIZE = 8 * 1024 * 1024

_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]
_OptionalName = Annotated[str, StringConstraints(max_length=120, pattern=r"^(\S(.*\S)?)?$")]
_FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$")]


class ListRow(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    key: _Key
    name_fa: _Name
    name_en: _OptionalName


class CandidateRow(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    key: _Key
    name_fa: _Name
    name_en: _OptionalName
    list: _Key | Literal[""]
    woman: Literal["yes", "no"]
    portrait: _FileName


Row = TypeVar("Row", bound=BaseModel)


def read_lists(data: bytes, name: str = "lists.csv") -> tuple[NewList, ...]:
    """Raises `ManifestError` that names line and column."""
    return tuple(
        NewList(row.key, Text(row.name_fa, row.name_en)) for row in parse(ListRow, data, name)
    )


def read_candidates(
    data: bytes, portrait: Callable[[str], bytes], name: str = "candidates.csv"
) -> tuple[NewCandidate, ...]:
    """`portrait`: the JPEG of a file name (`portraits_in`). Raises `ManifestError`."""
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
    """Reads portraits of a folder by file name."""

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


def parse(model: type[Row], data: bytes, name: str) -> Sequence[Row]:
    """The rows of a CSV file with exactly the columns of the model, in any order."""
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
                columns = _columns(model, cells, name)
            elif cells:
                rows.append(_row(model, columns, cells, f"{name}, line {line}"))
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


def _columns(model: type[BaseModel], cells: list[str], name: str) -> list[str]:
    expected = list(model.model_fields)
    if sorted(cells) != sorted(expected):
        raise ManifestError(
            m(
                "{name}, line 1: the columns are {expected}",
                name=name,
                expected=Latin(", ".join(expected)),
            )
        )
    return cells


def _row(model: type[Row], columns: list[str], cells: list[str], place: str) -> Row:
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
        return model.model_validate(dict(zip(columns, cells, strict=True)))
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0])
        raise ManifestError(
            m(
                "{place}, column {column}: {detail}",
                place=place,
                column=column,
                detail=Latin(first["msg"]),
            )
        ) from error

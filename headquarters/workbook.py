"""Read the first sheet that an Excel workbook (.xlsx) shows as rows of texts, by openpyxl.

The library understands workbooks; the bounds are kept here, before it sees anything: of the archive, which
may say anything of itself, only parts of XML are handed on, unpacked, of bounded size, in UTF-8, and without
a document type, so that no entity is declared. Rows and cells have to be in their order: the library leaves
out or overwrites what is not. A formula's cell is the value that was computed last. A cell that shows an
error or a date is refused by name: no table of an office has a column of dates, and a spreadsheet makes one
of a key such as 3-12. Formats and other sheets are not looked at.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from election.because import because
from election.errors import ManifestError
from words.message import Latin

LARGEST_PART: Final = 24 * 1024 * 1024
"""Bytes of a part, unpacked: a table of a country has 3 million."""
LARGEST: Final = 2 * LARGEST_PART
"""Bytes of all parts that are read."""
MOST_TAGS: Final = 2_000_000
"""Of a part: a table of a country has 300,000."""
MOST_COLUMNS: Final = 16_384
"""Of a sheet, as Excel has it."""
MOST_ROWS: Final = 1_048_576
_BEGINS: Final = b"PK\x03\x04"
_XML: Final = (".xml", ".rels")
_LEFT_OUT: Final = "docProps/"
"""Who made it and when: nothing of it is asked for."""
_STRICT: Final = {
    f"http://purl.oclc.org/ooxml/{ours}": f"http://schemas.openxmlformats.org/{theirs}"
    for ours, theirs in (
        ("spreadsheetml/main", "spreadsheetml/2006/main"),
        ("officeDocument/relationships", "officeDocument/2006/relationships"),
    )
}
"""Name spaces of the strict variant, which the library does not know, and of the one it reads."""
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Stored and deflated: the only ways of packing in a package of ECMA-376, Part 2."""
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*\?>")
_DOCUMENT_TYPE: Final = "<!DOCTYPE"
_ERRORS: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OverflowError),  # damaged
    RuntimeError,  # locked; NotImplementedError is one: locked strongly, patched, of a later ZIP
    SyntaxError,  # of every parser of XML
    # The library's of parts that do not fit together, and what is raised here.
    *(ValueError, LookupError, TypeError, AttributeError, OSError),
)
"""Raised for archives and parts that cannot be read."""


def is_workbook(data: bytes) -> bool:
    """Tell whether the file begins as a .xlsx does."""
    return data.startswith(_BEGINS)


def read_rows(data: bytes, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of the first sheet shown up to their last cell that holds something, numbered from 1.

    Raises `ManifestError` that names the file and what to do.
    """
    try:
        with warnings.catch_warnings():
            # Of what is left out: kinds of validation, a picture's format.
            warnings.simplefilter("ignore")
            rows = list(_rows(_handed_on(data), name))
    except _ERRORS as error:
        raise ManifestError.of(
            "{name}: an Excel workbook (.xlsx) that cannot be read: {reason}; in Excel choose Save As and "
            "“CSV UTF-8”",
            name=name,
            reason=because(error),
        ) from error
    yield from rows


def _handed_on(data: bytes) -> io.BytesIO:
    """Return a workbook of the parts that may be read, and of nothing else."""
    out = io.BytesIO()
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as taken:
        for name in dict.fromkeys(given.namelist()):
            if name.endswith(_XML) and not name.startswith(_LEFT_OUT):
                text = _part(given, name)
                total += len(text)
                if total > LARGEST:
                    raise ValueError(f"its parts are larger than {LARGEST} bytes")
                taken.writestr(name, text)
    return out


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    how = parts.getinfo(name).compress_type
    if how not in _PACKINGS:
        raise ValueError(f"{name} is packed in way {how}")
    with parts.open(name) as packed:
        data = packed.read(LARGEST_PART + 1)
    if len(data) > LARGEST_PART:
        raise ValueError(f"{name} is larger than {LARGEST_PART} bytes")
    # Parts are UTF-8 (ECMA-376, Part 2, 8.1.4); by another encoding, or one that is declared and none of
    # them, a document type could hide.
    text = data.decode("utf-8-sig")
    if declared := _DECLARATION.match(text):
        text = text[declared.end() :]
    # A document type begins with these letters and no others (XML 1.0, production 28); in the texts of cells
    # "<" is always escaped. What only looks like one, in a comment, is refused as well.
    if _DOCUMENT_TYPE in text:
        raise ValueError(f"{name} holds a document type")
    if text.count("<") > MOST_TAGS:
        raise ValueError(f"{name} has more than {MOST_TAGS} tags")
    for strict, usual in _STRICT.items():
        text = text.replace(strict, usual)
    return text.encode()


def _rows(archive: io.BytesIO, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    # Half a second where no table is a workbook. The parser is the library's own, which gives a row's cells
    # as they stand there; what is public fills a row up to its last cell, 16,384 wide where it has a colour,
    # and leaves out rows that stand in no order.
    from openpyxl import load_workbook
    from openpyxl.worksheet._reader import WorkSheetParser

    book = load_workbook(archive, read_only=True, data_only=True, keep_links=False)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not shown:
        raise ValueError("it shows no sheet")
    # By number and not in a list: the library takes -1 for the last text.
    texts = dict(enumerate(shown[0]._shared_strings))
    last = 0
    with shown[0]._get_source() as source:
        parser = WorkSheetParser(
            *(source, texts, True, book.epoch, book._date_formats, book._timedelta_formats)
        )
        for number, cells in parser.parse():
            if not last < number <= MOST_ROWS:
                raise ValueError(f"row {number} follows row {last}")
            last = number
            if row := _cells(number, cells, name):
                yield number, row


def _cells(number: int, given: Sequence[dict[str, Any]], name: str) -> Sequence[str]:
    cells: list[str] = []
    filled = 0
    for cell in given:
        place = cell["column"] - 1
        if cell["row"] != number or not len(cells) <= place < MOST_COLUMNS:
            raise ValueError(f"the cells of row {number} are in no order")
        if cell["data_type"] in {"e", "d"}:
            raise _refused(cell["data_type"], name, number, place + 1)
        cells += [""] * (place - len(cells))
        cells.append(_text(cell["value"]))
        if cells[-1].strip():
            filled = len(cells)
    return cells[:filled]


def _refused(kind: str, name: str, row: int, column: int) -> ManifestError:
    from openpyxl.utils import get_column_letter

    cell = f"{get_column_letter(column)}{row}"
    if kind == "d":
        return ManifestError.of(
            "{name}: cell {cell} holds a date or a time of day; give its column the format Text, type it "
            "again and save the workbook",
            name=name,
            cell=Latin(cell),
        )
    return ManifestError.of(
        "{name}: cell {cell} shows an error in place of a value, such as #REF!; mend its formula "
        "and save the workbook",
        name=name,
        cell=Latin(cell),
    )


def _text(value: object) -> str:
    """Return what a cell shows: a whole number without a point, yes and no as 1 and 0."""
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return "" if value is None else str(value)

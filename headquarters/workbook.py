"""Read the first sheet that an Excel workbook (.xlsx) shows as rows of texts: ECMA-376, Part 1, section 18.

A workbook is a ZIP archive of XML parts. Numbers are taken as they are stored, a formula's cell as the
value that was computed last, unless that was an error; formats, dates and other sheets are not looked at.
What is read is bounded by its unpacked size, not by what the archive says of itself. A part in which a
document type could stand never reaches the parser, so that no entity is declared.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from election.because import because
from election.errors import ManifestError
from words.message import Latin

LARGEST_PART: Final = 24 * 1024 * 1024
"""Bytes of a part, unpacked: a table of a country has 3 million."""
MOST_COLUMNS: Final = 16_384
"""Of a sheet, as Excel has it."""
MOST_ROWS: Final = 1_048_576
_BEGINS: Final = b"PK\x03\x04"
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT: Final = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
"""Of the strict variant, which the transitional one stands for here."""
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Stored and deflated: the only ways of packing in a package of ECMA-376, Part 2."""
_DOCUMENT_TYPE: Final = "<!DOCTYPE"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ERRORS: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OverflowError),  # damaged
    RuntimeError,  # locked; NotImplementedError is one: locked strongly, patched, of a later ZIP
    *(ET.ParseError, ValueError, KeyError),  # of the parts, and what is raised here
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
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            strings = _strings(parts)
            yield from _rows(_part(parts, _first_sheet(parts)), strings, name)
    except _ERRORS as error:
        raise ManifestError.of(
            "{name}: an Excel workbook (.xlsx) that cannot be read: {reason}; in Excel choose Save As and "
            "“CSV UTF-8”",
            name=name,
            reason=because(error),
        ) from error


def _part(parts: zipfile.ZipFile, name: str) -> ET.Element:
    how = parts.getinfo(name).compress_type
    if how not in _PACKINGS:
        raise ValueError(f"{name} is packed in way {how}")
    with parts.open(name) as packed:
        data = packed.read(LARGEST_PART + 1)
    if len(data) > LARGEST_PART:
        raise ValueError(f"{name} is larger than {LARGEST_PART} bytes")
    # Parts are UTF-8 (ECMA-376, Part 2, 8.1.4); in another encoding a document type could hide.
    text = data.decode("utf-8-sig")
    # A document type begins with these letters and no others (XML 1.0, production 28); in the texts of cells
    # "<" is always escaped. What only looks like one, in a comment, is refused as well.
    if _DOCUMENT_TYPE in text:
        raise ValueError(f"{name} holds a document type")
    return ET.fromstring(text.replace(_STRICT[1:-1], _MAIN[1:-1]))


def _first_sheet(parts: zipfile.ZipFile) -> str:
    """Return the name of the part of the sheet that is shown first."""
    sheets = _part(parts, "xl/workbook.xml").iter(f"{_MAIN}sheet")
    sheet = next((each for each in sheets if each.get("state", "visible") == "visible"), None)
    if sheet is None:
        raise ValueError("it shows no sheet")
    wanted = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
    for relation in _part(parts, "xl/_rels/workbook.xml.rels"):
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    raise KeyError(wanted)


def _strings(parts: zipfile.ZipFile) -> Sequence[str]:
    name = "xl/sharedStrings.xml"
    if name not in parts.namelist():
        return ()
    return [_text(item) for item in _part(parts, name).iter(f"{_MAIN}si")]


def _text(holder: ET.Element) -> str:
    """Return the text of a string item: one piece, or pieces of several looks, without their readings."""
    pieces = [each.text or "" for each in holder.findall(f"{_MAIN}t")]
    pieces += [each.text or "" for each in holder.findall(f"{_MAIN}r/{_MAIN}t")]
    return "".join(pieces)


def _rows(
    sheet: ET.Element, strings: Sequence[str], name: str
) -> Iterator[tuple[int, Sequence[str]]]:
    last = 0
    for row in sheet.iter(f"{_MAIN}row"):
        number = int(row.get("r") or last + 1)
        if not last < number <= MOST_ROWS:
            raise ValueError(f"row {number} follows row {last}")
        last = number
        cells: list[str] = []
        filled = 0
        for cell in row.findall(f"{_MAIN}c"):
            place = _column(cell.get("r"), len(cells))
            if not len(cells) <= place < MOST_COLUMNS:
                raise ValueError(f"the cells of row {number} are in no order")
            if cell.get("t") == "e":
                raise ManifestError.of(
                    "{name}: cell {cell} shows an error in place of a value, such as #REF!; mend its formula "
                    "and save the workbook",
                    name=name,
                    cell=Latin(f"{_letters(place)}{number}"),
                )
            cells += [""] * (place - len(cells))
            cells.append(_value(cell, strings))
            if cells[-1].strip():
                filled = len(cells)
        if filled:
            yield number, cells[:filled]


def _column(reference: str | None, following: int) -> int:
    """Return the column of a reference such as `AB7`, from 0; without one, that which follows."""
    if reference is None:
        return following
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference} is no cell")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _letters(column: int) -> str:
    """Return the name of a column from 0, such as `AB`."""
    name = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        name = chr(ord("A") + letter) + name
        column -= 1
    return name


def _value(cell: ET.Element, strings: Sequence[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_text(each) for each in cell.findall(f"{_MAIN}is"))
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s" and value:
        place = int(value)
        if not 0 <= place < len(strings):
            raise ValueError(f"there is no text {place}")
        return strings[place]
    return value

"""Workbooks as spreadsheet programs write them, from ECMA-376 alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Rows = Sequence[Sequence[str]]


def workbook(rows: Rows, *, inline: bool = False, numbers: bool = False) -> bytes:
    """Return a workbook; `inline`: texts in their cells; `numbers`: digits are stored as numbers."""
    texts: dict[str, int] = {}

    def cell(text: str, place: str) -> str:
        if numbers and text.isascii() and text.isdigit() and str(int(text)) == text:
            return f'<c r="{place}"><v>{text}</v></c>'
        if inline:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        return f'<c r="{place}" t="s"><v>{texts.setdefault(text, len(texts))}</v></c>'

    lines = []
    for number, row in enumerate(rows, 1):
        # Spreadsheets leave empty cells and rows out.
        cells = [cell(text, f"{_letters(x)}{number}") for x, text in enumerate(row) if text]
        if cells:
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    parts = {
        "xl/worksheets/sheet1.xml": _xml("worksheet", f"<sheetData>{''.join(lines)}</sheetData>")
    }
    if not inline:
        shown = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
        parts["xl/sharedStrings.xml"] = _xml("sst", shown)
    return packed(parts)


def packed(parts: Mapping[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with these parts and those that name the first sheet."""
    all_parts: dict[str, str | bytes] = {
        "xl/workbook.xml": _xml(
            "workbook",
            f'<sheets><sheet name="1" sheetId="1" r:id="rId7" xmlns:r="{RELATIONS}"/></sheets>',
        ),
        "xl/_rels/workbook.xml.rels": related({"rId7": "worksheets/sheet1.xml"}),
        "[Content_Types].xml": _types("xl/sharedStrings.xml" in parts),
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, text in all_parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def related(sheets: Mapping[str, str]) -> str:
    """Return the part that says where sheets lie: the targets by their ids."""
    each = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/worksheet" Target="{target}"/>'
        for key, target in sheets.items()
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{package}">{each}</Relationships>'


def _types(strings: bool) -> str:
    kinds = {"workbook": "sheet.main", **({"sharedStrings": "sharedStrings"} if strings else {})}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    each = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{name}+xml"/>'
        for part, name in kinds.items()
    )
    package = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{package}">{each}</Types>'


def _xml(tag: str, inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><{tag} xmlns="{MAIN}">{inside}</{tag}>'


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name

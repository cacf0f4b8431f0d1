"""Read workbooks of spreadsheet programs; refuse damaged and hostile ones with what to do."""

from __future__ import annotations

import contextlib
import io
import random
import time
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.errors import ManifestError
from headquarters import workbook
from headquarters.candidate_files import ListRow, parse
from tests.fuzz.mutate import Mutator
from tests.headquarters.tables.sheets import MAIN, RELATIONS, packed, related
from tests.headquarters.tables.sheets import workbook as made

TABLE = [["key", "name_fa", "name_en"], ["hope", "امید", ""], ["noor", "نور و کار", "Light"]]
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=8)


def rows_of(data: bytes) -> list[list[str]]:
    return [list(row) for _, row in workbook.read_rows(data, "t.xlsx")]


@pytest.mark.parametrize("inline", [False, True])
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=30), max_size=6))
def test_what_was_written_is_read(inline: bool, rows: list[list[str]]) -> None:
    kept = {number: row for number, row in enumerate(rows, 1) if any(x.strip() for x in row)}
    found = {
        number: list(row) for number, row in workbook.read_rows(made(rows, inline=inline), "t")
    }
    assert found.keys() == kept.keys()
    for number, row in kept.items():
        assert found[number] == row[: len(found[number])]
        assert found[number][-1].strip()
        assert not any(cell.strip() for cell in row[len(found[number]) :])


@pytest.mark.parametrize("inline", [False, True])
def test_a_sheet_is_read_as_the_same_table_in_csv(inline: bool) -> None:
    text = "\n".join(",".join(row) for row in TABLE)
    rows = [TABLE[0], [], TABLE[1], TABLE[2], ["", ""]]
    assert parse(ListRow, made(rows, inline=inline), "t.xlsx") == parse(
        ListRow, text.encode(), "t.csv"
    )


def test_lines_are_those_of_the_sheet() -> None:
    with pytest.raises(ManifestError, match="line 4, column key"):
        parse(ListRow, made([TABLE[0], [], TABLE[1], ["b d", "x", ""]]), "t.xlsx")


def test_texts_in_pieces_numbers_and_formulas() -> None:
    pieces = '<r><t>ام</t></r><r><t>ید</t></r><rPh sb="0" eb="1"><t>x</t></rPh>'
    strings = f'<sst xmlns="{MAIN}"><si>{pieces}</si></sst>'
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="s"><v>0</v></c><c><v>12</v></c>'
        '<c t="str"><f>A1</f><v>b1</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>'
    )
    data = packed({"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": sheet})
    assert rows_of(data) == [["امید", "12", "b1", "1"]]


def test_numbers_are_read_as_they_are_shown() -> None:
    numbers = {
        "12": "12",
        "1.5": "1.5",
        "1E3": "1000",
        "12.0": "12",
        "9007199254740993": "9007199254740993",
    }
    cells = "".join(f"<c><v>{stored}</v></c>" for stored in numbers)
    assert rows_of(sheet(f"<row>{cells}</row>")) == [list(numbers.values())]


def test_the_strict_variant_is_read() -> None:
    """As Excel saves a “Strict Open XML Spreadsheet”: of its name spaces the library reads nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made(TABLE))) as given, zipfile.ZipFile(out, "w") as strict:
        for name in given.namelist():
            text = given.read(name).decode()
            text = text.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            text = text.replace(
                RELATIONS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
            )
            strict.writestr(name, text)
    assert rows_of(out.getvalue()) == rows_of(made(TABLE))


def test_macros_pictures_and_properties_are_never_looked_at() -> None:
    parts: dict[str, str | bytes] = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 99,
        "xl/media/image1.png": b"no picture",
        "docProps/core.xml": "<no properties",
        "docProps/custom.xml": "<nor these",
    }
    inside = f'<worksheet xmlns="{MAIN}"><row><c><v>1</v></c></row></worksheet>'
    assert rows_of(packed({"xl/worksheets/sheet1.xml": inside, **parts})) == [["1"]]


def test_a_date_is_refused_by_name() -> None:
    """A spreadsheet makes one of a key such as 3-12 by itself: its number must not pass for the key."""
    formats = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    styles = f'<styleSheet xmlns="{MAIN}">{formats}</styleSheet>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
    plain = packed({})
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    entry = f'<Override PartName="/xl/styles.xml" ContentType="{kind}"/></Types>'
    for cell in ('<c r="B1" s="1"><v>46187</v></c>', '<c r="B1" t="d"><v>2026-06-14</v></c>'):
        inside = f'<row r="1"><c r="A1" s="0"><v>7</v></c>{cell}</row>'
        parts: dict[str, str | bytes] = {
            "[Content_Types].xml": types.replace("</Types>", entry),
            "xl/styles.xml": styles,
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{inside}</worksheet>',
        }
        with pytest.raises(ManifestError, match=r"t\.xlsx: cell B1 holds a date"):
            rows_of(packed(parts))


def test_what_looks_like_markup_in_a_cell_is_text() -> None:
    texts = ["<!DOCTYPE w>", "<!-- &a; -->", "<![CDATA[x]]>"]
    assert rows_of(made([texts])) == [texts]
    inside = '<row><c t="str"><!-- one --><v><![CDATA[<&a;]]></v></c></row>'
    assert rows_of(sheet(inside)) == [["<&a;"]]


def test_no_markup_takes_longer_than_its_length() -> None:
    """Rows in rows: no cell is looked at more than twice, and none of an inner row is taken in."""
    started = time.process_time()
    deep = "<row><c><v>1</v></c>" * 20_000 + "</row>" * 20_000
    with contextlib.suppress(ManifestError):
        assert len(rows_of(sheet(deep))) <= 20_000
    assert time.process_time() - started < 20, "seconds"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_the_first_sheet_is_the_first_that_is_shown(state: str) -> None:
    """What nobody sees is never taken in."""
    sheets = [("old", state), ("table", "visible"), ("other", ""), ("last", state)]

    def parts(shown: Sequence[tuple[str, str]]) -> bytes:
        listed = "".join(
            f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"'
            + (f' state="{how}"/>' if how else "/>")
            for number, (name, how) in enumerate(shown)
        )
        return packed(
            {
                "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
                f"<sheets>{listed}</sheets></workbook>",
                "xl/_rels/workbook.xml.rels": related(
                    {f"r{x}": f"worksheets/{name}.xml" for x, (name, _) in enumerate(shown)}
                ),
                **{
                    f"xl/worksheets/{name}.xml": f'<worksheet xmlns="{MAIN}">'
                    f'<row><c t="str"><v>{name}</v></c></row></worksheet>'
                    for name, _ in shown
                },
            }
        )

    assert rows_of(parts(sheets)) == [["table"]]
    assert rows_of(parts(sheets[2:])) == [["other"]]
    with pytest.raises(ManifestError, match="shows no sheet"):
        rows_of(parts([sheets[0], sheets[3]]))


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ('<row r="7"><c r="A7"/><c r="AB7" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>', "AB7"),
        ('<row/><row><c/><c t="e"><v>#REF!</v></c></row>', "B2"),
        ('<row><c r="XFD1" t="e"/></row>', "XFD1"),
        ('<row><c r="Z1"/><c t="e"/></row>', "AA1"),
    ],
)
def test_cells_that_show_an_error_are_refused_by_name(row: str, cell: str) -> None:
    with pytest.raises(ManifestError, match=rf"t\.xlsx: cell {cell} shows an error") as refused:
        rows_of(sheet(row))
    assert cell in str(refused.value.message)


def bomb() -> bytes:
    return packed({"xl/worksheets/sheet1.xml": " " * (workbook.LARGEST_PART + 1)})


def sheet(inside: str, head: str = "") -> bytes:
    return packed(
        {"xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{MAIN}">{inside}</worksheet>'}
    )


def listing(sheets: str) -> bytes:
    return packed(
        {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
            f"<sheets>{sheets}</sheets></workbook>",
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"/>',
        }
    )


def marked(place: int, value: int) -> bytes:
    """A workbook in whose directory every part has this in a field of two bytes."""
    head, *parts = made(TABLE).split(b"PK\x01\x02")
    new = [x[: place - 4] + value.to_bytes(2, "little") + x[place - 2 :] for x in parts]
    return b"PK\x01\x02".join((head, *new))


USED = "<row><c><v>&a;</v></c></row>"
LAUGHS = (
    '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{each} "{f"&a{each - 1};" * 10}">' for each in range(1, 10))
    + '<!ENTITY a "&a9;">'
)
HOSTILE = {
    "no sheets in the list": listing(""),
    "sheet without a part": listing('<sheet name="1" sheetId="1"/>'),
    "sheet of another part": listing('<sheet name="1" sheetId="1" r:id="rId8"/>'),
    "packed by LZMA": packed({"xl/worksheets/sheet1.xml": ""}, zipfile.ZIP_LZMA),
    "packed by bzip2": packed({"xl/worksheets/sheet1.xml": ""}, zipfile.ZIP_BZIP2),
    "locked": marked(8, 1),
    "locked strongly": marked(8, 1 << 6),
    "patched": marked(8, 1 << 5),
    "of a later ZIP": marked(6, 99),
    "no archive": b"PK\x03\x04" + bytes(60),
    "cut": made(TABLE)[:300],
    "no sheet": packed({}),
    "unpacked too large": bomb(),
    "unpacked too large in parts": packed(
        {
            f"xl/worksheets/sheet{x}.xml": "<w>" + " " * (workbook.LARGEST_PART - 10) + "</w>"
            for x in range(1, 4)
        }
    ),
    "more cells than a country has": sheet(f"<row>{'<c/>' * (workbook.MOST_TAGS + 1)}</row>"),
    "of a row elsewhere": sheet('<row r="2"><c r="A3"><v>1</v></c></row>'),
    "encoding that hides": packed(
        {
            "xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="cp037"?>'
            + '<!DOCTYPE w [<!ENTITY a "b">]><w/>'.encode("cp037")
        }
    ),
    "no name of a part": packed({"[Content_Types].xml": "<Types/>"}),
    "document type": sheet("<row/>", "<!DOCTYPE worksheet>"),
    "document type elsewhere": sheet("<row/>", '<!DOCTYPE w SYSTEM "file:///etc/passwd">'),
    "entities": sheet(USED, '<!DOCTYPE w [<!ENTITY a "aaaa">]>'),
    "entities between what looks like a comment": sheet(
        USED, '<?x <!-- ?><!DOCTYPE w [<!ENTITY a "aaaa">]><?y --> ?>'
    ),
    "entities between what looks like a text": sheet(
        USED, '<?x <![CDATA[ ?><!DOCTYPE w [<!ENTITY a "aaaa">]><?y ]]> ?>'
    ),
    "entities behind a comment": sheet(USED, '<!-- --><!DOCTYPE w [<!ENTITY a "aaaa">]>'),
    "entities of entities": sheet(USED, f"<!DOCTYPE w [{LAUGHS}]>"),
    "entity that nobody declares": sheet(USED),
    "small letters": sheet(USED, '<!doctype w [<!ENTITY a "aaaa">]>'),
    "comments without an end": sheet("<!--" * 500_000),
    "texts without an end": sheet("<![CDATA[" * 500_000),
    "text that is not there": sheet('<row><c t="s"><v>7</v></c></row>'),
    "text below zero": sheet('<row><c t="s"><v>-1</v></c></row>'),
    "column beyond all": sheet('<row><c r="ZZZ1"><v>1</v></c></row>'),
    "cells backwards": sheet('<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'),
    "row twice": sheet('<row r="2"/><row r="2"><c><v>1</v></c></row>'),
    "row beyond all": sheet('<row r="1048577"><c><v>1</v></c></row>'),
    "row that is no number": sheet('<row r="x"><c><v>1</v></c></row>'),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_workbooks_are_refused(what: str) -> None:
    with pytest.raises(ManifestError, match=r"t\.xlsx.*CSV UTF-8"):
        rows_of(HOSTILE[what])


def test_rows_that_are_wide_and_empty_cost_little() -> None:
    """Whoever gives a whole row a colour makes such cells."""
    rows = "".join(
        f'<row><c r="XFD{number}" t="str"><v> </v></c></row>' for number in range(1, 20_001)
    )
    last = '<row r="20001"><c><v>1</v></c><c r="XFD20001" t="str"><v> </v></c></row>'
    started = time.process_time()
    assert rows_of(sheet(f"{rows}{last}")) == [["1"]]
    assert time.process_time() - started < 4, "seconds; a look at every cell takes 10"


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_parts_packed_in_other_ways_are_refused_also_damaged(packing: int) -> None:
    data = made(TABLE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    good = packed(parts, packing)
    with pytest.raises(ManifestError, match="packed in way"):
        rows_of(good)
    inputs = Mutator([good], random.Random(2026))
    for _ in range(100):
        with contextlib.suppress(ManifestError):
            rows_of(inputs.next())


def test_a_part_in_utf_16_hides_nothing() -> None:
    out = io.BytesIO(packed({}))
    with zipfile.ZipFile(out, "a") as archive:
        hidden = '<!DOCTYPE w [<!ENTITY a "b">]><w/>'.encode("utf-16")
        archive.writestr("xl/worksheets/sheet1.xml", hidden)
    with pytest.raises(ManifestError, match="xlsx"):
        rows_of(out.getvalue())


def test_damaged_workbooks_raise_nothing_else() -> None:
    inputs = Mutator([made(TABLE), made(TABLE, inline=True)], random.Random(2026))
    for _ in range(400):
        try:
            rows_of(inputs.next())
        except ManifestError:
            continue

"""Forms on paper: nothing is cut, nothing lies upon another, every page says which it is."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from election.sheets import Sheet, SheetTable
from ui import sheets
from ui.sheets import MARGIN, PAGE, pages_of, pdf_of
from words.languages import installed
from words.text import ENGLISH, PERSIAN, Language

LONG = "دبیرستان دخترانهٔ شهید دکتر محمدجواد باهنر " * 5


def sheet(rows: int, cell: str = "b0001-t1", title: str = "Branch") -> Sheet:
    tables = tuple(
        SheetTable(
            f"Table {number}", told, ("Device", "Seal"), ((cell, ""),) * rows, (2, 3), bool(number)
        )
        for number, told in enumerate(("", "What to do"))
    )
    return Sheet(title, "Rehearsal", ("one", "two"), tables)


def boxes(page: list[partial[None]]) -> list[QRectF]:
    """What a page draws: frames, and texts with the size of what stands in them."""
    found = []
    for draw in page:
        first = draw.args[0]
        if isinstance(first, QRectF):
            found.append(first)
        else:
            found.append(first.boundingRect().translated(draw.args[1]))
    return found


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("rows", [0, 1, 40])
def test_everything_stands_on_the_paper(language: Language, rows: int) -> None:
    t = installed().speaker(language)
    pages = pages_of(sheet(rows, title=LONG), t)
    assert len(pages) == {0: 1, 1: 1, 40: 5}[rows]
    inner = QRectF(0, 0, PAGE.width(), PAGE.height()).adjusted(
        MARGIN - 1, MARGIN - 1, 1 - MARGIN, 1 - MARGIN
    )
    for page in pages:
        for box in boxes(page):
            assert inner.contains(box), box


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.sampled_from(["x", "b0001-t1", LONG, "M" * 120]), st.booleans())
def test_rows_are_whole_and_none_is_lost(rows: int, cell: str, rtl: bool) -> None:
    pages = pages_of(sheet(rows, cell), installed().speaker(PERSIAN if rtl else ENGLISH))
    cells = 0
    for page in pages:
        frames = [
            draw.args[0]
            for draw in page
            if isinstance(draw.args[0], QRectF) and draw.args[1] < 0.5 * sheets.DPI / 25.4
        ]
        for one, other in pairwise(frames):
            shared = one.intersected(other)
            assert shared.width() < 1 or shared.height() < 1, "no row lies upon another"
        texts = [draw.args[0].text() for draw in page if not isinstance(draw.args[0], QRectF)]
        cells += texts.count(cell)
        for place, text in enumerate(texts):
            if text.startswith("Table "):
                after = texts[place + 1 :]
                assert not rows or cell in after, "a title never stands alone"
    assert cells == 2 * rows


def test_a_table_that_goes_on_begins_with_its_heads() -> None:
    pages = pages_of(sheet(40), installed().speaker(ENGLISH))
    for number, page in enumerate(pages, 1):
        texts = [draw.args[0].text() for draw in page if not isinstance(draw.args[0], QRectF)]
        assert "Device" in texts
        assert any(text.startswith(f"Page {number} of {len(pages)} ") for text in texts)


def test_persian_is_the_mirror_of_english() -> None:
    one, other = (
        [draw.args[0] for draw in pages_of(sheet(2), installed().speaker(x))[0]]
        for x in (ENGLISH, PERSIAN)
    )
    for left, right in zip(one, other, strict=True):
        if isinstance(left, QRectF):
            assert left.left() == pytest.approx(PAGE.width() - right.right(), abs=1)


def test_the_pdf_is_text_in_our_letters_on_a4() -> None:
    pdf = pdf_of(sheet(40, LONG), installed().speaker(PERSIAN))
    assert pdf.startswith(b"%PDF-")
    assert pages_in(pdf) == len(pages_of(sheet(40, LONG), installed().speaker(PERSIAN)))
    assert b"Vazirmatn" in pdf
    assert b"/ToUnicode" in pdf, "it can be searched"
    assert b"/Subtype /Image" not in pdf
    for box in re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf):
        assert [round(float(x)) for x in box] == [595, 842]

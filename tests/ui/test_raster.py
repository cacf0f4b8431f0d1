"""Paper: reports and receipts as dots."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language, Text
from election.evidence import DocumentKind
from election.papers import DocumentForm, ReportKind, ReportLine, TicketSlip
from tests.ui.samples_station import report
from ui.raster import render_form, render_report, render_ticket, to_image
from ui.strip import MAX_ROWS, WIDTH_80_MM, RasterError, ReceiptRaster
from ui.widgets.qr import QUIET, qr_matrix
from words.languages import installed
from words.message import Message, m

CODE = "nQ3vC0kPz1aXr8yTqWm5LbE7uHd2sGf9JiKo4NeBvRA"
ELECTION = Text("انتخابات شورا", "Council election")


def dots(raster: ReceiptRaster) -> list[list[bool]]:
    width = raster.width_px // 8
    return [
        [bool(byte >> (7 - bit) & 1) for byte in raster.rows[y * width : (y + 1) * width]
         for bit in range(8)]
        for y in range(raster.height_px)
    ]  # fmt: skip


@pytest.mark.parametrize("width", [384, 576])
def test_the_code_of_a_closing_report_is_printed(qtbot: QtBot, width: int) -> None:
    """342 characters, as two roots, the election's number and a signature take."""
    speaker, one = installed().speaker(PERSIAN), report(ReportKind.CLOSING)
    without = render_report(one, speaker, width)
    symbol = render_report(replace(one, code="AMINR1:" + "A2Z7" * 84), speaker, width)
    assert symbol.height_px > without.height_px + 300


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("kind", list(ReportKind))
def test_a_report_fills_the_paper(
    qtbot: QtBot, language: Language, width: int, kind: ReportKind
) -> None:
    raster = render_report(report(kind), installed().speaker(language), width)
    assert raster.width_px == width
    assert len(raster.rows) == raster.height_px * width // 8
    grid = dots(raster)
    ink = sum(map(sum, grid))
    assert 0.01 < ink / (width * raster.height_px) < 0.25
    # Nothing touches the edge, so nothing is cut off.
    assert not any(row[0] or row[-1] for row in grid)
    assert not any(grid[0])
    assert not any(grid[-1])


def test_persian_begins_at_the_right(qtbot: QtBot) -> None:
    one = replace(report(ReportKind.ZERO), lines=(ReportLine(m("Branch"), 1),))

    def sides(language: Language) -> tuple[int, int]:
        rules = [
            y
            for y, row in enumerate(dots(render_report(one, installed().speaker(language))))
            if sum(row) > 500
        ]
        middle = dots(render_report(one, installed().speaker(language)))[rules[1] + 1 : rules[2]]
        left = sum(sum(row[:288]) for row in middle)
        return left, sum(map(sum, middle)) - left

    persian, english = sides(PERSIAN), sides(ENGLISH)
    assert persian[1] > persian[0] > 0
    assert english[0] > english[1] > 0


def test_dots_are_the_same_every_time(qtbot: QtBot) -> None:
    first = render_report(report(ReportKind.CLOSING), installed().speaker(PERSIAN))
    assert render_report(report(ReportKind.CLOSING), installed().speaker(PERSIAN)) == first


def test_the_ticket_of_a_challenge_is_on_paper(qtbot: QtBot) -> None:
    tracking = "kH3vQ0xwT7mZr1YbN5sLd9uJc2EaPfGiRo8VtXyWq4M"
    slip = TicketSlip(ELECTION, "AMIN1:" + "AEQG6WCC" * 24, tracking)
    raster = render_ticket(slip, installed().speaker(PERSIAN))
    assert raster.width_px == WIDTH_80_MM
    assert 500 < raster.height_px < 1400
    other = render_ticket(
        replace(slip, ticket=slip.ticket[:-1] + "D"), installed().speaker(PERSIAN)
    )
    assert other.rows != raster.rows
    numbered = render_ticket(
        replace(slip, tracking="A" + tracking[1:]), installed().speaker(PERSIAN)
    )
    assert numbered.rows != raster.rows


def test_the_ticket_is_on_paper_dot_by_dot(qtbot: QtBot) -> None:
    """Every module of the printed symbol is the library's, with a quiet zone around it."""
    slip = TicketSlip(ELECTION, CODE, CODE)
    raster = render_ticket(slip, installed().speaker(PERSIAN))
    matrix = qr_matrix(CODE)
    grid = dots(raster)
    side = min(raster.width_px, 400) // (len(matrix) + 2 * QUIET)
    left = round((raster.width_px - side * len(matrix)) / 2)
    finder = [True] * (7 * side)
    top = next(
        y
        for y, row in enumerate(grid)
        if row[left : left + 7 * side] == finder and not any(row[: left - 1])
    )
    for y, line in enumerate(matrix):
        for x, dark in enumerate(line):
            assert grid[top + y * side + side // 2][left + x * side + side // 2] == dark
    for y in range(top - QUIET * side + 1, top):
        assert not any(grid[y])


def test_the_form_of_a_document_has_its_number_and_lines_to_write_on(qtbot: QtBot) -> None:
    form = DocumentForm(
        ELECTION,
        None,
        "identity-1",
        17,
        DocumentKind.BIRTH_CERTIFICATE,
        date(2026, 6, 14),
        provisional=True,
    )
    for language in (PERSIAN, ENGLISH):
        t = installed().speaker(language)
        drawn = render_form(form, t)
        assert drawn.rows != render_form(replace(form, number=18), t).rows
        assert drawn.height_px > render_form(replace(form, provisional=False), t).height_px
        assert render_form(replace(form, rehearsal=True), t).height_px > drawn.height_px


def test_the_picture_has_the_same_dots(qtbot: QtBot) -> None:
    raster = render_report(report(ReportKind.ZERO), installed().speaker(ENGLISH), 384)
    image = to_image(raster)
    assert (image.width(), image.height()) == (384, raster.height_px)
    grid = dots(raster)
    for x, y in ((100, 20), (191, 40), (8, 100), (200, 150)):
        assert (image.pixelColor(x, y).lightness() < 128) == grid[y][x]


def test_what_does_not_fit_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(RasterError):
        render_report(report(ReportKind.ZERO), installed().speaker(PERSIAN), 100)
    many = tuple(ReportLine(m("Branch"), n) for n in range(2000))
    with pytest.raises(RasterError, match=str(MAX_ROWS)):
        render_report(replace(report(ReportKind.ZERO), lines=many), installed().speaker(PERSIAN))
    slip = TicketSlip(ELECTION, "x" * 5000, CODE)
    with pytest.raises((RasterError, ValueError)):
        render_ticket(slip, installed().speaker(PERSIAN))


def test_a_long_label_keeps_its_value(qtbot: QtBot) -> None:
    long = ReportLine(Message("a label " * 12), 123)
    short = replace(report(ReportKind.ZERO), lines=(ReportLine(Message("a"), 123),))
    tall = replace(short, lines=(long,))
    for language in (PERSIAN, ENGLISH):
        assert (
            render_report(tall, installed().speaker(language)).height_px
            > render_report(short, installed().speaker(language)).height_px + 30
        )

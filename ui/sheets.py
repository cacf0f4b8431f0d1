"""Draw a form on pages of A4 as a PDF: text that can be searched, in the screens' letters.

A row is never cut, a title never stands alone at the end of a page, and a table that goes on begins with
its heads again. Below is which page it is, of how many: a page that is missing is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextLayout,
)

from election.sheets import Sheet, SheetTable
from ui.strip import font_of, laid_out
from ui.theme import load_fonts
from words.speaker import Speaker

DPI: Final = 600
_MM: Final = DPI / 25.4
PAGE: Final = QSizeF(210 * _MM, 297 * _MM)
"""Dots of A4."""
MARGIN: Final = 14 * _MM
_WIDTH: Final = PAGE.width() - 2 * MARGIN
_BOTTOM: Final = PAGE.height() - MARGIN - 7 * _MM
"""Where the line of the page's number begins."""
_PAD: Final = 1.4 * _MM
_ROW: Final = 8 * _MM
_SIGNED_ROW: Final = 15 * _MM
_SHORT: Final = 100 * _MM
"""Rows of a table that stay on one page."""
_TITLE, _HEAD, _TEXT, _SMALL = (round(point * DPI / 72) for point in (16, 12.5, 10, 8.5))


class _Page(list[partial[None]]):
    """What is drawn on one page."""


class _Pages:
    """Pages that are filled from top to bottom."""

    def __init__(self, t: Speaker) -> None:
        self._t = t
        self.pages = [_Page()]
        self._y = MARGIN

    def room(self, height: float) -> bool:
        """Return whether as many dots are left on this page."""
        return self._y + height <= _BOTTOM

    def turn(self) -> None:
        """Go on at the top of a new page."""
        self.pages.append(_Page())
        self._y = MARGIN

    def text(self, text: str, px: int, weight: QFont.Weight, gap: float) -> None:
        """Add a paragraph as wide as the page, and leave `gap` dots."""
        layout, height = self._laid_out(text, font_of(px, weight), _WIDTH)
        if not self.room(height):
            self.turn()
        self.pages[-1].append(partial(_draw_text, layout, QPointF(MARGIN, self._y)))
        self._y += height + gap

    def banner(self, text: str) -> None:
        """Add a line in a frame."""
        layout, height = self._laid_out(
            text,
            font_of(_HEAD, QFont.Weight.Bold),
            _WIDTH - 2 * _PAD,
            Qt.AlignmentFlag.AlignHCenter,
        )
        box = QRectF(MARGIN, self._y, _WIDTH, height + 2 * _PAD)
        self.pages[-1].append(partial(_draw_box, box, 0.7 * _MM))
        place = QPointF(MARGIN + _PAD, self._y + _PAD)
        self.pages[-1].append(partial(_draw_text, layout, place))
        self._y = box.bottom() + 2 * _MM

    def table(self, table: SheetTable) -> None:
        """Add a table, with its heads on every page that it reaches."""
        columns = tuple(self._columns(table))
        heads, head_height = self._row(table.heads, columns, QFont.Weight.DemiBold, 0)
        least = _SIGNED_ROW if table.signed else _ROW
        rows = [self._row(row, columns, QFont.Weight.Normal, least) for row in table.rows]
        told = [
            (_HEAD, QFont.Weight.Bold, table.title, 1 * _MM),
            (_TEXT, QFont.Weight.Normal, table.told, 1 * _MM),
        ]
        above = sum(
            self._laid_out(text, font_of(px, weight), _WIDTH)[1] + gap
            for px, weight, text, gap in told
            if text
        )
        all_rows = sum(height for _, height in rows)
        together = all_rows if all_rows < _SHORT else rows[0][1]
        self._y += 4 * _MM
        if not self.room(above + head_height + together):
            self.turn()
        for px, weight, text, gap in told:
            if text:
                self.text(text, px, weight, gap)
        self._put(heads, columns, head_height, grey=True)
        for cells, height in rows:
            if not self.room(height):
                self.turn()
                self._put(heads, columns, head_height, grey=True)
            self._put(cells, columns, height)

    def foot(self, title: str) -> None:
        """Write below every page whose it is, and which one of how many."""
        for number, page in enumerate(self.pages, 1):
            font = font_of(_SMALL, QFont.Weight.Normal)
            said = self._t("Page {number} of {count}", number=number, count=len(self.pages))
            line = QFontMetricsF(font).elidedText(
                f"{said} · {title}", Qt.TextElideMode.ElideRight, _WIDTH - _PAD
            )
            layout, _ = self._laid_out(line, font, _WIDTH)
            page.append(partial(_draw_text, layout, QPointF(MARGIN, _BOTTOM + 2 * _MM)))

    def _columns(self, table: SheetTable) -> Iterator[tuple[float, float]]:
        """Yield where each column begins, from the left, and its width, in the order of reading."""
        parts = table.widths or (1,) * len(table.heads)
        along = 0.0
        for part in parts:
            width = _WIDTH * part / sum(parts)
            yield (MARGIN + (_WIDTH - along - width if self._t.right_to_left else along)), width
            along += width

    def _row(
        self,
        cells: Sequence[str],
        columns: Sequence[tuple[float, float]],
        weight: QFont.Weight,
        least: float,
    ) -> tuple[list[QTextLayout], float]:
        """Lay the cells of a row out; return them and the height of the row, at least `least` dots."""
        font = font_of(_TEXT, weight)
        laid = [
            self._laid_out(cell, font, width - 2 * _PAD)
            for cell, (_, width) in zip(cells, columns, strict=True)
        ]
        return [layout for layout, _ in laid], max(
            least, *(height + 2 * _PAD for _, height in laid)
        )

    def _put(
        self,
        cells: Sequence[QTextLayout],
        columns: Sequence[tuple[float, float]],
        height: float,
        *,
        grey: bool = False,
    ) -> None:
        page = self.pages[-1]
        for layout, (x, width) in zip(cells, columns, strict=True):
            page.append(partial(_draw_box, QRectF(x, self._y, width, height), 0.2 * _MM, grey=grey))
            page.append(partial(_draw_text, layout, QPointF(x + _PAD, self._y + _PAD)))
        self._y += height

    def _laid_out(
        self,
        text: str,
        font: QFont,
        width: float,
        align: Qt.AlignmentFlag | None = None,
    ) -> tuple[QTextLayout, float]:
        """Break a text into lines, from the side where reading begins if nothing else is asked for."""
        side = align or (
            Qt.AlignmentFlag.AlignRight if self._t.right_to_left else Qt.AlignmentFlag.AlignLeft
        )
        return laid_out(text, font, width, side, right_to_left=self._t.right_to_left)


def pages_of(sheet: Sheet, t: Speaker) -> Sequence[_Page]:
    """Lay a form out on pages; what is in a page takes the painter. Starts Qt without a screen."""
    _qt()
    found = _Pages(t)
    found.text(sheet.title, _TITLE, QFont.Weight.Bold, 2 * _MM)
    if sheet.banner:
        found.banner(sheet.banner)
    for line in sheet.about:
        found.text(line, _TEXT, QFont.Weight.Normal, 0.8 * _MM)
    for table in sheet.tables:
        found.table(table)
    found.foot(sheet.title)
    return found.pages


def pdf_of(sheet: Sheet, t: Speaker) -> bytes:
    """Return the form as a PDF, in the language of `t`."""
    pages = pages_of(sheet, t)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(sheet.title)
    writer.setResolution(DPI)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF()
        )
    )
    painter = QPainter(writer)
    for number, page in enumerate(pages):
        if number:
            writer.newPage()
        for draw in page:
            draw(painter)
    painter.end()
    return bytes(buffer.data().data())


@cache
def _qt() -> QGuiApplication:
    """Return the running Qt, or start one that needs no screen, with our fonts."""
    running = QGuiApplication.instance()
    found = (
        running
        if isinstance(running, QGuiApplication)
        else QGuiApplication(["amin", "-platform", "offscreen"])
    )
    load_fonts()
    return found


def _draw_text(layout: QTextLayout, at: QPointF, painter: QPainter) -> None:
    painter.setPen(QColor("black"))
    layout.draw(painter, at)


def _draw_box(box: QRectF, line: float, painter: QPainter, *, grey: bool = False) -> None:
    painter.setPen(QPen(QColor("black"), line))
    painter.setBrush(QColor("#e8e8e8") if grey else Qt.BrushStyle.NoBrush)
    painter.drawRect(box)

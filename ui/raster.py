"""Paper: reports and slips drawn as black-and-white bitmaps for the receipt printer.

Persian needs shaping and right-to-left layout that no receipt printer does by itself, so whole
pages are drawn with Qt and handed over as dots. Grey is cut at the middle, never dithered: thermal
paper shows letters of dithered grey as dirt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from typing import assert_never

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPainter,
    QPen,
    QTextLayout,
    QTextOption,
)

from election.challenge import GROUPS, tracking_groups
from election.evidence_words import DOCUMENTS
from kiosk.reports import DocumentForm, Report, ReportKind, TicketSlip
from ui.theme import FAMILY, load_fonts
from ui.widgets.qr import QUIET, qr_matrix
from words.speaker import Speaker

WIDTH_80_MM = 576
"""Printable dots of 80 mm paper at 203 dpi."""

MAX_ROWS = 20_000
"""2.5 m of paper; no printer takes more in one piece."""

_MARGIN = 8.0
_TITLE_PX, _HEAD_PX, _TEXT_PX, _SMALL_PX = 40, 28, 25, 21
_DARK = 128


@dataclass(frozen=True, slots=True)
class ReceiptRaster:
    """Bitmap for a printer.

    Rows from top to bottom, 8 dots a byte, leftmost dot in the highest bit, 1 = black.
    """

    width_px: int
    rows: bytes

    @property
    def height_px(self) -> int:
        """Number of rows."""
        return len(self.rows) * 8 // self.width_px


class RasterError(ValueError):
    """The content is too long for one piece of paper, or the width is no whole number of bytes."""


def render_report(report: Report, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return a zero, status or closing report as a strip of paper. Raises RasterError.

    Needs a QGuiApplication; runs on any thread.
    """
    strip = _Strip(t, width_px)
    strip.text(t.of(report.title), _TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.text(kind_text(t, report.kind), _HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.text(t.say(report.made), _TEXT_PX, QFont.Weight.Normal, centred=True)
    strip.rule()
    for line in report.lines:
        strip.pair(t(line.label), t.say(line.value))
    if report.code:
        strip.qr(report.code)
    strip.rule()
    for place in (t("Officer"), t("Supervisor")):
        strip.signature(place)
    return strip.raster()


def render_ticket(slip: TicketSlip, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return a challenged ballot's ticket as QR, and its tracking number. Raises RasterError."""
    strip = _Strip(t, width_px)
    strip.text(t.of(slip.election), _HEAD_PX, QFont.Weight.DemiBold, centred=True)
    if slip.training:
        strip.text(t("Training: no vote counts."), _TITLE_PX, QFont.Weight.Bold, centred=True)
        strip.rule()
    strip.text(t("Challenged ballot"), _TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.text(t("Does not count"), _HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.qr(slip.ticket)
    strip.text(t("Tracking number"), _TEXT_PX, QFont.Weight.Normal, centred=True)
    groups = tracking_groups(slip.tracking)
    for row in (groups[: GROUPS // 2], groups[GROUPS // 2 :]):
        strip.text(t.code("  ".join(row)), _TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.rule()
    strip.text(
        t("The election's checking page shows from this code what the machine had sealed. It has to "
          "be what you had chosen, under the number you saw before."),
        _SMALL_PX, QFont.Weight.Normal, centred=False,
    )  # fmt: skip
    return strip.raster()


def render_form(form: DocumentForm, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return the form that a voter signs whose document has no chip. Raises RasterError.

    What is personal, and the document's own number, is written by hand.
    """
    strip = _Strip(t, width_px)
    strip.text(t.of(form.election), _HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.text(t("Document without a chip"), _TITLE_PX, QFont.Weight.Bold, centred=True)
    number = t("Form no. {number}", number=form.number)
    strip.text(number, _TITLE_PX, QFont.Weight.Bold, centred=True)
    if form.rehearsal:
        strip.text(t("Rehearsal"), _HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.rule()
    branch = "" if form.branch is None else t.of(form.branch)
    strip.pair(t("Branch"), branch)
    strip.pair(t("Device"), t.latin(form.station))
    strip.pair(t("Date"), t.date(datetime.combine(form.day, time(), UTC)))
    strip.pair(t("Document"), t(DOCUMENTS[form.kind]))
    strip.rule()
    strip.text(
        t("I am the person whom this document names, and I have not voted in this election before."),
        _TEXT_PX, QFont.Weight.Normal, centred=False,
    )  # fmt: skip
    if form.provisional:
        strip.text(
            t("I know that my ballot counts only if I vote nowhere else."),
            _TEXT_PX, QFont.Weight.Normal, centred=False,
        )  # fmt: skip
    for place in (
        t("Given name and surname"),
        t("National number"),
        t("Number of the document"),
        t("Signature of the voter"),
        t("Officer"),
        t("Supervisor"),
    ):
        strip.signature(place)
    return strip.raster()


def to_image(raster: ReceiptRaster) -> QImage:
    """Return the same dots as a picture, for the screen."""
    image = QImage(
        raster.rows,
        raster.width_px,
        raster.height_px,
        raster.width_px // 8,
        QImage.Format.Format_Mono,
    )
    image.setColorTable([0xFFFFFFFF, 0xFF000000])
    return image.copy()


def kind_text(t: Speaker, kind: ReportKind) -> str:
    """Return the name of a kind of report."""
    match kind:
        case ReportKind.ZERO:
            return t("Zero report")
        case ReportKind.CLOSING:
            return t("Closing report")
        case ReportKind.STATUS:
            return t("Status report")
        case _:
            assert_never(kind)


# ---------------------------------------------------------------- one strip


class _Strip:
    """Collects what to draw from top to bottom, then draws it in one go."""

    def __init__(self, t: Speaker, width_px: int) -> None:
        if width_px <= 0 or width_px % 8:
            raise RasterError("the width is a positive multiple of 8")
        if QGuiApplication.instance() is None:
            raise RasterError("drawing text needs a QGuiApplication")
        load_fonts()
        self._t = t
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        self._start, self._end = (right, left) if t.right_to_left else (left, right)
        self._width = width_px
        self._inner = width_px - 2 * _MARGIN
        self._y = 12.0
        self._todo: list[partial[None]] = []

    # ------------------------------------------------------------ what goes on it

    def text(self, text: str, px: int, weight: QFont.Weight, *, centred: bool) -> None:
        align = Qt.AlignmentFlag.AlignHCenter if centred else self._start
        for paragraph in text.split("\n"):
            self._block(paragraph, _font(px, weight), _MARGIN, self._inner, align)
        self._y += px * 0.25

    def pair(self, label: str, value: str) -> None:
        """Add a label at the beginning of the line and a value at its end, below each other if too long."""
        label_font = _font(_TEXT_PX, QFont.Weight.Normal)
        value_font = _font(_TEXT_PX, QFont.Weight.DemiBold)
        gap = _TEXT_PX * 0.8
        wide = QFontMetricsF(value_font).horizontalAdvance(value) + 2
        room = self._inner - wide - gap
        label_wide = QFontMetricsF(label_font).horizontalAdvance(label)
        if room < min(label_wide, self._inner * 0.4):
            self._block(label, label_font, _MARGIN, self._inner, self._start)
            self._block(value, value_font, _MARGIN, self._inner, self._end)
        else:
            top = self._y
            rtl = self._t.right_to_left
            self._block(
                label, label_font, _MARGIN + (wide + gap if rtl else 0), room,
                self._start,
            )  # fmt: skip
            bottom, self._y = self._y, top
            self._block(
                value, value_font, _MARGIN if rtl else _MARGIN + room + gap, wide,
                self._end,
            )  # fmt: skip
            self._y = max(self._y, bottom)
        self._y += _TEXT_PX * 0.2

    def rule(self) -> None:
        self._y += 10
        y = self._y
        self._todo.append(partial(self._draw_line, y, Qt.PenStyle.SolidLine))
        self._y += 14

    def signature(self, who: str) -> None:
        """Add a name under a line to sign on."""
        self._y += 64
        self._todo.append(partial(self._draw_line, self._y, Qt.PenStyle.DotLine))
        self._y += 6
        self.text(who, _SMALL_PX, QFont.Weight.Normal, centred=False)

    def qr(self, text: str) -> None:
        matrix = qr_matrix(text)
        modules = len(matrix) + 2 * QUIET
        side = min(self._width, 400) // modules
        if side < 2:
            raise RasterError("the text is too long for a QR symbol on this paper")
        left = (self._width - side * len(matrix)) / 2
        top = self._y + side * QUIET
        self._todo.append(partial(_draw_modules, matrix=matrix, left=left, top=top, side=side))
        self._y = top + side * (len(matrix) + QUIET)

    # ------------------------------------------------------------ drawing

    def raster(self) -> ReceiptRaster:
        height = round(self._y) + 24
        if height > MAX_ROWS:
            raise RasterError(f"the strip would be {height} rows long; {MAX_ROWS} is the most")
        image = QImage(self._width, height, QImage.Format.Format_Grayscale8)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        for draw in self._todo:
            draw(painter)
        painter.end()
        return ReceiptRaster(self._width, _threshold(image))

    def _block(
        self, text: str, font: QFont, left: float, width: float, align: Qt.AlignmentFlag
    ) -> None:
        direction = (
            Qt.LayoutDirection.RightToLeft
            if self._t.right_to_left
            else Qt.LayoutDirection.LeftToRight
        )
        option = QTextOption(align)
        option.setTextDirection(direction)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout = QTextLayout(text, font)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        self._todo.append(partial(_draw_layout, layout=layout, at=QPointF(left, self._y)))
        self._y += height

    def _draw_line(self, y: float, style: Qt.PenStyle, painter: QPainter) -> None:
        painter.setPen(QPen(QColor("black"), 2, style))
        painter.drawLine(QPointF(_MARGIN, y), QPointF(self._width - _MARGIN, y))


def _font(px: int, weight: QFont.Weight) -> QFont:
    font = QFont(FAMILY)
    font.setPixelSize(px)
    font.setWeight(weight)
    return font


def _draw_layout(painter: QPainter, *, layout: QTextLayout, at: QPointF) -> None:
    painter.setPen(QColor("black"))
    layout.draw(painter, at)


def _draw_modules(
    painter: QPainter, *, matrix: tuple[tuple[bool, ...], ...], left: float, top: float, side: int
) -> None:
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                box = QRectF(round(left) + x * side, round(top) + y * side, side, side)
                painter.fillRect(box, QColor("black"))


def _threshold(image: QImage) -> bytes:
    """Return the dots of a grey picture: everything darker than the middle becomes black."""
    width, height, stride = image.width(), image.height(), image.bytesPerLine()
    grey = bytes(image.constBits())
    table = bytes(ord("1") if level < _DARK else ord("0") for level in range(256))
    rows = bytearray()
    for y in range(height):
        dots = grey[y * stride : y * stride + width].translate(table)
        rows += int(dots.decode("ascii"), 2).to_bytes(width // 8, "big")
    return bytes(rows)

"""One strip of paper: what goes on it from top to bottom, drawn as black-and-white dots.

Grey is cut at the middle, never dithered: thermal paper shows letters of dithered grey as dirt.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

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

from ui.theme import FAMILY, load_fonts
from ui.widgets.qr import QUIET, qr_matrix
from words.speaker import Speaker

WIDTH_80_MM = 576
"""Printable dots of 80 mm paper at 203 dpi."""

MAX_ROWS = 20_000
"""2.5 m of paper; no printer takes more in one piece."""

MARGIN = 8.0
TITLE_PX, HEAD_PX, TEXT_PX, SMALL_PX = 40, 28, 25, 21
GAP = 14.0
"""Dots between two columns."""
ROW_GAP = 4.0
LEAST_MODULE = 3
"""Dots of a module that scanners still read, 0.4 mm."""
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


class Strip:
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
        self._inner = width_px - 2 * MARGIN
        self._y = 12.0
        self._todo: list[partial[None]] = []

    # ------------------------------------------------------------ what goes on it

    def text(self, text: str, px: int, weight: QFont.Weight, *, centred: bool) -> None:
        """Add paragraphs of `px` dots, from the beginning of the line or in its middle."""
        align = Qt.AlignmentFlag.AlignHCenter if centred else self._start
        for paragraph in text.split("\n"):
            self._block(paragraph, font_of(px, weight), MARGIN, self._inner, align)
        self._y += px * 0.25

    def pair(self, label: str, value: str) -> None:
        """Add a label at the beginning of the line and a value at its end, below each other if too long."""
        label_font = font_of(TEXT_PX, QFont.Weight.Normal)
        value_font = font_of(TEXT_PX, QFont.Weight.DemiBold)
        gap = TEXT_PX * 0.8
        wide = QFontMetricsF(value_font).horizontalAdvance(value) + 2
        room = self._inner - wide - gap
        label_wide = QFontMetricsF(label_font).horizontalAdvance(label)
        if room < min(label_wide, self._inner * 0.4):
            self._block(label, label_font, MARGIN, self._inner, self._start)
            self._block(value, value_font, MARGIN, self._inner, self._end)
        else:
            top = self._y
            rtl = self._t.right_to_left
            self._block(
                label, label_font, MARGIN + (wide + gap if rtl else 0), room,
                self._start,
            )  # fmt: skip
            bottom, self._y = self._y, top
            self._block(
                value, value_font, MARGIN if rtl else MARGIN + room + gap, wide,
                self._end,
            )  # fmt: skip
            self._y = max(self._y, bottom)
        self._y += TEXT_PX * 0.2

    def columns(self, first: str, middle: str, last: str, side: float) -> None:
        """Add a name between two short texts that are `side` dots wide; the name takes its lines."""
        font, bold = font_of(TEXT_PX, QFont.Weight.Normal), font_of(TEXT_PX, QFont.Weight.DemiBold)
        rtl, top, room = self._t.right_to_left, self._y, self.middle_width(side)
        right = MARGIN + self._inner - side
        self._block(first, bold, right if rtl else MARGIN, side, self._start)
        self._y = top
        self._block(last, bold, MARGIN if rtl else right, side, self._end)
        bottom, self._y = self._y, top
        self._block(middle, font, MARGIN + side + GAP, room, self._start)
        self._y = max(self._y, bottom) + ROW_GAP

    def middle_width(self, side: float) -> float:
        """Return the dots between two texts of `side` dots."""
        return self._inner - 2 * side - 2 * GAP

    def banner(self, text: str, *, white: bool) -> None:
        """Add a framed line: black on white, or white on black."""
        font, top = font_of(HEAD_PX, QFont.Weight.Bold), self._y
        height = QFontMetricsF(font).height() + 4 * ROW_GAP
        box = QRectF(MARGIN, top, self._inner, height)
        self._todo.append(partial(_draw_frame, box=box, white=white))
        self._y += 2 * ROW_GAP
        ink = None if white else QColor("white")
        self._block(text, font, MARGIN, self._inner, Qt.AlignmentFlag.AlignHCenter, ink)
        self._y = top + height

    @property
    def y(self) -> float:
        """Dots from the top down to here."""
        return self._y

    def skip_to(self, y: float) -> None:
        """Leave white down to `y`. Raises RasterError if more than that is filled."""
        if y < self._y:
            raise RasterError("there is more on the paper than its length")
        self._y = y

    def rule(self) -> None:
        """Add a line across the paper."""
        self._y += 10
        y = self._y
        self._todo.append(partial(self._draw_line, y, Qt.PenStyle.SolidLine))
        self._y += 14

    def signature(self, who: str) -> None:
        """Add a name under a line to sign on."""
        self._y += 64
        self._todo.append(partial(self._draw_line, self._y, Qt.PenStyle.DotLine))
        self._y += 6
        self.text(who, SMALL_PX, QFont.Weight.Normal, centred=False)

    def qr(self, text: str, most: int = 400) -> None:
        """Add a QR symbol of at most `most` dots in the middle, larger if its modules would be too small.

        Raises RasterError for a text that does not fit the paper.
        """
        matrix = qr_matrix(text)
        modules = len(matrix) + 2 * QUIET
        side = max(min(self._width, most) // modules, min(LEAST_MODULE, self._width // modules))
        if side < 2:
            raise RasterError("the text is too long for a QR symbol on this paper")
        left = (self._width - side * len(matrix)) / 2
        top = self._y + side * QUIET
        self._todo.append(partial(_draw_modules, matrix=matrix, left=left, top=top, side=side))
        self._y = top + side * (len(matrix) + QUIET)

    # ------------------------------------------------------------ drawing

    def raster(self) -> ReceiptRaster:
        """Draw it. Raises RasterError if it is too long."""
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
        self,
        text: str,
        font: QFont,
        left: float,
        width: float,
        align: Qt.AlignmentFlag,
        ink: QColor | None = None,
    ) -> None:
        layout, height = self._laid_out(text, font, width, align)
        self._todo.append(partial(_draw_layout, layout=layout, at=QPointF(left, self._y), ink=ink))
        self._y += height

    def text_height(self, text: str) -> float:
        """Return the height of what `text` adds for a paragraph of ordinary size."""
        font = font_of(TEXT_PX, QFont.Weight.Normal)
        return self._laid_out(text, font, self._inner, self._start)[1] + TEXT_PX * 0.25

    def height_of(self, text: str, width: float) -> float:
        """Return the height of a row whose name stands in a column of `width` dots."""
        normal, bold = (
            font_of(TEXT_PX, QFont.Weight.Normal),
            font_of(TEXT_PX, QFont.Weight.DemiBold),
        )
        if QFontMetricsF(normal).horizontalAdvance(text) < width - 2:
            text = ""  # one line; laying out thousands of names takes its time
        return max(
            self._laid_out(text or "0", normal, width, self._start)[1],
            self._laid_out("0", bold, width, self._start)[1],
        )

    def _laid_out(
        self, text: str, font: QFont, width: float, align: Qt.AlignmentFlag
    ) -> tuple[QTextLayout, float]:
        return laid_out(text, font, width, align, right_to_left=self._t.right_to_left)

    def _draw_line(self, y: float, style: Qt.PenStyle, painter: QPainter) -> None:
        painter.setPen(QPen(QColor("black"), 2, style))
        painter.drawLine(QPointF(MARGIN, y), QPointF(self._width - MARGIN, y))


def laid_out(
    text: str, font: QFont, width: float, align: Qt.AlignmentFlag, *, right_to_left: bool
) -> tuple[QTextLayout, float]:
    """Break a paragraph into lines of `width` dots; return it with its height."""
    option = QTextOption(align)
    option.setTextDirection(
        Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
    )
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
    return layout, height


def font_of(px: int, weight: QFont.Weight) -> QFont:
    """Return the font of paper."""
    font = QFont(FAMILY)
    font.setPixelSize(px)
    font.setWeight(weight)
    return font


def _draw_layout(
    painter: QPainter, *, layout: QTextLayout, at: QPointF, ink: QColor | None
) -> None:
    painter.setPen(ink or QColor("black"))
    layout.draw(painter, at)


def _draw_frame(painter: QPainter, *, box: QRectF, white: bool) -> None:
    painter.setPen(QPen(QColor("black"), 3))
    painter.setBrush(QColor("white" if white else "black"))
    painter.drawRect(box)


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

"""Text set in lines.

Qt's own wrapped text has two faults for Persian: a line's trailing space pushes it over the edge it
is aligned to, and the lines stand as far apart as the font's tallest stacked marks would need. Here
lines are laid out with QTextLayout, whose alignment is right, and set a little closer.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextLine, QTextOption

LEADING = 0.86
"""Distance of base lines in parts of the font's own."""
LINE_SEPARATOR = "\u2028"


def line_height(font: QFont) -> float:
    """Return the height of one line in px."""
    return QFontMetricsF(font).height() * LEADING


def natural_width(text: str, font: QFont) -> float:
    """Return the width in px of the longest line, without wrapping."""
    metrics = QFontMetricsF(font)
    return max((metrics.horizontalAdvance(line) for line in text.split("\n")), default=0.0)


def widest_word(text: str, font: QFont) -> float:
    """Return the width in px below which a word would have to be broken."""
    metrics = QFontMetricsF(font)
    return max((metrics.horizontalAdvance(word) for word in text.split()), default=0.0)


def line_count(text: str, font: QFont, width: float) -> int:
    """Return the number of lines of the text wrapped at `width` px."""
    if "\n" not in text and QFontMetricsF(font).horizontalAdvance(text) <= width:
        return 1
    layout = _layout(text, font, Qt.AlignmentFlag.AlignLeft, rtl=False)
    return sum(1 for _ in _lines(layout, width))


def text_height(text: str, font: QFont, width: float) -> float:
    """Return the height in px of the text wrapped at `width` px; of one line at least."""
    return max(1, line_count(text, font, width)) * line_height(font)


def draw_text(
    painter: QPainter,
    box: QRectF,
    text: str,
    font: QFont,
    *,
    rtl: bool,
    centred: bool = False,
    wrap: bool = True,
) -> None:
    """Draw in the painter's pen, vertically centred in the box, at its start or in its middle."""
    if not text:
        return
    side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
    if rtl and not centred:
        side = Qt.AlignmentFlag.AlignRight
    layout = _layout(text, font, side | Qt.AlignmentFlag.AlignAbsolute, rtl=rtl)
    step, metrics = line_height(font), QFontMetricsF(font)
    above = (step - metrics.height()) / 2
    count = 0
    width = box.width() if wrap else max(box.width(), natural_width(text, font) + 1)
    for place, line in enumerate(_lines(layout, width)):
        line.setPosition(QPointF(0, place * step + above))
        count = place + 1
    top = box.top() + (box.height() - count * step) / 2
    layout.draw(painter, QPointF(box.left(), top))


def _layout(text: str, font: QFont, align: Qt.AlignmentFlag, *, rtl: bool) -> QTextLayout:
    layout = QTextLayout(text.replace("\n", LINE_SEPARATOR), font)
    option = QTextOption(align)
    option.setTextDirection(
        Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
    )
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    return layout


def _lines(layout: QTextLayout, width: float) -> Iterator[QTextLine]:
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        yield line
    layout.endLayout()

"""Text set in lines.

Qt's own wrapped text has two faults for Persian: a line's trailing space pushes it over the edge it
is aligned to, and the lines stand as far apart as the font's tallest stacked marks would need. Here
lines are laid out with QTextLayout, whose alignment is right, and set a little closer.

There is one way to measure: `_set` breaks the lines that are measured and the lines that are painted.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from ui.theme import line_height

LINE_SEPARATOR = "\u2028"
ELLIPSIS = "…"
UNBROKEN = 1e6
"""Width in px at which no line is broken."""
LONGEST_WORD_EM = 8.0
"""A word longer than this may be broken; the longest of the program's own texts is shorter."""


def natural_width(text: str, font: QFont) -> float:
    """Return the least width in px at which no line of the text is broken."""
    if not text:
        return 0.0
    layout, count = _set(text, font, UNBROKEN)
    # Half a pixel: a line is broken where its width is equal to what there is.
    return max(layout.lineAt(place).naturalTextWidth() for place in range(count)) + 0.5


def widest_word(text: str, font: QFont) -> float:
    """Return the width in px below which a word would have to be broken, but never of a word too long.

    The bound comes from the font, so that no name can make a screen wider than it is.
    """
    most = LONGEST_WORD_EM * font.pixelSize()
    return min(most, max((natural_width(word, font) for word in text.split()), default=0.0))


def line_count(text: str, font: QFont, width: float) -> int:
    """Return the number of lines of the text wrapped at `width` px."""
    return _set(text, font, width)[1] if text else 0


def text_height(text: str, font: QFont, width: float, most_lines: int = 0) -> float:
    """Return the height in px of the text wrapped at `width` px; of one line at least.

    `most_lines`: as `draw_text` shortens it; 0 for any number.
    """
    count = max(1, line_count(text, font, width))
    return (min(count, most_lines) if most_lines else count) * line_height(font)


class Measures:
    """What a widget's text measures in px: a layout asks hundreds of times for the same few.

    It holds no text, so nothing that was shown can be read from it. The widget lets it `forget`
    when the text or its font changes.
    """

    def __init__(self) -> None:
        """Begin without a measure."""
        self._heights: dict[int, float] = {}
        self._natural = self._widest = -1.0

    def height(self, width: int, text: str, font: QFont) -> float:
        """Return `text_height` at a width in px."""
        known = self._heights.get(width)
        if known is None:
            known = self._heights[width] = text_height(text, font, width)
        return known

    def natural(self, text: str, font: QFont) -> float:
        """Return `natural_width`."""
        if self._natural < 0:
            self._natural = natural_width(text, font)
        return self._natural

    def widest(self, text: str, font: QFont) -> float:
        """Return `widest_word`."""
        if self._widest < 0:
            self._widest = widest_word(text, font)
        return self._widest

    def forget(self) -> None:
        """Forget what was measured: the text or its font is another one."""
        self._heights.clear()
        self._natural = self._widest = -1.0


def draw_text(
    painter: QPainter,
    box: QRectF,
    text: str,
    font: QFont,
    *,
    rtl: bool,
    centred: bool = False,
    wrap: bool = True,
    most_lines: int = 0,
) -> None:
    """Draw in the painter's pen, vertically centred in the box, at its start or in its middle.

    A text of more than `most_lines` ends with an ellipsis; 0 for any number of lines.
    """
    if not text:
        return
    width = box.width() if wrap else max(box.width(), natural_width(text, font) + 1)
    if most_lines:
        text = shortened(text, font, width, most_lines)
    side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
    if rtl and not centred:
        side = Qt.AlignmentFlag.AlignRight
    layout, count = _set(text, font, width, side | Qt.AlignmentFlag.AlignAbsolute, rtl=rtl)
    step = line_height(font)
    above = (step - QFontMetricsF(font).height()) / 2
    for place in range(count):
        layout.lineAt(place).setPosition(QPointF(0, place * step + above))
    top = box.top() + (box.height() - count * step) / 2
    layout.draw(painter, QPointF(box.left(), top))


def shortened(text: str, font: QFont, width: float, most_lines: int) -> str:
    """Return the text, or its beginning and an ellipsis if it has more lines at `width` px."""
    layout, count = _set(text, font, width)
    if count <= most_lines:
        return text
    kept = layout.lineAt(most_lines).textStart()
    while kept and line_count(text[:kept].rstrip() + ELLIPSIS, font, width) > most_lines:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def _set(
    text: str,
    font: QFont,
    width: float,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    *,
    rtl: bool = False,
) -> tuple[QTextLayout, int]:
    """Break the text into lines of `width` px; return them and how many they are."""
    layout = QTextLayout(text.replace("\n", LINE_SEPARATOR), font)
    option = QTextOption(align)
    option.setTextDirection(
        Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
    )
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
    layout.endLayout()
    return layout, layout.lineCount()

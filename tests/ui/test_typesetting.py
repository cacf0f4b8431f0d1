"""What is measured is what is painted, over names of all lengths and in all widths."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot.states import Presentation, TextSize
from tests.ui.sample import make_sample
from ui.theme import Ink, Style, line_height, load_fonts
from ui.widgets import Button, Label, make_look
from ui.widgets.typesetting import (
    LONGEST_WORD_EM,
    draw_text,
    line_count,
    natural_width,
    shortened,
    text_height,
    widest_word,
)
from words.languages import installed
from words.text import PERSIAN

SIZES = list(TextSize)
LONG_WORDS = ("ب" * 60, "W" * 60, "محمدعلی‌" * 8, "Aa-" * 20, "نام " + "ش" * 60)


@pytest.fixture(scope="module")
def names() -> list[str]:
    sample = make_sample(candidates=300)
    texts = [x.name for x in sample.council.candidates] + [x.name for x in sample.council.lists]
    return [*LONG_WORDS, *(x.fa for x in texts), *(x.en for x in texts)]


def font_of(size: TextSize, ink: Ink = Ink.STRONG) -> QFont:
    load_fonts()
    return Style(96.0, size).font(ink)


def painted(text: str, font: QFont, width: int, *, rtl: bool, most_lines: int = 0) -> QRectF:
    """Paint in the middle of a large sheet and return the box of what is dark."""
    margin = 200
    high = round(text_height(text, font, width, most_lines))
    image = QImage(width + 2 * margin, high + 2 * margin, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    box = QRectF(margin, margin, width, high)
    draw_text(painter, box, text, font, rtl=rtl, most_lines=most_lines)
    painter.end()
    bits = bytes(image.constBits())
    step = image.bytesPerLine()
    rows = [
        y for y in range(image.height()) if min(bits[y * step : y * step + image.width()]) < 128
    ]
    columns = [x for x in range(image.width()) if min(bits[x::step]) < 128]
    left, right = columns[0] - margin, columns[-1] - margin
    return QRectF(left, rows[0] - margin, right - left + 1, rows[-1] - rows[0] + 1)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_measured_is_what_is_painted(
    qtbot: QtBot, names: list[str], size: TextSize
) -> None:
    font, chance = font_of(size), random.Random(size)
    for name in [*LONG_WORDS, *chance.sample(names, 30)]:
        width = chance.randint(4 * font.pixelSize(), 20 * font.pixelSize())
        high = text_height(name, font, width)
        for rtl in (False, True):
            ink = painted(name, font, width, rtl=rtl)
            # Letters may reach a little into the distance of the next line, as ش and چ do.
            over = line_height(font) * 0.25
            assert -over <= ink.top(), (name, width)
            assert ink.bottom() <= high + over, (name, width)
            assert ink.left() >= -over, (name, width)
            assert ink.right() <= width + over, (name, width)


@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_broken_at_the_natural_width(
    qtbot: QtBot, names: list[str], size: TextSize
) -> None:
    font = font_of(size)
    assert [n for n in names if line_count(n, font, natural_width(n, font)) != 1] == []
    assert [n for n in names if line_count(n, font, natural_width(n, font) - 2) == 1] == []


def test_no_word_asks_for_more_than_the_bound(qtbot: QtBot, names: list[str]) -> None:
    for size in SIZES:
        font = font_of(size)
        assert max(widest_word(n, font) for n in names) == LONGEST_WORD_EM * font.pixelSize()


@pytest.mark.parametrize("most", [1, 2, 4])
def test_what_is_too_long_is_shortened_to_whole_lines(
    qtbot: QtBot, names: list[str], most: int
) -> None:
    font = font_of(TextSize.LARGEST)
    width = 6.0 * font.pixelSize()
    for name in names:
        short = shortened(name, font, width, most)
        assert line_count(short, font, width) <= most
        assert short == name or (short.endswith("…") and name.startswith(short[:-1]))
        assert (short == name) == (line_count(name, font, width) <= most)


def test_an_empty_text_has_one_line(qtbot: QtBot) -> None:
    font = font_of(TextSize.NORMAL)
    assert text_height("", font, 100) == line_height(font)
    assert natural_width("", font) == 0


@pytest.mark.parametrize("kind", [Label, Button])
def test_what_was_measured_is_forgotten_with_text_and_font(
    qtbot: QtBot, kind: type[Label | Button]
) -> None:
    """A measure that is kept is that of another text or font: something would be cut off."""
    look = make_look(96.0, Presentation(PERSIAN), installed().load())
    short, long = "کوتاه", "نوشته‌ای دراز که در یک سطر جا نمی‌شود"

    def made(text: str) -> Label | Button:
        widget = Label(look, text) if kind is Label else Button(look, "one", text)
        qtbot.addWidget(widget)
        return widget

    def measured(widget: Label | Button) -> tuple[QSize, QSize, list[int]]:
        heights = [widget.heightForWidth(width) for width in (60, 120, 600)]
        return widget.sizeHint(), widget.minimumSizeHint(), heights

    changed, font = made(short), look.style.font(Ink.DISPLAY)
    before = measured(changed)
    changed.setText(long)
    assert measured(changed) == measured(made(long)) != before
    changed.setFont(font)
    other = made(long)
    other.setFont(font)
    assert measured(changed) == measured(other)
    changed.setText(short)
    changed.setFont(look.style.font(Ink.BODY if kind is Label else Ink.STRONG))
    assert measured(changed) == before
    assert not any(isinstance(kept, str) for kept in vars(changed._measures).values())

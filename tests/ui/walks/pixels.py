"""Contrast of what is drawn, from its pixels (WCAG 2.2, relative luminance and contrast ratio)."""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

ENOUGH = 4
"""Pixels that have at least the contrast: fewer are edges of letters. A Persian zero is a dot."""

MEMORY = 500
"""Boxes whose contrast is remembered: headings, keys and lamps stand on many screens."""


class Picture:
    """A window's pixels."""

    def __init__(self, window: QWidget) -> None:
        self.image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    def part(self, box: QRect) -> bytes:
        """Return the pixels of a box, 0xffRRGGBB of 32 bits."""
        part = self.image.copy(box.intersected(self.image.rect()))
        return b"" if part.isNull() else bytes(part.constBits())

    def at(self, x: int, y: int) -> int:
        """Return the colour of a pixel, 0xRRGGBB."""
        inside = self.image.rect()
        x, y = max(0, min(x, inside.right())), max(0, min(y, inside.bottom()))
        return self.image.pixel(x, y) & 0xFFFFFF


@cache
def luminance(colour: int) -> float:
    """Return the relative luminance of 0xRRGGBB, 0 (black) to 1 (white)."""
    parts = [(colour >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: int, other: int) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def contrast_of_text(picture: Picture, box: QRect) -> float:
    """Return the contrast that enough of what is drawn has against the ground of the box."""
    return _contrast_inside(picture.part(box))


@lru_cache(maxsize=MEMORY)
def _contrast_inside(pixels: bytes) -> float:
    if not pixels:
        return 0.0
    every = Counter(memoryview(pixels).cast("I"))
    colours = {colour & 0xFFFFFF: count for colour, count in every.items()}
    ground = max(colours, key=colours.__getitem__)
    left = ENOUGH
    for ratio, count in sorted(
        ((contrast(c, ground), n) for c, n in colours.items()), reverse=True
    ):
        left -= count
        if left <= 0:
            return ratio
    return 1.0


def contrast_of_border(picture: Picture, box: QRect) -> float:
    """Return the contrast of a box's edge against what is outside, in the middle of its left side."""
    y = box.center().y()
    outside = picture.at(box.left() - 2, y)
    edge = [picture.at(box.left() + x, y) for x in range(6)]
    return max(contrast(colour, outside) for colour in edge)

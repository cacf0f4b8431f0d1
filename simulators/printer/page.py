"""Content the printer composes before it prints: the line of text and columns, and stored graphics.

Text is drawn in cells of 12 x 24 dots with a plain Latin font, enough to be read by a person. Real
printers have fonts, code pages and styles of their own; documents of a branch do not rely on them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

CELL_WIDTH: Final = 12
CELL_HEIGHT: Final = 24
DEFAULT_SPACING: Final = 30
COLUMN_DOTS: Final = {0: 8, 1: 8, 32: 24, 33: 24}
"""Dots in a column of `1B 2A m`."""
LINE_DOTS: Final = 256
"""More than the highest line spacing."""
_PRINTABLE: Final = range(0x20, 0x7F)
_UNKNOWN: Final = 0x3F


class PrintedPage:
    """Line being filled, `width_bytes` bytes wide, and the picture stored by `1D 28 4C`."""

    def __init__(self, width_bytes: int) -> None:
        self._width = width_bytes * 8
        self.spacing = DEFAULT_SPACING
        self._stored: list[bytes] = []
        self._line = Image.new("1", (self._width, LINE_DOTS))
        self._x = 0
        self._height = 0

    def put_text(self, byte: int) -> list[bytes]:
        """Add a character; return the rows of the line before if it begins a new one."""
        rows = self.end_line() if self._x + CELL_WIDTH > self._width else []
        self._paste(glyph(byte if byte in _PRINTABLE else _UNKNOWN))
        return rows

    def put_columns(self, mode: int, data: bytes) -> None:
        """Add columns of `1B 2A`: each of 1 or 3 bytes, top dot in the highest bit of the first."""
        dots = COLUMN_DOTS[mode]
        size = dots // 8
        picture = Image.new("1", (max(1, len(data) // size), dots))
        for x in range(len(data) // size):
            column = int.from_bytes(data[x * size : (x + 1) * size], "big")
            for y in range(dots):
                if column >> (dots - 1 - y) & 1:
                    picture.putpixel((x, y), 1)
        self._paste(picture)

    def end_line(self) -> list[bytes]:
        """Return the line's rows, at least as many as the line spacing, and begin a new line."""
        width = self._width // 8
        height = max(self.spacing, self._height)
        packed = self._line.crop((0, 0, self._width, height)).tobytes()
        self._new_line()
        return [packed[at : at + width] for at in range(0, len(packed), width)]

    def pending(self) -> list[bytes]:
        """Return the rows as `end_line` does, or nothing if the line is empty."""
        return self.end_line() if self._x else []

    def store(self, width_px: int, data: bytes) -> None:
        """Keep a raster picture until it is printed."""
        size = (width_px + 7) // 8
        if size:
            self._stored += [data[at : at + size] for at in range(0, len(data), size)]

    def stored(self) -> list[bytes]:
        """Return the rows of the stored picture and forget it."""
        rows, self._stored = self._stored, []
        return rows

    def _paste(self, picture: Image.Image) -> None:
        self._line.paste(picture, (self._x, 0))
        self._x += picture.width
        self._height = max(self._height, picture.height)

    def _new_line(self) -> None:
        self._line = Image.new("1", (self._width, LINE_DOTS))
        self._x = 0
        self._height = 0


@lru_cache(maxsize=128)
def glyph(byte: int) -> Image.Image:
    """Return one character, white on black as dots are."""
    half = Image.new("1", (CELL_WIDTH // 2, CELL_HEIGHT // 2))
    ImageDraw.Draw(half).text((0, 0), chr(byte), fill=1, font=ImageFont.load_default_imagefont())
    return half.resize((CELL_WIDTH, CELL_HEIGHT))

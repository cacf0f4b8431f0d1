"""Write a table for a terminal: columns of equal width, in any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from words.message import Message, Value
from words.speaker import Speaker


def table(heads: Sequence[Message], rows: Sequence[Sequence[Value]], t: Speaker) -> Iterator[str]:
    """Yield the lines of a table with columns of equal width."""
    cells = [[t(head) for head in heads], *([t.say(value) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            " " * (width - _width(cell)) + cell for cell, width in zip(row, widths, strict=True)
        )
        yield "  " + "  ".join(padded)


def _width(text: str) -> int:
    """Count the places in a terminal; marks and joiners take none."""
    return sum(unicodedata.category(each) not in {"Cf", "Mn"} for each in text)

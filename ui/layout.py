"""Layout policy: the form of a screen, from how many lines of its own text it holds.

A screen of 340 × 212 mm is large for small text and small for the largest. What decides is its height in
lines, and whether it stands upright; no screen asks for a text size to find its form (ADR 0041).
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QSize

from ui.theme import Ink, Style
from ui.widgets.typesetting import line_height

FEWEST_LINES = 20
"""Below it things stand below each other, and only what is needed for the next act is shown."""


class Form(StrEnum):
    """Form of a screen."""

    LANDSCAPE = "landscape"
    """Things stand side by side."""
    COMPACT = "compact"
    """Landscape with few lines."""
    PORTRAIT = "portrait"
    """Higher than wide: things stand below each other, and there are lines for all of them."""


def form_of(screen: QSize, style: Style) -> Form:
    """Return the form of a screen of this size in px."""
    if screen.height() > screen.width():
        return Form.PORTRAIT
    lines = screen.height() / line_height(style.font(Ink.BODY))
    return Form.COMPACT if lines < FEWEST_LINES else Form.LANDSCAPE

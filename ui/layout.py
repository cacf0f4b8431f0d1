"""Layout policy: the form of a screen, from how many lines of its own text it holds.

A screen of 340 × 212 mm is large for small text and small for the largest. What decides is its height and
width in lines, and whether it stands upright; no screen asks for a text size to find its form (ADR 0041).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QSize

from ui.theme import Ink, Style, line_height

FEWEST_LINES = 20
"""Height below which only what is needed for the next act is shown."""
LEAST_ACROSS = 30
"""Width in lines (a line is as wide as high) below which things stand below each other."""
LEAST_ASIDE_MM = 300
"""Width below which a page with a keyboard and a text has the whole screen."""
USUAL_MM = (340, 212)
"""Screen of a widget that does not know its window's size yet."""


class Form(StrEnum):
    """Form of a screen."""

    LANDSCAPE = "landscape"
    """Things stand side by side."""
    COMPACT = "compact"
    """Landscape with few lines."""
    PORTRAIT = "portrait"
    """Higher than wide: things stand below each other, and there are lines for all of them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a screen's size and its text's size allow."""

    form: Form = Form.LANDSCAPE
    narrow: bool = False
    """Few letters fit side by side."""
    aside: bool = True
    """There is room beside a page for what is looked at now and then: keys are as wide at every text size."""

    @property
    def brief(self) -> bool:
        """Whether what is said elsewhere, or is only pleasant, is left out."""
        return self.form is Form.COMPACT

    @property
    def crowded(self) -> bool:
        """Whether things stand below each other and hints give way to what is done next."""
        return self.narrow or self.brief


def layout_of(screen: QSize, style: Style) -> Layout:
    """Return the layout of a screen of this size in px."""
    line = line_height(style.font(Ink.BODY))
    narrow = screen.width() / line < LEAST_ACROSS
    aside = not narrow and screen.width() >= style.mm(LEAST_ASIDE_MM)
    if screen.height() > screen.width():
        return Layout(Form.PORTRAIT, narrow, not narrow)
    few = screen.height() / line < FEWEST_LINES
    return Layout(Form.COMPACT if few else Form.LANDSCAPE, narrow, aside)


def usual_screen(style: Style) -> QSize:
    """Return the size in px of `USUAL_MM`."""
    return QSize(*(style.mm(side) for side in USUAL_MM))

"""What every widget is built with: the style, the texts, and where photos come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt

from election.definition import Language
from kiosk.flows.ballot.states import Presentation
from ui.text import Texts, load
from ui.theme import Style, load_fonts
from ui.widgets.icons import Icons


@dataclass(frozen=True, slots=True)
class Look:
    style: Style
    t: Texts
    icons: Icons = field(compare=False)

    @property
    def direction(self) -> Qt.LayoutDirection:
        if self.t.right_to_left:
            return Qt.LayoutDirection.RightToLeft
        return Qt.LayoutDirection.LeftToRight


def make_look(
    dpi: float, presentation: Presentation, catalogue: Callable[[Language], Texts] = load
) -> Look:
    """The look for one presentation; loads the fonts and one catalogue."""
    load_fonts()
    texts = catalogue(presentation.language)
    style = Style(dpi, presentation.size, presentation.theme)
    return Look(style, texts, Icons(texts.right_to_left))

"""Style, texts, icons and languages that every widget is built with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QSize, Qt

from kiosk.flows.ballot.states import Presentation, TextSize
from ui.layout import Layout, layout_of, usual_screen
from ui.theme import Style, load_fonts
from ui.widgets.icons import Icons
from words.languages import Languages
from words.speaker import Speaker
from words.text import Language


@dataclass(frozen=True, slots=True)
class Look:
    """Appearance and language of one presentation."""

    style: Style
    t: Speaker
    icons: Icons = field(compare=False)
    languages: Languages = field(compare=False)
    """All that can be chosen."""
    layout: Layout = Layout()
    """What the screen's size allows for this text."""

    @property
    def direction(self) -> Qt.LayoutDirection:
        """Reading direction of the language."""
        if self.t.right_to_left:
            return Qt.LayoutDirection.RightToLeft
        return Qt.LayoutDirection.LeftToRight

    def no_larger_than(self, size: TextSize) -> Look:
        """Return this look with text of at most a size, for what has to be there whole beside the rest."""
        sizes = list(TextSize)
        least = min(self.style.size, size, key=sizes.index)
        return replace(self, style=replace(self.style, size=least))

    def in_(self, language: Language) -> Look:
        """Return this look in another language. Raises LanguageError for an unknown one."""
        t = self.languages.speaker(language)
        style = replace(self.style, family=self.languages[language].font)
        return Look(style, t, Icons(t.right_to_left), self.languages, self.layout)


def make_look(
    dpi: float, presentation: Presentation, languages: Languages, screen: QSize | None = None
) -> Look:
    """Return the look of one presentation on a screen of a size in px; load the fonts.

    Raises LanguageError for an unknown language.
    """
    load_fonts()
    t = languages.speaker(presentation.language)
    style = Style(dpi, presentation.size, presentation.theme)
    layout = layout_of(screen or usual_screen(style), style)
    look = Look(style, t, Icons(t.right_to_left), languages, layout)
    return look.in_(presentation.language)

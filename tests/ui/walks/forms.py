"""Forms in which every screen is drawn: language, text size, theme, and the screen in millimetres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from words.languages import for_voters
from words.text import ENGLISH, PERSIAN, Language

DPI = 96.0
SCREENS_MM = ((270, 195), (340, 212), (480, 270), (280, 500))
"""Width and height; the first is the smallest landscape, the last the smallest upright screen."""
SIZES = (TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST)
OFFICERS = (PERSIAN, ENGLISH)
"""Languages of station, console and bench; the voter's screens have all."""
LANGUAGES = tuple(one.id for one in for_voters())


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """One way of drawing all screens."""

    look: Presentation
    screen_mm: tuple[int, int]

    @property
    def px(self) -> tuple[int, int]:
        """Return width and height of the screen in px."""
        wide, high = self.screen_mm
        return round(wide / 25.4 * DPI), round(high / 25.4 * DPI)

    def __str__(self) -> str:
        wide, high = self.screen_mm
        look = self.look
        return f"{look.language}-{look.size.value}-{look.theme.value}-{wide}x{high}"


def all_forms() -> Iterator[DrawnForm]:
    """Yield every form: 6 languages × 3 sizes × 4 themes × 4 screens."""
    for size, screen, theme, language in product(SIZES, SCREENS_MM, Theme, LANGUAGES):
        yield DrawnForm(Presentation(language, size, theme), screen)


def pairs(languages: Sequence[Language]) -> tuple[DrawnForm, ...]:
    """Return few forms at the largest text in which each pair of language, theme and screen occurs."""
    return tuple(
        DrawnForm(
            Presentation(languages[row % len(languages)], TextSize.LARGEST, theme),
            SCREENS_MM[(row + place) % len(SCREENS_MM)],
        )
        for row in range(max(len(languages), len(SCREENS_MM)))
        for place, theme in enumerate(Theme)
    )

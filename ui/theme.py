"""Colours, text sizes and distances of all screens.

Lengths are physical. A screen's density comes from the station's configuration, so text is as
tall and a target as wide on every device (VVSG 2.0, 7.1-G text size, 7.2-I touch areas, 7.1-D
contrast; docs: screens).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette

from kiosk.flows.ballot.states import TextSize, Theme

FAMILY = "Vazirmatn"
FOLDER = Path(__file__).parent
"""Fonts, colours, drawings and the stylesheet, beside this module."""
CAP_HEIGHTS = {FAMILY: 0.711, "Noto Sans Armenian": 0.714}
"""Height of a capital letter in parts of the font's pixel size, by family.

All families of the program: what one of them has no letter for is taken from the next one."""
MM_PER_INCH = 25.4
TARGET_MM = 12.7
"""Least width and height of anything to touch."""
KEY_CAPITAL_MM = 6.5
"""Largest capital on a key: the widest letter, Sad, fits a key of `TARGET_MM`."""
GAP_MM = 2.6
"""Least distance between two things to touch."""


# ---------------------------------------------------------------- colours


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`."""

    background: str
    surface: str
    """Cards, fields and keys on the background."""
    sunken: str
    """Areas that hold cards and keys."""
    text: str
    muted: str
    line: str
    """Borders of what can be touched."""
    divider: str
    """Borders of areas that only hold things."""
    accent: str
    on_accent: str
    pressed: str
    """The accent under a finger."""
    soft: str
    """Ground of what is chosen."""
    on_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    scrim: str
    """Under a question; drawn half transparent."""


@cache
def palettes() -> Mapping[Theme, Palette]:
    """Return the colours of every theme (`ui/palettes.toml`)."""
    table = tomllib.loads((FOLDER / "palettes.toml").read_text("utf-8"))
    return {theme: Palette(**table[theme.value]) for theme in Theme}


# ---------------------------------------------------------------- text


class Ink(StrEnum):
    """Rank of a text, which sets its height and weight."""

    SMALL = "small"
    """Secondary text; never under the size's own lower bound."""
    BODY = "body"
    STRONG = "strong"
    TITLE = "title"
    DISPLAY = "display"
    """The one thing a screen says."""


CAPITALS_MM: dict[TextSize, dict[Ink, float]] = {
    TextSize.SMALL: {
        Ink.SMALL: 3.5, Ink.BODY: 3.9, Ink.STRONG: 3.9, Ink.TITLE: 5.0, Ink.DISPLAY: 7.0,
    },
    TextSize.NORMAL: {
        Ink.SMALL: 4.8, Ink.BODY: 4.8, Ink.STRONG: 4.8, Ink.TITLE: 5.8, Ink.DISPLAY: 8.0,
    },
    TextSize.LARGE: {
        Ink.SMALL: 6.4, Ink.BODY: 6.4, Ink.STRONG: 6.4, Ink.TITLE: 7.1, Ink.DISPLAY: 9.0,
    },
    TextSize.LARGEST: {
        Ink.SMALL: 8.5, Ink.BODY: 9.0, Ink.STRONG: 9.0, Ink.TITLE: 9.0, Ink.DISPLAY: 10.0,
    },
}  # fmt: skip
"""Heights of capital letters in millimetres (VVSG 2.0, 7.1-G)."""

WEIGHTS: dict[Ink, QFont.Weight] = {
    Ink.SMALL: QFont.Weight.Normal,
    Ink.BODY: QFont.Weight.Normal,
    Ink.STRONG: QFont.Weight.DemiBold,
    Ink.TITLE: QFont.Weight.Bold,
    Ink.DISPLAY: QFont.Weight.Bold,
}


class FontError(Exception):
    """A font file of the installation cannot be used; the program has to be installed again."""


def load_fonts() -> None:
    """Make our fonts known to Qt. Needs a QGuiApplication; may be called again. Raises FontError."""
    if set(CAP_HEIGHTS) <= set(QFontDatabase.families()):
        return
    for file in sorted((FOLDER / "fonts").glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise FontError(f"{file.name} cannot be loaded: install the program again")
    if missing := set(CAP_HEIGHTS) - set(QFontDatabase.families()):
        raise FontError(f"{min(missing)} is missing from fonts/: install the program again")


LEADING = 0.86
"""Distance of base lines in parts of the font's own."""


def line_height(font: QFont) -> float:
    """Return the height of one line in px."""
    return QFontMetricsF(font).height() * LEADING


# ---------------------------------------------------------------- the whole


@dataclass(frozen=True, slots=True)
class Style:
    """Measures, fonts and colours of one theme, text size and screen density (`dpi`)."""

    dpi: float
    size: TextSize = TextSize.NORMAL
    theme: Theme = Theme.DEFAULT
    family: str = FAMILY

    @property
    def palette(self) -> Palette:
        """Colours of the theme."""
        return palettes()[self.theme]

    def mm(self, millimetres: float) -> int:
        """Return a length in px on this screen, rounded up."""
        return -int(-millimetres * self.dpi // MM_PER_INCH)

    @property
    def target(self) -> int:
        """Least side of a touch area in px."""
        return self.mm(TARGET_MM)

    @property
    def gap(self) -> int:
        """Distance between touch areas in px."""
        return self.mm(GAP_MM)

    @property
    def margin(self) -> int:
        """Distance in px between the screen's edge and its content."""
        return self.mm(4.5)

    @property
    def radius(self) -> int:
        """Radius of round corners in px."""
        return self.mm(2.2)

    @property
    def hairline(self) -> int:
        """Width in px of the border of cards and keys; bold where colour says nothing."""
        bold = self.theme in {Theme.WHITE_ON_BLACK, Theme.BLACK_ON_WHITE}
        return self.mm(0.5) if bold else max(1, self.mm(0.25))

    @property
    def focus_line(self) -> int:
        """Width in px of the focus mark."""
        return self.mm(0.9)

    def font_px(self, ink: Ink) -> int:
        """Return the font's pixel size that gives the ink's capital height."""
        capital = CAP_HEIGHTS.get(self.family, CAP_HEIGHTS[FAMILY])
        return round(CAPITALS_MM[self.size][ink] * self.dpi / MM_PER_INCH / capital)

    @property
    def families(self) -> list[str]:
        """The family, and after it those that have the letters it lacks."""
        return [self.family, *(other for other in CAP_HEIGHTS if other != self.family)]

    def font(self, ink: Ink = Ink.BODY) -> QFont:
        """Return the font of an ink."""
        font = QFont(self.families)
        font.setPixelSize(self.font_px(ink))
        font.setWeight(WEIGHTS[ink])
        return font

    def key_font(self) -> QFont:
        """Return the font of a letter on a key, never wider than the key."""
        font = self.font(Ink.BODY)
        most = round(KEY_CAPITAL_MM * self.dpi / MM_PER_INCH / CAP_HEIGHTS[FAMILY])
        font.setPixelSize(min(font.pixelSize(), most))
        return font

    def icon_px(self, ink: Ink = Ink.BODY) -> int:
        """Return the side in px of an icon beside text of this ink."""
        return round(self.font_px(ink) * 1.15)

    def qt_palette(self) -> QPalette:
        """Return the theme's colours for what Qt draws by itself."""
        c = self.palette
        roles = {
            QPalette.ColorRole.Window: c.background,
            QPalette.ColorRole.WindowText: c.text,
            QPalette.ColorRole.Base: c.surface,
            QPalette.ColorRole.AlternateBase: c.sunken,
            QPalette.ColorRole.Text: c.text,
            QPalette.ColorRole.PlaceholderText: c.muted,
            QPalette.ColorRole.Button: c.surface,
            QPalette.ColorRole.ButtonText: c.text,
            QPalette.ColorRole.Highlight: c.accent,
            QPalette.ColorRole.HighlightedText: c.on_accent,
        }
        palette = QPalette()
        for role, colour in roles.items():
            palette.setColor(role, QColor(colour))
        return palette

    def stylesheet(self) -> str:
        """Return the window's stylesheet; frames and labels take a property `role` (`ui.widgets`)."""
        lengths = {
            "hairline": self.hairline,
            "radius": self.radius,
            "target": self.target,
            "frame": max(2, self.mm(0.5)),
            "padding": self.mm(3),
            "bar": self.mm(2.4),
            "bar_radius": self.mm(1.2),
            "chunk_radius": self.mm(1),
        }
        sheet = Template((FOLDER / "window.qss").read_text("utf-8"))
        return sheet.substitute(asdict(self.palette), **lengths)

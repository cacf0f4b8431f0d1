"""Colours, text sizes and distances of all screens.

Lengths are physical. A screen's density comes from the station's configuration, so text is as
tall and a target as wide on every device (VVSG 2.0, 7.1-G text size, 7.2-I touch areas, 7.1-D
contrast; docs: screens).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from kiosk.flows.ballot.states import TextSize, Theme

FAMILY = "Vazirmatn"
FONTS = Path(__file__).parent / "fonts"
CAP_HEIGHT = 0.711
"""Height of a capital letter in Vazirmatn, in parts of the font's pixel size."""
MM_PER_INCH = 25.4
TARGET_MM = 12.7
"""Least width and height of anything to touch."""
GAP_MM = 2.6
"""Least distance between two things to touch."""


# ---------------------------------------------------------------- colours


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`; those of text are paired with their ground in `text_pairs`."""

    background: str
    surface: str
    """Cards, fields and keys on the background."""
    sunken: str
    """Areas that hold cards and keys."""
    text: str
    muted: str
    line: str
    """Borders of cards and keys."""
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

    def text_pairs(self) -> tuple[tuple[str, str, str], ...]:
        """Return (use, ink, paper) for every combination that carries text."""
        return (
            ("text on background", self.text, self.background),
            ("text on surface", self.text, self.surface),
            ("text on sunken", self.text, self.sunken),
            ("muted on background", self.muted, self.background),
            ("muted on surface", self.muted, self.surface),
            ("muted on sunken", self.muted, self.sunken),
            ("accent on background", self.accent, self.background),
            ("accent on surface", self.accent, self.surface),
            ("main button", self.on_accent, self.accent),
            ("main button pressed", self.on_accent, self.pressed),
            ("chosen", self.on_soft, self.soft),
            ("good", self.good, self.good_soft),
            ("good on surface", self.good, self.surface),
            ("warning", self.warn, self.warn_soft),
            ("warning on surface", self.warn, self.surface),
            ("bad", self.bad, self.bad_soft),
            ("bad on surface", self.bad, self.surface),
        )


PALETTES: dict[Theme, Palette] = {
    Theme.DEFAULT: Palette(
        background="#f6f8f8",
        surface="#ffffff",
        sunken="#edf1f1",
        text="#14191c",
        muted="#30373b",
        line="#a9b5b7",
        accent="#003f47",
        on_accent="#ffffff",
        pressed="#002a30",
        soft="#d8ecee",
        on_soft="#00292e",
        good="#043f22",
        good_soft="#e3f5ea",
        warn="#4a2f00",
        warn_soft="#fff3d6",
        bad="#6b0a17",
        bad_soft="#fdeced",
        scrim="#0b1416",
    ),
    Theme.WHITE_ON_BLACK: Palette(
        background="#000000",
        surface="#000000",
        sunken="#101010",
        text="#ffffff",
        muted="#e8e8e8",
        line="#b0b0b0",
        accent="#7fe0ea",
        on_accent="#000000",
        pressed="#c8f4f8",
        soft="#00343a",
        on_soft="#ffffff",
        good="#9df0bd",
        good_soft="#06210f",
        warn="#ffd98a",
        warn_soft="#2a1d00",
        bad="#ffc4c9",
        bad_soft="#330509",
        scrim="#000000",
    ),
    Theme.BLACK_ON_WHITE: Palette(
        background="#ffffff",
        surface="#ffffff",
        sunken="#ffffff",
        text="#000000",
        muted="#000000",
        line="#000000",
        accent="#000000",
        on_accent="#ffffff",
        pressed="#3a3a3a",
        soft="#e6e6e6",
        on_soft="#000000",
        good="#000000",
        good_soft="#ffffff",
        warn="#000000",
        warn_soft="#ffffff",
        bad="#000000",
        bad_soft="#ffffff",
        scrim="#000000",
    ),
    Theme.LOW_CONTRAST: Palette(
        background="#dcd9d2",
        surface="#e4e1da",
        sunken="#d6d3cb",
        text="#3f4443",
        muted="#484d4c",
        line="#a5a49d",
        accent="#2e4f53",
        on_accent="#e4e1da",
        pressed="#26454a",
        soft="#c6d0cd",
        on_soft="#33403f",
        good="#2f4f3b",
        good_soft="#d3dccf",
        warn="#574519",
        warn_soft="#e3d9bd",
        bad="#6b333a",
        bad_soft="#e3d0cd",
        scrim="#3a3d3c",
    ),
}


def contrast(ink: str, paper: str) -> float:
    """Return the contrast ratio of two colours, 1…21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, light = sorted((luminance(ink), luminance(paper)))
    return (light + 0.05) / (dark + 0.05)


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
    """Make Vazirmatn known to Qt. Needs a QGuiApplication; may be called again. Raises FontError."""
    if FAMILY in QFontDatabase.families():
        return
    for file in sorted(FONTS.glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise FontError(f"{file.name} cannot be loaded: install the program again")
    if FAMILY not in QFontDatabase.families():
        raise FontError(f"{FAMILY} is missing from {FONTS.name}/: install the program again")


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
        return PALETTES[self.theme]

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
        return round(CAPITALS_MM[self.size][ink] * self.dpi / MM_PER_INCH / CAP_HEIGHT)

    def font(self, ink: Ink = Ink.BODY) -> QFont:
        """Return the font of an ink."""
        font = QFont(self.family)
        font.setPixelSize(self.font_px(ink))
        font.setWeight(WEIGHTS[ink])
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
        c, px = self.palette, self.mm
        return f"""
        QWidget#window, QWidget[role="page"] {{ background: {c.background}; }}
        QWidget {{ color: {c.text}; }}
        QLabel {{ background: transparent; }}
        QLabel[tone="muted"] {{ color: {c.muted}; }}
        QLabel[tone="accent"] {{ color: {c.accent}; }}
        QLabel[tone="on-accent"] {{ color: {c.on_accent}; }}
        QLabel[tone="on-soft"] {{ color: {c.on_soft}; }}
        QLabel[tone="good"] {{ color: {c.good}; }}
        QLabel[tone="warn"] {{ color: {c.warn}; }}
        QLabel[tone="bad"] {{ color: {c.bad}; }}
        QFrame[role="card"] {{
            background: {c.surface}; border: {self.hairline}px solid {c.line};
            border-radius: {self.radius}px;
        }}
        QFrame[role="sunken"] {{ background: {c.sunken}; border-radius: {self.radius}px; }}
        QFrame[role="soft"] {{
            background: {c.soft}; border: {self.hairline}px solid {c.accent};
            border-radius: {self.radius}px;
        }}
        QFrame[role="good"] {{
            background: {c.good_soft}; border: {self.hairline}px solid {c.good};
            border-radius: {self.radius}px;
        }}
        QFrame[role="warn"] {{
            background: {c.warn_soft}; border: {self.hairline}px solid {c.warn};
            border-radius: {self.radius}px;
        }}
        QFrame[role="bad"] {{
            background: {c.bad_soft}; border: {self.hairline}px solid {c.bad};
            border-radius: {self.radius}px;
        }}
        QFrame[role="bar"] {{
            background: {c.surface}; border: none;
            border-bottom: {self.hairline}px solid {c.line};
        }}
        QFrame[role="foot"] {{
            background: {c.surface}; border: none; border-top: {self.hairline}px solid {c.line};
        }}
        QFrame[role="banner"] {{ background: {c.warn_soft}; border: none; }}
        QFrame[role="rule"] {{ background: {c.line}; border: none; max-height: {self.hairline}px; }}
        QLineEdit {{
            background: {c.surface}; color: {c.text};
            border: {max(2, px(0.5))}px solid {c.accent}; border-radius: {self.radius}px;
            padding: 0 {px(3)}px; min-height: {self.target}px;
            placeholder-text-color: {c.muted};
            selection-background-color: {c.accent}; selection-color: {c.on_accent};
        }}
        QAbstractItemView {{ background: transparent; border: none; outline: none; }}
        QScrollArea, QScrollArea > QWidget > QWidget[role="scrolled"] {{
            background: transparent; border: none;
        }}
        QProgressBar {{
            background: {c.sunken}; border: {self.hairline}px solid {c.line};
            border-radius: {px(1.2)}px; height: {px(2.4)}px; max-height: {px(2.4)}px;
        }}
        QProgressBar::chunk {{ background: {c.accent}; border-radius: {px(1)}px; }}
        """

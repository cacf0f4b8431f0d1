"""Contrast, sizes and distances, from the tokens themselves."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication

from kiosk.flows.ballot.states import TextSize, Theme
from ui.theme import (
    CAPITALS_MM,
    GAP_MM,
    TARGET_MM,
    Ink,
    Palette,
    Style,
    load_fonts,
    palettes,
)

DPIS = (96.0, 102.0, 141.0)


def contrast(ink: str, paper: str) -> float:
    """Return the contrast ratio of two colours, 1…21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, light = sorted((luminance(ink), luminance(paper)))
    return (light + 0.05) / (dark + 0.05)


def text_pairs(palette: Palette) -> tuple[tuple[str, str, str], ...]:
    """Return (use, ink, paper) for every combination that carries text."""
    return (
        ("text on background", palette.text, palette.background),
        ("text on surface", palette.text, palette.surface),
        ("text on sunken", palette.text, palette.sunken),
        ("muted on background", palette.muted, palette.background),
        ("muted on surface", palette.muted, palette.surface),
        ("muted on sunken", palette.muted, palette.sunken),
        ("accent on background", palette.accent, palette.background),
        ("accent on surface", palette.accent, palette.surface),
        ("main button", palette.on_accent, palette.accent),
        ("main button pressed", palette.on_accent, palette.pressed),
        ("chosen", palette.on_soft, palette.soft),
        ("good", palette.good, palette.good_soft),
        ("good on surface", palette.good, palette.surface),
        ("warning", palette.warn, palette.warn_soft),
        ("warning on surface", palette.warn, palette.surface),
        ("bad", palette.bad, palette.bad_soft),
        ("bad on surface", palette.bad, palette.surface),
    )


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [t for t in Theme if t is not Theme.LOW_CONTRAST])
def test_all_text_has_a_contrast_of_ten(theme: Theme) -> None:
    ratios = {what: contrast(ink, paper) for what, ink, paper in text_pairs(palettes()[theme])}
    assert {what: ratio for what, ratio in ratios.items() if ratio < 10} == {}


def test_the_low_contrast_theme_is_low_but_readable() -> None:
    pairs = text_pairs(palettes()[Theme.LOW_CONTRAST])
    ratios = {what: contrast(ink, paper) for what, ink, paper in pairs}
    assert {what: ratio for what, ratio in ratios.items() if not 4.5 <= ratio <= 8} == {}


@pytest.mark.parametrize("theme", list(Theme))
def test_what_is_chosen_differs_from_what_is_not_by_more_than_its_ground(theme: Theme) -> None:
    """The border of a chosen card can be told from both grounds (WCAG 2.2, 1.4.11)."""
    palette = palettes()[theme]
    assert contrast(palette.accent, palette.surface) >= 3
    assert contrast(palette.accent, palette.soft) >= 3


@pytest.mark.parametrize("size", list(TextSize))
def test_capital_letters_are_as_high_as_promised(qapp: QApplication, size: TextSize) -> None:
    load_fonts()
    for dpi in DPIS:
        style = Style(dpi, size)
        for ink in Ink:
            font = style.font(ink)
            assert QFontInfo(font).family() == "Vazirmatn"
            high = QFontMetricsF(font).tightBoundingRect("H").height() / dpi * 25.4
            # Half a pixel of rounding in the font's size, one in the glyph's rectangle.
            assert high == pytest.approx(CAPITALS_MM[size][ink], abs=1.5 * 25.4 / dpi)


def test_text_is_never_smaller_than_its_size_allows() -> None:
    bounds = {
        TextSize.SMALL: 3.5, TextSize.NORMAL: 4.8, TextSize.LARGE: 6.4, TextSize.LARGEST: 8.5,
    }  # fmt: skip
    for size, least in bounds.items():
        assert min(CAPITALS_MM[size].values()) >= least


@pytest.mark.parametrize("dpi", DPIS)
def test_lengths_are_rounded_up(dpi: float) -> None:
    style = Style(dpi)
    assert style.target / dpi * 25.4 >= TARGET_MM
    assert style.gap / dpi * 25.4 >= GAP_MM

"""The list of characters that can be drawn is that of the fonts; names with others are refused."""

from __future__ import annotations

import unicodedata

import pytest
from PySide6.QtGui import QFont, QRawFont
from pytestqt.qtbot import QtBot

from election.errors import ManifestError
from headquarters.names import check_title, is_shown, name_problem
from ui.theme import CAP_HEIGHTS, WEIGHTS, load_fonts
from words.drawn import undrawn
from words.languages import for_voters

FORMS = frozenset({*range(0xF900, 0xFE00), *range(0xFE70, 0xFF00), 0xFFFC, 0xFFFD})
"""Characters of compatibility and replacement: no name is written with them."""


def test_it_is_what_every_weight_of_the_fonts_has(qtbot: QtBot) -> None:
    load_fonts()
    weights = set(WEIGHTS.values())
    fonts = {
        weight: [QRawFont.fromFont(QFont(family, weight=weight)) for family in CAP_HEIGHTS]
        for weight in weights
    }
    for number in range(0x20, 0x30000):
        sign = chr(number)
        if number in FORMS or not is_shown(sign) or unicodedata.normalize("NFC", sign) != sign:
            continue
        has = all(any(raw.supportsCharacter(number) for raw in fonts[w]) for w in weights)
        assert has is (undrawn(sign) == "" or sign == "\u200c"), f"{number:x}"


@pytest.mark.parametrize("name", ["ሰላም", "李明", "हरि", "Ωμέγα", "علی 😀", "Vũ ợ", "ᚠᚢ", "דוד"])
def test_a_name_without_letters_of_ours_is_refused_with_a_sentence(name: str) -> None:
    problem = name_problem(name)
    assert problem is not None
    assert "U+" in str(problem)


def test_a_title_without_letters_of_ours_is_refused() -> None:
    check_title("Շրջանի ընտրություն 2026 – انتخابات")
    with pytest.raises(ManifestError, match="no letter"):
        check_title("选举")


def test_languages_of_voters_can_be_drawn() -> None:
    for language in for_voters():
        keys = "".join((*language.standard_keys, *language.alphabetical_keys))
        assert undrawn(keys + language.name + language.sample) == ""


@pytest.mark.parametrize("name", ["Ağa Şükrü", "شێرکۆ ڕەحیمی گوڵاڵە", "İstanbul", "Ա. Ով", "café"])
def test_names_of_here_are_accepted_composed_or_not(name: str) -> None:
    assert undrawn(name) == ""
    assert undrawn(unicodedata.normalize("NFD", name)) == ""

"""Azerbaijani of Arabic script in the spelling that its voice reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from words.transliteration import azerbaijani_in_latin

ARABIC = st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6D5) | st.just("\u200c"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("آذربایجان", "azərbaycan"),
        ("سس", "səs"),
        ("سَس", "səs"),
        ("اوْخو", "oxu"),
        ("اؤز", "öz"),
        ("اۇزۇن", "uzun"),
        ("اۆچ", "üç"),
        ("ایکی", "iki"),
        ("ائو", "ev"),
        ("یئنی", "yeni"),
        ("قیزیل", "qizil"),
        ("قؽزؽل", "qızıl"),
        ("آنا", "ana"),
        ("دَوه", "dəvə"),
        ("هامی", "hami"),
        ("سئچگی", "seçgi"),
        ("سیزین سسینیز، بیر", "sizin səsiniz, bir"),
        ("۱۲ نفر؟", "12 nəfər?"),
        ("Səs Əli", "Səs Əli"),
        ("", ""),
    ],
)
def test_known_words(written: str, read: str) -> None:
    assert azerbaijani_in_latin(written) == read


@given(ARABIC)
def test_no_arabic_letter_is_left_for_a_voice_that_spells_it_in_english(text: str) -> None:
    read = azerbaijani_in_latin(text)
    assert not any("\u0620" <= letter <= "\u064a" for letter in read)
    assert "\u200c" not in read


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2AF)))
def test_what_is_latin_stays(text: str) -> None:
    assert azerbaijani_in_latin(text.replace("«", "").replace("»", "")) == text.replace(
        "«", ""
    ).replace("»", "")

"""Texts, digits and direction; and that the Persian catalogues fit the code."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from string import Formatter

from babel.messages.pofile import read_po

from election.definition import Language, Text
from tests.ui.msgids import msgids
from ui.text import LOCALES, Texts, load

FA = LOCALES / "fa" / "LC_MESSAGES"
ISOLATED = re.compile("^\u2066(.*)\u2069$")


def _catalogues() -> dict[str, dict[str, str]]:
    """File name → msgid → msgstr."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(FA.glob("*.po")):
        with file.open("rb") as opened:
            messages = read_po(opened, locale="fa", abort_invalid=True)
        found[file.name] = {str(m.id): str(m.string) for m in messages if m.id}
    return found


def test_every_text_has_a_persian_translation() -> None:
    translated = {text for catalogue in _catalogues().values() for text in catalogue}
    assert {text: file for text, file in msgids().items() if text not in translated} == {}


def test_no_translation_is_stale_or_empty() -> None:
    said = msgids()
    for name, catalogue in _catalogues().items():
        assert [text for text in catalogue if text not in said] == [], name
        assert [text for text, translation in catalogue.items() if not translation] == [], name


def test_translations_take_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for name, catalogue in _catalogues().items():
        wrong = {t for t, translation in catalogue.items() if fields(t) != fields(translation)}
        assert wrong == set(), name


def test_persian_is_written_with_persian_letters_and_digits() -> None:
    """No Arabic kaf and yeh, no Latin or Arabic-Indic digits."""
    foreign = re.compile("[كيىة٠-٩0-9]")
    for name, catalogue in _catalogues().items():
        assert [t for t in catalogue.values() if foreign.search(t)] == [], name


def test_numbers_follow_the_language() -> None:
    fa, en = load(Language.PERSIAN), load(Language.ENGLISH)
    assert fa("{count} of {most} chosen", count=3, most=21) == "۳ از ۲۱ نفر"
    assert en("{count} of {most} chosen", count=3, most=21) == "3 of 21 chosen"
    assert fa.number(2294) == "۲٬۲۹۴"
    assert en.number(2294) == "2,294"


def test_codes_are_isolated_runs_from_left_to_right() -> None:
    fa = load(Language.PERSIAN)
    for said in (
        fa.code("0042"),
        fa.latin("T-22"),
        fa.clock(27.9),
        fa.time(datetime(2026, 6, 14, 9, 5, tzinfo=UTC)),
    ):
        assert ISOLATED.match(said), repr(said)
    assert fa.code("0042")[1:-1] == "۰۰۴۲"
    assert fa.latin("T-22")[1:-1] == "T-22"
    assert fa.clock(87.9)[1:-1] == "۱:۲۷"
    assert fa.clock(-3.0)[1:-1] == "۰:۰۰"


def test_names_inside_a_text_are_isolated() -> None:
    en = load(Language.ENGLISH)
    said = en("Choose the list {name} instead?", name=Text("فانوس"))
    assert said == "Choose the list \u2068فانوس\u2069 instead?"


def test_what_is_not_translated_is_said_in_english() -> None:
    assert Texts(Language.PERSIAN, {})("Help") == "Help"


def test_dates() -> None:
    day = datetime(2026, 6, 14, 10, 24, tzinfo=UTC)
    assert load(Language.PERSIAN).date(day) == "۲۴ خرداد ۱۴۰۵"
    assert load(Language.ENGLISH).date(day) == "14 June 2026"

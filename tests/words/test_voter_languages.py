"""The languages of the voters' screens: whole catalogues, data that fits, letters of their own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from tests.words.test_catalogues import _fields, _forms, entries
from words.folding import fold
from words.languages import FOLDER, VOTERS, for_voters, installed
from words.text import Language

FOUND = sorted(folder.name for folder in VOTERS.iterdir() if (folder / "language.toml").exists())
SCRIPTS = {
    "ar": re.compile("[\u0621-\u064a]"),
    "az-Arab": re.compile("[\u0621-\u06cc]"),
    "ckb": re.compile("[\u0621-\u06d5]"),
    "hy": re.compile("[\u0531-\u0587]"),
}
ENGLISH = re.compile("[A-Za-z]{3,}")
SIGNS = {"{name}", "{names}", "{first}. {others}", "{contest}: {chosen}", "{contest}, {place}"}
SIGNS |= {"{place} of {count}", "{first} {others}", "{name} ({code})"}
"""What has no words."""


def test_voters_have_six_languages_and_officers_two() -> None:
    assert FOUND == ["ar", "az-Arab", "ckb", "hy"]
    assert [x.id for x in for_voters()] == ["fa", "ar", "az-Arab", "ckb", "en", "hy"]
    assert [x.id for x in installed()] == ["fa", "en"]


@pytest.mark.parametrize("language", FOUND)
def test_every_text_of_the_voters_screens_is_there_and_no_other(language: str) -> None:
    with_persian = _persian()
    own = entries(VOTERS, language)
    assert own.keys() == with_persian.keys()
    for key, entry in own.items():
        assert _forms(entry.id) == _forms(with_persian[key].id)
        wanted = set().union(*(_fields(x) for x in _forms(entry.id)))
        forms = _forms(entry.string)
        assert all(forms), key
        for form in forms:
            assert _fields(form) - {"count"} == wanted - {"count"}, key
            assert not ENGLISH.search(re.sub(r"\{\w+\}", "", form)), form
            if key[1] not in SIGNS:
                assert SCRIPTS[language].search(form), form
        assert set().union(*(_fields(x) for x in forms)) == wanted, key


@cache
def _persian() -> dict[tuple[str | None, str], Entry]:
    with (FOLDER / "fa" / "voters.po").open("rb") as opened:
        return {
            (entry.context, _forms(entry.id)[0]): entry
            for entry in read_po(opened, abort_invalid=True)
            if entry.id
        }


@pytest.mark.parametrize("language", FOUND)
def test_a_keyboard_has_each_letter_once_and_finds_what_it_types(language: str) -> None:
    data = for_voters()[Language(language)]
    for rows in (data.standard_keys, data.alphabetical_keys):
        letters = "".join(rows)
        assert len(set(letters)) == len(letters), language
        assert all(len(row) <= 13 for row in rows)
        assert all(SCRIPTS[language].match(letter) for letter in letters)
        assert all(fold(f"{letter}ن").strip() for letter in letters)
    assert set("".join(data.alphabetical_keys)) >= set("".join(data.standard_keys)) - set("ءئؤ")


@pytest.mark.parametrize("language", FOUND)
def test_numbers_dates_and_plurals_are_the_languages_own(language: str) -> None:
    t = for_voters().speaker(Language(language))
    shown = {t.number(count) for count in range(30)}
    assert len(shown) == 30
    for count in range(30):
        said = t.plural("{count} name", "{count} names", count)
        assert said.strip()
        assert "{" not in said
    assert len(t.conventions.months) == len(set(t.conventions.months)) == 12


def test_a_wheel_holds_their_data(tmp_path: Path) -> None:
    project = (FOLDER.parents[1] / "pyproject.toml").read_text()
    assert "voter_languages/*/language.toml" in project

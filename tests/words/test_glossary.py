"""The catalogues and the Persian pages use the words of the glossary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.words.sources import ROOT
from tests.words.test_catalogues import BENCH, _forms, entries
from words.languages import FOLDER

GLOSSARY = ROOT / "docs" / "glossary.md"
ORDINARY = {"act", "cast", "claim", "index", "record"}
"""Terms that are also ordinary English words: a text that has one need not mean the term."""
NOT_WORDS = re.compile(r"\{\w+\}|\S+\.json|\w+\.\w+|amin [a-z -]+")
"""Values, commands, files and keys."""
GIVEN_UP = ("مشاهده‌گر", "ایستگاه شناسایی", "درهم‌ریزی", "رأی مشروط", "ه‌ی ")
"""What the glossary's words were called in some place or other, and the other spelling of ـهٔ."""
PAGES = sorted((ROOT / "docs").glob("*.fa.md"))
CATALOGUES = sorted([*(FOLDER / "fa").glob("*.po"), *(BENCH / "fa").glob("*.po")])


def rows() -> list[tuple[list[str], list[str]]]:
    """English terms and Persian words of every row."""
    lines = [x for x in GLOSSARY.read_text("utf-8").splitlines() if x.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [(terms.split(", "), re.split("[،؛:] ", persian)) for terms, _, persian in cells]


TERMS = {term: persian for terms, persian in rows() for term in terms if term not in ORDINARY}


def bare(persian: str) -> str:
    """Leave out what joins words and makes plurals."""
    return re.sub("ٔ|\u200cهای|\u200cها", "", persian)


def test_the_glossary_is_sorted_and_names_everything_once() -> None:
    terms = [terms for terms, _ in rows()]
    assert len(terms) > 40
    assert terms == sorted(terms, key=lambda names: names[0].lower())
    names = [name for row in terms for name in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("term", TERMS)
def test_catalogues_translate_a_term_by_its_word(term: str) -> None:
    asked = re.compile(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", re.IGNORECASE)
    words = [bare(word) for word in TERMS[term]]
    wrong = {
        text: translation
        for folder in (FOLDER, BENCH)
        for entry in entries(folder, "fa").values()
        for text, translation in zip(_forms(entry.id), _forms(entry.string), strict=False)
        if asked.search(NOT_WORDS.sub("", text))
        and not any(word in bare(translation) for word in words)
    }
    assert wrong == {}


@pytest.mark.parametrize("file", [*PAGES, *CATALOGUES], ids=lambda file: file.name)
def test_no_page_or_catalogue_has_a_second_word(file: Path) -> None:
    text = file.read_text("utf-8")
    assert [word for word in GIVEN_UP if word in text] == []

"""The catalogues fit the code: nothing is missing, stale, or asks for values that are not given."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from tests.words.sources import ROOMS, ROOT, SIMULATORS, sources
from words.languages import FOLDER

Key = tuple[str | None, str]
BENCH = ROOT / "simulators" / "languages"
FILES = sorted([*FOLDER.glob("*/*.po"), *BENCH.glob("*/*.po")])
LANGUAGES = sorted({file.parent.name for file in FILES})
FOREIGN = re.compile("[كيىة٠-٩0-9]")
"""Arabic kaf and yeh, and digits of other languages; Latin identifiers may have digits."""
MAY_HAVE_DIGITS = re.compile(r"[A-Za-z][A-Za-z0-9.-]*[0-9][A-Za-z0-9]*|\{\w+\}")

_TEXT = re.compile(r'^((?:msgctxt "(?:.*)"\n)?msgid (?:".*"\n)+)', re.MULTILINE)


def entries(folder: Path, language: str) -> dict[Key, Entry]:
    found: dict[Key, Entry] = {}
    for file in sorted((folder / language).glob("*.po")):
        with file.open("rb") as opened:
            for entry in read_po(opened, abort_invalid=True):
                if entry.id:
                    found[entry.context, _forms(entry.id)[0]] = entry
    return found


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_catalogues() -> None:
    assert {file.name for file in FILES} >= {"voters.po", "officers.po", "bench.po"}
    assert "fa" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    program, bench = entries(FOLDER, language), entries(BENCH, language)
    missing = {x.key: x.place for x in sources(ROOMS) if x.key not in program}
    missing |= {x.key: x.place for x in sources(SIMULATORS) if x.key not in {**program, **bench}}
    assert missing == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_those_of_the_code(language: str) -> None:
    known = {**entries(BENCH, language), **entries(FOLDER, language)}
    for source in sources(ROOMS + SIMULATORS):
        forms = _forms(known[source.key].id)
        in_code = (source.text,) if source.plural is None else (source.text, source.plural)
        assert forms == in_code, source.place


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_stale(language: str) -> None:
    program = {x.key for x in sources(ROOMS)}
    bench = {x.key for x in sources(SIMULATORS)}
    assert sorted(entries(FOLDER, language).keys() - program, key=str) == []
    assert sorted(entries(BENCH, language).keys() - (bench - program), key=str) == []


@pytest.mark.parametrize("file", FILES, ids=lambda x: f"{x.parts[-4]}/{x.name}")
def test_a_catalogue_has_each_text_once(file: Path) -> None:
    """Merges put what two branches added beside each other, and a reader keeps one of twins silently."""
    keys = _TEXT.findall(file.read_text("utf-8"))
    assert [key for key, times in Counter(keys).items() if times > 1] == []


@pytest.mark.parametrize("file", FILES, ids=lambda x: f"{x.parts[-4]}/{x.name}")
def test_translations_are_whole_and_take_the_same_values(file: Path) -> None:
    with file.open("rb") as opened:
        for entry in read_po(opened, abort_invalid=True):
            if not entry.id:
                continue
            translations = _forms(entry.string)
            assert all(translations), entry.id
            assert not entry.fuzzy, entry.id
            wanted = set().union(*(_fields(x) for x in _forms(entry.id)))
            for form in translations:
                # A form for a single number may leave the number out.
                assert _fields(form) - {"count"} == wanted - {"count"}, entry.id
            assert set().union(*(_fields(x) for x in translations)) == wanted, entry.id


def test_texts_and_values_of_the_code_agree() -> None:
    wrong = {
        source.place: source.text
        for source in sources(ROOMS + SIMULATORS)
        if source.values is not None
        and source.values != _fields(source.text) | _fields(source.plural or "")
        # Without values a text is literal, and may show braces.
        and (source.values or source.plural)
    }
    assert wrong == {}


@pytest.mark.parametrize("file", [x for x in FILES if x.parent.name == "fa"], ids=lambda x: x.name)
def test_persian_is_written_with_persian_letters_and_digits(file: Path) -> None:
    with file.open("rb") as opened:
        for entry in read_po(opened, abort_invalid=True):
            for text in _forms(entry.string) if entry.id else ():
                assert not FOREIGN.search(MAY_HAVE_DIGITS.sub("", text)), text

"""Commands answer in the language that is asked for; help, JSON and stable words stay."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from commands.speaking import of_locale
from tests.words.pseudo import PSEUDO, english, foreign, pseudo, pseudo_languages, write_pseudo
from words.languages import Languages, installed

CLICK = ("Usage:", "Try ")
"""How click's own lines begin, which are English like the help."""


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return pseudo_languages(write_pseudo(tmp_path_factory.mktemp("languages")))


def answer(languages: Languages, language: str, *arguments: str) -> tuple[int, list[str]]:
    """Run a command; its exit status and all its lines that are not click's own."""
    done = CliRunner().invoke(main, ["--language", language, *arguments], obj=languages)
    lines = [x for x in done.output.splitlines() if x and not x.startswith(CLICK)]
    return done.exit_code, [x.removeprefix("Error: ") for x in lines]


def without_paths(lines: list[str]) -> list[str]:
    """Without files, and without what a technician reads in brackets."""
    return [re.sub(r"/[\w./*-]+|\(\*\.\S+\)|\(.*(?:line 1|document).*\)", "", x) for x in lines]


COMMANDS: Mapping[str, tuple[str, ...]] = {
    "no election": ("election", "package", "{folder}"),
    "no election to count": ("election", "tally", "{folder}"),
    "no ceremony": ("election", "ceremony", "status", "{folder}"),
    "no ceremony to finish": ("election", "ceremony", "finish", "{folder}", "-o", "{folder}/x"),
    "not how many": ("election", "ceremony", "new", "{folder}/s", "--title", "t", "--trustees", "3"),
    "a new ceremony": (
        "election", "ceremony", "new", "{folder}/stick", "--title", "t", "--trustees", "3",
        "--threshold", "2",
    ),
    "no result": ("election", "seats", "{folder}"),
    "nothing to allocate": ("election", "seats"),
    "no station": ("station", "--config", "{file}"),
    "no votes file": ("election", "seats", "--votes", "{file}"),
}  # fmt: skip


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
@pytest.mark.parametrize("name", COMMANDS)
def test_answers(tmp_path: Path, languages: Languages, name: str, language: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"nothing")
    arguments = [x.format(folder=tmp_path, file=file) for x in COMMANDS[name]]
    status, lines = answer(languages, language, *arguments)
    assert status == {"a new ceremony": 0, "no station": 1}.get(name, 2), lines
    assert lines
    shown = without_paths(lines)
    assert (foreign if language == PSEUDO else english)(shown, FIXED) == set()


VOTES = """{"seats": 7, "ballots": 90, "lists": [{"key": "a", "name": {"fa": "امید"}},
 {"key": "b", "name": {"fa": "همدلی"}}], "candidates": [
 {"code": "1", "name": {"fa": "مریم"}, "list": "a", "votes": 40},
 {"code": "2", "name": {"fa": "سارا"}, "list": "a", "votes": 40},
 {"code": "3", "name": {"fa": "نرگس"}, "list": "b", "votes": 30},
 {"code": "4", "name": {"fa": "کاوه"}, "votes": 20}, {"code": "5", "name": {"fa": "آرش"}, "votes": 10}]}"""


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
def test_seats(tmp_path: Path, languages: Languages, language: str) -> None:
    votes = tmp_path / "votes.json"
    votes.write_text(VOTES, "utf-8")
    arguments = ["election", "seats", "--votes", str(votes), "--compare", "--vacant", "1"]
    status, lines = answer(languages, language, *arguments)
    assert status == 0, lines
    assert len(lines) > 40
    names = ["امید", "همدلی", "مریم", "سارا", "نرگس", "کاوه", "آرش", "--seed"]
    # Keys of readings and contexts of lots are typed and hashed as they are.
    shown = [re.sub(r"\([a-z][a-z0-9 -]*\)", "", x) for x in lines]
    assert (foreign if language == PSEUDO else english)(shown, names) == set()
    nobody = votes.with_name("nobody.json")
    nobody.write_text(re.sub(r'"votes": \d+', '"votes": 0', VOTES), "utf-8")
    status, lines = answer(languages, language, "election", "seats", "--votes", str(nobody))
    assert status == 1, lines
    assert (foreign if language == PSEUDO else english)(lines) == set()


FIXED = {
    *(f"امین شمارهٔ {number} (Trustee {latin})" for number, latin in zip("۱۲۳", "123", strict=True)),
    "amin election ceremony step", "amin election package", "amin election tally", "amin election new",
    "--secrets FOLDER", "--threshold K", "--single", "--votes FILE", "RESULT", "result.json", "  1 ",
    "  2 ", "  3 ", "t:", "--seats N", "CSV", "TOML",
}  # fmt: skip
"""What is typed or named as it is in every language, and the names that trustees have by default."""


def test_json_is_the_same_in_every_language(tmp_path: Path, languages: Languages) -> None:
    arguments = ["--title", "t", "--trustees", "3", "--threshold", "2", "--json"]
    for language in ("fa", "en", PSEUDO):
        stick = str(tmp_path / language)
        made = answer(languages, language, "election", "ceremony", "new", stick, *arguments)
        assert made[0] == 0
        assert json.loads(made[1][0]).keys() == {"stick", "ceremony", "trustees"}


def test_a_language_that_is_not_there(languages: Languages) -> None:
    status, lines = answer(languages, "xx", "election", "seats")
    assert status == 2
    assert f"there are: {', '.join(x.id for x in languages)}" in lines[-1]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "fa_IR.UTF-8"}, "fa"),
        ({"LANG": "fa"}, "fa"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "fa_IR"}, "fa"),
        ({"LANG": "fa_IR", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "../../x"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
    ],
)
def test_the_locale(environment: Mapping[str, str], language: str) -> None:
    assert of_locale(installed(), environment) == language


def test_the_pseudo_language_is_longer_and_keeps_values() -> None:
    assert len(pseudo("no {path} here")) > len("no {path} here")
    assert "{path}" in pseudo("no {path} here")

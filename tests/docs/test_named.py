"""What the documents name is there: targets of make, commands with options, files, and what links lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from commands.main import main
from tests.distributions.test_rooms import ROOMS

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    str(path.relative_to(ROOT))
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
    )
]
GONE: Final = {"amin station --simulation"}
"""What the list of changes names because it was taken away."""
_MISSING: Final = re.compile(r"^- \*\*Commands\*\* (.*)$", re.MULTILINE)
"""The line of the README with commands that are not there."""
_LINK: Final = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_MAKE: Final = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
_COMMAND: Final = re.compile(r"(?:`|^ *(?:\$ |\.venv/bin/)?)amin ([a-z-][^`\n]*)", re.MULTILINE)
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_PATH: Final = re.compile(
    rf"`((?:{'|'.join((*ROOMS, 'simulators', 'tests', 'scripts'))})/[\w./-]+)`"
)
_CONTEXTS: Final = "docs/spec/"
"""Pages with contexts of signatures, which begin with `amin `, too."""


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def typed(content: str) -> Iterator[list[str]]:
    """Give the commands of a page in words; alternatives (`mix|decrypt`, `mix | decrypt`) one by one."""
    for line in _COMMAND.findall(_MISSING.sub("", content)):
        words = re.sub(r" *\| *", "|", line.removesuffix("\\")).split()
        many = next((at for at, word in enumerate(words) if "|" in word and word[0] != "["), None)
        if many is None or any("→" in word for word in words):
            yield words
            continue
        for one in words[many].split("|"):
            yield [*words[:many], one, *words[many + 1 :]]


def found(words: list[str]) -> tuple[click.Command, str | None]:
    """Follow words from `amin` on: the command they name, and the word that no group has."""
    command: click.Command = main
    context = click.Context(main)
    for word in words[2:] if words[0] == "--language" else words:
        if not isinstance(command, click.Group) or not re.fullmatch("[a-z][a-z-]*", word):
            break
        under = command.get_command(context, word)
        if under is None:
            return command, word
        command = under
    return command, None


def options(command: click.Command) -> set[str]:
    return {x for parameter in command.params for x in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = [x for x in _LINK.findall(text(page)) if "://" not in x and "mailto:" not in x]
    assert [x for x in targets if not ((ROOT / page).parent / x).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_targets_of_make_are_there(page: str) -> None:
    there = set(re.findall(r"^([a-z-]+):(?!=)", text("Makefile"), re.MULTILINE))
    assert set(_MAKE.findall(text(page))) - there == set()


@pytest.mark.parametrize("page", [x for x in PAGES if not x.startswith(_CONTEXTS)])
def test_commands_are_there(page: str) -> None:
    """The words after `amin`, and every option that stands behind a command."""
    for words in typed(text(page)):
        if " ".join(["amin", *words]) in GONE:
            continue
        command, unknown = found(words)
        assert unknown is None, ["amin", *words]
        if not isinstance(command, click.Group):
            named = set(_OPTION.findall(" ".join(words)))
            assert named - options(command) - {"--help"} == set(), ["amin", *words]


def test_files_are_there() -> None:
    lost = [
        (page, path)
        for page in PAGES
        if page != "CHANGELOG.md"
        for path in _PATH.findall(text(page))
        if not (ROOT / path).exists()
    ]
    assert lost == []


def test_what_the_readme_says_is_not_there_is_not_there() -> None:
    """The line goes with the last of them."""
    group: list[str] = []
    lines = _MISSING.findall(text("README.md"))
    missing = [name for line in lines for name in re.findall(r"`([^`]+)`", line)]
    assert len(lines) <= 1
    assert bool(missing) == bool(lines)
    for name in missing:
        words = name.split()
        group = words[1:-1] if words[0] == "amin" else group
        assert found([*group, words[-1]])[1] == words[-1], name


@pytest.mark.parametrize(
    "line",
    [
        "`amin election nothing FILE`",
        "    $ amin nothing",
        ".venv/bin/amin election mix|nothing …",
        "amin operator provision | nothing | configure …",
        "amin --language fa nothing",
    ],
)
def test_a_command_that_is_not_there_is_seen(line: str) -> None:
    assert "nothing" in [found(words)[1] for words in typed(line)]


def test_an_option_that_is_not_there_is_seen() -> None:
    (words,) = typed("amin doctor --config FILE --nothing")
    assert set(_OPTION.findall(" ".join(words))) - options(found(words)[0]) == {"--nothing"}

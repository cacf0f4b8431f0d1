"""The worked examples of docs/capacity.md: each command gives the lines that stand below it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from tests.docs.test_persian_pages import blocks, page

LEFT_OUT = "…"
BLOCKS = [content.split("\n") for _, content in blocks(page("capacity"))]
EXAMPLES = [lines for lines in BLOCKS if lines[0].startswith("$ amin ")]
COUNTERS = next(lines for lines in BLOCKS if lines[0].startswith("start,voters"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3
    assert EXAMPLES[0].count(LEFT_OUT) == 0


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda x: x[0])
def test_an_example_is_what_the_command_says(
    example: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counters.csv").write_text("\n".join(COUNTERS) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    typed, *shown = example
    words = shlex.split(typed.removeprefix("$ amin "))
    said = CliRunner().invoke(main, ["--language", "en", *words]).stdout.rstrip().split("\n")
    if LEFT_OUT not in shown:
        assert said == shown
    place = 0
    for line in shown:
        if line != LEFT_OUT:
            assert line in said[place:]
            place = said.index(line, place) + 1

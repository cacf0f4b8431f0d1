"""Accept the names of persons as Persian writes them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.election import election
from tests.headquarters.small import jpeg

SOME = 22
"""Candidates: as many as the council of the plan's template needs, and one more."""
NAMES = {
    "with-a-non-joiner-inside": "علی\u200cاکبر نمونه",
    "with-a-shadda": "محمّد نمونه",
    "with-a-madda": "آرش نمونه",
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election's folder as `amin election new` makes it."""
    folder = tmp_path_factory.mktemp("office") / "election"
    options = ["--name", "شورا", "--day", "2099-06-12", "--yes"]
    told = CliRunner().invoke(election, ["new", str(folder), *options])
    assert told.exit_code == 0, told.output
    return folder


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portraits")
    for number in range(SOME):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    return folder


def table(name: str) -> str:
    """Return the text of a candidate file in which one person has this name."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("key", "name_fa", "name_en", "list", "woman", "portrait"))
    for number in range(SOME):
        whose = name if number == 3 else f"نامزد {number}"
        writer.writerow((f"r{number}", whose, "", "", "no", f"{number}.jpg"))
    return text.getvalue()


@pytest.mark.parametrize("name", NAMES.values(), ids=[f"name-{what}" for what in NAMES])
def test_name_is_accepted(begun: Path, portraits: Path, tmp_path: Path, name: str) -> None:
    people = tmp_path / "candidates.csv"
    people.write_text(table(name), encoding="utf-8")
    options = ["--candidates", str(people), "--portraits", str(portraits)]
    told = CliRunner().invoke(election, ["add-candidates", str(begun), "council", *options])
    assert told.exit_code == 0, told.output
    kept = begun / "contests" / "council" / "candidates.csv"
    assert name in kept.read_text(encoding="utf-8")

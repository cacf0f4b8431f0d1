"""An election office: commands of `amin election`, and the files it gives to them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from click.testing import Result

from tests.headquarters.small import jpeg
from tests.headquarters.unlocking import run_election

DAY = "2099-06-12"
HEAD = ("key", "name_fa", "name_en", "list", "woman", "portrait")
LIST_HEAD = ("key", "name_fa", "name_en")
SOME = 22
"""As many candidates as the council of the plan's template needs, and one more."""

Row = list[str]


def amin(*arguments: object) -> Result:
    """Run `amin election …`; an error that nobody raised on purpose goes on."""
    told = run_election(*arguments, color=True)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def begin(folder: Path, name: str = "شورا", day: str = DAY) -> Result:
    return amin("new", folder, "--name", name, "--day", day, "--yes")


def refused(told: Result, *words: str) -> None:
    """Expect status 2 and a message with all of `words`."""
    assert told.exit_code == 2, told.output
    for word in words:
        assert word in told.output


def accepted(told: Result) -> Result:
    assert told.exit_code == 0, told.output
    return told


def rows() -> list[Row]:
    """Independent candidates."""
    return [[f"r{i}", f"نامزد {i}", "", "", "no", f"{i}.jpg"] for i in range(SOME)]


def portraits(folder: Path) -> Path:
    """Fill a new folder with the portraits of `rows`."""
    folder.mkdir(parents=True)
    for number in range(SOME):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    return folder


def table(path: Path, head: Sequence[str], body: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *body])
    return path


def add(folder: Path, people: Path, pictures: Path, lists: Path | None = None) -> Result:
    """Run `add-candidates` for the council."""
    options: list[object] = ["--candidates", people, "--portraits", pictures]
    if lists is not None:
        options += ["--lists", lists]
    return amin("add-candidates", folder, "council", *options)

"""Say what could not be checked, and never status 0 beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from election.register import number_of
from headquarters.archive_index import ARCHIVE_FILE, INDEX_FILE
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.workspace import ElectionFolder
from tests.headquarters.test_cli import day, people, run

__all__ = ["day", "people"]


@pytest.fixture
def published(day: ElectionFolder, tmp_path: Path) -> Path:
    """An election that one person may have made alone: root, devices and votes of its own."""
    return Path(shutil.copytree(day.result, tmp_path / "public"))


def judged(value: dict[str, object], told: Result) -> tuple[int, object, object]:
    return told.exit_code, value["valid"], value["unchecked"]


@pytest.mark.parametrize("anchored", [True, False], ids=["published-root", "no-root"])
def test_root_that_nobody_compared(published: Path, day: ElectionFolder, anchored: bool) -> None:
    root = ("--root", day.keys / "root.der") if anchored else ()
    told = run("verify", published / ARCHIVE_FILE, *root)
    last = told.stdout.splitlines()[-1]
    assert ("not checked" in last and "root" in last) is not anchored
    told = run("verify", published / ARCHIVE_FILE, *root, "--json")
    open_ = [] if anchored else ["root"]
    assert judged(json.loads(told.stdout), told) == (0 if anchored else 3, True, open_)


def test_number_that_nobody_gave(published: Path, day: ElectionFolder) -> None:
    """A chain to the root alone says nothing of who took part."""
    for root, open_ in (((), ["root", "number"]), (("--root", day.keys / "root.der"), ["number"])):
        told = run("verify", published / INDEX_FILE, *root)
        assert told.exit_code == 3, told.output
        assert told.stdout.splitlines()[-1].startswith("not anchored: ")
        told = run("verify", published / INDEX_FILE, *root, "--json")
        assert judged(json.loads(told.stdout), told) == (3, True, open_)
    number = number_of(day.register.read_bytes())
    told = run("verify", published / INDEX_FILE, "--number", number)
    assert "not " not in told.stdout, "all was checked"
    told = run("verify", published / INDEX_FILE, "--number", number, "--json")
    assert judged(json.loads(told.stdout), told) == (0, True, [])


@pytest.mark.parametrize("in_progress", [False, True])
def test_archive_whose_supplement_is_gone(published: Path, in_progress: bool) -> None:
    shutil.rmtree(published / SUPPLEMENT_FOLDER)
    options = ("--in-progress",) if in_progress else ()
    told = run("verify", published / ARCHIVE_FILE, *options)
    assert told.exit_code == 3, told.output
    last = told.stdout.splitlines()[-1]
    assert "not checked" in last
    assert "supplement" in last
    value = json.loads(run("verify", published / ARCHIVE_FILE, *options, "--json").stdout)
    assert value["unchecked"] == ["devices"]


def test_what_is_wrong_comes_before_what_is_open(published: Path) -> None:
    """Status 1, and no word of what else was not checked, which would look like an excuse."""
    archive = published / ARCHIVE_FILE
    data = bytearray(archive.read_bytes())
    data[data.index(b'"challenge":"') + 13] ^= 1
    archive.write_bytes(data)
    for name in (ARCHIVE_FILE, INDEX_FILE):
        told = run("verify", published / name)
        assert told.exit_code == 1
        assert "not checked" not in told.output
    shutil.rmtree(published / SUPPLEMENT_FOLDER)
    assert run("verify", archive).exit_code == 1
    assert run("verify", published / "nothing.bel").exit_code == 2

"""Say what could not be checked, and never status 0 beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from headquarters.archive_index import ARCHIVE_FILE, INDEX_FILE
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.workspace import ElectionFolder
from tests.headquarters.test_cli import day, people, run

__all__ = ["day", "people"]


@pytest.fixture
def published(day: ElectionFolder, tmp_path: Path) -> Path:
    """An election that one person may have made alone: root, devices and votes of its own."""
    return Path(shutil.copytree(day.result, tmp_path / "public"))


@pytest.mark.parametrize("name", [INDEX_FILE, ARCHIVE_FILE])
@pytest.mark.parametrize("anchored", [True, False], ids=["published-root", "no-root"])
def test_root_that_nobody_compared(
    published: Path, day: ElectionFolder, name: str, anchored: bool
) -> None:
    root = ("--root", day.keys / "root.der") if anchored else ()
    told = run("verify", published / name, *root)
    assert told.exit_code == (0 if anchored else 3), told.output
    last = told.stdout.splitlines()[-1]
    assert ("not checked" in last and "root" in last) is not anchored
    told = run("verify", published / name, *root, "--json")
    value = json.loads(told.stdout)
    assert told.exit_code == (0 if anchored else 3)
    assert (value["valid"], value["unchecked"]) == (True, [] if anchored else ["root"])


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

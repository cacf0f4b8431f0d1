"""The runs of the threat model are shown by tests that exist, or said under what remains."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.trust.attacks.all_attacks import ATTACKS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
RUNS: Final = PAGE.split("## Runs that broke simpler designs\n")[1].split("\n## ")[0]
REMAINS: Final = PAGE.split("## What remains, listed\n")[1]
ROW: Final = re.compile(r"^\| ([A-Z].*?) \| (.*) \|$", re.MULTILINE)
TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
QUOTED: Final = re.compile(r'"([^"]+)"')
STAYS: Final = re.compile(r"remains: \*\*(.+?)\*\*")
ROWS: Final = dict(ROW.findall(RUNS))
LEAST: Final = 55


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def unshown(cell: str) -> list[str]:
    """Return what a cell names and is not there; a cell that names nothing is returned whole."""
    attacks = {each.what for each in ATTACKS}
    named = TEST.findall(cell), QUOTED.findall(cell), STAYS.findall(cell)
    if not any(named):
        return [cell]
    tests, quoted, stays = named
    return [
        *(f"{path}::{name}" for path, name in tests if name not in names_in(path)),
        *(what for what in quoted if what not in attacks),
        *(title for title in stays if f"- **{title}" not in REMAINS),
    ]


@pytest.mark.parametrize("run", ROWS)
def test_a_run_is_shown_or_said(run: str) -> None:
    assert unshown(ROWS[run]) == []


def test_every_run_is_read() -> None:
    lines = [
        line for line in RUNS.splitlines() if line.startswith("| ") and not line.startswith("| *")
    ]
    assert len(lines) == len(ROWS) + 1, "the head, and rows that differ"
    assert len(ROWS) >= LEAST


def test_what_is_nowhere_is_noticed() -> None:
    there = "`tests/docs/test_threat_model.py::test_every_run_is_read`"
    assert unshown(there) == []
    assert unshown(there.replace("read`", "written`")) != []
    assert unshown('"does nothing"') == ["does nothing"]
    assert unshown("remains: **Nobody**") == ["Nobody"]
    assert unshown("argument") == ["argument"]

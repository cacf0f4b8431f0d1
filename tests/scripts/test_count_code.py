"""The count of code lines leaves out exactly what is no code."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "count_code.py"
SOURCE = '''"""A module.

Of three lines."""

import os  # counts, with its comment

# does not count
LIMIT = 3
"""Of something."""


def first(
    name: str,
) -> str:
    """Do it."""
    text = """two
lines"""
    return name + text
'''


LIMITS = {"commands": 4_500, "kiosk": 9_000}
"""A composition root is nothing but that, and a polling station is what a branch does."""


@pytest.mark.parametrize("room", LIMITS)
def test_a_room_stays_small(room: str) -> None:
    """What is too much here lives elsewhere: documents in election, devices in drivers, screens in ui."""
    code_lines = cast(Callable[[str], int], runpy.run_path(str(SCRIPT))["code_lines"])
    sources = sorted((SCRIPT.parents[1] / room).rglob("*.py"))
    lines = sum(code_lines(source.read_text(encoding="utf-8")) for source in sources)
    assert lines <= LIMITS[room], f"{lines} lines of code: find what lives in another room"


def test_docstrings_comments_and_blank_lines_do_not_count() -> None:
    code_lines = cast(Callable[[str], int], runpy.run_path(str(SCRIPT))["code_lines"])
    assert code_lines(SOURCE) == 8

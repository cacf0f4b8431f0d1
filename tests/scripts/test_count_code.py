"""The count of code lines leaves out exactly what is no code."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import cast

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


def test_docstrings_comments_and_blank_lines_do_not_count() -> None:
    code_lines = cast(Callable[[str], int], runpy.run_path(str(SCRIPT))["code_lines"])
    assert code_lines(SOURCE) == 8

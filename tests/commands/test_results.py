"""Every member of a small result has a word for people: found in the code, because few are shown in tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from commands.working import LABELS

COMMANDS: Final = Path(__file__).parents[2] / "commands"
SAYING: Final = sorted(
    path for path in COMMANDS.rglob("*.py") if "print_result(" in path.read_text("utf-8")
)


def members(path: Path) -> Iterator[str]:
    """Yield the keys of dictionaries in functions that print a result, or make a part of one."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            source = ast.unparse(function)
            if "print_result(" in source or function.name == "_numbers":
                for node in ast.walk(function):
                    if isinstance(node, ast.Dict):
                        keys = [key for key in node.keys if isinstance(key, ast.Constant)]
                        yield from (str(key.value) for key in keys)


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.stem)
def test_members_have_words(path: Path) -> None:
    assert set(members(path)) <= LABELS.keys() | {"mixed", "decrypted"}


def test_many_are_found() -> None:
    assert len({name for path in SAYING for name in members(path)}) > 20

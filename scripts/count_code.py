#!/usr/bin/env python3
"""Count lines of code by room, without blank lines, comments, docstrings and catalogues.

    scripts/count_code.py                 the working tree
    scripts/count_code.py af0ba4e         a commit
    scripts/count_code.py af0ba4e HEAD    two commits, and what changed between them

A line counts if it holds a token that is neither a comment nor part of a string that stands alone as
a statement (docstrings of modules, classes, functions and attributes). Tests and scripts do not count.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOMS = (
    "words",
    "crypto",
    "drivers",
    "election",
    "kiosk",
    "headquarters",
    "registry",
    "ui",
    "commands",
    "simulators",
)
CATALOGUES = ("locale", "languages")
"""Folders of texts in several languages: data, not code."""
_SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> int:
    """Count the lines of a module that hold code. Raises `SyntaxError`."""
    lone = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    used = {
        line
        for token in tokens
        if token.type not in _SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(used - lone)


def count(sources: Iterator[tuple[Path, str]]) -> Counter[str]:
    """Add up the lines of code of each room."""
    rooms: Counter[str] = Counter()
    for path, source in sources:
        if path.parts[0] in ROOMS and not set(path.parts) & set(CATALOGUES):
            rooms[path.parts[0]] += code_lines(source)
    return rooms


def of_tree(root: Path) -> Iterator[tuple[Path, str]]:
    """Give path and source of every module below `root`."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield path.relative_to(root), path.read_text(encoding="utf-8")


def of_commit(root: Path, commit: str) -> Iterator[tuple[Path, str]]:
    """Give path and source of every module of a commit."""
    command = ["git", "-C", str(root), "archive", "--format=tar", commit]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if member.name.endswith(".py") and (file := tar.extractfile(member)) is not None:
                yield Path(member.name), file.read().decode("utf-8")


def main(arguments: list[str]) -> None:
    """Print a table: one line for each room, and the sum."""
    root = Path(__file__).resolve().parent.parent
    counts = [count(of_commit(root, commit)) for commit in arguments] or [count(of_tree(root))]
    for room in [room for room in ROOMS if any(count[room] for count in counts)] + ["sum"]:
        numbers = [count.total() if room == "sum" else count[room] for count in counts]
        changes = [f"{numbers[-1] - numbers[0]:+,}"] if len(numbers) > 1 else []
        cells = [f"{number:,}" for number in numbers] + changes
        print(f"{room:14}" + "".join(f"{cell:>10}" for cell in cells))


if __name__ == "__main__":
    main(sys.argv[1:])

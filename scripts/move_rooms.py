#!/usr/bin/env python3
"""Move modules to the rooms of today's layout and rewrite every import and mention of them.

Run from the repository's root, on a clean tree; safe to run twice. A branch that was begun before the
move merges easily after it ran this script:

    python3 scripts/move_rooms.py && ruff check --fix --select I . && ruff format .
"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "kiosk", "drivers", "crypto", "ui", "simulators", "headquarters", "election", "commands", "words",
    "tests",
)  # fmt: skip

FOLDERS = {
    "kiosk/cli/demo": "simulators/demo",
    "kiosk/cli/simulator": "simulators/commands",
    "kiosk/cli/bench": "simulators/benchmarks",
    "kiosk/cli": "commands",
    "kiosk/package": "election/package",
    "ui/bench": "simulators/bench",
    "tests/kiosk/cli": "tests/commands",
    "tests/ui/bench": "tests/simulators/bench",
}
"""Old folder to new folder, longest path first."""

MODULES = {
    **{
        f"kiosk/{name}.py": f"election/{name}.py"
        for name in (
            "answers", "authorization", "bundle", "challenge", "definition", "enrolment", "issued",
            "marks", "polls", "provisional", "sealed", "token",
        )
    },
    "kiosk/storage/records.py": "election/records.py",
    "ui/tour.py": "simulators/bench/tour.py",
    "drivers/smartcard/local.py": "simulators/local_reader.py",
    **{
        f"tests/kiosk/test_{name}.py": f"tests/election/test_{name}.py"
        for name in ("bundle", "challenge", "marks", "package", "provisional", "token")
    },
    "tests/kiosk/samples.py": "tests/election/samples.py",
    "tests/kiosk/test_persian.py": "tests/words/test_persian.py",
    **{
        f"tests/kiosk/cli/{name}.py": f"tests/simulators/commands/{name}.py"
        for name in ("programs", "test_simulator_card", "test_simulator_identity", "test_simulator_serial")
    },
    "tests/kiosk/cli/test_bench.py": "tests/simulators/benchmarks/test_bench.py",
}  # fmt: skip
"""Old file to new file."""

SYMBOLS = {
    ("kiosk.persian", "to_persian_digits"): "words.digits",
    ("kiosk.persian", "to_latin_digits"): "words.digits",
    ("kiosk.persian", "is_national_number"): "election.national_number",
    ("kiosk.persian", "fold"): "words.folding",
    ("kiosk.persian", "jalali"): "words.dates",
    ("kiosk.errors", "ElectionError"): "election.errors",
    ("kiosk.errors", "ManifestError"): "election.errors",
    ("kiosk.errors", "PackageError"): "election.errors",
    ("kiosk.errors", "PollsStateError"): "election.errors",
    ("kiosk.errors", "AllocationError"): "headquarters.errors",
    ("kiosk.errors", "AMIN_ERRORS"): "simulators.demo.errors",
    ("kiosk.enrolment", "ID_PATTERN"): "election.definition",
}  # fmt: skip
"""A name that leaves its module: (old module, name) to new module."""

MENTIONS = {
    "kiosk.errors.AMIN_ERRORS": "simulators.demo.errors.AMIN_ERRORS",
    "kiosk.persian.fold": "words.folding.fold",
    "kiosk/persian.py": "words/",
}
"""Mentions in prose that no rule finds."""


def main() -> None:
    files = {**_files_of_folders(), **MODULES}
    for old, new in files.items():
        _move(old, new)
    modules = {_dotted(old): _dotted(new) for old, new in files.items() if old.endswith(".py")}
    packages = {old.replace("/", "."): new.replace("/", ".") for old, new in FOLDERS.items()}
    for path in sorted(path for room in SOURCES for path in (ROOT / room).rglob("*.py")):
        _write(
            path, _mentions(_imports(path.read_text(), modules, packages), modules, packages, files)
        )
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"]:
        _write(path, _mentions(path.read_text(), modules, packages, files))


def _files_of_folders() -> dict[str, str]:
    moved: dict[str, str] = {}
    for old, new in FOLDERS.items():
        for path in sorted((ROOT / old).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in name and name not in moved:
                moved[name] = new + name[len(old) :]
    return moved


def _move(old: str, new: str) -> None:
    source, target = ROOT / old, ROOT / new
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise SystemExit(f"{old} and {new} both exist")
    subprocess.run(["git", "mv", old, new], check=True, cwd=ROOT)


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _new_module(name: str, modules: dict[str, str], packages: dict[str, str]) -> str:
    if name in modules:
        return modules[name]
    for old, new in packages.items():
        if name == old or name.startswith(old + "."):
            return new + name[len(old) :]
    return name


def _imports(text: str, modules: dict[str, str], packages: dict[str, str]) -> str:
    """Rewrite `from a import b` where a, or a.b, moved."""
    lines = text.splitlines(keepends=True)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    for node in sorted(found, key=lambda node: -node.lineno):
        if node.level or node.module is None:
            continue
        groups: dict[str, list[str]] = {}
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            moved = _new_module(whole, modules, packages)
            name = alias.name
            if (node.module, alias.name) in SYMBOLS:
                home = SYMBOLS[node.module, alias.name]
            elif moved != whole and whole in modules:
                home, _, name = moved.rpartition(".")
                if not home:
                    home, name = moved, alias.name
            else:
                home = _new_module(node.module, modules, packages)
            groups.setdefault(home, []).append(
                name + (f" as {alias.asname}" if alias.asname else "")
            )
        if groups == {node.module: [ast.unparse(alias) for alias in node.names]}:
            continue
        first, last = node.lineno - 1, (node.end_lineno or node.lineno)
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        comment = re.search(r"  # noqa.*", lines[first])
        lines[first:last] = [
            f"{indent}from {home} import {', '.join(names)}{comment[0] if comment else ''}\n"
            for home, names in groups.items()
        ]
    return "".join(lines)


def _mentions(
    text: str, modules: dict[str, str], packages: dict[str, str], files: dict[str, str]
) -> str:
    pairs = dict(MENTIONS)
    pairs |= {old: new for old, new in modules.items() if old.count(".")}
    pairs |= packages
    pairs |= files
    pairs |= FOLDERS
    pattern = re.compile(
        r"(?<![\w./-])("
        + "|".join(re.escape(old) for old in sorted(pairs, key=len, reverse=True))
        + r")(?![\w-])"
    )
    return pattern.sub(lambda match: pairs[match[1]], text)


def _write(path: Path, text: str) -> None:
    if path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    main()

"""Every document is described once, by a dataclass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from crypto import hybrid, signing
from election import fields

ROOT = Path(__file__).parents[2]
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
VALIDATING = {"pydantic", "pydantic_core"}
VALIDATORS = {"election/schema.py", "election/schema_types.py"}


def modules(*words: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module whose text has one of the words; parsing them all takes seconds."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            if any(word in text for word in words):
                yield str(path.relative_to(ROOT)), ast.parse(text)


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module.split(".")[0])
    return names


def members(node: ast.ClassDef) -> frozenset[str]:
    """Names of the annotated members of a class."""
    return frozenset(
        statement.target.id
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    )


def test_only_the_schema_knows_the_validators() -> None:
    users = {name for name, tree in modules("pydantic") if imported(tree) & VALIDATING}
    assert users == VALIDATORS


def test_no_model_mirrors_a_dataclass() -> None:
    """Whatever gets its members by inheritance from a library, and is no dataclass."""
    dataclasses: dict[frozenset[str], str] = {}
    models: dict[str, frozenset[str]] = {}
    for name, tree in modules("dataclass", "Model"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef) or not members(node):
                continue
            if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
                dataclasses[members(node)] = f"{name}: {node.name}"
            elif any(ast.unparse(base).endswith("Model") for base in node.bases):
                models[f"{name}: {node.name}"] = members(node)
    assert len(dataclasses) > 300
    mirrors = {model: dataclasses[names] for model, names in models.items() if names in dataclasses}
    assert not mirrors


def test_sizes_of_signatures_are_those_of_the_keys() -> None:
    for alias, size in (
        (fields.ShortSignature, signing.SIGNATURE_SIZE),
        (fields.LongSignature, hybrid.SIGNATURE_SIZE),
    ):
        _, bound = get_args(alias)
        assert (bound.min_length, bound.max_length) == (size, size)

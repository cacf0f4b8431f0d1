"""Every context, format, version and prefix in the source, found by its syntax, and changed.

Two kinds are found: module constants with a telling name, and literals in functions that begin as
such labels do. The contexts that are given to `sign` and `verify` have to be among them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TypeAlias

import pytest

ROOMS = (
    "words",
    "crypto",
    "drivers",
    "election",
    "kiosk",
    "headquarters",
    "registry",
    "commands",
    "ui",
    "simulators",
)
"""Top-level packages, as far as they exist."""

_TREE = Path(__file__).parents[2]
"""A room of the same name may be installed from elsewhere."""

_WIRES = ("drivers", "ui", "simulators")
"""Rooms whose telling names belong to devices and screens; they sign nothing of their own."""

Value: TypeAlias = str | bytes | int

_TELLING = re.compile(r"(^|_)(CONTEXT|FORMAT|VERSION|PREFIX|INFO|COMMITMENT|ALGORITHM|KDF|GROUP)$")
_LABEL = re.compile(r"(amin|AMIN)[ -]\S|[a-z_]+\|")
_SIGNING = {"sign": 2, "verify": 3}
"""Methods of keys, and how many arguments they take."""
_NAMED = {"verify": 1, "verify_possession": 1, "EnvelopeFormat": 2}
"""Functions, and at which place among their arguments the context stands."""


_CACHED = type(cache(len))


@dataclass(frozen=True, slots=True)
class Label:
    """A constant of a module (`name`), or a literal in its functions (`name` is empty)."""

    module: str
    name: str
    value: Value

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.name else f"{self.module}: {self.value!r}"


@dataclass(frozen=True)
class Source:
    """A module's syntax."""

    module: str
    tree: ast.Module

    @cached_property
    def constants(self) -> dict[str, Value]:
        """Module constants that are texts, bytes or numbers."""
        found: dict[str, Value] = {}
        for statement in self.tree.body:
            match statement:
                case ast.Assign(targets=[target], value=value):
                    pairs = _assigned(target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    pairs = _assigned(target, value)
                case _:
                    continue
            found |= dict(pairs)
        return found

    @property
    def labels(self) -> Iterator[Label]:
        for name, value in self.constants.items():
            if _TELLING.search(name) or _looks_like_label(value):
                yield Label(self.module, name, value)
        for function in _outermost_functions(self.tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and _looks_like_label(node.value):
                    assert isinstance(node.value, str | bytes)
                    yield Label(self.module, "", node.value)

    @property
    def signing_contexts(self) -> Iterator[ast.expr]:
        """What is given to a key's `sign` and `verify`, and to the functions that call them."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Call(func=ast.Attribute(attr=method), args=[first, *_] as args) if len(
                    args
                ) == _SIGNING.get(method):
                    yield first
                case ast.Call(func=ast.Name(id=name), args=args) if name in _NAMED:
                    yield args[_NAMED[name]]
                case ast.Call(func=ast.Attribute(attr="verify"), args=[_, context, _, _, _, _]):
                    yield context

    def imports(self, module: str, name: str) -> bool:
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == module
            and any(alias.name == name and alias.asname is None for alias in node.names)
            for node in self.tree.body
        )


@cache
def sources() -> tuple[Source, ...]:
    """All modules of all rooms."""
    found = []
    for room in ROOMS:
        spec = find_spec(room)
        for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
            if folder.parent != _TREE:
                continue
            for path in sorted(folder.rglob("*.py")):
                place = path.relative_to(folder).with_suffix("").parts
                module = ".".join((room, *place)).removesuffix(".__init__")
                found.append(Source(module, ast.parse(path.read_bytes())))
    return tuple(found)


@cache
def labels() -> tuple[Label, ...]:
    """All of them, each once."""
    found = (
        label
        for source in sources()
        if source.module.split(".")[0] not in _WIRES
        for label in source.labels
    )
    return tuple(dict.fromkeys(found))


def change(patch: pytest.MonkeyPatch, label: Label) -> None:
    """Make the label another one wherever it is used, until `patch` is undone."""
    if label.name:
        for module in importing(label.module, label.name):
            patch.setattr(module, label.name, other(label.value))
    else:
        functions = [
            function
            for function in _functions(import_module(label.module))
            if function.__code__ != _replaced(function.__code__, label.value)
        ]
        assert functions, f"{label} is used in no function"
        for function in functions:
            patch.setattr(function, "__code__", _replaced(function.__code__, label.value))
    forget()


def importing(module: str, name: str) -> list[ModuleType]:
    """Return the module that has the name and those that import it, all of them loaded.

    One that was loaded while the name is another would keep it after that.
    """
    return [
        import_module(source.module)
        for source in sources()
        if source.module == module or source.imports(module, name)
    ]


def forget() -> None:
    """Empty the caches of all rooms: what was computed with a label is computed again."""
    loaded = (sys.modules.get(source.module) for source in sources())
    for module in filter(None, loaded):
        for value in vars(module).values():
            if isinstance(value, _CACHED) and value.__module__ == module.__name__:
                value.cache_clear()


def other(value: Value) -> Value:
    """One that differs a little."""
    match value:
        case str():
            return chr(ord(value[0]) ^ 1) + value[1:]
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case int():
            return value + 1


# ---------------------------------------------------------------- syntax


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Value]]:
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for part, constant in zip(targets, values, strict=True):
                yield from _assigned(part, constant)
        case ast.Name(id=name), ast.Constant(value=str() | bytes() | int() as constant):
            yield name, constant


def _looks_like_label(value: object) -> bool:
    match value:
        case str():
            return bool(_LABEL.match(value))
        case bytes():
            return bool(_LABEL.match(value.decode("latin-1")))
        case _:
            return False


def _outermost_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from node.body
        elif isinstance(node, ast.ClassDef):
            yield from _outermost_functions(node)


# ---------------------------------------------------------------- code


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Functions and methods that are defined in the module."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            for member in vars(value).values():
                yield from _function(member)
        else:
            yield from _function(value)


def _function(member: object) -> Iterator[FunctionType]:
    match member:
        case FunctionType():
            yield member
        case staticmethod() | classmethod():
            yield from _function(member.__func__)
        case property():
            yield from _function(member.fget)
        case cached_property():
            yield from _function(member.func)


def _replaced(code: CodeType, value: Value) -> CodeType:
    constants = tuple(
        _replaced(constant, value)
        if isinstance(constant, CodeType)
        else other(value)
        if type(constant) is type(value) and constant == value
        else constant
        for constant in code.co_consts
    )
    return code.replace(co_consts=constants)

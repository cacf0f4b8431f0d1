"""The source texts that the rooms say: found in the code, not by running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, nodes

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = (
    "words",
    "drivers",
    "election",
    "kiosk",
    "headquarters",
    "registry",
    "ui",
    "commands",
)
SIMULATORS: Final = ("simulators",)
SAYING: Final = re.compile(r"\b_?(?:[mt]|of|say|write|plural|in_context)\s*\(")
"""In every file with such a call; the others need not be parsed."""


@dataclass(frozen=True, slots=True)
class Source:
    """One call that says a text."""

    text: str
    plural: str | None
    context: str | None
    values: frozenset[str] | None
    """Names of the values; None if they are not written out there (`**values`)."""
    place: str
    """File and line."""

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


@cache
def sources(rooms: tuple[str, ...]) -> tuple[Source, ...]:
    """Every `m`, `plural`, `in_context`, `t`, `say`, `write`, `…Error.of` with literal texts in these rooms.

    In templates (`*.html`) every `t`.
    """
    return tuple(source for room in rooms for source in _of_room(room))


@cache
def _of_room(room: str) -> tuple[Source, ...]:
    return tuple(_read(room))


def _read(room: str) -> Iterator[Source]:
    for file in sorted((ROOT / room).rglob("*.py")):
        text = file.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if SAYING.search(text) else ():
            if isinstance(node, ast.Call):
                yield from _said(node, f"{file.relative_to(ROOT)}:{node.lineno}")
    for file in sorted((ROOT / room).rglob("*.html")):
        yield from _in_template(file)


def _said(call: ast.Call, place: str) -> Iterator[Source]:
    arguments = [_literal(x) for x in call.args]
    names = [x.arg for x in call.keywords]
    values = None if None in names else frozenset(x for x in names if x is not None)
    match call.func, arguments:
        case ast.Name("m" | "t" | "say" | "write") | ast.Attribute(attr="t" | "_t"), [str(text)]:
            yield Source(text, None, None, values, place)
        case ast.Attribute(ast.Name(name), "of"), [str(text)] if name.endswith("Error"):
            yield Source(text, None, None, values, place)
        case ast.Name("in_context"), [str(context), str(text)]:
            yield Source(text, None, context, values, place)
        case ast.Name("plural") | ast.Attribute(attr="plural"), [str(one), str(many), *_]:
            counted = None if values is None else values | {"count"}
            yield Source(one, many, None, counted, place)


def _in_template(file: Path) -> Iterator[Source]:
    for call in Environment().parse(file.read_text("utf-8")).find_all(nodes.Call):
        match call.node, call.args:
            case nodes.Name(name="t"), [nodes.Const(value=str(text))]:
                values = frozenset(x.key for x in call.kwargs)
                yield Source(text, None, None, values, f"{file.relative_to(ROOT)}:{call.lineno}")


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None

#!/usr/bin/env python3
"""Rename public names and modules to the field's words, in code, strings and documents.

Run from the repository's root, on a clean tree; safe to run twice. A branch that was begun before
the renaming merges easily after it ran this script (and `move_rooms.py` before it):

    python3 scripts/rename_names.py && ruff check --fix . && ruff format .

Names are resolved, not searched: a word is renamed where scope and imports lead to the definition in
the table, through re-exports, aliases of modules, quoted annotations, `__all__` and the dotted paths
and names given to `setattr`. In documents and comments a word in backticks is renamed if its module
knows it or if nothing else in the project has that name; what is left is printed. Keys, options and
messages are strings and stay.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import textwrap
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from rename_table import (
    ATTRIBUTES,
    FINISH,
    MERGED,
    MODULES,
    NAMES,
    NEW_FILES,
    WORDS,
    Attribute,
)

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ("*.md", "*.toml", "Makefile", "*.yml", "*.yaml", "*.cfg", "*.html")
LONGEST = 110
"""Characters of a line that the linter allows."""
PROGRAM = re.compile(r"^(from \w+(\.\w+)* )?import \w", re.MULTILINE)
UNTOUCHED = ("CHANGELOG.md", "scripts/")
"""History keeps the names it was written with; the scripts hold the table itself."""

Target: TypeAlias = tuple[str, str] | None
"""(module, name) of a definition; the name is empty for a module itself."""


@dataclass
class Module:
    """One file: its tree, and what its top level binds."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    defined: set[str] = field(default_factory=set)
    imported: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    """Local name to (module, name or empty, whether it was bound with `as`)."""


class Project:
    """All files, and the table applied to the modules that are really there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, Module] = {}
        for path in tracked(root, "*.py"):
            name = dotted(path.relative_to(root))
            text = path.read_text(encoding="utf-8")
            module = Module(name, path, text, ast.parse(text))
            bind(module.tree.body, module)
            self.modules[name] = module
        self.packages = {name.rpartition(".")[0] for name in self.modules} - {""}
        self.tops = {name.partition(".")[0] for name in self.modules}
        self.renamed_modules = self._place_modules()
        self.gone = {new: old for old, new in self.renamed_modules.items() if new in self.modules}
        self.merged: dict[tuple[str, str], str] = {}
        self.renamed: dict[tuple[str, str], str] = {}
        self.renamed = self._place_names()
        self.homes: dict[str, set[str]] = defaultdict(set)
        for module in self.modules.values():
            for name in module.defined:
                self.homes[name].add(module.name)

    # ------------------------------------------------------------ the table on this tree

    def _place_modules(self) -> dict[str, str]:
        """Old to new dotted path. A module is found at its path, or by its name at another one."""
        placed: dict[str, str] = {}
        free = set(self.modules)
        for key in [key for key in MODULES if key in free]:
            placed[key] = sibling(key, MODULES[key])
            free.discard(key)
        for key, new in MODULES.items():
            if key in placed:
                continue
            if sibling(key, new) in self.modules:
                placed[key] = sibling(key, new)
                continue
            last = key.rpartition(".")[2]
            near = [
                name
                for name in free
                if name.rpartition(".")[2] == last and not name.startswith("tests.")
            ]
            if len(near) == 1:
                placed[near[0]] = sibling(near[0], new)
                free.discard(near[0])
            else:
                print(f"no module {key}")
        return placed

    def _place_names(self) -> dict[tuple[str, str], str]:
        """Old to new; a name that moved to another module is found through the import it left."""
        placed: dict[tuple[str, str], str] = {}
        moved: list[tuple[str, Module | None, str, str]] = []
        for key, names in NAMES.items():
            if set(names) & set(names.values()):
                raise SystemExit(f"{key}: a name is both old and new")
            module = self._home(key, names)
            for old, new in names.items():
                merged = key in MERGED.get(new, ())
                if module is None or not (merged or {old, new} & module.defined):
                    moved.append((key, module, old, new))
                    continue
                placed[module.name, old] = new
                if merged:
                    self.merged[module.name, old] = MERGED[new][0]
        for key, module, old, new in moved:
            here = module or self.modules.get(self.actual(key))
            target = self.resolve(here.name, old) if here is not None else None
            if target is not None and target[1] and not target[0].startswith("tests."):
                placed.setdefault(target, new)
            elif here is None or new not in here.imported:
                print(f"no name {key}:{old}")
        return placed

    def _home(self, key: str, names: dict[str, str]) -> Module | None:
        wanted = set(names) | set(names.values())
        gone = any(new in MERGED for new in names.values())
        last = key.rpartition(".")[2]
        for name in (key, self.renamed_modules.get(key, ""), sibling(key, MODULES.get(key, last))):
            if name in self.modules and (gone or wanted & self.modules[name].defined):
                return self.modules[name]
        near = [
            module
            for module in self.modules.values()
            if module.name.rpartition(".")[2] == last
            and wanted & module.defined
            and module.name not in NAMES
        ]
        near.sort(key=lambda module: (-shared_suffix(module.name, key), module.name))
        return near[0] if near else None

    # ------------------------------------------------------------ resolving

    def actual(self, name: str) -> str:
        """The module's dotted path in this tree, also if it is asked for by its old one."""
        return name if name in self.modules else self.renamed_modules.get(name, name)

    def merged_home(self, module: str, name: str) -> str | None:
        """Return the module that has a name from now on, if several definitions become one."""
        target = self.resolve(module, name)
        return None if target is None else self.merged.get(target)

    def resolve(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> Target:
        """Where a name of a module is defined; None for what is not of this project."""
        module = self.actual(module)
        known = self.modules.get(module)
        if known is not None and module + ":" + name not in seen:
            if name in known.imported:
                home, original, _ = known.imported[name]
                if not original:
                    return (home, "")
                return self.resolve(home, original, seen | {module + ":" + name})
            if name in known.defined or (module, name) in self.renamed:
                return (module, name)
        whole = self.actual(f"{module}.{name}")
        if whole in self.modules or f"{module}.{name}" in self.packages:
            return (f"{module}.{name}", "")
        return None

    def exported(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> str:
        """The new name under which a module has what it has as `name` today."""
        module = self.actual(module)
        known = self.modules.get(module)
        if known is not None and name in known.imported and module + ":" + name not in seen:
            home, original, aliased = known.imported[name]
            if aliased:
                return name
            if not original:
                return name if home == name else self.module_name(home).rpartition(".")[2]
            return self.exported(home, original, seen | {module + ":" + name})
        if (module, name) in self.renamed and (
            known is None or name in known.defined or name not in known.imported
        ):
            return self.renamed[module, name]
        whole = f"{module}.{name}"
        if known is None or name not in known.defined:
            return self.module_name(whole).rpartition(".")[2]
        return name

    def module_name(self, name: str) -> str:
        """The new dotted path of a module; parents are renamed along."""
        if name in self.renamed_modules and not (
            name in self.modules and self.renamed_modules[name] in self.modules
        ):
            return self.renamed_modules[name]
        parent, _, last = name.rpartition(".")
        return f"{self.module_name(parent)}.{last}" if parent else last


# ---------------------------------------------------------------- reading a file


def bind(body: list[ast.stmt], module: Module) -> None:
    """Collect what the statements of a top level bind."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                module.defined.add(node.name)
            case ast.Import():
                for alias in node.names:
                    if alias.asname:
                        module.imported[alias.asname] = (alias.name, "", True)
                    else:
                        top = alias.name.partition(".")[0]
                        module.imported[top] = (top, "", False)
            case ast.ImportFrom(module=str(home), level=0):
                for alias in node.names:
                    module.imported[alias.asname or alias.name] = (
                        home,
                        alias.name,
                        alias.asname is not None,
                    )
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                for part in ("body", "orelse", "finalbody"):
                    bind(getattr(node, part, []), module)
                for handler in getattr(node, "handlers", []):
                    bind(handler.body, module)
                bind_targets(node, module.defined)
            case _:
                bind_targets(node, module.defined)


def bind_targets(node: ast.AST, names: set[str]) -> None:
    """Add the names that assignments in a statement bind, without looking into nested scopes."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            names.add(name)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            names.add(node.name)
            return
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case ast.ExceptHandler(name=str(name)):
            names.add(name)
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            names.add(name)
        case ast.MatchMapping(rest=str(name)):
            names.add(name)
    for child in ast.iter_child_nodes(node):
        bind_targets(child, names)


@dataclass
class Scope:
    """Names bound in a function, class or comprehension; None is a plain local."""

    kind: str
    names: dict[str, tuple[str, str, bool] | None]


Edit: TypeAlias = tuple[int, int, str]
"""Start and end (characters) and the new text."""


class Editor(ast.NodeVisitor):
    """Collect the edits of one file."""

    def __init__(self, project: Project, module: Module) -> None:
        self.project = project
        self.module = module
        self.edits: set[Edit] = set()
        self.scopes: list[Scope] = []
        self.starts = line_starts(module.text)
        self.lines = module.text.split("\n")
        self.inside: list[tuple[ast.AST, list[tuple[str, str, bool]]]] = []
        self.words = {
            old: new
            for prefix, pairs in WORDS
            if any(under(module.name, each) for each in prefix)
            for old, new in pairs.items()
        }
        self.attributes = [
            rule for rule in ATTRIBUTES if any(under(module.name, each) for each in rule.within)
        ]
        self.introduced: set[str] = set()
        self.vanished: set[str] = set()
        self.class_name: list[str] = []

    # ------------------------------------------------------------ positions

    def at(self, line: int, column: int) -> int:
        """Character offset of an AST position, whose columns count UTF-8 bytes."""
        text = self.lines[line - 1]
        return self.starts[line - 1] + len(text.encode()[:column].decode())

    def replace(
        self, node: ast.AST, start: int, old: str, new: str, *, attribute: bool = False
    ) -> None:
        """Note an edit; inside an f-string, by search in it, for its positions are not reliable."""
        if old == new:
            return
        if not attribute:
            self.introduced.add(new)
            self.vanished.add(old)
        if self.inside:
            self.inside[-1][1].append((old, new, attribute))
            return
        if self.module.text[start : start + len(old)] != old:
            raise SystemExit(f"{self.module.path}:{getattr(node, 'lineno', 0)}: no {old} here")
        self.edits.add((start, start + len(old), new))

    def name_start(self, node: ast.expr) -> int:
        return 0 if self.inside else self.at(node.lineno, node.col_offset)

    # ------------------------------------------------------------ scopes

    def lookup(self, name: str) -> tuple[str, str, bool] | str | None:
        """An import's target, "local", or None for the module's own top level."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope.kind == "class" and depth:
                continue
            if name in scope.names:
                return scope.names[name] or "local"
        return None

    def target(self, node: ast.expr) -> Target:
        """What an expression `a`, `a.b`, … names, if it is a module or a definition here."""
        match node:
            case ast.Name(id=name):
                found = self.lookup(name)
                if isinstance(found, str):
                    return None
                if found is None:
                    return self.project.resolve(self.module.name, name)
                home, original, _ = found
                return self.project.resolve(home, original) if original else (home, "")
            case ast.Attribute(value=value, attr=attr):
                base = self.target(value)
                if base is not None and not base[1]:
                    return self.project.resolve(base[0], attr)
        return None

    def new_name(self, name: str) -> str:
        """The new text of a bare name."""
        found = self.lookup(name)
        if isinstance(found, str):
            return self.words.get(name, name)
        if found is None:
            module = self.module
            if (
                name in module.imported
                or name in module.defined
                or (module.name, name) in self.project.renamed
            ):
                new = self.project.exported(module.name, name)
                return self.words.get(name, name) if new == name else new
            return name
        home, original, aliased = found
        if aliased:
            return name
        if original:
            return self.project.exported(home, original)
        return name

    # ------------------------------------------------------------ nodes

    def visit_Name(self, node: ast.Name) -> None:
        self.replace(node, self.name_start(node), node.id, self.new_name(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        base = self.target(node.value)
        new = node.attr
        if base is not None and not base[1]:
            new = self.project.exported(base[0], node.attr)
        else:
            shown = ast.unparse(node.value)
            for rule in self.attributes:
                if node.attr == rule.old and self._applies(rule, shown):
                    new = rule.new
        if new != node.attr:
            end = 0
            if not self.inside:
                end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
            self.replace(node, end - len(node.attr), node.attr, new, attribute=True)

    def _applies(self, rule: Attribute, shown: str) -> bool:
        if shown == "self":
            return self._owned(rule)
        return not any(re.fullmatch(each, shown) for each in rule.skip)

    def _owned(self, rule: Attribute) -> bool:
        return not rule.owners or (bool(self.class_name) and self.class_name[-1] in rule.owners)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg is not None:
            new = self.words.get(node.arg, node.arg)
            for rule in self.attributes:
                if node.arg == rule.old:
                    new = rule.new
            start = 0 if self.inside else self.at(node.lineno, node.col_offset)
            self.replace(node, start, node.arg, new)
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if self.class_name and isinstance(node.target, ast.Name) and self._in_class():
            for rule in self.attributes:
                if node.target.id == rule.old and self._owned(rule):
                    self.replace(node, self.name_start(node.target), rule.old, rule.new)
        elif not (self._in_class()):
            self.visit(node.target)
        self.annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def _in_class(self) -> bool:
        return bool(self.scopes) and self.scopes[-1].kind == "class"

    def annotation(self, node: ast.expr) -> None:
        """Visit an annotation; strings in it are code."""
        for child in ast.walk(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                self.quoted(child)
        self.visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Visit a subscript; `Sequence["Json"]` in an alias is an annotation, too."""
        if isinstance(node.ctx, ast.Load) and not self.inside:
            shown = ast.unparse(node.value)
            if shown.rpartition(".")[2][:1].isupper():
                for child in ast.walk(node.slice):
                    if isinstance(child, ast.Constant) and isinstance(child.value, str):
                        self.quoted(child)
        self.generic_visit(node)

    def quoted(self, node: ast.Constant) -> None:
        """Rename the names in a string that is an annotation."""
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
        for match in re.finditer(r"(?<![\w.])[A-Za-z_]\w*", self.module.text[start:end]):
            new = self.new_name(match[0])
            if new != match[0]:
                self.edits.add((start + match.start(), start + match.end(), new))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        if self.inside:
            self.generic_visit(node)
            return
        found: list[tuple[str, str, bool]] = []
        self.inside.append((node, found))
        self.generic_visit(node)
        self.inside.pop()
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
        text = self.module.text[start:end]
        for old, new, attribute in set(found):
            before = r"(?<=\.)" if attribute else r"(?<![\w.])"
            for match in re.finditer(before + re.escape(old) + r"(?!\w)(?!=[^=])", text):
                if in_braces(text, match.start()):
                    self.edits.add((start + match.start(), start + match.end(), new))

    def visit_Call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func).rpartition(".")[2]
        texts = [each for each in node.args if isinstance(each, ast.Constant)]
        if (
            function in {"setattr", "getattr", "hasattr", "delattr", "object"}
            and len(node.args) > 1
        ):
            base, name = self.target(node.args[0]), node.args[1]
            if (
                base is not None
                and not base[1]
                and isinstance(name, ast.Constant)
                and isinstance(name.value, str)
            ):
                new = self.project.exported(base[0], name.value)
                self.in_string(name, name.value, new)
        if function in {"NewType", "TypeVar", "ParamSpec"} and texts:
            name = texts[0]
            if isinstance(name.value, str):
                self.in_string(name, name.value, self.new_name(name.value))
        if function == "cast" and texts and isinstance(texts[0].value, str):
            self.quoted(texts[0])
        self.generic_visit(node)

    def in_string(self, node: ast.Constant, old: str, new: str) -> None:
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
        place = self.module.text.find(old, start, end)
        if old != new and place >= 0:
            self.edits.add((place, place + len(old), new))

    def visit_Constant(self, node: ast.Constant) -> None:
        """Rename in a program that stands in a string, as tests hand it to `python -c`."""
        if not isinstance(node.value, str) or not PROGRAM.search(node.value) or self.inside:
            return
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
        place = self.module.text.find(node.value, start, end)
        try:
            tree = ast.parse(node.value)
        except SyntaxError:
            return
        if place < 0:
            return
        name = f"{self.module.name}@{node.lineno}"
        program = Module(name, self.module.path, node.value, tree)
        bind(tree.body, program)
        self.project.modules[name] = program
        editor = Editor(self.project, program)
        editor.visit(tree)
        del self.project.modules[name]
        self.edits |= {(place + a, place + b, new) for a, b, new in editor.edits}

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets):
            for child in ast.walk(node.value):
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    new = self.project.exported(self.module.name, child.value)
                    self.in_string(child, child.value, new)
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None:
            return
        home = self.project.module_name(node.module)
        moved = {
            alias.name: target
            for alias in node.names
            if (target := self.project.merged_home(node.module, alias.name)) is not None
        }
        if moved:
            self._split(node, home, moved)
            return
        if home != node.module:
            start = self.at(node.lineno, node.col_offset)
            place = self.module.text.index(node.module, start)
            self.replace(node, place, node.module, home)
        for alias in node.names:
            new = self.project.exported(node.module, alias.name)
            if new == alias.name:
                continue
            start = self.at(alias.lineno, alias.col_offset)
            if alias.asname == new:
                end = self.at(alias.end_lineno or 0, alias.end_col_offset or 0)
                self.edits.add((start, end, new))
            else:
                self.replace(node, start, alias.name, new)

    def _split(self, node: ast.ImportFrom, home: str, moved: dict[str, str]) -> None:
        """Import from its one home what several modules defined."""
        groups: dict[str, list[str]] = defaultdict(list)
        assert node.module is not None
        for alias in node.names:
            new = self.project.exported(node.module, alias.name)
            shown = new if alias.asname in (None, new) else f"{new} as {alias.asname}"
            groups[moved.get(alias.name, home)].append(shown)
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno or 0, node.end_col_offset or 0)
        lines = [f"from {each} import {', '.join(names)}" for each, names in groups.items()]
        self.edits.add((start, end, f"\n{' ' * node.col_offset}".join(lines)))

    def visit_Module(self, node: ast.Module) -> None:
        """Visit the statements; definitions that become one elsewhere turn into an import."""
        merged = {
            old: home
            for (module, old), home in self.project.merged.items()
            if module == self.module.name and home != module
        }
        imports: dict[str, str] = {}
        leading = 0
        for place, child in enumerate(node.body):
            name = defined_name(child)
            if isinstance(child, ast.Import | ast.ImportFrom):
                leading = self.at(child.end_lineno or 0, child.end_col_offset or 0)
            if name not in merged:
                self.visit(child)
                continue
            imports[self.project.renamed[self.module.name, name]] = merged[name]
            last = child
            for follower in node.body[place + 1 : place + 2]:
                if isinstance(follower, ast.Expr) and isinstance(follower.value, ast.Constant):
                    last = follower
            start = self.at(child.lineno, child.col_offset)
            end = self.at(last.end_lineno or 0, last.end_col_offset or 0)
            self.edits.add((start, end, ""))
        lines = [f"\nfrom {home} import {new}" for new, home in sorted(imports.items())]
        if lines:
            self.edits.add((leading, leading, "".join(lines)))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            new = self.project.module_name(alias.name)
            self.replace(node, self.at(alias.lineno, alias.col_offset), alias.name, new)

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            if self.new_name(name) != name:
                raise SystemExit(f"{self.module.path}:{node.lineno}: global {name}")

    # match statements bind and name classes
    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name in self.words:
            print(f"{self.module.path}:{node.lineno}: captured {node.name} is left")
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            if any(rule.old == name for rule in self.attributes):
                print(f"{self.module.path}:{node.lineno}: pattern {name}= is left")
        self.generic_visit(node)

    # ------------------------------------------------------------ definitions

    def defined_at(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
        word = "class" if isinstance(node, ast.ClassDef) else "def"
        start = self.at(node.lineno, node.col_offset)
        match = re.compile(rf"(?:async\s+)?{word}\s+").match(self.module.text, start)
        if match is None:
            raise SystemExit(f"{self.module.path}:{node.lineno}: no {word}")
        return match.end()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if self._in_class():
            for rule in self.attributes:
                if node.name == rule.old and self._owned(rule):
                    self.replace(node, self.defined_at(node), rule.old, rule.new)
        else:
            self.replace(node, self.defined_at(node), node.name, self.new_name(node.name))
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._defaults(node.args)
        if node.returns is not None:
            self.annotation(node.returns)
        names = locals_of(node.args, node.body)
        self._annotations(node.args)
        self.scopes.append(Scope("function", names))
        for each in arguments(node.args):
            new = self.words.get(each.arg, each.arg)
            self.replace(each, self.at(each.lineno, each.col_offset), each.arg, new)
        for child in node.body:
            self.visit(child)
        self.scopes.pop()

    def _defaults(self, given: ast.arguments) -> None:
        for default in [*given.defaults, *given.kw_defaults]:
            if default is not None:
                self.visit(default)

    def _annotations(self, given: ast.arguments) -> None:
        for each in arguments(given):
            if each.annotation is not None:
                self.annotation(each.annotation)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self.scopes.append(Scope("function", locals_of(node.args, [])))
        for each in arguments(node.args):
            new = self.words.get(each.arg, each.arg)
            self.replace(
                each, 0 if self.inside else self.at(each.lineno, each.col_offset), each.arg, new
            )
        self.visit(node.body)
        self.scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if not self._in_class():
            self.replace(node, self.defined_at(node), node.name, self.new_name(node.name))
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)
        names: dict[str, tuple[str, str, bool] | None] = locals_of(None, node.body)
        self.scopes.append(Scope("class", names))
        self.class_name.append(node.name)
        for child in node.body:
            self.visit(child)
        self.class_name.pop()
        self.scopes.pop()

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        bound: set[str] = set()
        for each in node.generators:
            bind_targets(each.target, bound)
        self.scopes.append(Scope("function", dict.fromkeys(bound)))
        self.generic_visit(node)
        self.scopes.pop()

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)


def defined_name(node: ast.stmt) -> str:
    """Return the one name that a definition or simple assignment binds, or nothing."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def identifiers(module: Module) -> set[str]:
    """Collect all names and parameters of a file, and what it imports."""
    names = set(module.defined) | set(module.imported)
    for node in ast.walk(module.tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                names.add(name)
    return names


def arguments(given: ast.arguments) -> list[ast.arg]:
    """List all parameters."""
    extra = [each for each in (given.vararg, given.kwarg) if each is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *extra]


def locals_of(
    given: ast.arguments | None, body: list[ast.stmt]
) -> dict[str, tuple[str, str, bool] | None]:
    """Collect what a function or class body binds."""
    inner = Module("", Path(), "", ast.Module([], []))
    bind(body, inner)
    names: dict[str, tuple[str, str, bool] | None] = dict.fromkeys(inner.defined)
    names |= inner.imported
    if given is not None:
        names |= dict.fromkeys(each.arg for each in arguments(given))
    for node in body:
        for child in ast.walk(node):
            if isinstance(child, ast.Global):
                for name in child.names:
                    names.pop(name, None)
    return names


def in_braces(text: str, place: int) -> bool:
    """Return whether a place in an f-string's source is inside a replacement field."""
    depth = 0
    for char in text[:place].replace("{{", "  ").replace("}}", "  "):
        depth += (char == "{") - (char == "}")
    return depth > 0


# ---------------------------------------------------------------- mentions


class Mentions:
    """Rewrite paths everywhere, and words in backticks where they are certain."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.left: list[str] = []
        pairs: dict[str, str] = {}
        for old, new in project.renamed_modules.items():
            pairs[old] = new
            pairs[old.replace(".", "/") + ".py"] = new.replace(".", "/") + ".py"
            pairs |= test_file(project, old, new)
        for (module, old), new in project.renamed.items():
            origin = project.gone.get(module, module)
            for home in {module, origin}:
                pairs[f"{home}.{old}"] = f"{project.module_name(home)}.{new}"
                pairs[f"{home}:{old}"] = f"{project.module_name(home)}:{new}"
        pairs = {old: new for old, new in pairs.items() if old != new and "." in old}
        self.pairs = pairs
        longest = sorted(pairs, key=len, reverse=True)
        self.pattern = re.compile(
            r"(?<![\w./-])(" + "|".join(map(re.escape, longest)) + r")(?![\w-])(?!\.\w+/)"
        )
        self.by_name: dict[str, dict[str, str]] = defaultdict(dict)
        for (module, old), new in project.renamed.items():
            self.by_name[old][module] = new
        self.certain = {
            old: next(iter(news.values()))
            for old, news in self.by_name.items()
            if len(set(news.values())) == 1
            and project.homes[old] <= set(news)
            and (not old.islower() or "_" in old)
        }

    def paths(self, text: str) -> str:
        """Rewrite dotted and file paths."""
        return self.pattern.sub(lambda match: self.pairs[match[1]], text)

    def words(self, text: str, where: str, module: str | None) -> str:
        """Rewrite names: all in backticks, and outside of them those that look like no word."""

        def one(match: re.Match[str]) -> str:
            quoted = match[0].startswith("`")
            return re.sub(
                r"(?<![\w./-])([A-Za-z_]\w*)(?![\w/-])",
                lambda word: self.word(word[1], where, module, quoted=quoted),
                match[0],
            )

        return re.sub(r"`[^`\n]+`|[^`]+|`", one, text)

    def word(self, word: str, where: str, module: str | None, *, quoted: bool) -> str:
        """Rename one word if it is certain what it means."""
        if word not in self.by_name or not (quoted or re.search(r"[a-z][A-Z]|[a-z]_[a-z]", word)):
            return word
        if module is not None:
            known = self.project.modules[module]
            if word in known.defined or word in known.imported:
                return self.project.exported(module, word)
            package = module if module in self.project.packages else module.rpartition(".")[0]
            near = [home for home in self.project.homes[word] if home.rpartition(".")[0] == package]
            if len(near) == 1:
                return self.by_name[word].get(near[0], word)
        if word in self.certain:
            return self.certain[word]
        if quoted and not word.islower():
            self.left.append(f"{where}: `{word}`")
        return word


def test_file(project: Project, old: str, new: str) -> dict[str, str]:
    """Pair the test file of a module with its new path, if there is one."""
    top, _, last = old.rpartition(".")
    source = f"tests.{top}.test_{last}"
    target = f"tests.{top}.test_{new.rpartition('.')[2]}"
    if source not in project.modules or target in project.modules:
        return {}
    return {
        source: target,
        source.replace(".", "/") + ".py": target.replace(".", "/") + ".py",
    }


def prose(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of comments and of strings that stand alone (docstrings)."""
    starts = line_starts(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield (
                starts[token.start[0] - 1] + token.start[1],
                starts[token.end[0] - 1] + token.end[1],
            )
    lines = text.split("\n")

    def at(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield (
                at(node.lineno, node.col_offset),
                at(node.end_lineno or 0, node.end_col_offset or 0),
            )


def fold(text: str, before: str) -> str:
    """Break the lines of a docstring or comment that a rename made too long."""
    known = set(before.split("\n"))
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        body = line.strip()
        if len(line) <= LONGEST or line in known or not body:
            lines.append(line)
        elif body.startswith('"""') and body.endswith('"""') and ". " in body:
            first, _, rest = body.strip('"').partition(". ")
            lines += [f'{indent}"""{first}.', "", *wrapped(rest, indent), f'{indent}"""']
        elif body.startswith("# "):
            lines += wrapped(body[2:], f"{indent}# ")
        elif indent or body.startswith('"""'):
            lines += wrapped(body, indent)
        else:
            lines.append(line)
    return "\n".join(lines)


def wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, 100, initial_indent=indent, subsequent_indent=indent, break_long_words=False
    )


# ---------------------------------------------------------------- files


def tracked(root: Path, *patterns: str) -> list[Path]:
    """List the files that git knows, or that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        check=True,
        cwd=root,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted({name for name in listed.split("\0") if name})
    return [root / name for name in names if (root / name).is_file()]


def dotted(path: Path) -> str:
    return path.as_posix().removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def sibling(module: str, name: str) -> str:
    return f"{module.rpartition('.')[0]}.{name}"


def under(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def shared_suffix(left: str, right: str) -> int:
    """Count the components that two dotted paths share at their ends."""
    count = 0
    for one, other in zip(reversed(left.split(".")), reversed(right.split(".")), strict=False):
        if one != other:
            break
        count += 1
    return count


def line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def apply(text: str, edits: set[Edit]) -> str:
    """Apply edits from the end, so that positions stay right."""
    last = len(text) + 1
    for start, end, new in sorted(edits, reverse=True):
        if end > last:
            raise SystemExit(f"edits overlap at {text[start:end]!r}")
        text = text[:start] + new + text[end:]
        last = start
    return text


def rewritten(project: Project, mentions: Mentions, module: Module, where: str) -> str:
    """Return the new text of a Python file."""
    editor = Editor(project, module)
    editor.visit(module.tree)
    for name in sorted((editor.introduced - editor.vanished) & identifiers(module)):
        print(f"conflict: {where}: {name}")
    code = sorted(editor.edits)
    edits = set(code)
    for start, end in prose(module.text):
        whole = module.text[start:end]
        new = mentions.words(mentions.paths(whole), where, module.name)
        if new != whole and not any(start <= at < end for at, _, _ in code):
            first = module.text.rfind("\n", 0, start) + 1
            lead = module.text[first:start]
            if not lead.strip():
                new = fold(lead + new, lead + whole)[len(lead) :]
            edits.add((start, end, new))
    return mentions.paths(apply(module.text, edits))


def main() -> None:
    """Rename everything and print what is left for hand work."""
    project = Project(ROOT)
    mentions = Mentions(project)
    written: dict[Path, str] = {}
    for name, text in NEW_FILES.items():
        if not (ROOT / name).exists():
            (ROOT / name).write_text(text, encoding="utf-8")
    for module in list(project.modules.values()):
        where = module.path.relative_to(ROOT).as_posix()
        if not where.startswith(UNTOUCHED):
            written[module.path] = rewritten(project, mentions, module, where)
    for path in tracked(ROOT, *TEXTS):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(UNTOUCHED):
            text = mentions.paths(path.read_text(encoding="utf-8"))
            prosaic = path.suffix == ".md"
            written[path] = mentions.words(text, where, None) if prosaic else text
    for name, pairs in FINISH.items():
        path = ROOT / name
        for old, new in pairs:
            if path in written:
                written[path] = written[path].replace(old, new)
    changed = [path for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(written[path], encoding="utf-8")
    for old, new in project.renamed_modules.items():
        for source, target in {old: new, **test_file(project, old, new)}.items():
            if "/" not in source:
                move(source, target)
    print(f"{len(changed)} files changed")
    for line in sorted(set(mentions.left)):
        print(f"left: {line}")


def move(old: str, new: str) -> None:
    """Move a module's file with git, unless that was done before."""
    source, target = (ROOT / (name.replace(".", "/") + ".py") for name in (old, new))
    if not source.exists():
        return
    if target.exists():
        raise SystemExit(f"{source} and {target} both exist")
    subprocess.run(["git", "mv", str(source), str(target)], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

"""What is in which room, read from the sources: libraries, simulators, and who may look modules up."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from commands.main import SIMULATED

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = (
    "commands", "crypto", "drivers", "election", "headquarters", "kiosk", "registry", "ui", "words",
)  # fmt: skip
"""The distribution `amin`."""

LIBRARIES: Final = {
    "PySide6": ("ui", {"commands"}),
    "smartcard": ("drivers/smartcard", set[str]()),  # pyscard
    # Certificates of countries travel in the package: headquarters chooses them, `election` reads them.
    "cryptography": (
        "crypto",
        {"commands", "drivers", "election", "headquarters", "kiosk", "registry"},
    ),
    "serial": ("drivers", {"commands"}),  # pyserial
    "sqlite_utils": ("drivers/media", {"kiosk"}),
}
"""Each of the owner's libraries: its home, and the rooms that use it beside that."""


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


@cache
def modules_named(source: Path) -> set[str]:
    """Top-level names that a file imports, also by `import_module` with a plain text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.Call(func=func, args=[ast.Constant(str(module)), *_]) if _called(func) == (
                "import_module"
            ):
                found.add(module)
    return {name.partition(".")[0] for name in found}


def _called(func: ast.expr) -> str:
    match func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_library_has_its_room(library: str) -> None:
    home, others = LIBRARIES[library]
    users = {path.relative_to(ROOT) for path in sources(*ROOMS) if library in modules_named(path)}
    assert any(path.is_relative_to(home) for path in users), f"{home} does not use it"
    elsewhere = {path for path in users if not path.is_relative_to(home)}
    assert {path.parts[0] for path in elsewhere} <= others, sorted(elsewhere)


def test_no_source_of_amin_names_a_module_of_the_simulators() -> None:
    there = {path.relative_to(ROOT / "simulators").parts[0] for path in sources("simulators")}
    names = "|".join(re.escape(name.removesuffix(".py")) for name in there)
    named = re.compile(rf"\bsimulators\.(?:{names})\b|(?:from|import)\s+simulators\b")
    found = [path for path in sources(*ROOMS) if named.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_only_the_composition_root_looks_modules_up() -> None:
    """`import_module` of a name that is not written there, and metadata of what is installed."""
    looking = re.compile(
        r"\b(?:import_module|find_spec|__import__|entry_points|Distribution|run_module)\b"
    )
    found = {
        str(path.relative_to(ROOT))
        for path in sources(*ROOMS)
        if looking.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "commands/lazy.py",
        "commands/plugins.py",
        "drivers/smartcard/winscard.py",
    }
    assert "smartcard" in modules_named(ROOT / "drivers/smartcard/winscard.py"), "by a plain text"


def project(path: str) -> dict[str, object]:
    content = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
    assert isinstance(content, dict)
    return content


def test_both_distributions_are_of_one_version() -> None:
    amin, simulators = project("pyproject.toml"), project("simulators/pyproject.toml")
    assert amin["name"] == "amin"
    assert simulators["name"] == "amin-simulators"
    assert amin["version"] == simulators["version"]
    assert simulators["dependencies"] == [f"amin[registry]=={amin['version']}"]


def test_every_word_of_the_simulators_is_known_to_the_one_who_misses_it() -> None:
    points = project("simulators/pyproject.toml")["entry-points"]
    assert isinstance(points, dict)
    assert tuple(sorted(points["amin.commands"])) == tuple(SIMULATED)
    assert "entry-points" not in project("pyproject.toml"), "no seam for drivers"


def test_the_contract_of_imports_knows_every_room_and_no_exception() -> None:
    content = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    linter = tomllib.loads(content)["tool"]["importlinter"]
    assert set(linter["root_packages"]) == {*ROOMS, "simulators"}
    layers, *others = linter["contracts"]
    assert layers["layers"] == [
        *("simulators", "commands", "ui", "kiosk | headquarters | registry", "election"),
        *("drivers | crypto", "words"),
    ]
    for contract in (layers, *others):
        assert not {name for name in contract if name.startswith(("ignore", "unmatched"))}
    # Indirectly a screen meets a device: through the flow that it draws.
    assert [x["name"] for x in others if x.get("allow_indirect_imports")] == [
        "screens draw flows and nothing else"
    ]

"""Give wrong files to an import, and blanks to the lines that people paste."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headquarters.workspace import ElectionFolder
from tests.cases.office.office import accepted, amin
from tests.headquarters.test_cli import day, people

__all__ = ["day", "people"]


@pytest.fixture
def folder(day: ElectionFolder, tmp_path: Path) -> Path:
    """An election after its day, before the first import."""
    copy = Path(shutil.copytree(day.path, tmp_path / "election"))
    shutil.rmtree(copy / "bundles")
    (copy / "import.json").unlink()
    return copy


def bundles(folder: Path) -> list[Path]:
    return sorted((folder / "out").glob("*.bundle"))


def cut(folder: Path) -> Path:
    whole = bundles(folder)[0]
    target = folder.parent / whole.name
    target.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return target


def sent_package(folder: Path) -> Path:
    return folder / "package.amin"


def log(folder: Path) -> Path:
    """It lies beside the bundle on every USB drive."""
    target = folder.parent / "terminal-1.audit.jsonl"
    target.write_text('{"number": 1}\n', encoding="utf-8")
    return target


def empty(folder: Path) -> Path:
    target = folder.parent / "terminal-1.bundle"
    target.write_bytes(b"")
    return target


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [cut, sent_package, log, empty])
def test_wrong_file_is_named_once(folder: Path, wrong: Callable[[Path], Path]) -> None:
    path = wrong(folder)
    told = amin("import", folder, path)
    assert told.exit_code == 1
    assert path.stem in told.output
    assert list((folder / "bundles").iterdir()) == []
    accepted(amin("import", folder, *bundles(folder)))


@pytest.mark.slow
def test_wrong_file_beside_the_right_ones(folder: Path) -> None:
    told = amin("import", folder, cut(folder), *bundles(folder))
    assert told.exit_code == 1
    assert len(list((folder / "bundles").iterdir())) == len(bundles(folder))
    accepted(amin("import", folder, bundles(folder)[0]))


@pytest.mark.parametrize("name", ["USB drive انتخابات", "it's", "a;b", "$HOME", "plain"])
def test_next_line_of_a_ceremony_can_be_pasted(tmp_path: Path, name: str) -> None:
    stick = tmp_path / name
    people = [word for title in ("الف", "ب", "پ") for word in ("--name", title, "")]
    sizes = ("--trustees", 3, "--threshold", 2)
    told = accepted(amin("ceremony", "new", stick, "--title", "شورا", *sizes, *people))
    assert str(stick) in shlex.split(told.stdout.strip().splitlines()[-1])


@pytest.mark.slow
def test_seats_after_a_count_on_several_machines(day: ElectionFolder, tmp_path: Path) -> None:
    """The result is in the target; who asks in the election's folder is told where to look."""
    folder, target = Path(shutil.copytree(day.path, tmp_path / "counted")), tmp_path / "target"
    shutil.rmtree(folder / "result")
    accepted(amin("batches", folder, target))
    for number in (1, 2):
        accepted(amin("mix", target, "--trustee", number))
    for number in (1, 2):
        key = folder / "trustees" / f"trustee-{number}.key"
        accepted(amin("decrypt", target, "--key", key))
    accepted(amin("conclude", folder, target))
    told = amin("seats", target)
    assert told.exit_code in {0, 1}, told.output
    elsewhere = amin("seats", folder)
    assert "tally" not in elsewhere.output, "all is counted"

"""A day of the demonstration by the installed program: stations run in the tree, by its Python and libraries.

The simulators are put beside the program, as for a rehearsal; the robots, cards and readers are those of a
second installation, the one that plays this, outside the tree.
"""

from __future__ import annotations

import runpy
import sys
import zipfile
from pathlib import Path

import click

from simulators.demo.branch_day import BranchDay
from simulators.demo.day import play_day
from tests.packaging.bare import Bare, run

ROOT = Path(__file__).parents[2]
SITE = "usr/lib/amin/lib/python3.11/site-packages"
PYTHON = ("/usr/lib/amin/bin/python3", "-I")
FOR_ROBOTS = ("PySide6/QtTest.abi3.so", "PySide6/Qt/lib/libQt6Test.so.6")
"""Hands for windows, which no device has."""
VOTERS = 6


def simulators_beside(bare: Bare, wheels: Path, folder: Path) -> list[Path]:
    """Unpack `amin-simulators` beside the program; the files that were put there."""
    copied = runpy.run_path(str(ROOT / "scripts" / "deb"))["sources"](folder / "sources")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    quiet = ["--no-index", "--disable-pip-version-check", "--wheel-dir"]
    run(*pip, *quiet, folder, copied / "simulators")
    (made,) = folder.glob("amin_simulators-*.whl")
    (qt,) = wheels.glob("pyside6_essentials-*.whl")
    site, put = bare.root / SITE, []
    for wheel, wanted in ((made, None), (qt, FOR_ROBOTS)):
        with zipfile.ZipFile(wheel) as archive:
            for name in wanted or archive.namelist():
                archive.extract(name, site)
                put.append(site / name)
    return put


def play(bare: Bare, wheels: Path, folder: Path) -> None:
    """Play the day, and take the simulators out again. Raises if anything does not agree."""
    folder.mkdir()
    put = simulators_beside(bare, wheels, folder)

    def staff(*given: object) -> BranchDay:
        day = BranchDay(*given)  # type: ignore[arg-type]
        for hands in day.hands:
            hands.station.program = tuple(bare.words(*PYTHON))
        return day

    report = play_day(folder / "day", voters=VOTERS, seed=5, transport="pcscd", staff=staff)
    assert not report.disagreements, report.disagreements
    assert report.transport == "pcscd"
    for path in put:
        path.unlink()
    folders = {bare.root / SITE / path.relative_to(bare.root / SITE).parts[0] for path in put}
    run("rm", "-rf", *(path for path in folders if "simulators" in path.name))
    click.echo(f"{report.ballots_cast} ballots from the package, counted as they were meant")

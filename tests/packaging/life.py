"""What becomes of a package in a tree: it is upgraded, refuses to be while it serves, and is purged."""

from __future__ import annotations

import re
from pathlib import Path

import click

from tests.packaging.bare import QUIET, Bare, run

RUNNING = """#!/bin/sh
[ "$*" = "--quiet is-active {unit}" ]
"""
"""A systemctl for which one unit runs."""


def newer(package: Path, folder: Path) -> Path:
    """Return the same package as a later version."""
    tree = folder / "newer"
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN" / "control"
    control.write_text(
        re.sub(r"^Version: .*$", "Version: 9.0", control.read_text(), flags=re.MULTILINE)
    )
    made = folder / f"{package.name.partition('_')[0]}_9.0_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made)
    run("rm", "-r", tree)
    return made


def version(bare: Bare, name: str) -> str:
    """Return the installed version, "" if it is not installed."""
    done = bare.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Version}", name)
    status, _, found = done.stdout.partition("|")
    # The first letter is what is wanted, the second what is.
    return found if status[1:2] == "i" else ""


def upgrade(bare: Bare, package: Path, settings: str, kept: tuple[str, ...], unit: str) -> None:
    """Install it as a later version: not while `unit` runs; what people wrote and made stays."""
    name = package.name.partition("_")[0]
    later = newer(package, bare.root / "root")
    changed = bare.write(settings, (bare.root / settings.lstrip("/")).read_text() + "# ours\n")
    for place in kept:
        bare.write(place, "kept", 0o600)
    before = version(bare, name)
    bare.write("/run/systemd/system/.here", "")
    stub = bare.write("/usr/local/bin/systemctl", RUNNING.format(unit=unit), 0o755)
    for action in (("-i", f"/root/{later.name}"), ("-r", name), ("-P", name)):
        refused = bare.run("dpkg", *action, **QUIET)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0, (action, refused)
        assert "systemctl stop" in said, said
        assert version(bare, name) == before, action
    stub.write_text("#!/bin/sh\ncase $* in *is-active*) exit 3;; esac\n")
    bare.must("dpkg", "-i", f"/root/{later.name}", **QUIET)
    assert version(bare, name) == "9.0"
    assert changed.read_text().endswith("# ours\n")
    assert all((bare.root / place.lstrip("/")).read_text() == "kept" for place in kept)
    assert not [path for path in changed.parent.iterdir() if ".dpkg-" in path.name]
    stub.unlink()
    (bare.root / "run/systemd/system/.here").unlink()
    (bare.root / "run/systemd/system").rmdir()
    click.echo(f"{name}: refuses while {unit} runs; upgraded, with settings, keys and votes")


def purge(bare: Bare, name: str, settings: str, kept: tuple[str, ...]) -> None:
    """Take it out: nothing of the program stays, and nothing of a person's goes."""
    said = bare.must("dpkg", "-P", name, **QUIET)
    assert not version(bare, name)
    assert not (bare.root / settings.lstrip("/")).exists()
    left = [*(bare.root / "usr").rglob("amin*")]
    assert not left, left
    for place in kept:
        assert (bare.root / place.lstrip("/")).read_text() == "kept"
    assert " stays" in said, said
    click.echo(f"{name}: purged; keys and votes stay")

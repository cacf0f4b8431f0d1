"""`python -m tests.whole`: run the files that take a share in every run, all of it: `make whole`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

TESTS: Final = Path(__file__).parent
ROOT: Final = TESTS.parent
USES: Final = "from tests.shares import"
FAILED: Final = 1
CASE_S: Final = 600
"""Longest time of one case when it takes everything."""


def files() -> tuple[Path, ...]:
    """Return the files of tests that take shares, in alphabetical order."""
    found = (path for path in sorted(TESTS.rglob("test_*.py")) if USES in path.read_text("utf-8"))
    return tuple(path.relative_to(ROOT) for path in found)


def command(file: Path) -> list[str]:
    """Return what runs a file; its environment says that it is to take everything."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return [*words, f"--timeout={CASE_S}", "-o", f"timeout={CASE_S}", str(file)]


def run(chosen: Sequence[Path], end: float) -> tuple[list[Path], list[Path]]:
    """Run one file after the other until `end`; return those that failed and those left."""
    environment = {**os.environ, "WHOLE": "1", "QT_QPA_PLATFORM": "offscreen"}
    failed, left = [], list(chosen)
    while left and time.monotonic() < end:
        file = left.pop(0)
        began = time.monotonic()
        status = subprocess.run(command(file), cwd=ROOT, env=environment, check=False).returncode
        click.echo(f"{file}: {status or 'passed'}, {time.monotonic() - began:.0f} s")
        if status:
            failed.append(file)
    return failed, left


@click.command()
@click.argument("names", nargs=-1, metavar="[FILE]…", type=click.Path(path_type=Path))
@click.option("--seed", default=0, envvar="SEED", help="Order of the files.")
@click.option("--minutes", default=60.0, show_default=True, help="No new file is begun afterwards.")
def main(names: tuple[Path, ...], seed: int, minutes: float) -> None:
    """Run the files, or those named, and say what there was no time for; status 1 if one failed."""
    chosen = list(names or files())
    random.Random(seed).shuffle(chosen)
    failed, left = run(chosen, time.monotonic() + minutes * 60)
    click.echo(f"{len(chosen) - len(left)} of {len(chosen)} files, seed {seed}")
    if left:
        click.echo(f"no time for {', '.join(map(str, left))}")
    for file in failed:
        click.echo(f"again: make whole ARGS={file}", err=True)
    if failed:
        raise click.exceptions.Exit(FAILED)


if __name__ == "__main__":
    main()

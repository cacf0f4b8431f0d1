"""`python -m tests.fuzz`: mutated inputs for every parser, on all cores, until one goes wrong."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import random
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.fuzz import archive_bits
from tests.fuzz.elections import counted
from tests.fuzz.registry import TARGETS
from tests.fuzz.run import Outcome, attempt, fuzz, keep

RUNS: Final = 100_000
PIECE: Final = 5_000
"""Inputs that one worker tries at a time, so that all cores are busy to the end."""
BITS: Final = "archive-bits"
ONE: Final = 1
"""Trustee of the archive whose every byte is changed: the shortest there can be."""
FAILED: Final = 1


@click.command()
@click.argument("names", nargs=-1, metavar="[TARGET]…")
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=RUNS,
    show_default=True,
    help="Inputs for each target; some that are slow get a share of it.",
)
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="At most, a target.")
@click.option("--seed", type=int, help="Of all inputs; without it another one each time.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Processes.",
)
@click.option(
    "--input",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try this one input on TARGET, with the whole traceback.",
)
@click.option("--list", "listed", is_flag=True, help="Name the targets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(
    names: tuple[str, ...],
    runs: int,
    seconds: float | None,
    seed: int | None,
    jobs: int,
    file: Path | None,
    listed: bool,
    as_json: bool,
) -> None:
    """Try mutated inputs on every parser of bytes from outside.

    \b
    TARGET is one or more of --list, or archive-bits: one bit of every byte of a small archive turned.
    Without TARGET all run. Exit status 1 if an input raised what it may not, or took too long; it is
    kept in tests/fuzz/crashes. Targets with keys make new ones each time, so an input that got past a
    signature may be refused there when it is tried again.
    """
    known = [*TARGETS, BITS]
    if listed:
        click.echo("\n".join(known))
        return
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"there is no target {unknown[0]!r}; see --list")
    if file is not None:
        _again(names, file)
        return
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    wanted = [name for name in names or known if name != BITS]
    outcomes = _fuzz_all(wanted, runs, seconds, seed, jobs) if wanted else []
    missed = _turn_bits(jobs) if BITS in (names or known) else None
    _report(outcomes, missed, seed, as_json)
    if missed or any(outcome.crash for outcome in outcomes):
        raise click.exceptions.Exit(FAILED)


def _again(names: tuple[str, ...], file: Path) -> None:
    if len(names) != 1 or names[0] == BITS:
        raise click.UsageError("--input is for one TARGET")
    target = TARGETS[names[0]]()
    data = file.read_bytes()
    accepted, wrong = attempt(target, data)
    if not wrong:
        click.echo("read" if accepted else "refused as it should be")
        return
    click.echo(wrong, err=True)
    target.read(data)  # with its traceback
    raise click.exceptions.Exit(FAILED)


def _quiet() -> None:
    """Strange bytes make libraries warn and simulators log."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def _silent() -> None:
    """For workers: a picture library writes its complaints to the terminal by itself."""
    _quiet()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _piece(name: str, inputs: int, seed: str, limit_s: float | None) -> Outcome:
    return fuzz(name, TARGETS[name](), inputs, seed, limit_s=limit_s, break_off=True)


def _pieces(
    names: list[str], runs: int, seconds: float | None, seed: int, jobs: int
) -> Iterator[tuple[str, int, str, float | None]]:
    for name in names:
        inputs = max(1, round(runs * TARGETS[name]().share))
        sizes = [min(PIECE, inputs - at) for at in range(0, inputs, PIECE)]
        limit_s = None if seconds is None else seconds * jobs / len(sizes)
        yield from ((name, size, f"{seed}.{n}", limit_s) for n, size in enumerate(sizes))


def _fuzz_all(
    names: list[str], runs: int, seconds: float | None, seed: int, jobs: int
) -> list[Outcome]:
    """All targets, the inputs of each in pieces; what goes wrong ends only its piece."""
    _quiet()
    found: dict[str, Outcome] = {}
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with _bar() as bar, ProcessPoolExecutor(jobs, context, initializer=_silent) as pool:
        waiting = [
            pool.submit(_piece, *piece) for piece in _pieces(names, runs, seconds, seed, jobs)
        ]
        task = bar.add_task("mutated inputs", total=len(waiting))
        for future in as_completed(waiting):
            outcome = future.result()
            found[outcome.name] = outcome.and_then(found.get(outcome.name))
            bar.update(task, advance=1, description=outcome.name)
    return [found[name] for name in names]


def _turn_bits(jobs: int) -> list[int]:
    archive = counted(ONE).archive
    missed = []
    with _bar() as bar:
        task = bar.add_task("archive bits", total=len(archive))
        for done, found in archive_bits.every_byte(archive, jobs):
            missed += found
            bar.update(task, completed=done)
    return missed


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


def _report(outcomes: list[Outcome], missed: list[int] | None, seed: int, as_json: bool) -> None:
    crashes = [(outcome.name, outcome.crash) for outcome in outcomes if outcome.crash]
    kept = [(name, crash, keep(name, crash)) for name, crash in crashes]
    if as_json:
        rows = [
            {**asdict(outcome), "crash": outcome.crash.error if outcome.crash else None}
            for outcome in outcomes
        ]
        click.echo(json.dumps({"seed": seed, "targets": rows, "archive_bits_missed": missed}))
    else:
        Console(width=None if sys.stdout.isatty() else 100).print(_table(outcomes, seed))
        if missed is not None:
            size = len(counted(ONE).archive)
            click.echo(f"{BITS}: {size - len(missed)} of {size} changed bytes noticed")
    for name, crash, path in kept:
        click.echo(f"{name}: {crash.error}", err=True)
        click.echo(f"  again: python -m tests.fuzz {name} --input {path}", err=True)
    for place in missed or []:
        click.echo(f"{BITS}: a change of byte {place} is not noticed", err=True)


def _table(outcomes: list[Outcome], seed: int) -> Table:
    table = Table(title=f"mutated inputs, seed {seed}", title_justify="left")
    table.add_column("target")
    for heading in ("inputs", "a second and core", "read without error", "slowest ms"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for outcome in outcomes:
        table.add_row(
            outcome.name,
            f"{outcome.inputs:,}",
            f"{outcome.inputs / max(outcome.seconds, 1e-9):,.0f}",
            f"{outcome.accepted / outcome.inputs:.0%}",
            f"{outcome.slowest_ms:.0f}",
            "CRASH" if outcome.crash else "",
        )
    return table


if __name__ == "__main__":
    main()

"""`amin bench`: run benchmarks and show their figures as tables or as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Protocol

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from simulators.benchmarks.measure import Figure, StatusCallback

_LONG: Final = frozenset({"registry", "fleet", "office", "pipeline"})
"""Only when they are asked for."""


class Benchmark(Protocol):
    """Benchmark that gives its figures one after another."""

    def __call__(self, runs: int, tell: StatusCallback) -> Iterator[Figure]:
        """Measure `runs` times and yield figures; `tell` is called with what is measured next."""


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option(
    "--runs",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How often long steps are repeated; short ones are repeated more often.",
)
@click.option(
    "--ballots",
    type=click.IntRange(10, 5000),
    default=100,
    show_default=True,
    help="crypto: ballots in the archive that is mixed and verified; pipeline: of the smallest of three"
    " elections.",
)
@click.option(
    "--belenios-tool",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="crypto: the reference tool, to verify the same file beside us (else the one on the PATH).",
)
@click.option(
    "--reads",
    type=click.IntRange(10, 100_000),
    default=1000,
    show_default=True,
    help="drivers: card reads and finger captures of the endurance run.",
)
@click.option(
    "--stations",
    type=click.IntRange(2, 5000),
    default=400,
    show_default=True,
    help="registry: stations that ask, each 20 times.",
)
@click.option(
    "--at-once",
    type=click.IntRange(2, 5000),
    multiple=True,
    help="registry: stations that wait for an answer at the same time (several times: one run each).",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="registry: processes of the service.",
)
@click.option(
    "--standbys",
    type=click.IntRange(0, 4),
    default=0,
    show_default=True,
    help="registry: PostgreSQL servers of which one confirms every batch.",
)
@click.option(
    "--held",
    type=click.IntRange(0, 100_000_000),
    default=0,
    help="registry: claims that are there already, for a second run (1 kB of disk each, no standbys).",
)
@click.option(
    "--lines",
    type=click.IntRange(0, 8000),
    default=0,
    help="registry: stations that all connect again at once.",
)
@click.option(
    "--branches",
    type=click.IntRange(8, 20_000),
    default=2874,
    show_default=True,
    help="fleet, office: branches, each with two stations and three terminals.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def bench(
    names: tuple[str, ...],
    runs: int,
    ballots: int,
    belenios_tool: Path | None,
    reads: int,
    stations: int,
    at_once: tuple[int, ...],
    processes: int,
    standbys: int,
    held: int,
    lines: int,
    branches: int,
    as_json: bool,
) -> None:
    """Measure what Amin's parts cost on this machine.

    \b
    NAME is one or more of:
        crypto     encrypt, mix, decrypt, verify; beside belenios-tool if it is here
        drivers    cards through pcscd and fingers through a serial line, and what leaks
        storage    a vote on two media against the bare writes and syncs of one, and its receipt
        fleet      a country before the day: tables, enrolment, packages, loading on a device
        import     one more closing bundle at headquarters, after 10, 300 and 2,000
        office     plan, survey, inventory, forms and board of arrivals of a country
        pipeline   bundles to published pages by all commands: a ballot on one core, how it grows; Dask
        ui         search, page, touch, opening, language, painted; first sound; memory over 500 voters
        registry   claims at a centre's registry: PostgreSQL, nginx, mutual TLS, signatures
        startup    a line of help, and the verification of a tiny archive, from nothing
    Without a NAME all but registry, fleet, office and pipeline run, one after another. Some minutes each.

    Figures are medians, and so are targets but those with p99. A machine that does other work
    at the same time gives larger ones; ratios between things measured in one run stay. Exit
    status 1 if a target is missed.
    """
    from simulators.benchmarks.crypto import bench_crypto
    from simulators.benchmarks.drivers import bench_drivers
    from simulators.benchmarks.fleet import bench_fleet
    from simulators.benchmarks.importing import bench_import
    from simulators.benchmarks.office import bench_office
    from simulators.benchmarks.pipeline import bench_pipeline
    from simulators.benchmarks.screens import bench_ui
    from simulators.benchmarks.startup import bench_startup
    from simulators.benchmarks.storage import bench_storage

    benches: dict[str, Benchmark] = {
        "crypto": lambda runs, tell: bench_crypto(runs, ballots, belenios_tool, tell),
        "drivers": lambda runs, tell: bench_drivers(runs, reads, tell),
        "storage": bench_storage,
        "import": bench_import,
        "fleet": lambda runs, tell: bench_fleet(runs, tell, branches),
        "office": lambda runs, tell: bench_office(runs, tell, branches),
        "pipeline": lambda _, tell: bench_pipeline(ballots, tell),
        "ui": bench_ui,
        "startup": bench_startup,
        "registry": lambda _, tell: _registry(
            tell,
            stations=stations,
            processes=processes,
            standbys=standbys,
            held=held,
            lines=lines,
            **({"at_once": at_once} if at_once else {}),
        ),
    }
    if held and standbys:
        raise click.UsageError("--held fills one server: measure it without --standbys")
    unknown = [name for name in names if name not in benches]
    if unknown:
        raise click.UsageError(f"there is no bench {unknown[0]!r}; there are: {', '.join(benches)}")
    found: dict[str, list[Figure]] = {}
    for name in names or tuple(name for name in benches if name not in _LONG):
        with _telling() as tell:
            found[name] = []
            for figure in benches[name](runs, tell):
                found[name].append(figure)
                if not sys.stderr.isatty():
                    click.echo(f"{figure.name}: {_number(figure.value)} {figure.unit}", err=True)
        if not as_json:
            Console(width=None if sys.stdout.isatty() else 110).print(_table(name, found[name]))
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False))
    if any(figure.kept is False for figures in found.values() for figure in figures):
        raise click.exceptions.Exit(1)


def _registry(tell: StatusCallback, **day: Any) -> Iterator[Figure]:
    """Only a machine with the servers and their libraries has this one."""
    from commands.speaking import server_libraries

    with server_libraries():
        from simulators.benchmarks.registry import Day, bench_registry
    return bench_registry(Day(**day), tell)


@contextmanager
def _telling() -> Iterator[StatusCallback]:
    """Show on standard error what is measured; where that is no terminal figures are told as they come."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    ) as bars:
        task = bars.add_task("…", total=None)
        yield lambda text: bars.update(task, description=text)


def _table(name: str, figures: list[Figure]) -> Table:
    table = Table(title=f"amin bench {name}", title_justify="left", caption=_machine())
    numbers = ("median", "p99", "runs", "target")
    for heading in ("what", *numbers, "", "note"):
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for figure in figures:
        verdict = {None: "", True: "kept", False: "MISSED"}[figure.kept]
        target = "" if figure.target is None else f"{figure.limit} {_number(figure.target)}"
        if target and figure.by_p99:
            target += " (p99)"
        table.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            "" if figure.p99 is None or figure.samples == 1 else _number(figure.p99),
            str(figure.samples),
            target,
            verdict,
            figure.note,
        )
    return table


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _as_json(found: dict[str, list[Figure]]) -> dict[str, object]:
    return {
        "machine": _machine(),
        "benches": {
            name: [{**asdict(figure), "kept": figure.kept} for figure in figures]
            for name, figures in found.items()
        },
    }

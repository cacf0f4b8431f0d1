"""Share exit status, progress bars and cores between the commands of headquarters.

Exit status: 0 done, 1 done and something is wrong (named, one line each), 2 unusable input, 3 nothing
wrong but not everything could be checked, 4 devices still to come (both: `amin election verify`).
With `--json` one object goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from commands.speaking import speaker, usage
from headquarters.progress import ProgressCallback, no_progress
from words.message import Message, m

if TYPE_CHECKING:
    from election.register import ElectionNumber
    from headquarters.tally.work import Work

INVALID = 1
INCOMPLETE = 3
INTERIM = 4

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
YES = click.option("--yes", is_flag=True, help="Answer every question with yes (for rehearsals).")
MINIMUM = click.option(
    "--minimum",
    type=click.IntRange(1),
    help="Small branches share an archive until it holds as many ballots: what the register names, "
    "or 500 without one.",
)
SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Work on a Dask cluster, such as tcp://10.0.0.1:8786; else on this machine's cores.",
)


class _ElectionNumber(click.ParamType["ElectionNumber", Any]):
    """The number of an election, as it was published before the day."""

    name = "number"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> ElectionNumber:
        """Read a number as people type it."""
        del param, ctx
        from election.register import parse_number

        try:
            return parse_number(value)
        except ValueError as error:
            raise usage(m("--number: all 64 hex digits are needed, in groups or not")) from error


NUMBER = _ElectionNumber()
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OBSERVER = click.option(
    "--observer",
    type=EXISTING_FOLDER,
    required=True,
    help="Folder of the supervision board's observer, who signs beside headquarters.",
)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)

LABELS: Final[Mapping[str, Message]] = {
    "package": m("package"),
    "bytes": m("bytes"),
    "digest": m("digest"),
    "fingerprint": m("fingerprint"),
    "devices": m("devices"),
    "register": m("register"),
    "number": m("number of the election"),
    "packages": m("packages"),
    "operators": m("operators"),
    "batches": m("batches"),
    "branches": m("branches"),
    "districts": m("districts"),
    "stations": m("identity stations"),
    "terminals": m("ballot terminals"),
    "mixed": m("mixed"),
    "decrypted": m("decrypted"),
    "done already": m("done already"),
    "check_ins": m("check_ins"),
    "ordinary": m("ordinary cards that were used"),
    "unread_terminals": m("terminals that were not given"),
    "twice": m("persons with two ordinary ballots"),
    "decisions": m("decisions"),
    "signatures": m("signatures"),
    "included": m("included"),
    "excluded": m("excluded"),
    "missing": m("missing"),
    "at_most": m("at_most"),
    "unbounded": m("unbounded"),
    "lot": m("lot"),
    "value": m("value"),
    "file": m("file"),
    "unallocated": m("contests without seats"),
    "closings": m("closings"),
    "revocations": m("revocations"),
}
"""What a small result holds; the words themselves are members of its JSON."""


@contextmanager
def working(scheduler: str | None = None, *, few: bool = False) -> Iterator[Work]:
    """Do long work: with bars for its `progress`, and processes of this machine or of a cluster."""
    from headquarters.tally.work import Work
    from headquarters.tally.workers import workers

    with progress() as told, workers(scheduler, few=few) as executor:
        yield Work(executor, told)


@contextmanager
def progress() -> Iterator[ProgressCallback]:
    """Bars on standard error, one per step; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=Console(stderr=True)) as bars:
        tasks = {task.description: task.id for task in bars.tasks}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield told


@contextmanager
def check_bar() -> Iterator[ProgressCallback]:
    """Show a bar on standard error for the checks; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)

    def told(what: str, done: int, total: int) -> None:
        # A bar only while something is checked: questions are asked in between.
        if not bars.live.is_started:
            for task in list(bars.task_ids):
                bars.remove_task(task)
            bars.add_task(what, total=total)
            bars.start()
        bars.update(bars.task_ids[0], completed=done, total=total)
        if done >= total:
            bars.stop()

    try:
        yield told
    finally:
        bars.stop()


def asker(yes: bool) -> Callable[[Message], bool]:
    """Asks a person, unless everything is answered with yes beforehand."""

    def ask(question: Message) -> bool:
        return yes or click.confirm(speaker()(question), err=True)

    return ask


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_result(as_json: bool, value: dict[str, object]) -> None:
    """Print a small result: as JSON, or one line per entry."""
    if as_json:
        print_json(value)
        return
    t = speaker()
    for name, item in value.items():
        click.echo(f"{t(LABELS[name])}: {item}")


def now() -> datetime:
    """Return this second in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def leave(good: bool, *, complete: bool = True, final: bool = True) -> None:
    """End with 1 if something is wrong, else 3 if not everything could be checked, else 4 if not final."""
    if not good:
        raise click.exceptions.Exit(INVALID)
    if not complete:
        raise click.exceptions.Exit(INCOMPLETE)
    if not final:
        raise click.exceptions.Exit(INTERIM)

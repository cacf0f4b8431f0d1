"""Report errors and progress of the ceremony's commands on standard error, a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from commands.speaking import error_line, say
from crypto.errors import CryptoError, UnsealError
from drivers.errors import DriverError
from election.because import because
from election.errors import ElectionError
from headquarters.progress import ProgressCallback
from words.message import m

UNUSABLE = 2


@contextmanager
def told_errors() -> Iterator[None]:
    """End with status 2 for what the project raises on purpose, and for files that cannot be read."""
    try:
        yield
    except UnsealError as error:
        say(m("Error: your secret stays closed: {reason}", reason=because(error)))
        raise click.exceptions.Exit(UNUSABLE) from error
    except (ElectionError, CryptoError, DriverError, OSError) as error:
        say(error_line(error))
        raise click.exceptions.Exit(UNUSABLE) from error


@contextmanager
def check_bar() -> Iterator[ProgressCallback]:
    """Show a bar on standard error for the checks; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    bars = Progress(*columns, console=console, transient=True)
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return

    def progress(what: str, done: int, total: int) -> None:
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
        yield progress
    finally:
        bars.stop()

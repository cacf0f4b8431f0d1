"""Report a closed secret, and progress on standard error, for the commands of the ceremony."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from crypto.errors import UnsealError
from election.because import because
from election.errors import ElectionError
from headquarters.progress import ProgressCallback
from words.message import m


@contextmanager
def own_secret() -> Iterator[None]:
    """Say of what cannot be unsealed that it is the trustee's own secret. Raises `ElectionError`."""
    try:
        yield
    except UnsealError as error:
        raise ElectionError(
            m("your secret stays closed: {reason}", reason=because(error))
        ) from error


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

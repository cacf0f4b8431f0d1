"""Verify an archive, or all archives of an election: `amin election verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.speaking import speaker, usage, write_lines
from commands.working import FILE, JSON, NUMBER, SCHEDULER, leave, print_json, working
from words.message import m

if TYPE_CHECKING:
    from election.register import ElectionNumber

FEW_BYTES: Final = 256 * 1024
"""Of an archive whose ballots are verified before other processes would have begun."""


@click.command()
@click.argument("file", type=FILE)
@click.option("--in-progress", is_flag=True, help="Accept an archive that has no result yet.")
@click.option(
    "--supplement",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of what the terminals signed; checked too if it lies beside an archive.",
)
@click.option(
    "--root",
    type=FILE,
    default=None,
    help="Headquarters' root certificate as published before the day: everything must lead to it.",
)
@click.option(
    "--number",
    type=NUMBER,
    help="The election's number as published before the day (64 hex digits), with an index: its "
    "register.json then says whose devices and signatures count.",
)
@click.option(
    "--earlier",
    type=FILE,
    default=None,
    help="An interim index that you kept: it has to be one of this index's predecessors.",
)
@SCHEDULER
@JSON
def verify(
    file: Path,
    in_progress: bool,
    supplement: Path | None,
    root: Path | None,
    number: ElectionNumber | None,
    earlier: Path | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Check every proof, signature and number of FILE by the strict rules.

    FILE is an archive (.bel), which needs no key and no other file, or an index (index.json): then
    all archives it lists are checked, what their terminals signed, and what they add up to.
    One line per failure: reason, entry, what. A line that begins with "told" breaks no rule: a vote that is
    invalid, or what an archive without the trustees' strong proofs leaves open. With a register a
    line that begins with "right" says what agrees with it, and a line that begins with "report" what the
    closing report of a device must show (see `check-report`).

    \b
    Exit status: 0 valid, 1 invalid, 2 the file cannot be read, 3 valid as far as it could be checked
    (an index without --number is not anchored; an archive without --root, or without a supplement),
    4 interim: registered devices are still pending.
    """
    from crypto.certificates import MAX_CERTIFICATE_SIZE
    from election.files import read_file
    from headquarters.verdict import judge_archive, supplement_of

    published = None if root is None else read_file(root, MAX_CERTIFICATE_SIZE)
    is_index = file.suffix.lower() == ".json"
    if is_index and (in_progress or supplement is not None):
        raise usage(m("an index is of finished archives with their own supplements"))
    if not is_index and (number is not None or earlier is not None):
        raise usage(m("--number and --earlier are for an index: its register lies beside it"))
    if not is_index and root is not None and supplement_of(file, supplement) is None:
        raise usage(m("--root needs a supplement: there is none beside the archive"))
    few = not is_index and file.stat().st_size < FEW_BYTES
    with working(scheduler, few=few) as work:
        if is_index:
            from headquarters.index_verdict import judge_index

            verdict = judge_index(file, published, number, earlier, work)
        else:
            verdict = judge_archive(file, supplement, published, work, final=not in_progress)
    if as_json:
        print_json(verdict.plain())
    else:
        write_lines(verdict.lines(speaker()))
    leave(not verdict.failures, complete=not verdict.unchecked, final=verdict.is_final)

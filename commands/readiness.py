"""Say whether the places of the branches are ready: `amin election readiness`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import installed_languages, say, speaker, write_lines
from commands.working import FILE, FOLDER, JSON, NEW_FILE, NEW_FOLDER, leave, print_json


@click.command()
@FOLDER
@click.argument("tables", type=FILE, nargs=-1)
@click.option(
    "--out", type=NEW_FILE, help="Write the table of all answers, and gaps, to this file."
)
@click.option("--report", type=NEW_FOLDER, help="Write charts (SVG, PNG) and tables into it.")
@JSON
def readiness(
    folder: Path, tables: tuple[Path, ...], out: Path | None, report: Path | None, as_json: bool
) -> None:
    """Take the answers about the branches' places from TABLES, score them, and say what to mend.

    \b
    survey.csv   branch,power,backup_power,line,telephone,step_free,wide_doors,…
                 b0001,yes,no,,yes,partly,yes,…

    CSV, or the first sheet that a .xlsx shows; --out writes it with a line for every branch. Answers are yes,
    partly or no, also in Persian; an empty cell is not answered yet. Tables come in parts, such as one for
    each district: a branch's new line takes the place of its old one. `strengths` and `weaknesses` are for
    whatever else people saw.

    A yes counts whole, a partly half, by weights from 1 to 3. A place is ready from 80 of 100 on, if nothing
    is lacking that polls cannot be held without: power, telephone, unseen, locked, and line where the branch
    asks the country's registry.

    \b
        amin election readiness FOLDER --out survey.csv         to fill in
        amin election readiness FOLDER north.xlsx south.csv     take answers in
        amin election readiness FOLDER --report out             charts of what is known

    \b
    Exit status: 0 every place is ready, 1 some are not (named), 2 unusable input.
    """
    from headquarters.readiness.phrases import lines
    from headquarters.readiness.running import run, write_readiness_report
    from headquarters.workspace import ElectionFolder

    found = run(ElectionFolder(folder), tables, out)
    print_json(found.plain()) if as_json else write_lines(lines(found.places, speaker()))
    if report is not None:
        from commands.report_fonts import report_fonts

        with report_fonts() as fonts:
            write_readiness_report(report, found, fonts, installed_languages().speakers())
        say("written: {path}", path=report)
    say(found.next_step)
    leave(found.ready)

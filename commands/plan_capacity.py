"""Say how many identity stations and terminals a branch needs: `amin election plan-capacity`.

Exit status: 0 the target is kept, 1 the given devices do not keep it, 2 nothing can be planned.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.speaking import say, speaker, usage, write_lines
from commands.working import FILE, JSON, leave, print_json, progress
from words.message import m

if TYPE_CHECKING:
    from headquarters.capacity.planning import Plan


@click.command("plan-capacity")
@click.option("--voters", metavar="N", help="Voters expected on the day, up to 20000.")
@click.option(
    "--counters", type=FILE, help="CSV of an earlier day in place of --voters, see above."
)
@click.option("--opens", metavar="TIME", help="Opening of the polls.  [08:00]")
@click.option("--closes", metavar="TIME", help="Closing of the polls.  [18:00]")
@click.option(
    "--profile",
    metavar="W,W,…",
    help="Weights of equal parts of the day, such as 3,2,1,2; else a usual day with two peaks.",
)
@click.option("--check-in", metavar="SECONDS", help="Mean time at an identity station.  [45]")
@click.option("--check-in-spread", metavar="SECONDS", help="Its standard deviation.  [half of it]")
@click.option("--voting", metavar="SECONDS", help="Mean time at a ballot terminal.  [180]")
@click.option("--voting-spread", metavar="SECONDS", help="Its standard deviation.  [half of it]")
@click.option("--wait", metavar="MINUTES", default="15", show_default=True, help="Longest wait.")
@click.option(
    "--share",
    metavar="PERCENT",
    default="95%",
    show_default=True,
    help="Voters who wait less than that, from 50% to 99.9%.",
)
@click.option("--stations", metavar="N", help="So many identity stations; else the fewest.")
@click.option("--terminals", metavar="N", help="So many ballot terminals; else the fewest.")
@click.option(
    "--replications",
    metavar="N",
    default="20",
    show_default=True,
    help="Days that are drawn, from 10 to 1000; more of them make the intervals narrower.",
)
@click.option(
    "--confidence",
    metavar="PERCENT",
    default="95%",
    show_default=True,
    help="Of the intervals, from 80% to 99%.",
)
@click.option(
    "--seed", metavar="N", default="1", show_default=True, help="Other seeds draw other days."
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write charts into this folder (SVG, PNG), and plan.json.",
)
@JSON
def plan_capacity(
    counters: Path | None, report: Path | None, as_json: bool, **given: str | None
) -> None:
    """Say how many identity stations and ballot terminals a branch needs.

    A voter waits for a station, is checked in, waits for a terminal and votes. Many days are drawn and
    played with every number of devices that may do; the fewest that keep the target with
    confidence are the answer. The two waits of a voter count together.

    \b
        amin election plan-capacity --voters 900
        amin election plan-capacity --voters 900 --stations 2 --terminals 5     are these enough?
        amin election plan-capacity --counters counters.csv --wait 10 --share 99%
        amin election plan-capacity --voters 900 --check-in 75       each check-in takes 30 s longer
        amin election plan-capacity --voters 900 --report out/       charts

    \b
    counters.csv   start,voters,check_in_minutes,voting_minutes
                   08:00,61,46,190
                   09:00,75,57,231

    One line for each hour (or other equal part) of an earlier day. The minutes are those of all
    devices together and may be left out, both columns; --check-in and --voting go before them.

    Measure before you trust it: let ten people vote at a rehearsal and take their times. Where a line
    to a registry may be down, plan with the time that its tries add to each check-in.

    \b
    Exit status: 0 the target is kept, 1 the given devices do not keep it, 2 nothing can be planned.
    """
    if (counters is None) == (given["voters"] is None):
        raise usage(m("give either --voters or --counters"))
    if counters is not None and any(given[each] for each in ("opens", "closes", "profile")):
        raise usage(m("--opens, --closes and --profile are for --voters: the file has its hours"))
    from headquarters.capacity.planning import plan
    from headquarters.capacity.question import read_question

    question = read_question(counters, given)
    with progress() as told:
        found = plan(question, told)
    written = () if report is None else _write(report, found)
    if as_json:
        from headquarters.capacity.plain import plan_plain

        print_json(plan_plain(found))
    else:
        from headquarters.capacity.phrases import lines

        write_lines(lines(found, speaker()))
    for path in written:
        say("written: {path}", path=path)
    leave(found.chosen.kept)


def _write(folder: Path, found: Plan) -> tuple[Path, ...]:
    from commands.report_fonts import report_fonts
    from commands.speaking import installed_languages
    from headquarters.capacity.writing import write_capacity_report

    with report_fonts() as fonts:
        return write_capacity_report(folder, found, fonts, installed_languages().speakers())

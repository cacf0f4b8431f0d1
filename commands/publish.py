"""Make the site of the results: `amin election publish`.

Exit status: 0 published, 1 the count does not verify (every fault is named), 2 unusable input or a place
that is taken, 3 published without comparing the number, 4 published and interim. Of several the first of
2, 1, 3, 4.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.speaking import installed_languages, say, speaker, write
from commands.working import (
    EXISTING_FOLDER,
    JSON,
    NUMBER,
    SCHEDULER,
    leave,
    print_json,
    working,
)

if TYPE_CHECKING:
    from datetime import datetime

    from election.register import ElectionNumber


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.option(
    "--site",
    "out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the site; made, or replaced whole if it is an earlier site of this election.",
)
@click.option(
    "--number",
    type=NUMBER,
    help="The election's number as published before the day (64 hex digits): every page then says that "
    "devices, names and rules are those of the number.",
)
@click.option(
    "--next",
    "following",
    type=click.DateTime(["%Y-%m-%dT%H:%M%z"]),
    help="While devices are pending: when the next result is announced, 2026-06-19T02:00+0330.",
)
@click.option(
    "--notice", default="", help="A sentence for the overview, such as why a count stands still."
)
@SCHEDULER
@JSON
def publish(
    folder: Path,
    out: Path,
    number: ElectionNumber | None,
    following: datetime | None,
    notice: str,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Verify the count in FOLDER and make a web site of it, for everybody to read and to check.

    FOLDER is the folder of an election that was counted, or any folder with an index.json and its archives:
    nothing secret is needed, and anybody can make the same site, byte for byte.

    \b
        amin election publish FOLDER --site site/ --number 64-DIGITS

    \b
    The site says what is in and what is missing, by district; who is elected, how the seats follow and where
    readings of the law differ; all votes, by contest and by batch (branches that were mixed together);
    turnout; for each device what its closing report must show; for each tracking code whether it was counted;
    what was told, and how to check all of it. Every interim result keeps an address of its own. It takes
    along the verified files with their SHA-256, the page that checks archives in a browser, and results.json
    (NIST SP 1500-100). Pages are in every language, need no script and no network, and open from a folder as
    well as from a web server.

    \b
    A count that does not verify is not published, and OUT stays as it was. While devices are pending every
    page says that the result is interim, and nobody is elected; what --next and --notice announce is marked
    as said by you and verified by nobody. The site is built beside OUT and put in its place in one step; a
    folder that holds other files is never replaced.

    \b
    Exit status: 0 published, 1 the count does not verify, 2 unusable input or a place that is taken,
    3 published without comparing the number (give --number), 4 published, interim.
    """
    from commands.report_fonts import report_fonts
    from election.evidence_words import evidence_named
    from headquarters.site.building import UnverifiedError, make_site
    from headquarters.site.pages import Announcement
    from headquarters.site.publication import publication_in
    from headquarters.verdict import finding_line

    source = publication_in(folder)
    with working(scheduler) as work, report_fonts() as fonts:
        try:
            made = make_site(
                source,
                out,
                number,
                installed_languages(),
                fonts,
                evidence_named,
                announced=Announcement(following, notice),
                progress=work.progress,
                executor=work.executor,
            )
        except UnverifiedError as refused:
            for failure in refused.failures:
                click.echo(finding_line(failure, speaker()), err=True)
            say(refused.message)
            leave(False)
    if as_json:
        print_json({"site": str(out), **made.plain()})
    for line in () if as_json else made.told(out):
        write(line)
    leave(True, complete=made.facts.anchored, final=not made.facts.interim)

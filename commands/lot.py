"""Record the public value of a lot: `amin election lot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.working import EXISTING_FOLDER, FOLDER, JSON, OBSERVER, YES, asker, now, print_result
from election.errors import ElectionError
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


@click.command()
@FOLDER
@click.argument("kind", type=click.Choice(["seats", "decisions"]), metavar="seats|decisions")
@click.argument("value")
@OBSERVER
@click.option(
    "--target",
    type=EXISTING_FOLDER,
    help="Where the signed index of the result is, for the lot of seats; FOLDER/result if not given.",
)
@YES
@JSON
@with_keys
def lot(
    folder: Path,
    kind: str,
    value: str,
    observer: Path,
    target: Path | None,
    yes: bool,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Record the public VALUE of a lot, once, when nobody can choose any more what it will suit.

    The register names the source of each lot before the day: something that everybody can look up, that
    nobody makes, and that is known only afterwards, such as a closing stock index. Headquarters and the
    observer type what it says, exactly as it was published, and sign.

    \b
        seats        after `conclude` or `tally` signed the final index: separates groups and
                     candidates with equally much. Until then a contest with a tie elects nobody.
                     The result is written again, with the seats.
        decisions    after every device is in or finally missing, before `reconcile --lot`: of
                     several provisional ballots of one person the one counts whose
                     SHA-256(handle ‖ VALUE) is the smallest.

    \b
        amin election lot FOLDER seats "TEDPIX 2,413,907.6" --observer OBSERVER

    Anybody repeats a draw with sha256sum (see `amin election seats --help`), and `verify` checks who
    recorded the lot, after what, and that the result was drawn with it.
    """
    from election.lots import FILES, LotKind, source_of
    from headquarters.lots import record_decision_lot, record_seat_lot
    from headquarters.workspace import ElectionFolder, open_workspace

    what = LotKind(kind)
    place = ElectionFolder(folder)
    workspace = open_workspace(place)
    if workspace.published is not None:
        source = source_of(workspace.published, what)
        if not asker(yes)(
            m(
                "Is this what the source gave, letter by letter? {value} ({source}) It is never "
                "changed.",
                value=value.strip(),
                source=source,
            )
        ):
            raise ElectionError(m("no lot was recorded"))
    told = {"lot": kind, "value": value.strip()}
    if what is LotKind.DECISIONS:
        record_decision_lot(workspace, value, observer, unlock, now())
        print_result(as_json, {**told, "file": str(folder / FILES[what])})
        return
    from commands.report_fonts import write_seat_reports

    result_folder = target or place.result
    _, result = record_seat_lot(workspace, result_folder, value, observer, unlock, now())
    write_seat_reports(result_folder, result)
    waiting = sum(contest.allocation is None for contest in result.contests)
    print_result(
        as_json,
        {**told, "file": str(result_folder / FILES[what]), "unallocated": waiting},
    )

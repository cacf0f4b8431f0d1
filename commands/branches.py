"""Take branches and devices from tables, or give them as tables: `amin election branches`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import say
from commands.working import FILE, FOLDER, JSON, print_result


@click.command()
@FOLDER
@click.option("--branches", type=FILE, help="Table of branches, see above.")
@click.option(
    "--devices", type=FILE, help="Table of devices; else FOLDER's list stays, or numbers make one."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="New or empty folder, into which the tables are written.",
)
@JSON
def branches(
    folder: Path, branches: Path | None, devices: Path | None, out: Path | None, as_json: bool
) -> None:
    """Take the branches of a whole country from a table, or give them out as one (--out).

    \b
    branches.csv   id,name_fa,name_en,district,mobile,stations,terminals
                   b0001,مدرسهٔ نور,Noor School,3,no,2,3
    devices.csv    device,role,branch
                   b0001-s1,identity-station,b0001

    CSV, or the first sheet that a .xlsx shows, as Excel and LibreOffice write them. Needed are id, name_fa
    and district; further columns are offline and paper_ballots (yes, no), authority (alone, branch, centre),
    registry and evaluator (HOST:PORT). So many stations and terminals get the names b0001-s1 …, b0001-t1 …
    where FOLDER lists no devices; a list stays, and numbers have to agree, until a table of devices comes.

    The branches are written into FOLDER/election.toml, in place of those that stand there and of the comments
    on them; nothing else in it changes. Devices are kept in FOLDER/devices.csv. All is checked before
    anything is written. `package` then says which devices have not asked, and refuses one that is not listed.

    \b
        amin election branches FOLDER --branches branches.xlsx
        amin election branches FOLDER --out tables      edit them, and take them in again
    """
    from headquarters.branch_tables import run
    from headquarters.workspace import ElectionFolder

    done = run(ElectionFolder(folder), branches, devices, out)
    print_result(as_json, done.counted())
    say(done.next_step)

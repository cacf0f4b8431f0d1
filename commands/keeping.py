"""Keep headquarters' folder safe, and test an election before delivery: `amin election backup` and others."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import say, speaker, write, write_lines
from commands.working import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    JSON,
    NEW_FOLDER,
    leave,
    now,
    print_json,
    progress,
)
from words.message import Code

_PLACE = click.argument("target", type=NEW_FOLDER)


@click.command()
@FOLDER
@_PLACE
def backup(folder: Path, target: Path) -> None:
    """Copy FOLDER whole to TARGET, on another medium, and compare every file with it.

    Keys in it stay closed. Make one after each step, and bring one back on another machine before the day.
    """
    from headquarters.backup import back_up
    from headquarters.workspace import ElectionFolder

    with progress() as told:
        made = back_up(ElectionFolder(folder), target, now(), told)
    write("{count} files are copied and compared in {folder}", count=len(made.files), folder=target)


@click.command()
@click.argument("copy", type=EXISTING_FOLDER)
@_PLACE
def restore(copy: Path, target: Path) -> None:
    """Bring the copy in COPY back into TARGET, which is not there yet: every file, or none."""
    from headquarters.backup import restore as bring_back

    made = bring_back(copy, target)
    write("{count} files are back in {folder}", count=len(made.files), folder=target)


@click.command("accuracy-deck")
@FOLDER
@_PLACE
def accuracy_deck(folder: Path, target: Path) -> None:
    """Draw a deck of test ballots into TARGET, and seal what must come out, before anybody marks one.

    Mark TARGET/deck.json on devices that play a rehearsal of this election; every selection gets a number
    of votes that no other one has. Tell whoever watches the hash, and lock TARGET/expected.json away.
    """
    from headquarters.accuracy import write_deck
    from headquarters.workspace import ElectionFolder, open_workspace

    deck = write_deck(open_workspace(ElectionFolder(folder)).election, target)
    write("{count} ballots to be marked", count=len(deck.ballots))
    write("sealed: {hash}", hash=Code(deck.expected.hex()))


@click.command("accuracy-check")
@click.argument("deck", type=EXISTING_FOLDER)
@click.argument("result", type=FILE)
@click.option("--sealed", metavar="HASH", help="The hash, as it was written down before the test.")
def accuracy_check(deck: Path, result: Path, sealed: str | None) -> None:
    """Open what was sealed in DECK, and compare the RESULT of the test with it, number by number.

    Exit status: 0 they agree, 1 they do not, 2 what was sealed is not what was told.
    """
    from election.files import read_file
    from headquarters import accuracy

    expected = accuracy.open_sealed(deck, accuracy.parse_hash(sealed))
    differences = accuracy.compare(expected, accuracy.read_result(read_file(result, accuracy.MOST)))
    for line in differences:
        say(line)
    if not differences:
        write("the count is what was sealed: {count} ballots", count=expected.ballots)
    leave(not differences)


@click.command("custody-forms")
@FOLDER
@_PLACE
@click.option(
    "--branch", "branches", multiple=True, help="Of these branches only; may be repeated."
)
def custody_forms(folder: Path, target: Path, branches: tuple[str, ...]) -> None:
    """Write into TARGET, for every branch, the form that goes with its devices: PDF, to print and sign.

    One in Persian and one in English: devices and memories, the bag, each hand-over with two
    signatures, seals as they were found in the morning, and what goes into which bag at night; and for
    whoever packs, a list of each district. Devices are those of the package, numbers those of
    `inventory`; what it does not know is written by hand. TARGET is new or empty.
    """
    from headquarters.custody import write_forms
    from headquarters.workspace import ElectionFolder, open_workspace
    from ui.sheets import pdf_of

    with progress() as told:
        written = write_forms(
            open_workspace(ElectionFolder(folder)), target, pdf_of, branches, told
        )
    write("{count} forms are in {folder}: print and sign them", count=len(written), folder=target)


@click.command()
@FOLDER
@click.option("--devices", type=FILE, help="Table of devices and their numbers, see above.")
@click.option("--goods", type=FILE, help="Table of goods, see above.")
@click.option(
    "--out", type=NEW_FOLDER, help="New or empty folder, into which the tables are written."
)
@JSON
def inventory(
    folder: Path, devices: Path | None, goods: Path | None, out: Path | None, as_json: bool
) -> None:
    """Take serial numbers, seals, memories and goods from tables, or give the tables out (--out).

    \b
    inventory.csv   device,branch,serial,seal,memory_1,memory_2
                    b0001-s1,b0001,SN-4711,S-000123,M-0001,M-0002
    goods.csv       branch,what,count,number
                    b0001,paper-rolls,6,
                    b0001,extension lead,2,K-17

    CSV, or the first sheet that a .xlsx shows. --out writes a line for every device and everything that goes
    into a bag; what is left empty is written by hand on the form. No two devices have one number. A line may
    be added for anything else, as people call it. All is checked before anything is written.

    Tables may come in parts, one from each district: a line takes the place of the one of its device, or of
    its branch and goods; a line with nothing filled in changes nothing. So no number is lost, and one that
    came with another part is refused.

    \b
        amin election inventory FOLDER --out tables        fill them in
        amin election inventory FOLDER --devices tables/inventory.csv --goods tables/goods.csv
        amin election inventory FOLDER                     what is known, by district
    """
    from headquarters.inventory_tables import run
    from headquarters.workspace import ElectionFolder

    done = run(ElectionFolder(folder), devices, goods, out)
    print_json(done.plain()) if as_json else write_lines(done.lines(speaker()))
    say(done.next_step)

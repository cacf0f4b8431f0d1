"""Say what is missing, and declare it finally missing: `amin election arrivals | missing`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.speaking import say, speaker, write_lines
from commands.working import (
    FOLDER,
    JSON,
    OBSERVER,
    YES,
    asker,
    leave,
    now,
    print_json,
    print_result,
)
from election.errors import ElectionError
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


@click.command()
@FOLDER
@JSON
def arrivals(folder: Path, as_json: bool) -> None:
    """Say which branches' bundles are here, and which are pending, by district; no key is needed.

    Every import writes the same into FOLDER/arrivals: a page in every language for a screen on the wall,
    which looks again every 30 seconds and asks no network, and arrivals.csv with all branches and devices.
    This command makes them anew, before the first import as well. They tell of devices and files only.

    \b
    Exit status: 0 nothing is pending, 1 something is.
    """
    from headquarters.arrival_board import look, next_step
    from headquarters.workspace import ElectionFolder, open_workspace

    board, page = look(open_workspace(ElectionFolder(folder)), now())
    print_json(board.plain()) if as_json else write_lines(board.lines(speaker()))
    say(next_step(board, page, folder))
    leave(not board.whole.pending)


@click.command()
@FOLDER
@click.argument("devices", nargs=-1, required=True, metavar="DEVICE=GROUND...")
@OBSERVER
@click.option(
    "--report",
    "reported",
    multiple=True,
    help="A device of which somebody showed a closing report: its votes are provably lost.",
)
@YES
@JSON
@with_keys
def missing(
    folder: Path,
    devices: tuple[str, ...],
    observer: Path,
    reported: tuple[str, ...],
    yes: bool,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Declare each DEVICE finally missing; what it hands in later is not counted.

    GROUND: lost, stolen, destroyed or unreadable. A device that is on its way needs nothing: its branch
    waits, and the index is interim. The list FOLDER/missing.json is signed by headquarters and the
    observer, names how many votes can be lost with each, and is published; an entry of it stays.
    """
    from election.definition import DeviceId
    from election.missing import MissingGround
    from headquarters.grounds import read_grounds
    from headquarters.missing_list import declare
    from headquarters.workspace import ElectionFolder, open_workspace

    named = read_grounds(devices, "DEVICE=GROUND", MissingGround)
    grounds = {DeviceId(device): ground for device, ground in named.items()}
    workspace = open_workspace(ElectionFolder(folder))
    if not asker(yes)(
        m("Is nothing more to be expected of these devices? It is never taken back.")
    ):
        raise ElectionError(m("nothing was declared missing"))
    declared = declare(workspace, grounds, observer, unlock, now(), reported)
    print_result(as_json, declared)

"""Declare devices finally missing: `amin election missing`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.working import FOLDER, JSON, OBSERVER, YES, asker, now, print_result
from election.errors import ElectionError
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


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
    from headquarters.missing_list import declare, read_grounds
    from headquarters.workspace import ElectionFolder, open_workspace

    grounds = read_grounds(devices)
    workspace = open_workspace(ElectionFolder(folder))
    if not asker(yes)(
        m("Is nothing more to be expected of these devices? It is never taken back.")
    ):
        raise ElectionError(m("nothing was declared missing"))
    declared = declare(workspace, grounds, observer, unlock, now(), reported)
    print_result(as_json, declared)

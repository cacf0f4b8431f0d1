"""Rule on closings and cards: `amin election rule`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.speaking import usage
from commands.working import FILE, FOLDER, JSON, OBSERVER, YES, asker, now, print_result
from election.errors import ElectionError
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


@click.command()
@FOLDER
@click.option(
    "--closing",
    "closings",
    type=FILE,
    multiple=True,
    help="The bundle that counts, of a device that closed twice with different content.",
)
@click.option(
    "--revoke",
    "revoked",
    multiple=True,
    metavar="CERTIFICATE=GROUND",
    help="A registered card's or device's certificate (DER); lost, stolen or dismissed.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    help="Since when it is revoked; now, if nobody knows.",
)
@OBSERVER
@YES
@JSON
@with_keys
def rule(
    folder: Path,
    closings: tuple[Path, ...],
    revoked: tuple[str, ...],
    since: datetime | None,
    observer: Path,
    yes: bool,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Choose which of two closings of a device counts, and revoke cards; two offices sign.

    FOLDER/rulings.json is signed by headquarters and the observer and is published. What was ruled stays.
    A revoked card takes no vote out: what it signed later is told. Import again afterwards.
    """
    from election.files import PUBLIC, replace_file
    from election.rulings import RULINGS_FILE, RevocationGround, open_rulings
    from headquarters.grounds import read_grounds
    from headquarters.ruling import make_rulings
    from headquarters.workspace import ElectionFolder, open_workspace

    named = read_grounds(revoked, "CERTIFICATE=GROUND", RevocationGround)
    grounds = {Path(path): ground for path, ground in named.items()}
    if not closings and not grounds:
        raise usage(m("nothing to rule on: give --closing or --revoke"))
    workspace = open_workspace(ElectionFolder(folder))
    if not asker(yes)(m("Do both offices rule so? It is never taken back.")):
        raise ElectionError(m("nothing was ruled"))
    at = None if since is None else since.astimezone(UTC)
    data = make_rulings(workspace, closings, grounds, observer, unlock, now(), at)
    assert workspace.published is not None
    rulings = open_rulings(data, workspace.published)
    replace_file(folder / RULINGS_FILE, data, PUBLIC)
    print_result(
        as_json,
        {"closings": len(rulings.closings), "revocations": len(rulings.revocations)},
    )

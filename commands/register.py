"""Make the register of an election: `amin election register`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.working import FOLDER, JSON, YES, asker, now, print_result
from election.errors import ElectionError
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


@click.command()
@FOLDER
@click.option(
    "--minimum",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Small branches share an archive until it holds as many ballots.",
)
@YES
@JSON
@with_keys
def register(folder: Path, minimum: int, yes: bool, as_json: bool, unlock: Unlock) -> None:
    """Write FOLDER/register.json, once; its SHA-256 is the election's number, to be published.

    It names everything that is believed later: packages, devices, operators (certificates in
    FOLDER/operators), offices, trustees, definition, and the minimum of a batch. Put it beside the package
    on every USB drive, and print its number, all 64 digits, in newspapers. No package is made after it.
    """
    from election.register import in_groups
    from headquarters.registering import register_election
    from headquarters.workspace import ElectionFolder

    if not asker(yes)(
        m("Are all devices, operators and offices known? The register is never changed.")
    ):
        raise ElectionError(m("no register was made"))
    written = register_election(ElectionFolder(folder), unlock, now(), minimum)
    found = written.register
    print_result(
        as_json,
        {
            "register": str(written.path),
            "number": written.number if as_json else in_groups(written.number),
            "packages": len(found.packages),
            "devices": len(found.devices),
            "operators": sum(len(operator.certificates) for operator in found.operators),
            "branches": sum(len(group) for group in found.groups),
        },
    )

"""Decide which provisional ballots count: `amin election reconcile`, `countersign`, `exclude`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.speaking import say
from commands.working import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    JSON,
    NEW_FILE,
    now,
    print_result,
    working,
)
from election.files import PUBLIC, read_file, replace_file

if TYPE_CHECKING:
    from headquarters.decisions import Signed
    from headquarters.keepers import Unlock


_OWN = click.argument("own", type=EXISTING_FOLDER)


@click.command()
@_OWN
@click.option(
    "--package",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="The election package of the day, or the folder of those of the districts.",
)
@click.option(
    "--register",
    type=FILE,
    help="register.json: for rescues and take-overs; stations with an earlier package it names count, too.",
)
@click.option(
    "--lot",
    type=FILE,
    help="lot-decisions.json, from headquarters: it chooses among equal ballots of one person.",
)
@click.option("--root", type=FILE, required=True, help="Headquarters' root certificate.")
@click.option("--handles", type=FILE, required=True, help="handles.json, from headquarters.")
@click.option(
    "--voted",
    type=FILE,
    help="National numbers of those who got an ordinary ballot, one a line, where no registry is asked.",
)
@click.option("--not-eligible", type=FILE, help="National numbers of those who may not vote.")
@click.option(
    "--undecided",
    type=click.Choice(["refuse", "exclude"]),
    default="refuse",
    show_default=True,
    help="Provisional ballots nobody decided on: refuse to count anything, or exclude them.",
)
@click.option(
    "--export",
    type=FILE,
    help="All claims of the registry (amin registry export): checks the books, and stands for lost ones.",
)
@click.option("--out", type=NEW_FILE, required=True, help="Where to write decisions.json.")
@click.argument("bundles", type=FILE, nargs=-1, required=True)
@JSON
@with_keys
def reconcile(
    own: Path,
    package: Path,
    register: Path | None,
    lot: Path | None,
    root: Path,
    handles: Path,
    voted: Path | None,
    not_eligible: Path | None,
    undecided: str,
    export: Path | None,
    out: Path,
    bundles: tuple[Path, ...],
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Decide which provisional ballots count, and sign. OWN is the reconciliation officer's folder.

    BUNDLES are those of the identity stations, and of the terminals where a registry was asked: they tell
    which ordinary cards were used. Give a dead terminal's rescue (*.rescue) among them, and with the bundle
    of a spare its take-over (*.takeover). At most one ballot of each person counts; of several the lot
    chooses, whose public value is recorded after all devices closed: `amin election lot`. The supervision
    board's observer signs afterwards: `amin election countersign`.
    """
    from headquarters.decisions import Undecided, write_decisions
    from headquarters.reconciling import OfficeFiles, reconcile_files

    files = OfficeFiles(package, root, handles, voted, bundles, not_eligible, register, lot, export)
    told, signed = reconcile_files(own, files, unlock, Undecided(undecided), now())
    replace_file(out, write_decisions(signed), PUBLIC)
    for line in told.lines():
        say(line)
    checked = {"check_ins": told.check_ins, "ordinary": told.ordinary, "twice": told.twice}
    checked["unread_terminals"] = len(told.unread)
    print_result(as_json, {**_numbers(signed), **checked, "decisions": str(out)})


@click.command()
@_OWN
@click.argument("decisions", type=FILE)
@JSON
@with_keys
def countersign(own: Path, decisions: Path, as_json: bool, unlock: Unlock) -> None:
    """Sign DECISIONS as the supervision board's observer, in the file itself.

    OWN is the observer's folder. Look at the numbers first: the file names nobody.
    """
    from headquarters.decisions import MAX_SIZE, add_signature, read_decisions, write_decisions
    from headquarters.offices import sign_as

    signed = read_decisions(read_file(decisions, MAX_SIZE))
    signed = add_signature(signed, sign_as(own, signed.statement, unlock))
    replace_file(decisions, write_decisions(signed), PUBLIC)
    print_result(as_json, {**_numbers(signed), "signatures": len(signed.signatures)})


@click.command()
@FOLDER
@click.argument("decisions", type=FILE)
@JSON
@with_keys
def exclude(folder: Path, decisions: Path, as_json: bool, unlock: Unlock) -> None:
    """Take over DECISIONS about provisional ballots, before `batches` or `tally`.

    Both roles must have signed, every decision must be about a ballot that was imported, and what
    was decided before stays. Nothing is counted while a provisional ballot is not decided on.
    """
    from headquarters.exclusion import numbers_json
    from headquarters.intake import adopt_decisions
    from headquarters.workspace import ElectionFolder, open_workspace

    with working() as work:
        workspace = open_workspace(ElectionFolder(folder))
        settled = adopt_decisions(workspace, unlock, decisions, now(), work)
    if as_json:
        click.echo(numbers_json(workspace.election, settled).decode(), nl=False)
        return
    print_result(False, {"included": settled.included, "excluded": len(settled.excluded)})


def _numbers(signed: Signed) -> dict[str, object]:
    from headquarters.decisions import DecisionVerdict

    decisions = signed.statement.decisions
    included = sum(decision.decision is DecisionVerdict.INCLUDE for decision in decisions)
    return {"included": included, "excluded": len(decisions) - included}

"""Decide which provisional ballots count: `amin election reconcile`, `countersign`, `exclude`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.speaking import say, usage
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
from words.message import m

if TYPE_CHECKING:
    from headquarters.decisions import Signed
    from headquarters.keepers import Unlock


def _packages(register: Path | None, digest: bytes, root: bytes) -> frozenset[bytes]:
    """Return the SHA-256 of the packages whose stations count. Raises `RegisterError`."""
    from election.register import MAX_REGISTER, open_published_register

    if register is None:
        return frozenset({digest})
    named = open_published_register(read_file(register, MAX_REGISTER), root).register.packages
    return frozenset({digest, *(each.sha256 for each in named)})


def _lot(lot: Path | None, register: Path | None, root: bytes) -> tuple[bytes, str] | None:
    """Return the SHA-256 of a recorded lot's file and its value. Raises `LotError`, `RegisterError`."""
    from hashlib import sha256

    from election.lots import MAX_LOT, LotKind, open_lot
    from election.register import MAX_REGISTER, open_published_register

    if lot is None:
        return None
    if register is None:
        raise usage(m("--lot needs --register: it says who may record a lot"))
    published = open_published_register(read_file(register, MAX_REGISTER), root)
    data = read_file(lot, MAX_LOT)
    return sha256(data).digest(), open_lot(data, published, LotKind.DECISIONS).value


_OWN = click.argument("own", type=EXISTING_FOLDER)


@click.command()
@_OWN
@click.option("--package", type=FILE, required=True, help="The election package of the day.")
@click.option(
    "--register",
    type=FILE,
    help="register.json: stations with an earlier package it names count, too.",
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
    required=True,
    help="National numbers of those who got an ordinary ballot, one a line, from the registry.",
)
@click.option("--not-eligible", type=FILE, help="National numbers of those who may not vote.")
@click.option(
    "--undecided",
    type=click.Choice(["refuse", "exclude"]),
    default="refuse",
    show_default=True,
    help="Provisional ballots nobody decided on: refuse to count anything, or exclude them.",
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
    voted: Path,
    not_eligible: Path | None,
    undecided: str,
    out: Path,
    bundles: tuple[Path, ...],
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Decide which provisional ballots count, and sign. OWN is the reconciliation officer's folder.

    BUNDLES are those of the identity stations. At most one ballot of each person counts; of several the
    lot chooses, whose public value is recorded after all devices closed: `amin election lot`. The
    supervision board's observer signs afterwards: `amin election countersign`.
    """
    from crypto.certificates import MAX_CERTIFICATE_SIZE
    from crypto.election import parse_election
    from election.bundle import form
    from headquarters.decisions import MAX_SIZE, Signed, Undecided, write_decisions
    from headquarters.exclusion import read_handles
    from headquarters.offices import load_sealing_key, sign_as
    from headquarters.reconciliation import (
        MAX_LIST,
        propose,
        read_persons,
        read_stations,
    )
    from headquarters.workspace import open_sent_package

    certificate = read_file(root, MAX_CERTIFICATE_SIZE)
    election, digest = open_sent_package(package, certificate)
    fingerprint = parse_election(election.belenios_election).fingerprint
    told = propose(
        read_handles(read_file(handles, MAX_SIZE), election.uuid, fingerprint),
        read_stations(
            [read_file(path, form().max_size) for path in bundles],
            election,
            _packages(register, digest, certificate),
            certificate,
            now(),
        ),
        load_sealing_key(own, unlock),
        election=election.uuid,
        fingerprint=fingerprint,
        voted=read_persons(read_file(voted, MAX_LIST), voted.name),
        not_eligible=frozenset()
        if not_eligible is None
        else read_persons(read_file(not_eligible, MAX_LIST), not_eligible.name),
        undecided=Undecided(undecided),
        lot=_lot(lot, register, certificate),
    )
    signed = Signed(told.statement, (sign_as(own, told.statement, unlock),))
    replace_file(out, write_decisions(signed), PUBLIC)
    if told.unreadable:
        say(
            "{unreadable} check-ins are not sealed to this office: a station is faulty",
            unreadable=told.unreadable,
        )
    print_result(as_json, {**_numbers(signed), "check_ins": told.check_ins, "decisions": str(out)})


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

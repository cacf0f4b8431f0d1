"""Count on machines of different people: `amin election batches`, `mix`, `decrypt`, `conclude`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import with_keys
from commands.speaking import say, speaker, usage
from commands.working import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    JSON,
    MINIMUM,
    SCHEDULER,
    leave,
    now,
    print_result,
    working,
)
from words.message import m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock
    from headquarters.result import ElectionResult
    from headquarters.trustee_steps import StepCount

_TARGET = click.argument("target", type=click.Path(exists=True, path_type=Path))


@click.command()
@FOLDER
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@MINIMUM
@click.option("--despite-findings", is_flag=True, help="Go on although the import is not sound.")
@SCHEDULER
@JSON
@with_keys
def batches(
    folder: Path,
    target: Path,
    minimum: int | None,
    despite_findings: bool,
    scheduler: str | None,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Put the imported ballots of FOLDER into archives in TARGET, ready to be mixed.

    Carry TARGET from trustee to trustee: `mix`, then `decrypt`, then back to headquarters for
    `conclude`. TARGET holds no secret; everybody checks it before adding to it.
    """
    from headquarters import batch_tally
    from headquarters.registering import batch_minimum
    from headquarters.workspace import ElectionFolder, open_workspace

    place = ElectionFolder(folder)
    with working(scheduler) as work:
        listed = batch_tally.begin(
            open_workspace(place),
            unlock,
            target,
            now(),
            lambda _: despite_findings,
            minimum=batch_minimum(place, minimum),
            work=work,
        )
    branches = sum(len(batch.branches) for batch in listed.batches)
    print_result(as_json, {"batches": len(listed.batches), "branches": branches})


@click.command()
@_TARGET
@click.option("--trustee", type=click.IntRange(1), required=True, help="Your number, from 1.")
@SCHEDULER
@JSON
def mix(target: Path, trustee: int, scheduler: str | None, as_json: bool) -> None:
    """Shuffle every archive of TARGET (a folder of batches, or one archive), and prove it.

    Everything in an archive is verified first. Trustees of an election where all are needed mix in
    their order; of k of n, at least k mix. An archive that you have mixed already is left alone, so
    the command can be repeated after an interruption.
    """
    from headquarters import trustee_steps

    with working(scheduler) as work:
        steps = trustee_steps.mix(target, trustee, work)
    _tell_steps("mixed", steps, as_json)


@click.command()
@_TARGET
@click.option(
    "--key",
    type=FILE,
    help="A private key of a trustee who is always needed: trustee-N.key with its lock.json beside it, or "
    "the reference tool's.",
)
@click.option("--secrets", type=EXISTING_FOLDER, help="Your folder of the key ceremony.")
@click.option(
    "--passphrase-file",
    type=FILE,
    help="A file with the passphrase of your secrets or key, for rehearsals; else it is asked for.",
)
@click.option(
    "--reader", help="With secrets or a lock on a smart card: the reader's name or its start."
)
@SCHEDULER
@JSON
def decrypt(
    target: Path,
    key: Path | None,
    secrets: Path | None,
    passphrase_file: Path | None,
    reader: str | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Add your part of the decryption to every archive of TARGET.

    Everything in an archive is verified first; enough trustees must have mixed. An archive that you
    have decrypted already is left alone. Your key stays on this machine.
    """
    from commands.office_keeper import office_unlock
    from headquarters import trustee_steps
    from headquarters.trustees import load_private_key

    match key, secrets:
        case Path(), None:
            private = load_private_key(key, office_unlock(passphrase_file, reader))
        case None, Path():
            private = _share(secrets, passphrase_file, reader)
        case _:
            raise usage(m("give either --key or --secrets"))

    with working(scheduler) as work:
        steps = trustee_steps.decrypt(target, private, work)
    _tell_steps("decrypted", steps, as_json)


@click.command()
@FOLDER
@_TARGET
@SCHEDULER
@JSON
@with_keys
def conclude(
    folder: Path, target: Path, scheduler: str | None, as_json: bool, unlock: Unlock
) -> None:
    """Read the result out of the archives in TARGET, allocate the seats, and sign the index.

    FOLDER is the election's folder at headquarters. Afterwards TARGET can be published: anybody
    checks it with `amin election verify TARGET/index.json`.
    """
    from commands.report_fonts import write_seat_reports
    from headquarters import batch_tally
    from headquarters.workspace import ElectionFolder, open_workspace

    with working(scheduler) as work:
        workspace = open_workspace(ElectionFolder(folder))
        result = batch_tally.conclude(workspace, unlock, target, work)
        write_seat_reports(target, result)
    show_result(result, as_json=as_json)
    leave(result.sound)


def show_result(result: ElectionResult, *, as_json: bool) -> None:
    """Print a result in full: as JSON, or in words."""
    from headquarters.result import result_json, result_text

    if as_json:
        click.echo(result_json(result).decode(), nl=False)
    else:
        click.echo(result_text(result, speaker()))


def _tell_steps(done_word: str, steps: StepCount, as_json: bool) -> None:
    for archive in steps.before:
        say("{archive}: done already", archive=archive)
    print_result(as_json, {done_word: steps.done, "done already": len(steps.before)})


def _share(secrets: Path, passphrase_file: Path | None, reader: str | None) -> int:
    from commands.trustee_keeper import choose_keeper
    from headquarters.ceremony.share import open_share

    return open_share(secrets, choose_keeper(secrets, passphrase_file, reader)).scalar

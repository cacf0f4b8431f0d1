"""`amin election batches|mix|decrypt|conclude`: a count by different people on different machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.working import (
    FOLDER,
    JSON,
    SCHEDULER,
    errors,
    leave,
    now,
    progress,
    say,
    tell,
    workers,
)
from election.definition import PERSIAN

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from commands.working import Told
    from headquarters.tally.relay import Standing

_TARGET = click.argument("target", type=click.Path(exists=True, path_type=Path))


@click.command()
@FOLDER
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--minimum",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Small branches share an archive until it holds as many ballots.",
)
@click.option("--despite-findings", is_flag=True, help="Go on although the import is not sound.")
@SCHEDULER
@JSON
def batches(
    folder: Path,
    target: Path,
    minimum: int,
    despite_findings: bool,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Put the imported ballots of FOLDER into archives in TARGET, ready to be mixed.

    Carry TARGET from trustee to trustee: `mix`, then `decrypt`, then back to headquarters for
    `conclude`. TARGET holds no secret; everybody checks it before adding to it.
    """
    from headquarters.district import begin_district
    from headquarters.folder import ElectionFolder

    with errors(), progress() as told, workers(scheduler) as executor:
        listed = begin_district(
            ElectionFolder(folder),
            target,
            now(),
            lambda _: despite_findings,
            minimum=minimum,
            executor=executor,
            progress=told,
        )
    tell(as_json, {"batches": len(listed), "branches": sum(len(b.branches) for b in listed)})


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
    from headquarters.tally import relay

    def step(standing: Standing, executor: Executor | None, told: Told) -> bool:
        if trustee in standing.shufflers:
            return False
        relay.mix(standing, trustee, executor=executor, progress=told)
        return True

    _every_archive("mixed", target, scheduler, as_json, step)


@click.command()
@_TARGET
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A private key of a trustee who is always needed (trustee-N.key, or the reference tool's).",
)
@click.option(
    "--secrets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Your folder of the key ceremony.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --secrets: a file with the passphrase, for rehearsals; else it is asked for.",
)
@click.option("--reader", help="With --secrets on a smart card: the reader's name or its start.")
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
    from crypto.trustee_key import read_private_key
    from headquarters.tally import relay

    with errors():
        match key, secrets:
            case Path(), None:
                private = read_private_key(key.read_bytes().strip())
            case None, Path():
                private = _share(secrets, passphrase_file, reader)
            case _:
                raise click.UsageError("give either --key or --secrets")

    def step(standing: Standing, executor: Executor | None, told: Told) -> bool:
        if relay.owner_of(standing.trustees, private) in standing.partials:
            return False
        relay.decrypt(standing, private, executor=executor, progress=told)
        return True

    _every_archive("decrypted", target, scheduler, as_json, step)


@click.command()
@FOLDER
@_TARGET
@SCHEDULER
@JSON
def conclude(folder: Path, target: Path, scheduler: str | None, as_json: bool) -> None:
    """Read the result out of the archives in TARGET, allocate the seats, and sign the index.

    FOLDER is the election's folder at headquarters. Afterwards TARGET can be published: anybody
    checks it with `amin election verify TARGET/index.json`.
    """
    from commands.seats_output import write_reports
    from headquarters.district import conclude_district
    from headquarters.folder import ElectionFolder
    from headquarters.result import result_json, result_text

    with errors(), progress() as told, workers(scheduler) as executor:
        result = conclude_district(ElectionFolder(folder), target, executor=executor, progress=told)
        write_reports(target, result)
    if as_json:
        click.echo(result_json(result).decode(), nl=False)
    else:
        click.echo(result_text(result, PERSIAN))
    leave(result.sound)


def _every_archive(
    done_word: str,
    target: Path,
    scheduler: str | None,
    as_json: bool,
    step: Callable[[Standing, Executor | None, Told], bool],
) -> None:
    """Verify each archive of the target, do the step, and say where things stand."""
    from headquarters.district import archives_in
    from headquarters.tally import relay

    done = skipped = 0
    with errors(), progress() as told, workers(scheduler) as executor:
        archives = archives_in(target)
        for number, archive in enumerate(archives, 1):
            standing = relay.open_archive(archive, executor=executor, progress=told)
            if step(standing, executor, told):
                done += 1
            else:
                skipped += 1
                say(f"{archive}: done already")
            told("archives", number, len(archives))
    tell(as_json, {done_word: done, "done already": skipped})


def _share(secrets: Path, passphrase_file: Path | None, reader: str | None) -> int:
    from commands.trustee_keeper import choose_keeper
    from headquarters.ceremony.share import open_share

    return open_share(secrets, choose_keeper(secrets, passphrase_file, reader)).scalar

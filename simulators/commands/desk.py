"""`amin simulator desk`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from simulators.demo import options


@click.command()
@click.option(
    "--branch",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The rehearsal's folder, of `amin election new --rehearsal --from FOLDER`. It stays as it is.",
)
@click.option(
    "--at",
    metavar="BRANCH",
    help="Which branch of it; the first that devices are listed for if not given.",
)
@options.HEADLESS
@options.devices(None)
@options.VOTERS
@options.SEED
@options.PCSCD
@options.OUT
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the passphrase of the rehearsal's keys; it is asked for if not given.",
)
@click.option(
    "--by-hand",
    is_flag=True,
    help="No robots by themselves: obey commands on standard input, one a line (`help` lists them).",
)
@options.JSON
def desk(
    folder: Path,
    at: str | None,
    headless: bool,
    stations: int | None,
    terminals: int | None,
    voters: int,
    seed: int,
    pcscd: bool | None,
    out: Path | None,
    passphrase_file: Path | None,
    by_hand: bool,
    as_json: bool,
) -> None:
    """Play a branch of your own election on this machine, with simulated devices.

    \b
        amin election new DRILL --rehearsal --from FOLDER     once, at headquarters
        amin simulator desk --branch DRILL                    on any laptop

    Every station and terminal of the branch is a real `amin station` with keys, memories and a window of its
    own. Readers, finger modules, printers, scanners and power are simulated, and cards move between them:
    from the reader that writes an authorization to a terminal, and back.

    With a display the device bench opens (`amin demo` says what it is): people do what officers and voters
    do, or let robots do it. Without one, or with --headless, robots play the whole day: officers open all
    devices, voters come (some with somebody else's card, twice, under age, or without finishing), the
    devices close in order, and headquarters imports, counts and verifies. Then a report says what was done,
    whether the count is what the voters meant, and what verification says. Exit status: 0 if everything
    agrees, 1 if not (each is named), 2 if the folder cannot be played.

    Everybody lives where a ballot style of your election says; identity cards are those of an invented state.

    With --by-hand the devices start, in windows where there is a display, and cards go where you say:

    \b
        ready b0001
        put officer b0001-t1           (you write this; the PIN is 246810, the supervisor's 135790)
        ok
        open b0001-t1                  (robots do what officers do)
        vote person-3 b0001-i1 b0001-t1
        ok recorded
        state                          (which card is where, and what each screen shows)

    With --json as well every answer is an object: {"ok": true, "answer": "recorded"}.
    """
    from commands.office_keeper import office_unlock
    from commands.speaking import use
    from headquarters.workspace import ElectionFolder
    from simulators.demo.hands import StuckError
    from simulators.demo.rehearsal import chosen, play_at_bench, play_by_hand, play_rehearsal
    from simulators.demo.stations import StationError
    from simulators.languages import bench_languages

    use(bench_languages())
    root = out or Path(f"rehearsal-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    source = ElectionFolder(folder)
    played = chosen(source, at, stations, terminals)
    wanted = options.transport(pcscd)
    unlock = office_unlock(passphrase_file, None)
    windows = options.has_display() and not headless
    try:
        if by_hand:
            play_by_hand(
                root,
                source,
                played,
                unlock,
                voters=voters,
                seed=seed,
                transport=wanted,
                headless=not windows,
                stdin=sys.stdin,
                stdout=sys.stdout,
                as_json=as_json,
            )
            return
        if windows:
            status = play_at_bench(
                root, source, played, unlock, voters=voters, seed=seed, transport=wanted
            )
            raise click.exceptions.Exit(status)
        report = play_rehearsal(
            root,
            source,
            played,
            unlock,
            voters=voters,
            seed=seed,
            transport=wanted,
        )
    except FileExistsError as error:
        raise options.taken(error) from error
    except (StuckError, StationError) as trouble:
        raise click.ClickException(
            f"{trouble}; pictures and logs so far are in {root}"
        ) from trouble
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=None if as_json else 1)
    (root / "report.json").write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else report.as_text())
    raise click.exceptions.Exit(1 if report.disagreements else 0)

"""`amin demo`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from simulators.demo import options


@click.command()
@options.HEADLESS
@options.VOTERS
@options.devices(1)
@options.SEED
@options.PCSCD
@options.OUT
@click.option(
    "--paper-record",
    is_flag=True,
    help="With paper records: a vote is printed and compared before it is recorded.",
)
@click.option(
    "--personas",
    is_flag=True,
    help="Headless: voters vote in six languages by touch, keypad, switches and with a dark screen,"
    " some of them hesitant or changing their mind. One switch takes half a minute.",
)
@click.option(
    "--line-cuts",
    is_flag=True,
    help="Headless, with several stations: the line to their registry is cut at random.",
)
@options.JSON
def demo(
    headless: bool,
    voters: int,
    stations: int,
    terminals: int,
    seed: int,
    pcscd: bool | None,
    out: Path | None,
    paper_record: bool,
    personas: bool,
    line_cuts: bool,
    as_json: bool,
) -> None:
    """Play a whole polling day in a branch, on simulated hardware.

    With a display one window opens, the branch: the screens of identity station and ballot terminal
    above, live, and below them the device bench on which you insert cards, place fingers, pull cables
    and take the steps of the day; a touch brings a device's own window. With more devices a row shows all
    of them, and a touch puts two on the bench; cards move between all. A branch without terminals
    (--terminals 0) votes on paper. Without a display (or with
    --headless) robots play the day in the real windows, off screen, and a report tells what came out. Exit
    status 0 only if everything agrees.

    \b
    DIR afterwards holds:
        screens/    a picture of every screen        receipts/   what the printers printed
        devices/    each device's data and media     usb/        package and closing bundles
        index.json, election.bel, supplement/, result.*    what anybody can verify
        headquarters/  the election's folder         report.json
    """
    places_root = out or Path(f"demo-day-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    wanted = options.transport(pcscd)
    robots = headless or not options.has_display()
    if (personas or line_cuts) and not robots:
        raise click.UsageError("--personas and --line-cuts are of robots' days: add --headless")
    if not terminals and (paper_record or personas or line_cuts):
        raise click.UsageError(
            "--paper-record and --personas are of ballot terminals, and without the registry's answer"
            " nobody gets a ballot paper: not with --terminals 0"
        )
    if line_cuts and stations == 1:
        raise click.UsageError("--line-cuts: only several stations ask a registry: --stations 2")
    try:
        if robots:
            _headless(
                places_root,
                voters,
                seed,
                wanted,
                stations=stations,
                terminals=terminals,
                paper_record=paper_record,
                personas=personas,
                line_cuts=line_cuts,
                as_json=as_json,
            )
        else:
            from simulators.demo.bench import run_bench
            from simulators.demo.office import devices_of

            status = run_bench(
                places_root,
                seed,
                wanted,
                devices=devices_of(stations, terminals),
                paper_record=paper_record,
                voters=voters,
            )
            raise click.exceptions.Exit(status)
    except FileExistsError as error:
        raise options.taken(error) from error


def _headless(
    root: Path,
    voters: int,
    seed: int,
    wanted: str | None,
    *,
    stations: int,
    terminals: int,
    paper_record: bool,
    personas: bool,
    line_cuts: bool,
    as_json: bool,
) -> None:
    from simulators.demo.day import play_day
    from simulators.demo.errors import AMIN_ERRORS
    from simulators.demo.hands import StuckError
    from simulators.demo.stations import StationError

    try:
        report = play_day(
            root,
            voters=voters,
            seed=seed,
            transport=wanted,
            stations=stations,
            terminals=terminals,
            paper_record=paper_record,
            personas=personas,
            line_cuts=line_cuts,
        )
    except (StuckError, StationError, *AMIN_ERRORS) as trouble:
        raise click.ClickException(
            f"{trouble}; pictures and logs so far are in {root}"
        ) from trouble
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=None if as_json else 1)
    (root / "report.json").write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else report.as_text())
    raise click.exceptions.Exit(1 if report.disagreements else 0)

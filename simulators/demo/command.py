"""`amin demo`."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import click

MOST_DEVICES = 20
"""Of a kind: each is a program of its own."""


@click.command()
@click.option("--headless", is_flag=True, help="Play the day with robots, without windows.")
@click.option("--voters", default=12, show_default=True, type=click.IntRange(1, 2000))
@click.option(
    "--stations",
    default=1,
    show_default=True,
    type=click.IntRange(1, MOST_DEVICES),
    help="Headless: identity stations of the branch; a voter belongs to one of them.",
)
@click.option(
    "--terminals",
    default=1,
    show_default=True,
    type=click.IntRange(1, MOST_DEVICES),
    help="Headless: ballot terminals of the branch.",
)
@click.option("--seed", default=5, show_default=True, help="Same seed, same people and candidates.")
@click.option(
    "--pcscd/--in-process",
    "pcscd",
    default=None,
    help="How virtual cards reach the stations: a private pcscd with virtual readers (the default"
    " where it can be had), or sockets without a daemon.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for everything the day leaves; must be new or empty. Default: demo-day-<time>.",
)
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
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
    and take the steps of the day; a touch brings a device's own window. Without a
    display (or with --headless, or with more than two devices) robots play the day in the real windows, off
    screen, and a report tells what came out. Exit status 0 only if everything agrees.

    \b
    DIR afterwards holds:
        screens/    a picture of every screen        receipts/   what the printers printed
        devices/    each device's data and media     usb/        package and closing bundles
        index.json, election.bel, supplement/, result.*    what anybody can verify
        headquarters/  the election's folder         report.json
    """
    places_root = out or Path(f"demo-day-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    wanted = None if pcscd is None else ("pcscd" if pcscd else "in-process")
    try:
        if headless or not has_display() or (stations, terminals) != (1, 1):
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

            raise click.exceptions.Exit(
                run_bench(places_root, seed, wanted, paper_record=paper_record)
            )
    except FileExistsError as taken:
        raise click.ClickException(
            f"{taken} is not empty; choose another folder with --out"
        ) from taken


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


def has_display() -> bool:
    """Return whether windows can be shown."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

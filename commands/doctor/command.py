"""Run `amin doctor`: collect the findings and show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.doctor import machine
from commands.doctor.finding import Area, DoctorFinding

STYLES: Final[Mapping[str, str]] = {
    "ok": "green",
    "look": "yellow",
    "MISSING": "bold red",
    "absent": "dim",
}
"""Beside the words, never instead of them."""
TITLES: Final[Mapping[Area, str]] = {
    Area.MACHINE: "This machine",
    Area.STATION: "This station",
    Area.DEVICE: "Its devices",
}


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="station.toml of a device: test its media, keys and devices as well.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def doctor(config_path: Path | None, as_json: bool) -> None:
    """Say which devices, daemons and libraries are here, what is wrong with them, and what to do.

    With --config each device of the station is asked by its own driver; nothing is printed, written or
    verified with it. Stop the station first: its devices are its own while it runs. No device is
    waited for longer than 20 s.

    \b
    Words: ok       works
           look     works, and somebody should see to it
           absent   not there, and not needed for everything
           MISSING  needed; exit status 1

    \b
    --json: [{"name", "ok": true|false, "detail", "needed": true|false, "advice",
              "area": "machine"|"station"|"device", "word"}, …]
    """
    with nullcontext() if as_json else Console(stderr=True).status("asking…"):
        findings = examine(config_path)
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in findings], ensure_ascii=False))
    else:
        _show(findings, Console())
    if any(each.needed and not each.ok for each in findings):
        raise click.exceptions.Exit(1)


def examine(config_path: Path | None) -> tuple[DoctorFinding, ...]:
    """Examine the machine, and with a file the station and its devices."""
    findings = machine.examine()
    if config_path is None:
        return findings
    from commands.doctor import devices, purpose, station
    from kiosk import configuration
    from kiosk.configuration import ConfigurationError

    try:
        config = configuration.read(config_path)
    except ConfigurationError as trouble:
        wrong = DoctorFinding(
            "configuration",
            False,
            str(trouble),
            advice="kiosk/configuration.py shows every key",
            area=Area.STATION,
        )
        return (*findings, wrong)
    known = DoctorFinding(
        "configuration", True, f"{config.device}, {config.role.value}", area=Area.STATION
    )
    return (
        *findings,
        known,
        purpose.examine(config),
        *station.examine(config, datetime.now(UTC)),
        *devices.examine(config),
    )


def _as_json(finding: DoctorFinding) -> dict[str, str | bool]:
    return {**asdict(finding), "word": finding.word}


def _show(findings: Iterable[DoctorFinding], console: Console) -> None:
    """Show a table in a terminal, plain lines in a pipe."""
    if not console.is_terminal:
        for each in findings:
            click.echo(f"{each.word:<8}{each.name:<22}{each.detail}")
            if each.advice:
                click.echo(f"{'':<30}{each.advice}")
        return
    for area, group in groupby(findings, lambda each: each.area):
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=7)
        table.add_column(min_width=20, no_wrap=True)
        table.add_column(overflow="fold")
        for each in group:
            detail = Text(each.detail)
            if each.advice:
                detail.append(f"\n{each.advice}", style="italic")
            table.add_row(Text(each.word, STYLES[each.word]), each.name, detail)
        console.print(Text(f"\n{TITLES[area]}", "bold"))
        console.print(table)

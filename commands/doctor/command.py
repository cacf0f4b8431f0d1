"""Run `amin doctor`: collect the findings and show them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import click

from commands.speaking import speaker
from commands.working import leave
from drivers.examined.finding import Area, DoctorFinding, Verdict, good
from election.roles import ROLES
from words.message import Latin, Message, in_english, m
from words.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

WORDS: Final[Mapping[Verdict, tuple[Message, str]]] = {
    Verdict.OK: (m("ok"), "green"),
    Verdict.LOOK: (m("look"), "yellow"),
    Verdict.MISSING: (m("MISSING"), "bold red"),
    Verdict.ABSENT: (m("absent"), "dim"),
}
"""What people read, and its colour: beside the words, never instead of them."""
TITLES: Final[Mapping[Area, Message]] = {
    Area.MACHINE: m("This machine"),
    Area.STATION: m("This station"),
    Area.DEVICE: m("Its devices"),
}
Findings: TypeAlias = Mapping[Area, Sequence[DoctorFinding]]


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="station.toml of a device: test its media, keys and devices as well.",
)
@click.option(
    "--record",
    "record_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Read the card in the identity reader of --config, and write how its chip answers.",
)
@click.option("--finger", is_flag=True, help="--record: the fingerprint module in place of a card.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def doctor(config_path: Path | None, record_path: Path | None, finger: bool, as_json: bool) -> None:
    """Say which devices, daemons and libraries are here, what is wrong with them, and what to do.

    With --config each device of the station is asked by its own driver; nothing is printed, written or
    verified with it. Stop the station first: its devices are its own while it runs. No device is
    waited for longer than 20 s.

    --record keeps instructions, status words, lengths of pieces, tags and protocols of a card, and no
    value of it: send the file to whoever mends the reading (`amin simulator card --replay FILE`). It is
    refused while the polls are open, and on a device with the package of a real election. With --finger
    it keeps codes and lengths of the fingerprint module (`amin simulator fingerprint --replay FILE`).

    \b
    Words: ok       works
           look     works, and somebody should see to it
           absent   not there, and not needed for everything
           MISSING  needed; exit status 1 (2: the configuration cannot be used)

    \b
    --json: [{"name", "ok": true|false, "detail", "needed": true|false, "advice",
              "area": "machine"|"station"|"device", "word",
              "messages": {"name", "detail", "advice"}: message and values of each}, …]
    """
    from rich.console import Console

    if record_path is not None or finger:
        if as_json:
            raise click.UsageError("--record writes a file and asks: it goes without --json")
        _record(config_path, record_path, finger=finger)
        return
    with nullcontext() if as_json else Console(stderr=True).status(speaker()(m("asking…"))):
        findings = examine(config_path)
    if as_json:
        listed = [_as_json(area, finding) for area, group in findings.items() for finding in group]
        click.echo(json.dumps(listed, ensure_ascii=False))
    else:
        _show(findings, Console())
    leave(
        not any(
            finding.needed and not finding.ok for group in findings.values() for finding in group
        )
    )


def _record(config_path: Path | None, path: Path | None, *, finger: bool) -> None:
    """Record a card or a module with the station's devices. Raises `ConfigurationError`."""
    from commands.doctor.record import record, record_finger
    from kiosk import configuration

    if config_path is None or path is None:
        raise click.UsageError(
            "it takes --record FILE and --config, the station whose device is used"
        )
    config = configuration.read(config_path)
    record_finger(config, path) if finger else record(config, path, datetime.now(UTC))


def examine(config_path: Path | None) -> Findings:
    """Examine the machine, and with a file the station and its devices. Raises `ConfigurationError`."""
    from commands.doctor import machine

    if config_path is None:
        return {Area.MACHINE: machine.examine()}
    from commands.doctor import devices, purpose, station
    from drivers.examined.screen import examine_screens
    from kiosk import configuration

    config = configuration.read(config_path)
    known = m("{device}, {role}", device=Latin(config.device), role=ROLES[config.role])
    return {
        Area.MACHINE: machine.examine(),
        Area.STATION: (
            good(m("configuration"), known),
            purpose.examine(config),
            *station.examine(config, datetime.now(UTC)),
        ),
        Area.DEVICE: (*examine_screens(config.screen.dpi), *devices.examine(config)),
    }


def _as_json(area: Area, finding: DoctorFinding) -> dict[str, object]:
    texts = {"name": finding.name, "detail": finding.detail, "advice": finding.advice or ""}
    return {
        **{member: in_english(text) for member, text in texts.items()},
        "ok": finding.ok,
        "needed": finding.needed,
        "area": area,
        "word": finding.word,
        "messages": {member: plain(text) for member, text in texts.items()},
    }


def _show(findings: Findings, console: Console) -> None:
    """Show a table in a terminal, plain lines in a pipe."""
    from rich.table import Table
    from rich.text import Text

    t = speaker()
    for area, group in findings.items():
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=7)
        table.add_column(min_width=20, no_wrap=True)
        table.add_column(overflow="fold")
        for finding in group:
            word, style = WORDS[finding.word]
            detail, advice = t.say(finding.detail), finding.advice and t(finding.advice)
            if console.is_terminal:
                text = Text(detail)
                if advice:
                    text.append(f"\n{advice}", style="italic")
                table.add_row(Text(t(word), style), t.say(finding.name), text)
                continue
            click.echo(f"{t(word):<8}{t.say(finding.name):<27} {detail}")
            if advice:
                click.echo(f"{'':<36}{advice}")
        if console.is_terminal:
            console.print(Text(f"\n{t(TITLES[area])}", "bold"))
            console.print(table)

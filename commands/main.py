"""`amin`: the one command, and the composition root that brings the rooms together.

Each command is imported when it is called: a simulator needs no screens, and a production installation
leaves rooms out (simulators, headquarters).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "bench": "simulators.benchmarks.command:bench",
    "demo": "simulators.demo.command:demo",
    "doctor": "commands.doctor.command:doctor",
    "election": "commands.election:election",
    "simulator": "simulators.commands.command:simulator",
    "station": "commands.station:station",
}
"""Name of each command to module and object."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="amin")
def main() -> None:
    """Amin (امین): the software of an electronic polling branch.

    \b
    Begin with a whole day on simulated hardware:
        amin demo                 windows, played by hand
        amin demo --headless      played by robots, with a report and pictures
    """


if __name__ == "__main__":
    main()

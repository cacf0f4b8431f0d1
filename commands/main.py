"""Run `amin`: the one command, and the composition root that brings the rooms together.

Each command is imported when it is called: an election's commands need no screens. A word that is not
here may be one of the simulators' (`commands.plugins`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from commands.lazy import LazyGroup, is_help_asked

COMMANDS: Final[Mapping[str, str]] = {
    "board": "commands.board:board",
    "doctor": "commands.doctor.command:doctor",
    "election": "commands.steps:election",
    "operator": "commands.operator_steps:operator",
    "registry": "commands.registry:registry",
    "station": "commands.station_command:station",
}
"""No plug-in replaces one of them."""

SIMULATED: Final[Mapping[str, str]] = {
    "bench": "Measure what Amin's parts cost on this machine.",
    "demo": "Play a whole polling day in a branch, on simulated hardware.",
    "simulator": "One simulated device on a real wire, for any client in any language; `desk` is a"
    " whole branch.",
}
"""Words that come with the simulators, so that whoever misses one is told what to install."""


class Commands(LazyGroup):
    """The built-in commands, and those of the plug-in."""

    listed = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the built-in commands and those of the plug-in, sorted."""
        from commands import plugins

        return sorted({*super().list_commands(ctx), *plugins.words()})

    def line_of_help(self, ctx: click.Context, cmd_name: str) -> str | None:
        """Return the line of a built-in command, or of one that comes with the simulators."""
        return super().line_of_help(ctx, cmd_name) or SIMULATED.get(cmd_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command when it is asked for; a built-in one always wins over the plug-in's."""
        known = super().get_command(ctx, cmd_name)
        if known is not None:
            return known
        # Only here: to look at what is installed takes time that no other command should cost.
        from commands import plugins
        from words.message import Latin

        if (added := plugins.command(cmd_name)) is None and cmd_name in SIMULATED:
            raise plugins.NotInstalled(plugins.advice(Latin(f"amin {cmd_name}")))
        return added

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what it cannot use ends it with status 2, whichever it is, a second start 75."""
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # Nobody reads any more, or the line of help is written: click ends it.
        except Exception as error:
            from commands.speaking import RUNS_ALREADY, UNUSABLE, UNUSABLE_INPUT, error_line, say
            from drivers.media.lock import AlreadyRunningError

            if not isinstance(error, UNUSABLE_INPUT):
                raise
            say(error_line(error))
            again = isinstance(error, AlreadyRunningError)
            raise click.exceptions.Exit(RUNS_ALREADY if again else UNUSABLE) from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say at the end of the help what the plug-in would add, or why it does not count."""
        from commands import plugins
        from words.message import Latin

        super().format_epilog(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            if plugins.words():
                formatter.write_text(
                    "Simulators are installed: every station here is a simulation and takes part in "
                    "rehearsals only. Begin with a whole day on simulated hardware: amin demo"
                )
            else:
                formatter.write_text(str(plugins.advice(Latin(", ".join(SIMULATED)))))


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="amin")
@click.option(
    "--language",
    metavar="ID",
    help="Language of answers, such as fa or en. Without it the locale's; help is English.",
)
@click.pass_context
def main(context: click.Context, language: str | None) -> None:
    """Amin (امین): the software of an electronic polling branch."""
    if language is not None or not is_help_asked(context):
        from commands.speaking import choose

        choose(context, language)


if __name__ == "__main__":
    main(prog_name="amin")

"""List commands without importing them: a table names each one's module, object and line of help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click

_HELP_IS_ASKED: Final = f"{__name__}.help"


@dataclass(frozen=True, slots=True)
class Listed:
    """A command that is imported when it is called."""

    target: str
    """`module:object`."""
    help: str
    """The first sentence of the command's own help; a test compares them."""

    def command(self) -> click.Command:
        """Import the command."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


class LazyGroup(click.Group):
    """A group whose commands stand in a table, in `listed`."""

    listed: Mapping[str, Listed]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands of the table, sorted."""
        return sorted({*super().list_commands(ctx), *self.listed})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command of the table when it is asked for."""
        known = self.listed.get(cmd_name)
        return super().get_command(ctx, cmd_name) if known is None else known.command()

    def line_of_help(self, ctx: click.Context, cmd_name: str) -> str | None:
        """Return a command's line of help without importing it, if the table has it."""
        del ctx
        return self.listed[cmd_name].help if cmd_name in self.listed else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands as click does, with the lines of the table."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        rows = []
        for name in names:
            line = self.line_of_help(ctx, name)
            command = click.Command(name, help=line) if line else self.get_command(ctx, name)
            rows.append((name, command.get_short_help_str(limit) if command else ""))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember whether help is asked for, of this group or of a command in it."""
        ctx.meta[_HELP_IS_ASKED] = not set(ctx.help_option_names).isdisjoint(args)
        return super().parse_args(ctx, args)


def is_help_asked(context: click.Context) -> bool:
    """Tell whether this line only asks for help: then nothing needs to be loaded or tested."""
    return bool(context.meta.get(_HELP_IS_ASKED))

"""List commands without importing them: a table names each one's module and object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pkgutil import get_data
from typing import Final

import click

_HELP_IS_ASKED: Final = f"{__name__}.help"


def command_at(target: str) -> click.Command:
    """Import the command that `module:object` names."""
    module, _, name = target.partition(":")
    command: click.Command = getattr(import_module(module), name)
    return command


def line_at(target: str) -> str:
    """Return the first sentence of the help of what `module:object` names, which is not imported.

    It is read from the module's source: what a list of commands says stands in one place only.
    """
    module, _, name = target.partition(":")
    package, _, file = module.rpartition(".")
    source = (get_data(package, f"{file}.py") or b"").decode()
    found = re.search(
        rf'^def {name}\(.*?^    """(.*?)(?:\n\n|""")', source, re.DOTALL | re.MULTILINE
    )
    return "" if found is None else " ".join(found[1].split())


class LazyGroup(click.Group):
    """A group whose commands stand in a table, in `listed`."""

    listed: Mapping[str, str]
    """By name `module:object`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands of the table, sorted."""
        return sorted({*super().list_commands(ctx), *self.listed})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command of the table when it is asked for."""
        known = self.listed.get(cmd_name)
        return super().get_command(ctx, cmd_name) if known is None else command_at(known)

    def line_of_help(self, ctx: click.Context, cmd_name: str) -> str | None:
        """Return a command's line of help without importing it, if the table has it."""
        del ctx
        return line_at(self.listed[cmd_name]) if cmd_name in self.listed else None

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

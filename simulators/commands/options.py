"""Options and steps shared by the commands of all simulators."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from simulators.commands.host import Controlled

_Command = TypeVar("_Command", bound=Callable[..., Any])


def common_options(command: _Command) -> _Command:
    """Add `--seed` and `--stay` to a command."""
    command = click.option(
        "--stay", is_flag=True, help="Go on after the end of input, until a signal."
    )(command)
    return click.option(
        "--seed", default=0, show_default=True, help="Same seed, same people, same luck."
    )(command)


def serial_options(baud: int | None, usual: str = "") -> Callable[[_Command], _Command]:
    """Add `--link`, `--baud` and `--unpaced`; `usual` describes the default where `baud` does not."""

    def add(command: _Command) -> _Command:
        command = click.option(
            "--unpaced", is_flag=True, help="As fast as the machine can, not as the baud rate says."
        )(command)
        command = click.option(
            "--baud",
            default=baud,
            show_default=usual or True,
            type=click.IntRange(300, 4_000_000),
            help="Of the line; the simulator delivers bytes at this rate.",
        )(command)
        command = click.option(
            "--tcp",
            metavar="HOST:PORT",
            callback=lambda _, __, text: (
                None if text is None else read_address(text, any_port=True)
            ),
            help="Serve the line on a TCP port as well, for `socket://HOST:PORT`; `ready` names it.",
        )(command)
        return click.option(
            "--link",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Where the serial device appears. Default: a new place, as `ready` says.",
        )(command)

    return add


def read_address(text: str, *, any_port: bool = False) -> tuple[str, int]:
    """Read HOST:PORT, the host perhaps in brackets. Raises `click.UsageError`."""
    host, _, port = text.rpartition(":")
    first = 0 if any_port else 1
    if not host or not (port.isascii() and port.isdigit()) or int(port) not in range(first, 65_536):
        raise click.UsageError(f"{text!r} is no address: write HOST:PORT")
    return host.strip("[]"), int(port)


def serve_device(
    make: Callable[[], contextlib.AbstractContextManager[Controlled]], *, stay: bool
) -> None:
    """Serve until the end; report a device that cannot be made without a traceback."""
    from simulators.commands.authority import AuthorityFolderError
    from simulators.commands.fingerprint import ModuleError
    from simulators.commands.host import Stopper, serve
    from simulators.commands.personalise import PersonalisationError
    from simulators.commands.serial import LinkError
    from simulators.commands.ups import UpsError
    from simulators.pcscd import PcscdError

    with Stopper() as stopper:
        try:
            serve(make, stopper, stay=stay)
        except (
            AuthorityFolderError,
            PersonalisationError,
            LinkError,
            ModuleError,
            PcscdError,
            UpsError,
            OSError,
        ) as trouble:
            # A signal to the whole group ends a daemon of ours as well, perhaps while it starts.
            if not stopper.asked:
                raise click.ClickException(str(trouble)) from trouble

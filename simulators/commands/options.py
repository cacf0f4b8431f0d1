"""Options and steps shared by the commands of all simulators."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from simulators.commands.host import Controlled


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--seed` and `--stay` to a command."""
    command = click.option(
        "--stay", is_flag=True, help="Go on after the end of input, until a signal."
    )(command)
    return click.option(
        "--seed", default=0, show_default=True, help="Same seed, same people, same luck."
    )(command)


@dataclass(frozen=True, slots=True)
class SerialWire:
    """Options of a serial device: `link` and `tcp` are where it appears, `paced` as slow as its baud rate.

    `baud` is None for the device's usual rate.
    """

    link: Path | None
    tcp: tuple[str, int] | None
    baud: int | None
    paced: bool


def serial_options(usual: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add `--link`, `--tcp`, `--baud` and `--unpaced`, which become the parameter `wire`.

    `usual` describes the baud rate of a device whose options name none.
    """

    def add(command: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--link",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Where the serial device appears. Default: a new place, as `ready` says.",
        )
        @click.option(
            "--tcp",
            metavar="HOST:PORT",
            callback=lambda _, __, text: text and read_address(text, any_port=True),
            help="Serve the line on a TCP port as well, for `socket://HOST:PORT`; `ready` names it.",
        )
        @click.option(
            "--baud",
            show_default=usual,
            type=click.IntRange(300, 4_000_000),
            help="Of the line; the simulator delivers bytes at this rate.",
        )
        @click.option(
            "--unpaced", is_flag=True, help="As fast as the machine can, not as the baud rate says."
        )
        @wraps(command)
        def with_wire(
            *,
            link: Path | None,
            tcp: tuple[str, int] | None,
            baud: int | None,
            unpaced: bool,
            **others: object,
        ) -> None:
            command(wire=SerialWire(link, tcp, baud, not unpaced), **others)

        return with_wire

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
    from simulators.commands.errors import OptionsError
    from simulators.commands.host import Stopper, serve
    from simulators.pcscd import PcscdError

    with Stopper() as stopper:
        try:
            serve(make, stopper, stay=stay)
        except (OptionsError, PcscdError, OSError) as trouble:
            # A signal to the whole group ends a daemon of ours as well, perhaps while it starts.
            if not stopper.asked:
                raise click.ClickException(str(trouble)) from trouble

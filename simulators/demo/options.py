"""Options of `amin demo` and `amin simulator desk`, described once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

MOST_DEVICES: Final = 20
"""Of a kind: each is a program of its own."""
MOST_VOTERS: Final = 2000

_F = TypeVar("_F", bound=Callable[..., Any])

HEADLESS: Final = click.option(
    "--headless", is_flag=True, help="Play the day with robots, without windows."
)
VOTERS: Final = click.option(
    "--voters", default=12, show_default=True, type=click.IntRange(1, MOST_VOTERS)
)
SEED: Final = click.option(
    "--seed", default=5, show_default=True, help="Same seed, same people and candidates."
)
PCSCD: Final = click.option(
    "--pcscd/--in-process",
    "pcscd",
    default=None,
    help="How virtual cards reach the devices: a private pcscd for each device (the default where it"
    " can be had), or sockets without a daemon.",
)
OUT: Final = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for everything the day leaves; must be new or empty. Default: named after the time.",
)
JSON: Final = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")


def devices(default: int | None) -> Callable[[_F], _F]:
    """Return `--stations` and `--terminals`; without a default as many as the package lists."""
    paper = "; with 0 its ballots are papers, and voters are checked in without a card"
    of_terminals = (0, paper) if default is not None else (1, "")
    kinds = (
        ("--terminals", "Ballot terminals", *of_terminals),
        ("--stations", "Identity stations", 1, ""),
    )
    without = "" if default is not None else "; as many as the package lists if not given"

    def both(function: _F) -> _F:
        for name, kind, least, told in kinds:
            function = click.option(
                name,
                default=default,
                show_default=default is not None,
                type=click.IntRange(least, MOST_DEVICES),
                help=f"{kind} of the branch{told}{without}.",
            )(function)
        return function

    return both


def transport(pcscd: bool | None) -> str | None:
    """Return the name of what `--pcscd/--in-process` asks for, None if it was not given."""
    return None if pcscd is None else ("pcscd" if pcscd else "in-process")


def taken(error: FileExistsError) -> click.ClickException:
    """Say that the day's folder is not empty."""
    return click.ClickException(f"{error} is not empty; choose another folder with --out")


def has_display() -> bool:
    """Return whether windows can be shown."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

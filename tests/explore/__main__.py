"""`python -m tests.explore`: explore a branch far beyond what the tests do."""

from __future__ import annotations

import random
import resource
from typing import Final

import click

from tests.explore.claims import BrokenError, tell
from tests.explore.explorer import Explored, explore, told, wander
from tests.explore.faults import FAULTS, look_for
from tests.explore.world import new_world

STATES: Final = 4_000_000
"""After which the largest world is left; a million more take some 440 MiB."""
WORLDS = {
    "one voter, one card, one trouble": ((1, 1, 1), None),
    "one voter, two cards, no trouble": ((1, 2, 0), None),
    "two voters, three cards, two troubles": ((2, 3, 2), STATES),
}
"""Voters, cards and troubles; and the states after which it stops (None: all that can be reached)."""


FAR: Final = (3, 3, 8)
"""Voters, cards and troubles of the random ways."""
WALKS: Final = 2_000
STEPS: Final = 120


@click.command()
@click.option("--states", type=click.IntRange(1), default=STATES, show_default=True)
@click.option("--seed", type=int, default=1, help="Of the random ways at the end.")
def main(seed: int, states: int) -> None:
    """Explore all worlds, then far ones by random ways; status 1 at the first promise that is broken.

    At the end faults are put in, and have to be found.
    """
    for name, ((voters, cards, troubles), limit) in WORLDS.items():
        start = new_world(voters, cards, troubles)
        found = explore(start, limit=None if limit is None else states)
        _say(name, found, "all of them" if found.complete else "the nearest")
    found = wander(new_world(*FAR), random.Random(seed), WALKS, STEPS)
    _say(f"three voters, three cards, eight troubles, seed {seed}", found, "by random ways")
    for fault, (_, promise) in FAULTS.items():
        found = look_for(fault)
        if found.fault != promise:
            click.echo(f"{fault}: not found", err=True)
            raise click.exceptions.Exit(1)
        steps = len(found.way) - 1
        click.echo(f"{fault}: found after {found.states:,} states, in {steps} steps: {promise}")
    _claims(seed, states)
    used = resource.getrusage(resource.RUSAGE_SELF)
    click.echo(
        f"{used.ru_utime + used.ru_stime:.0f} s of a processor, {used.ru_maxrss // 1024:,} MiB"
    )


def _claims(seed: int, states: int) -> None:
    """As far as the branch is explored, a quarter of the states are those of claims."""
    try:
        for line in tell(random.Random(seed), states // 4):
            click.echo(line)
    except BrokenError as broken:
        click.echo(f"claims, seed {seed}: {broken}", err=True)
        raise click.exceptions.Exit(1) from broken


def _say(name: str, found: Explored, extent: str) -> None:
    click.echo(f"{name}: {found.states:,} distinct states, {extent}")
    if found.fault:
        click.echo(f"{found.fault}:\n{told(found.way)}", err=True)
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()

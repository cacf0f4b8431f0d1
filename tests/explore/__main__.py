"""`python -m tests.explore`: explore a branch far beyond what the tests do."""

from __future__ import annotations

import random
from typing import Final

import click

from tests.explore.explorer import Explored, explore, told, wander
from tests.explore.world import new_world

WORLDS = {
    "one voter, one card, one trouble": ((1, 1, 1), None),
    "one voter, two cards, no trouble": ((1, 2, 0), None),
    "two voters, three cards, two troubles": ((2, 3, 2), 1_200_000),
}
"""Voters, cards and troubles; and the states after which it stops (None: all that can be reached)."""


FAR: Final = (3, 3, 8)
"""Voters, cards and troubles of the random ways."""
WALKS: Final = 2_000
STEPS: Final = 120


@click.command()
@click.option("--seed", type=int, default=1, help="Of the random ways at the end.")
def main(seed: int) -> None:
    """Explore all worlds, then far ones by random ways; status 1 at the first promise that is broken."""
    for name, ((voters, cards, troubles), limit) in WORLDS.items():
        start = new_world(voters, cards, troubles)
        found = explore(start, limit=limit)
        _say(name, found, "all of them" if found.complete else "the nearest")
    found = wander(new_world(*FAR), random.Random(seed), WALKS, STEPS)
    _say(f"three voters, three cards, eight troubles, seed {seed}", found, "by random ways")


def _say(name: str, found: Explored, extent: str) -> None:
    click.echo(f"{name}: {found.states:,} distinct states, {extent}")
    if found.fault:
        click.echo(f"{found.fault}:\n{told(found.way)}", err=True)
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()

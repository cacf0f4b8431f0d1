"""`python -m tests.explore`: explore a branch far beyond what the tests do."""

from __future__ import annotations

import click

from tests.explore.explorer import explore, told
from tests.explore.world import new_world

WORLDS = {
    "one voter, one card, one trouble": ((1, 1, 1), None),
    "one voter, two cards, no trouble": ((1, 2, 0), None),
    "two voters, three cards, two troubles": ((2, 3, 2), 1_200_000),
}
"""Voters, cards and troubles; and the states after which it stops (None: all that can be reached)."""


@click.command()
def main() -> None:
    """Explore all worlds; exit status 1 at the first promise that is broken."""
    for name, ((voters, cards, troubles), limit) in WORLDS.items():
        start = new_world(voters, cards, troubles)
        found = explore(start, limit=limit)
        extent = "all of them" if found.complete else "the nearest"
        click.echo(f"{name}: {found.states:,} distinct states, {extent}", nl=not found.fault)
        if found.fault:
            click.echo(f", and {found.fault}:\n{told(found.way)}", err=True)
            raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()

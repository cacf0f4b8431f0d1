"""`python -m tests.explore`: explore a branch far beyond what the tests do."""

from __future__ import annotations

import click

from tests.explore.explorer import explore, told
from tests.explore.world import new_world

WORLDS = {
    "one voter, one card, all ways with two troubles": ((1, 1, 2), None),
    "one voter, three cards, one trouble": ((1, 3, 1), 600_000),
    "two voters, three cards, two troubles": ((2, 3, 2), 1_200_000),
}
"""Voters, cards and troubles; and the states after which it stops."""


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

"""`python -m tests.order`: 2,000 votes and more, and what raw media say about their order."""

from __future__ import annotations

import math
from typing import Final

import click

from drivers.media.journal import Journal
from tests.order.measure import cast_and_look, seed_now

MOST: Final = 4.5
"""Standard deviations of the correlation of so many independent places, 0.1 at 2,000 votes."""


@click.command()
@click.option("--votes", type=click.IntRange(50), default=2000, show_default=True)
@click.option(
    "--seed", type=int, default=None, help="Of votes and slots; by default another each time."
)
def main(votes: int, seed: int | None) -> None:
    """Measure both journals on both kinds of media; status 1 if the one to rely on tells an order."""
    seed = seed_now() if seed is None else seed
    click.echo(f"{votes} votes, seed {seed}")
    good = True
    for journal in Journal:
        for log_structured in (False, True):
            found = cast_and_look(votes, journal, seed, log_structured=log_structured)
            kept = sum(len(trace.places) for trace in found.freed)
            place = "log-structured" if log_structured else "in place"
            worst = found.worst()
            click.echo(
                f"{journal.name:7} {place:15} |rho| {worst:.3f}"
                f"  traces of votes in freed blocks {kept:6}  syncs a vote {found.syncs:.1f}"
            )
            if journal is Journal.ZEROED and not log_structured:
                good = worst <= MOST / math.sqrt(votes - 1) and not kept
    if not good:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()

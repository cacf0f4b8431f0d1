"""`python -m tests.samples`: sample what takes too long for every run of the tests."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import UTC, datetime

import click

from tests.samples.registry import BUDGET_MINUTES, TARGETS
from tests.samples.run import MINUTE, ROOT, run_all

FAILED = 1


@click.command()
@click.argument("names", nargs=-1, metavar="[TARGET]…")
@click.option(
    "--seed",
    type=int,
    envvar="SEED",
    help="Of all targets, also as SEED in the environment; by default from day and commit.",
)
@click.option("--list", "listed", is_flag=True, help="Name the targets and their minutes.")
def main(names: tuple[str, ...], seed: int | None, listed: bool) -> None:
    """Run the long targets, or those named, each with a seed of its own.

    One that fails does not keep the others from running. The last line counts them; exit status 1
    if one failed.
    """
    if listed:
        for name, target in TARGETS.items():
            click.echo(f"{name:20}{target.minutes:g} min")
        return
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise click.UsageError(f"there is no target {unknown[0]!r}; see --list")
    seed = seed_of_the_day() if seed is None else seed
    click.echo(f"seed {seed}; the same again with SEED={seed}")
    wanted = {name: TARGETS[name] for name in names or TARGETS}
    began = time.monotonic()
    failed = run_all(wanted, seed, BUDGET_MINUTES * MINUTE, click.echo)
    took = (time.monotonic() - began) / MINUTE
    for name in failed:
        click.echo(f"again: SEED={seed} make samples ARGS={name}", err=True)
    click.echo(f"{took:.1f} of {BUDGET_MINUTES:g} minutes")
    click.echo(f"{len(wanted) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise click.exceptions.Exit(FAILED)


def seed_of_the_day() -> int:
    """Draw 32 bits from the day (UTC) and the commit, if there is one."""
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return random.Random(f"{datetime.now(UTC):%Y-%m-%d} {commit}").getrandbits(32)


if __name__ == "__main__":
    main()

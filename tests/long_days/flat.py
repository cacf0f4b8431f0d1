"""`python -m tests.long_days.flat`: thousands of voters at one device; the last ones cost what the first did.

    terminal    card in, marks, review, cast, receipt, card out        `kiosk.station.ballot`
    station     document, finger, authorization card, both out         `kiosk.station.identity`

In this process, without windows. Measured per tenth of the voters: CPU time of the whole process for one
of them, memory (resident, after a collection), open files, threads. A device that slows down, or keeps
something of each voter, shows it long before the 700 of a branch's day have come.

One cost grows with the voters of before, and nothing else may: a station writes its pollbook anew after every
claim, in the order of its keys, because a page of a database keeps its rows in the order of arrival
(`kiosk.storage.pollbook`). Its limit is written as milliseconds for a thousand voters.
"""

from __future__ import annotations

import gc
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from kiosk.flows.ballot import states as ballot
from simulators.people import make_person
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.conftest import finger_sensor
from tests.kiosk.station.office import DAY, Office
from tests.kiosk.station.test_identity_station import check_in

TENTHS: Final = 10
SLOWER: Final = 1.3
"""How much more CPU time a voter of the last three tenths may take than one of the first three."""
MORE_MIB: Final = 24.0
"""How much the memory may grow from the second tenth on: allocators keep some."""
ROOT_MS: Final = 0.0
"""What a vote may take more for each thousand votes that the terminal holds."""
POLLBOOK_MS: Final = 4.0
"""What a check-in may take more for each thousand voters whom the station has met: both pollbooks, anew."""


PASSING: Final = 2
"""Files and threads that are there for a moment while it is looked."""


@dataclass(frozen=True, slots=True)
class Tenth:
    """What one tenth of the voters cost."""

    voters: int
    """Served by its end."""
    cpu_ms: float
    """CPU time of the process for one voter."""
    mib: float
    """Resident after a collection."""
    files: int
    threads: int


def findings(tenths: Sequence[Tenth], per_thousand_ms: float = 0.0) -> list[str]:
    """Say what is not flat. `per_thousand_ms`: what one voter may cost more after a thousand."""
    first, last = tenths[:3], tenths[-3:]
    told: list[str] = []
    between = _middle(last, "voters") - _middle(first, "voters")
    allowed = _middle(first, "cpu_ms") * SLOWER + per_thousand_ms * between / 1000
    if (slow := _middle(last, "cpu_ms")) > allowed:
        told.append(f"a voter takes {slow:.1f} ms at the end, {allowed:.1f} ms are allowed")
    if (more := tenths[-1].mib - tenths[1].mib) > MORE_MIB:
        told.append(f"{more:.1f} MiB more than after the second tenth")
    for what in ("files", "threads"):
        before, after = getattr(tenths[1], what), getattr(tenths[-1], what)
        if after > before + PASSING:
            told.append(f"{after - before} more {what} than after the second tenth")
    return told


def measure(bench: Bench, voters: int, serve: Callable[[int], None]) -> Iterator[Tenth]:
    """Serve so many, and yield each tenth."""
    done = 0
    for number in range(1, TENTHS + 1):
        began, before = time.process_time(), done
        while done < voters * number // TENTHS:
            serve(done)
            done += 1
        spent = time.process_time() - began
        # What the bench keeps of every screen is not the device's.
        bench.forget()
        gc.collect()
        yield Tenth(
            done,
            1000 * spent / max(1, done - before),
            _resident_mib(),
            len([*Path("/proc/self/fd").iterdir()]),
            threading.active_count(),
        )


@contextmanager
def terminal(
    office: Office, folder: Path, seed: int
) -> Iterator[tuple[Bench, Callable[[int], None]]]:
    """A terminal with open polls, and how a voter votes at it."""
    bench, rng = TerminalBench(office, folder), random.Random(seed)
    assert bench.open_polls().ok

    def serve(number: int) -> None:
        bench.choice = rng.randrange(4), rng.randrange(4, 8), rng.randrange(3)
        # By the device's own time: a busy machine serves them for longer than an authorization is good.
        expires = bench.terminal.context.clock.now() + timedelta(minutes=30)
        bench.vote(office.voting_card(replace(office.authorization(number + 1), expires=expires)))

    yield bench, serve
    assert isinstance(bench.state, ballot.Idle)
    bench.terminal.stop()


@contextmanager
def station(
    office: Office, folder: Path, seed: int
) -> Iterator[tuple[Bench, Callable[[int], None]]]:
    """A station with open polls, and how a voter is checked in at it."""
    with finger_sensor(folder) as sensor:
        bench = IdentityBench(office, folder, sensor)
        assert bench.open_polls().ok

        rng = random.Random(f"flat {seed}")
        known: set[str] = set()

        def serve(_: int) -> None:
            person = make_person(rng, DAY)
            while person.national_number in known:  # thousands drawn are not all different
                person = make_person(rng, DAY)
            known.add(person.national_number)
            check_in(bench, person)

        yield bench, serve
        bench.identity.stop()


DEVICES: Final = {"terminal": (terminal, ROOT_MS), "station": (station, POLLBOOK_MS)}


def office_for(voters: int, folder: Path) -> Office:
    """Return a headquarters whose terminals hold so many votes."""
    made = Office.open(folder)
    rules = replace(made.election.rules, ballots_per_terminal=voters + 8)
    return replace(made, election=replace(made.election, rules=rules))


@click.command()
@click.option("--voters", default=5000, show_default=True, type=click.IntRange(min=10 * TENTHS))
@click.option("--seed", default=0, envvar="SEED", help="Who comes, and what they choose.")
@click.option("--device", "chosen", type=click.Choice(sorted(DEVICES)), multiple=True)
def main(voters: int, seed: int, chosen: tuple[str, ...]) -> None:
    """Serve so many at each device and say what each tenth cost; status 1 if something grows."""
    grown = False
    with tempfile.TemporaryDirectory(prefix="flat-") as temporary:
        office = office_for(voters, Path(temporary))
        for name in chosen or sorted(DEVICES):
            made, per_thousand_ms = DEVICES[name]
            folder = Path(temporary) / name
            folder.mkdir()
            tenths: list[Tenth] = []
            with made(office, folder, seed) as (bench, serve):
                for tenth in measure(bench, voters, serve):
                    tenths.append(tenth)
                    click.echo(
                        f"{name} {tenth.voters:6,}: {tenth.cpu_ms:6.1f} ms a voter,"
                        f" {tenth.mib:6.1f} MiB, {tenth.files} files, {tenth.threads} threads"
                    )
            for told in findings(tenths, per_thousand_ms):
                grown = True
                click.echo(f"{name}: {told}", err=True)
    raise click.exceptions.Exit(int(grown))


def _middle(tenths: Sequence[Tenth], what: str) -> float:
    return sorted(float(getattr(tenth, what)) for tenth in tenths)[len(tenths) // 2]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    main()

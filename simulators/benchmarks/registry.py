"""Ask a centre's registry as a country does: PostgreSQL with fsync, nginx with mutual TLS, signatures.

Claims and answers are signed. Everything runs on this machine, the stations too, so what they cost is taken
from what is left for the rest. The service is the real `amin registry serve` on tables that are empty and
were never analysed, as on the morning of the day. A station asks at most twenty times at once; so many
stations ask that this is enough.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.definition import DeviceId
from registry.door import BURST
from registry.postgres import PostgresBook
from registry.settling import DeviceState
from simulators.benchmarks.measure import Figure, Limit, StatusCallback
from simulators.registry.centre import centre
from simulators.registry.cluster import cluster
from simulators.registry.filling import fill
from simulators.registry.runs import Measured, Whole

CLAIMS_A_SECOND: Final = 3_000
CLAIMS_WITH_STANDBYS: Final = 2_000
P99_MS: Final = 80.0
WORSE_WHEN_FULL: Final = 1.5
RECONNECT_SECONDS: Final = 15.0
MEMORY_MB: Final = 1_024
AT_ONCE: Final = 112
"""Stations that wait for an answer at the same time: enough for the rate, few enough for the 99 of 100."""
BYTES_OF_CLAIM: Final = 1_000
"""On the disk, with indexes and what loading needs."""
_MEMORY: Final = ("shared_buffers=512MB",)
_US: Final = 1e6


@dataclass(frozen=True, slots=True)
class Day:
    """What the bench is about."""

    stations: int = 400
    """That ask twenty times each."""
    at_once: Sequence[int] = (AT_ONCE,)
    processes: int = 2
    standbys: int = 0
    held: int = 0
    """Claims that are there already, for a second run."""
    lines: int = 0
    """Stations whose lines all end and come back."""


def bench_registry(day: Day, tell: StatusCallback) -> Iterator[Figure]:
    """Measure `stations` × 20 claims, and where their time goes. `RuntimeError` if a claim is refused."""
    wanted = max(day.stations * (len(day.at_once) + bool(day.held)), day.lines)
    tell(f"keys of {wanted} stations")
    world = centre(wanted)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amin-registry-")))
        if shutil.disk_usage(folder).free < day.held * BYTES_OF_CLAIM:
            raise RuntimeError(f"{day.held} claims need {day.held * BYTES_OF_CLAIM} bytes of disk")
        tell("PostgreSQL")
        database = stack.enter_context(cluster(day.standbys, settings=_MEMORY))
        whole = Whole(world, folder, database, day.processes)
        names = whole.stations
        asyncio.run(_open_all(database.dsn, names))
        empty = None
        for at_once in day.at_once:
            ours, names = names[: day.stations], [*names[day.stations :], *names[: day.stations]]
            tell(f"{at_once} stations wait at once")
            empty = whole.ask(ours, BURST, at_once)
            yield from _figures(day, empty, at_once)
        if day.held and empty is not None:
            began = time.monotonic()
            size = fill(database, day.held, tell)
            asyncio.run(_open_all(database.dsn, names))
            note = f"{size / day.held:.0f} bytes a claim, {size / 1e9:.1f} GB"
            yield Figure(f"{day.held:,} claims written", time.monotonic() - began, "s", note=note)
            tell(f"stations ask among {day.held:,} claims")
            full = whole.ask(names[: day.stations], BURST, day.at_once[-1])
            yield from _figures(day, full, day.at_once[-1], " when full")
            worse = full.within_ms(0.99) / empty.within_ms(0.99)
            yield Figure("99 of 100: full to empty", worse, "×", target=WORSE_WHEN_FULL)
        if day.lines:
            tell(f"{day.lines} lines come back")
            asyncio.run(_open_all(database.dsn, whole.stations))
            found = whole.ask(whole.stations[: day.lines], 1, day.lines, connect_late=True)
            yield from _reconnected(day, found)


def _figures(day: Day, found: Measured, at_once: int, when: str = "") -> Iterator[Figure]:
    load = os.getloadavg()[0]
    rate = CLAIMS_WITH_STANDBYS if day.standbys else CLAIMS_A_SECOND
    note = f"{len(found.taken)} claims, {day.processes} processes, {day.standbys} standbys; load {load:.1f}"
    yield Figure(
        f"claims{when}",
        found.rate,
        "/s",
        target=None if when else rate,
        limit=Limit.AT_LEAST,
        note=note,
    )
    for name, share, target in (("half", 0.5, None), ("99 of 100", 0.99, P99_MS)):
        kept = None if when or day.standbys else target
        note = f"{at_once} wait at once"
        yield Figure(f"{name} within{when}", found.within_ms(share), "ms", target=kept, note=note)
    whole = sum(found.busy.values())
    for part, seconds in found.busy.items():
        cost = seconds / len(found.taken) * _US
        yield Figure(f"processor{when}: {part}", cost, "µs/claim", note=f"{seconds / whole:.0%}")


def _reconnected(day: Day, found: Measured) -> Iterator[Figure]:
    load = os.getloadavg()[0]
    note = f"mutual TLS and one claim each; load {load:.1f}"
    yield Figure(f"{day.lines} lines back", found.seconds, "s", target=RECONNECT_SECONDS, note=note)
    for part, seconds in found.busy.items():
        yield Figure(f"processor: {part}", seconds / day.lines * 1e3, "ms/line")
    memory = sum(found.memory.values()) / 1e6
    parts = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in found.memory.items())
    yield Figure("memory with all lines", memory, "MB", target=MEMORY_MB, note=parts)


async def _open_all(dsn: str, names: Sequence[str]) -> None:
    """Open the polls at all stations, which begin to count; their signed openings are measured elsewhere."""
    book = await PostgresBook.open(dsn)
    for name in names:
        await book.change(DeviceId(name), lambda _: DeviceState(opened=True))
    await book.close()

"""Rehearse a fail-over by pg_auto_failover: `python -m tests.outages.auto_failover`, some two minutes.

A monitor and three servers as the page for operators makes them, on this machine, while stations ask the
store without a service in between. First the primary's machine is lost: the monitor promotes the standby that
has more. Then the new primary and one standby are lost together: nobody knows what the other standby lacks,
so nobody is promoted and nothing is answered. Debian's pg-auto-failover-cli and postgresql-15-auto-failover
have to be there, and this account may be root or postgres.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from drivers.media.errors import StorageError
from election.definition import DeviceId
from registry import postgres
from registry.postgres import SILENT, PostgresBook
from registry.rules import Held
from registry.settling import Answered, AskedClaim
from simulators.registry.servers import PROGRAMS, free_port, query
from simulators.registry.stations import Station, voter
from tests.outages.judging import Told, faults

PROGRAM: Final = "/usr/bin/pg_autoctl"
STATIONS: Final = 8
_START_SECONDS: Final = 120.0
_AFTER_SECONDS: Final = 180.0
_UNSURE_SECONDS: Final = 60.0
"""The monitor takes a server for lost after some 20."""


@dataclass
class Machine:
    """A server or the monitor, under `pg_autoctl run`."""

    name: str
    folder: Path
    port: int

    def make(self, *words: str) -> None:
        """Create and run it."""
        data = str(self.folder / self.name)
        common = ("--pgdata", data, "--pgport", str(self.port), "--hostname", "127.0.0.1")
        command = (PROGRAM, "create", *words, *common, "--auth", "trust", "--no-ssl")
        subprocess.run(command, check=True, **self._as_postgres("create"))
        self.run()

    def run(self) -> None:
        """Run it, for the first time or after it was lost."""
        command = (PROGRAM, "run", "--pgdata", str(self.folder / self.name))
        self.process = psutil.Process(subprocess.Popen(command, **self._as_postgres("run")).pid)

    def lose(self) -> None:
        """End everything at once: the machine is gone."""
        with suppress(psutil.Error):
            whole = [self.process, *self.process.children(recursive=True)]
            for one in whole:
                with suppress(psutil.Error):
                    one.kill()
            psutil.wait_procs(whole, 20)

    def _as_postgres(self, what: str) -> dict[str, Any]:
        log = (self.folder / f"{self.name}-{what}.log").open("a")
        user = "postgres" if os.getuid() == 0 else None
        home = {name: str(self.folder) for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
        home |= {name: str(self.folder / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        return {
            "stdout": log,
            "stderr": subprocess.STDOUT,
            "user": user,
            "group": user,
            "cwd": str(self.folder),
            "env": {"PATH": f"{PROGRAMS}:/usr/bin:/bin", **home},
        }


@dataclass
class Formation:
    """The monitor, and three servers of which one writes."""

    monitor: Machine
    servers: list[Machine]

    @property
    def dsn(self) -> str:
        """All servers; whoever connects takes the one that writes."""
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self.servers)
        return f"postgresql://amin@{hosts}/amin?target_session_attrs=read-write"

    def states(self) -> dict[str, str]:
        """Return the states of servers at the monitor, by their names: what it wants, once it is so."""
        dsn = f"postgresql://autoctl_node@127.0.0.1:{self.monitor.port}/pg_auto_failover"
        states = "SELECT nodename, reportedstate::text, goalstate::text FROM pgautofailover.node"
        rows = query(dsn, states, seconds=10)
        return {name: goal if goal == now else f"{now}, not {goal}" for name, now, goal in rows}

    def wait_for(self, *states: str) -> None:
        """Wait until servers have reported exactly these states, in any order."""
        until = time.monotonic() + _START_SECONDS
        found: object = None
        while time.monotonic() < until:
            with suppress(OSError, asyncpg.PostgresError):
                found = self.states()
                if sorted(self.states().values()) == sorted(states):
                    return
            time.sleep(0.5)
        raise RuntimeError(f"wanted {states}, but there is {found}")

    def writes(self) -> Machine:
        """Return the primary."""
        (name,) = (name for name, state in self.states().items() if state == "primary")
        return next(one for one in self.servers if one.name == name)


@contextmanager
def formation() -> Iterator[Formation]:
    """Make all of it, as the page says, and throw it away at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amin-formation-")))
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        monitor = Machine("monitor", folder, free_port())
        servers = [Machine(f"n{number}", folder, free_port()) for number in range(1, 4)]
        monitor.make("monitor")
        stack.callback(monitor.lose)
        found = Formation(monitor, servers)
        address = f"postgres://autoctl_node@127.0.0.1:{monitor.port}/pg_auto_failover"
        time.sleep(3)
        for one in servers:
            names = ("--name", one.name, "--username", "amin", "--dbname", "amin")
            one.make("postgres", *names, "--monitor", address)
            stack.callback(one.lose)
        found.wait_for("primary", "secondary", "secondary")
        for one in servers:
            settings = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in SILENT.items()]
            address = f"postgresql://postgres@127.0.0.1:{one.port}/postgres"
            _when_up(address, *settings, "SELECT pg_reload_conf()")
        yield found


def _when_up(dsn: str, *statements: str) -> None:
    """Run statements on a server that pg_autoctl may just start again."""
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            query(dsn, *statements, seconds=10)
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


class Asking:
    """Stations that ask for the same people, each until it is answered."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.told: list[Told] = []
        self.ended = False
        self.stations = [Station(DeviceId(f"s{number}")) for number in range(STATIONS)]

    async def run(self) -> None:
        """Ask until told to end."""
        book = await PostgresBook.open(self.dsn, STATIONS)
        for station in self.stations:
            await book.change(station.id, lambda now: replace(now, opened=True, allowed=10**6))
        await asyncio.gather(*(self._ask(book, station) for station in self.stations))
        await book.close()

    async def _ask(self, book: PostgresBook, station: Station) -> None:
        person = 0
        while not self.ended:
            person += 1
            asked = station.asked(voter(person))
            while not self.ended:
                try:
                    (outcome,) = await book.settle([asked])
                except StorageError:
                    await asyncio.sleep(0.2)
                    asked = station.asked(asked.reference, signed=asked.signed)
                    continue
                self._heard(asked, outcome)
                break
            await asyncio.sleep(0.02)

    def _heard(self, asked: AskedClaim, outcome: object) -> None:
        assert isinstance(outcome, Answered)
        decision = outcome.decision
        contests = frozenset(map(str, decision.contests))
        self.told.append(Told(asked.reference, asked.signed.id, decision.kind, contests))


async def _held(dsn: str) -> dict[bytes, tuple[Held, ...]]:
    book = await PostgresBook.open(dsn)
    found = dict(await book.claims())
    await book.close()
    return found


async def _silence(asking: Asking, seconds: float) -> float:
    """Return after how many seconds somebody is answered; `seconds` if nobody is."""
    told, began = len(asking.told), time.monotonic()
    while len(asking.told) == told and time.monotonic() - began < seconds:
        await asyncio.sleep(0.1)
    return min(seconds, time.monotonic() - began)


async def rehearse(found: Formation) -> list[str]:
    """Lose the primary, then two servers; return what is wrong."""
    wrong: list[str] = []
    asking = Asking(found.dsn)
    running = asyncio.create_task(asking.run())
    await asyncio.sleep(5)
    lost = await asyncio.to_thread(found.writes)
    await asyncio.to_thread(lost.lose)
    # What was on its way is told first.
    await asyncio.sleep(1)
    seconds = 1 + await _silence(asking, _AFTER_SECONDS)
    print(f"the primary is lost: answered again after {seconds:.0f} s, {len(asking.told)} answers")
    if seconds > _AFTER_SECONDS:
        wrong.append("nobody was promoted")
    await asyncio.sleep(5)
    wrong += faults(asking.told, await _held(found.dsn))
    await asyncio.to_thread(lost.run)
    await asyncio.to_thread(found.wait_for, "primary", "secondary", "secondary")
    print("the old primary follows the new one")
    second = await asyncio.to_thread(found.writes)
    for one in (second, lost):
        await asyncio.to_thread(one.lose)
    await asyncio.sleep(1)
    told = len(asking.told)
    await _silence(asking, _UNSURE_SECONDS)
    answers = len(asking.told) - told
    print(f"primary and a standby are lost together: {answers} answers in {_UNSURE_SECONDS:.0f} s")
    if answers:
        wrong.append("somebody was answered although nobody knows what the last standby lacks")
    states = await asyncio.to_thread(found.states)
    print(f"the monitor: {sorted(states.values())}")
    asking.ended = True
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return wrong


def main() -> int:
    """Return the exit status."""
    if not Path(PROGRAM).exists():
        print("apt-get install pg-auto-failover-cli postgresql-15-auto-failover")
        return 2
    postgres.COMMAND_SECONDS = 3.0  # type: ignore[misc]
    with formation() as found:
        wrong = asyncio.run(rehearse(found))
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

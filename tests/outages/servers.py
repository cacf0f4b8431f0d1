"""A centre of real servers that can be killed, stalled and started again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from headquarters.key_folder import KeyUse, create_key_folder
from simulators.registry.centre import Centre
from simulators.registry.cluster import Cluster, Server
from simulators.registry.country import Country
from simulators.registry.servers import NGINX
from tests.headquarters.unlocking import PASSPHRASE_FILE, unlock

READY = "Stations may ask"
PATIENCE = 4.0
"""Seconds that a station waits for an answer."""


def own_folder(world: Centre, folder: Path) -> None:
    """Write the registry's keys and what is published."""
    keys = create_key_folder(folder / "own", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", world.keys["registry"].to_pem())
    (folder / "own" / "signing.der").write_bytes(world.certificates["registry"])
    (folder / "public").mkdir()
    (folder / "public" / "register.json").write_bytes(world.register_file)
    (folder / "public" / "root.der").write_bytes(world.root)


@dataclass
class Service:
    """A real `amin registry serve` at a centre, in a number of processes."""

    folder: Path
    dsn: str
    processes: int = 1
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] = field(init=False)
    """The first one."""

    def __post_init__(self) -> None:
        self.start()

    @property
    def socket(self) -> Path:
        """Where the first process listens."""
        return self.folder / "registry.sock"

    def start(self) -> None:
        """Start it, and again while the database is not back."""
        words = ("registry", "serve", self.folder / "own", self.folder / "public")
        options = ("--book", self.dsn, "--listen", f"unix:{self.socket}")
        more = ("--processes", self.processes, "--passphrase-file", PASSPHRASE_FILE)
        for _ in range(20):
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "commands.main",
                    *map(str, (*words, *options, *more, *self.options)),
                ],
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "LC_ALL": "C"},
            )
            assert self.process.stderr is not None
            if any(READY in line for line in iter(self.process.stderr.readline, "")):
                return
            self.process.wait(20)
            time.sleep(0.3)
        raise RuntimeError("the service does not start")

    def children(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        first = psutil.Process(self.process.pid)
        return first.children() if self.processes > 1 else [first]

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(20)


@dataclass
class Servers:
    """PostgreSQL, the service, and nginx in front of it."""

    database: Cluster
    service: Service
    nginx_folder: Path
    front: psutil.Process
    """nginx, started before."""
    draw: random.Random
    country: Country | None
    """Where stations stand; None where this machine has no name spaces."""

    def kill_service(self) -> None:
        self.service.stop()
        self.service.start()

    def kill_a_process(self) -> None:
        """One of several; the first one starts another."""
        self.draw.choice(self.service.children()).kill()

    def stall_service(self) -> None:
        _stalled(self.service.children())

    def stall_a_process(self) -> None:
        """Perhaps while it holds the lock that all of them settle under."""
        _stalled([self.draw.choice(self.service.children())])

    def kill_database(self) -> None:
        """The whole primary at once, as the power does; what was synced is there again."""
        self.database.primary.kill()
        time.sleep(0.2)
        self.database.primary.start()

    def kill_a_backend(self) -> None:
        """The server recovers by itself: all connections end."""
        ours = self.database.primary.processes()[1:]
        workers = [each for each in ours if "amin postgres" in " ".join(each.cmdline())]
        for process in workers[:1]:
            process.kill()

    def stall_database(self) -> None:
        _stalled(self.database.primary.processes())

    def stall_a_standby(self) -> None:
        """The other one confirms."""
        _stalled(self.draw.choice(self.database.standbys).processes())

    def stall_both_standbys(self) -> None:
        """Nobody confirms, so nothing is answered."""
        _stalled([one for standby in self.database.standbys for one in standby.processes()])

    def kill_a_standby(self) -> None:
        standby = self.draw.choice(self.database.standbys)
        standby.kill()
        standby.start()
        self.database.wait_for(standby.name)

    def lose_the_primary(self) -> None:
        """The standby that has more goes on; in place of the lost machine stands a copy of it."""
        lost = self.database.primary
        lost.kill()
        self._goes_on_without(lost)

    def lose_the_primary_while_a_standby_lags(self) -> None:
        """What was answered meanwhile is on the other one."""
        lost, late = self.database.primary, self.draw.choice(self.database.standbys)
        late.stall()
        time.sleep(1)
        lost.kill()
        late.resume()
        self._goes_on_without(lost)

    def _goes_on_without(self, lost: Server) -> None:
        self.database.fail_over()
        lost.renew(self.database.primary)
        self.database.standbys.append(lost)
        lost.start()
        names = [one.name for one in self.database.standbys]
        self.database.wait_for(*names)
        self.database.synchronous(names)

    def kill_nginx(self) -> None:
        self._kill_front()
        started = subprocess.Popen(
            [
                NGINX,
                "-p",
                self.nginx_folder,
                "-c",
                self.nginx_folder / "nginx.conf",
                "-e",
                os.devnull,
            ]
        )
        self.front = psutil.Process(started.pid)

    def stall_nginx(self) -> None:
        _stalled(self.front.children())

    def cut_the_network(self) -> None:
        """Stations hear nothing; after longer than they wait, they make new lines."""
        assert self.country is not None
        self.country.cut()
        time.sleep(self.draw.choice([0.5, 1.5 * PATIENCE]))
        self.country.mend()

    def outages(self) -> list[Callable[[], None]]:
        """List what can happen."""
        return [
            self.kill_service,
            self.stall_service,
            self.kill_a_process,
            self.stall_a_process,
            self.kill_database,
            self.kill_a_backend,
            self.stall_database,
            self.stall_a_standby,
            self.stall_both_standbys,
            self.kill_a_standby,
            self.lose_the_primary,
            self.lose_the_primary_while_a_standby_lags,
            self.kill_nginx,
            self.stall_nginx,
            *([self.cut_the_network] if self.country else []),
        ]

    def stop(self) -> None:
        """End what was started here."""
        self.service.stop()
        self._kill_front()

    def _kill_front(self) -> None:
        """The master first: it would start another worker."""
        workers = self.front.children()
        for process in (self.front, *workers):
            with suppress(psutil.Error):
                process.kill()
                process.wait(20)


def _stalled(processes: list[psutil.Process], seconds: float = 1.0) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGCONT)

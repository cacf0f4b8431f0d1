"""A primary and standbys of PostgreSQL on this machine: stalled, killed and promoted as machines are.

Every server has a folder and a Unix socket of its own. The primary waits for one of its standbys (`ANY 1`):
what it confirms is on two machines.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from simulators.registry.servers import SETTINGS, query, run_program

_WAIT_SECONDS = 30.0


@dataclass
class Server:
    """One PostgreSQL, as a machine of its own."""

    name: str
    folder: Path
    fsync: bool = True
    settings: tuple[str, ...] = ()
    """Of every start, after those of all servers."""

    @property
    def data(self) -> Path:
        """Its cluster."""
        return self.folder / "data"

    @property
    def dsn(self) -> str:
        """Where it answers."""
        return f"postgresql://amin@/postgres?host={self.folder}"

    def start(self, *settings: str) -> None:
        """Start it, and wait until it answers."""
        own = (
            f"unix_socket_directories='{self.folder}'",
            f"fsync={'on' if self.fsync else 'off'}",
            f"cluster_name={self.name}",
        )
        options = " ".join(f"-c {each}" for each in (*SETTINGS, *own, *self.settings, *settings))
        log = str(self.folder / "log")
        run_program("pg_ctl", "-D", str(self.data), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop it at once, whatever it does."""
        self.resume()
        run_program("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def stop_gently(self) -> None:
        """Let it write everything, and stop it."""
        run_program("pg_ctl", "-D", str(self.data), "-m", "fast", "-t", "600", "-w", "stop")

    def kill(self) -> None:
        """End all processes at once, as if the machine were gone."""
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
                process.wait(20)

    def stall(self) -> None:
        """Let the machine stand still; its lines stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def answers(self) -> bool:
        """Return whether it answers within two seconds."""
        try:
            query(self.dsn, "SELECT 1", seconds=2)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        return True

    def processes(self) -> list[psutil.Process]:
        """Return the server and its workers; none if it is gone."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            server = psutil.Process(pid)
            return [server, *server.children()]
        except (FileNotFoundError, IndexError, psutil.Error):
            return []

    def copy_of(self, primary: Server) -> None:
        """Become a standby of a running primary, under this server's name."""
        run_program(
            "pg_basebackup",
            "--host",
            str(primary.folder),
            "--username",
            "amin",
            "--pgdata",
            str(self.data),
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-sync",
        )
        self.follow(primary)

    def renew(self, primary: Server) -> None:
        """Throw away what is there, which may be what nobody else has, and become a copy."""
        shutil.rmtree(self.data)
        self.copy_of(primary)

    def follow(self, primary: Server) -> None:
        """Say whom it follows, from its next start on."""
        line = f"host={primary.folder} user=amin application_name={self.name}"
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{line}'\n")
        (self.data / "standby.signal").touch()
        if os.getuid() == 0:
            shutil.chown(self.data / "standby.signal", "postgres", "postgres")

    def received(self) -> int:
        """Return up to which byte of the WAL it has everything on its medium; the primary is gone."""
        until = time.monotonic() + _WAIT_SECONDS
        # What came before the line ended is still written.
        while query(self.dsn, "SELECT FROM pg_stat_wal_receiver") and time.monotonic() < until:
            time.sleep(0.05)
        ((found,),) = query(
            self.dsn,
            "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn",
        )
        return int(found)

    def promote(self) -> None:
        """Make it the primary, as two people decide."""
        query(self.dsn, "SELECT pg_promote(true, 30)")

    def _signal(self, which: signal.Signals) -> None:
        for process in self.processes():
            with suppress(psutil.Error):
                process.send_signal(which)


@dataclass
class Cluster:
    """A primary and its standbys."""

    primary: Server
    standbys: list[Server]

    @property
    def servers(self) -> list[Server]:
        """All of them."""
        return [self.primary, *self.standbys]

    @property
    def dsn(self) -> str:
        """All servers; whoever connects takes the one that writes."""
        hosts = ",".join(str(one.folder) for one in self.servers)
        return f"postgresql://amin@/postgres?host={hosts}&target_session_attrs=read-write"

    def streaming(self) -> set[str]:
        """Return the names of standbys that follow the primary."""
        rows = query(
            self.primary.dsn,
            "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'",
        )
        return {str(row["application_name"]) for row in rows}

    def wait_for(self, *names: str) -> None:
        """Wait until standbys follow."""
        until = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < until:
            with suppress(OSError, asyncpg.PostgresError):
                if self.streaming() >= set(names):
                    return
            time.sleep(0.05)
        raise RuntimeError(f"no standby follows: {names}")

    def synchronous(self, names: Sequence[str]) -> None:
        """Let the primary wait for one of these standbys; of none, for nobody."""
        listed = f"ANY 1 ({', '.join(names)})" if names else ""
        query(
            self.primary.dsn,
            f"ALTER SYSTEM SET synchronous_standby_names = '{listed}'",
            "SELECT pg_reload_conf()",
        )

    def fail_over(self) -> Server:
        """Promote the standby that has more, of all that were there; the others follow it.

        Raises `RuntimeError` unless all standbys report: one that does not may have what nobody else has.
        """
        if not all(one.answers() for one in self.standbys):
            raise RuntimeError("a standby does not report: nobody is promoted")
        chosen = max(self.standbys, key=Server.received)
        chosen.promote()
        others = [one for one in self.standbys if one is not chosen]
        self.primary, self.standbys = chosen, others
        for one in others:
            one.follow(chosen)
            query(one.dsn, "SELECT pg_reload_conf()")
        self.wait_for(*(one.name for one in others))
        self.synchronous([one.name for one in others])
        return chosen


@contextmanager
def cluster(
    standbys: int = 2, *, fsync: bool = True, settings: tuple[str, ...] = ()
) -> Iterator[Cluster]:
    """Make a primary with standbys s1, s2, …, of which it waits for one, and throw all away at the end.

    They lie in folders directly below that of temporary files: PostgreSQL does not run as root, and whoever
    it runs as enters no folder of a test. Without `fsync` they lie in memory where there is room.
    """
    memory = Path("/dev/shm")
    above = memory if not fsync and memory.is_dir() else None
    with ExitStack() as stack:
        servers = []
        for number in range(standbys + 1):
            made = tempfile.TemporaryDirectory(prefix="amin-postgres-", dir=above)
            folder = Path(stack.enter_context(made))
            if os.getuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            servers.append(Server(f"s{number}", folder, fsync, settings))
        primary, *others = servers
        data = str(primary.data)
        run_program("initdb", "-D", data, "-A", "trust", "-U", "amin", "-E", "UTF8", "--no-sync")
        stack.callback(_stop, servers)
        primary.start()
        for one in others:
            one.copy_of(primary)
            one.start()
        found = Cluster(primary, others)
        names = [one.name for one in others]
        found.wait_for(*names)
        found.synchronous(names)
        yield found


@contextmanager
def postgres(*, fsync: bool = True, settings: tuple[str, ...] = ()) -> Iterator[str]:
    """Make one server without standbys, give its DSN, and throw it away at the end."""
    with cluster(0, fsync=fsync, settings=settings) as alone:
        yield alone.primary.dsn


def _stop(servers: Sequence[Server]) -> None:
    for one in servers:
        if one.processes():
            # Of one that is killed the shared memory stays behind.
            with suppress(subprocess.CalledProcessError):
                one.stop()
        one.kill()

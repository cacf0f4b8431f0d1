"""A centre of real servers that can be killed, stalled and started again."""

from __future__ import annotations

import os
import re
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
from simulators.registry.servers import NGINX, postgres_again
from tests.headquarters.unlocking import PASSPHRASE_FILE, unlock

READY = "Stations may ask"


def own_folder(world: Centre, folder: Path) -> None:
    """Write the registry's keys and what is published."""
    keys = create_key_folder(folder / "own", KeyUse.REHEARSAL, unlock)
    keys.write_new("signing.key", world.keys["registry"].to_pem())
    (folder / "own" / "signing.der").write_bytes(world.certificates["registry"])
    (folder / "public").mkdir()
    (folder / "public" / "register.json").write_bytes(world.register_file)
    (folder / "public" / "root.der").write_bytes(world.root)


@dataclass
class Servers:
    """PostgreSQL, the service, and nginx in front of it."""

    folder: Path
    dsn: str
    nginx_folder: Path
    front: psutil.Process
    """nginx, started before."""
    service: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.start_service()

    @property
    def socket(self) -> Path:
        """Where the service listens."""
        return self.folder / "registry.sock"

    def start_service(self) -> None:
        """Start `amin registry serve`, and again while the database is not back."""
        words = ("registry", "serve", self.folder / "own", self.folder / "public")
        options = ("--book", self.dsn, "--listen", f"unix:{self.socket}")
        passphrase = ("--passphrase-file", PASSPHRASE_FILE)
        for _ in range(20):
            self.service = subprocess.Popen(
                [sys.executable, "-m", "commands.main", *map(str, (*words, *options, *passphrase))],
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "LC_ALL": "C"},
            )
            assert self.service.stderr is not None
            if any(READY in line for line in iter(self.service.stderr.readline, "")):
                return
            self.service.wait(20)
            time.sleep(0.3)
        raise RuntimeError("the service does not start")

    def kill_service(self) -> None:
        self.service.kill()
        self.service.wait(20)
        self.start_service()

    def stall_service(self) -> None:
        _stalled([psutil.Process(self.service.pid)])

    def kill_database(self) -> None:
        """The whole server at once, as the power does; what was synced is there again."""
        for process in self._database():
            with suppress(psutil.Error):
                process.kill()
        time.sleep(0.2)
        postgres_again(self.dsn)

    def kill_a_backend(self) -> None:
        """The server recovers by itself: all connections end."""
        workers = [each for each in self._database()[1:] if "amin" in " ".join(each.cmdline())]
        for process in workers[:1]:
            process.kill()

    def stall_database(self) -> None:
        _stalled(self._database())

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

    def outages(self) -> list[Callable[[], None]]:
        """List what can happen."""
        return [
            self.kill_service,
            self.stall_service,
            self.kill_database,
            self.kill_a_backend,
            self.stall_database,
            self.kill_nginx,
            self.stall_nginx,
        ]

    def stop(self) -> None:
        """End what was started here."""
        self.service.kill()
        self.service.wait(20)
        self._kill_front()

    def _kill_front(self) -> None:
        """The master first: it would start another worker."""
        workers = self.front.children()
        for process in (self.front, *workers):
            with suppress(psutil.Error):
                process.kill()
                process.wait(20)

    def _database(self) -> list[psutil.Process]:
        (folder,) = re.findall(r"host=(\S+)", self.dsn)
        pid = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
        server = psutil.Process(pid)
        return [server, *server.children()]


def _stalled(processes: list[psutil.Process], seconds: float = 1.0) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGCONT)

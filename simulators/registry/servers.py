"""Run the programs of a centre for a test or the bench: those of PostgreSQL, and nginx on loopback."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket as socket_module
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg

from registry.server import nginx_configuration

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
NGINX: Final = "/usr/sbin/nginx"
SETTINGS: Final = (
    "listen_addresses=''",
    "shared_buffers=64MB",
    "wal_level=logical",
    "max_connections=40",
    "log_parameter_max_length=0",
    "log_error_verbosity=terse",
)


def query(dsn: str, *statements: str, seconds: float = 60) -> list[Any]:
    """Run statements one after the other over a line of its own; return the rows of the last."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn, timeout=seconds, command_timeout=seconds)
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run())


EMPTY: Final = "TRUNCATE claim, voter, device, state"


def run_program(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, as `postgres` where this is root."""
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    subprocess.run(
        [PROGRAMS / program, *arguments],
        check=True,
        # The server inherits what pg_ctl has: a pipe would never end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        cwd="/",
    )


@contextmanager
def nginx(
    folder: Path,
    socket: Path,
    certificate: Path,
    key: Path,
    root: Path,
    seconds: int = 10,
    processes: int = 1,
    host: str = "127.0.0.1",
) -> Iterator[int]:
    """Start nginx in front of a service on Unix sockets, give its port, and stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    text = nginx_configuration(
        {
            "WORKERS": "1",
            "FOLDER": str(folder),
            "SOCKET": str(socket),
            "ADDRESS": f"{host}:{port}",
            "CERTIFICATE": str(certificate),
            "KEY": str(key),
            "ROOT": str(root),
            "SECONDS": str(seconds),
        },
        processes,
    )
    path = folder / "nginx.conf"
    # Workers of a master that root started would not read what a test wrote.
    path.write_text(("user root;\n" if os.getuid() == 0 else "") + text)
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(path), "-e", str(folder / "nginx.log")]
    )
    try:
        _answers(host, port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """Return a port of loopback where nobody listens."""
    with socket_module.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _answers(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket_module.create_connection((host, port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError("nginx does not start")

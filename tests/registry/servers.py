"""Start a real PostgreSQL on a Unix socket, for a test or the bench: no mock, no port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
_SETTINGS: Final = (
    "listen_addresses=''",
    "shared_buffers=64MB",
    "wal_level=logical",
    "max_connections=40",
    "log_parameter_max_length=0",
)


@contextmanager
def postgres(folder: Path, *, fsync: bool = True) -> Iterator[str]:
    """Make a cluster in `folder`, start it, give its DSN, and stop it at the end."""
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        # A folder of the tests may lie below one that only root enters.
        for parent in (folder, *folder.parents):
            if parent != Path("/") and parent.stat().st_uid == 0 and parent != Path("/tmp"):
                parent.chmod(parent.stat().st_mode | 0o011)
        shutil.chown(folder, "postgres", "postgres")
    _run("initdb", "-D", str(data), "-A", "trust", "-U", "amin", "-E", "UTF8", "--no-sync")
    own = (f"unix_socket_directories='{folder}'", f"fsync={'on' if fsync else 'off'}")
    options = " ".join(f"-c {each}" for each in (*_SETTINGS, *own))
    _run("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://amin@/postgres?host={folder}"
    finally:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def _run(program: str, *arguments: str) -> None:
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    subprocess.run(
        [PROGRAMS / program, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        cwd="/",
    )

"""Private pcscd with virtual readers, beside the system's daemon and without touching it.

It runs as root or as an ordinary user, listens on a socket of its own, and ends with the program that
started it. Debian packages: pcscd and vsmartcard-vpcd. Its readers accept cards from the network without
authentication (vpcd binds all addresses): for tests and demonstrations only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Self

from simulators.vpcd import VpcdSlot

DAEMON: Final = Path("/usr/sbin/pcscd")
DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
MAX_READERS: Final = 8
"""Each entry makes two slots, and pcscd has 16 places."""
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 5.0
_POLL_S: Final = 0.02
_MAX_SOCKET_PATH: Final = 107

# The daemon takes its listening socket on descriptor 3 (socket activation). The child of this launcher
# waits for the end of the owner's pipe and stops the daemon, so that none is left when the owner is
# killed.
_LAUNCHER: Final = """
import os, signal, sys
listener, configuration, daemon = int(sys.argv[1]), sys.argv[2], sys.argv[3]
owner = os.getpid()
if os.fork() == 0:
    os.close(listener)
    os.setsid()
    while os.read(0, 1):
        pass
    if os.getppid() == owner:
        os.kill(owner, signal.SIGTERM)
    os._exit(0)
os.dup2(listener, 3, inheritable=True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(daemon, ["pcscd", "--foreground", "--error", "-c", configuration])
"""


class PcscdError(Exception):
    """The private daemon did not start; the message says why."""


def unavailable_reason() -> str | None:
    """Return why a private pcscd cannot run here, or None if it can."""
    if not DAEMON.exists():
        return f"{DAEMON} is missing: install the package pcscd"
    if not DRIVER.exists():
        return f"{DRIVER} is missing: install the package vsmartcard-vpcd"
    return None


class PrivatePcscd:
    """Runs a daemon with one reader per name; a context manager.

    `directory` holds its socket and configuration; give one to have the same socket again after a
    restart, else a temporary one is made and removed.
    """

    def __init__(self, names: list[str], directory: Path | None = None) -> None:
        if not 1 <= len(names) <= MAX_READERS or len(set(names)) != len(names):
            raise ValueError(f"1 to {MAX_READERS} readers with different names")
        self._names = names
        self._given = directory
        self._directory = directory
        self._ports: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """Socket of the daemon; known once started."""
        if self._directory is None:
            raise PcscdError("the private pcscd is not started")
        return self._directory / "pcscd.comm"

    @property
    def pid(self) -> int:
        """Process id of the daemon. Raises `PcscdError` if it does not run."""
        if self._process is None:
            raise PcscdError("the private pcscd is not started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._given is None and self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def env(self) -> dict[str, str]:
        """Return variables for clients, to be set before they load the PC/SC library."""
        return {SOCKET_VARIABLE: str(self.socket_path)}

    def reader_name(self, name: str) -> str:
        """Return PC/SC's name of a reader: its first slot. Raises ValueError for an unknown one."""
        if name not in self._names:
            raise ValueError(f"there is no reader {name!r}")
        return f"{name} 00 00"

    def slot(self, name: str) -> VpcdSlot:
        """Return the card side of a reader. Raises ValueError for an unknown one."""
        return VpcdSlot("127.0.0.1", self._ports[self._names.index(name)])

    def start(self) -> None:
        """Start the daemon and wait until it answers. Raises `PcscdError`."""
        reason = unavailable_reason()
        if reason is not None:
            raise PcscdError(reason)
        if self._process is not None:
            raise PcscdError("the private pcscd runs already")
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="amin-pcscd-"))
        if len(os.fsencode(self.socket_path)) > _MAX_SOCKET_PATH:
            raise PcscdError("the directory's path is too long for a socket")
        # A restart keeps the ports, so that slots made before it join again.
        self._ports = self._ports or _free_port_pairs(len(self._names))
        configuration = self._write_configuration(self._directory)
        self.socket_path.unlink(missing_ok=True)
        log = self._directory / "pcscd.log"
        with socket.socket(socket.AF_UNIX) as listener, log.open("wb") as output:
            listener.bind(str(self.socket_path))
            listener.listen(16)
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    _LAUNCHER,
                    str(listener.fileno()),
                    str(configuration),
                    str(DAEMON),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(listener.fileno(),),
            )
        try:
            self._wait_until_ready(self._process, log)
        except PcscdError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the daemon; nothing if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self.socket_path.unlink(missing_ok=True)

    def _write_configuration(self, directory: Path) -> Path:
        """Write one entry and one copy of the driver per reader.

        Entries that share a file are listed but power no card.
        """
        drivers, configuration = directory / "drv", directory / "cfg"
        drivers.mkdir(exist_ok=True)
        configuration.mkdir(exist_ok=True)
        entries = []
        for number, (name, port) in enumerate(zip(self._names, self._ports, strict=True), start=1):
            library = drivers / f"libifdvpcd{number}.so"
            shutil.copyfile(DRIVER, library)
            entries.append(
                f'FRIENDLYNAME "{name}"\n'
                f"DEVICENAME   /dev/null:{port}\n"
                f"LIBPATH      {library}\n"
                f"CHANNELID    {port}\n"
            )
        (configuration / "vpcd").write_text("\n".join(entries), encoding="utf-8")
        return configuration

    def _wait_until_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until every reader listens: the daemon opens them before it answers clients."""
        limit = time.monotonic() + START_TIMEOUT_S
        waiting = list(self._ports)
        while waiting:
            if process.poll() is not None:
                raise PcscdError(f"pcscd ended: {log.read_text(errors='replace').strip()}")
            if time.monotonic() > limit:
                raise PcscdError(f"pcscd is not ready after {START_TIMEOUT_S:.0f} s")
            waiting = [port for port in waiting if not _is_taken(port)]
            time.sleep(_POLL_S)


def _is_taken(port: int) -> bool:
    """Return whether a port is in use, by binding it: a connection would count as a card."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False


def _free_port_pairs(count: int) -> list[int]:
    """Return ports p with p and p + 1 free, all apart, as each reader makes two slots."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            first = held.enter_context(socket.socket())
            first.bind(("0.0.0.0", 0))
            port = int(first.getsockname()[1])
            second = held.enter_context(socket.socket())
            try:
                second.bind(("0.0.0.0", port + 1))
            except (OSError, OverflowError):
                continue
            found.append(port)
    return found

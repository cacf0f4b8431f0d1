"""NUT's `upsd` for clients that read, on a TCP port, in front of a simulated UPS.

Answers are those recorded of upsd 2.8.0. Every command is answered; changing anything is refused. While the
port is unplugged nobody is let in and who was in is thrown out, as when the service ends.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from drivers.errors import ProtocolError
from drivers.power import nut_wire as wire
from simulators.line_device import Running
from simulators.ups.battery import CAPACITY_S, LOW_PERCENT, Battery

LOOPBACK: Final = "127.0.0.1"
POLL_S: Final = 0.05
READ_BYTES: Final = 4096
MAX_CLIENTS: Final = 16
SEND_S: Final = 2.0
VERSION: Final = "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/"
PROTOCOL_VERSION: Final = "1.3"
HELP: Final = "Commands: HELP VER GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS"


class UpsSimulator(Running):
    """UPS and its service; a context manager, or `start` and `stop`. Any thread may call any method."""

    def __init__(
        self,
        name: str = "kiosk",
        *,
        host: str = LOOPBACK,
        port: int = 0,
        description: str = "Simulated UPS",
        capacity_s: float = CAPACITY_S,
        low_percent: float = LOW_PERCENT,
        drain: float = 1.0,
        script: Iterable[tuple[float, str]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create a UPS whose service listens from `start` on; port 0 takes a free one.

        `script`: names of `battery.FAULTS`, each so many seconds after the start. Raises
        ValueError for a name that upsd could not have.
        """
        if not wire.NAME.fullmatch(name):
            raise ValueError("the name of a UPS has letters, digits, dots, dashes and underscores")
        self.name = name
        self.host = host
        self.port = port
        self._description = description
        self._clock = clock
        self._script = sorted(script)
        self._battery = Battery(clock, capacity_s=capacity_s, low_percent=low_percent, drain=drain)
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._stop = threading.Event()
        self._unplugged = threading.Event()
        self._threads: list[threading.Thread] = []
        self._started_at = 0.0

    @property
    def where(self) -> str:
        """Address of the UPS as NUT's clients write it."""
        return f"{self.name}@{self.host}:{self.port}"

    @property
    def plugged(self) -> bool:
        """True while the service listens."""
        return self._listener is not None

    def start(self) -> None:
        """Start the service and the script. Raises OSError if the port is taken."""
        self._started_at = self._clock()
        self.replug()

    def stop(self) -> None:
        """Stop the service for good."""
        self._stop.set()
        self.unplug()

    def unplug(self) -> None:
        """End the service: its port and all connections are closed."""
        self._unplugged.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def replug(self) -> None:
        """Start the service again on the same port. Raises OSError if the port is taken meanwhile."""
        if self._listener is not None:
            return
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        listener.settimeout(POLL_S)
        self._listener = listener
        self._unplugged.clear()
        accepting = threading.Thread(target=self._accept, args=(listener,), name="simulated upsd")
        accepting.daemon = True
        self._threads.append(accepting)
        accepting.start()

    def strike(self, name: str) -> None:
        """Cause a fault (`line`, `battery`, `low`, `stale`, …; see `battery.FAULTS`). Raises ValueError."""
        with self._lock:
            self._battery.strike(name)

    def set_charge(self, percent: float) -> None:
        """Set the charge in percent. Raises ValueError outside 0 to 100."""
        with self._lock:
            self._battery.set_charge(percent)

    def variables(self) -> dict[str, str]:
        """Return the UPS's variables, whether or not its service would pass them on."""
        with self._lock:
            self._play()
            return self._battery.variables()

    def answer(self, line: str) -> tuple[str, ...]:
        """Return the lines that answer one line of a client that is not logged in."""
        with self._lock:
            self._play()
            return tuple(self._answer(line))

    def _play(self) -> None:
        """Do what the script plans for the time that has passed."""
        while self._script and self._script[0][0] <= self._clock() - self._started_at:
            self._battery.strike(self._script.pop(0)[1])

    def _answer(self, line: str) -> list[str]:
        try:
            words = wire.split_words(line)
        except ProtocolError:
            return _error(wire.NutCode.INVALID_ARGUMENT)
        match words:
            case ("VER",):
                return [VERSION]
            case ("NETVER" | "PROTVER",):
                return [PROTOCOL_VERSION]
            case ("HELP",):
                return [HELP]
            case ("LOGOUT",):
                return ["OK Goodbye"]
            case ("USERNAME" | "PASSWORD", _):
                return ["OK"]
            case ("STARTTLS",):
                return _error(wire.NutCode.FEATURE_NOT_SUPPORTED)
            case ("LIST", "UPS"):
                own = f"UPS {self.name} {wire.quote(self._description)}"
                return ["BEGIN LIST UPS", own, "END LIST UPS"]
            case ("GET" | "LIST", _, name, *rest):
                return self._about(words[0], words[1], name, rest)
            case ("GET" | "LIST", *_):
                return _error(wire.NutCode.INVALID_ARGUMENT)
            case ("LOGIN" | "PRIMARY" | "MASTER" | "FSD" | "SET" | "INSTCMD", *_):
                return _error(wire.NutCode.ACCESS_DENIED)
        return _error(wire.NutCode.UNKNOWN_COMMAND)

    def _about(self, verb: str, what: str, name: str, rest: list[str]) -> list[str]:
        if name != self.name:
            return _error(wire.NutCode.UNKNOWN_UPS)
        match verb, what, rest:
            case "GET", "UPSDESC", []:
                return [f"UPSDESC {name} {wire.quote(self._description)}"]
            case "GET", "NUMLOGINS", []:
                return [f"NUMLOGINS {name} 0"]
            case ("GET", "VAR" | "TYPE" | "DESC", [variable]):
                return self._variable(what, variable)
            case "LIST", "VAR", []:
                if (refused := self._refused()) is not None:
                    return refused
                told = self._battery.variables().items()
                lines = [f"VAR {name} {key} {wire.quote(value)}" for key, value in told]
                return [f"BEGIN LIST VAR {name}", *lines, f"END LIST VAR {name}"]
            case "LIST", ("RW" | "CMD" | "CLIENT"), []:
                return [f"BEGIN LIST {what} {name}", f"END LIST {what} {name}"]
        return _error(wire.NutCode.INVALID_ARGUMENT)

    def _variable(self, what: str, variable: str) -> list[str]:
        if (refused := self._refused()) is not None:
            return refused
        value = self._battery.variables().get(variable)
        if value is None:
            return _error(wire.NutCode.VAR_NOT_SUPPORTED)
        match what:
            case "TYPE":
                return [f"TYPE {self.name} {variable} NUMBER"]
            case "DESC":
                return [f'DESC {self.name} {variable} "Description unavailable"']
        return [f"VAR {self.name} {variable} {wire.quote(value)}"]

    def _refused(self) -> list[str] | None:
        if self._battery.gone:
            return _error(wire.NutCode.DRIVER_NOT_CONNECTED)
        return _error(wire.NutCode.DATA_STALE) if self._battery.stale else None

    def _accept(self, listener: socket.socket) -> None:
        clients: list[threading.Thread] = []
        while not self._unplugged.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            clients = [thread for thread in clients if thread.is_alive()]
            if len(clients) >= MAX_CLIENTS:
                client.close()
                continue
            serving = threading.Thread(
                target=self._serve, args=(client,), name="client of simulated upsd", daemon=True
            )
            clients.append(serving)
            serving.start()
        for thread in clients:
            thread.join()

    def _serve(self, client: socket.socket) -> None:
        held = b""
        with client, contextlib.suppress(OSError):
            while not self._unplugged.is_set():
                client.settimeout(POLL_S)
                try:
                    data = client.recv(READ_BYTES)
                except TimeoutError:
                    continue
                held += data
                if not data or len(held) > wire.MAX_LINE:
                    return
                client.settimeout(SEND_S)
                *lines, held = held.split(b"\n")
                for line in lines:
                    told = self.answer(line.rstrip(b"\r").decode("utf-8", "replace"))
                    client.sendall("".join(line + "\n" for line in told).encode())
                    if told == ("OK Goodbye",):
                        return


def _error(code: wire.NutCode) -> list[str]:
    return [f"ERR {code.value}"]

"""What simulated devices on a serial line have in common: a link, a plug, and faults of the line."""

from __future__ import annotations

import contextlib
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, Self

from simulators.commands.host import ControlValue
from simulators.control import (
    ClearFaults,
    ControlCommand,
    ControlError,
    Fault,
    Replug,
    SimulatedDevice,
    Unplug,
)
from simulators.serial_line import Direction, LineFault
from simulators.serial_server import SerialServer


class LinkError(Exception):
    """The link cannot be made; the message says what to do."""


class Plugged(Protocol):
    """A simulated device on a `SimulatedLine`."""

    @property
    def path(self) -> str: ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def fault(self, kind: LineFault, direction: Direction = ..., *, at: int = ...) -> None: ...

    def faults_at_rate(self, kind: LineFault, rate: float, direction: Direction = ...) -> None: ...

    def clear_faults(self) -> None: ...


class SerialDevice:
    """Plug and faults; what else a device can do, its own class adds."""

    device: SimulatedDevice

    def __init__(self, plugged: Plugged) -> None:
        self._plugged = plugged
        self._address = ""

    @property
    def where(self) -> str:
        return self._address or self._plugged.path

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    def obey(self, command: ControlCommand) -> None:
        match command:
            case Unplug():
                if not self._is_plugged():
                    raise ControlError("it is unplugged already; write `replug`")
                self._plugged.unplug()
            case Replug():
                if self._is_plugged():
                    raise ControlError("it is plugged in already; write `unplug` first")
                self._plugged.replug()
            case Fault(kind, direction, at, None):
                self._plugged.fault(LineFault(kind), direction, at=at)
            case Fault(kind, direction, _, float(rate)):
                self._plugged.faults_at_rate(LineFault(kind), rate, direction)
            case ClearFaults():
                self._plugged.clear_faults()
            case _:
                raise ControlError(f"a {self.device} does not do that; write `help`")

    def state(self) -> Mapping[str, ControlValue]:
        return {"plugged": self._is_plugged()}

    @contextlib.contextmanager
    def on_network(self, address: tuple[str, int] | None) -> Iterator[Self]:
        """Reached over TCP as well, with an `address` (port 0 takes a free one). Raises `LinkError`."""
        if address is None:
            yield self
            return
        host, port = address
        try:
            server = SerialServer(Path(self._plugged.path), host=host, port=port)
        except OSError as error:
            raise LinkError(f"--tcp: {host}:{port} cannot be had: {error.strerror}") from error
        with server:
            self._address = f"{server.host}:{server.port}"
            yield self

    def _is_plugged(self) -> bool:
        """By its link, which goes with the plug: a fault of the line may have pulled it."""
        return Path(self._plugged.path).is_symlink()


@contextlib.contextmanager
def link(given: Path | None, name: str) -> Iterator[Path]:
    """Where the link is to be made: `given`, or a place in a temporary folder. Raises `LinkError`.

    A link that a killed program left behind is replaced; anything else is not touched.
    """
    if given is None:
        with tempfile.TemporaryDirectory(prefix="amin-simulator-") as folder:
            yield Path(folder) / name
        return
    if not given.parent.is_dir():
        raise LinkError(f"the folder {given.parent} is missing: make it, or choose another --link")
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISLNK(given.lstat().st_mode):
            raise LinkError(f"{given} is there and is no link: choose another --link")
    yield given

"""Shared part of simulated devices on a serial line: a link, a plug, and faults of the line."""

from __future__ import annotations

import contextlib
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, Self

from simulators.commands.errors import OptionsError
from simulators.commands.host import ControlValue
from simulators.control import (
    ControlCommand,
    ControlError,
    Deed,
    Fault,
    SimulatedDevice,
)
from simulators.serial_line import Direction, LineFault
from simulators.serial_server import SerialServer


class Plugged(Protocol):
    """Simulated device on a `SimulatedLine`."""

    @property
    def path(self) -> str:
        """Path of the device node."""

    def unplug(self) -> None:
        """Pull the plug."""

    def replug(self) -> None:
        """Put the plug in again."""

    def fault(self, kind: LineFault, direction: Direction = ..., *, at: int = ...) -> None:
        """Damage the next chunk in `direction`, or the `at`-th from now."""

    def faults_at_rate(self, kind: LineFault, rate: float, direction: Direction = ...) -> None:
        """Damage each chunk in `direction` with the probability `rate`."""

    def clear_faults(self) -> None:
        """Forget all faults that have not struck yet, and all rates."""


class SerialDevice:
    """Serial device with plug and faults; a subclass adds what else the device can do."""

    device: SimulatedDevice

    def __init__(self, plugged: Plugged) -> None:
        self._plugged = plugged
        self._address = ""

    @property
    def where(self) -> str:
        """Path of the device node, or the address on the network."""
        return self._address or self._plugged.path

    @property
    def environment(self) -> Mapping[str, str]:
        """No variables: clients open the path."""
        return {}

    def obey(self, command: ControlCommand) -> None:
        """Unplug, replug, damage the line or clear its faults. Raises `ControlError`."""
        match command:
            case Deed.UNPLUG:
                if not self._is_plugged():
                    raise ControlError("it is unplugged already; write `replug`")
                self._plugged.unplug()
            case Deed.REPLUG:
                if self._is_plugged():
                    raise ControlError("it is plugged in already; write `unplug` first")
                self._plugged.replug()
            case Fault(kind, direction, at, None):
                self._plugged.fault(LineFault(kind), direction, at=at)
            case Fault(kind, direction, _, float(rate)):
                self._plugged.faults_at_rate(LineFault(kind), rate, direction)
            case Deed.CLEAR_FAULTS:
                self._plugged.clear_faults()
            case _:
                raise ControlError(f"a {self.device} does not do that; write `help`")

    def state(self) -> Mapping[str, ControlValue]:
        """Return whether the device is plugged in."""
        return {"plugged": self._is_plugged()}

    @contextlib.contextmanager
    def on_network(self, address: tuple[str, int] | None) -> Iterator[Self]:
        """Serve the device over TCP as well if there is an `address`.

        Port 0 takes a free one. Raises `OptionsError`.
        """
        if address is None:
            yield self
            return
        host, port = address
        try:
            server = SerialServer(Path(self._plugged.path), host=host, port=port)
        except OSError as error:
            raise OptionsError(f"--tcp: {host}:{port} cannot be had: {error.strerror}") from error
        with server:
            self._address = f"{server.host}:{server.port}"
            yield self

    def _is_plugged(self) -> bool:
        """Return whether the link exists: it goes with the plug, which a fault may have pulled."""
        return Path(self._plugged.path).is_symlink()


@contextlib.contextmanager
def link(given: Path | None, name: str) -> Iterator[Path]:
    """Yield the path for the link: `given`, or a place in a temporary folder. Raises `OptionsError`.

    A link that a killed program left behind is replaced; anything else is not touched.
    """
    if given is None:
        with tempfile.TemporaryDirectory(prefix="amin-simulator-") as folder:
            yield Path(folder) / name
        return
    if not given.parent.is_dir():
        raise OptionsError(
            f"the folder {given.parent} is missing: make it, or choose another --link"
        )
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISLNK(given.lstat().st_mode):
            raise OptionsError(f"{given} is there and is no link: choose another --link")
    yield given

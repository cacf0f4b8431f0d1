"""Look what is plugged into this machine: card readers by the service's names, serial ports by id.

A port is named by `/dev/serial/by-id/…` (udev), which stays the same in whichever socket it is plugged; one
without such a name by its node. Nothing is opened.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from drivers.errors import DriverError
from drivers.plugged import Plugged

BY_ID: Final = Path("/dev/serial/by-id")
_MOST: Final = 64
_PRINTERS: Final = Path("/dev/usb")


def look(by_id: Path = BY_ID, printers: Path = _PRINTERS) -> Plugged:
    """List what is plugged in. Never raises for something that is missing."""
    ports = _names(by_id, "*")
    nodes = {path.resolve() for path in map(Path, ports)}
    with suppress(ImportError, OSError):
        from serial.tools import list_ports

        found = sorted(port.device for port in list_ports.comports())
        ports += tuple(each for each in found if Path(each).resolve() not in nodes)
    return Plugged(_readers(), (ports + _names(printers, "lp*"))[:_MOST])


def _names(folder: Path, pattern: str) -> tuple[str, ...]:
    with suppress(OSError):
        return tuple(sorted(str(path) for path in folder.glob(pattern)))
    return ()


def _readers() -> tuple[str, ...]:
    with suppress(DriverError, ImportError, OSError):
        from drivers.smartcard.pcsc import list_readers

        return tuple(list_readers())[:_MOST]
    return ()
